/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * balance.c: which CPU a thread runs on.
 *
 * Two rules. A thread that wakes goes back to the CPU it ran on last, whose
 * caches know it, unless that CPU is busy and another is idle; then it goes
 * there. And a CPU that runs out of work takes a thread from some other's
 * queue before it sleeps. So no CPU idles while a thread waits, and no thread
 * moves while all are busy. (Work stealing rather than one queue for all: a
 * single lock would be fought over at each switch; rather than periodic
 * balancing: no tick.)
 *
 * The race between the two rules: a waker sees no idle CPU and enqueues on a
 * busy one, while another CPU runs dry, looks at that queue and sees nothing.
 * Both sides write before they look, the one the queue, the other its bit in
 * `idle_cpus`, sequentially consistent, so at least one sees the other's.
 *
 * A CPU asleep in Xen is woken by an event channel of its own, the kick. None
 * is sent when the target will look anyway.
 */
#include "sched/balance.h"
#include <stdatomic.h>
#include "arch/x86/percpu.h"
#include "xen/evtchn.h"

static atomic_ulong idle_cpus;
static atomic_ulong online_cpus;

bool balance_allowed(const struct thread *thread, unsigned int cpu)
{
    return thread->affinity >> cpu & 1;
}

static unsigned int first_of(unsigned long set)
{
    return (unsigned int)__builtin_ctzl(set);
}

struct runqueue *balance_place(const struct thread *thread)
{
    unsigned long allowed = thread->affinity & atomic_load(&online_cpus);
    unsigned long idle = allowed & atomic_load(&idle_cpus);
    unsigned int home = thread->home->cpu;

    if (!allowed) /* its CPUs are gone: any will do */
        return cpus[first_of(atomic_load(&online_cpus))]->runqueue;
    if ((idle ? idle : allowed) >> home & 1)
        return thread->home;
    return cpus[first_of(idle ? idle : allowed)]->runqueue;
}

bool balance_is_idle(const struct runqueue *rq)
{
    return atomic_load(&idle_cpus) >> rq->cpu & 1;
}

void balance_announce(const struct runqueue *rq, bool kick)
{
    unsigned long idle;

    if (kick) {
        evtchn_notify(cpus[rq->cpu]->kick_port);
        return;
    }
    /* The thread is in a queue whose CPU is busy: if another has run dry
     * meanwhile, let it come and take it. Sequentially consistent after the
     * enqueue; pairs with balance_set_idle() before balance_steal(). */
    atomic_thread_fence(memory_order_seq_cst);
    idle = atomic_load(&idle_cpus) & ~(1UL << rq->cpu);
    if (idle && rq->waiting && !balance_is_idle(rq))
        evtchn_notify(cpus[first_of(idle)]->kick_port);
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
    unsigned long others = atomic_load(&online_cpus) & ~(1UL << cpu_read(id));

    for (; others; others &= others - 1) {
        struct runqueue *rq = cpus[first_of(others)]->runqueue;

        if (READ_ONCE(rq->waiting) && runqueue_steal(rq))
            return true;
    }
    return false;
}

void balance_join(void)
{
    atomic_fetch_or(&online_cpus, 1UL << cpu_read(id));
}
