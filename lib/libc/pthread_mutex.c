/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_mutex.c: POSIX mutexes: one atomic instruction, or a wait queue.
 *
 * The word `owner` is the thread that has the mutex, 0 if nobody has it, and
 * its lowest bit, WAITED, says that somebody may be waiting. Who finds 0 puts
 * itself there, who finds itself alone there puts 0 back: nobody else is
 * concerned. All else is done by the monitor rule of coracle/thread.h. Who must
 * wait sets WAITED first, so that the owner cannot leave unnoticed.
 *
 * The kernel's own mutex is not used because POSIX's has kinds, deadlines on
 * two clocks and a static initialiser without a name. Unlocking wakes one
 * waiter but does not hand the mutex over: whoever comes first takes it, which
 * keeps a busy mutex from costing a context switch each time.
 *
 * Concurrency: the spinlock inside guards the queue, and WAITED changes only
 * under it: while it is set, all who lock or unlock come by the spinlock.
 * `depth` is the owner's.
 */
#include "lib/libc/pthread_state.h"

#include <string.h>
#include "arch/x86/percpu.h"
#include "coracle/errno.h"

#define WAITED ((uintptr_t)1)

static struct mutex_state *state_of(pthread_mutex_t *mutex)
{
    return (struct mutex_state *)mutex;
}

/* thread_self(), without a call. */
static uintptr_t self(void)
{
    return (uintptr_t)cpu_read(current);
}

/* Who has it; 0: nobody. */
static uintptr_t owner_of(struct mutex_state *mutex)
{
    return atomic_load_explicit(&mutex->owner, memory_order_relaxed) & ~WAITED;
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
    return owner_of(state_of(mutex)) == 0 ? 0 : EBUSY;
}

/* ---- Alone ----------------------------------------------------------------
 */

/* Take it, if it is free and nobody waits. */
static bool take(struct mutex_state *mutex)
{
    uintptr_t free = 0;

    /* Acquire: pairs with the release in give_back() and let_go(). */
    return atomic_compare_exchange_strong_explicit(&mutex->owner, &free, self(),
                                                   memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Give it back, if the caller has it and nobody waits. From then on it may be
 * taken, given back and freed by others. */
static bool give_back(struct mutex_state *mutex)
{
    uintptr_t own = self();

    return atomic_compare_exchange_strong_explicit(
        &mutex->owner, &own, 0, memory_order_release, memory_order_relaxed);
}

/* The caller has it already. */
static int lock_again(struct mutex_state *mutex)
{
    if (mutex->type == PTHREAD_MUTEX_ERRORCHECK)
        return EDEADLK;
    if (mutex->depth == UINT_MAX)
        return EAGAIN;
    mutex->depth++;
    return 0;
}

/* ---- With others ----------------------------------------------------------
 */

/* Take it if it is free; else let its owner know that somebody waits. The
 * caller holds mutex->lock. */
static bool take_or_announce(struct mutex_state *mutex)
{
    const struct list *queue = &pthread_waitq(&mutex->waiters)->waiters;
    uintptr_t rest = list_empty(queue) ? 0 : WAITED;
    uintptr_t found = atomic_load_explicit(&mutex->owner, memory_order_relaxed);
    uintptr_t wanted;

    do
        wanted = found & ~WAITED ? found | WAITED : self() | rest;
    while (!atomic_compare_exchange_weak_explicit(&mutex->owner, &found, wanted,
                                                  memory_order_acquire,
                                                  memory_order_relaxed));
    return !(found & ~WAITED);
}

static int wait_until(struct mutex_state *mutex, uint64_t deadline)
{
    int error = 0;
    bool taken;

    spin_lock(&mutex->lock);
    while (!(taken = take_or_announce(mutex)) && error == 0)
        error = waitq_wait(&mutex->waiters, &mutex->lock, deadline);
    spin_unlock(&mutex->lock);
    return taken ? 0 : ETIMEDOUT;
}

/*
 * Nobody has it now. WAITED stays, though nobody may wait, until the next owner
 * has been through the spinlock. We release that one last, so we are done with
 * the mutex when the next owner is, who may free it.
 */
static void let_go(struct mutex_state *mutex)
{
    spin_lock(&mutex->lock);
    atomic_store_explicit(&mutex->owner, WAITED, memory_order_release);
    waitq_wake_one(pthread_waitq(&mutex->waiters));
    spin_unlock(&mutex->lock);
}

/* ---- The calls ------------------------------------------------------------
 */

static int lock_until(struct mutex_state *mutex, uint64_t deadline)
{
    /* A normal mutex waits for itself: forever, or until the deadline. */
    if (owner_of(mutex) == self() && mutex->type != PTHREAD_MUTEX_NORMAL)
        return lock_again(mutex);
    return wait_until(mutex, deadline);
}

int pthread_mutex_lock(pthread_mutex_t *handle)
{
    struct mutex_state *mutex = state_of(handle);

    lockcheck_may_sleep(NULL);
    return take(mutex) ? 0 : lock_until(mutex, TIME_NEVER);
}

int pthread_mutex_timedlock(pthread_mutex_t *handle,
                            const struct timespec *deadline)
{
    struct mutex_state *mutex = state_of(handle);

    lockcheck_may_sleep(NULL);
    if (!libc_timespec_valid(deadline))
        return EINVAL;
    return take(mutex)
               ? 0
               : lock_until(mutex, libc_deadline(CLOCK_REALTIME, deadline));
}

int pthread_mutex_trylock(pthread_mutex_t *handle)
{
    struct mutex_state *mutex = state_of(handle);
    bool taken;

    if (take(mutex))
        return 0;
    if (owner_of(mutex) == self() && mutex->type == PTHREAD_MUTEX_RECURSIVE)
        return lock_again(mutex);
    if (owner_of(mutex) != 0)
        return EBUSY;
    spin_lock(&mutex->lock);
    taken = take_or_announce(mutex);
    spin_unlock(&mutex->lock);
    return taken ? 0 : EBUSY;
}

/* Not inline: the short way then needs no registers saved. */
__attribute__((noinline)) static int unlock(struct mutex_state *mutex)
{
    /* A normal one may be unlocked by anybody, as on other systems. */
    if (owner_of(mutex) != self() && mutex->type != PTHREAD_MUTEX_NORMAL)
        return EPERM;
    if (mutex->depth > 0)
        mutex->depth--;
    else
        let_go(mutex);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *handle)
{
    struct mutex_state *mutex = state_of(handle);

    /* If the caller does not have it, `depth` may be anything; then give_back()
     * fails as well. */
    return READ_ONCE(mutex->depth) == 0 && give_back(mutex) ? 0 : unlock(mutex);
}

unsigned int pthread_mutex_leave(struct mutex_state *mutex)
{
    unsigned int depth = mutex->depth;

    mutex->depth = 0;
    if (!give_back(mutex))
        let_go(mutex);
    return depth;
}

void pthread_mutex_enter(struct mutex_state *mutex, unsigned int depth)
{
    if (!take(mutex))
        (void)wait_until(mutex, TIME_NEVER);
    mutex->depth = depth;
}
