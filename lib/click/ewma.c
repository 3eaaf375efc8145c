/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ewma.c: moving averages. Sums of one epoch above 2^43 are cut: no device is
 * as fast.
 */
#include "lib/click/ewma.h"
#include <inttypes.h>

#define EPOCH      10000000 /* ns */
#define PER_SECOND 100
#define SCALE      20
#define STABILITY  4
#define SUM_MAX    (1ull << 43)

static void move(struct ewma *ewma, uint64_t sum)
{
    uint64_t target = (sum < SUM_MAX ? sum : SUM_MAX) << SCALE;
    uint64_t rounding = 1u << (STABILITY - 1);

    if (target >= ewma->average)
        ewma->average += (target - ewma->average + rounding) >> STABILITY;
    else
        ewma->average -= (ewma->average - target + rounding) >> STABILITY;
}

void ewma_catch_up(struct ewma *ewma, int64_t now)
{
    if (ewma->end) {
        move(ewma, ewma->sum);
        ewma->end += EPOCH;
        /* Empty epochs; after that many nothing is left. */
        for (unsigned int i = 0; i < 800 && now >= ewma->end; i++) {
            move(ewma, 0);
            ewma->end += EPOCH;
        }
    }
    ewma->sum = 0;
    if (now >= ewma->end) {
        if (ewma->end)
            ewma->average = 0;
        ewma->end = now + EPOCH;
    }
}

uint64_t ewma_rate(struct ewma *ewma, int64_t now, uint64_t scale)
{
    if (now >= ewma->end)
        ewma_catch_up(ewma, now);
    return (uint64_t)(((unsigned __int128)ewma->average * PER_SECOND * scale) >>
                      SCALE);
}

void ewma_write(struct ewma *ewma, int64_t now, uint64_t scale,
                struct text *out)
{
    uint64_t thousandths = ewma_rate(ewma, now, scale * 1000);
    unsigned int rest = (unsigned int)(thousandths % 1000), digits = 3;

    text_printf(out, "%" PRIu64, thousandths / 1000);
    if (!rest)
        return;
    for (; rest % 10 == 0; rest /= 10)
        digits--;
    text_printf(out, ".%0*u", (int)digits, rest);
}
