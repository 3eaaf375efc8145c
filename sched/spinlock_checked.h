/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spinlock_checked.h: what the two halves of the lock checker share:
 * spinlock_checked.c looks at each lock that is taken and released,
 * spinlock_order.c knows kinds of locks and the order among them.
 */
#ifndef CORACLE_SCHED_SPINLOCK_CHECKED_H
#define CORACLE_SCHED_SPINLOCK_CHECKED_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/spinlock.h"

/* A lock that this CPU holds, and where it was taken. */
struct hold {
    struct spinlock *lock;
    const struct lock_site *site;
    const void *caller;
    unsigned int kind;
    uint64_t since;
};

/* In a message: PLACE is formatted with WHERE(hold). */
#define PLACE "%s (%s:%d)"
#define WHERE(hold)                                                            \
    lockcheck_function((hold)->caller), (hold)->site->file, (hold)->site->line

/* ---- spinlock_checked.c -------------------------------------------------- */

/* True once: the caller has found the first mistake and shall tell it. The
 * report itself takes locks, so no other is told. */
bool lockcheck_first_mistake(void);

/* The name of the function around an address in the code, for the one message
 * about the first mistake. */
const char *lockcheck_function(const void *address);

/* ---- spinlock_order.c ---------------------------------------------------- */

/* Which kind of lock is taken here. 0: unknown. */
unsigned int lock_kind(struct spinlock *lock, struct lock_site *site);

/* The lock's name, by its kind if that is known. */
const char *lock_called(const struct hold *hold);

/* `wanted` is about to be taken with `held` held: panics if that cannot be in
 * the same order as all that was seen. */
void lock_order_check(const struct hold *held, const struct hold *wanted);

/* For the report: a lock of this kind was taken by an event handler, or held
 * since hold->since until now. */
void lock_note_event(unsigned int kind);
void lock_note_time(const struct hold *hold);

#endif
