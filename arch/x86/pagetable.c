/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pagetable.c: reading page tables, and asking Xen to change them.
 *
 * Reading follows the machine frame numbers in the entries back to our own
 * frames (mfn_to_pfn) and those to addresses. Until the direct map stands,
 * the tables are reached where the builder mapped them, behind the image.
 * Source: HYPERVISOR_mmu_update in <xen/xen.h>.
 */
#include "arch/x86/pagetable.h"
#include "arch/x86/hypercall.h"
#include "coracle/print.h"

static uint64_t *top;

void pt_init(uint64_t *top_level)
{
    top = top_level;
}

mfn_t pt_top_mfn(void)
{
    return mfn_of(top);
}

/* The table that a present entry points to, in the same mapping as `top`. */
static uint64_t *table_of(uint64_t entry)
{
    pfn_t pfn = mfn_to_pfn((mfn_t){(entry & PTE_FRAME) >> PAGE_SHIFT});
    unsigned long base =
        (unsigned long)top >= IMAGE_BASE ? IMAGE_BASE : DIRECT_BASE;

    return (uint64_t *)(base + (pfn.n << PAGE_SHIFT));
}

uint64_t *pt_table(const void *address, unsigned int level)
{
    uint64_t *table = top;

    for (unsigned int l = 4; l > level; l--) {
        uint64_t entry = READ_ONCE(table[pt_index(address, l)]);

        if (!(entry & PTE_PRESENT))
            return NULL;
        table = table_of(entry);
    }
    return table;
}

uint64_t pt_lookup(const void *address)
{
    uint64_t *table = pt_table(address, 1);

    return table ? READ_ONCE(table[pt_index(address, 1)]) : 0;
}

int pt_batch_flush(struct pt_batch *batch)
{
    int error;

    if (batch->count) {
        long result = xen_mmu_update(batch->updates, batch->count, NULL);

        if (result < 0 && !batch->error)
            batch->error = xen_errno(result);
    }
    error = batch->error;
    pt_batch_init(batch);
    return error;
}

void pt_batch_set(struct pt_batch *batch, const uint64_t *entry, uint64_t value)
{
    unsigned long in_page = (unsigned long)entry % PAGE_SIZE;

    if (batch->count == ARRAY_SIZE(batch->updates))
        batch->error = pt_batch_flush(batch);
    batch->updates[batch->count++] = (struct mmu_update){
        .ptr = (mfn_of(entry).n << PAGE_SHIFT | in_page) | MMU_NORMAL_PT_UPDATE,
        .val = value,
    };
}

static void flush(unsigned int command)
{
    struct mmuext_op operation = {.cmd = command};

    if (xen_mmuext_op(&operation, 1))
        panic("Xen refuses to flush the TLB");
}

void pt_flush_local(void)
{
    flush(MMUEXT_TLB_FLUSH_LOCAL);
}

void pt_flush_all(void)
{
    flush(MMUEXT_TLB_FLUSH_ALL);
}
