/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.c: cached pages: finding, making, giving back.
 *
 * A table of chains finds a page by its disk and index. How many there are is
 * nobody's decision: the cache makes pages as long as the allocator has more
 * than a reserve of free ones, and from then on uses its own again, the spare
 * page that was used longest ago first.
 *
 * When a program wants memory and there is none, the allocator turns to us, at
 * any place, perhaps under a lock of its own. So the list of spare pages has a
 * lock apart from all else, one that may be taken there, and all that happens
 * is that a page's memory is freed; the structure stays in its chain without
 * it, on a second list, and is cleared away when somebody comes by. Whoever
 * finds a page takes it off the list of spare ones before touching it.
 *
 * Concurrency: cache.lock, but for what spare_lock guards.
 */
#include "coracle/errno.h"
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "lib/block/cache.h"

/* Pages that the cache leaves to others: a part of all, and some more; but so
 * many it needs itself. */
#define RESERVE_PART 16
#define RESERVE_MORE 32
#define PAGES_MIN    16

#define BUCKETS_MIN 256u
#define BUCKETS_MAX 32768u

struct cache cache = {
    .lock = SPINLOCK_INIT,
    .disks = LIST_INIT(cache.disks),
    .changed = WAITQ_INIT(cache.changed),
    .want_write = WAITQ_INIT(cache.want_write),
};

static struct cache_page **buckets;
static unsigned int bucket_count; /* a power of two */

/* Taken last, with cache.lock or by the page allocator. Guards: */
static struct spinlock spare_lock = SPINLOCK_INIT;
static struct list spare = LIST_INIT(spare);     /* the oldest first */
static struct list dropped = LIST_INIT(dropped); /* without memory */
static uint64_t shrunk;

/* ---- The table ------------------------------------------------------------
 */

static struct cache_page **bucket_of(const struct disk *disk, uint64_t index)
{
    uint64_t mixed = (index + ((uintptr_t)disk >> 6)) * 0x9e3779b97f4a7c15u;

    return &buckets[mixed >> 40 & (bucket_count - 1)];
}

static struct cache_page *look_up(const struct disk *disk, uint64_t index)
{
    struct cache_page *page = *bucket_of(disk, index);

    while (page && (page->disk != disk || page->index != index))
        page = page->chain;
    return page;
}

/* Out of the table, and out of the world. */
static void discard(struct cache_page *page)
{
    struct cache_page **link = bucket_of(page->disk, page->index);

    while (*link != page)
        link = &(*link)->chain;
    *link = page->chain;
    if (page->data)
        page_free(page->data, 0);
    heap_free(page);
    cache.pages--;
}

/* ---- Spare pages ----------------------------------------------------------
 */

/* The allocator has nothing left: free up to `count` pages. Any context in
 * which it may be called. */
static size_t shrink(size_t count)
{
    size_t freed = 0;

    spin_lock(&spare_lock);
    while (freed < count && !list_empty(&spare)) {
        struct cache_page *page = list_first(&spare, struct cache_page, spare);

        list_del(&page->spare);
        list_add(&dropped, &page->spare);
        page_free(page->data, 0);
        page->data = NULL;
        freed++;
    }
    shrunk += freed;
    spin_unlock(&spare_lock);
    return freed;
}

/* Clear away what shrink() has left. */
static void sweep(void)
{
    for (;;) {
        struct cache_page *page;

        spin_lock(&spare_lock);
        page = list_first(&dropped, struct cache_page, spare);
        if (page)
            list_del(&page->spare);
        spin_unlock(&spare_lock);
        if (!page)
            return;
        discard(page);
    }
}

/* Whether it can still be used. It is on no list afterwards. */
static bool take_spare(struct cache_page *page)
{
    bool there;

    spin_lock(&spare_lock);
    list_del(&page->spare);
    there = page->data != NULL;
    spin_unlock(&spare_lock);
    return there;
}

static void make_spare(struct cache_page *page)
{
    spin_lock(&spare_lock);
    list_add_tail(&spare, &page->spare);
    spin_unlock(&spare_lock);
}

