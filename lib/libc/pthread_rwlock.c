/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_rwlock.c: locks for many readers or one writer.
 *
 * Readers go first: a reader waits for a writer that has the lock, not for one
 * that waits for it. A thread may therefore take a read lock it already has,
 * which programs rely on; a writer may wait long if readers never pause.
 *
 * Concurrency: the spinlock inside guards the fields.
 */
#include "lib/libc/pthread_state.h"

#include <string.h>
#include "coracle/errno.h"

static struct rwlock_state *state_of(pthread_rwlock_t *rwlock)
{
    return (struct rwlock_state *)rwlock;
}

int pthread_rwlock_init(pthread_rwlock_t *rwlock,
                        __attribute__((unused))
                        const pthread_rwlockattr_t *attr)
{
    memset(rwlock, 0, sizeof(*rwlock));
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *handle)
{
    struct rwlock_state *rwlock = state_of(handle);

    return rwlock->writer == NULL && rwlock->readers == 0 ? 0 : EBUSY;
}

/* Can it be had now? The caller holds rwlock->lock. */
static bool is_free(const struct rwlock_state *rwlock, bool writing)
{
    return rwlock->writer == NULL && (!writing || rwlock->readers == 0);
}

/* 0, EDEADLK, or `late` if the deadline comes first. */
static int lock_until(pthread_rwlock_t *handle, bool writing, uint64_t deadline,
                      int late)
{
    struct rwlock_state *rwlock = state_of(handle);
    int error = 0;

    spin_lock(&rwlock->lock);
    if (rwlock->writer == thread_self() && deadline != 0)
        error = EDEADLK;
    while (error == 0 && !is_free(rwlock, writing)) {
        if (time_monotonic() >= deadline)
            error = late;
        else
            waitq_wait(pthread_waitq(&rwlock->waiters), &rwlock->lock,
                       deadline);
    }
    if (error == 0 && writing)
        rwlock->writer = thread_self();
    else if (error == 0)
        rwlock->readers++;
    spin_unlock(&rwlock->lock);
    return error;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *rwlock)
{
    return lock_until(rwlock, false, TIME_NEVER, ETIMEDOUT);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *rwlock)
{
    return lock_until(rwlock, true, TIME_NEVER, ETIMEDOUT);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *rwlock)
{
    return lock_until(rwlock, false, 0, EBUSY);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *rwlock)
{
    return lock_until(rwlock, true, 0, EBUSY);
}

static int timed(pthread_rwlock_t *rwlock, bool writing,
                 const struct timespec *deadline)
{
    if (!libc_timespec_valid(deadline))
        return EINVAL;
    return lock_until(rwlock, writing, libc_deadline(CLOCK_REALTIME, deadline),
                      ETIMEDOUT);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *rwlock,
                               const struct timespec *deadline)
{
    return timed(rwlock, false, deadline);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *rwlock,
                               const struct timespec *deadline)
{
    return timed(rwlock, true, deadline);
}

int pthread_rwlock_unlock(pthread_rwlock_t *handle)
{
    struct rwlock_state *rwlock = state_of(handle);
    int error = 0;

    spin_lock(&rwlock->lock);
    if (rwlock->writer == thread_self())
        rwlock->writer = NULL;
    else if (rwlock->writer == NULL && rwlock->readers > 0)
        rwlock->readers--;
    else
        error = EPERM;
    if (rwlock->readers == 0)
        waitq_wake_all(pthread_waitq(&rwlock->waiters));
    spin_unlock(&rwlock->lock);
    return error;
}
