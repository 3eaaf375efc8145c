/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wake.c: how a thread comes into a run queue: one that wakes, a new one, one
 * that is sent away from a CPU, one that an idle CPU steals.
 *
 * sched/balance.c says which CPU's. If it is this one's, the end of the event
 * or the slice's timer will see to the rest (switch.c). Another CPU must be
 * told by a kick, an event channel of its own, unless it will look anyway
 * (will_look() says when that is). So a wake-up costs at most one kick, and
 * many at once cost one for each CPU.
 *
 * Concurrency: a queue's lock is given up before the kick, but events stay
 * masked until it is sent: whoever counts on it need not wait for a thread that
 * was preempted in between.
 */
#include "arch/x86/percpu.h"
#include "coracle/print.h"
#include "mm/reclaim.h"
#include "sched/runqueue.h"

/* Put the threads that may not run here any more elsewhere, and unlock. */
void wake_outgoing(struct runqueue *rq)
{
    struct list outgoing;

    list_init(&outgoing);
    list_add(&rq->outgoing, &outgoing);
    list_del(&rq->outgoing);
    events_mask(); /* nobody else knows them: do not get lost on the way */
    spin_unlock(&rq->lock);
    while (!list_empty(&outgoing)) {
        struct thread *thread =
            list_first(&outgoing, struct thread, queue_link);

        list_del(&thread->queue_link);
        wake_new(thread);
    }
    events_unmask();
}

/* Something came into this CPU's queue: see to it that it gets its turn. */
static void notice(struct runqueue *rq)
{
    bool idle = cpu_read(current) == cpu_read(idle_thread);

    if (idle || (!list_empty(&rq->urgent) && !cpu_read(current)->urgent))
        cpu_write(preempt, true);
    else
        limit_slice(rq);
}

/* An event handler: another CPU has put something into our queue, or wants us
 * to take something out of its own, or to do something else for it. */
void wake_kicked(uint32_t port, void *argument)
{
    struct runqueue *rq;

    (void)port;
    (void)argument;
    crash_stop_if_begun();
    memory_reclaim_here();
    timer_look();
    rq = lock_own();
    if (!may_run_here(rq, cpu_read(current)))
        cpu_write(preempt, true);
    else if (runqueue_waits(rq))
        notice(rq);
    spin_unlock(&rq->lock);
}

/*
 * Whether the CPU of `rq`, another one, will look at its queue without being
 * told, before `thread` is put into it. Lock held, which is also what keeps
 * the CPU from switching threads.
 */
static bool will_look(const struct runqueue *rq, const struct thread *thread)
{
    if (balance_claim(rq->cpu))
        return false; /* it sleeps */
    /* To interrupt what it runs, unless that is as urgent or has been done. */
    if (thread->urgent && list_empty(&rq->urgent) &&
        !cpus[rq->cpu]->current->urgent)
        return false;
    /* Who waits there already has its kick under way or a slice's end to wait
     * for. The timer is guarded by its own lock; if it goes off just now,
     * slice_ended() waits for ours. */
    return runqueue_waits(rq) || READ_ONCE(rq->slice.armed);
}

/* Put `thread` into a queue whose CPU takes part (own_bit, looked at under the
 * lock); whether that CPU must be called. Lock held. */
static bool add(struct runqueue *rq, struct thread *thread)
{
    bool here = rq == cpu_read(runqueue);
    bool call = !here && !will_look(rq, thread);

    enqueue(rq, thread);
    if (here)
        notice(rq);
    return call;
}

void wake_new(struct thread *thread)
{
    struct runqueue *rq;
    unsigned long affinity;
    bool call;

    events_mask(); /* do not lose time between adding and announcing */
    for (;;) {
        rq = balance_place(thread);
        spin_lock(&rq->lock);
        if (rq->own_bit)
            break;
        spin_unlock(&rq->lock); /* its CPU has left just then */
    }
    call = add(rq, thread);
    affinity = READ_ONCE(thread->affinity);
    spin_unlock(&rq->lock);
    if (!balance_alone()) /* from here on the thread may be gone */
        balance_announce(rq, affinity, call);
    events_unmask();
}

void wake_sleeper(struct thread *thread)
{
    struct runqueue *home = thread->home;
    unsigned long affinity = READ_ONCE(thread->affinity);
    bool stays, call = false;

    /* Once we have had this lock, the thread is off its CPU. */
    spin_lock(&home->lock);
    ASSERT(thread->state == THREAD_SLEEPING);
    thread->state = THREAD_READY;
    thread->urgent = cpu_read(in_events);
    /* Not if that CPU has left, even if there is but one now. */
    stays = home->own_bit && (balance_alone() || balance_place(thread) == home);
    if (stays)
        call = add(home, thread);
    spin_unlock(&home->lock);
    if (!stays)
        wake_new(thread); /* in no queue, and only we know it */
    else if (!balance_alone())
        balance_announce(home, affinity, call);
}

/* The first thread of `queue` that may run on this CPU, taken out, or NULL. */
static struct thread *take_for_here(struct list *queue)
{
    unsigned int cpu = cpu_read(id);

    list_for_each (link, queue) {
        struct thread *thread = container_of(link, struct thread, queue_link);

        if (balance_allowed(thread, cpu)) {
            list_del(link);
            return thread;
        }
    }
    return NULL;
}

bool wake_stolen(struct runqueue *from)
{
    struct thread *thread;
    struct runqueue *own;

    spin_lock(&from->lock);
    thread = take_for_here(&from->ready);
    if (!thread)
        thread = take_for_here(&from->urgent);
    spin_unlock(&from->lock);
    if (!thread)
        return false;
    own = lock_own();
    enqueue(own, thread);
    unlock_own();
    return true;
}
