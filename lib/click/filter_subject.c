/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter_subject.c: what of a packet a test of the filter language is about.
 *
 *     src tcp port ...     the words may come in any order
 *     ip vers ...          a field of a header, by its name
 *     ip[6:2] ...          or by its place
 *     icmp                 a protocol, when nothing behind it is a value
 *     frag                 a whole test in a word
 *
 * What is understood goes into a struct filter_test; the words may leave parts
 * of it open, which the data settles (filter_data.c). Names are in two tables:
 * a further field is a row. A protocol's name is awkward, since it may be a
 * test ("tcp"), the subject of one ("tcp port 80") or, behind "ip proto", its
 * data: filter_is_alone() looks at the next word to tell.
 *
 * Pure logic; no locks.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/filter_parser.h"
#include "lib/click/headers.h"
#include "lib/click/ip_names.h"

/* Fields with names. `proto`: behind that transport header. */
static const struct {
    const char *name;
    enum filter_type type;
    int proto;
    unsigned int at, bits;
} fields[] = {
    {"vers", FILTER_FIELD, FILTER_ANY_PROTO, 0, 4},
    {"hl", FILTER_FIELD, FILTER_ANY_PROTO, 4, 4},
    {"tos", FILTER_FIELD, FILTER_ANY_PROTO, 8, 8},
    {"dscp", FILTER_FIELD, FILTER_ANY_PROTO, 8, 6},
    {"len", FILTER_FIELD, FILTER_ANY_PROTO, 16, 16},
    {"id", FILTER_FIELD, FILTER_ANY_PROTO, 32, 16},
    {"ttl", FILTER_FIELD, FILTER_ANY_PROTO, 64, 8},
    {"sum", FILTER_FIELD, FILTER_ANY_PROTO, 80, 16},
    {"win", FILTER_FIELD, PROTOCOL_TCP, 112, 16},
    {"opt", FILTER_TCP_FLAG, PROTOCOL_TCP, 0, 8},
    {"type", FILTER_ICMP_TYPE, PROTOCOL_ICMP, 0, 8},
    {"host", FILTER_HOST, FILTER_ANY_PROTO, 0, 32},
    {"net", FILTER_NET, FILTER_ANY_PROTO, 0, 32},
    {"port", FILTER_PORT, FILTER_ANY_PROTO, 0, 16},
    {"proto", FILTER_PROTO, FILTER_ANY_PROTO, 0, 8},
};

/* Tests that are complete in a word: a field, masked, is that value, or is not.
 */
static const struct {
    const char *name;
    bool negated;
    unsigned int at, bits;
    uint32_t mask, value;
} whole[] = {
    {"frag", true, 48, 16, 0x3fff, 0},
    {"unfrag", false, 48, 16, 0x3fff, 0},
    {"ect", true, 8, 8, 3, 0},
    {"ce", false, 8, 8, 3, 3},
};

static bool take_side(struct filter_parser *parser, struct filter_test *test)
{
    char **words = parser->words + parser->at;
    const char *other = is(words[0], "src") ? "dst" : "src";
    bool joined;

    if (test->side != SIDE_NONE || !is_either(words[0], "src", "dst"))
        return false;
    joined = words[1] && is(words[2], other);
    if (joined && is_either(words[1], "or", "||"))
        test->side = SIDE_OR;
    else if (joined && is_either(words[1], "and", "&&"))
        test->side = SIDE_AND;
    else
        test->side = is(words[0], "src") ? SIDE_SRC : SIDE_DST;
    parser->at += test->side == SIDE_OR || test->side == SIDE_AND ? 3 : 1;
    return true;
}

static bool take_type(struct filter_parser *parser, struct filter_test *test)
{
    const char *word = peek(parser);

    if (test->type == FILTER_ETHER && is(word, "host")) {
        parser->at++;
        return true;
    }
    if (test->type != FILTER_NONE)
        return false;
    if (is_either(word, "ether", "eth")) {
        test->type = FILTER_ETHER;
        parser->at++;
        return true;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++)
        if (is(word, fields[i].name) && (test->proto == FILTER_ANY_PROTO ||
                                         fields[i].proto == FILTER_ANY_PROTO ||
                                         test->proto == fields[i].proto)) {
            test->type = fields[i].type;
            test->place = fields[i].proto == FILTER_ANY_PROTO
                              ? PROGRAM_NETWORK
                              : PROGRAM_TRANSPORT;
            if (test->proto == FILTER_ANY_PROTO)
                test->proto = fields[i].proto;
            test->at = fields[i].at;
            test->bits = fields[i].bits;
            parser->at++;
            return true;
        }
    return false;
}

