/* SPDX-License-Identifier: BSD-2-Clause */
// uses: sched/spinlock.c
/*
 * tsan_evtchn.c: event channels (xen/evtchn.c) with a played Xen, which does
 * what <xen/event_channel.h> says of the 2-level table. CPU 0 dispatches, CPU 1
 * works off what came on "late" ports and unmasks them, two more send. No event
 * may be lost: whatever was sent before is seen by the handler that runs after.
 * The source is included, with pauses where the others may come between.
 */
#include <sched.h>
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "arch/x86/setup.h"
#include "cpus.h"
#include "xen/evtchn.h"

/* Now and then, wait a while before bits are cleared. */
static void pause_at_times(void)
{
    static __thread unsigned int calls;

    if (++calls % 8 == 0)
        for (unsigned int n = calls % 64; n; n--)
            sched_yield();
}

#undef atomic_fetch_and
#define atomic_fetch_and(where, bits)                                          \
    (pause_at_times(), __c11_atomic_fetch_and(where, bits, __ATOMIC_SEQ_CST))
#include "xen/evtchn.c"

#define PORTS   6
#define SENDERS 2
#define TURNS   3000u /* of each sender, on each port */

union shared_info_page shared_info_page;

/* Handlers have no names here. */
bool symbol_find(const void *address, struct symbol *symbol)
{
    (void)address;
    (void)symbol;
    return false;
}

/* ---- Xen ----------------------------------------------------------------- */

typedef _Atomic unsigned long word;
static word open_ports; /* bit n: port 64 n + 1; so none shares a word */

static word *pending(uint32_t port)
{
    return (word *)&shared_info_page.info.evtchn_pending[port / 64];
}

static word *mask(uint32_t port)
{
    return (word *)&shared_info_page.info.evtchn_mask[port / 64];
}

static bool set_bit(word *words, uint32_t bit)
{
    return atomic_fetch_or(words, 1UL << bit % 64) >> bit % 64 & 1;
}

/* All ports are CPU 0's. */
static void show(uint32_t port)
{
    struct vcpu_info *info = &cpus[0]->vcpu_info;

    if (!set_bit((word *)&info->evtchn_pending_sel, port / 64))
        atomic_store((atomic_uchar *)&info->evtchn_upcall_pending, 1);
}

static void send(uint32_t port)
{
    if (!set_bit(pending(port), port) &&
        !(atomic_load(mask(port)) >> port % 64 & 1))
        show(port);
}

long xen_event_channel_op(int command, void *argument)
{
    struct evtchn_alloc_unbound *alloc = argument;
    struct evtchn_unmask *unmask = argument;

    if (command == EVTCHNOP_alloc_unbound) {
        alloc->port =
            (uint32_t)__builtin_ctzl(~atomic_load(&open_ports)) * 64 + 1;
        set_bit(mask(alloc->port), alloc->port);
        set_bit(&open_ports, alloc->port / 64);
    } else if (command == EVTCHNOP_close) {
        uint32_t port = ((struct evtchn_close *)argument)->port;

        atomic_fetch_and(pending(port), ~(1UL << port % 64));
        atomic_fetch_and(&open_ports, ~(1UL << port / 64));
    } else {
        CHECK_EQUAL(command, EVTCHNOP_unmask);
        atomic_fetch_and(mask(unmask->port), ~(1UL << unmask->port % 64));
        if (atomic_load(pending(unmask->port)) >> unmask->port % 64 & 1)
            show(unmask->port);
    }
    return 0;
}

long xen_version(int command, void *argument)
{
    (void)command;
    (void)argument;
    return 0;
}

/* ---- Four CPUs ----------------------------------------------------------- */

static struct channel {
    uint32_t port;
    bool late;
    atomic_uint sent, seen;
    atomic_bool wanted; /* late: its handler has run */
} channels[PORTS];

static atomic_bool ended;

static void see(struct channel *channel)
{
    atomic_store(&channel->seen, atomic_load(&channel->sent));
}

static void handler(uint32_t port, void *argument)
{
    struct channel *channel = argument;

    CHECK_EQUAL(port, channel->port);
    if (channel->late)
        atomic_store(&channel->wanted, true);
    else
        see(channel);
}

static bool all_seen(void)
{
    for (int i = 0; i < PORTS; i++)
        if (atomic_load(&channels[i].seen) != TURNS * SENDERS)
            return false;
    return true;
}

static void dispatch_if_called(void)
{
    struct percpu *cpu = fake_cpu();

    if (atomic_load((atomic_uchar *)&cpu->vcpu_info.evtchn_upcall_pending))
        (void)evtchn_dispatch();
    else
        sched_yield();
}

static void work_off(void)
{
    for (int i = 0; i < PORTS; i++)
        if (atomic_exchange(&channels[i].wanted, false)) {
            see(&channels[i]);
            evtchn_unmask(channels[i].port);
        }
}

static void send_all(unsigned int number)
{
    for (unsigned int i = 0; i < TURNS; i++)
        for (unsigned int j = 0; j < PORTS; j++) {
            struct channel *channel = &channels[(j + number) % PORTS];

            /* Not so fast that an event is always pending already. */
            while (atomic_load(&channel->seen) / SENDERS + 2 < i)
                sched_yield();
            atomic_fetch_add(&channel->sent, 1);
            send(channel->port);
        }
}

static void be_one(unsigned int number)
{
    if (number >= 2)
        send_all(number);
    while (number < 2 && !all_seen()) /* for ever, if one is lost */
        if (number == 0)
            dispatch_if_called();
        else
            work_off();
}

TEST(no_event_is_lost)
{
    cpus[0] = fake_cpu();
    for (int i = 0; i < PORTS; i++) {
        int port;

        channels[i].late = i % 2;
        port = evtchn_bind_unbound(0, handler, &channels[i],
                                   channels[i].late ? EVTCHN_LATE : 0);
        CHECK(port > 0);
        channels[i].port = (uint32_t)port;
    }
    cpus_all(2 + SENDERS, be_one);
}

/* ---- Closing while events come ------------------------------------------- */

/* Relaxed: it orders nothing between the two. */
static atomic_ulong touched;

static unsigned long touched_now(void)
{
    return atomic_load_explicit(&touched, memory_order_relaxed);
}

static void touch(uint32_t port, void *argument)
{
    (void)port;
    atomic_fetch_add_explicit(&touched, 1, memory_order_relaxed);
    *(unsigned long *)argument += 1;
}

/* What the handler used is the closer's own again. */
static void open_and_close(void)
{
    for (int i = 0; i < 3000; i++) {
        unsigned long used = 0, before = touched_now();
        int port = evtchn_bind_unbound(0, touch, &used, 0);

        CHECK(port > 0);
        send((uint32_t)port);
        /* So that the other one gets this far, or not; every eighth time it
         * surely does, be the machine as busy as it may. */
        for (int j = 0; j < i % 8 || (i % 8 == 0 && touched_now() == before);
             j++)
            sched_yield();
        evtchn_close((uint32_t)port);
        used = 0;
    }
    atomic_store(&ended, true);
}

static void dispatch_or_close(unsigned int number)
{
    if (number == 1)
        open_and_close();
    while (number == 0 && !atomic_load(&ended))
        dispatch_if_called();
}

TEST(handler_is_gone_after_close)
{
    cpus[0] = fake_cpu();
    cpus_all(2, dispatch_or_close);
    CHECK(touched_now() > 100);
}
