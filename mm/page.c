/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.c: the page allocator, a buddy system that grows on demand.
 *
 * The idea. Memory is handed out in blocks of 2^order pages whose first pfn is
 * a multiple of 2^order. A block that is too large is split into two buddies,
 * whose pfns differ in one bit; when both are free again they are joined. So
 * split and join are a few instructions per order, and free memory finds
 * itself together again without any search.
 *
 * Chunks. Xen's builder maps only the first few megabytes of a guest. The rest
 * is taken on in chunks of 512 frames, in rising order, each when the free
 * lists have nothing that fits: the chunk is mapped (mm/direct.c) and its
 * frames' records are put into its own first pages. Boot therefore costs the
 * same with 4 MiB as with 4 GiB. Mapping needs page tables; those come from a
 * reserve that each new chunk fills up again, so mapping never allocates.
 *
 * Single pages come and go all the time, and each would have its neighbours
 * joined and split again. So some of those that were freed last stay single, on
 * a list of their own, and are the first to be taken; they are joined with the
 * others when a block is wanted that is not there.
 *
 * Every frame has a record of 12 bytes (mm/page.h). Records, not the free
 * pages themselves, hold the lists: a stray write into a free page cannot hurt
 * the allocator, and a free page is not touched before it is used.
 *
 * Concurrency: `page_lock` guards everything here but `growth_lock`, which is
 * taken first and held while one chunk is mapped. Both are brief enough for
 * event handlers to free pages. None is held while memory is reclaimed from
 * magazines (reclaim.c), which frees pages.
 *
 * Left out: NUMA, zones, giving memory back to Xen.
 */
#include <stdbool.h>
#include "coracle/inspect.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "lib/string.h"
#include "mm/direct.h"
#include "mm/page.h"
#include "mm/reclaim.h"

#define ORDERS (PAGE_ORDER_MAX + 1)
#define SHORT  64  /* so few pages that a look into the magazines may help */
#define SINGLE 32u /* so many pages stay single */

/* Taken before page_lock; held while a chunk is mapped. */
static struct spinlock growth_lock = SPINLOCK_INIT;

/* Guards all that follows, and the records. */
static struct spinlock page_lock = SPINLOCK_INIT;

static uint32_t free_list[ORDERS]; /* first pfn of a free block, 0: none */
static uint32_t single;            /* first pfn of the single ones, 0: none */
static unsigned int single_count;
static size_t free_pages; /* on the lists */

/*
 * Frames [boot_first, boot_end) have their records in boot_records; those of
 * [boot_end, known_end) have theirs in their chunks; those of [known_end,
 * total_end) are not yet mapped.
 */
static struct page *boot_records;
static unsigned long boot_first, boot_end, known_end, total_end;

static void *reserve[PAGE_RESERVE];
static unsigned int reserve_count;

/* ---- Records ------------------------------------------------------------ */

static void *frame_address(unsigned long pfn)
{
    return direct_address((pfn_t){pfn});
}

static unsigned long record_pages(unsigned long frames)
{
    return (frames * sizeof(struct page) + PAGE_SIZE - 1) / PAGE_SIZE;
}

static struct page *record_of(unsigned long pfn)
{
    if (pfn < boot_end)
        return pfn < boot_first ? NULL : &boot_records[pfn - boot_first];
    if (pfn >= known_end)
        return NULL;

    struct page *chunk = frame_address(pfn & ~(CHUNK_PAGES - 1));

    return &chunk[pfn % CHUNK_PAGES];
}

struct page *page_record(const void *address)
{
    return record_of(pfn_of(address).n);
}

/* ---- The free lists ----------------------------------------------------- */

static void list_push(unsigned long pfn, unsigned int order)
{
    struct page *page = record_of(pfn);

    page->state = PAGE_FREE;
    page->order = (uint8_t)order;
    page->prev = 0;
    page->next = free_list[order];
    if (page->next)
        record_of(page->next)->prev = (uint32_t)pfn;
    free_list[order] = (uint32_t)pfn;
}

