/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sync.h: mutexes, condition variables and semaphores, built on wait queues.
 *
 * All are for thread context, but for semaphore_up(), which event handlers may
 * call. Deadlines are absolute (time_monotonic()); TIME_NEVER means no limit.
 * There is no priority inheritance because there are no priorities: the
 * scheduler serves all threads in turn, so a holder always gets to run
 * (docs/threads.md).
 */
#ifndef CORACLE_SYNC_H
#define CORACLE_SYNC_H

#include "coracle/thread.h"

/* Not recursive; only the owner may unlock. */
struct mutex {
    struct spinlock lock; /* guards the fields below */
    struct thread *owner; /* NULL: free */
    struct waitq waiters;
};

#define MUTEX_INIT(name)                                                       \
    {                                                                          \
        SPINLOCK_INIT, NULL, WAITQ_INIT((name).waiters)                        \
    }

void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
/* 0, or -K_ETIMEDOUT. */
MUST_CHECK int mutex_lock_until(struct mutex *mutex, uint64_t deadline);
/* 0, or -K_EBUSY. */
MUST_CHECK int mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

struct cond {
    struct spinlock lock; /* guards waiters */
    struct waitq waiters;
};

#define COND_INIT(name)                                                        \
    {                                                                          \
        SPINLOCK_INIT, WAITQ_INIT((name).waiters)                              \
    }

void cond_init(struct cond *cond);
/*
 * Release `mutex`, wait, take `mutex` again. 0 when signalled, -K_ETIMEDOUT
 * when not. As with waitq_wait(), callers loop on their condition.
 */
int cond_wait(struct cond *cond, struct mutex *mutex, uint64_t deadline);
void cond_signal(struct cond *cond);
void cond_broadcast(struct cond *cond);

struct semaphore {
    struct spinlock lock; /* guards the fields below */
    unsigned int count;
    struct waitq waiters;
};

void semaphore_init(struct semaphore *semaphore, unsigned int count);
/* 0, or -K_ETIMEDOUT. A deadline in the past makes it a try. */
int semaphore_down(struct semaphore *semaphore, uint64_t deadline);
/* Any context. */
void semaphore_up(struct semaphore *semaphore);

#endif