static bool take_proto(struct filter_parser *parser, struct filter_test *test)
{
    const char *word = peek(parser);
    uint8_t proto;

    if (test->proto != FILTER_ANY_PROTO || test->type == FILTER_PROTO)
        return false;
    if (is(word, "tcpudp"))
        test->proto = FILTER_TCP_UDP;
    else if (is(word, "transp"))
        test->proto = FILTER_TRANSPORT;
    else if (word && !isdigit((unsigned char)*word) &&
             ip_name_proto(parser->near, word, &proto))
        test->proto = proto;
    else
        return false;
    parser->at++;
    return true;
}

void filter_take_subject(struct filter_parser *parser, struct filter_test *test)
{
    while (take_side(parser, test) || take_type(parser, test) ||
           take_proto(parser, test) || filter_take(parser, "ip", "ip"))
        ;
}

/* "[AT]", "[AT:LENGTH]"; numbers that are much too large stay too large. */
static bool read_brackets(const char *word, unsigned int *at,
                          unsigned int *length)
{
    char *end;
    unsigned long number = strtoul(word + 1, &end, 10);

    if (!isdigit((unsigned char)word[1]))
        return false;
    *at = number < 65535 ? (unsigned int)number : 65535;
    if (*end == ':') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        number = strtoul(end + 1, &end, 10);
        *length = number < 65535 ? (unsigned int)number : 65535;
    }
    return !strcmp(end, "]");
}

bool filter_take_bytes(struct filter_parser *parser, struct filter_test *test)
{
    const char *word = peek(parser), *bracket = word ? strchr(word, '[') : NULL;
    unsigned int at, length = 1, limit = PROGRAM_TRANSPORT - PROGRAM_NETWORK;
    char name[16] = "";
    uint8_t proto;

    if (!bracket || test->type != FILTER_NONE || test->side != SIDE_NONE ||
        (size_t)(bracket - word) >= sizeof(name))
        return false;
    memcpy(name, word, (size_t)(bracket - word));
    if (!read_brackets(bracket, &at, &length))
        return false;
    test->place = PROGRAM_NETWORK;
    if (is(name, "ether") || is(name, "eth")) {
        test->place = PROGRAM_MAC;
        at += 2;
    } else if (!is(name, "ip")) {
        test->place = PROGRAM_TRANSPORT;
        limit = 65536 - PROGRAM_TRANSPORT - 4;
        if (is(name, "transp") || (!*name && test->proto != FILTER_ANY_PROTO))
            proto = 0;
        else if (ip_name_proto(parser->near, name, &proto))
            test->proto = proto;
        else
            return false;
        if (test->proto == FILTER_ANY_PROTO)
            test->proto = FILTER_TRANSPORT;
    }
    if (length < 1 || length > 4 || at >= limit || at + length > limit) {
        filter_fail(parser, "'%s': bad position or length", word);
        return false;
    }
    test->type = FILTER_FIELD;
    test->at = 8 * at;
    test->bits = 8 * length;
    parser->at++;
    return true;
}

bool filter_is_alone(const struct filter_parser *parser,
                     const struct filter_test *test)
{
    const char *word = peek(parser);
    uint8_t byte;

    if (test->type != FILTER_NONE || test->side != SIDE_NONE ||
        test->proto == FILTER_ANY_PROTO)
        return false;
    if (is_end(word) || is(word, "(") || is_either(word, "!", "not") ||
        is_either(word, "src", "dst"))
        return true;
    if (is(word, "&") || strchr(word, '[') || isdigit((unsigned char)*word) ||
        filter_operator_length(word))
        return false;
    for (unsigned int i = 0; i < ARRAY_SIZE(whole); i++)
        if (is(word, whole[i].name))
            return true;
    if (is_either(word, "true", "false"))
        return true;
    if (test->proto == PROTOCOL_ICMP)
        return !ip_name_icmp_type(word, &byte);
    return ip_name_proto(parser->near, word, &byte) || is(word, "ip") ||
           is(word, "icmp");
}

bool filter_take_whole(struct filter_parser *parser, program_expr_t *expr)
{
    const char *word = peek(parser);

    if (is_either(word, "true", "false")) {
        parser->at++;
        *expr = program_const(parser->builder, is(word, "true"));
        return true;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(whole); i++)
        if (is(word, whole[i].name)) {
            *expr = program_compare(parser->builder, PROGRAM_NETWORK,
                                    whole[i].at, whole[i].bits, PROGRAM_EQUAL,
                                    whole[i].mask, whole[i].value);
            if (whole[i].negated)
                *expr = program_not(parser->builder, *expr);
            parser->at++;
            return true;
        }
    return false;
}