/* The frame's record says PAGE_INSIDE from here on; its owner is 0 anyway. */
static void list_remove(unsigned long pfn)
{
    struct page *page = record_of(pfn);

    if (page->prev)
        record_of(page->prev)->next = page->next;
    else
        free_list[page->order] = page->next;
    if (page->next)
        record_of(page->next)->prev = page->prev;
    page->state = PAGE_INSIDE;
}

/* ---- Blocks ------------------------------------------------------------- */

/* There are some. */
static unsigned long take_single(void)
{
    unsigned long pfn = single;
    struct page *page = record_of(pfn);

    single = page->next;
    single_count--;
    page->state = PAGE_USED;
    free_pages--;
    return pfn;
}

/* A free block of 2^order pages, marked used; 0 if there is none. */
static unsigned long take_block(unsigned int order)
{
    unsigned int found = order;

    if (order == 0 && single_count > 0)
        return take_single();

    while (found < ORDERS && !free_list[found])
        found++;
    if (found == ORDERS)
        return 0;

    unsigned long pfn = free_list[found];

    list_remove(pfn);
    while (found > order) {
        found--;
        list_push(pfn + (1UL << found), found);
    }

    struct page *page = record_of(pfn);

    page->state = PAGE_USED;
    page->order = (uint8_t)order;
    free_pages -= 1UL << order;
    return pfn;
}

/* Put a block on the lists, joined with its buddy as often as it goes. */
static void return_block(unsigned long pfn, unsigned int order)
{
    free_pages += 1UL << order;
    record_of(pfn)->state = PAGE_INSIDE;
    for (; order < PAGE_ORDER_MAX; order++) {
        unsigned long buddy = pfn ^ (1UL << order);
        struct page *page = record_of(buddy);

        if (!page || page->state != PAGE_FREE || page->order != order)
            break;
        list_remove(buddy);
        pfn &= buddy;
    }
    list_push(pfn, order);
}

/* The page `pfn`, whose record is given, is used no more. */
static void return_single(unsigned long pfn, struct page *page)
{
    page->state = PAGE_SINGLE;
    page->next = single;
    single = (uint32_t)pfn;
    single_count++;
    free_pages++;
}

/* Whether there were single pages; they are joined with their buddies now. */
static bool join_singles(void)
{
    bool any = single_count > 0;

    while (single_count > 0)
        return_block(take_single(), 0);
    return any;
}

/* The frames [first, end), none of them used, in blocks as large as can be. */
static void return_range(unsigned long first, unsigned long end)
{
    while (first < end) {
        unsigned int order = (unsigned int)__builtin_ctzl(first);

        if (order > PAGE_ORDER_MAX)
            order = PAGE_ORDER_MAX;
        while (first + (1UL << order) > end)
            order--;
        return_block(first, order);
        first += 1UL << order;
    }
}

/* ---- Growing ------------------------------------------------------------ */

static unsigned long chunk_end(unsigned long first)
{
    return total_end - first < CHUNK_PAGES ? total_end : first + CHUNK_PAGES;
}

/*
 * Take on the mapped and unused frames [first, end). While there is more to
 * be mapped later, some fill up the reserve; afterwards it is not needed.
 */
static void adopt(unsigned long first, unsigned long end)
{
    if (known_end < total_end) {
        while (reserve_count < PAGE_RESERVE && first < end)
            reserve[reserve_count++] = frame_address(first++);
    } else {
        while (reserve_count > 0)
            return_block(pfn_of(reserve[--reserve_count]).n, 0);
    }
    return_range(first, end);
}

/* Map the next chunk. False if there is none or its mapping failed. */
static bool grow(void)
{
    spin_lock(&growth_lock);

    unsigned long first = known_end;
    bool grown = first < total_end && !direct_map_chunk(first / CHUNK_PAGES);

    if (grown) {
        unsigned long end = chunk_end(first);
        unsigned long records = record_pages(end - first);

        memset(frame_address(first), 0, records * PAGE_SIZE);
        spin_lock(&page_lock);
        known_end = end;
        adopt(first + records, end);
        spin_unlock(&page_lock);
    }
    spin_unlock(&growth_lock);
    return grown;
}

