/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.c: reads the filter language.
 *
 *     expr   := or [ "?" expr ":" expr ]
 *     or     := and { ("or" | "||") and }
 *     and    := factor { ["and" | "&&"] factor }
 *     factor := ("not" | "!") factor | "(" expr ")" | test
 *     test   := { "src" | "dst" | type | protocol } ["&" mask] [relation] data
 *
 * Most words of a test may be left out: what is missing is known from the data
 * ("syn" is a TCP flag) or from the test before ("src port 80 or 81"). A test
 * is first gathered word by word in a struct filter_test; what its data means
 * is settled then.
 *
 * Bad text is refused with a reason; nesting is limited, since parser and
 * compiler follow it by recursion. Pure logic; no locks.
 */
#include "lib/click/filter.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/headers.h"
#include "lib/click/ip_names.h"
#include "lib/click/types.h"

#define NESTING_MAX 64u

struct parser {
    struct program_builder *builder;
    const struct element *near;
    char **words; /* ends with a NULL */
    unsigned int at, depth;
    struct filter_test last; /* the test before */
    bool failed;
    char *why;
    size_t why_size;
};

PRINTF_LIKE(2, 3)
static program_expr_t fail(struct parser *parser, const char *format, ...)
{
    va_list arguments;

    if (!parser->failed) {
        va_start(arguments, format);
        vsnprintf(parser->why, parser->why_size, format, arguments);
        va_end(arguments);
    }
    parser->failed = true;
    return 0;
}

/* ---- Words ----------------------------------------------------------------
 *
 * A "[12:2]" belongs to the word before it; a colon is a word of its own only
 * between blanks, since addresses have some.
 */

static size_t operator_length(const char *text)
{
    static const char *const two[] = {"&&", "||", "==", "!=", "<=", ">="};

    for (unsigned int i = 0; i < ARRAY_SIZE(two); i++)
        if (!strncmp(text, two[i], 2))
            return 2;
    return *text && strchr("()!&|?<>=", *text) ? 1 : 0;
}

static size_t word_length(const char *text)
{
    size_t length = operator_length(text);

    if (length)
        return length;
    while (text[length] && !isspace((unsigned char)text[length]) &&
           !operator_length(text + length)) {
        if (text[length] == '[')
            length += strcspn(text + length, "]");
        if (text[length])
            length++;
    }
    return length;
}

/* All words behind each other in one block, after pointers to them. */
static char **split(const char *text)
{
    size_t count = 0, length, room = strlen(text);
    char **words = malloc((room + 1) * sizeof(*words) + 2 * room + 1);
    char *to = words ? (char *)(words + room + 1) : NULL;

    while (words) {
        text += strspn(text, " \t\r\n\f\v");
        length = word_length(text);
        if (length == 0)
            break;
        words[count++] = to;
        memcpy(to, text, length);
        to[length] = '\0';
        to += length + 1;
        text += length;
    }
    if (words)
        words[count] = NULL;
    return words;
}

static const char *peek(const struct parser *parser)
{
    return parser->words[parser->at];
}

static bool is(const char *word, const char *what)
{
    return word && !strcmp(word, what);
}

static bool is_either(const char *word, const char *what, const char * or)
{
    return is(word, what) || is(word, or);
}

static bool take_word(struct parser *parser, const char *what, const char * or)
{
    if (!is_either(peek(parser), what, or))
        return false;
    parser->at++;
    return true;
}

/* Does the test, or the factor, end before this word? */
static bool is_end(const char *word)
{
    return !word || is(word, ")") || is(word, ":") || is(word, "?") ||
           is_either(word, "or", "||") || is_either(word, "and", "&&");
}

/* ---- What a test is about -------------------------------------------------
 */

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

static bool is_address(enum filter_type type)
{
    return type == FILTER_HOST || type == FILTER_NET;
}

static bool take_side(struct parser *parser, struct filter_test *test)
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

static bool take_type(struct parser *parser, struct filter_test *test)
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

static bool take_proto(struct parser *parser, struct filter_test *test)
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

/* "ip[6:2]", "transp[0]", "tcp[13]", "ether[12:2]" */
static bool take_bytes(struct parser *parser, struct filter_test *test)
{
    const char *word = peek(parser), *bracket = word ? strchr(word, '[') : NULL;
    unsigned int at, length = 1, limit = PROGRAM_TRANSPORT - PROGRAM_NETWORK;
    char name[16] = "", end = 0, rest;
    uint8_t proto;

    if (!bracket || test->type != FILTER_NONE || test->side != SIDE_NONE ||
        (size_t)(bracket - word) >= sizeof(name))
        return false;
    memcpy(name, word, (size_t)(bracket - word));
    if (!isdigit((unsigned char)bracket[1]) || strlen(bracket) > 16 ||
        !((sscanf(bracket, "[%u%c%c", &at, &end, &rest) == 2 && end == ']') ||
          (sscanf(bracket, "[%u:%u%c%c", &at, &length, &end, &rest) == 3 &&
           end == ']')))
        return false;
    if (at > 65535)
        at = 65535; /* refused below */
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
        fail(parser, "'%s': bad position or length", word);
        return false;
    }
    test->type = FILTER_FIELD;
    test->at = 8 * at;
    test->bits = 8 * length;
    parser->at++;
    return true;
}

