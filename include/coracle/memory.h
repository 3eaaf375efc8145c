/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.h: memory for everybody.
 *
 * Two allocators. Pages come from mm/page.c, a buddy allocator over the direct
 * map, in blocks of 2^order pages. Everything else comes from the heap
 * (mm/heap.c), which is also the program's malloc. All are thread context or
 * under a spinlock; event handlers may free but should not allocate.
 */
#ifndef CORACLE_MEMORY_H
#define CORACLE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)

/* The largest block: 2^8 pages, 1 MiB. Larger ones are areas (mm/area.h). */
#define PAGE_ORDER_MAX 8

/*
 * 2^order pages, aligned to PAGE_SIZE (not to the block's size), with any
 * content. NULL if there is none.
 */
MUST_CHECK void *page_alloc(unsigned int order);
void page_free(void *page, unsigned int order);

/* Pages not in use now, and all pages the domain was given. */
size_t page_count_free(void);
size_t page_count_total(void);

/*
 * Somebody who holds pages only because they might be useful, such as a cache.
 * When page_alloc() finds none, shrink(count) is to free some of them, about
 * `count`, and return how many it did. It runs in the context of page_alloc(),
 * perhaps under spinlocks of mm/: it may take only locks that nobody allocates
 * under, and free only pages. There is no way back.
 */
struct memory_shrinker {
    size_t (*shrink)(size_t count);
    struct memory_shrinker *next; /* of page.c */
};
void memory_add_shrinker(struct memory_shrinker *shrinker);

/*
 * `size` bytes, aligned to 16, any content; size 0 gives a unique pointer.
 * NULL if there is none. heap_alloc_aligned: `align` is a power of two.
 */
MUST_CHECK void *heap_alloc(size_t size);
MUST_CHECK void *heap_alloc_zeroed(size_t count, size_t size);
MUST_CHECK void *heap_alloc_aligned(size_t align, size_t size);
/* As realloc(): contents move, `old` may be NULL; on NULL `old` stays. */
MUST_CHECK void *heap_resize(void *old, size_t size);
/* NULL is allowed. A pointer not from the heap, or freed before: panic. */
void heap_free(void *pointer);
/* Usable bytes behind `pointer`. */
size_t heap_size(const void *pointer);

#endif
