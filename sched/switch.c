/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * switch.c: who runs next, and changing over to it.
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
 * Several CPUs: sched/balance.c chooses the queue for a thread that wakes, and
 * idle CPUs help themselves from others' queues. Each queue has its own lock,
 * and nobody holds two. A thread's `home` is the queue it stands in, or the
 * one of the CPU it runs or ran on; it changes under the old home's lock.
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
#include "sched/balance.h"
#include "sched/sched.h"

#define SLICE (10 * NS_PER_MS)

void context_switch(unsigned long *save, unsigned long load); /* entry.S */
void thread_preempt(void);

struct thread *thread_self(void)
{
    return cpu_read(current);
}

/* The lock masks events, so that the CPU stays the same until the unlock. */
static struct runqueue *lock_own(void)
{
    struct runqueue *rq;

    events_mask();
    rq = cpu_read(runqueue);
    spin_lock_masked(&rq->lock);
    return rq;
}

/* Put the threads that may not run here any more elsewhere, and unlock. */
static void unlock_and_send_away(struct runqueue *rq)
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
        thread_make_ready(thread);
    }
    events_unmask();
}

/* After a switch it may be another CPU's queue. Those that left have their
 * registers saved by now. */
static inline void unlock_own(void)
{
    struct runqueue *rq = cpu_read(runqueue);

    if (list_empty(&rq->outgoing))
        spin_unlock(&rq->lock);
    else
        unlock_and_send_away(rq);
}

/* ---- The queues --------------------------------------------------------- */

bool runqueue_waits(const struct runqueue *rq)
{
    /* Each read once: balance.c peeks without the lock. */
    return READ_ONCE(rq->urgent.next) != &rq->urgent ||
           READ_ONCE(rq->ready.next) != &rq->ready;
}

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

/* Whoever runs now on this CPU must not run for ever if somebody waits. */
static void limit_slice(struct runqueue *rq)
{
    if (runqueue_waits(rq) && !rq->slice.armed)
        timer_start(&rq->slice, time_monotonic() + SLICE);
}

static void enqueue(struct runqueue *rq, struct thread *thread)
{
    thread->state = THREAD_READY;
    thread->home = rq;
    list_add_tail(thread->urgent ? &rq->urgent : &rq->ready,
                  &thread->queue_link);
}

/* Queue the running thread behind the others. It is urgent no more. */
static void give_way(struct runqueue *rq, struct thread *self)
{
    rq->ready_turn = self->urgent && !list_empty(&rq->ready);
    self->urgent = false;
    enqueue(rq, self);
}

/* Mostly one look tells that `thread` may run on this CPU. */
static inline bool may_run_here(const struct runqueue *rq,
                                const struct thread *thread)
{
    return (thread->affinity & rq->own_bit) || balance_allowed(thread, rq->cpu);
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
 * to take something out of its own. */
void switch_kicked(uint32_t port, void *argument)
{
    struct runqueue *rq;

    (void)port;
    (void)argument;
    crash_stop_if_begun();
    timer_look();
    rq = lock_own();
    if (!may_run_here(rq, cpu_read(current)))
        cpu_write(preempt, true);
    else if (runqueue_waits(rq))
        notice(rq);
    spin_unlock(&rq->lock);
}

/* Put `thread` into a queue whose CPU takes part (own_bit, looked at under the
 * lock); whether that CPU must be called. Lock held. */
static bool add(struct runqueue *rq, struct thread *thread)
{
    enqueue(rq, thread);
    if (rq == cpu_read(runqueue)) {
        notice(rq);
        return false;
    }
    /* A busy CPU looks by itself when the slice ends. The timer is guarded by
     * its own lock; if it goes off just now, slice_ended() waits for ours. */
    return balance_claim(rq->cpu) || thread->urgent ||
           !READ_ONCE(rq->slice.armed);
}

void thread_make_ready(struct thread *thread)
{
    struct runqueue *rq;
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
    spin_unlock(&rq->lock);
    if (!balance_alone())
        balance_announce(rq, call);
    events_unmask();
}

void switch_wake(struct thread *thread)
{
    struct runqueue *home = thread->home;
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
        thread_make_ready(thread); /* in no queue, and only we know it */
    else if (!balance_alone())
        balance_announce(home, call);
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

bool runqueue_steal(struct runqueue *from)
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
