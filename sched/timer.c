/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.c: timers on Xen's one-shot alarm.
 *
 * Armed timers form a pairing heap: a tree in which no child is due before its
 * parent, so that the root is due first. Each node has a list of children;
 * `prev` points to the previous sibling, or to the parent for a first child.
 * Insertion is O(1), taking the root out O(log n) on average. There is no tick:
 * Xen is told the root's deadline whenever that becomes earlier, and fires
 * VIRQ_TIMER then (HYPERVISOR_set_timer_op in <xen/xen.h>).
 *
 * Concurrency: each CPU has a heap of its own, for an alarm can only be set for
 * the CPU one is on; its lock guards it. A timer's function runs without the
 * lock; `running` says which one does, for timer_cancel() on another CPU. A CPU
 * that leaves hands its timers to CPU 0.
 */
#include "sched/timer.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/compiler.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "coracle/time.h"
#include "xen/evtchn.h"

struct timer_queue {
    struct spinlock lock;
    struct timer *root;
    struct timer *running;
    uint64_t alarm; /* what Xen was told last */
};

/* Join two heaps (either may be empty) and return the root. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->deadline < a->deadline) {
        struct timer *t = a;

        a = b;
        b = t;
    }
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    b->prev = a;
    a->child = b;
    return a;
}

/* Make one heap of a list of siblings: join them in pairs, then the pairs. */
static struct timer *meld_siblings(struct timer *first)
{
    struct timer *pairs = NULL, *whole = NULL;

    while (first) {
        struct timer *a = first, *b = a->next, *pair;

        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        pair = meld(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    while (pairs) {
        struct timer *pair = pairs;

        pairs = pair->next;
        pair->next = NULL;
        whole = meld(whole, pair);
    }
    return whole;
}

/* Take `timer` out of its heap. Lock held. */
static void take_out(struct timer_queue *queue, struct timer *timer)
{
    struct timer *below = meld_siblings(timer->child);

    if (timer == queue->root) {
        queue->root = below;
    } else {
        if (timer->prev->child == timer)
            timer->prev->child = timer->next;
        else
            timer->prev->next = timer->next;
        if (timer->next)
            timer->next->prev = timer->prev;
        queue->root = meld(queue->root, below);
    }
    timer->child = timer->next = timer->prev = NULL;
    timer->armed = false;
}

/* Tell Xen when to wake this CPU, if it does not know already. Lock held. */
static void set_alarm(struct timer_queue *queue)
{
    uint64_t deadline = queue->root ? queue->root->deadline : TIME_NEVER;

    if (deadline >= queue->alarm)
        return;
    queue->alarm = deadline;
    /* Any time in the past will do but 0, which would disarm Xen's timer. */
    if (xen_set_timer_op(deadline ? deadline : 1))
        panic("Xen refuses to set a timer");
}

static void alarm_handler(uint32_t port, void *argument)
{
    struct timer_queue *queue = argument;
    uint64_t now = time_monotonic();

    (void)port;
    spin_lock(&queue->lock);
    queue->alarm = TIME_NEVER; /* it has gone off */
    while (queue->root && queue->root->deadline <= now) {
        struct timer *timer = queue->root;

        take_out(queue, timer);
        queue->running = timer;
        spin_unlock(&queue->lock);
        timer->expired(timer);
        spin_lock(&queue->lock);
        queue->running = NULL;
    }
    set_alarm(queue);
    spin_unlock(&queue->lock);
}

int timer_init(void)
{
    struct timer_queue *queue = heap_alloc_zeroed(1, sizeof(*queue));
    int port;

    if (!queue)
        return -K_ENOMEM;
    queue->alarm = TIME_NEVER;
    port = evtchn_bind_virq(VIRQ_TIMER, alarm_handler, queue);
    if (port < 0) {
        heap_free(queue);
        return port;
    }
    cpu_write(timers, queue);
    return 0;
}

void timer_start(struct timer *timer, uint64_t deadline)
{
    struct timer_queue *queue;

    timer_cancel(timer);
    events_mask(); /* stay on this CPU */
    queue = cpu_read(timers);
    timer->queue = queue;
    timer->deadline = deadline;
    spin_lock(&queue->lock);
    timer->armed = true;
    queue->root = meld(queue->root, timer);
    set_alarm(queue);
    spin_unlock(&queue->lock);
    events_unmask();
}

void timer_look(void)
{
    struct timer_queue *queue = cpu_read(timers);

    spin_lock(&queue->lock);
    set_alarm(queue);
    spin_unlock(&queue->lock);
}

void timer_hand_over(void)
{
    struct timer_queue *from = cpu_read(timers), *to = cpus[0]->timers;

    /* The only place that holds two of these locks; CPU 0's comes first. */
    spin_lock(&to->lock);
    spin_lock(&from->lock);
    while (from->root) {
        struct timer *timer = from->root;

        take_out(from, timer);
        timer->queue = to;
        timer->armed = true;
        to->root = meld(to->root, timer);
    }
    spin_unlock(&from->lock);
    spin_unlock(&to->lock);
    evtchn_notify(cpus[0]->kick_port);
}

/* Lock the queue that `timer` is in, or was last; NULL: never in any. */
static struct timer_queue *lock_queue_of(const struct timer *timer)
{
    for (;;) {
        struct timer_queue *queue = READ_ONCE(timer->queue);

        if (!queue)
            return NULL;
        spin_lock(&queue->lock);
        if (READ_ONCE(timer->queue) == queue)
            return queue;
        spin_unlock(&queue->lock); /* handed over just then */
    }
}

void timer_cancel(struct timer *timer)
{
    struct timer_queue *queue = lock_queue_of(timer);

    if (!queue)
        return;
    /* On another CPU, for a few instructions; on this one it is the timer's
     * own function that starts it again. */
    while (queue->running == timer && queue != cpu_read(timers)) {
        spin_unlock(&queue->lock);
        (void)xen_sched_op(SCHEDOP_yield, NULL);
        queue = lock_queue_of(timer);
    }
    if (timer->armed)
        take_out(queue, timer);
    spin_unlock(&queue->lock);
}
