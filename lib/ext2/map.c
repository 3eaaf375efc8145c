/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c: which block of the disk is block number n of a file?
 *
 * An inode has places for twelve numbers. A thirteenth names a block that is
 * full of numbers (an indirect block), the fourteenth a block full of numbers
 * of such blocks, the fifteenth one more step. With blocks of 4 KiB that is
 * 48 KiB, 4 MiB, 4 GiB and 4 TiB.
 *
 *     inode  [0]...[11] [12] [13] [14]
 *                        |    |
 *                        |    +-- indirect -- indirect ... -- data
 *                        +------- indirect ------------------ data
 *
 * The way down is read from the page cache, number by number; of the last step
 * a *window* of numbers is remembered, for some while, so that most lookups are
 * a look into memory. A window is also what new numbers are written into, and
 * from it to the disk.
 *
 * Each number is checked before it is used (ext2_blocks_valid()): one that
 * leads to the inode table would let a program write its own inodes. There are
 * never more than three steps, so a block that names itself leads nowhere for
 * long.
 *
 * Files of ext4 have another kind of map (extent.c).
 *
 * Concurrency: the volume's lock.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/ext2/ext2.h"

/* ---- The way ---------------------------------------------------------------
 */

/* Numbers in a block. */
static uint32_t fan_of(const struct ext2_volume *volume)
{
    return ext2_block_size(volume) / sizeof(uint32_t);
}

uint64_t ext2_index_end(const struct ext2_volume *volume)
{
    uint64_t fan = fan_of(volume);

    return EXT2_NDIR_BLOCKS + fan + fan * fan + fan * fan * fan;
}

unsigned int ext2_map_path(const struct ext2_volume *volume, uint64_t index,
                           uint32_t places[4])
{
    uint32_t fan = fan_of(volume);
    uint64_t span = 1; /* indexes below one number of the inode */
    unsigned int depth = 0;

    if (index < EXT2_NDIR_BLOCKS) {
        places[0] = (uint32_t)index;
        return 0;
    }
    index -= EXT2_NDIR_BLOCKS;
    for (depth = 1, span = fan; index >= span; depth++, span *= fan)
        index -= span;
    places[0] = EXT2_IND_BLOCK + depth - 1;
    for (unsigned int i = 1; i <= depth; i++) {
        span /= fan;
        places[i] = (uint32_t)(index / span);
        index %= span;
    }
    return depth;
}

int ext2_check_blocks(struct ext2_node *node, uint64_t block, uint64_t count)
{
    if (ext2_blocks_valid(node->volume, block, count))
        return 0;
    return ext2_corrupt(node->volume, "inode %u: block %llu cannot be a file's",
                        node->ino, (unsigned long long)block);
}

/*
 * The last indirect block on the way to `index`, 0 if there is none; what it
 * has at places[depth] is wanted. *missing: how many indexes from this one on
 * are known not to be there then.
 */
static int find_leaf(struct ext2_node *node, unsigned int depth,
                     const uint32_t places[4], uint64_t *leaf,
                     uint64_t *missing)
{
    uint32_t fan = fan_of(node->volume);
    uint32_t block = node->raw.i_block[places[0]];
    unsigned int level = 1;
    int error;

    for (;; level++) {
        *leaf = block;
        if (block == 0)
            break;
        error = ext2_check_blocks(node, block, 1);
        if (error || level == depth)
            return error;
        error = ext2_read_own(node->volume, block,
                              places[level] * (uint32_t)sizeof(block), &block,
                              sizeof(block));
        if (error)
            return error;
    }
    /* The rest of what the missing block would cover. */
    *missing = 0;
    for (uint64_t span = 1; depth >= level; span *= fan, depth--)
        *missing += (fan - 1 - places[depth]) * span;
    *missing += 1;
    return 0;
}

/* Windows are found by whose they are and the index: each has one place. */
static struct ext2_window **window_place(const struct ext2_node *node,
                                         uint64_t index)
{
    uint64_t number = (index - EXT2_NDIR_BLOCKS) / EXT2_WINDOW;

    return &node->volume->windows[(node->ino * 5 + number) % EXT2_WINDOWS];
}

