/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cluster.c: pages on their way from or to the disk.
 *
 * A cluster is a run of pages that lie in a row on the disk, as one request.
 * Each of its pages is pinned until the answer has come.
 *
 * When a read fails, nobody knows which of its sectors are bad: the pages are
 * left without content, and whoever needs one of them tries again with that one
 * alone (disk.c). When a write fails, its pages are clean all the same: to keep
 * them would be to fill memory with what cannot be written. The error is
 * counted, and disk_sync() tells all who ask.
 *
 * Memory for a cluster may be short just when dirty pages have to be written to
 * have more of it. One is kept for that.
 *
 * Concurrency: cache.lock; a cluster that was submitted belongs to the device.
 */
#include "coracle/errno.h"
#include "coracle/print.h"
#include "lib/block/cache.h"

static struct cluster last_resort; /* for writing; guarded by cache.lock */
static bool last_resort_used;

static void answered(struct block_request *request);

/* Where the disk ends, its last page may not be whole. */
static size_t bytes_of(const struct cache_page *page)
{
    uint64_t left = disk_size(page->disk) - page->index * PAGE_SIZE;

    return left < PAGE_SIZE ? (size_t)left : PAGE_SIZE;
}

struct cluster *cluster_begin(struct disk *disk, enum block_operation operation)
{
    struct cluster *cluster = heap_alloc(sizeof(*cluster));

    if (!cluster && operation == BLOCK_WRITE && !last_resort_used) {
        cluster = &last_resort;
        last_resort_used = true;
    }
    if (!cluster)
        return NULL;
    cluster->request = (struct block_request){.operation = operation,
                                              .pieces = cluster->pieces,
                                              .incarnation = disk->incarnation,
                                              .done = answered,
                                              .argument = cluster};
    list_init(&cluster->link);
    cluster->disk = disk;
    cluster->stamp = UINT64_MAX;
    cluster->count = 0;
    cache.flying++;
    return cluster;
}

bool cluster_add(struct cluster *cluster, struct cache_page *page)
{
    unsigned int count = cluster->count;
    size_t size = bytes_of(page);

    if (count == CLUSTER_PAGES ||
        (count > 0 && cluster->pages[count - 1]->index + 1 != page->index))
        return false;
    if (count == 0)
        cluster->request.sector = page->index * (PAGE_SIZE / BLOCK_SECTOR);
    cluster->pages[count] = page;
    cluster->pieces[count] = (struct block_piece){page->data, size};
    cluster->request.count = ++cluster->count;
    cluster->request.sectors += size / BLOCK_SECTOR;
    if (page->stamp < cluster->stamp)
        cluster->stamp = page->stamp;
    return true;
}

void cluster_submit(struct cluster *const clusters[], unsigned int count)
{
    struct block_request *requests[8];

    while (count > 0) {
        unsigned int some = count < ARRAY_SIZE(requests)
                                ? count
                                : (unsigned int)ARRAY_SIZE(requests);

        for (unsigned int i = 0; i < some; i++)
            requests[i] = &clusters[i]->request;
        block_submit(clusters[0]->disk->device, requests, some);
        clusters += some;
        count -= some;
    }
}

int cluster_error(int status)
{
    return status == 0 || status == -K_ENOMEM ? status : -K_EIO;
}

static void was_read(struct cluster *cluster, struct cache_page *page)
{
    page->busy = false;
    page->status = cluster_error(cluster->request.status);
    page->valid = page->status == 0;
}

static void note_error(struct disk *disk, int status)
{
    disk->errors++;
    disk->error = cluster_error(status);
}

/* A disk's first error is told to people, too; programs learn of all. */
static void tell(struct block_device *device,
                 const struct block_request *request)
{
    struct block_info info;

    block_describe(device, &info);
    printk("disk: %s: sectors %llu to %llu could not be written: error %d\n",
           info.name, (unsigned long long)request->sector,
           (unsigned long long)(request->sector + request->sectors - 1),
           request->status);
}

/* In a thread of the device's, or in the one that has submitted. */
static void answered(struct block_request *request)
{
    struct cluster *cluster = request->argument;
    bool write = request->operation == BLOCK_WRITE;

    if (write && request->status && disk_errors(cluster->disk) == 0)
        tell(cluster->disk->device, request);
    spin_lock(&cache.lock);
    for (unsigned int i = 0; i < cluster->count; i++) {
        struct cache_page *page = cluster->pages[i];

        if (write)
            page->writing = false;
        else
            was_read(cluster, page);
        cache_release(page);
    }
    if (write)
        list_del(&cluster->link);
    if (write && request->status)
        note_error(cluster->disk, request->status);
    cache.flying--;
    if (cluster == &last_resort)
        last_resort_used = false;
    else
        heap_free(cluster);
    waitq_wake_all(&cache.changed);
    spin_unlock(&cache.lock);
}
