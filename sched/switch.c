/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * switch.c: who runs next on this CPU, and changing over to it. How a thread
 * comes into a queue: wake.c.
 *
 * Each CPU has two queues of threads that could run. One woken by an event
 * goes into `urgent`, at once ahead of what is running: a packet or a key
 * should not wait for a computation. All others take turns in `ready`, each
 * for a slice of 10 ms. So that neither kind can starve the other, the end of
 * a slice that an urgent thread has used up gives the next turn to `ready`,
 * whatever `urgent` holds, and the end of any other slice to `urgent`. There
 * are no priorities; everybody runs in the end, which is why a mutex needs no
 * priority inheritance.
 *
 * Time is tickless: the slice timer is armed only while somebody waits, and it
 * is left running when threads switch by themselves (arming it costs more than
 * the switch).
 *
 * How a switch keeps its promises: a thread that goes to sleep takes its CPU's
 * run queue's lock before it gives up the lock of its condition, and the thread
 * that runs next releases the run queue's lock for it. Whoever wakes it in
 * between waits for that lock, so it never sees a thread that sleeps but
 * whose registers are not saved yet.
 *
 * The events' mask depth belongs to the thread: a preempted one was inside an
 * event, a sleeping one was not. schedule() saves and restores it.
 */
#include "arch/x86/fpu.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "sched/runqueue.h"

void context_switch(unsigned long *save, unsigned long load); /* entry.S */
void thread_preempt(void);

struct thread *thread_self(void)
{
    return cpu_read(current);
}

/* ---- Whose turn it is --------------------------------------------------- */

/* An event handler: the thread running on this CPU has had its slice. */
static void slice_ended(struct timer *timer)
{
    struct runqueue *rq = container_of(timer, struct runqueue, slice);

    spin_lock(&rq->lock);
    if (runqueue_waits(rq)) {
        rq->slice_over = true;
        cpu_write(preempt, true);
    }
    spin_unlock(&rq->lock);
}

/* Queue the running thread behind the others. It is urgent no more. */
static void give_way(struct runqueue *rq, struct thread *self)
{
    rq->ready_turn = self->urgent && !list_empty(&rq->ready);
    self->urgent = false;
    enqueue(rq, self);
}

/* The thread to run now; the idle one if there is nothing to do. */
static struct thread *pick_next(struct runqueue *rq)
{
    bool ready_turn = rq->ready_turn;

    rq->slice_over = false;
    rq->ready_turn = false;
    for (;;) {
        bool urgent = !list_empty(&rq->urgent) &&
                      !(ready_turn && !list_empty(&rq->ready));
        struct thread *next = list_first(urgent ? &rq->urgent : &rq->ready,
                                         struct thread, queue_link);

        if (!next)
            return cpu_read(idle_thread);
        list_del(&next->queue_link);
        if (may_run_here(rq, next))
            return next;
        list_add_tail(&rq->outgoing, &next->queue_link);
    }
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
    struct thread *last = cpu_read(current);

    next->state = THREAD_RUNNING;
    next->turns++;
    cpu_write(current, next);
    if (next->fs_base != last->fs_base &&
        xen_set_segment_base(SEGBASE_FS,
                             next->fs_base ? next->fs_base : cpu_read(self)))
        panic("Xen refuses the fs base of thread %s", next->name);
    thread_set_stack_limit(next, next->stack_limit);
}

/* Run another thread; the caller's state says what becomes of it. The lock of
 * this CPU's run queue is held before, that of the next CPU's after. */
static void schedule(struct runqueue *rq)
{
    struct thread *self = thread_self();
    struct thread *next = pick_next(rq);
    uint32_t depth = cpu_read(mask_depth);

    if (next == self) {
        self->state = THREAD_RUNNING;
        return;
    }
    become(next);
    limit_slice(rq);
    context_switch(&self->stack_pointer, next->stack_pointer);
    cpu_write(mask_depth, depth);
}

void switch_finish(void)
{
    cpu_write(mask_depth, 1u);
    unlock_own();
}

void thread_yield(void)
{
    struct thread *self = thread_self();
    struct runqueue *rq;

    lockcheck_may_sleep(NULL);
    rq = lock_own();
    give_way(rq, self);
    schedule(rq);
    unlock_own();
}

void switch_sleep(struct spinlock *lock)
{
    struct runqueue *rq = lock_own();

    spin_unlock(lock);
    thread_self()->state = THREAD_SLEEPING;
    schedule(rq);
    unlock_own();
}

_Noreturn void switch_end(struct spinlock *lock)
{
    struct runqueue *rq = lock_own();

    spin_unlock(lock);
    thread_self()->state = THREAD_ENDED;
    schedule(rq);
    panic("thread %s runs on after its end", thread_self()->name);
}

void switch_wait_off(struct thread *thread)
{
    struct runqueue *home = thread->home;

    spin_lock(&home->lock);
    spin_unlock(&home->lock);
}

/*
 * entry.S calls this at the end of an event that woke somebody more urgent or
 * ended the slice, on the stack of the thread it interrupted.
 */
void thread_preempt(void)
{
    struct runqueue *rq = cpu_read(runqueue);
    struct thread *self = thread_self();
    bool idle = self == cpu_read(idle_thread);

    if (!idle)
        fpu_save(self->fpu);
    spin_lock(&rq->lock);
    if (idle) {
        self->state = THREAD_READY; /* never in a queue */
        balance_set_idle(false);
    } else if (rq->slice_over || !may_run_here(rq, self)) {
        give_way(rq, self);
    } else { /* somebody urgent came: it keeps the rest of its slice */
        self->state = THREAD_READY;
        list_add(&rq->ready, &self->queue_link);
    }
    schedule(rq);
    unlock_own();
    if (!idle)
        fpu_restore(self->fpu);
}

int switch_init(struct thread *idle)
{
    struct runqueue *rq = heap_alloc_zeroed(1, sizeof(*rq));

    if (!rq)
        return -K_ENOMEM;
    list_init(&rq->urgent);
    list_init(&rq->ready);
    list_init(&rq->outgoing);
    rq->slice.expired = slice_ended;
    rq->cpu = cpu_read(id);
    idle->state = THREAD_RUNNING;
    idle->home = rq;
    cpu_write(runqueue, rq);
    cpu_write(idle_thread, idle);
    cpu_write(current, idle);
    return 0;
}

_Noreturn void idle_loop(void)
{
    for (;;) {
        struct runqueue *rq;
        bool work, leaving;

        thread_reap();
        events_mask(); /* none is handled from here on until we block */
        balance_set_idle(true);
        rq = lock_own();
        work = runqueue_waits(rq);
        leaving = !rq->own_bit; /* then nothing more can come: see add() */
        spin_unlock(&rq->lock);
        /* We count as idle now: whoever adds a thread to any queue from here
         * on kicks us, and what was added before we find. */
        if (work || balance_steal()) {
            balance_set_idle(false);
            schedule(lock_own());
            unlock_own();
        } else if (leaving) {
            cpus_leave();
        } else {
            /* Blocking unmasks events in the same step; Xen returns after one
             * has been handled (and the thread it woke has run). */
            cpu_write(mask_depth, 0u);
            (void)xen_sched_op(SCHEDOP_block, NULL);
            continue;
        }
        events_unmask();
    }
}
