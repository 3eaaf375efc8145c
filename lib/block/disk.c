/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk.c: the bytes of a disk, through the page cache.
 *
 * Reading takes a batch of pages at a time: those that are cached are pinned,
 * those that are not are made and asked for, and only then is anything waited
 * for. If the page before the first missing one is cached, somebody reads in a
 * row, and a window of pages behind is asked for as well. The window's first
 * page is marked with the window's size; whoever comes there has used up what
 * was before it, and the next window, twice as large, is asked for. So the disk
 * works while the program does, and nothing need be known of the readers, of
 * whom there may be several.
 *
 * Writing makes pages dirty. A page that is written as a whole need not be
 * read.
 *
 * Concurrency: cache.lock; data is copied without it, from and to pinned pages.
 */
#include "coracle/errno.h"
#include "coracle/print.h"
#include "lib/block/cache.h"
#include "lib/string.h"

/* Pages that one call has pinned at a time. */
#define BATCH 32u

/* Lines about what could not be read of a disk. */
#define TOLD_MAX 8

/* Pages of the first window, and of the largest. */
#define WINDOW_MIN 8u
#define WINDOW_MAX 128u

/* Clusters that one pass can begin. */
#define CLUSTERS (BATCH + WINDOW_MAX / CLUSTER_PAGES + 2)

/* What a pass has to submit once it has released the lock. */
struct orders {
    struct cluster *clusters[CLUSTERS];
    unsigned int count;
};

/* ---- Reading --------------------------------------------------------------
 */

/* Have `page`, which is new and pinned once for this, read. False: there is no
 * memory for that. */
static bool order(struct orders *orders, struct cache_page *page)
{
    struct cluster *cluster = NULL;

    if (orders->count > 0 &&
        cluster_add(orders->clusters[orders->count - 1], page))
        return true;
    if (orders->count < CLUSTERS)
        cluster = cluster_begin(page->disk, BLOCK_READ);
    if (!cluster)
        return false;
    orders->clusters[orders->count++] = cluster;
    return cluster_add(cluster, page);
}

static void submit(const struct orders *orders)
{
    if (orders->count > 0)
        cluster_submit(orders->clusters, orders->count);
}

/* A page that could not be ordered: whoever waits for it shall see. */
static void give_up(struct cache_page *page)
{
    page->busy = false;
    page->status = -K_ENOMEM;
    waitq_wake_all(&cache.changed);
}

