/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sync.c: what changed, to the disk.
 *
 * Bytes of files, entries of folders and indirect blocks go to the page cache
 * when they change. Inodes, bitmaps, group descriptors and the superblock are
 * kept as structures in memory and follow here: before a sync, every few
 * seconds, at the end. Only what changed is written: a commit of a data base
 * costs an inode or two, not all bitmaps.
 *
 * There is no journal. A crash leaves what had reached the disk, and that need
 * not fit together. Three rules make it repairable, without loss of anything
 * that an fsync() has promised:
 *
 *   - an fsync() makes everything safe, of all files: blocks, inodes, folders;
 *   - blocks and inodes that were given back are not given out before the disk
 *     knows (alloc.c), so that none has two owners;
 *   - bitmaps may be older than the rest; they are never trusted after a crash
 *     (recover.c, or e2fsck).
 *
 * Concurrency: the volume's lock; it is released while the disk works.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/ext2/ext2.h"

/* ---- Bitmaps and descriptors -----------------------------------------------
 */

/* A bitmap's block, with ones where the group has nothing. */
static int write_bitmap(struct ext2_volume *volume, ext2fs_generic_bitmap map,
                        uint64_t first, uint64_t count, uint64_t place)
{
    uint32_t size = ext2_block_size(volume);
    uint8_t *bits = malloc(size);
    errcode_t error;
    int result;

    if (bits == NULL)
        return -ENOMEM;
    memset(bits, 0xff, size);
    error = ext2fs_get_generic_bmap_range(
        map, first, (unsigned int)(count + 7) / 8 * 8, bits);
    for (uint64_t i = count; i % 8 != 0; i++)
        bits[i / 8] |= (uint8_t)(1u << i % 8);
    result = error ? ext2_errno(error)
                   : ext2_write_part(volume, place, 0, bits, size);
    free(bits);
    return result;
}

static int write_block_bitmap(struct ext2_volume *volume, unsigned int group)
{
    uint64_t first = ext2fs_group_first_block2(volume->fs, group);
    uint64_t last = ext2fs_group_last_block2(volume->fs, group);

    return write_bitmap(volume, volume->fs->block_map, first, last - first + 1,
                        ext2fs_block_bitmap_loc(volume->fs, group));
}

static int write_inode_bitmap(struct ext2_volume *volume, unsigned int group)
{
    uint32_t count = volume->fs->super->s_inodes_per_group;

    return write_bitmap(volume, volume->fs->inode_map,
                        (uint64_t)group * count + 1, count,
                        ext2fs_inode_bitmap_loc(volume->fs, group));
}

/* The descriptor, in the table behind the superblock: the first copy of it. */
static int write_descriptor(struct ext2_volume *volume, unsigned int group)
{
    uint32_t size = EXT2_DESC_SIZE(volume->fs->super);
    uint64_t place = (uint64_t)group * size;

    return ext2_write_part(volume,
                           volume->first + 1 + place / ext2_block_size(volume),
                           (uint32_t)(place % ext2_block_size(volume)),
                           (char *)volume->fs->group_desc + place, size);
}

static int write_group(struct ext2_volume *volume, unsigned int group)
{
    int error = 0;

    if (volume->dirty[group] & EXT2_DIRTY_BLOCKS)
        error = write_block_bitmap(volume, group);
    if (!error && volume->dirty[group] & EXT2_DIRTY_INODES)
        error = write_inode_bitmap(volume, group);
    if (!error)
        error = write_descriptor(volume, group);
    if (!error)
        volume->dirty[group] = 0;
    return error;
}

int ext2_write_super(struct ext2_volume *volume)
{
    struct ext2_super_block *super = volume->fs->super;
    int error;

    super->s_wtime = (uint32_t)time(NULL);
    error = disk_write(volume->disk, SUPERBLOCK_OFFSET, super, SUPERBLOCK_SIZE);
    return error == -EINVAL ? -EIO : error;
}

/* ---- All of it -------------------------------------------------------------
 */

int ext2_write_changes(struct ext2_volume *volume)
{
    bool groups = false;
    int error = 0;

    if (!volume->changed || volume->readonly)
        return 0;
    list_for_each_safe (link, after, &volume->changed_nodes) {
        error =
            ext2_node_write(container_of(link, struct ext2_node, changed_link));
        if (error)
            return error;
    }
    for (unsigned int i = 0; i < volume->fs->group_desc_count; i++) {
        if (!volume->dirty[i])
            continue;
        error = write_group(volume, i);
        if (error)
            return error;
        groups = true;
    }
    if (groups)
        error = ext2_write_super(volume);
    if (!error)
        volume->changed = false;
    return error;
}

/* The disk has said whether all is safe. */
static void settled(struct ext2_volume *volume, int error, uint64_t frees)
{
    if (error)
        (void)ext2_complain(volume, "not all could be written (error %d)",
                            -error);
    else if (volume->frees == frees && !volume->readonly)
        ext2_release_freed(volume);
}

int ext2_sync(struct ext2_volume *volume, uint32_t *seen)
{
    int error = ext2_write_changes(volume), failed;
    uint64_t frees = volume->frees;

    mutex_unlock(&volume->lock);
    failed = disk_sync(volume->disk, seen);
    mutex_lock(&volume->lock);
    error = error ? error : failed;
    settled(volume, error, frees);
    return error;
}

int ext2_settle(struct ext2_volume *volume)
{
    uint32_t seen = disk_errors(volume->disk);
    int error;

    if (volume->blocks.count == 0 && volume->inodes.count == 0)
        return -ENOSPC;
    error = ext2_write_changes(volume);
    if (!error)
        error = disk_sync(volume->disk, &seen);
    settled(volume, error, volume->frees);
    return error;
}