void *page_take_reserve(void)
{
    spin_lock(&page_lock);
    ASSERT(reserve_count > 0);
    void *page = reserve[--reserve_count];
    spin_unlock(&page_lock);
    return page;
}

void page_init(unsigned long first_free, unsigned long mapped_end,
               unsigned long total)
{
    ASSERT(first_free > 0 && first_free < mapped_end && mapped_end <= total);
    ASSERT(mapped_end % CHUNK_PAGES == 0 || mapped_end == total);

    unsigned long records = record_pages(mapped_end - first_free);

    ASSERT(first_free + records < mapped_end);
    boot_records = frame_address(first_free);
    memset(boot_records, 0, records * PAGE_SIZE);
    boot_first = first_free;
    boot_end = known_end = mapped_end;
    total_end = total;
    adopt(first_free + records, mapped_end);
}

/* ---- Those who can give back --------------------------------------------- */

/* How often one allocation asks them, and for how many pages. Several pages
 * that lie together may not be found in many more tries either. */
#define SHRINK_TRIES 8
#define SHRINK_PAGES 32

static struct memory_shrinker *shrinkers; /* only ever grows, in front */

void memory_add_shrinker(struct memory_shrinker *shrinker)
{
    spin_lock(&page_lock);
    shrinker->next = shrinkers;
    /* Release: pairs with the acquire in ask_shrinkers(). */
    __atomic_store_n(&shrinkers, shrinker, __ATOMIC_RELEASE);
    spin_unlock(&page_lock);
}

static bool ask_shrinkers(unsigned int *tries)
{
    struct memory_shrinker *one = __atomic_load_n(&shrinkers, __ATOMIC_ACQUIRE);
    size_t freed = 0;

    if (*tries == 0)
        return false;
    --*tries;
    for (; one && freed == 0; one = one->next)
        freed = one->shrink(SHRINK_PAGES);
    return freed > 0;
}

/* ---- The interface ------------------------------------------------------ */

/* A block's first frame, or 0; then *is_short says whether memory is short, not
 * only in pieces. */
static unsigned long find_block(unsigned int order, bool *is_short)
{
    unsigned int tries = SHRINK_TRIES;
    unsigned long pfn;

    do {
        spin_lock(&page_lock);
        pfn = take_block(order);
        if (!pfn && join_singles())
            pfn = take_block(order);
        *is_short = free_pages < SHORT + (1UL << order);
        spin_unlock(&page_lock);
    } while (!pfn && (grow() || ask_shrinkers(&tries)));
    return pfn;
}

void *page_alloc(unsigned int order)
{
    unsigned long pfn;
    bool is_short;

    if (order > PAGE_ORDER_MAX)
        return NULL;
    pfn = find_block(order, &is_short);
    if (!pfn && is_short && memory_reclaim())
        pfn = find_block(order, &is_short);
    return pfn ? frame_address(pfn) : NULL;
}

/* The record of a used block of that order that nobody owns; panics if it is
 * none. */
static struct page *check_block(const void *address, unsigned int order)
{
    struct page *page = page_record(address);

    if (!page || (uintptr_t)address % PAGE_SIZE)
        panic("page: free of %p, which is no page of ours", address);
    if (page->state != PAGE_USED)
        panic("page: double free of %p, or not the start of a block", address);
    if (page->order != order)
        panic("page: free of %p with order %u, but it has order %u", address,
              order, page->order);
    if (page->owner)
        panic("page: free of %p, which is the heap's", address);
    return page;
}

void page_free(void *address, unsigned int order)
{
    struct page *page;

    spin_lock(&page_lock);
    page = check_block(address, order);
    if (order == 0 && single_count < SINGLE)
        return_single(pfn_of(address).n, page);
    else
        return_block(pfn_of(address).n, order);
    spin_unlock(&page_lock);
}