/* ---- What the data of a test is -------------------------------------------
 */

/* "10.0.0.0" "mask" "255.0.0.0", "10.0.0.0/8" */
static bool read_net(struct parser *parser, struct filter_test *test,
                     const char *word)
{
    struct click_prefix prefix;
    uint32_t mask;

    if (is(parser->words[parser->at], "mask") &&
        parser->words[parser->at + 1] &&
        !click_read_ip(parser->near, word, &prefix.address) &&
        !click_read_ip(parser->near, parser->words[parser->at + 1], &mask)) {
        prefix.mask = mask;
        parser->at += 2;
    } else if (click_read_prefix(parser->near, word, &prefix)) {
        return false;
    }
    test->mask &= ntohl(prefix.mask);
    test->value = ntohl(prefix.address & prefix.mask);
    return true;
}

static bool read_data(struct parser *parser, struct filter_test *test,
                      enum filter_type type, const char *word)
{
    uint64_t number;
    uint32_t address;
    uint16_t port;
    uint8_t byte;

    switch (type) {
    case FILTER_HOST:
        if (is(peek(parser), "mask") ||
            click_read_ip(parser->near, word, &address))
            return false;
        test->value = ntohl(address);
        return true;
    case FILTER_NET:
        return read_net(parser, test, word);
    case FILTER_ETHER:
        return !click_read_ether(parser->near, word, test->ether);
    case FILTER_PORT:
        if (click_read_port(parser->near, word, &port))
            return false;
        test->value = port;
        return true;
    case FILTER_PROTO:
        if (!ip_name_proto(parser->near, word, &byte))
            return false;
        break;
    case FILTER_TCP_FLAG:
        if (!ip_name_tcp_flag(word, &byte)) {
            if (click_read_integer(word, 1, 255, &number))
                return false;
            byte = (uint8_t)number;
        }
        test->mask = byte;
        break;
    case FILTER_ICMP_TYPE:
        if (!ip_name_icmp_type(word, &byte))
            return false;
        break;
    case FILTER_FIELD:
        if (click_read_integer(word, 0,
                               test->bits < 32 ? (1u << test->bits) - 1 : ~0u,
                               &number))
            return false;
        test->value = (uint32_t)number;
        return true;
    default:
        return false;
    }
    test->value = byte;
    return true;
}

static bool read_mask(struct parser *parser, struct filter_test *test,
                      const char *word)
{
    uint64_t number;
    uint32_t address;

    if (test->type == FILTER_ETHER)
        return !click_read_ether(parser->near, word, test->ether_mask);
    if (is_address(test->type)) {
        if (click_read_ip(parser->near, word, &address))
            return false;
        test->mask = ntohl(address);
        return true;
    }
    if (test->type == FILTER_TCP_FLAG ||
        click_read_integer(word, 0, ~0u, &number))
        return false;
    test->mask = (uint32_t)number;
    return true;
}

/* Test as the one before was, where it does not say otherwise. */
static void inherit(const struct parser *parser, struct filter_test *test)
{
    const struct filter_test *last = &parser->last;

    test->type = last->type;
    test->place = last->place;
    test->at = last->at;
    test->bits = last->bits;
    if (test->side == SIDE_NONE)
        test->side = last->side;
    if (test->proto == FILTER_ANY_PROTO)
        test->proto = last->proto;
}

