/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * data.c: bytes of a file.
 *
 * Both directions go run by run: as many blocks as lie in a row on the disk are
 * one call to the page cache. Where there is no block, there are zeros to read,
 * and to write means to give it one.
 *
 * A new block has somebody else's old bytes. Those of it that are not written
 * must become zero, and that is done for the first and the last block of what
 * is written only, before: all of those between are about to be written whole.
 * The last block of a file may have bytes behind the end; they are zero, too,
 * so that a file that grows has zeros between.
 *
 * If a run cannot be read, it is tried block by block: a program gets what lies
 * before the block that is bad, and the error when it comes to that.
 *
 * Concurrency: the volume's lock.
 */
#include <string.h>
#include "lib/ext2/ext2.h"

/* ---- Reading ---------------------------------------------------------------
 */

/* What a run has of [offset, offset + size). */
static size_t part_of(const struct ext2_volume *volume, uint64_t offset,
                      uint64_t count, size_t size)
{
    uint64_t most =
        count * ext2_block_size(volume) - offset % ext2_block_size(volume);

    return size < most ? size : (size_t)most;
}

/* Blocks that [offset, offset + size) touches. */
static uint64_t blocks_in(const struct ext2_volume *volume, uint64_t offset,
                          size_t size)
{
    uint32_t block_size = ext2_block_size(volume);

    return (offset % block_size + size + block_size - 1) / block_size;
}

ssize_t ext2_read(struct ext2_node *node, void *to, size_t size,
                  uint64_t offset)
{
    struct ext2_volume *volume = node->volume;
    uint32_t block_size = ext2_block_size(volume);
    uint64_t end = ext2_size(node), block, count;
    bool singly = false;
    size_t done = 0;
    int error = 0;

    if (offset >= end)
        return 0;
    if (size > end - offset)
        size = (size_t)(end - offset);
    while (done < size) {
        uint64_t place = offset + done;
        size_t part;

        error = ext2_map(node, place / block_size,
                         singly ? 1 : blocks_in(volume, place, size - done),
                         &block, &count);
        if (error)
            break;
        part = part_of(volume, place, count, size - done);
        if (block == 0)
            memset((char *)to + done, 0, part);
        else
            error =
                ext2_read_part(volume, block, (uint32_t)(place % block_size),
                               (char *)to + done, part);
        if (error && (singly || part <= block_size))
            break;
        if (error)
            singly = true;
        else
            done += part;
    }
    return done > 0 ? (ssize_t)done : error;
}

/* ---- Writing ---------------------------------------------------------------
 */

/* Blocks for a place that has none, and zeros where they will not be written.
 */
static int fill(struct ext2_node *node, uint64_t place, size_t size,
                uint64_t *block, uint64_t *count)
{
    struct ext2_volume *volume = node->volume;
    uint32_t block_size = ext2_block_size(volume);
    uint64_t last;
    int error;

    error = ext2_map_new(node, place / block_size, *count, block, count);
    if (error)
        return error;
    last = (place % block_size + size) / block_size; /* not written whole */
    if (place % block_size != 0)
        error = ext2_write_zeros(volume, *block, 1);
    if (!error && last < *count && (place + size) % block_size != 0 &&
        !(last == 0 && place % block_size != 0))
        error = ext2_write_zeros(volume, *block + last, 1);
    return error;
}

static ssize_t write_some(struct ext2_node *node, const char *from, size_t size,
                          uint64_t place)
{
    struct ext2_volume *volume = node->volume;
    uint32_t block_size = ext2_block_size(volume);
    uint64_t block, count;
    size_t part;
    int error;

    error = ext2_map(node, place / block_size, blocks_in(volume, place, size),
                     &block, &count);
    if (!error && block == 0)
        error = fill(node, place, size, &block, &count);
    if (error)
        return error;
    part = part_of(volume, place, count, size);
    error = ext2_write_part(volume, block, (uint32_t)(place % block_size), from,
                            part);
    return error ? error : (ssize_t)part;
}

/* A superblock says whether any file is so large that its size has a second
 * half. */
static void note_large(struct ext2_volume *volume, uint64_t size)
{
    struct ext2_super_block *super = volume->fs->super;

    if (size <= INT32_MAX || super->s_rev_level == EXT2_GOOD_OLD_REV ||
        ext2fs_has_feature_large_file(super))
        return;
    ext2fs_set_feature_large_file(super);
    (void)!ext2_write_super(volume); /* the next one does as well */
}

/* The size that no file may exceed. */
static uint64_t size_max(const struct ext2_volume *volume)
{
    if (volume->fs->super->s_rev_level == EXT2_GOOD_OLD_REV)
        return INT32_MAX;
    return ext2_index_end(volume) * ext2_block_size(volume);
}

/* No blocks behind the end, or behind `end` if that is farther. */
static int cut_behind(struct ext2_node *node, uint64_t end)
{
    uint32_t block_size = ext2_block_size(node->volume);

    if (end < ext2_size(node))
        end = ext2_size(node);
    return ext2_cut(node, (end + block_size - 1) / block_size);
}

ssize_t ext2_write(struct ext2_node *node, const void *from, size_t size,
                   uint64_t offset)
{
    struct ext2_volume *volume = node->volume;
    size_t done = 0;
    ssize_t part = ext2_change(volume);

    if (part < 0)
        return part;
    if (offset >= size_max(volume))
        return -EFBIG;
    if (size > size_max(volume) - offset)
        size = (size_t)(size_max(volume) - offset);
    while (done < size) {
        part = write_some(node, (const char *)from + done, size - done,
                          offset + done);
        if (part < 0)
            break;
        done += (size_t)part;
    }
    /* Blocks may have been given for what is not there now. */
    if (part < 0 && !volume->readonly)
        (void)!cut_behind(node, done > 0 ? offset + done : 0);
    if (done > 0) {
        note_large(volume, offset + done);
        if (offset + done > ext2_size(node))
            ext2_set_size(node, offset + done);
        ext2_touch(node, EXT2_MODIFIED | EXT2_CHANGED);
    }
    return done > 0 || size == 0 ? (ssize_t)done : part;
}

/* ---- Another size ----------------------------------------------------------
 */

/* The bytes behind the new end that stay in its last block. */
static int clear_tail(struct ext2_node *node, uint64_t size)
{
    struct ext2_volume *volume = node->volume;
    uint32_t block_size = ext2_block_size(volume);
    uint32_t used = (uint32_t)(size % block_size);
    static const char zeros[EXT2_BLOCK_MAX];
    uint64_t block, count;
    int error;

    if (used == 0)
        return 0;
    error = ext2_map(node, size / block_size, 1, &block, &count);
    if (error || block == 0)
        return error;
    return ext2_write_part(volume, block, used, zeros, block_size - used);
}

int ext2_truncate(struct ext2_node *node, uint64_t size)
{
    struct ext2_volume *volume = node->volume;
    uint32_t block_size = ext2_block_size(volume);
    int error = ext2_change(volume);

    if (error)
        return error;
    if (size > size_max(volume))
        return -EFBIG;
    if (size < ext2_size(node)) {
        error = clear_tail(node, size);
        if (!error)
            error = ext2_cut(node, (size + block_size - 1) / block_size);
    }
    if (error)
        return error;
    note_large(volume, size);
    ext2_set_size(node, size);
    ext2_touch(node, EXT2_MODIFIED | EXT2_CHANGED);
    return 0;
}
