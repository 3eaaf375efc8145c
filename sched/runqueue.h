/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runqueue.h: the threads of one CPU that could run, and the few steps that
 * switch.c (whose turn it is) and wake.c (who comes in) both take. They are
 * inline, for a switch between threads costs little more than these.
 *
 * Each queue has its own lock, and nobody holds two. A thread's `home` is the
 * queue it stands in, or the one of the CPU it runs or ran on; it changes under
 * the old home's lock.
 */
#ifndef CORACLE_SCHED_RUNQUEUE_H
#define CORACLE_SCHED_RUNQUEUE_H

#include "arch/x86/percpu.h"
#include "sched/balance.h"
#include "sched/sched.h"

#define SLICE (10 * NS_PER_MS)

/* The lock guards all but what is marked as in struct thread. */
struct runqueue {
    struct spinlock lock;
    struct list urgent; /* woken by events */
    struct list ready;
    struct list outgoing;  /* left this CPU, to be put elsewhere */
    bool slice_over;       /* the running thread has had its slice */
    bool ready_turn;       /* the next turn belongs to `ready` */
    unsigned int cpu;      /* [const] */
    unsigned long own_bit; /* of `cpu`; 0: it takes no part. A hint [word] */
    struct timer slice;
};

/* Put the threads that may not run here any more elsewhere, and unlock. */
void wake_outgoing(struct runqueue *rq);

/* Move a thread of `from` into this CPU's queue. Events are masked. Returns
 * whether there was one. */
bool wake_stolen(struct runqueue *from);

/* Whether threads wait in `rq`: true or false only with its lock held, else a
 * hint. */
static inline bool runqueue_waits(const struct runqueue *rq)
{
    /* Each read once: balance.c peeks without the lock. */
    return READ_ONCE(rq->urgent.next) != &rq->urgent ||
           READ_ONCE(rq->ready.next) != &rq->ready;
}

/* The lock masks events, so that the CPU stays the same until the unlock. */
static inline struct runqueue *lock_own(void)
{
    struct runqueue *rq;

    events_mask();
    rq = cpu_read(runqueue);
    spin_lock_masked(&rq->lock);
    return rq;
}

/* After a switch it may be another CPU's queue. Those that left have their
 * registers saved by now. */
static inline void unlock_own(void)
{
    struct runqueue *rq = cpu_read(runqueue);

    if (list_empty(&rq->outgoing))
        spin_unlock(&rq->lock);
    else
        wake_outgoing(rq);
}

/* Whoever runs now on this CPU must not run for ever if somebody waits. */
static inline void limit_slice(struct runqueue *rq)
{
    if (runqueue_waits(rq) && !rq->slice.armed)
        timer_start(&rq->slice, time_monotonic() + SLICE);
}

static inline void enqueue(struct runqueue *rq, struct thread *thread)
{
    thread->state = THREAD_READY;
    thread->home = rq;
    list_add_tail(thread->urgent ? &rq->urgent : &rq->ready,
                  &thread->queue_link);
}

/* Mostly one look tells that `thread` may run on this CPU. */
static inline bool may_run_here(const struct runqueue *rq,
                                const struct thread *thread)
{
    return (thread->affinity & rq->own_bit) || balance_allowed(thread, rq->cpu);
}

#endif
