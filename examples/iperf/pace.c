/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pace.c: sending at a rate. Each write has a time at which it is due. Sleeping
 * until then alone would not do: each sleep is a little too long. So the next
 * one is due a gap after the last one *was due*, not after it was done.
 */
#include <time.h>
#include "iperf.h"

void pace_start(struct pace *pace, const struct options *options,
                unsigned int length, uint64_t now)
{
    pace->due = now;
    pace->gap = 0;
    if (options->packet_rate)
        pace->gap = NANOSECONDS / options->packet_rate;
    else if (options->rate)
        pace->gap = (uint64_t)(8e9 * length / (double)options->rate);
}

uint64_t pace_wait(struct pace *pace, uint64_t now)
{
    /* Up to 100 ms of delay are made up for. */
    if (pace->due + NANOSECONDS / 10 < now)
        pace->due = now - NANOSECONDS / 10;
    if (pace->due > now) {
        uint64_t wait = pace->due - now;
        struct timespec time = {.tv_sec = (time_t)(wait / NANOSECONDS),
                                .tv_nsec = (long)(wait % NANOSECONDS)};

        nanosleep(&time, NULL);
        now = time_now();
    }
    pace->due += pace->gap;
    return now;
}
