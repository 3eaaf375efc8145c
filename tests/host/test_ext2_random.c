/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ext2_random.c: hundreds of random operations on a volume, each done on
 * this machine's file system as well, and then: do both look alike, also after
 * the volume was left and begun again, also to debugfs; and does e2fsck find
 * anything?
 */
#include "ext2_model.h"

static void play(const char *size, const char *words, unsigned int steps)
{
    char path[1024], other[1024];

    CHECK_EQUAL(world_run("rm -rf model && mkdir model"), 0);
    world_make(size, words);
    world_begin();
    for (unsigned int i = 0; i < steps; i++) {
        random_path(path);
        random_path(other);
        if (through_link(path) || through_link(other))
            continue;
        (void)model_step(path, other);
        if (test_below(60) == 0) {
            uint32_t seen = 0;

            CHECK_EQUAL(ext2_sync(world, &seen), 0);
        }
        if (test_below(200) == 0) {
            world_end();
            world_fsck();
            world_begin();
        }
    }
    compare("", world_path("model"));
    world_end();
    CHECK_STRING(test_printed, "");
    world_fsck();
    world_begin();
    compare("", world_path("model"));
    world_end();
    CHECK_EQUAL(world_run("rm -rf dump && mkdir dump && "
                          "debugfs -R 'rdump / dump' image && rm -rf "
                          "dump/lost+found && "
                          "diff -r --no-dereference dump model"),
                0);
}

TEST(small_blocks)
{
    play("64M", "-t ext2 -b 1024", 1500);
}

TEST(blocks_of_a_page)
{
    play("64M", "-t ext2 -b 4096", 1500);
}

TEST(blocks_of_2048_bytes_small_inodes_no_types)
{
    play("64M", "-t ext2 -b 2048 -I 128 -O ^filetype,^dir_index", 800);
}

TEST(the_oldest_revision)
{
    play("40M", "-t ext2 -r 0 -b 1024", 800);
}

TEST(small_groups)
{
    play("40M", "-t ext2 -b 1024 -g 512 -N 2000", 800);
}

TEST(an_ext3_without_a_full_journal)
{
    play("64M", "-t ext3", 500);
}

/* Nobody compares here: what fails must only leave no disorder. */
TEST(a_disk_that_is_full_all_the_time)
{
    char path[1024], other[1024];
    struct ext2_node *node;
    unsigned int full = 0;
    int error;

    world_make("3M", "-t ext2 -b 1024 -N 100");
    world_begin();
    for (unsigned int i = 0; i < 3000; i++) {
        random_path(path);
        random_path(other);
        error = with_path(path, ours_create, NULL);
        if (error && test_below(3) == 0)
            error = with_path(path, ours_mkdir, NULL);
        if (test_below(4) == 0)
            (void)with_path(path, ours_rename, other);
        if (test_below(4) == 0)
            (void)with_path(path, ours_symlink, names[4]);
        if (test_below(8) == 0)
            (void)ours_link(path, other);
        if (test_below(6) == 0)
            (void)with_path(other, ours_unlink, NULL);
        if (open_file(path, &node) == 0) {
            off_t offset;
            size_t size;

            random_place(&offset, &size);
            memset(content, 'a', sizeof(content) - 1);
            full += ext2_write(node, content, size, (uint64_t)offset) <
                    (ssize_t)size;
            ext2_node_put(node);
        }
        full += error == -ENOSPC;
        if (i % 500 == 499) {
            world_end();
            world_fsck();
            world_begin();
        }
    }
    world_end();
    CHECK_STRING(test_printed, "");
    CHECK(full > 100);
}
