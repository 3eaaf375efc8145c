/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_cond.c: POSIX condition variables.
 *
 * Waiting must give up the mutex and fall asleep in one step: the waiter takes
 * the condition's own spinlock first, then leaves the mutex, then sleeps on the
 * spinlock. A signaller needs the spinlock, so it comes either before, and the
 * waiter has not looked at its predicate yet, or after, and wakes it.
 *
 * Concurrency: the spinlock guards the fields; it is taken before the mutex's.
 */
#include "lib/libc/pthread_state.h"

#include <string.h>
#include "coracle/errno.h"

static struct cond_state *state_of(pthread_cond_t *cond)
{
    return (struct cond_state *)cond;
}

int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
    memset(cond, 0, sizeof(*cond));
    if (attr != NULL)
        state_of(cond)->clock = (unsigned char)attr->clock;
    return 0;
}

/*
 * A program may destroy a condition right after waking the last waiters, who
 * may still be on their way out: wait for them.
 */
int pthread_cond_destroy(pthread_cond_t *handle)
{
    struct cond_state *cond = state_of(handle);

    spin_lock(&cond->lock);
    while (cond->inside > 0) {
        spin_unlock(&cond->lock);
        thread_yield();
        spin_lock(&cond->lock);
    }
    spin_unlock(&cond->lock);
    return 0;
}

static int wait_until(struct cond_state *cond, pthread_mutex_t *mutex,
                      uint64_t deadline)
{
    struct mutex_state *guard = (struct mutex_state *)mutex;
    unsigned int depth;
    int error;

    spin_lock(&cond->lock);
    cond->inside++;
    depth = pthread_mutex_leave(guard);
    error = waitq_wait(pthread_waitq(&cond->waiters), &cond->lock, deadline);
    cond->inside--;
    spin_unlock(&cond->lock);
    pthread_mutex_enter(guard, depth);
    return error == -K_ETIMEDOUT ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    return wait_until(state_of(cond), mutex, TIME_NEVER);
}

int pthread_cond_timedwait(pthread_cond_t *handle, pthread_mutex_t *mutex,
                           const struct timespec *deadline)
{
    struct cond_state *cond = state_of(handle);
    clockid_t clock = cond->clock == 0 ? CLOCK_REALTIME : cond->clock;

    if (!libc_timespec_valid(deadline))
        return EINVAL;
    return wait_until(cond, mutex, libc_deadline(clock, deadline));
}

int pthread_cond_signal(pthread_cond_t *handle)
{
    struct cond_state *cond = state_of(handle);

    spin_lock(&cond->lock);
    waitq_wake_one(pthread_waitq(&cond->waiters));
    spin_unlock(&cond->lock);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *handle)
{
    struct cond_state *cond = state_of(handle);

    spin_lock(&cond->lock);
    waitq_wake_all(pthread_waitq(&cond->waiters));
    spin_unlock(&cond->lock);
    return 0;
}
