/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.h: call a function at a time.
 *
 * The function runs once, as an event handler (events masked, must not sleep),
 * at or shortly after the deadline. It may start its own timer again. The
 * structure belongs to the caller, zeroed before first use.
 */
#ifndef CORACLE_SCHED_TIMER_H
#define CORACLE_SCHED_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"

struct timer {
    uint64_t deadline;
    void (*expired)(struct timer *timer);
    bool armed; /* this and the links: the queue's lock */
    struct timer *child, *next, *prev;
    struct timer_queue *queue; /* of the CPU that armed it last */
};

/* The timers of one CPU; sched/timer.c. */
struct timer_queue;

/* Called on each CPU as it starts, with events masked: binds its timer
 * interrupt. 0 or a negative errno. */
MUST_CHECK int timer_init(void);

/*
 * Arm, or move if it is armed already, on this CPU, where the function will
 * run (on CPU 0 if this one is taken away meanwhile). Any context; calls for
 * one timer must not overlap.
 */
void timer_start(struct timer *timer, uint64_t deadline);

/* Give this CPU's timers to CPU 0: it will be gone. Events are masked. */
void timer_hand_over(void);

/* Look again for when to be woken: others may have handed over timers. An
 * event handler. */
void timer_look(void);

/*
 * Disarm. When it returns the function is not running and will not. Any
 * context but the timer's own function, with no lock that function takes.
 */
void timer_cancel(struct timer *timer);

#endif
