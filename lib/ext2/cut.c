/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cut.c: the blocks behind a file's new end.
 *
 * All numbers from some index on are taken out of the map, in the inode and in
 * its indirect blocks, and their blocks given back; an indirect block of which
 * nothing is left goes too. What lies below one number of the inode is a tree
 * of at most three levels, walked from its first number that goes.
 *
 * Nothing is read of the data; numbers are read in small pieces, so that three
 * levels find room on a kernel's stack. A tree that contains itself ends at the
 * first block that is given back twice (alloc.c).
 *
 * Concurrency: the volume's lock.
 */
#include <string.h>
#include "lib/ext2/ext2.h"

/* Numbers read at a time. */
#define PIECE 64u

/* One block of the file's less. */
static int take_back(struct ext2_node *node, uint32_t block)
{
    int error = ext2_free_block(node->volume, block);

    /* A wrong count is no reason to keep what is not used any more. */
    if (!error && ext2fs_iblk_sub_blocks(node->volume->fs, ext2_inode(node), 1))
        node->raw.i_blocks = 0;
    return error;
}

static int cut_tree(struct ext2_node *node, uint32_t block, unsigned int level,
                    const uint32_t *places);

/* What is below the numbers from places[0] on, of an indirect block `level`
 * steps above the data; of the first of them only what places[1...] say. */
static int cut_numbers(struct ext2_node *node, uint32_t block,
                       unsigned int level, const uint32_t *places)
{
    uint32_t fan = ext2_block_size(node->volume) / sizeof(uint32_t);
    uint32_t numbers[PIECE], place = places[0];
    int error = 0;

    while (!error && place < fan) {
        uint32_t count = fan - place < PIECE ? fan - place : PIECE;

        error = ext2_read_own(node->volume, block,
                              place * (uint32_t)sizeof(uint32_t), numbers,
                              count * sizeof(uint32_t));
        for (uint32_t i = 0; !error && i < count; i++) {
            const uint32_t *rest =
                level > 1 && place + i == places[0] ? places + 1 : NULL;

            if (numbers[i] != 0)
                error = level == 1
                            ? take_back(node, numbers[i])
                            : cut_tree(node, numbers[i], level - 1, rest);
        }
        place += count;
    }
    return error;
}

/* Are these all zero? */
static bool none(const uint32_t *places, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        if (places[i] != 0)
            return false;
    return true;
}

/*
 * The tree below an indirect block, from `places` on (NULL: all of it). What
 * stays is: the numbers before places[0], and that one if something before
 * places[1] stays below it, and so on.
 */
static int cut_tree(struct ext2_node *node, uint32_t block, unsigned int level,
                    const uint32_t *places)
{
    static const uint32_t all[4], zeros[PIECE];
    uint32_t fan = ext2_block_size(node->volume) / sizeof(uint32_t);
    uint32_t keep;
    int error;

    error = ext2_check_blocks(node, block, 1);
    if (!error)
        error = cut_numbers(node, block, level, places ? places : all);
    if (error)
        return error;
    if (places == NULL || none(places, level))
        return take_back(node, block);
    keep = places[0] + (none(places + 1, level - 1) ? 0 : 1);
    while (!error && keep < fan) {
        uint32_t count = fan - keep < PIECE ? fan - keep : PIECE;

        error = ext2_write_part(node->volume, block,
                                keep * (uint32_t)sizeof(uint32_t), zeros,
                                count * sizeof(uint32_t));
        keep += count;
    }
    return error;
}

int ext2_cut(struct ext2_node *node, uint64_t index)
{
    uint32_t places[4];
    unsigned int depth;
    int error = 0;

    ext2_map_forget(node);
    if (index >= ext2_index_end(node->volume))
        return 0;
    depth = ext2_map_path(node->volume, index, places);
    for (unsigned int i = places[0]; !error && i < EXT2_N_BLOCKS; i++) {
        unsigned int level = i < EXT2_IND_BLOCK ? 0 : i - EXT2_IND_BLOCK + 1;
        bool first = i == places[0] && depth > 0;
        uint32_t block = node->raw.i_block[i];

        if (block == 0)
            continue;
        error = level == 0
                    ? take_back(node, block)
                    : cut_tree(node, block, level, first ? places + 1 : NULL);
        if (!error && !(first && !none(places + 1, depth)))
            node->raw.i_block[i] = 0;
        ext2_node_changed(node);
    }
    return error;
}

/* The block of extended attributes, which several inodes may share. */
static int cut_attributes(struct ext2_node *node)
{
    struct ext2_ext_attr_header header;
    uint32_t block = node->raw.i_file_acl;
    int error;

    if (block == 0)
        return 0;
    error = ext2_check_blocks(node, block, 1);
    if (!error)
        error = ext2_read_own(node->volume, block, 0, &header, sizeof(header));
    if (error)
        return error;
    node->raw.i_file_acl = 0;
    if (header.h_refcount <= 1)
        return take_back(node, block);
    header.h_refcount--;
    return ext2_write_part(node->volume, block, 0, &header, sizeof(header));
}

int ext2_cut_all(struct ext2_node *node)
{
    int error = cut_attributes(node);

    if (error)
        return error;
    /* Short links and devices have something else there. */
    if (node->raw.i_blocks != 0 &&
        (ext2_is_file(node) || ext2_is_link(node) || ext2_is_folder(node)))
        error = ext2_cut(node, 0);
    return error;
}