/* Find out what data without a type is, and take it. */
static bool guess_data(struct parser *parser, struct filter_test *test,
                       const char *word)
{
    static const enum filter_type guesses[] = {
        FILTER_HOST,     FILTER_NET,  FILTER_ETHER,
        FILTER_TCP_FLAG, FILTER_PORT, FILTER_ICMP_TYPE,
    };
    bool is_number = isdigit((unsigned char)*word) &&
                     !word[strspn(word, "0123456789abcdefxABCDEFX")];
    struct filter_test attempt = *test;

    if (parser->last.type != FILTER_NONE) {
        inherit(parser, &attempt);
        if ((test->proto == FILTER_ANY_PROTO ||
             test->proto == parser->last.proto || !is_number) &&
            read_data(parser, &attempt, attempt.type, word)) {
            *test = attempt;
            return true;
        }
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(guesses); i++) {
        enum filter_type type = guesses[i];

        attempt = *test;
        attempt.type = type;
        if (is_number &&
            !(type == FILTER_PORT &&
              (test->proto == PROTOCOL_TCP || test->proto == PROTOCOL_UDP ||
               test->proto == FILTER_TCP_UDP)) &&
            !(type == FILTER_ICMP_TYPE && test->proto == PROTOCOL_ICMP))
            continue; /* it could be any of them */
        if (type == FILTER_PORT && test->proto == PROTOCOL_ICMP)
            continue; /* "icmp echo" */
        if ((type == FILTER_TCP_FLAG || type == FILTER_ICMP_TYPE) &&
            test->proto == FILTER_ANY_PROTO)
            attempt.proto =
                type == FILTER_TCP_FLAG ? PROTOCOL_TCP : PROTOCOL_ICMP;
        if (!read_data(parser, &attempt, type, word))
            continue;
        /* "src 10.0.0.1 or 10.1.0.0/16" */
        if (is_address(type) && is_address(parser->last.type) &&
            attempt.side == SIDE_NONE)
            attempt.side = parser->last.side;
        *test = attempt;
        return true;
    }
    return false;
}

/* ---- Tests ----------------------------------------------------------------
 */

static bool take_relation(struct parser *parser, enum program_relation *to)
{
    static const struct {
        const char *word;
        enum program_relation relation;
    } relations[] = {
        {"==", PROGRAM_EQUAL},   {"=", PROGRAM_EQUAL}, {"!=", PROGRAM_UNEQUAL},
        {">", PROGRAM_GREATER},  {"<", PROGRAM_LESS},  {">=", PROGRAM_AT_LEAST},
        {"<=", PROGRAM_AT_MOST},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(relations); i++)
        if (is(peek(parser), relations[i].word)) {
            *to = relations[i].relation;
            parser->at++;
            return true;
        }
    return false;
}

static program_expr_t finish_test(struct parser *parser,
                                  struct filter_test *test)
{
    bool orders =
        test->relation != PROGRAM_EQUAL && test->relation != PROGRAM_UNEQUAL;
    bool sided = is_address(test->type) || test->type == FILTER_ETHER ||
                 test->type == FILTER_PORT;

    if (orders && (is_address(test->type) || test->type == FILTER_ETHER ||
                   test->type == FILTER_PROTO))
        return fail(parser, "addresses and protocols have no order: use "
                            "'==' or '!='");
    if (test->side != SIDE_NONE && !sided)
        return fail(parser, "'src' and 'dst' are for addresses and ports");
    if (test->type == FILTER_PORT && test->proto != FILTER_TCP_UDP &&
        test->proto != PROTOCOL_TCP && test->proto != PROTOCOL_UDP) {
        if (test->proto != FILTER_ANY_PROTO && test->proto != FILTER_TRANSPORT)
            return fail(parser, "only TCP and UDP have ports");
        test->proto = FILTER_TCP_UDP;
    }
    if ((test->type == FILTER_TCP_FLAG && test->proto != PROTOCOL_TCP) ||
        (test->type == FILTER_ICMP_TYPE && test->proto != PROTOCOL_ICMP))
        return fail(parser, "that protocol has no such field");
    parser->last = *test;
    if (sided && test->side == SIDE_NONE)
        test->side = SIDE_OR;
    return filter_test_expr(parser->builder, test);
}

static program_expr_t parse_comparison(struct parser *parser,
                                       struct filter_test *test)
{
    const char *mask = NULL, *word;
    bool related, taken;

    if (take_word(parser, "&", "&")) {
        mask = peek(parser);
        if (is_end(mask))
            return fail(parser, "expected a mask behind '&'");
        parser->at++;
    }
    related = take_relation(parser, &test->relation);
    if ((mask || related) && test->type == FILTER_NONE) {
        if (parser->last.type == FILTER_NONE)
            return fail(parser, "'%s' of what?", mask ? "&" : "relation");
        inherit(parser, test);
    }
    if (mask && !read_mask(parser, test, mask))
        return fail(parser, "bad mask '%s'", mask);
    word = peek(parser);
    if (mask && !related && (is_end(word) || is(word, "!"))) {
        test->relation = PROGRAM_UNEQUAL; /* some bit is set */
        return finish_test(parser, test);
    }
    if (is_end(word))
        return word ? fail(parser, "expected a value before '%s'", word)
                    : fail(parser, "expected a value at the end");
    if (related && test->type == FILTER_TCP_FLAG)
        return fail(parser, "'tcp opt' takes no relation");
    parser->at++;
    taken = test->type == FILTER_NONE
                ? guess_data(parser, test, word)
                : read_data(parser, test, test->type, word);
    if (!taken)
        return fail(parser, "'%s' is not understood", word);
    return finish_test(parser, test);
}

/* A protocol alone, unless what follows is its value. */
static bool is_alone(const struct parser *parser,
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
        operator_length(word))
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

