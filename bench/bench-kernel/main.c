/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-kernel: what the kernel's elementary operations cost. How they are
 * timed is told in bench/batches.h.
 *
 * Only main() and the partner that an operation names are runnable meanwhile.
 * The guest runs straight under Xen, where nothing else asks for the CPU.
 */
#include "arch/x86/hypercall.h"
#include "bench/batches.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "xen/evtchn.h"

static struct thread *start(void (*entry)(void *))
{
    struct thread *thread = thread_create("partner", entry, NULL, 0);

    if (!thread)
        give_up("no memory for a thread");
    return thread;
}

/* ---- Switches ------------------------------------------------------------ */

static volatile bool partner_ends;

static void yield_for_ever(void *unused)
{
    (void)unused;
    while (!partner_ends)
        thread_yield();
}

/* To the partner and back: two switches a round. */
static void yield(unsigned int rounds)
{
    while (rounds--)
        thread_yield();
}

static struct semaphore ping, pong;

static void answer(void *unused)
{
    (void)unused;
    for (;;) {
        (void)semaphore_down(&ping, TIME_NEVER);
        if (partner_ends)
            return;
        semaphore_up(&pong);
    }
}

static void pass_ball(unsigned int rounds)
{
    while (rounds--) {
        semaphore_up(&ping);
        (void)semaphore_down(&pong, TIME_NEVER);
    }
}

static void end_partner(struct thread *partner)
{
    partner_ends = true;
    semaphore_up(&ping);
    thread_join(partner);
    partner_ends = false;
}

static void measure_switches(void)
{
    struct thread *partner = start(yield_for_ever);

    measure("yield", yield, 1000, 2);
    partner_ends = true;
    thread_join(partner);
    partner_ends = false;

    partner = start(answer);
    measure("semaphore", pass_ball, 1000, 2);
    end_partner(partner);
}

/* ---- Threads, locks, memory, time ---------------------------------------- */

static void do_nothing(void *unused)
{
    (void)unused;
}

static void create_and_join(unsigned int rounds)
{
    while (rounds--)
        thread_join(start(do_nothing));
}

static struct mutex mutex;

static void lock_and_unlock(unsigned int rounds)
{
    while (rounds--) {
        mutex_lock(&mutex);
        mutex_unlock(&mutex);
    }
}

static void take_page(unsigned int rounds)
{
    while (rounds--) {
        void *page = page_alloc(0);

        if (!page)
            give_up("no memory");
        page_free(page, 0);
    }
}

static void read_clock(unsigned int rounds)
{
    while (rounds--)
        (void)time_monotonic();
}

/* By how much a sleep of 200 us was too long. */
static void measure_sleep(void)
{
    for (int i = 0; i < BATCHES; i++) {
        uint64_t deadline = time_monotonic() + 200 * NS_PER_US;

        thread_sleep_until(deadline);
        printk("cost sleep-late 1 %lu\n", time_monotonic() - deadline);
    }
}

/* ---- Xen, and events ----------------------------------------------------- */

static void call_xen(unsigned int rounds)
{
    while (rounds--)
        (void)xen_version(XENVER_version, NULL);
}

static uint32_t own_port;
static volatile unsigned int events;
static bool wake_partner;

static void on_event(uint32_t port, void *argument)
{
    (void)port;
    (void)argument;
    events++;
    if (wake_partner)
        semaphore_up(&ping);
}

/* An event to our own CPU is handled before the hypercall returns. */
static void notify_self(unsigned int rounds)
{
    unsigned int wanted = events + rounds;

    while (rounds--)
        evtchn_notify(own_port);
    if (events != wanted)
        give_up("an event was lost");
}

static void measure_events(void)
{
    struct evtchn_bind_ipi bind = {.vcpu = 0};
    struct thread *partner;

    if (xen_event_channel_op(EVTCHNOP_bind_ipi, &bind) ||
        evtchn_bind_existing(bind.port, on_event, NULL, 0) < 0)
        give_up("no event channel");
    own_port = bind.port;
    measure("event", notify_self, 1000, 1);

    /* A thread that an event woke goes first: the partner has run, and sleeps
     * again, when evtchn_notify() returns. */
    partner = start(answer);
    thread_yield();
    wake_partner = true;
    measure("event-wakes", notify_self, 1000, 1);
    wake_partner = false;
    end_partner(partner);
    evtchn_close(own_port);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    mutex_init(&mutex);
    semaphore_init(&ping, 0);
    semaphore_init(&pong, 0);
    measure_switches();
    measure("thread", create_and_join, 20, 1);
    measure("mutex", lock_and_unlock, 1000, 1);
    measure("page", take_page, 1000, 1);
    measure("clock", read_clock, 1000, 1);
    measure_sleep();
    measure("hypercall", call_xen, 1000, 1);
    measure_events();
    return 0;
}
