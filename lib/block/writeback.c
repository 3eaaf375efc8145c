/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writeback.c: dirty pages: when they are written; waiting for it.
 *
 * A thread writes what has been dirty for a while, or at once if somebody waits
 * for it: because of a disk_sync(), because memory is short, or because there
 * is too much of it. "Too much" is a part of the memory that the cache has or
 * could have; whoever writes then waits until it is less, so that a fast
 * program cannot fill all memory with what a slow disk has to take.
 *
 * It begins with the oldest page and takes along those around it that are dirty
 * too, in the order of the disk, up to a cluster. A page that is on its way is
 * not sent a second time before the first has arrived: two writes of the same
 * sectors at a time could arrive in either order.
 *
 * Concurrency: cache.lock.
 */
#include "lib/block/cache.h"
#include "coracle/errno.h"
#include "coracle/time.h"

/* The part of memory that may be dirty before writers wait, and before the
 * thread begins. */
#define WAIT_PART  4
#define WRITE_PART 8

/* For how long a page may be dirty, more or less. */
#define AGE (5 * NS_PER_S)

/* Clusters on their way to a disk at a time. */
#define CLUSTERS_MAX 16u

/* Pages that are the cache's or could be. */
static size_t within_reach(void)
{
    return cache.pages + page_count_free();
}

/* ---- Clusters -------------------------------------------------------------
 */

/* The page, if it is one to be written with its neighbour. */
static struct cache_page *writable(struct disk *disk, uint64_t index)
{
    struct cache_page *page = cache_find(disk, index);

    if (!page || (page->dirty && !page->writing))
        return page;
    cache_release(page);
    return NULL;
}

/* Put a pinned page into the cluster. */
static bool send(struct cluster *cluster, struct cache_page *page)
{
    if (!cluster_add(cluster, page)) {
        cache_release(page);
        return false;
    }
    page->dirty = false;
    page->writing = true;
    list_del(&page->dirty_link);
    cache.dirty--;
    return true;
}

/* The first of the dirty pages in a row with `page`, at most a cluster. */
static uint64_t begin_of_row(const struct cache_page *page)
{
    uint64_t index = page->index;

    while (index > 0 && page->index - index < CLUSTER_PAGES - 1) {
        struct cache_page *before = writable(page->disk, index - 1);

        if (!before)
            break;
        cache_release(before);
        index--;
    }
    return index;
}

/* A cluster with the oldest page that can be written; NULL if there is none, or
 * no memory for it. */
static struct cluster *gather(struct disk *disk)
{
    struct cache_page *page = NULL;
    struct cluster *cluster;
    uint64_t index;

    list_for_each (node, &disk->dirty) {
        page = container_of(node, struct cache_page, dirty_link);
        if (!page->writing)
            break;
        page = NULL;
    }
    if (!page)
        return NULL;
    cluster = cluster_begin(disk, BLOCK_WRITE);
    if (!cluster)
        return NULL;
    index = begin_of_row(page);
    do
        page = writable(disk, index++);
    while (page && send(cluster, page));
    list_add_tail(&disk->writing, &cluster->link);
    return cluster;
}

static unsigned int count_writing(const struct disk *disk)
{
    unsigned int count = 0;

    list_for_each (node, &disk->writing)
        count++;
    return count;
}

/* Write what there is, as much as goes at a time. The lock is given up
 * meanwhile. */
static void write_some(struct disk *disk)
{
    struct cluster *clusters[CLUSTERS_MAX];
    unsigned int flying = count_writing(disk), count = 0;

    while (flying + count < CLUSTERS_MAX) {
        struct cluster *cluster = gather(disk);

        if (!cluster)
            break;
        clusters[count++] = cluster;
    }
    if (count == 0)
        return;
    spin_unlock(&cache.lock);
    cluster_submit(clusters, count);
    spin_lock(&cache.lock);
}

/* ---- The thread -----------------------------------------------------------
 */

/* All disks at work at once, then wait for one after the other. */
static void write_all(void)
{
    list_for_each (node, &cache.disks)
        write_some(container_of(node, struct disk, link));
    list_for_each (node, &cache.disks)
        writeback_wait(container_of(node, struct disk, link));
}

static void serve(void *argument)
{
    (void)argument;
    spin_lock(&cache.lock);
    for (;;) {
        while (cache.dirty == 0)
            waitq_wait(&cache.want_write, &cache.lock, TIME_NEVER);
        if (!cache.hurry)
            waitq_wait(&cache.want_write, &cache.lock, time_monotonic() + AGE);
        cache.hurry = false;
        write_all();
    }
}

int writeback_start(void)
{
    struct thread *thread = thread_create("writeback", serve, NULL, 0);

    if (!thread)
        return -K_ENOMEM;
    thread_detach(thread);
    return 0;
}

/* ---- For the others -------------------------------------------------------
 */

void writeback_mark(struct cache_page *page)
{
    struct disk *disk = page->disk;

    if (page->dirty)
        return;
    page->dirty = true;
    page->stamp = disk->stamp++;
    list_add_tail(&disk->dirty, &page->dirty_link);
    if (cache.dirty++ == 0)
        waitq_wake_all(&cache.want_write);
    if (cache.dirty > within_reach() / WRITE_PART)
        writeback_hurry();
}

void writeback_hurry(void)
{
    cache.hurry = true;
    waitq_wake_all(&cache.want_write);
}

void writeback_throttle(void)
{
    while (cache.dirty > within_reach() / WAIT_PART) {
        writeback_hurry();
        waitq_wait(&cache.changed, &cache.lock, TIME_NEVER);
    }
}

/* Whether something is still to be written, or on its way, that was dirty
 * before `stamp`. */
static bool is_behind(const struct disk *disk, uint64_t stamp)
{
    struct cache_page *oldest =
        list_first(&disk->dirty, struct cache_page, dirty_link);

    if (oldest && oldest->stamp < stamp)
        return true;
    list_for_each (node, &disk->writing)
        if (container_of(node, struct cluster, link)->stamp < stamp)
            return true;
    return false;
}

void writeback_wait(struct disk *disk)
{
    uint64_t stamp = disk->stamp;

    while (is_behind(disk, stamp)) {
        write_some(disk);
        if (is_behind(disk, stamp))
            waitq_wait(&cache.changed, &cache.lock, TIME_NEVER);
    }
}
