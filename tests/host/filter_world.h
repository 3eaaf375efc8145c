/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter_world.h: decision programs and the filter language, for host tests,
 * with packets to run them on. No element has arguments or gives names.
 */
#ifndef CORACLE_TESTS_HOST_FILTER_WORLD_H
#define CORACLE_TESTS_HOST_FILTER_WORLD_H

#include "net_world.h"
#include "lib/click/text.c"
#include "lib/click/real.c"
#include "lib/click/types.c"
#include "lib/click/ip_names.c"
#include "lib/click/program_expr.c"
#include "lib/click/program_compare.c"
#include "lib/click/program.c"
#include "lib/click/program_layout.c"
#include "lib/click/program_run.c"
#include "lib/click/program_optimize.c"
#include "lib/click/program_merge.c"
#include "lib/click/filter_test.c"
#include "lib/click/filter_words.c"
#include "lib/click/filter_subject.c"
#include "lib/click/filter_data.c"
#include "lib/click/filter.c"

int names_find(const struct element *near, enum name_kind kind,
               const char *name, void *to)
{
    (void)near;
    (void)kind;
    (void)name;
    (void)to;
    return -EINVAL;
}

int click_args_error(struct click_args *args, const char *format, ...)
{
    (void)args;
    (void)format;
    return -EINVAL;
}

/* A packet in pieces of random lengths. */
static inline struct packet *pieces(unsigned int length)
{
    struct packet *packet = packet_alloc(test_below(3) ? length : 0);

    click_notes_clear(packet);
    while (packet->total < length) {
        unsigned int left = length - packet->total;

        packet_append(packet, packet_alloc(1 + test_below(left)));
    }
    return packet;
}

static inline void poke(struct packet *packet, const uint8_t *bytes,
                        size_t count)
{
    for (; packet && count > 0; packet = packet->more)
        for (unsigned int i = 0; i < packet->length && count > 0; i++) {
            packet->data[i] = *bytes++;
            count--;
        }
}

/* Patterns to outputs 0, 1, ... */
static inline void compile_filters(const char *const *patterns,
                                   unsigned int count, struct program *program)
{
    struct program_builder builder = {0};

    for (unsigned int i = 0; i < count; i++) {
        program_expr_t expr;
        char why[80] = "";

        if (filter_parse(&builder, NULL, patterns[i], &expr, why, sizeof(why)))
            test_fail(__FILE__, __LINE__, "%s: %s", patterns[i], why);
        program_pattern(&builder, expr, PROGRAM_OUTPUT | i);
    }
    CHECK_EQUAL(program_build(&builder, program), 0);
}

#endif
