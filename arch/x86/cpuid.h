/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpuid.h: what this domain may use of the CPU.
 *
 * A plain cpuid shows the machine. With Xen's prefix in front (XEN_CPUID in
 * <xen/arch-x86/xen.h>) Xen emulates it and shows what it lets the domain use.
 */
#ifndef CORACLE_ARCH_CPUID_H
#define CORACLE_ARCH_CPUID_H

#include <stdint.h>
#include <xen/xen.h>

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;

    __asm__ volatile(XEN_CPUID
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

#endif
