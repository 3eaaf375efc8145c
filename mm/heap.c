/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.c: memory by the byte, for the kernel and as the program's malloc().
 *
 * Three sizes of request, three ways:
 *
 *   up to 2 KiB     an object of a slab (mm/slab.c), mostly by way of what
 *                   this CPU keeps at hand (mm/magazine.c).
 *   up to 1 MiB     a run of whole pages from mm/page.c.
 *   more            an area (mm/area.c): pages from anywhere, mapped in a row.
 *                   That takes 70 times as long as a run, but needs no free
 *                   neighbours: it also serves when there is no such run.
 *
 * The page records (mm/page.h) tell which of them a pointer belongs to, so an
 * object carries no header of its own. Since all that is known of an object
 * lies apart from it, writing to a freed one cannot damage the heap, and every
 * free is checked: the pointer must be the start of something in use. Mistakes
 * end in a panic that names the pointer.
 *
 * Concurrency: nothing here needs a lock; what is below has its own. Any
 * context may free.
 *
 * Left out: poisoning of freed objects, growing in place.
 */
#include <stdbool.h>
#include "coracle/memory.h"
#include "coracle/print.h"
#include "lib/string.h"
#include "mm/area.h"
#include "mm/magazine.h"
#include "mm/page.h"
#include "mm/slab.h"

#define RUN_MAX (PAGE_SIZE << PAGE_ORDER_MAX)

/* ---- Runs and areas ----------------------------------------------------- */

static size_t pages_for(size_t size)
{
    return size / PAGE_SIZE + (size % PAGE_SIZE != 0);
}

/*
 * A run of `pages`, aligned to `align` bytes (a power of two). The allocator
 * aligns runs to the next power of two: ask for more, give the rest back.
 */
static void *run_alloc(size_t align, size_t pages)
{
    size_t aligned = align / PAGE_SIZE;
    size_t whole = pages < aligned ? aligned : pages;
    void *run = page_alloc_run(whole);

    if (!run)
        return NULL;
    page_trim_run(run, whole, pages);

    struct page *page = page_record(run);

    page->owner = OWNER_RUN;
    page->pages = (uint32_t)pages;
    return run;
}

static __attribute__((noinline)) void run_free(void *run, struct page *page)
{
    if ((uintptr_t)run % PAGE_SIZE)
        panic("heap: free of %p, which is not the start of an object", run);
    page->owner = 0;
    page_free_run(run, page->pages);
}

/* Not inline: it would cost the small ones registers. */
static __attribute__((noinline)) void *large_alloc(size_t align, size_t size)
{
    static const struct area_label label = {"heap", NULL};
    size_t pages = pages_for(size);

    if (pages > page_count_total())
        return NULL;
    if (size <= RUN_MAX || align > PAGE_SIZE) {
        void *run = run_alloc(align, pages);

        if (run || align > PAGE_SIZE)
            return run;
    }
    return area_alloc(pages, label);
}

/* ---- The interface ------------------------------------------------------ */

void *heap_alloc(size_t size)
{
    if (size > SMALL_MAX)
        return large_alloc(1, size);
    return small_alloc(class_for(size + (size == 0)));
}

void *heap_alloc_zeroed(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        return NULL;

    void *memory = heap_alloc(total);

    if (memory)
        memset(memory, 0, total);
    return memory;
}

void *heap_alloc_aligned(size_t align, size_t size)
{
    ASSERT(align && !(align & (align - 1)));
    if (align <= 16)
        return heap_alloc(size);

    /* A multiple of `align` that is small is the size of a class, or has one
     * above it that is a multiple too: see class_for(). */
    if (size <= SMALL_MAX && align <= SMALL_MAX) {
        size_t rounded = (size + (size == 0) + align - 1) & -align;

        return small_alloc(class_for(rounded));
    }
    return large_alloc(align, size ? size : 1);
}

void heap_free(void *pointer)
{
    if (!pointer)
        return;

    struct page *page = page_record(pointer);

    if (!page && area_contains(pointer) && area_pages(pointer))
        area_free(pointer);
    else if (!page)
        panic("heap: free of %p, which is not from the heap", pointer);
    else if (!page->owner)
        panic("heap: free of %p, which is not in use", pointer);
    else if (page->owner == OWNER_RUN)
        run_free(pointer, page);
    else
        small_free(pointer, page->owner);
}

size_t heap_size(const void *pointer)
{
    struct page *page = page_record(pointer);

    if (!page)
        return area_pages(pointer) * PAGE_SIZE;
    if (page->owner == OWNER_RUN)
        return page->pages * PAGE_SIZE;
    ASSERT(page->owner);
    return slab_of(pointer, page->owner)->size;
}

void *heap_resize(void *old, size_t size)
{
    size_t room = old ? heap_size(old) : 0;

    /* In place, unless more than half of it would go to waste. */
    if (old && size <= room && size >= room / 2)
        return old;

    void *memory = heap_alloc(size);

    if (memory && old) {
        memcpy(memory, old, size < room ? size : room);
        heap_free(old);
    }
    return memory;
}
