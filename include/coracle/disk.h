/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk.h: the bytes of a disk, through the page cache.
 *
 * Reads come out of memory if they can and bring what will probably be wanted
 * next; writes go to memory and reach the disk a little later, or when
 * disk_sync() says so. The cache takes what memory nobody else wants, and gives
 * it back when somebody does.
 *
 * What goes round the cache (block_read(), coracle/block.h) sees neither. All
 * calls are thread context and may be made by several threads at once; two that
 * write the same bytes at once leave either's.
 */
#ifndef CORACLE_DISK_H
#define CORACLE_DISK_H

#include <stddef.h>
#include <stdint.h>
#include "coracle/block.h"
#include "coracle/compiler.h"

struct disk;

/* The disk of a device; always the same, until it is taken away: then this one
 * fails for ever, and what comes under the same name is another. 0 or
 * -K_ENOMEM. */
MUST_CHECK int disk_open(struct block_device *device, struct disk **disk);

struct block_device *disk_device(const struct disk *disk);

/* Its size in bytes, as the last connection had it. */
uint64_t disk_size(const struct disk *disk);

/*
 * Read or write `size` bytes at byte `offset`, all of them. 0; -K_EINVAL: it
 * has no such bytes; -K_ENOMEM: nothing could be cached, for all memory is in
 * use; -K_EIO: the disk fails, or is gone. Writing also: -K_EROFS.
 */
MUST_CHECK int disk_read(struct disk *disk, uint64_t offset, void *to,
                         size_t size);
MUST_CHECK int disk_write(struct disk *disk, uint64_t offset, const void *from,
                          size_t size);

/*
 * Wait until all that was written before is safe, power failures included. If
 * some could not be written, ever since `*seen` was last set by this function,
 * the first such error is returned: everybody with a `seen` of his own, which
 * disk_errors() sets at first, learns of it once. Otherwise 0, or -K_EIO if the
 * disk is gone.
 */
MUST_CHECK int disk_sync(struct disk *disk, uint32_t *seen);
uint32_t disk_errors(const struct disk *disk);

/* All disks: write what is to be written. 0 or the first error. */
MUST_CHECK int disk_sync_all(void);

/* Drop what need not be written, as if nobody had read it. */
void disk_forget(struct disk *disk);

/* A look inside. Numbers of pages, and of reads served without the disk. */
struct disk_counters {
    size_t cached, dirty; /* now, of all disks */
    uint64_t hits, misses, ahead;
    uint64_t shrunk; /* given back because memory was wanted */
};
void disk_count(struct disk_counters *counters);

#endif
