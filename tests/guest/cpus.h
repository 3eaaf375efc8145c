/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.h: for guest tests that ask something of all CPUs: wait until they are
 * there. They come up one by one while main() runs already; how long that takes
 * is up to the machine.
 */
#ifndef CORACLE_TESTS_GUEST_CPUS_H
#define CORACLE_TESTS_GUEST_CPUS_H

#include <stddef.h>
#include "arch/x86/hypercall.h"
#include "coracle/cpus.h"
#include "coracle/thread.h"

#include <xen/vcpu.h>

/* All that the domain has; where dom0 does not want some of them, it never
 * ends. */
static inline void await_cpus(void)
{
    unsigned int there = 0;

    while (there < 64 && xen_vcpu_op(VCPUOP_is_up, there, NULL) >= 0)
        there++;
    while (cpu_count() < there)
        thread_sleep(NS_PER_MS);
}

#endif
