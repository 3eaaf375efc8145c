/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter_test.c: one comparison of the filter language as an expression.
 *
 * What looks behind the IP header first asks for the protocol, then whether the
 * packet is a first fragment: only that has a transport header. Relations are
 * made such that a packet without the field is never matched (program.h).
 *
 * Pure logic; no locks.
 */
#include "lib/click/filter.h"
#include "lib/click/headers.h"

static program_expr_t proto_test(struct program_builder *builder,
                                 uint32_t proto)
{
    return program_test(builder, PROGRAM_NETWORK + 8, 0x00ff0000, proto << 16,
                        false);
}

/* The right protocol, and a transport header if one is looked at. */
static program_expr_t guard(struct program_builder *builder, int proto,
                            bool first_fragment)
{
    program_expr_t first, expr;
    bool any = proto == FILTER_ANY_PROTO || proto == FILTER_TRANSPORT;

    if (proto == FILTER_TCP_UDP)
        expr = program_or(builder, proto_test(builder, PROTOCOL_TCP),
                          proto_test(builder, PROTOCOL_UDP));
    else if (any)
        expr = program_const(builder, true);
    else
        expr = proto_test(builder, (uint32_t)proto);
    if (!first_fragment)
        return expr;
    first = program_test(builder, PROGRAM_NETWORK + 4, 0x00001fff, 0, false);
    return any ? first : program_and(builder, expr, first);
}

/* Both sides' comparisons as one. */
static program_expr_t sides(struct program_builder *builder,
                            const struct filter_test *test, program_expr_t src,
                            program_expr_t dst)
{
    if (test->side == SIDE_SRC)
        return src;
    if (test->side == SIDE_DST)
        return dst;
    return test->side == SIDE_AND ? program_and(builder, src, dst)
                                  : program_or(builder, src, dst);
}

static uint32_t big_endian(const uint8_t *bytes, unsigned int count)
{
    uint32_t value = 0;

    while (count-- > 0)
        value = value << 8 | *bytes++;
    return value;
}

/* Six bytes that begin `at` bytes behind the MAC header's place; the first
 * `head` of them are in one word, four at most in the next. */
static program_expr_t ether_compare(struct program_builder *builder,
                                    const struct filter_test *test,
                                    unsigned int at, unsigned int head)
{
    program_expr_t first = program_compare(
        builder, PROGRAM_MAC, 8 * at, 8 * head, test->relation,
        big_endian(test->ether_mask, head), big_endian(test->ether, head));
    program_expr_t second = program_compare(
        builder, PROGRAM_MAC, 8 * (at + head), 8 * (6 - head), test->relation,
        big_endian(test->ether_mask + head, 6 - head),
        big_endian(test->ether + head, 6 - head));

    return program_and(builder, first, second);
}

static program_expr_t both_fields(struct program_builder *builder,
                                  const struct filter_test *test,
                                  unsigned int place, unsigned int src,
                                  unsigned int dst, unsigned int bits)
{
    return sides(builder, test,
                 program_compare(builder, place, src, bits, test->relation,
                                 test->mask, test->value),
                 program_compare(builder, place, dst, bits, test->relation,
                                 test->mask, test->value));
}

/* Addresses, ports and protocols: what is not equal is the opposite of what is,
 * of both sides together. Of other fields, see program_compare(). */
static bool is_opposite(const struct filter_test *test)
{
    return test->relation == PROGRAM_UNEQUAL &&
           (test->type == FILTER_HOST || test->type == FILTER_NET ||
            test->type == FILTER_ETHER || test->type == FILTER_PORT ||
            test->type == FILTER_PROTO);
}

/* The comparison, without asking whether there is such a header. */
static program_expr_t comparison(struct program_builder *builder,
                                 const struct filter_test *test)
{
    switch (test->type) {
    case FILTER_HOST:
    case FILTER_NET:
        return both_fields(builder, test, PROGRAM_NETWORK, 8 * 12, 8 * 16, 32);
    case FILTER_ETHER:
        return sides(builder, test, ether_compare(builder, test, 8, 4),
                     ether_compare(builder, test, 2, 2));
    case FILTER_PORT:
        return both_fields(builder, test, PROGRAM_TRANSPORT, 0, 16, 16);
    case FILTER_PROTO:
        return program_compare(builder, PROGRAM_NETWORK, 8 * 9, 8,
                               test->relation, test->mask, test->value);
    case FILTER_TCP_FLAG:
        return program_compare(builder, PROGRAM_TRANSPORT, 8 * 13, 8,
                               test->relation, test->mask, test->value);
    case FILTER_ICMP_TYPE:
        return program_compare(builder, PROGRAM_TRANSPORT, 0, 8, test->relation,
                               test->mask, test->value);
    default: /* FILTER_FIELD */
        return program_compare(builder, test->place, test->at, test->bits,
                               test->relation, test->mask, test->value);
    }
}

program_expr_t filter_test_expr(struct program_builder *builder,
                                const struct filter_test *test)
{
    struct filter_test equal = *test;
    bool transport =
        test->type == FILTER_PORT || test->type == FILTER_TCP_FLAG ||
        test->type == FILTER_ICMP_TYPE ||
        (test->type == FILTER_FIELD && test->place == PROGRAM_TRANSPORT);
    program_expr_t expr;

    if (test->type == FILTER_NONE) /* a protocol alone */
        return guard(builder, test->proto, false);
    if (is_opposite(test))
        equal.relation = PROGRAM_EQUAL;
    expr = comparison(builder, &equal);
    if (is_opposite(test))
        expr = program_not(builder, expr);
    if (test->proto == FILTER_ANY_PROTO && !transport)
        return expr;
    return program_and(builder, guard(builder, test->proto, transport), expr);
}
