/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program_merge.c: fewer steps in a decision program, from its ends.
 *
 * A step that leads to one place, whatever the answer, is skipped. Two steps in
 * a row that ask the same word and fail alike become one, with both masks: four
 * comparisons of a byte are one of a word. And equal steps, which lead to the
 * same places, become one; to find them, steps are kept in a table by a hash of
 * what they are. Steps are looked at from the ends of the program to its start,
 * so that where a step leads is settled when its turn comes.
 *
 * Pure logic; no locks.
 */
#include <stdlib.h>
#include "lib/click/program.h"

/* Two steps, the second by the first's yes, as one? See program.h: a packet
 * that lacks the second's bytes must go the same way as before. */
static void step_combine(struct program_step *step,
                         const struct program_step *steps)
{
    while (!(step->yes & PROGRAM_OUTPUT)) {
        struct program_step next = steps[step->yes];

        if (next.at != step->at || next.place != step->place)
            return;
        if (next.no != step->no && next.yes == step->no &&
            !(next.mask & (next.mask - 1))) {
            /* One bit: ask for the opposite. */
            next.yes = next.no;
            next.no = step->no;
            next.value ^= next.mask;
            next.short_yes = !next.short_yes;
        }
        if (next.no != step->no ||
            ((next.value ^ step->value) & next.mask & step->mask) ||
            (next.short_yes != step->short_yes &&
             (step->short_yes || next.bytes > step->bytes)))
            return;
        step->mask |= next.mask;
        step->value |= next.value;
        step->yes = next.yes;
        if (step->bytes < next.bytes)
            step->bytes = next.bytes;
    }
}

static bool step_equal(const struct program_step *a,
                       const struct program_step *b)
{
    return a->mask == b->mask && a->value == b->value && a->yes == b->yes &&
           a->no == b->no && a->at == b->at && a->place == b->place &&
           a->short_yes == b->short_yes;
}

/* The step among earlier ones that is equal to this one, or itself. */
static uint32_t step_unique(struct program_step *steps, uint32_t at,
                            uint32_t *hash, uint32_t hash_size)
{
    const struct program_step *step = &steps[at];
    uint32_t key = step->mask * 31 + step->value;

    key = (key * 31 + step->yes) * 31 + step->no;
    key = (key * 31 + step->at) * 0x9e3779b1u;
    for (key ^= key >> 15;; key++) {
        uint32_t *slot = &hash[key & (hash_size - 1)];

        if (*slot == 0) {
            *slot = at + 1;
            return at;
        }
        if (step_equal(&steps[*slot - 1], step))
            return *slot - 1;
    }
}

uint32_t program_merge(struct program_step *steps, unsigned int count,
                       uint32_t start)
{
    uint32_t *becomes = malloc((count + 1) * sizeof(*becomes)), *hash;
    uint32_t size = 16;

    while (size < 2 * count)
        size *= 2;
    hash = calloc(size, sizeof(*hash));
    for (uint32_t at = 0; becomes && hash && at < count; at++) {
        struct program_step *step = &steps[at];

        if (!(step->yes & PROGRAM_OUTPUT))
            step->yes = becomes[step->yes];
        if (!(step->no & PROGRAM_OUTPUT))
            step->no = becomes[step->no];
        if (step->yes != step->no)
            step_combine(step, steps);
        becomes[at] = step->yes == step->no
                          ? step->yes
                          : step_unique(steps, at, hash, size);
    }
    if (becomes && hash && !(start & PROGRAM_OUTPUT))
        start = becomes[start];
    free(becomes);
    free(hash);
    return start;
}
