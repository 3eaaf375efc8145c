/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spinlock.h: the lowest lock, for a few instructions at a time.
 *
 * There is one kind. Taking it masks events on this CPU (so that neither an
 * event handler nor preemption can come between) and then takes the lock word
 * (so that no other CPU can). It may be taken in threads and in event
 * handlers, and it nests with other spinlocks; events are unmasked when the
 * last one is released. A thread must not sleep with a spinlock held, except
 * in waitq_wait(), which releases the one it is given.
 */
#ifndef CORACLE_SPINLOCK_H
#define CORACLE_SPINLOCK_H

#include <stdatomic.h>

struct spinlock {
    atomic_uchar held;
};

#define SPINLOCK_INIT                                                          \
    {                                                                          \
        0                                                                      \
    }

void spin_lock(struct spinlock *lock);

/* As spin_lock(), for a caller that has already masked events (events_mask())
 * on behalf of this lock; spin_unlock() unmasks them. */
void spin_lock_masked(struct spinlock *lock);

void spin_unlock(struct spinlock *lock);

#include "coracle/lockcheck.h"

#endif
