/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ewma.h: rates as exponentially weighted moving averages.
 *
 * Time is cut into epochs of 10 ms. What comes in one epoch is summed up; at
 * its end the average moves a sixteenth of the way to that sum. So the average
 * forgets most of what was within half a second.
 */
#ifndef CORACLE_CLICK_EWMA_H
#define CORACLE_CLICK_EWMA_H

#include <stdint.h>
#include "lib/click/text.h"

struct ewma {
    int64_t end;      /* of this epoch, ns; 0: nothing came yet */
    uint64_t sum;     /* of this epoch */
    uint64_t average; /* per epoch, times 2^20 */
};

/* Epochs have ended. */
void ewma_catch_up(struct ewma *ewma, int64_t now);

/* `amount` more at `now`, on a clock that is not set back. */
static inline void ewma_add(struct ewma *ewma, uint64_t amount, int64_t now)
{
    if (now >= ewma->end)
        ewma_catch_up(ewma, now);
    ewma->sum += amount;
}

/* `scale` times the rate for a second, as a decimal number; and rounded down.
 */
void ewma_write(struct ewma *ewma, int64_t now, uint64_t scale,
                struct text *out);
uint64_t ewma_rate(struct ewma *ewma, int64_t now, uint64_t scale);

#endif
