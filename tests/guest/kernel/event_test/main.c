/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * event_test: do events arrive, once, and only when they may?
 *
 * What: a notification runs the other end's handler; what comes while a port
 * is masked is held back and delivered as one; a port bound with EVTCHN_LATE is
 * quiet after its handler ran until its thread unmasks it; a closed port is
 * silent and its number can be used again; a million notifications, also from
 * inside handlers, need no stack; a poll ends with the event or at its
 * deadline.
 *
 * How: this domain holds both ends of each channel, so that it can notify
 * itself; Xen does not mind.
 */
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "tests/guest/guest.h"
#include "xen/evtchn.h"

#define STORM 1000000
#define MANY  200
#define CHAIN 20000

/* Two ends of one channel; a notification of one arrives at the other. */
struct pair {
    int near, far;
    volatile unsigned int near_calls, far_calls;
};

static void near_handler(uint32_t port, void *argument)
{
    struct pair *pair = argument;

    CHECK_EQUAL(port, pair->near);
    pair->near_calls++;
}

static void far_handler(uint32_t port, void *argument)
{
    struct pair *pair = argument;

    CHECK_EQUAL(port, pair->far);
    pair->far_calls++;
}

static void open_pair(struct pair *pair, evtchn_handler far, unsigned int flags)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};

    *pair = (struct pair){0};
    pair->near = evtchn_bind_unbound(DOMID_SELF, near_handler, pair, 0);
    CHECK(pair->near > 0);
    bind.remote_port = (evtchn_port_t)pair->near;
    CHECK_EQUAL(xen_event_channel_op(EVTCHNOP_bind_interdomain, &bind), 0);
    /* Xen marks a fresh channel as pending at this end. */
    evtchn_poll(bind.local_port, time_monotonic());
    pair->far = evtchn_bind_existing(bind.local_port, far, pair, flags);
    CHECK_EQUAL(pair->far, bind.local_port);
    pair->near_calls = pair->far_calls = 0;
}

static void close_pair(struct pair *pair)
{
    evtchn_close((uint32_t)pair->far);
    evtchn_close((uint32_t)pair->near);
}

static void test_notify(void)
{
    struct pair pair;

    open_pair(&pair, far_handler, 0);
    for (unsigned int i = 1; i <= 10; i++) {
        evtchn_notify((uint32_t)pair.near);
        CHECK_EQUAL(pair.far_calls, i);
        CHECK_EQUAL(pair.near_calls, i - 1);
        evtchn_notify((uint32_t)pair.far);
        CHECK_EQUAL(pair.near_calls, i);
    }
    close_pair(&pair);
}

static void test_mask(void)
{
    struct pair pair;

    open_pair(&pair, far_handler, 0);
    for (unsigned int round = 1; round <= 3; round++) {
        evtchn_mask((uint32_t)pair.far);
        for (unsigned int i = 0; i < 5; i++)
            evtchn_notify((uint32_t)pair.near);
        CHECK_EQUAL(pair.far_calls, round - 1);
        evtchn_unmask((uint32_t)pair.far);
        CHECK_EQUAL(pair.far_calls, round); /* five became one */
    }
    evtchn_mask((uint32_t)pair.far);
    evtchn_unmask((uint32_t)pair.far); /* nothing came: nothing happens */
    CHECK_EQUAL(pair.far_calls, 3);

    events_mask(); /* the whole CPU, twice */
    events_mask();
    evtchn_notify((uint32_t)pair.near);
    events_unmask();
    CHECK_EQUAL(pair.far_calls, 3);
    events_unmask();
    CHECK_EQUAL(pair.far_calls, 4);
    close_pair(&pair);
}

static void test_late(void)
{
    struct pair pair;

    open_pair(&pair, far_handler, EVTCHN_LATE);
    for (unsigned int i = 0; i < 100; i++)
        evtchn_notify((uint32_t)pair.near);
    CHECK_EQUAL(pair.far_calls, 1);
    evtchn_unmask((uint32_t)pair.far);
    CHECK_EQUAL(pair.far_calls, 2); /* those that came meanwhile */
    evtchn_unmask((uint32_t)pair.far);
    CHECK_EQUAL(pair.far_calls, 2);
    evtchn_notify((uint32_t)pair.near);
    CHECK_EQUAL(pair.far_calls, 3);
    close_pair(&pair);
}

static void test_close(void)
{
    static struct pair pairs[MANY];
    struct pair pair;
    int first;

    open_pair(&pair, far_handler, 0);
    first = pair.near;
    evtchn_close((uint32_t)pair.far);
    evtchn_notify((uint32_t)pair.near); /* nobody is there */
    CHECK_EQUAL(pair.far_calls, 0);
    evtchn_close((uint32_t)pair.near);

    /* More than one word of pending bits, each to its own handler. */
    for (unsigned int i = 0; i < MANY; i++)
        open_pair(&pairs[i], far_handler, 0);
    for (unsigned int i = 0; i < MANY; i++)
        for (unsigned int n = 0; n <= i % 7; n++)
            evtchn_notify((uint32_t)pairs[i].near);
    for (unsigned int i = 0; i < MANY; i++) {
        CHECK_EQUAL(pairs[i].far_calls, i % 7 + 1);
        CHECK_EQUAL(pairs[i].near_calls, 0);
    }
    events_mask();
    for (unsigned int i = 0; i < MANY; i++)
        evtchn_notify((uint32_t)pairs[i].near);
    events_unmask(); /* all at once */
    for (unsigned int i = 0; i < MANY; i++) {
        CHECK_EQUAL(pairs[i].far_calls, i % 7 + 2);
        close_pair(&pairs[i]);
    }

    open_pair(&pair, far_handler, 0);
    CHECK_EQUAL(pair.near, first); /* the number was free again */
    close_pair(&pair);
}

