/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h, as host tests see it in place of arch/x86/frames.h: RAM is a piece
 * of host memory (tests/host/ram.c), and mfns are pfns plus a constant, so that
 * a test notices when the two are confused.
 */
#ifndef CORACLE_ARCH_FRAMES_H
#define CORACLE_ARCH_FRAMES_H

#include <stdint.h>
#include <xen/xen.h>
#include "coracle/memory.h"

typedef struct {
    unsigned long n;
} pfn_t;

typedef struct {
    unsigned long n;
} mfn_t;

#define FAKE_MFN_OFFSET 0x100000UL

/* Aligned to 2 MiB, as the real DIRECT_BASE is. */
extern char *ram_base;

static inline mfn_t pfn_to_mfn(pfn_t pfn)
{
    return (mfn_t){pfn.n + FAKE_MFN_OFFSET};
}

static inline void *direct_address(pfn_t pfn)
{
    return (void *)((uintptr_t)ram_base + pfn.n * PAGE_SIZE);
}

static inline pfn_t pfn_of(const void *address)
{
    return (pfn_t){((uintptr_t)address - (uintptr_t)ram_base) >> PAGE_SHIFT};
}

static inline mfn_t mfn_of(const void *address)
{
    return pfn_to_mfn(pfn_of(address));
}

#endif
