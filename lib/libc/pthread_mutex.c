/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_mutex.c: POSIX mutexes, by the monitor rule of coracle/thread.h.
 *
 * The kernel's own mutex is not used because POSIX's has kinds, deadlines on
 * two clocks and a static initialiser without a name. Unlocking wakes one
 * waiter but does not hand the mutex over: whoever comes first takes it, which
 * keeps a busy mutex from costing a context switch each time.
 *
 * Concurrency: the spinlock inside guards the fields.
 */
#include "lib/libc/pthread_state.h"

#include <string.h>
#include "coracle/errno.h"

static struct mutex_state *state_of(pthread_mutex_t *mutex)
{
    return (struct mutex_state *)mutex;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
    memset(mutex, 0, sizeof(*mutex));
    if (attr != NULL)
        state_of(mutex)->type = (unsigned char)attr->type;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return state_of(mutex)->owner == NULL ? 0 : EBUSY;
}

/* The caller holds mutex->lock, and self has the mutex already. */
static int lock_again(struct mutex_state *mutex)
{
    if (mutex->type == PTHREAD_MUTEX_ERRORCHECK)
        return EDEADLK;
    if (mutex->depth == UINT_MAX)
        return EAGAIN;
    mutex->depth++;
    return 0;
}

static int lock_until(struct mutex_state *mutex, uint64_t deadline)
{
    struct thread *self = thread_self();
    int error = 0;

    spin_lock(&mutex->lock);
    /* A normal mutex waits for itself: forever, or until the deadline. */
    if (mutex->owner == self && mutex->type != PTHREAD_MUTEX_NORMAL) {
        error = lock_again(mutex);
        spin_unlock(&mutex->lock);
        return error;
    }
    while (mutex->owner != NULL && error == 0) {
        if (waitq_wait(pthread_waitq(&mutex->waiters), &mutex->lock,
                       deadline) == -K_ETIMEDOUT &&
            mutex->owner != NULL)
            error = ETIMEDOUT;
    }
    if (error == 0) {
        mutex->owner = self;
        mutex->depth = 1;
    }
    spin_unlock(&mutex->lock);
    return error;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return lock_until(state_of(mutex), TIME_NEVER);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex,
                            const struct timespec *deadline)
{
    if (!libc_timespec_valid(deadline))
        return EINVAL;
    return lock_until(state_of(mutex), libc_deadline(CLOCK_REALTIME, deadline));
}

int pthread_mutex_trylock(pthread_mutex_t *handle)
{
    struct mutex_state *mutex = state_of(handle);
    struct thread *self = thread_self();
    int error = 0;

    spin_lock(&mutex->lock);
    if (mutex->owner == self && mutex->type == PTHREAD_MUTEX_RECURSIVE) {
        error = lock_again(mutex);
    } else if (mutex->owner != NULL) {
        error = EBUSY;
    } else {
        mutex->owner = self;
        mutex->depth = 1;
    }
    spin_unlock(&mutex->lock);
    return error;
}

/* Nobody has it now. The caller holds mutex->lock. */
static void let_go(struct mutex_state *mutex)
{
    mutex->owner = NULL;
    mutex->depth = 0;
    if (mutex->waiters.waiters.next != NULL)
        waitq_wake_one(&mutex->waiters);
}

int pthread_mutex_unlock(pthread_mutex_t *handle)
{
    struct mutex_state *mutex = state_of(handle);
    int error = 0;

    spin_lock(&mutex->lock);
    /* A normal one may be unlocked by anybody, as on other systems. */
    if (mutex->owner != thread_self() && mutex->type != PTHREAD_MUTEX_NORMAL)
        error = EPERM;
    else if (mutex->depth > 1)
        mutex->depth--;
    else
        let_go(mutex);
    spin_unlock(&mutex->lock);
    return error;
}

unsigned int pthread_mutex_leave(struct mutex_state *mutex)
{
    unsigned int depth;

    spin_lock(&mutex->lock);
    depth = mutex->depth;
    let_go(mutex);
    spin_unlock(&mutex->lock);
    return depth;
}

void pthread_mutex_enter(struct mutex_state *mutex, unsigned int depth)
{
    spin_lock(&mutex->lock);
    while (mutex->owner != NULL)
        waitq_wait(pthread_waitq(&mutex->waiters), &mutex->lock, TIME_NEVER);
    mutex->owner = thread_self();
    mutex->depth = depth;
    spin_unlock(&mutex->lock);
}