/* The memory of the spare page used longest ago; NULL if there is none. */
static void *steal(void)
{
    struct cache_page *page;
    void *data;

    spin_lock(&spare_lock);
    page = list_first(&spare, struct cache_page, spare);
    if (page)
        list_del(&page->spare);
    spin_unlock(&spare_lock);
    if (!page)
        return NULL;
    data = page->data;
    page->data = NULL;
    discard(page);
    return data;
}

/* ---- For the others -------------------------------------------------------
 */

struct cache_page *cache_find(struct disk *disk, uint64_t index)
{
    struct cache_page *page = look_up(disk, index);

    if (!page)
        return NULL;
    if (page->pins == 0 && !page->dirty && !page->writing &&
        !take_spare(page)) {
        discard(page);
        return NULL;
    }
    page->pins++;
    return page;
}

bool cache_has(struct disk *disk, uint64_t index)
{
    return look_up(disk, index) != NULL;
}

static void *get_memory(void)
{
    size_t reserve = page_count_total() / RESERVE_PART + RESERVE_MORE;
    void *data = NULL;

    sweep();
    if (page_count_free() > reserve || cache.pages < PAGES_MIN)
        data = page_alloc(0);
    return data ? data : steal();
}

struct cache_page *cache_add(struct disk *disk, uint64_t index)
{
    struct cache_page **bucket = bucket_of(disk, index);
    struct cache_page *page = heap_alloc_zeroed(1, sizeof(*page));

    if (!page)
        return NULL;
    page->data = get_memory();
    if (!page->data) {
        heap_free(page);
        return NULL;
    }
    list_init(&page->spare);
    list_init(&page->dirty_link);
    page->disk = disk;
    page->index = index;
    page->pins = 1;
    page->busy = true;
    page->chain = *bucket;
    *bucket = page;
    cache.pages++;
    return page;
}

void cache_release(struct cache_page *page)
{
    if (--page->pins > 0 || page->dirty || page->writing)
        return;
    if (page->valid)
        make_spare(page);
    else
        discard(page);
}

void cache_forget(struct disk *disk)
{
    for (unsigned int i = 0; i < bucket_count; i++) {
        struct cache_page *page = buckets[i], *next;

        for (; page; page = next) {
            next = page->chain;
            if (page->disk == disk && page->pins == 0 && !page->dirty &&
                !page->writing) {
                (void)take_spare(page);
                discard(page);
            }
        }
    }
}

int cache_wait(void)
{
    if (cache.dirty == 0 && cache.flying == 0)
        return -K_ENOMEM;
    writeback_hurry();
    waitq_wait(&cache.changed, &cache.lock, TIME_NEVER);
    return 0;
}

void disk_count(struct disk_counters *counters)
{
    spin_lock(&cache.lock);
    sweep();
    *counters = cache.counters;
    counters->cached = cache.pages;
    counters->dirty = cache.dirty;
    spin_lock(&spare_lock);
    counters->shrunk = shrunk;
    spin_unlock(&spare_lock);
    spin_unlock(&cache.lock);
}

/* ---- The beginning --------------------------------------------------------
 */

static struct mutex starting = MUTEX_INIT(starting);
static struct memory_shrinker shrinker = {.shrink = shrink};

/* What programs have written shall be there when they run again. */
static void write_all(void)
{
    int error = disk_sync_all();

    if (error)
        printk("disk: not all could be written: error %d\n", error);
}

static struct lifecycle_end end = {.run = write_all};

/* As many chains as a quarter of all pages. */
static int make_table(void)
{
    bucket_count = BUCKETS_MIN;
    while (bucket_count < BUCKETS_MAX && bucket_count * 4 < page_count_total())
        bucket_count *= 2;
    buckets = heap_alloc_zeroed(bucket_count, sizeof(*buckets));
    return buckets ? 0 : -K_ENOMEM;
}

int cache_start(void)
{
    static bool started;
    int error = 0;

    mutex_lock(&starting);
    if (!started) {
        error = buckets ? 0 : make_table();
        if (!error)
            error = writeback_start();
        if (!error) {
            memory_add_shrinker(&shrinker);
            lifecycle_at_end(&end);
            started = true;
        }
    }
    mutex_unlock(&starting);
    return error;
}
