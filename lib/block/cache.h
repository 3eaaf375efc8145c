/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.h: what the files of lib/block/ share.
 *
 *     wait.c        one request to a disk, and wait
 *     cache.c       cached pages: finding, making, giving back
 *     cluster.c     pages on their way from or to the disk
 *     disk.c        the public calls (coracle/disk.h)
 *     writeback.c   dirty pages: when they are written; waiting for it
 *
 * A cached page is in one of these states:
 *
 *     busy       its content is being made: read from the disk, or the first
 *                time written by a program; others wait
 *     valid      it has content
 *     dirty      valid, and newer than the disk
 *     writing    on its way to the disk; may become dirty again meanwhile
 *     spare      valid, and nothing else, and nobody uses it: may be dropped
 *
 * Whoever holds a pointer to one has it pinned; what is pinned stays.
 */
#ifndef CORACLE_LIB_BLOCK_CACHE_H
#define CORACLE_LIB_BLOCK_CACHE_H

#include "coracle/disk.h"
#include "coracle/list.h"
#include "coracle/memory.h"
#include "coracle/thread.h"

/* Pages of one request to the disk; what lies in a row goes out together
 * (drivers/blkfront/queue.c). */
#define CLUSTER_PAGES 64u

struct cache_page {
    struct cache_page *chain; /* of its hash value */
    struct list spare;        /* guarded by spare_lock, as is `data` while the
                                 page is on that list */
    struct list dirty_link;   /* of the disk's dirty pages, oldest first */
    struct disk *disk;
    uint64_t index; /* byte offset / PAGE_SIZE */
    void *data;     /* NULL: was dropped */
    uint64_t stamp; /* of a dirty page: when it became so */
    unsigned int pins;
    uint16_t ahead; /* where it is read, so many pages from here on are, and
                       those behind them are worth to be */
    bool busy, valid, dirty, writing;
    int status; /* why it is neither busy nor valid */
};

/* Pages that lie in a row on the disk, and the request for them. */
struct cluster {
    struct block_request request;
    struct list link; /* of the disk's that are being written */
    struct disk *disk;
    uint64_t stamp; /* the oldest of its pages */
    unsigned int count;
    struct cache_page *pages[CLUSTER_PAGES];
    struct block_piece pieces[CLUSTER_PAGES];
};

struct disk {
    struct list link;
    struct block_device *device;
    uint32_t incarnation; /* the device's, when this was opened */
    bool gone;            /* it has another one now, and that was noticed */
    struct list dirty;    /* pages */
    struct list writing;  /* clusters */
    uint64_t stamp;       /* counts pages that became dirty */
    uint32_t errors;      /* counts clusters that could not be written */
    int error;            /* of the last one */
    uint32_t told;        /* counts pages that were said to be unreadable */
    uint64_t told_last;   /* the last of them */
};

struct cache {
    struct spinlock lock; /* guards all below, and all disks and pages */
    struct list disks;
    size_t pages, dirty;
    unsigned int flying;     /* clusters */
    struct waitq changed;    /* a page is not busy any more, or not writing, or
                                some memory was freed */
    struct waitq want_write; /* the thread of writeback.c */
    bool hurry;              /* it shall not wait for the pages to be old */
    struct disk_counters counters;
};

extern struct cache cache;

/* ---- cache.c: cache.lock is held ------------------------------------------
 */

/* The table and the thread, at the first disk. 0 or -K_ENOMEM. No lock held. */
MUST_CHECK int cache_start(void);

/* The page, pinned; NULL if it is not cached. */
MUST_CHECK struct cache_page *cache_find(struct disk *disk, uint64_t index);

/* Whether it is cached. */
bool cache_has(struct disk *disk, uint64_t index);

/* A new page, pinned and busy. NULL: there is no memory now. */
MUST_CHECK struct cache_page *cache_add(struct disk *disk, uint64_t index);

/* Unpin. */
void cache_release(struct cache_page *page);

/* Drop all spare pages of a disk. */
void cache_forget(struct disk *disk);

/* Wait for memory. -K_ENOMEM if nothing is under way that would free some. */
MUST_CHECK int cache_wait(void);

/* ---- cluster.c ------------------------------------------------------------
 */

/* An empty cluster; NULL if there is no memory now. cache.lock is held. */
MUST_CHECK struct cluster *cluster_begin(struct disk *disk,
                                         enum block_operation operation);

/* Whether `page`, pinned, could be added behind the others; then it was, and
 * the cluster has its pin. cache.lock is held. */
MUST_CHECK bool cluster_add(struct cluster *cluster, struct cache_page *page);

/* What the callers of disk.h are told of a request's status: whatever befell
 * the disk, to them it is an I/O error. */
int cluster_error(int status);

/* Off it goes; the pages' states change when it is answered. No lock held. */
void cluster_submit(struct cluster *const clusters[], unsigned int count);

/* ---- writeback.c ----------------------------------------------------------
 */

/* 0 or -K_ENOMEM. */
MUST_CHECK int writeback_start(void);

/* The page has new content. cache.lock is held. */
void writeback_mark(struct cache_page *page);

/* Wait while there is too much to be written. cache.lock is held. */
void writeback_throttle(void);

/* Write soon. cache.lock is held. */
void writeback_hurry(void);

/* Wait until all that is dirty now is written. cache.lock is held. */
void writeback_wait(struct disk *disk);

#endif
