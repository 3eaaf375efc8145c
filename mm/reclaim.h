/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reclaim.h: pages out of what CPUs keep at hand, when there are no others.
 */
#ifndef CORACLE_MM_RECLAIM_H
#define CORACLE_MM_RECLAIM_H

#include <stdbool.h>

/* Have all CPUs empty their magazines. Returns whether it may be worth while to
 * try again. Any context; other CPUs are waited for only if events are not
 * masked, so not in event handlers nor with a spinlock held. */
bool memory_reclaim(void);

/* This CPU was kicked: empty its magazines if that was the reason. Events are
 * masked. */
void memory_reclaim_here(void);

#endif
