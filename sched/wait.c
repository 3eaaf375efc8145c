/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wait.c: wait queues, on which threads sleep until woken or until a time.
 *
 * The queue belongs to whoever owns the condition, and that owner's spinlock
 * guards both (the monitor rule of coracle/thread.h). A sleeping thread is in
 * the queue by its wait_link, and its timer is armed if it has a deadline.
 * Whoever comes first, waker or timer, takes it out under the lock and clears
 * `waiting`; the other one then finds nothing to do.
 *
 * How the lock is given up without losing a wake-up: switch.c.
 */
#include "coracle/errno.h"
#include "coracle/lockcheck.h"
#include "sched/sched.h"

/* An event handler: a wait has lasted too long. */
static void wait_expired(struct timer *timer)
{
    struct thread *thread = container_of(timer, struct thread, timer);

    /* wait_lock stays what it is: the thread cannot leave waitq_wait() before
     * timer_cancel() there has seen this function end. */
    spin_lock(thread->wait_lock);
    if (thread->waiting) {
        thread->waiting = false;
        thread->timed_out = true;
        list_del(&thread->wait_link);
        wake_sleeper(thread);
    }
    spin_unlock(thread->wait_lock);
}

int waitq_wait(struct waitq *wq, struct spinlock *lock, uint64_t deadline)
{
    struct thread *self = thread_self();
    bool timed_out;

    lockcheck_may_sleep(lock);
    self->wait_lock = lock;
    self->waiting = true;
    self->timed_out = false;
    list_add_tail(&wq->waiters, &self->wait_link);
    if (deadline != TIME_NEVER) {
        self->timer.expired = wait_expired;
        timer_start(&self->timer, deadline);
    }
    switch_sleep(lock);
    if (deadline != TIME_NEVER)
        timer_cancel(&self->timer);
    spin_lock(lock);
    timed_out = self->timed_out;
    return timed_out ? -K_ETIMEDOUT : 0;
}

bool waitq_wake_one(struct waitq *wq)
{
    struct thread *thread = list_first(&wq->waiters, struct thread, wait_link);

    if (!thread)
        return false;
    thread->waiting = false;
    list_del(&thread->wait_link);
    wake_sleeper(thread);
    return true;
}

void waitq_wake_all(struct waitq *wq)
{
    while (waitq_wake_one(wq))
        ;
}

void thread_sleep_until(uint64_t deadline)
{
    struct spinlock lock = SPINLOCK_INIT;
    struct waitq nobody = WAITQ_INIT(nobody);

    spin_lock(&lock);
    (void)waitq_wait(&nobody, &lock, deadline);
    spin_unlock(&lock);
}

void thread_sleep(uint64_t ns)
{
    uint64_t now = time_monotonic();

    thread_sleep_until(ns < TIME_NEVER - now ? now + ns : TIME_NEVER);
}
