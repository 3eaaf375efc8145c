/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_sync.c: barriers, once, and spinlocks for programs.
 *
 * A program's spinlock is not the kernel's: holding it does not mask events, so
 * its holder can lose the CPU, and whoever spins gives way each time round.
 *
 * Concurrency: each object has a spinlock of the kernel's inside.
 */
#include "lib/libc/pthread_state.h"

#include <string.h>

/* ---- Barriers ------------------------------------------------------------ */

int pthread_barrier_init(pthread_barrier_t *handle,
                         __attribute__((unused))
                         const pthread_barrierattr_t *attr,
                         unsigned int count)
{
    struct barrier_state *barrier = (struct barrier_state *)handle;

    if (count == 0)
        return EINVAL;
    memset(handle, 0, sizeof(*handle));
    barrier->count = count;
    return 0;
}

/* The last threads of a round may still be on their way out: wait for them. */
int pthread_barrier_destroy(pthread_barrier_t *handle)
{
    struct barrier_state *barrier = (struct barrier_state *)handle;
    bool waiting;

    spin_lock(&barrier->lock);
    waiting = barrier->arrived > 0;
    while (!waiting && barrier->inside > 0) {
        spin_unlock(&barrier->lock);
        thread_yield();
        spin_lock(&barrier->lock);
    }
    spin_unlock(&barrier->lock);
    return waiting ? EBUSY : 0;
}

int pthread_barrier_wait(pthread_barrier_t *handle)
{
    struct barrier_state *barrier = (struct barrier_state *)handle;
    unsigned long round;
    int result = 0;

    spin_lock(&barrier->lock);
    round = barrier->round;
    barrier->inside++;
    if (++barrier->arrived == barrier->count) {
        barrier->arrived = 0;
        barrier->round++;
        waitq_wake_all(pthread_waitq(&barrier->waiters));
        result = PTHREAD_BARRIER_SERIAL_THREAD;
    }
    while (barrier->round == round)
        waitq_wait(pthread_waitq(&barrier->waiters), &barrier->lock,
                   TIME_NEVER);
    barrier->inside--;
    spin_unlock(&barrier->lock);
    return result;
}

/* ---- Once ---------------------------------------------------------------- */

enum { ONCE_FRESH, ONCE_RUNNING, ONCE_DONE };

int pthread_once(pthread_once_t *handle, void (*routine)(void))
{
    struct once_state *once = (struct once_state *)handle;
    bool mine = false;

    /* Pairs with the store below: what the routine wrote is seen. */
    if (atomic_load_explicit(&once->state, memory_order_acquire) == ONCE_DONE)
        return 0;
    spin_lock(&once->lock);
    if (atomic_load(&once->state) == ONCE_FRESH) {
        atomic_store(&once->state, ONCE_RUNNING);
        mine = true;
    }
    while (!mine && atomic_load(&once->state) != ONCE_DONE)
        waitq_wait(pthread_waitq(&once->waiters), &once->lock, TIME_NEVER);
    spin_unlock(&once->lock);
    if (!mine)
        return 0;

    routine();
    spin_lock(&once->lock);
    atomic_store_explicit(&once->state, ONCE_DONE, memory_order_release);
    waitq_wake_all(pthread_waitq(&once->waiters));
    spin_unlock(&once->lock);
    return 0;
}

/* ---- Spinlocks ----------------------------------------------------------- */

static atomic_uint *word_of(pthread_spinlock_t *lock)
{
    return (atomic_uint *)lock;
}

int pthread_spin_init(pthread_spinlock_t *lock,
                      __attribute__((unused)) int pshared)
{
    atomic_init(word_of(lock), 0);
    return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    return atomic_load(word_of(lock)) == 0 ? 0 : EBUSY;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    return atomic_exchange(word_of(lock), 1) == 0 ? 0 : EBUSY;
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
    while (pthread_spin_trylock(lock) != 0)
        thread_yield();
    return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    atomic_store(word_of(lock), 0);
    return 0;
}
