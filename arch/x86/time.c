/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time.c: the two clocks, from Xen's shared memory and the CPU's counter.
 *
 * Xen notes, per vCPU, a point on the line from time stamp counter to system
 * time, and the line's slope:
 *
 *     ns = system_time + (tsc - tsc_timestamp) * 2^tsc_shift * mul / 2^32
 *
 * It moves the point now and then. `version` is odd while it does and differs
 * afterwards, so a reader copies, looks again, and repeats if it changed (a
 * sequence lock). Xen updates a vCPU's copy only while that vCPU is not
 * running, so compiler barriers are enough on the own copy. Source: struct
 * vcpu_time_info and struct shared_info in <xen/xen.h>.
 *
 * Any context. The wall clock changes only when the host's is set.
 */
#include <stdatomic.h>
#include "arch/x86/cpuid.h"
#include "arch/x86/percpu.h"
#include "arch/x86/setup.h"
#include "coracle/compiler.h"
#include "coracle/lifecycle.h"
#include "coracle/time.h"

extern uint64_t boot_entry_tsc; /* boot.S */

/* `cycles` of the counter in nanoseconds; also for times before the point. */
static int64_t scale(int64_t cycles, uint32_t mul, int8_t shift)
{
    cycles = shift >= 0 ? cycles << shift : cycles >> -shift;
    return (int64_t)(((__int128)cycles * mul) >> 32);
}

/* System time at counter value *tsc, or now if tsc is NULL. */
static uint64_t system_time(const uint64_t *tsc)
{
    const struct vcpu_time_info *time;
    uint32_t version;
    uint64_t ns;

    events_mask(); /* stay on this CPU: it is this CPU's line */
    time = &cpu_this()->vcpu_info.time;
    do {
        version = READ_ONCE(time->version);
        atomic_signal_fence(memory_order_acquire); /* version, then the rest */
        ns = time->system_time +
             (uint64_t)scale(
                 (int64_t)((tsc ? *tsc : rdtsc()) - time->tsc_timestamp),
                 time->tsc_to_system_mul, time->tsc_shift);
        atomic_signal_fence(memory_order_acquire); /* the rest, then version */
    } while ((version & 1) || version != READ_ONCE(time->version));
    events_unmask();
    return ns;
}

/*
 * Xen measures each CPU's line by itself, and two of them may disagree for a
 * while. So that nobody sees time go back who moves to another CPU or hears
 * from one, no answer is less than the latest one given anywhere.
 */
uint64_t time_monotonic(void)
{
    static _Atomic uint64_t latest;
    uint64_t now = system_time(NULL);
    uint64_t seen;

    if (!cpus[1])
        return now; /* one CPU, one line */
    seen = atomic_load(&latest);
    while (now > seen) {
        if (atomic_compare_exchange_weak(&latest, &seen, now))
            return now;
    }
    return seen;
}

unsigned long long boot_entry_time(void)
{
    return system_time(&boot_entry_tsc);
}

uint64_t time_wall(void)
{
    uint32_t version;
    uint64_t base;

    do {
        version = READ_ONCE(shared_info_page.info.wc_version);
        atomic_thread_fence(memory_order_acquire);
        base = ((uint64_t)READ_ONCE(shared_info_page.info.xen_wc_sec_hi) << 32 |
                READ_ONCE(shared_info_page.info.wc_sec)) *
                   NS_PER_S +
               READ_ONCE(shared_info_page.info.wc_nsec);
        atomic_thread_fence(memory_order_acquire);
    } while ((version & 1) ||
             version != READ_ONCE(shared_info_page.info.wc_version));
    return base + time_monotonic();
}