/* ---- Storm --------------------------------------------------------------- */

static unsigned long lowest = ~0UL, highest;

/* Answers from inside the handler, so that events never stop. */
static void echo_handler(uint32_t port, void *argument)
{
    struct pair *pair = argument;
    unsigned long here = (unsigned long)__builtin_frame_address(0);

    lowest = here < lowest ? here : lowest;
    highest = here > highest ? here : highest;
    if (++pair->far_calls < CHAIN)
        evtchn_notify(
            (uint32_t)(port == (uint32_t)pair->far ? pair->near : pair->far));
}

static void test_storm(void)
{
    struct pair pair;

    open_pair(&pair, far_handler, 0);
    for (unsigned int i = 0; i < STORM; i++)
        evtchn_notify((uint32_t)pair.near);
    CHECK_EQUAL(pair.far_calls, STORM);
    close_pair(&pair);

    /* Both ends echo: 20,000 events, each from within the one before. */
    open_pair(&pair, echo_handler, 0);
    CHECK_EQUAL(
        evtchn_bind_existing((uint32_t)pair.near, echo_handler, &pair, 0),
        pair.near);
    evtchn_notify((uint32_t)pair.near);
    while (pair.far_calls < CHAIN)
        ;
    CHECK_EQUAL(highest, lowest); /* always at the same depth */
    close_pair(&pair);
}

/* Two threads see a storm go through them and keep all their registers. */
static volatile bool storm_over;

static void storm_thread(void *argument)
{
    struct pair *pair = argument;

    for (unsigned int i = 0; i < STORM / 20; i++) {
        evtchn_notify((uint32_t)pair->near);
        if (i % 1000 == 0)
            thread_yield();
    }
    storm_over = true;
}

static void test_storm_in_threads(void)
{
    struct thread *thread;
    unsigned long sum = 0, rounds = 0;
    struct pair pair;

    open_pair(&pair, far_handler, 0);
    thread = thread_create("storm", storm_thread, &pair, 0);
    CHECK(thread);
    while (!storm_over) {
        for (unsigned long i = 0; i < 1000; i++)
            __asm__ volatile("add %1, %0" : "+r"(sum) : "r"(i));
        rounds++;
    }
    thread_join(thread);
    CHECK_EQUAL(sum, rounds * 499500);
    CHECK_EQUAL(pair.far_calls, STORM / 20);
    close_pair(&pair);
}

static void test_poll(void)
{
    struct pair pair;
    uint64_t begin = time_monotonic();
    uint64_t deadline = begin + 3 * NS_PER_MS;

    open_pair(&pair, far_handler, 0);
    evtchn_poll((uint32_t)pair.far, deadline);
    CHECK(time_monotonic() >= deadline);
    CHECK_EQUAL(pair.far_calls, 0);

    events_mask(); /* it is there: no waiting, and no handler */
    evtchn_notify((uint32_t)pair.near);
    evtchn_poll((uint32_t)pair.far, TIME_NEVER);
    events_unmask();
    CHECK_EQUAL(pair.far_calls, 0);
    evtchn_notify((uint32_t)pair.near); /* and all goes on */
    CHECK_EQUAL(pair.far_calls, 1);
    close_pair(&pair);
}

/* All ports there are, then an error, then all again. */
static void test_exhaustion(void)
{
    static int ports[EVTCHN_PORTS];
    unsigned int counts[2];

    for (unsigned int round = 0; round < 2; round++) {
        unsigned int count = 0;
        int port;

        while ((port = evtchn_bind_unbound(DOMID_SELF, far_handler, NULL, 0)) >
               0) {
            CHECK(count < EVTCHN_PORTS);
            ports[count++] = port;
        }
        CHECK_EQUAL(port, -K_ENOSPC);
        counts[round] = count;
        while (count)
            evtchn_close((uint32_t)ports[--count]);
    }
    CHECK_EQUAL(counts[0], counts[1]);
    CHECK(counts[0] > EVTCHN_PORTS / 2);
    printk("event_test: %u ports\n", counts[0]);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    test_notify();
    test_mask();
    test_late();
    test_close();
    printk("event_test: notify, mask, late, close: ok\n");
    test_poll();
    printk("event_test: poll: ok\n");
    test_storm();
    printk("event_test: a million: ok\n");
    test_storm_in_threads();
    CHECK(evtchn_bind_existing(EVTCHN_PORTS, far_handler, NULL, 0) < 0);
    test_exhaustion();
    printk("event_test: all ok\n");
    return 0;
}
