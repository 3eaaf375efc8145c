/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.c: memory by the byte, for the kernel and as the program's malloc().
 *
 * Three sizes of request, three ways:
 *
 *   up to 2 KiB     an object in a slab. A slab is 1, 2 or 4 pages cut into
 *                   objects of one size; its header holds one bit per object,
 *                   set while the object is free.
 *   up to 1 MiB     a run of whole pages from mm/page.c.
 *   more            an area (mm/area.c): pages from anywhere, mapped in a row.
 *                   That takes 70 times as long as a run, but needs no free
 *                   neighbours: it also serves when there is no such run.
 *
 * The page records (mm/page.h) tell which of them a pointer belongs to, so an
 * object carries no header of its own. Since the bits lie apart from the
 * objects, writing to a freed object cannot damage the heap, and every free is
 * checked: the pointer must be the start of an object whose bit says "used".
 * Mistakes end in a panic that names the pointer.
 *
 * Size classes rise by 16 bytes up to 128 and then in four steps per doubling,
 * so at most a fifth of an object is unused. Objects are packed against the
 * end of their slab, and slabs are aligned to their own size: an object whose
 * size is a multiple of a power of two is therefore aligned to it.
 *
 * Concurrency: each size class has a spinlock of its own; none is held while
 * pages are allocated or freed. Any context may free.
 *
 * Left out: caches per CPU (they would stand in front of slab_take() and
 * slab_return()), poisoning of freed objects, growing in place.
 */
#include <stdbool.h>
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "lib/string.h"
#include "mm/area.h"
#include "mm/page.h"

#define SMALL_MAX  2048
#define RUN_MAX    (PAGE_SIZE << PAGE_ORDER_MAX)
#define CLASSES    24
#define SLAB_WORDS 4 /* of 64 objects; 252 of 16 bytes fit into a page */

/*
 * The header at the start of a slab. The class's lock guards the links, `free`
 * and `unused`; the rest never changes.
 */
struct slab {
    struct slab *next, *prev;    /* in its class's list, if it has room */
    uint16_t size;               /* of an object */
    uint16_t first;              /* offset of object 0 */
    uint16_t count;              /* objects in all */
    uint16_t free;               /* objects free now */
    uint64_t unused[SLAB_WORDS]; /* bit i: object i is free */
};

struct size_class {
    struct spinlock lock; /* guards all here and the slabs' headers */
    struct slab *roomy;   /* slabs with a free object */
};

/* Keeps what is rare out of the way of what is frequent. */
#define NOINLINE __attribute__((noinline))

static struct size_class classes[CLASSES];

/*
 * What stands in `owner` of a page's record: OWNER_RUN for the first page of a
 * run; for each page of a slab its class, plus 1, and the slab's order.
 */
#define OWNER_RUN 0xffff

static uint16_t owner_of_slab(unsigned int class, unsigned int order)
{
    return (uint16_t)(order << 8 | (class + 1));
}

/* ---- Size classes ------------------------------------------------------- */

/* The class for `size` bytes, 1 to SMALL_MAX. */
static unsigned int class_for(size_t size)
{
    if (size <= 128)
        return (unsigned int)(size - 1) / 16;

    /* 129..256 has top 7 and steps of 32: quarters 4 to 7 of 2^top. */
    unsigned int top = 63 - (unsigned int)__builtin_clzl(size - 1);
    unsigned int quarter = (unsigned int)((size - 1) >> (top - 2));

    return 8 + (top - 7) * 4 + quarter - 4;
}

static unsigned int class_size(unsigned int class)
{
    if (class < 8)
        return (class + 1) * 16;
    return (5 + class % 4) << (5 + (class - 8) / 4);
}

/* The smallest slab that wastes at most an eighth, its header included. */
static unsigned int slab_order_for(unsigned int size)
{
    unsigned int order = 0;

    for (;; order++) {
        unsigned int bytes = (unsigned int)PAGE_SIZE << order;
        unsigned int used = (bytes - sizeof(struct slab)) / size * size;

        if (bytes - used <= bytes / 8)
            return order;
    }
}

/* ---- Slabs -------------------------------------------------------------- */

static void roomy_add(struct size_class *class, struct slab *slab)
{
    slab->prev = NULL;
    slab->next = class->roomy;
    if (slab->next)
        slab->next->prev = slab;
    class->roomy = slab;
}

static void roomy_remove(struct size_class *class, struct slab *slab)
{
    if (slab->prev)
        slab->prev->next = slab->next;
    else
        class->roomy = slab->next;
    if (slab->next)
        slab->next->prev = slab->prev;
}

