/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * block.h: disks, to those who move sectors: batches of requests out, and an
 * answer to each of them later.
 *
 * A disk is device/vbd/N, an entry of disk=[...] in an xl configuration; its
 * name is the one that the entry gives it ("xvda"). It exists from when it was
 * first seen and for ever. While its backend restarts, requests wait, and those
 * that were on their way are sent again, in order; once the disk was taken away
 * they fail. What comes later under the same name may be another disk: it is
 * another *incarnation*, and whoever keeps something of a disk in mind (the
 * page cache does) says in each request which one it is for.
 *
 * A sector is 512 bytes in all of this interface, also on a disk that reads and
 * writes no less than 4096 (block_info.sector_size): there, requests must begin
 * and end where the disk's own sectors do.
 *
 * Requests are served in any order, several at a time. A flush makes safe what
 * was answered before it was submitted. Requests that follow each other both in
 * the queue and on the disk may go out as one, and a large one as several.
 *
 * Upon this stands the page cache (coracle/disk.h).
 */
#ifndef CORACLE_BLOCK_H
#define CORACLE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/list.h"

struct block_device;

#define BLOCK_SECTOR 512u /* bytes */
#define BLOCK_MAX    64   /* disks */

enum block_operation {
    BLOCK_READ,
    BLOCK_WRITE,
    BLOCK_FLUSH,   /* what was written is safe from a power failure */
    BLOCK_DISCARD, /* the sectors are not needed any more; a hint */
};

/* A run of bytes in memory, anywhere, of any alignment. */
struct block_piece {
    void *data;
    size_t size;
};

/*
 * The caller fills in the first part and leaves all alone, pieces and data
 * too, until done() is called. The second part is the device's.
 */
struct block_request {
    enum block_operation operation;
    uint64_t sector;  /* the first (not of a flush) */
    uint64_t sectors; /* how many, at least 1 (not of a flush) */
    const struct block_piece *pieces; /* of a read or write: together */
    unsigned int count;               /* exactly `sectors` long */
    uint32_t incarnation;             /* for no other than this; 0: for any */

    /*
     * Called once, in a thread of the device's or in the one that submits, with
     * no lock held. May submit more and free the request; must not wait for
     * other requests. `status`: 0; -K_EIO: the disk failed; -K_EINVAL: no such
     * sectors, or not whole ones; -K_EROFS; -K_ENOTSUP: it cannot discard;
     * -K_ENOMEM; -K_ENODEV: it was taken away; -K_ETIMEDOUT: the backend did
     * not come back; -K_EPROTO: the backend breaks the protocol.
     */
    void (*done)(struct block_request *request);
    void *argument; /* the caller's */
    int status;

    struct list link;
    uint64_t left; /* bytes not yet answered */
};

struct block_info {
    unsigned int number; /* N of device/vbd/N */
    char name[12];
    bool up;
    bool readonly, removable, cdrom;
    bool flush;   /* flushing does something: there is a cache behind */
    bool discard; /* the disk takes discards, in units of: */
    uint32_t discard_granularity, discard_alignment; /* bytes */
    uint32_t sector_size;                            /* bytes: 512, 4096 */
    uint64_t sectors;                                /* of 512 bytes */
    uint32_t request_max; /* bytes that one ring request carries */
    uint32_t depth;       /* requests that the ring holds */
    bool persistent;      /* the backend keeps our pages mapped */
    uint32_t generation;  /* counts connections: changed, ask again */
    uint32_t incarnation; /* which disk of this name it is, from 1 */
};

/* What has happened so far, over all connections. */
struct block_counters {
    uint64_t reads, writes, flushes, discards; /* answered, good or bad */
    uint64_t read_bytes, written_bytes;
    uint64_t errors;
    uint64_t merged;    /* requests that went out with the one before */
    uint64_t transfers; /* ring requests */
    uint64_t replayed;  /* requests made again: their connection was lost */
    uint64_t notified, notifies; /* events from the backend, and ours to it */
};

/* The disk called `name`, or NULL if there never was one. Thread context. */
struct block_device *block_find(const char *name);

/* The same, waiting until it is up. -K_ENOENT: the domain has no such disk
 * (any more); -K_ETIMEDOUT at `deadline`. Thread context. */
MUST_CHECK int block_wait_up(const char *name, uint64_t deadline,
                             struct block_device **device);

/* The names of the disks that the domain has by its configuration, up or not,
 * at most `max`, in the order of their numbers. How many there are in all, or a
 * negative errno (-K_ENODEV: there is no xenstore). Thread context. */
MUST_CHECK int block_configured(char names[][12], unsigned int max);

/* All disks that were ever seen, at most `max` of them; how many there are.
 * Thread context. */
unsigned int block_list(struct block_device *devices[], unsigned int max);

void block_describe(struct block_device *device, struct block_info *info);
/* Only its size in sectors, or its incarnation. Any context, no lock. */
uint64_t block_sectors(const struct block_device *device);
uint32_t block_incarnation(const struct block_device *device);
void block_count(struct block_device *device, struct block_counters *counters);

/*
 * Hand `count` requests to the device, which calls done() of each, perhaps
 * before this returns. The backend is notified once at most. Thread context.
 */
void block_submit(struct block_device *device,
                  struct block_request *const requests[], unsigned int count);

/*
 * One request, and wait for its answer, which is returned: as `status` above.
 * `size` is in bytes, whole sectors. Thread context.
 */
MUST_CHECK int block_read(struct block_device *device, uint64_t sector,
                          void *data, size_t size);
MUST_CHECK int block_write(struct block_device *device, uint64_t sector,
                           const void *data, size_t size);
MUST_CHECK int block_flush(struct block_device *device);
MUST_CHECK int block_discard(struct block_device *device, uint64_t sector,
                             uint64_t sectors);

#endif
