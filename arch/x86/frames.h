/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h: the two kinds of frame number, and how they relate.
 *
 * A PV guest sees two numberings of memory. Pseudo-physical frames (pfn) run
 * from 0 to the size of our RAM and are ours alone; machine frames (mfn) are
 * the real ones, scattered, and are what page tables and grants must hold.
 * Xen's builder left an array that maps pfn to mfn, "p2m"
 * (start_info.mfn_list); Xen itself keeps the reverse, "m2p", readable at a
 * fixed address. The kinds are boxed so that the compiler keeps them apart.
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

/* Where everything lies; docs/pagetables.md draws it. */
#define IMAGE_BASE  0xffffffff80000000UL /* the linked image */
#define DIRECT_BASE 0xffff880000000000UL /* all RAM, by pfn */
#define DIRECT_SIZE (1UL << 39)          /* one entry of the top table */
#define AREA_BASE   0xffffc90000000000UL /* areas: stacks, large blocks */
#define AREA_SIZE   (1UL << 39)

extern const unsigned long *p2m; /* our RAM, total_pages long */
extern unsigned long total_pages;

static inline mfn_t pfn_to_mfn(pfn_t pfn)
{
    return (mfn_t){p2m[pfn.n]};
}

static inline pfn_t mfn_to_pfn(mfn_t mfn)
{
    return (pfn_t){((const unsigned long *)MACH2PHYS_VIRT_START)[mfn.n]};
}

static inline void *direct_address(pfn_t pfn)
{
    return (void *)(DIRECT_BASE + (pfn.n << PAGE_SHIFT));
}

/* `address` lies in the direct map or in the image. */
static inline pfn_t pfn_of(const void *address)
{
    unsigned long a = (unsigned long)address;
    unsigned long base = a >= IMAGE_BASE ? IMAGE_BASE : DIRECT_BASE;

    return (pfn_t){(a - base) >> PAGE_SHIFT};
}

static inline mfn_t mfn_of(const void *address)
{
    return pfn_to_mfn(pfn_of(address));
}

#endif
