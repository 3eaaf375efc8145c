/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pagetable.h: reading page tables, and asking Xen to change them.
 *
 * The tables are ours to read but not to write: Xen must check that they never
 * map what is not ours. Four levels of 512 entries; level 4 is the top. New
 * tables are filled in ordinary memory, made read-only, and hooked in, which
 * is when Xen checks all of their entries at once.
 */
#ifndef CORACLE_ARCH_PAGETABLE_H
#define CORACLE_ARCH_PAGETABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "arch/x86/frames.h"

#define PTE_PRESENT  (1UL << 0)
#define PTE_WRITABLE (1UL << 1)
#define PTE_ACCESSED (1UL << 5)
#define PTE_DIRTY    (1UL << 6)
#define PTE_NOEXEC   (1UL << 63)
#define PTE_FRAME    0x000ffffffffff000UL

/* What a mapping may do. Accessed and dirty are set from the start: then the
 * CPU need not write them. */
#define PTE_TABLE (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED)
#define PTE_RX    (PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY)
#define PTE_R     (PTE_RX | PTE_NOEXEC)
#define PTE_RW    (PTE_R | PTE_WRITABLE)

#define PT_ENTRIES 512UL

static inline uint64_t pte_make(mfn_t mfn, uint64_t flags)
{
    return ((uint64_t)mfn.n << PAGE_SHIFT) | flags;
}

/* The index of `address` in its table of level 1 to 4. */
static inline unsigned long pt_index(const void *address, unsigned int level)
{
    return ((unsigned long)address >> (PAGE_SHIFT + 9 * (level - 1))) %
           PT_ENTRIES;
}

/* Call once before all else here: where the top-level table is. */
void pt_init(uint64_t *top_level);

/* The frame of the top-level table, which all CPUs share. */
mfn_t pt_top_mfn(void);

/*
 * The table of `level` (1 to 4) that `address` goes through, at its place in
 * the direct map (in the builder's mapping before that exists), or NULL if
 * there is none. Any context.
 */
uint64_t *pt_table(const void *address, unsigned int level);

/* The level-1 entry of `address`, 0 if it is not mapped. */
uint64_t pt_lookup(const void *address);

/*
 * Changes collected and given to Xen in one hypercall. Entries are named by
 * their address in a table as returned by pt_table(). A full batch is flushed
 * by itself; failures are remembered until pt_batch_flush() returns them.
 */
struct pt_batch {
    unsigned int count;
    int error;
    struct mmu_update updates[32];
};

static inline void pt_batch_init(struct pt_batch *batch)
{
    batch->count = 0;
    batch->error = 0;
}

void pt_batch_set(struct pt_batch *batch, const uint64_t *entry,
                  uint64_t value);
/* 0 or a negative errno. */
int pt_batch_flush(struct pt_batch *batch);

/* Forget all cached translations, on this CPU or on all. Any context. */
void pt_flush_local(void);
void pt_flush_all(void);

#endif