/* The one that shows `index`, or NULL. */
static struct ext2_window *find_window(const struct ext2_node *node,
                                       uint64_t index)
{
    struct ext2_window *window = *window_place(node, index);

    return window != NULL && window->ino == node->ino &&
                   index - window->index < EXT2_WINDOW
               ? window
               : NULL;
}

/* The same, read from `place` of the indirect block `leaf` if need be. */
static int show(struct ext2_node *node, uint64_t leaf, uint32_t place,
                uint64_t index, struct ext2_window **window)
{
    struct ext2_window **at = window_place(node, index);
    uint32_t skip = place % EXT2_WINDOW;
    int error;

    *window = find_window(node, index);
    if (*window != NULL)
        return 0;
    if (*at == NULL)
        *at = calloc(1, sizeof(**at));
    if (*at == NULL)
        return -ENOMEM;
    (*at)->ino = 0;
    error = ext2_read_own(node->volume, leaf,
                          (place - skip) * (uint32_t)sizeof(uint32_t),
                          (*at)->numbers, sizeof((*at)->numbers));
    if (error)
        return error;
    (*at)->ino = node->ino;
    (*at)->index = index - skip;
    *window = *at;
    return 0;
}

void ext2_map_forget(struct ext2_node *node)
{
    for (unsigned int i = 0; i < EXT2_WINDOWS; i++) {
        struct ext2_window *window = node->volume->windows[i];

        if (window != NULL && window->ino == node->ino)
            window->ino = 0;
    }
    node->run_count = 0;
}

void ext2_map_forget_all(struct ext2_volume *volume)
{
    for (unsigned int i = 0; i < EXT2_WINDOWS; i++)
        free(volume->windows[i]);
}

/* ---- Looking ---------------------------------------------------------------
 */

/* The run that begins with the first of `left` numbers. */
static int take_run(struct ext2_node *node, const uint32_t *numbers,
                    uint64_t left, uint64_t wanted, uint64_t *block,
                    uint64_t *count)
{
    uint64_t n = 1;

    if (left > wanted)
        left = wanted;
    *block = numbers[0];
    while (n < left && numbers[n] == (*block == 0 ? 0 : *block + n))
        n++;
    *count = n;
    return *block == 0 ? 0 : ext2_check_blocks(node, *block, n);
}

static int map_window(struct ext2_node *node, const struct ext2_window *window,
                      uint64_t index, uint64_t wanted, uint64_t *block,
                      uint64_t *count)
{
    uint64_t skip = index - window->index;

    return take_run(node, window->numbers + skip, EXT2_WINDOW - skip, wanted,
                    block, count);
}

int ext2_map(struct ext2_node *node, uint64_t index, uint64_t wanted,
             uint64_t *block, uint64_t *count)
{
    struct ext2_window *window;
    uint32_t places[4];
    uint64_t leaf;
    unsigned int depth;
    int error;

    if (node->raw.i_flags & EXT4_EXTENTS_FL)
        return ext2_map_extent(node, index, wanted, block, count);
    if (index < EXT2_NDIR_BLOCKS)
        return take_run(node, node->raw.i_block + index,
                        EXT2_NDIR_BLOCKS - index, wanted, block, count);
    window = find_window(node, index);
    if (window != NULL)
        return map_window(node, window, index, wanted, block, count);
    if (index >= ext2_index_end(node->volume))
        return -EFBIG;
    depth = ext2_map_path(node->volume, index, places);
    error = find_leaf(node, depth, places, &leaf, count);
    if (error)
        return error;
    if (leaf == 0) {
        *block = 0;
        *count = *count < wanted ? *count : wanted;
        return 0;
    }
    error = show(node, leaf, places[depth], index, &window);
    return error ? error
                 : map_window(node, window, index, wanted, block, count);
}

/* ---- Giving blocks ---------------------------------------------------------
 */

/* Where to look for a free block: behind the one before, else behind the last
 * one given, else in the inode's group. */
static uint64_t goal_of(struct ext2_node *node, uint64_t index)
{
    uint64_t block, count;

    if (index > 0 && ext2_map(node, index - 1, 1, &block, &count) == 0 &&
        block != 0)
        return block + 1;
    if (node->last != 0)
        return node->last + 1;
    return ext2fs_group_first_block2(
        node->volume->fs, ext2fs_group_of_ino(node->volume->fs, node->ino));
}