/* How many pages the disk has, the last perhaps not whole. */
static uint64_t page_total(const struct disk *disk)
{
    return (disk_size(disk) + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Ask for a window of `size` pages from `index` on, as far as they are missing
 * and there is memory. */
static void read_ahead(struct orders *orders, struct disk *disk, uint64_t index,
                       unsigned int size)
{
    uint64_t end = page_total(disk);
    bool marked = false;

    if (end > index + size)
        end = index + size;
    for (uint64_t i = index; i < end; i++) {
        struct cache_page *page;

        if (cache_has(disk, i))
            continue;
        page = cache_add(disk, i);
        if (!page)
            return;
        if (!marked)
            page->ahead = (uint16_t)(end - i);
        marked = true;
        if (!order(orders, page)) {
            give_up(page);
            cache_release(page);
            return;
        }
        cache.counters.ahead++;
    }
}

/* The page, pinned; asked for if it was missing. NULL: no memory now. */
static struct cache_page *want(struct orders *orders, struct disk *disk,
                               uint64_t index, bool *missed)
{
    struct cache_page *page = cache_find(disk, index);

    if (page) {
        cache.counters.hits++;
        return page;
    }
    page = cache_add(disk, index);
    if (!page)
        return NULL;
    cache.counters.misses++;
    *missed = true;
    page->pins++; /* the cluster's */
    if (!order(orders, page)) {
        give_up(page);
        cache_release(page);
    }
    return page;
}

/* A window must leave room for what is in use already. */
static unsigned int at_most(uint64_t window)
{
    size_t limit = (cache.pages + page_count_free()) / 8;

    if (limit > WINDOW_MAX)
        limit = WINDOW_MAX;
    return window < limit ? (unsigned int)window : (unsigned int)limit;
}

/*
 * Pin `count` pages from `index` on, and order those that are missing and those
 * that will be wanted next. How many there was memory for.
 */
static unsigned int collect(struct orders *orders, struct disk *disk,
                            uint64_t index, unsigned int count,
                            struct cache_page *pages[])
{
    bool row = index == 0 || cache_has(disk, index - 1);
    uint64_t window = 0, from = 0;
    bool missed = false;

    for (unsigned int i = 0; i < count; i++) {
        pages[i] = want(orders, disk, index + i, &missed);
        if (!pages[i])
            return i;
        if (pages[i]->ahead) {
            window = 2 * pages[i]->ahead;
            from = index + i + pages[i]->ahead;
            pages[i]->ahead = 0;
        }
    }
    if (missed && row && !window)
        window = WINDOW_MIN;
    if (window)
        read_ahead(orders, disk, from > index + count ? from : index + count,
                   at_most(window));
    return count;
}

/* Wait until nobody else makes the page's content. */
static void settle(struct cache_page *page)
{
    while (page->busy)
        waitq_wait(&cache.changed, &cache.lock, TIME_NEVER);
}

/* A page could not be read: of the first ones of a disk people are told, not
 * each time. The lock is held, and given up meanwhile. */
static void tell_unreadable(const struct cache_page *page)
{
    uint64_t sector = page->index * (PAGE_SIZE / BLOCK_SECTOR);
    struct block_info info;

    if (page->disk->told == TOLD_MAX ||
        (page->disk->told > 0 && page->disk->told_last == page->index))
        return;
    page->disk->told++;
    page->disk->told_last = page->index;
    spin_unlock(&cache.lock);
    block_describe(page->disk->device, &info);
    printk("disk: %s: sectors %llu to %llu could not be read\n", info.name,
           (unsigned long long)sector,
           (unsigned long long)(sector + PAGE_SIZE / BLOCK_SECTOR - 1));
    spin_lock(&cache.lock);
}

/* A pinned page could not be read together with others: try it alone. The lock
 * is held, and given up meanwhile. */
static int read_alone(struct cache_page *page)
{
    struct orders orders = {.count = 0};
    int error;

    page->busy = true;
    page->pins++;
    if (!order(&orders, page)) {
        give_up(page);
        cache_release(page);
        return -K_ENOMEM;
    }
    spin_unlock(&cache.lock);
    submit(&orders);
    spin_lock(&cache.lock);
    settle(page);
    if (page->valid)
        return 0;
    error = page->status;
    if (error == -K_EIO)
        tell_unreadable(page);
    return error;
}

/* Wait for the content of a pinned page. The lock is held, and given up
 * meanwhile. */
static int ready(struct cache_page *page)
{
    settle(page);
    return page->valid ? 0 : read_alone(page);
}

/* The first bytes of [offset, offset + size): how many, or why not. */
static long read_some(struct disk *disk, uint64_t offset, char *to, size_t size)
{
    uint64_t index = offset / PAGE_SIZE;
    size_t skip = offset % PAGE_SIZE, done = 0;
    size_t wanted = (skip + size + PAGE_SIZE - 1) / PAGE_SIZE;
    struct cache_page *pages[BATCH];
    struct orders orders = {.count = 0};
    unsigned int count;
    int error = 0;

    spin_lock(&cache.lock);
    count = collect(&orders, disk, index,
                    wanted < BATCH ? (unsigned int)wanted : BATCH, pages);
    if (orders.count > 0) {
        spin_unlock(&cache.lock);
        submit(&orders);
        spin_lock(&cache.lock);
    }
    for (unsigned int i = 0; i < count; i++) {
        size_t part = PAGE_SIZE - skip < size ? PAGE_SIZE - skip : size;

        if (!error)
            error = ready(pages[i]);
        if (!error) {
            spin_unlock(&cache.lock);
            memcpy(to + done, (char *)pages[i]->data + skip, part);
            spin_lock(&cache.lock);
            done += part;
            size -= part;
            skip = 0;
        }
        cache_release(pages[i]);
    }
    if (count == 0)
        error = cache_wait();
    spin_unlock(&cache.lock);
    return error && done == 0 ? error : (long)done;
}

/* ---- Writing --------------------------------------------------------------
 */

/*
 * The page, pinned, with content unless `whole` of it will be written: then
 * busy. NULL: *error says why, 0 if it is worth to try again.
 */
static struct cache_page *prepare(struct disk *disk, uint64_t index, bool whole,
                                  int *error)
{
    struct cache_page *page = cache_find(disk, index);

    *error = 0;
    if (!page) {
        page = cache_add(disk, index);
        if (!page) {
            *error = cache_wait();
            return NULL;
        }
        page->busy = false; /* see below */
    }
    settle(page);
    if (page->valid)
        return page;
    if (whole) {
        page->busy = true; /* until it has been written */
        return page;
    }
    *error = ready(page);
    if (!*error)
        return page;
    cache_release(page);
    return NULL;
}

static long write_some(struct disk *disk, uint64_t offset, const char *from,
                       size_t size)
{
    size_t skip = offset % PAGE_SIZE;
    size_t part = PAGE_SIZE - skip < size ? PAGE_SIZE - skip : size;
    bool whole = part == PAGE_SIZE;
    struct cache_page *page;
    int error;

    spin_lock(&cache.lock);
    writeback_throttle();
    page = prepare(disk, offset / PAGE_SIZE, whole, &error);
    if (!page) {
        spin_unlock(&cache.lock);
        return error;
    }
    spin_unlock(&cache.lock);
    memcpy((char *)page->data + skip, from, part);
    spin_lock(&cache.lock);
    if (!page->valid) {
        page->valid = true;
        page->busy = false;
        waitq_wake_all(&cache.changed);
    }
    writeback_mark(page);
    cache_release(page);
    spin_unlock(&cache.lock);
    return (long)part;
}

/* ---- The public calls -----------------------------------------------------
 */

/* Whether the disk that this was has been taken away. What was read of it is
 * dropped then. The lock is held. */
static bool is_gone(struct disk *disk)
{
    if (disk->gone)
        return true;
    disk->gone = disk->incarnation != block_incarnation(disk->device);
    if (disk->gone)
        cache_forget(disk);
    return disk->gone;
}

int disk_open(struct block_device *device, struct disk **disk)
{
    struct disk *fresh;
    int error = cache_start();

    if (error)
        return error;
    fresh = heap_alloc_zeroed(1, sizeof(*fresh));
    spin_lock(&cache.lock);
    *disk = NULL;
    list_for_each (node, &cache.disks) {
        struct disk *one = container_of(node, struct disk, link);

        if (one->device == device && !is_gone(one))
            *disk = one;
    }
    if (!*disk && fresh) {
        fresh->device = device;
        fresh->incarnation = block_incarnation(device);
        list_init(&fresh->dirty);
        list_init(&fresh->writing);
        list_add_tail(&cache.disks, &fresh->link);
        *disk = fresh;
        fresh = NULL;
    }
    spin_unlock(&cache.lock);
    heap_free(fresh);
    return *disk ? 0 : -K_ENOMEM;
}

struct block_device *disk_device(const struct disk *disk)
{
    return disk->device;
}

uint64_t disk_size(const struct disk *disk)
{
    return block_sectors(disk->device) * BLOCK_SECTOR;
}

static int check(struct disk *disk, uint64_t offset, size_t size)
{
    uint64_t total = disk_size(disk);
    bool gone;

    spin_lock(&cache.lock);
    gone = is_gone(disk);
    spin_unlock(&cache.lock);
    if (gone)
        return -K_EIO;
    return offset <= total && size <= total - offset ? 0 : -K_EINVAL;
}

int disk_read(struct disk *disk, uint64_t offset, void *to, size_t size)
{
    int error = check(disk, offset, size);

    for (char *at = to; !error && size > 0;) {
        long done = read_some(disk, offset, at, size);

        error = done < 0 ? (int)done : 0;
        if (error)
            break;
        at += done;
        offset += (uint64_t)done;
        size -= (size_t)done;
    }
    return error;
}

int disk_write(struct disk *disk, uint64_t offset, const void *from,
               size_t size)
{
    struct block_info info;
    int error = check(disk, offset, size);

    block_describe(disk->device, &info);
    if (!error && info.readonly)
        error = -K_EROFS;
    for (const char *at = from; !error && size > 0;) {
        long done = write_some(disk, offset, at, size);

        error = done < 0 ? (int)done : 0;
        if (error)
            break;
        at += done;
        offset += (uint64_t)done;
        size -= (size_t)done;
    }
    return error;
}

uint32_t disk_errors(const struct disk *disk)
{
    return READ_ONCE(disk->errors);
}

int disk_sync(struct disk *disk, uint32_t *seen)
{
    int error, flushed;

    spin_lock(&cache.lock);
    writeback_wait(disk);
    spin_unlock(&cache.lock);
    flushed = cluster_error(block_flush(disk->device));
    spin_lock(&cache.lock);
    if (is_gone(disk)) {
        cache_forget(disk); /* what was dirty till now */
        flushed = -K_EIO;
    }
    error = disk->errors != *seen ? disk->error : 0;
    *seen = disk->errors;
    spin_unlock(&cache.lock);
    return error ? error : flushed;
}

int disk_sync_all(void)
{
    int first = 0;

    /* Disks are only ever added, at the end. */
    list_for_each (node, &cache.disks) {
        struct disk *disk = container_of(node, struct disk, link);
        uint32_t seen = disk_errors(disk);
        int error = disk_sync(disk, &seen);

        first = first ? first : error;
    }
    return first;
}

void disk_forget(struct disk *disk)
{
    spin_lock(&cache.lock);
    cache_forget(disk);
    spin_unlock(&cache.lock);
}
