/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reclaim.c: pages out of what CPUs keep at hand, when there are no others.
 *
 * Each CPU's magazines (magazine.c) hold free objects, and an object holds the
 * slab that it is a part of. That is little, but a guest with 4 MiB may miss
 * it, and it would be odd to fail for want of memory that nobody uses. So when
 * the page allocator has none it empties this CPU's magazines; those of others
 * only they can empty, for magazines have no lock. They are asked by a kick
 * (coracle/cpus.h), and do it in its handler.
 *
 * A CPU that Xen does not run just now does not answer. After PATIENCE the
 * caller goes on without: the page it did not get may come later.
 *
 * Concurrency: `reclaim` in struct percpu is set by who asks and cleared by the
 * CPU itself when it has done it. Two CPUs may ask each other at the same time,
 * for who waits has events unmasked.
 */
#include "mm/reclaim.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/cpus.h"
#include "coracle/time.h"
#include "mm/magazine.h"

#define PATIENCE (20 * NS_PER_MS)

/* Ask the others that keep something; a bit for each. */
static unsigned long ask_others(void)
{
    unsigned long asked = 0;

    for (unsigned int id = 0; id < CPU_MAX; id++) {
        struct percpu *cpu = READ_ONCE(cpus[id]);

        /* Once it has magazines they are filled in: magazines_init(). */
        if (!cpu || id == cpu_read(id) ||
            !magazines_hold_any(READ_ONCE(cpu->magazines)))
            continue;
        atomic_store(&cpu->reclaim, true);
        cpu_kick(id);
        asked |= 1UL << id;
    }
    return asked;
}

static void await(unsigned long asked)
{
    uint64_t deadline = time_monotonic() + PATIENCE;

    for (; asked; asked &= asked - 1) {
        struct percpu *cpu = cpus[__builtin_ctzl(asked)];

        while (atomic_load(&cpu->reclaim) && time_monotonic() < deadline)
            (void)xen_sched_op(SCHEDOP_yield, NULL);
    }
}

bool memory_reclaim(void)
{
    bool any = magazines_flush();
    unsigned long asked = ask_others();

    if (!asked || cpu_read(mask_depth))
        return any;
    await(asked);
    return true;
}

void memory_reclaim_here(void)
{
    struct percpu *cpu = cpu_this();

    if (!atomic_load(&cpu->reclaim))
        return;
    (void)magazines_flush();
    atomic_store(&cpu->reclaim, false);
}
