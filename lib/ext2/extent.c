/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * extent.c: the map of ext4's files, to be read.
 *
 * Instead of one number for each block there is an *extent* for each run of
 * them: where it begins in the file, where on the disk, how long it is. They
 * stand in a tree that libext2fs searches; we remember the run that it found,
 * so that reading in a row asks it once for each.
 *
 * Concurrency: the volume's lock. Left out: changing such files.
 */
#include "lib/ext2/ext2.h"

/* The extent at `index`, or the hole before the next one, as the node's run. */
static int find_extent(struct ext2_node *node, ext2_extent_handle_t handle,
                       uint64_t index)
{
    struct ext2fs_extent extent;
    errcode_t error = ext2fs_extent_goto(handle, index);

    node->run_index = index;
    node->run_block = 0;
    node->run_count = 1;
    if (error == EXT2_ET_EXTENT_NOT_FOUND)
        return 0;
    if (!error)
        error = ext2fs_extent_get(handle, EXT2_EXTENT_CURRENT, &extent);
    if (error)
        return ext2_errno(error) == -ENOMEM
                   ? -ENOMEM
                   : ext2_corrupt(node->volume, "inode %u: %s", node->ino,
                                  ext2_error_text(error));
    if (index < extent.e_lblk || index - extent.e_lblk >= extent.e_len)
        return 0;
    node->run_count = extent.e_len - (index - extent.e_lblk);
    if (extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT)
        return 0; /* set aside, never written: zeros */
    node->run_block = extent.e_pblk + (index - extent.e_lblk);
    return ext2_check_blocks(node, node->run_block, node->run_count);
}

int ext2_map_extent(struct ext2_node *node, uint64_t index, uint64_t wanted,
                    uint64_t *block, uint64_t *count)
{
    uint64_t skip = index - node->run_index;
    ext2_extent_handle_t handle;
    errcode_t failed;
    int error;

    if (index > UINT32_MAX)
        return -EFBIG;
    if (index < node->run_index || skip >= node->run_count) {
        failed = ext2fs_extent_open2(node->volume->fs, node->ino,
                                     ext2_inode(node), &handle);
        if (failed)
            return ext2_errno(failed) == -ENOMEM
                       ? -ENOMEM
                       : ext2_corrupt(node->volume, "inode %u: %s", node->ino,
                                      ext2_error_text(failed));
        error = find_extent(node, handle, index);
        ext2fs_extent_free(handle);
        if (error) {
            node->run_count = 0;
            return error;
        }
        skip = 0;
    }
    *block = node->run_block == 0 ? 0 : node->run_block + skip;
    *count = node->run_count - skip < wanted ? node->run_count - skip : wanted;
    return 0;
}
