/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spinlock.c: mask events on this CPU, then take the lock word.
 *
 * The order matters: an event between the two could find the lock taken by the
 * very thread that it interrupted, and wait for ever. A holder may have lost
 * its real CPU (Xen schedules vCPUs as it likes), so a waiter gives its own
 * away after a while instead of spinning on.
 */
#include "coracle/spinlock.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"

#define SPINS_BEFORE_YIELD 1000

static void contend(struct spinlock *lock)
{
    unsigned int spins = 0;

    /* Only read while it is held, so that the cache line stays shared. */
    do {
        while (atomic_load_explicit(&lock->held, memory_order_relaxed)) {
            __builtin_ia32_pause();
            if (++spins % SPINS_BEFORE_YIELD == 0)
                xen_sched_op(SCHEDOP_yield, NULL);
        }
    } while (atomic_exchange_explicit(&lock->held, 1, memory_order_acquire));
}

static inline void take(struct spinlock *lock)
{
    /* Acquire: pairs with the release in spin_unlock(). */
    if (atomic_exchange_explicit(&lock->held, 1, memory_order_acquire))
        contend(lock);
}

void spin_lock_masked(struct spinlock *lock)
{
    take(lock);
}

void spin_lock(struct spinlock *lock)
{
    events_mask();
    take(lock);
}

void spin_unlock(struct spinlock *lock)
{
    /* Release: all that the holder wrote is seen by the next one. */
    atomic_store_explicit(&lock->held, 0, memory_order_release);
    events_unmask();
}