/*
 * A run is a row of blocks of falling order, one for each bit of its length:
 * 11 pages are 8 + 2 + 1. This is the order of the first of them.
 */
static unsigned int first_order(size_t pages)
{
    return 63 - (unsigned int)__builtin_clzl(pages);
}

/* Mark the frames [first, end), taken from the lists before, as a run. */
static void mark_run(unsigned long first, unsigned long end)
{
    while (first < end) {
        struct page *page = record_of(first);

        page->state = PAGE_USED;
        page->order = (uint8_t)first_order(end - first);
        first += 1UL << page->order;
    }
}

void *page_alloc_run(size_t pages)
{
    if (pages == 0 || pages > 1UL << PAGE_ORDER_MAX)
        return NULL;

    unsigned int order = pages == 1 ? 0 : first_order(pages - 1) + 1;
    void *run = page_alloc(order);

    if (run)
        page_trim_run(run, 1UL << order, pages);
    return run;
}

void page_trim_run(void *run, size_t pages, size_t keep)
{
    unsigned long pfn = pfn_of(run).n;

    if (keep == pages)
        return;
    spin_lock(&page_lock);
    mark_run(pfn, pfn + keep);
    return_range(pfn + keep, pfn + pages);
    spin_unlock(&page_lock);
}

void page_free_run(void *run, size_t pages)
{
    char *at = run;

    while (pages > 0) {
        unsigned int order = first_order(pages);

        page_free(at, order);
        at += PAGE_SIZE << order;
        pages -= 1UL << order;
    }
}

/*
 * Unmapped chunks count as free, less what taking them on will cost: their
 * records and one page table each.
 */
size_t page_count_free(void)
{
    spin_lock(&page_lock);

    unsigned long unmapped = total_end - known_end;
    unsigned long whole = unmapped / CHUNK_PAGES;
    unsigned long rest = unmapped % CHUNK_PAGES;
    size_t count =
        free_pages + whole * (CHUNK_PAGES - record_pages(CHUNK_PAGES) - 1);

    if (rest > record_pages(rest) + 1)
        count += rest - record_pages(rest) - 1;
    spin_unlock(&page_lock);
    return count;
}

size_t page_count_total(void)
{
    return total_end;
}

/* ---- For people --------------------------------------------------------- */

/* What the block that begins at `pfn` is for, and its size in frames. */
static uint8_t look_at(unsigned long pfn, unsigned long *frames)
{
    const struct page *page = record_of(pfn);

    *frames = 1;
    if (!page)
        return pfn < boot_first ? INSPECT_FRAME_BOOT : INSPECT_FRAME_UNMAPPED;
    if (page->state == PAGE_INSIDE) /* in no block */
        return INSPECT_FRAME_RECORDS;
    if (page->state == PAGE_USED && page->owner == OWNER_RUN) {
        *frames = page->pages;
        return INSPECT_FRAME_LARGE;
    }
    *frames = 1UL << page->order;
    if (page->state == PAGE_FREE || page->state == PAGE_SINGLE)
        return INSPECT_FRAME_FREE;
    return page->owner ? INSPECT_FRAME_SMALL : INSPECT_FRAME_PAGES;
}

/* Neither a block nor a run crosses a multiple of LOOK_FRAMES. */
#define LOOK_FRAMES (1UL << PAGE_ORDER_MAX)

unsigned long inspect_frames(unsigned long first, unsigned long count,
                             uint8_t kinds[])
{
    unsigned long end, pfn = first;

    if (first >= total_end)
        return 0;
    end = total_end - first < count ? total_end : first + count;
    while (pfn < end) {
        unsigned long stop = (pfn & -LOOK_FRAMES) + LOOK_FRAMES;

        spin_lock(&page_lock);
        while (pfn < end && pfn < stop) {
            unsigned long frames;
            uint8_t kind = look_at(pfn, &frames);

            for (; frames > 0 && pfn < end; frames--)
                kinds[pfn++ - first] = kind;
        }
        spin_unlock(&page_lock);
    }
    return end - first;
}
