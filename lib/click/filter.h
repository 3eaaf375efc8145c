/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.h: the language of IPFilter and IPClassifier, as expressions of
 * decision programs (program.h).
 *
 *     src net 10.0.0.0/8 && tcp && (dst port 80 or 443) && !(syn and !ack)
 *
 * The manual is at the head of elements/ip_classifier.c.
 */
#ifndef CORACLE_CLICK_FILTER_H
#define CORACLE_CLICK_FILTER_H

#include <stddef.h>
#include "lib/click/program.h"

struct element;

/* The expression that `text` means where `near` is (addresses and ports may
 * have names there; may be NULL). 0, -ENOMEM, or -EINVAL with the reason in
 * `why`. */
MUST_CHECK int filter_parse(struct program_builder *builder,
                            const struct element *near, const char *text,
                            program_expr_t *expr, char *why, size_t why_size);

/* filter_test.c ------------------------------------------------------------
 *
 * One comparison, as its words were understood.
 */
enum filter_type {
    FILTER_NONE,
    FILTER_HOST,
    FILTER_NET,
    FILTER_ETHER,
    FILTER_PORT,
    FILTER_PROTO,
    FILTER_TCP_FLAG,
    FILTER_ICMP_TYPE,
    FILTER_FIELD,
};

enum filter_side { SIDE_NONE, SIDE_SRC, SIDE_DST, SIDE_AND, SIDE_OR };

#define FILTER_ANY_PROTO -1
#define FILTER_TCP_UDP   256 /* one of the two */
#define FILTER_TRANSPORT 257 /* any, but a first fragment */

struct filter_test {
    enum filter_type type;
    enum filter_side side;
    int proto;             /* a number or one of the above */
    unsigned int place;    /* PROGRAM_... of a field */
    unsigned int at, bits; /* of a field */
    enum program_relation relation;
    uint32_t mask, value;
    uint8_t ether_mask[6], ether[6];
};

program_expr_t filter_test_expr(struct program_builder *builder,
                                const struct filter_test *test);

#endif
