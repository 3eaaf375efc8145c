/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sync.c: mutexes, condition variables and semaphores.
 *
 * Each is a spinlock, a little state and a wait queue, after the monitor rule
 * of coracle/thread.h. An unlocked mutex is taken by whoever comes first: a
 * woken waiter looks again and may have to go on waiting. That is unfair by a
 * little and faster by much, for a running thread need not wait for a sleeping
 * one's turn.
 */
#include "coracle/sync.h"
#include "coracle/errno.h"
#include "coracle/print.h"

void mutex_init(struct mutex *mutex)
{
    *mutex = (struct mutex)MUTEX_INIT(*mutex);
}

int mutex_lock_until(struct mutex *mutex, uint64_t deadline)
{
    int error = 0;

    lockcheck_may_sleep(NULL);
    spin_lock(&mutex->lock);
    while (mutex->owner && !error)
        error = waitq_wait(&mutex->waiters, &mutex->lock, deadline);
    if (!mutex->owner) { /* perhaps just in time */
        mutex->owner = thread_self();
        error = 0;
    }
    spin_unlock(&mutex->lock);
    return error;
}

void mutex_lock(struct mutex *mutex)
{
    int error = mutex_lock_until(mutex, TIME_NEVER);

    ASSERT(!error);
}

int mutex_trylock(struct mutex *mutex)
{
    bool taken;

    spin_lock(&mutex->lock);
    taken = !mutex->owner;
    if (taken)
        mutex->owner = thread_self();
    spin_unlock(&mutex->lock);
    return taken ? 0 : -K_EBUSY;
}

void mutex_unlock(struct mutex *mutex)
{
    spin_lock(&mutex->lock);
    ASSERT(mutex->owner == thread_self());
    mutex->owner = NULL;
    waitq_wake_one(&mutex->waiters);
    spin_unlock(&mutex->lock);
}

void cond_init(struct cond *cond)
{
    *cond = (struct cond)COND_INIT(*cond);
}

int cond_wait(struct cond *cond, struct mutex *mutex, uint64_t deadline)
{
    int error;

    /* Whoever signals after our unlock waits for cond->lock until we are in
     * the queue: no signal is lost. */
    spin_lock(&cond->lock);
    mutex_unlock(mutex);
    error = waitq_wait(&cond->waiters, &cond->lock, deadline);
    spin_unlock(&cond->lock);
    mutex_lock(mutex);
    return error;
}

void cond_signal(struct cond *cond)
{
    spin_lock(&cond->lock);
    waitq_wake_one(&cond->waiters);
    spin_unlock(&cond->lock);
}

void cond_broadcast(struct cond *cond)
{
    spin_lock(&cond->lock);
    waitq_wake_all(&cond->waiters);
    spin_unlock(&cond->lock);
}

void semaphore_init(struct semaphore *semaphore, unsigned int count)
{
    *semaphore = (struct semaphore){SPINLOCK_INIT, count,
                                    WAITQ_INIT(semaphore->waiters)};
}

int semaphore_down(struct semaphore *semaphore, uint64_t deadline)
{
    int error = 0;

    lockcheck_may_sleep(NULL);
    spin_lock(&semaphore->lock);
    while (!semaphore->count && !error)
        error = waitq_wait(&semaphore->waiters, &semaphore->lock, deadline);
    if (semaphore->count) {
        semaphore->count--;
        error = 0;
    }
    spin_unlock(&semaphore->lock);
    return error;
}

void semaphore_up(struct semaphore *semaphore)
{
    spin_lock(&semaphore->lock);
    semaphore->count++;
    waitq_wake_one(&semaphore->waiters);
    spin_unlock(&semaphore->lock);
}
