/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h: the page allocator as the rest of mm/ sees it. Everybody else uses
 * page_alloc() and page_free() of include/coracle/memory.h.
 *
 * Frames are named here by plain pfns: the allocator knows no other kind.
 */
#ifndef CORACLE_MM_PAGE_H
#define CORACLE_MM_PAGE_H

#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/memory.h"

/* Pages that mapping one more chunk may take for its page tables. */
#define PAGE_RESERVE 3

/* In `owner` of the first page of a run that is the heap's; a slab's pages have
 * mm/slab.h's word there. */
#define OWNER_RUN 0xffff

/*
 * The record of one frame. Only the first frame of a block says anything with
 * `state` and `order`; those behind it are PAGE_INSIDE. PAGE_SINGLE is a free
 * page that was not joined with its buddy, though that may be free too. `owner`
 * is 0 unless the heap has the page; the union is free for the owner of a used
 * block.
 */
enum page_state { PAGE_INSIDE, PAGE_FREE, PAGE_USED, PAGE_SINGLE };

struct page {
    union {
        struct {
            uint32_t next, prev; /* pfns on the free list, 0: none */
        };
        uint32_t pages; /* heap: length of a run of pages */
    };
    uint8_t state; /* enum page_state */
    uint8_t order;
    uint16_t owner;
};

/*
 * Boot, once: frames [first_free, mapped_end) are mapped and unused, those
 * from there to `total` exist and are unmapped. mapped_end is a multiple of
 * CHUNK_PAGES or equals `total`. Touches the records of the mapped frames,
 * which it puts at first_free, and nothing else.
 */
void page_init(unsigned long first_free, unsigned long mapped_end,
               unsigned long total);

/*
 * A page table for direct_map_chunk(), which is called when there may be no
 * other free page. It may take PAGE_RESERVE of them in one call; never NULL.
 */
void *page_take_reserve(void);

/* The record of the frame at `address`, NULL if it is not ours to give. */
struct page *page_record(const void *address);

/*
 * `pages` contiguous pages, 1 to 256, not rounded up to a power of two; the
 * address is a multiple of the next power of two. NULL if there are none.
 */
MUST_CHECK void *page_alloc_run(size_t pages);
void page_free_run(void *run, size_t pages);

/* Give back all but the first `keep` (at least 1) of the run's pages. */
void page_trim_run(void *run, size_t pages, size_t keep);

#endif
