/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * switch.c: who runs next, and changing over to it.
 *
 * Two queues hold the threads that could run. One woken by an event goes into
 * `urgent`, at once ahead of what is running: a packet or a key should not
 * wait for a computation. All others take turns in `ready`, each for a slice
 * of 10 ms. So that neither kind can starve the other, the end of a slice that
 * an urgent thread has used up gives the next turn to `ready`, whatever
 * `urgent` holds, and the end of any other slice to `urgent`. There are no
 * priorities; everybody runs in the end, which is why a mutex needs no
 * priority inheritance.
 *
 * Time is tickless: the slice timer is armed only while somebody waits, and it
 * is left running when threads switch by themselves (arming it costs more than
 * the switch).
 *
 * How a switch keeps its promises: a thread that goes to sleep takes the run
 * queue's lock before it gives up the lock of its condition, and the thread
 * that runs next releases the run queue's lock for it. Whoever wakes it in
 * between waits for that lock, so it never sees a thread that sleeps but
 * whose registers are not saved yet.
 *
 * The events' mask depth belongs to the thread: a preempted one was inside an
 * event, a sleeping one was not. schedule() saves and restores it.
 *
 * One run queue serves all CPUs for now; its lock guards all here.
 */
#include "arch/x86/fpu.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/errno.h"
#include "coracle/print.h"
#include "sched/sched.h"

#define SLICE (10 * NS_PER_MS)

static struct runqueue {
    struct spinlock lock;
    struct list urgent;
    struct list ready;
    bool slice_over; /* the running thread has had its slice */
    bool ready_turn; /* the next turn belongs to `ready` */
    struct timer slice;
} rq = {
    .urgent = LIST_INIT(rq.urgent),
    .ready = LIST_INIT(rq.ready),
};

void context_switch(unsigned long *save, unsigned long load); /* entry.S */
void thread_preempt(void);

struct thread *thread_self(void)
{
    return cpu_read(current);
}

void runqueue_lock(void)
{
    spin_lock(&rq.lock);
}

void runqueue_unlock(void)
{
    spin_unlock(&rq.lock);
}

/* ---- The queues --------------------------------------------------------- */

static bool somebody_waits(void)
{
    return !list_empty(&rq.urgent) || !list_empty(&rq.ready);
}

/* An event handler: the running thread has had its slice. */
static void slice_ended(struct timer *timer)
{
    (void)timer;
    spin_lock(&rq.lock);
    if (somebody_waits()) {
        rq.slice_over = true;
        cpu_write(preempt, true);
    }
    spin_unlock(&rq.lock);
}

/* Whoever runs now must not run for ever if somebody else waits. */
static void limit_slice(void)
{
    if (somebody_waits() && !rq.slice.armed) {
        rq.slice.expired = slice_ended;
        timer_start(&rq.slice, time_monotonic() + SLICE);
    }
}

static void enqueue(struct thread *thread)
{
    thread->state = THREAD_READY;
    list_add_tail(thread->urgent ? &rq.urgent : &rq.ready, &thread->queue_link);
}

/* Queue the running thread behind the others. It is urgent no more. */
static void give_way(struct thread *self)
{
    rq.ready_turn = self->urgent && !list_empty(&rq.ready);
    self->urgent = false;
    enqueue(self);
}

/* The thread to run now; the idle one if there is nothing to do. */
static struct thread *pick_next(void)
{
    bool ready = rq.ready_turn || list_empty(&rq.urgent);
    struct thread *next =
        list_first(ready ? &rq.ready : &rq.urgent, struct thread, queue_link);

    rq.slice_over = false;
    rq.ready_turn = false;
    if (!next)
        return cpu_read(idle_thread);
    list_del(&next->queue_link);
    return next;
}

void runqueue_add(struct thread *thread)
{
    thread->urgent = cpu_read(in_events);
    enqueue(thread);
    if (thread->urgent && !cpu_read(current)->urgent)
        cpu_write(preempt, true);
    else
        limit_slice();
}