/* Blocks that were given for nothing. If that fails, too, e2fsck finds them. */
static void take_back(struct ext2_node *node, uint64_t block, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        (void)!ext2_free_block(node->volume, block + i);
}

static void give_back(struct ext2_node *node, uint64_t block, uint64_t count)
{
    take_back(node, block, count);
    (void)!ext2fs_iblk_sub_blocks(node->volume->fs, ext2_inode(node), count);
}

/* As ext2_alloc_blocks(), and count them as the file's. */
static int give(struct ext2_node *node, uint64_t goal, uint64_t wanted,
                uint64_t *block, uint64_t *count)
{
    struct ext2_volume *volume = node->volume;
    int error = ext2_alloc_blocks(volume, goal, wanted, block, count);

    if (error == -ENOSPC && volume->blocks.count > 0) {
        error = ext2_settle(volume);
        if (!error)
            error = ext2_alloc_blocks(volume, goal, wanted, block, count);
    }
    if (error)
        return error;
    if (ext2fs_iblk_add_blocks(volume->fs, ext2_inode(node), *count)) {
        take_back(node, *block, *count); /* no inode can count so many */
        return -EFBIG;
    }
    node->last = *block + *count - 1;
    ext2_node_changed(node);
    return 0;
}

/* A new indirect block, full of zeros, at `*number`. */
static int give_indirect(struct ext2_node *node, uint64_t *goal,
                         uint32_t *number)
{
    uint64_t block, count;
    int error = give(node, *goal, 1, &block, &count);

    if (error)
        return error;
    error = ext2_write_zeros(node->volume, block, 1);
    if (error) {
        give_back(node, block, 1);
        return error;
    }
    *number = (uint32_t)block;
    *goal = block + 1;
    return 0;
}

/* As find_leaf(), but what is missing is made. */
static int make_leaf(struct ext2_node *node, unsigned int depth,
                     const uint32_t places[4], uint64_t *goal, uint64_t *leaf)
{
    uint32_t *top = &node->raw.i_block[places[0]];
    int error = *top == 0 ? give_indirect(node, goal, top) : 0;
    uint32_t block = *top;

    for (unsigned int level = 1; !error && level < depth; level++) {
        uint32_t place = places[level] * (uint32_t)sizeof(block);
        uint32_t above = block;

        error = ext2_check_blocks(node, above, 1);
        if (!error)
            error = ext2_read_own(node->volume, above, place, &block,
                                  sizeof(block));
        if (error || block != 0)
            continue;
        error = give_indirect(node, goal, &block);
        if (error)
            break;
        error =
            ext2_write_part(node->volume, above, place, &block, sizeof(block));
        if (error)
            give_back(node, block, 1);
    }
    if (!error)
        error = ext2_check_blocks(node, block, 1);
    *leaf = block;
    return error;
}

int ext2_map_new(struct ext2_node *node, uint64_t index, uint64_t wanted,
                 uint64_t *block, uint64_t *count)
{
    uint64_t goal = goal_of(node, index), leaf = 0;
    uint32_t places[4], *numbers, most;
    struct ext2_window *window;
    unsigned int depth;
    int error = 0;

    if (index >= ext2_index_end(node->volume))
        return -EFBIG;
    depth = ext2_map_path(node->volume, index, places);
    if (depth == 0) {
        numbers = node->raw.i_block + index;
        most = EXT2_NDIR_BLOCKS - (uint32_t)index;
    } else {
        error = make_leaf(node, depth, places, &goal, &leaf);
        if (!error)
            error = show(node, leaf, places[depth], index, &window);
        if (error)
            return error;
        numbers = window->numbers + (index - window->index);
        most = EXT2_WINDOW - (uint32_t)(index - window->index);
    }
    error = give(node, goal, wanted < most ? wanted : most, block, count);
    if (error)
        return error;
    for (uint64_t i = 0; i < *count; i++)
        numbers[i] = (uint32_t)(*block + i);
    if (depth > 0)
        error = ext2_write_part(node->volume, leaf,
                                places[depth] * (uint32_t)sizeof(*numbers),
                                numbers, *count * sizeof(*numbers));
    if (error) {
        ext2_map_forget(node);
        give_back(node, *block, *count);
    }
    return error;
}
