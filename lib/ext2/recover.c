/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recover.c: after a crash: what is in use is not given out again.
 *
 * A crash can leave files on the disk whose blocks the bitmaps do not show yet.
 * Whoever went on with such bitmaps would give those blocks to other files, and
 * make one torn file of two good ones. So all inodes are read, once, and what
 * they use is marked in memory. Nothing is ever unmarked: what no inode uses
 * any more is lost room until e2fsck finds it, and no harm.
 *
 * A tree of indirect blocks that contains itself would be walked for hours. So
 * each indirect block is noted when it is walked through, in the bitmap of what
 * was given back, which is empty at this time.
 *
 * Concurrency: the volume's lock. Reads as much as there are inode tables:
 * 16 MiB for a GiB of disk as mke2fs makes it.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/ext2/ext2.h"

#define PIECE 64u /* numbers of an indirect block that are read at a time */

/* One of a file's blocks; what no file can have is not ours to judge here. */
static bool mark_block(struct ext2_volume *volume, uint64_t block)
{
    if (block < volume->first || block >= volume->end)
        return false;
    if (!ext2fs_test_block_bitmap2(volume->fs->block_map, block))
        ext2_take_block(volume, block);
    return true;
}

static int mark_tree(struct ext2_volume *volume, uint32_t block,
                     unsigned int level)
{
    uint32_t fan = ext2_block_size(volume) / sizeof(uint32_t);
    uint32_t numbers[PIECE];
    int error = 0;

    if (!mark_block(volume, block) || level == 0 ||
        ext2fs_test_generic_bmap(volume->blocks.map, block))
        return 0;
    ext2fs_mark_generic_bmap(volume->blocks.map, block);
    for (uint32_t place = 0; !error && place < fan; place += PIECE) {
        error = ext2_read_own(volume, block, place * (uint32_t)sizeof(uint32_t),
                              numbers, sizeof(numbers));
        for (uint32_t i = 0; !error && i < PIECE; i++)
            if (numbers[i] != 0)
                error = mark_tree(volume, numbers[i], level - 1);
    }
    return error;
}

static int mark_inode(struct ext2_volume *volume, ext2_ino_t ino,
                      const struct ext2_inode *inode)
{
    bool short_link =
        LINUX_S_ISLNK(inode->i_mode) && inode->i_size < sizeof(inode->i_block);
    int error = 0;

    if (!ext2fs_test_inode_bitmap2(volume->fs->inode_map, ino))
        ext2_take_inode(volume, ino, LINUX_S_ISDIR(inode->i_mode));
    if (inode->i_file_acl != 0)
        (void)mark_block(volume, inode->i_file_acl);
    if (short_link ||
        !(LINUX_S_ISREG(inode->i_mode) || LINUX_S_ISDIR(inode->i_mode) ||
          LINUX_S_ISLNK(inode->i_mode)))
        return 0;
    for (unsigned int i = 0; !error && i < EXT2_N_BLOCKS; i++)
        if (inode->i_block[i] != 0)
            error = mark_tree(volume, inode->i_block[i],
                              i < EXT2_IND_BLOCK ? 0 : i - EXT2_IND_BLOCK + 1);
    return error;
}

/* The inodes of one block of the group's table. */
static int mark_inodes(struct ext2_volume *volume, unsigned int group,
                       uint32_t number, const char *bytes)
{
    const struct ext2_super_block *super = volume->fs->super;
    uint32_t size = EXT2_INODE_SIZE(super);
    uint32_t count = ext2_block_size(volume) / size;
    int error = 0;

    for (uint32_t i = 0; !error && i < count; i++) {
        const struct ext2_inode *inode =
            (const struct ext2_inode *)(bytes + i * size);
        uint32_t place = number * count + i;
        ext2_ino_t ino = group * super->s_inodes_per_group + place + 1;

        if (place < super->s_inodes_per_group && inode->i_links_count > 0 &&
            inode->i_dtime == 0 &&
            (ino == EXT2_ROOT_INO || ino >= EXT2_FIRST_INODE(super)))
            error = mark_inode(volume, ino, inode);
    }
    return error;
}

int ext2_recover(struct ext2_volume *volume)
{
    ext2_filsys fs = volume->fs;
    int error = 0;

    for (unsigned int group = 0; !error && group < fs->group_desc_count;
         group++)
        for (uint32_t i = 0; !error && i < fs->inode_blocks_per_group; i++) {
            error = ext2_read_own(volume, ext2fs_inode_table_loc(fs, group) + i,
                                  0, volume->block, ext2_block_size(volume));
            if (!error)
                error = mark_inodes(volume, group, i, volume->block);
        }
    ext2fs_clear_generic_bmap(volume->blocks.map);
    return error;
}