/* Wake a sleeping thread. Its wait lock is held. Any context. */
static void make_ready(struct thread *thread)
{
    spin_lock(&rq.lock);
    ASSERT(thread->state == THREAD_SLEEPING);
    runqueue_add(thread);
    spin_unlock(&rq.lock);
}

/* ---- Changing over ------------------------------------------------------ */

void thread_set_stack_limit(struct thread *thread, unsigned long limit)
{
    thread->stack_limit = limit;
    __asm__ volatile("mov %0, %%fs:%c1"
                     :
                     : "r"(limit), "i"(PERCPU_STACK_LIMIT)
                     : "memory");
}

/* Make this CPU that of `next`, but for its stack and registers. */
static void become(struct thread *next)
{
    next->state = THREAD_RUNNING;
    cpu_write(current, next);
    if (next->fs_base && xen_set_segment_base(SEGBASE_FS, next->fs_base))
        panic("Xen refuses the fs base of thread %s", next->name);
    thread_set_stack_limit(next, next->stack_limit);
}

void schedule(void)
{
    struct thread *self = thread_self();
    struct thread *next = pick_next();
    uint32_t depth = cpu_read(mask_depth);

    if (next == self) {
        self->state = THREAD_RUNNING;
        return;
    }
    become(next);
    limit_slice();
    context_switch(&self->stack_pointer, next->stack_pointer);
    cpu_write(mask_depth, depth);
}

void switch_finish(void)
{
    cpu_write(mask_depth, 1u);
    spin_unlock(&rq.lock);
}

void thread_yield(void)
{
    struct thread *self = thread_self();

    spin_lock(&rq.lock);
    give_way(self);
    schedule();
    spin_unlock(&rq.lock);
}

/*
 * entry.S calls this at the end of an event that woke somebody more urgent or
 * ended the slice, on the stack of the thread it interrupted.
 */
void thread_preempt(void)
{
    struct thread *self = thread_self();
    bool idle = self == cpu_read(idle_thread);

    if (!idle)
        fpu_save(self->fpu);
    spin_lock(&rq.lock);
    if (idle) {
        self->state = THREAD_READY; /* never in a queue */
    } else if (rq.slice_over) {
        give_way(self);
    } else { /* somebody urgent came: it keeps the rest of its slice */
        self->state = THREAD_READY;
        list_add(&rq.ready, &self->queue_link);
    }
    schedule();
    spin_unlock(&rq.lock);
    if (!idle)
        fpu_restore(self->fpu);
}

void switch_init(struct thread *idle)
{
    idle->state = THREAD_RUNNING;
    cpu_write(idle_thread, idle);
    cpu_write(current, idle);
}

_Noreturn void idle_loop(void)
{
    for (;;) {
        bool work;

        thread_reap();
        spin_lock(&rq.lock);
        work = somebody_waits();
        if (work)
            schedule();
        events_mask(); /* past the unlock: nothing may come before we block */
        spin_unlock(&rq.lock);
        if (work) {
            events_unmask();
            continue;
        }
        /* Blocking unmasks events in the same step; Xen returns after one has
         * been handled (and the thread it woke has run and sleeps again). */
        cpu_write(mask_depth, 0u);
        (void)xen_sched_op(SCHEDOP_block, NULL);
    }
}

/* ---- Wait queues -------------------------------------------------------- */

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
        make_ready(thread);
    }
    spin_unlock(thread->wait_lock);
}

int waitq_wait(struct waitq *wq, struct spinlock *lock, uint64_t deadline)
{
    struct thread *self = thread_self();
    bool timed_out;

    self->wait_lock = lock;
    self->waiting = true;
    self->timed_out = false;
    list_add_tail(&wq->waiters, &self->wait_link);
    if (deadline != TIME_NEVER) {
        self->timer.expired = wait_expired;
        timer_start(&self->timer, deadline);
    }
    spin_lock(&rq.lock);
    spin_unlock(lock);
    self->state = THREAD_SLEEPING;
    schedule();
    spin_unlock(&rq.lock);
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
    make_ready(thread);
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
