/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alloc.c: blocks and inodes: which are free.
 *
 * The bitmaps are in memory, all of them (libext2fs'); a set of dirty groups
 * says which must be written (sync.c).
 *
 * What is given back is not free at once. Suppose that a file is removed and
 * its blocks go to another one. Pages reach the disk in any order. If the
 * machine stops when the new owner is on the disk, but the old one's end is
 * not, two files claim one block, and a repair can only guess whose it is. So
 * what is given back waits: it stays marked in the bitmap, and is noted in a
 * second one (`freed`), until the next sync is over. Then the disk knows that
 * the old owner has gone. If the disk seems full meanwhile, a sync is made for
 * that purpose (data.c, name.c: ENOSPC).
 *
 * The second bitmap also notices a block that is given back twice, by a broken
 * indirect block which names it twice or which contains itself.
 *
 * Concurrency: the volume's lock.
 */
#include "lib/ext2/ext2.h"

/* ---- Groups ----------------------------------------------------------------
 */

static unsigned int group_of(const struct ext2_volume *volume, uint64_t block)
{
    return (unsigned int)((block - volume->first) /
                          volume->fs->super->s_blocks_per_group);
}

static void dirty_blocks(struct ext2_volume *volume, uint64_t block,
                         uint64_t count)
{
    for (unsigned int group = group_of(volume, block),
                      last = group_of(volume, block + count - 1);
         group <= last; group++)
        volume->dirty[group] |= EXT2_DIRTY_BLOCKS | EXT2_DIRTY_GROUP;
    ext2_note_change(volume);
}

static void dirty_inode(struct ext2_volume *volume, ext2_ino_t ino)
{
    volume->dirty[ext2fs_group_of_ino(volume->fs, ino)] |=
        EXT2_DIRTY_INODES | EXT2_DIRTY_GROUP;
    ext2_note_change(volume);
}

/* Does [block, block + count) touch what is the file system's own in the group?
 * In volumes that we write to, where descriptors are small, it lies in the
 * group itself. */
static bool is_own(const struct ext2_volume *volume, unsigned int group,
                   uint64_t block, uint64_t count)
{
    ext2_filsys fs = volume->fs;
    const struct ext2_group_desc *own =
        (const struct ext2_group_desc *)fs->group_desc + group;
    uint64_t first =
        volume->first + (uint64_t)group * fs->super->s_blocks_per_group;
    uint64_t end = block + count;

    if ((block < own->bg_inode_table + fs->inode_blocks_per_group &&
         own->bg_inode_table < end) ||
        own->bg_block_bitmap - block < count ||
        own->bg_inode_bitmap - block < count)
        return true;
    return block <
               first + 1 + fs->desc_blocks + fs->super->s_reserved_gdt_blocks &&
           first < end && ext2fs_bg_has_super(fs, group);
}

bool ext2_blocks_valid(struct ext2_volume *volume, uint64_t block,
                       uint64_t count)
{
    if (block < volume->first || block >= volume->end ||
        count > volume->end - block)
        return false;
    if (volume->fs->block_map == NULL)
        return true; /* only to be read */
    for (unsigned int group = group_of(volume, block),
                      last = group_of(volume, block + count - 1);
         group <= last; group++)
        if (is_own(volume, group, block, count))
            return false;
    for (uint64_t i = 0; i < count; i++)
        if (!ext2fs_fast_test_block_bitmap2(volume->fs->block_map, block + i))
            return false;
    return true;
}

/* ---- What was given back ---------------------------------------------------
 */

static void note_freed(struct ext2_volume *volume, struct ext2_freed *freed,
                       uint64_t number)
{
    volume->frees++;
    ext2fs_mark_generic_bmap(freed->map, number);
    if (freed->count == 0 || number < freed->low)
        freed->low = number;
    if (freed->count == 0 || number > freed->high)
        freed->high = number;
    freed->count++;
}

static void release_blocks(struct ext2_volume *volume)
{
    struct ext2_freed *freed = &volume->blocks;
    __u64 block = freed->low;

    while (freed->count > 0 &&
           ext2fs_find_first_set_generic_bmap(freed->map, block, freed->high,
                                              &block) == 0) {
        uint64_t count = 1;

        while (block + count <= freed->high &&
               ext2fs_test_generic_bmap(freed->map, block + count))
            count++;
        ext2fs_unmark_block_bitmap_range2(freed->map, block,
                                          (unsigned int)count);
        ext2fs_block_alloc_stats_range(volume->fs, block, (blk_t)count, -1);
        dirty_blocks(volume, block, count);
        freed->count -= count;
        block += count;
        if (block > freed->high)
            break;
    }
}

static void release_inodes(struct ext2_volume *volume)
{
    struct ext2_freed *freed = &volume->inodes;

    for (uint64_t ino = freed->low; freed->count > 0 && ino <= freed->high;
         ino++) {
        if (!ext2fs_test_generic_bmap(freed->map, ino))
            continue;
        ext2fs_unmark_generic_bmap(freed->map, ino);
        ext2fs_inode_alloc_stats2(volume->fs, (ext2_ino_t)ino, -1, 0);
        dirty_inode(volume, (ext2_ino_t)ino);
        freed->count--;
    }
}

void ext2_release_freed(struct ext2_volume *volume)
{
    release_blocks(volume);
    release_inodes(volume);
}

/* ---- Blocks ----------------------------------------------------------------
 */

static int find_free(struct ext2_volume *volume, uint64_t from, uint64_t to,
                     uint64_t *block)
{
    blk64_t found;

    if (from >= to || ext2fs_find_first_zero_block_bitmap2(
                          volume->fs->block_map, from, to - 1, &found) != 0)
        return -ENOSPC;
    *block = found;
    return 0;
}

int ext2_alloc_blocks(struct ext2_volume *volume, uint64_t goal,
                      uint64_t wanted, uint64_t *block, uint64_t *count)
{
    ext2_filsys fs = volume->fs;
    uint64_t n = 1;
    int error;

    if (goal < volume->first || goal >= volume->end)
        goal = volume->first;
    error = find_free(volume, goal, volume->end, block);
    if (error)
        error = find_free(volume, volume->first, goal, block);
    if (error)
        return error;
    while (n < wanted && *block + n < volume->end &&
           !ext2fs_fast_test_block_bitmap2(fs->block_map, *block + n))
        n++;
    for (unsigned int group = group_of(volume, *block),
                      last = group_of(volume, *block + n - 1);
         group <= last; group++)
        if (is_own(volume, group, *block, n))
            return ext2_corrupt(
                volume, "group %u: its own blocks are marked free", group);
    ext2fs_block_alloc_stats_range(fs, *block, (blk_t)n, +1);
    dirty_blocks(volume, *block, n);
    *count = n;
    return 0;
}

void ext2_take_block(struct ext2_volume *volume, uint64_t block)
{
    ext2fs_block_alloc_stats_range(volume->fs, block, 1, +1);
    dirty_blocks(volume, block, 1);
}

int ext2_free_block(struct ext2_volume *volume, uint64_t block)
{
    if (!ext2_blocks_valid(volume, block, 1))
        return ext2_corrupt(volume,
                            "block %llu is given back, but is no "
                            "file's",
                            (unsigned long long)block);
    if (ext2fs_test_generic_bmap(volume->blocks.map, block))
        return ext2_corrupt(volume, "block %llu is given back twice",
                            (unsigned long long)block);
    note_freed(volume, &volume->blocks, block);
    if (volume->loaded == block)
        volume->loaded = 0;
    return 0;
}

/* ---- Inodes ----------------------------------------------------------------
 */

void ext2_take_inode(struct ext2_volume *volume, ext2_ino_t ino, bool is_folder)
{
    ext2fs_inode_alloc_stats2(volume->fs, ino, +1, is_folder);
    dirty_inode(volume, ino);
}

int ext2_alloc_inode(struct ext2_volume *volume, ext2_ino_t folder,
                     bool is_folder, ext2_ino_t *ino)
{
    struct ext2_inode old;
    errcode_t error;

    error =
        ext2fs_new_inode(volume->fs, folder,
                         is_folder ? LINUX_S_IFDIR : LINUX_S_IFREG, NULL, ino);
    if (error)
        return error == EXT2_ET_INODE_ALLOC_FAIL ? -ENOSPC : ext2_errno(error);
    error = ext2fs_read_inode(volume->fs, *ino, &old);
    if (error)
        return ext2_errno(error);
    if (old.i_links_count > 0 && old.i_dtime == 0)
        return ext2_corrupt(volume, "inode %u is in use, but marked free",
                            *ino);
    ext2_take_inode(volume, *ino, is_folder);
    return 0;
}

void ext2_free_inode(struct ext2_volume *volume, ext2_ino_t ino,
                     bool was_folder)
{
    unsigned int group = ext2fs_group_of_ino(volume->fs, ino);
    uint32_t folders = ext2fs_bg_used_dirs_count(volume->fs, group);

    if (was_folder && folders > 0)
        ext2fs_bg_used_dirs_count_set(volume->fs, group, folders - 1);
    dirty_inode(volume, ino);
    note_freed(volume, &volume->inodes, ino);
}
