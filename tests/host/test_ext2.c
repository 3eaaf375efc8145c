/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ext2.c: the file system, on images that mke2fs made, with e2fsck as the
 * judge.
 */
#include "ext2_world.h"

TEST(mounts)
{
    struct ext2_node *node;

    world_make("8M", "-t ext2");
    world_begin();
    CHECK_EQUAL(world_walk("lost+found", &node), 0);
    CHECK(ext2_is_folder(node));
    ext2_node_put(node);
    world_end();
    CHECK_EQUAL(world_writes, 0);
    world_fsck();
}
