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
 * Concurrency: `lock` guards the heap. A timer's function runs without it;
 * `running` says which one does, for timer_cancel() on another CPU.
 */
#include "sched/timer.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "coracle/time.h"
#include "xen/evtchn.h"

static struct spinlock lock;
static struct timer *root;
static struct timer *running;
static uint64_t alarm = TIME_NEVER; /* what Xen was told last */

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

/* Take `timer` out of the heap. Lock held. */
static void take_out(struct timer *timer)
{
    struct timer *below = meld_siblings(timer->child);

    if (timer == root) {
        root = below;
    } else {
        if (timer->prev->child == timer)
            timer->prev->child = timer->next;
        else
            timer->prev->next = timer->next;
        if (timer->next)
            timer->next->prev = timer->prev;
        root = meld(root, below);
    }
    timer->child = timer->next = timer->prev = NULL;
    timer->armed = false;
}

/* Tell Xen when to wake us, if it does not know already. Lock held. */
static void set_alarm(void)
{
    uint64_t deadline = root ? root->deadline : TIME_NEVER;

    if (deadline >= alarm)
        return;
    alarm = deadline;
    /* Any time in the past will do but 0, which would disarm Xen's timer. */
    if (xen_set_timer_op(deadline ? deadline : 1))
        panic("Xen refuses to set a timer");
}

static void alarm_handler(uint32_t port, void *argument)
{
    uint64_t now = time_monotonic();

    (void)port;
    (void)argument;
    spin_lock(&lock);
    alarm = TIME_NEVER; /* it has gone off */
    while (root && root->deadline <= now) {
        struct timer *timer = root;

        take_out(timer);
        running = timer;
        spin_unlock(&lock);
        timer->expired(timer);
        spin_lock(&lock);
        running = NULL;
    }
    set_alarm();
    spin_unlock(&lock);
}

void timer_init(void)
{
    if (evtchn_bind_virq(VIRQ_TIMER, alarm_handler, NULL) < 0)
        panic("Xen refuses the timer interrupt");
}

void timer_start(struct timer *timer, uint64_t deadline)
{
    spin_lock(&lock);
    if (timer->armed)
        take_out(timer);
    timer->deadline = deadline;
    timer->armed = true;
    root = meld(root, timer);
    set_alarm();
    spin_unlock(&lock);
}

void timer_cancel(struct timer *timer)
{
    spin_lock(&lock);
    while (running == timer) { /* on another CPU, for a few instructions */
        spin_unlock(&lock);
        __builtin_ia32_pause();
        spin_lock(&lock);
    }
    if (timer->armed)
        take_out(timer);
    spin_unlock(&lock);
}