static program_expr_t parse_whole(struct parser *parser,
                                  const struct filter_test *test, bool *found)
{
    const char *word = peek(parser);

    *found = true;
    if (is_either(word, "true", "false") && test->proto == FILTER_ANY_PROTO) {
        parser->at++;
        return program_const(parser->builder, is(word, "true"));
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(whole); i++)
        if (is(word, whole[i].name) && test->proto == FILTER_ANY_PROTO) {
            program_expr_t expr = program_compare(
                parser->builder, PROGRAM_NETWORK, whole[i].at, whole[i].bits,
                PROGRAM_EQUAL, whole[i].mask, whole[i].value);

            parser->at++;
            return whole[i].negated ? program_not(parser->builder, expr) : expr;
        }
    *found = false;
    return 0;
}

static program_expr_t parse_test(struct parser *parser)
{
    struct filter_test test = {
        .proto = FILTER_ANY_PROTO,
        .mask = ~0u,
        .ether_mask = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    };
    bool after_ip = take_word(parser, "ip", "ip"), found = false;
    unsigned int start = parser->at;
    program_expr_t expr;

    expr = parse_whole(parser, &test, &found);
    if (found)
        return expr;
    while (take_side(parser, &test) || take_type(parser, &test) ||
           take_proto(parser, &test) || take_word(parser, "ip", "ip"))
        ;
    if (parser->at == start && after_ip && is_end(peek(parser)))
        return fail(parser, "'ip' alone says nothing");
    if (!take_bytes(parser, &test) && is_alone(parser, &test)) {
        parser->last = test;
        parser->last.type = FILTER_NONE;
        return test.proto == FILTER_TRANSPORT
                   ? fail(parser, "'transp' alone says nothing")
                   : filter_test_expr(parser->builder, &test);
    }
    return parser->failed ? 0 : parse_comparison(parser, &test);
}

/* ---- Expressions ----------------------------------------------------------
 */

static program_expr_t parse_expr(struct parser *parser);

static program_expr_t parse_factor(struct parser *parser)
{
    program_expr_t expr;
    bool negated = false;

    while (take_word(parser, "!", "not"))
        negated = !negated;
    if (parser->failed)
        return 0;
    if (take_word(parser, "(", "(")) {
        expr = parse_expr(parser);
        if (!parser->failed && !take_word(parser, ")", ")"))
            return fail(parser, "missing ')'");
    } else if (is_end(peek(parser))) {
        return peek(parser)
                   ? fail(parser, "expected a test before '%s'", peek(parser))
                   : fail(parser, "expected a test at the end");
    } else {
        expr = parse_test(parser);
    }
    return negated ? program_not(parser->builder, expr) : expr;
}

static program_expr_t parse_and(struct parser *parser)
{
    program_expr_t expr = parse_factor(parser);

    while (!parser->failed &&
           (take_word(parser, "and", "&&") || !is_end(peek(parser))))
        expr = program_and(parser->builder, expr, parse_factor(parser));
    return expr;
}

static program_expr_t parse_or(struct parser *parser)
{
    program_expr_t expr = parse_and(parser);

    while (!parser->failed && take_word(parser, "or", "||"))
        expr = program_or(parser->builder, expr, parse_and(parser));
    return expr;
}

static program_expr_t parse_expr(struct parser *parser)
{
    program_expr_t expr, yes;

    if (parser->depth++ == NESTING_MAX)
        return fail(parser, "nested too deeply");
    expr = parse_or(parser);
    if (!parser->failed && take_word(parser, "?", "?")) {
        yes = parse_expr(parser);
        if (!parser->failed && !take_word(parser, ":", ":"))
            return fail(parser, "missing ':' behind '?'");
        if (!parser->failed)
            expr = program_if(parser->builder, expr, yes, parse_expr(parser));
    }
    parser->depth--;
    return expr;
}

int filter_parse(struct program_builder *builder, const struct element *near,
                 const char *text, program_expr_t *expr, char *why,
                 size_t why_size)
{
    struct parser parser = {
        .builder = builder,
        .near = near,
        .words = split(text),
        .last = {.type = FILTER_NONE, .proto = FILTER_ANY_PROTO},
        .why = why,
        .why_size = why_size,
    };

    if (!parser.words)
        return -ENOMEM;
    if (!parser.words[0]) {
        fail(&parser, "empty pattern");
    } else if (!parser.words[1] && (is(parser.words[0], "-") ||
                                    is_either(parser.words[0], "any", "all"))) {
        *expr = program_const(builder, true);
    } else {
        *expr = parse_expr(&parser);
        if (!parser.failed && peek(&parser))
            fail(&parser, "'%s' is one too many", peek(&parser));
    }
    free(parser.words);
    return parser.failed ? -EINVAL : builder->failed ? -ENOMEM : 0;
}
