/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * balance.c: which CPU a thread runs on.
 *
 * Two rules. A thread that wakes goes back to the CPU it ran on last, whose
 * caches know it, unless that CPU is busy and another is idle; then it goes
 * there. And a CPU that runs out of work takes a thread from some other's
 * queue before it sleeps. So no CPU idles while a thread waits that it may run,
 * and no thread moves while all are busy. (Work stealing rather than one queue
 * for all: a single lock would be fought over at each switch; rather than
 * periodic balancing: no tick.)
 *
 * The race between the two rules: a waker sees no idle CPU and enqueues on a
 * busy one, while another CPU runs dry, looks at that queue and sees nothing.
 * Both sides write before they look, the one the queue, the other its bit in
 * `idle_cpus`, sequentially consistent, so at least one sees the other's.
 *
 * Who gives work to an idle CPU takes its bit away at once, so that the next
 * one looks for another; the CPU sets it again before it sleeps.
 *
 * A CPU asleep in Xen is woken by an event channel of its own, the kick; wake.c
 * says when none is needed.
 */
#include "sched/balance.h"
#include <stdatomic.h>
#include "arch/x86/percpu.h"
#include "coracle/cpus.h"
#include "coracle/errno.h"
#include "sched/runqueue.h"
#include "xen/evtchn.h"

static atomic_ulong idle_cpus;
atomic_ulong balance_online;

static unsigned int first_of(unsigned long set)
{
    return (unsigned int)__builtin_ctzl(set);
}

/* The CPUs that a thread may run on; all, if its own are gone. */
static unsigned long allowed_cpus(unsigned long affinity)
{
    unsigned long online = atomic_load(&balance_online);
    unsigned long allowed = affinity & online;

    return allowed ? allowed : online;
}

bool balance_allowed(const struct thread *thread, unsigned int cpu)
{
    return allowed_cpus(READ_ONCE(thread->affinity)) >> cpu & 1;
}

unsigned long cpus_online(void)
{
    return atomic_load(&balance_online);
}

bool balance_possible(unsigned long cpu_set)
{
    return cpu_set & atomic_load(&balance_online);
}

struct runqueue *balance_place(const struct thread *thread)
{
    unsigned long allowed = allowed_cpus(READ_ONCE(thread->affinity));
    unsigned long idle = allowed & atomic_load(&idle_cpus);
    unsigned long best = idle ? idle : allowed;

    if (best >> thread->home->cpu & 1)
        return thread->home;
    return cpus[first_of(best)]->runqueue;
}

bool balance_claim(unsigned int cpu)
{
    unsigned long bit = 1UL << cpu;

    return (atomic_load(&idle_cpus) & bit) &&
           (atomic_fetch_and(&idle_cpus, ~bit) & bit);
}

void balance_announce(const struct runqueue *rq, unsigned long affinity,
                      bool kick)
{
    unsigned long idle;

    if (kick) {
        cpu_kick(rq->cpu);
        return;
    }
    /* The thread is in a queue whose CPU is busy: if another has run dry
     * meanwhile, let it come and take it. Sequentially consistent after the
     * enqueue; pairs with balance_set_idle() before balance_steal(). */
    atomic_thread_fence(memory_order_seq_cst);
    idle = atomic_load(&idle_cpus) & allowed_cpus(affinity) & ~(1UL << rq->cpu);
    if (idle && runqueue_waits(rq) && balance_claim(first_of(idle)))
        cpu_kick(first_of(idle));
}

void balance_set_idle(bool idle)
{
    unsigned long bit = 1UL << cpu_read(id);

    if (idle)
        atomic_fetch_or(&idle_cpus, bit);
    else
        atomic_fetch_and(&idle_cpus, ~bit);
}

bool balance_steal(void)
{
    unsigned long others =
        atomic_load(&balance_online) & ~(1UL << cpu_read(id));

    for (; others; others &= others - 1) {
        struct runqueue *rq = cpus[first_of(others)]->runqueue;

        if (runqueue_waits(rq) && wake_stolen(rq))
            return true;
    }
    return false;
}

void balance_join(void)
{
    WRITE_ONCE(cpu_read(runqueue)->own_bit, 1UL << cpu_read(id));
    atomic_fetch_or(&balance_online, 1UL << cpu_read(id));
}

bool balance_dismiss(unsigned int cpu)
{
    unsigned long bit = 1UL << cpu;

    if (!(atomic_fetch_and(&balance_online, ~bit) & bit))
        return false;
    WRITE_ONCE(cpus[cpu]->runqueue->own_bit, 0);
    cpu_kick(cpu);
    return true;
}

void cpu_kick(unsigned int cpu)
{
    cpu_increment(kicks);
    evtchn_notify(cpus[cpu]->kick_port);
}

unsigned long balance_count_kicks(void)
{
    unsigned long count = 0;

    for (unsigned int cpu = 0; cpu < CPU_MAX; cpu++)
        if (cpus[cpu])
            count += READ_ONCE(cpus[cpu]->kicks);
    return count;
}

int thread_set_affinity(struct thread *thread, unsigned long cpu_set)
{
    struct runqueue *home;

    if (!balance_possible(cpu_set))
        return -K_EINVAL;
    WRITE_ONCE(thread->affinity, cpu_set);
    if (thread == thread_self()) {
        thread_yield(); /* goes on where it may */
        return 0;
    }
    /* Write, then look, as above: either we see the queue that it was put into,
     * or whoever takes it out there (pick_next(), by way of the queue's lock)
     * sees the new set. */
    atomic_thread_fence(memory_order_seq_cst);
    home = READ_ONCE(thread->home);
    cpu_kick(home->cpu);
    balance_announce(home, cpu_set, false);
    return 0;
}

unsigned long thread_affinity(const struct thread *thread)
{
    return thread->affinity;
}