/* All pages of a slab point the heap to it, or (owner 0) no longer do. */
static void slab_mark(struct slab *slab, unsigned int order, uint16_t owner)
{
    for (unsigned long i = 0; i < 1UL << order; i++)
        page_record((char *)slab + i * PAGE_SIZE)->owner = owner;
}

static struct slab *slab_create(unsigned int class)
{
    unsigned int size = class_size(class);
    unsigned int order = slab_order_for(size);
    unsigned int bytes = (unsigned int)PAGE_SIZE << order;
    unsigned int count = (bytes - sizeof(struct slab)) / size;
    struct slab *slab = page_alloc(order);

    if (!slab)
        return NULL;
    *slab = (struct slab){
        .size = (uint16_t)size,
        .first = (uint16_t)(bytes - count * size),
        .count = (uint16_t)count,
        .free = (uint16_t)count,
    };
    for (unsigned int i = 0; i < count; i++)
        slab->unused[i / 64] |= 1UL << i % 64;
    slab_mark(slab, order, owner_of_slab(class, order));
    return slab;
}

static NOINLINE void slab_destroy(struct slab *slab)
{
    unsigned int order = slab_order_for(slab->size);

    slab_mark(slab, order, 0);
    page_free(slab, order);
}

/* An object of a slab that has room. The caller holds the class's lock. */
static void *slab_take(struct size_class *class)
{
    struct slab *slab = class->roomy;
    unsigned int word = 0;

    if (!slab)
        return NULL;
    while (!slab->unused[word])
        word++;

    unsigned int bit = (unsigned int)__builtin_ctzl(slab->unused[word]);

    slab->unused[word] &= slab->unused[word] - 1;
    if (--slab->free == 0)
        roomy_remove(class, slab);
    return (char *)slab + slab->first + (word * 64 + bit) * slab->size;
}

static NOINLINE _Noreturn void bad_free(const void *object, bool twice)
{
    panic(twice ? "heap: double free of %p"
                : "heap: free of %p, which is not the start of an object",
          object);
}

/*
 * Give an object back. True if that leaves its slab empty, and the class has
 * room elsewhere: the slab is off the list then and the caller destroys it.
 */
static bool slab_return(struct size_class *class, struct slab *slab,
                        const void *object)
{
    unsigned int offset = (unsigned int)((const char *)object - (char *)slab);
    unsigned int index = (offset - slab->first) / slab->size;
    uint64_t mask = 1UL << index % 64;

    if (offset < slab->first || (offset - slab->first) % slab->size)
        bad_free(object, false);
    if (slab->unused[index / 64] & mask)
        bad_free(object, true);

    slab->unused[index / 64] |= mask;
    if (slab->free++ == 0)
        roomy_add(class, slab);
    if (slab->free < slab->count || (!slab->next && !slab->prev))
        return false;
    roomy_remove(class, slab);
    return true;
}

static NOINLINE void *small_alloc_slowly(struct size_class *class)
{
    struct slab *slab = slab_create((unsigned int)(class - classes));

    if (!slab)
        return NULL;
    spin_lock(&class->lock);
    roomy_add(class, slab);
    void *object = slab_take(class);
    spin_unlock(&class->lock);
    return object;
}

static void *small_alloc(struct size_class *class)
{
    spin_lock(&class->lock);
    void *object = slab_take(class);
    spin_unlock(&class->lock);
    return object ? object : small_alloc_slowly(class);
}

/* The slab of `object`, in whose page's record `owner` stood. */
static struct slab *slab_of(const void *object, uint16_t owner)
{
    return (struct slab *)((uintptr_t)object & -(PAGE_SIZE << (owner >> 8)));
}

static void small_free(void *object, uint16_t owner)
{
    struct size_class *class = &classes[(owner & 0xff) - 1];
    struct slab *slab = slab_of(object, owner);

    spin_lock(&class->lock);
    bool leaves = slab_return(class, slab, object);
    spin_unlock(&class->lock);
    if (leaves)
        slab_destroy(slab);
}

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

static NOINLINE void run_free(void *run, struct page *page)
{
    if ((uintptr_t)run % PAGE_SIZE)
        panic("heap: free of %p, which is not the start of an object", run);
    page->owner = 0;
    page_free_run(run, page->pages);
}

static void *large_alloc(size_t align, size_t size)
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
    return small_alloc(&classes[class_for(size ? size : 1)]);
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

        return small_alloc(&classes[class_for(rounded)]);
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
