/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter_data.c: what a test of the filter language compares with.
 *
 * How a word is read depends on what the test is about: "10" is a port, a
 * protocol or a type of ICMP. When the test does not say, the data must tell by
 * its own look: "10.0.0.1" is a host, "syn" a TCP flag, "echo" a type of ICMP.
 * And behind "src port 80 or" a plain "81" is what was before it. A number of
 * which nothing tells what it is, is refused rather than guessed.
 *
 * Pure logic; no locks.
 */
#include <ctype.h>
#include <string.h>
#include "lib/click/filter_parser.h"
#include "lib/click/headers.h"
#include "lib/click/ip_names.h"
#include "lib/click/types.h"

/* "10.0.0.0" "mask" "255.0.0.0", "10.0.0.0/8" */
static bool read_net(struct filter_parser *parser, struct filter_test *test,
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

bool filter_read_data(struct filter_parser *parser, struct filter_test *test,
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

bool filter_read_mask(struct filter_parser *parser, struct filter_test *test,
                      const char *word)
{
    uint64_t number;
    uint32_t address;

    if (test->type == FILTER_ETHER)
        return !click_read_ether(parser->near, word, test->ether_mask);
    if (filter_is_address(test->type)) {
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

void filter_inherit(const struct filter_parser *parser,
                    struct filter_test *test)
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

bool filter_guess_data(struct filter_parser *parser, struct filter_test *test,
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
        filter_inherit(parser, &attempt);
        if ((test->proto == FILTER_ANY_PROTO ||
             test->proto == parser->last.proto || !is_number) &&
            filter_read_data(parser, &attempt, attempt.type, word)) {
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
        if (!filter_read_data(parser, &attempt, type, word))
            continue;
        /* "src 10.0.0.1 or 10.1.0.0/16" */
        if (filter_is_address(type) && filter_is_address(parser->last.type) &&
            attempt.side == SIDE_NONE)
            attempt.side = parser->last.side;
        *test = attempt;
        return true;
    }
    return false;
}
