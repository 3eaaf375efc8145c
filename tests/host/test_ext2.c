/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ext2.c: what is mounted, and how; a full disk; disks that fail; what is
 * left behind. On images that mke2fs made, with e2fsck as the judge.
 */
#include "ext2_world.h"

static char bytes[1 << 20];

static bool printed(const char *text)
{
    return strstr(test_printed, text) != NULL;
}

static struct ext2_node *make(const char *path, mode_t mode)
{
    struct ext2_node *node;
    struct ext2_name name;

    CHECK_EQUAL(world_name(path, &name), 0);
    CHECK_EQUAL(ext2_make(&name, mode, NULL, &node), 0);
    ext2_node_put(name.folder);
    return node;
}

static int remove_file(const char *path)
{
    struct ext2_name name;
    int error = world_name(path, &name);

    if (error)
        return error;
    error = ext2_unlink(&name);
    ext2_node_put(name.folder);
    return error;
}

static int begin(void)
{
    int error = ext2_begin("xvda", &world);

    if (error == 0)
        mutex_lock(&world->lock);
    return error;
}

/* ---- Which disks -----------------------------------------------------------
 */

TEST(reading_changes_nothing)
{
    struct ext2_node *node;

    world_make("8M", "-t ext2");
    world_begin();
    CHECK_EQUAL(world_walk("lost+found", &node), 0);
    CHECK(ext2_is_folder(node));
    ext2_node_put(node);
    CHECK(!world->readonly);
    world_end();
    CHECK_EQUAL(world_writes, 0);
    CHECK_STRING(test_printed, "");
}

TEST(a_disk_that_is_read_only)
{
    struct ext2_name name;

    world_make("8M", "-t ext2");
    world_readonly = true;
    world_begin();
    CHECK_EQUAL(world_name("new", &name), 0);
    CHECK_EQUAL(ext2_make(&name, LINUX_S_IFREG, NULL, NULL), -EROFS);
    ext2_node_put(name.folder);
    world_end();
}

TEST(disks_that_are_no_file_system)
{
    static const struct {
        const char *commands, *said;
    } kinds[] = {
        {"truncate -s 1M image", "xvda: no file system but nothing: it is only"
                                 " /dev/xvda"},
        {"yes abcd | head -c 300000 >image", "something unknown"},
        {"truncate -s 1M image && mkswap image", "swap space"},
        {"(echo 070701; cat /dev/zero) | head -c 4096 >image",
         "a cpio archive"},
        {"tar cf image said", "a tar archive"},
        {"echo x | gzip >image && truncate -s 4096 image", "gzip"},
        {"(head -c 510 /dev/zero; printf '\\125\\252'; head -c 5000 /dev/zero)"
         " >image",
         "partitions (MBR)"},
        {"head -c 700 /dev/zero >image", "nothing"},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
        test_printed[0] = '\0';
        CHECK_EQUAL(world_run("rm -f image; %s", kinds[i].commands), 0);
        world_load("image");
        CHECK_EQUAL(begin(), -ENODEV);
        if (!printed(kinds[i].said))
            test_fail(__FILE__, __LINE__, "%s: %s", kinds[i].commands,
                      test_printed);
    }
}

/* What debugfs does to a file system of the usual kind, and what we say. */
TEST(file_systems_that_cannot_be_used)
{
    static const struct {
        const char *command, *said;
    } kinds[] = {
        {"feature casefold", "unknown here: casefold"},
        {"feature encrypt", "unknown here: encrypt"},
        {"ssv feature_incompat 0x80002", "unknown here: 0x80000"},
        {"ssv log_block_size 3", "larger than a page"},
        {"ssv blocks_count 20000", "larger than the disk"},
        {"ssv blocks_per_group 0", "wrong number of blocks"},
        {"ssv inodes_per_group 3", "wrong number of inodes"},
        {"ssv inode_size 100", "The ext2 superblock is corrupt"},
        {"ssv rev_level 7", "unknown revision"},
        {"set_bg 0 inode_table 3", "Corrupt group descriptor"},
        {"set_bg 0 block_bitmap 70000", "Corrupt group descriptor"},
        {"sif <2> mode 0100644", "its root is no folder"},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
        test_printed[0] = '\0';
        world_make("8M", "-t ext2 -b 1024");
        CHECK_EQUAL(world_run("debugfs -w -R '%s' image", kinds[i].command), 0);
        world_load("image");
        CHECK_EQUAL(begin(), -ENODEV);
        if (!printed(kinds[i].said))
            test_fail(__FILE__, __LINE__, "%s: %s", kinds[i].command,
                      test_printed);
        CHECK_EQUAL(world_writes, 0);
    }
}

/* The content of a file of `seq 90000` is known. */
static void check_seq(const char *path)
{
    struct ext2_node *node;
    unsigned int number = 0;
    uint64_t at = 0;
    char line[8];

    CHECK_EQUAL(world_walk(path, &node), 0);
    while (ext2_read(node, line, sizeof(line), at) > 0) {
        CHECK_EQUAL(strtoul(line, NULL, 10), ++number);
        at += (size_t)snprintf(NULL, 0, "%u\n", number);
    }
    CHECK_EQUAL(number, 90000);
    ext2_node_put(node);
}

TEST(newer_file_systems_are_read)
{
    static const struct {
        const char *words, *said;
    } kinds[] = {
        {"-t ext4", "is read-only: it has extent 64bit flex_bg"},
        {"-t ext4 -O ^64bit,^flex_bg,^metadata_csum", "it has extent"},
        {"-t ext2 -O uninit_bg", "it has uninit_bg"},
        {"-t ext2 -O meta_bg,^resize_inode", "it has meta_bg"},
        {"-t ext2 -O metadata_csum", "it has metadata_csum"},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
        test_printed[0] = '\0';
        CHECK_EQUAL(world_run("mkdir -p tree && seq 90000 > tree/numbers && "
                              "rm -f image && truncate -s 16M image && "
                              "mke2fs -q -F -d tree %s image",
                              kinds[i].words),
                    0);
        world_load("image");
        world_begin();
        check_seq("numbers");
        CHECK(world->readonly);
        world_end();
        if (!printed(kinds[i].said))
            test_fail(__FILE__, __LINE__, "%s: %s", kinds[i].words,
                      test_printed);
        CHECK_EQUAL(world_writes, 0);
    }
}

TEST(a_journal_that_was_not_replayed)
{
    world_make("16M", "-t ext3");
    CHECK_EQUAL(world_run("debugfs -w -R 'feature needs_recovery' image"), 0);
    world_load("image");
    world_begin();
    CHECK(world->readonly);
    CHECK(printed("its journal was not replayed (e2fsck does)"));
    world_end();
}

TEST(what_was_not_left_in_order_stays_so)
{
    world_make("8M", "-t ext2");
    world_begin();
    ext2_node_put(make("file", LINUX_S_IFREG | 0644));
    mutex_unlock(&world->lock);
    ext2_free(world); /* a crash */
    world = NULL;
    CHECK_STRING(test_printed, "");
    world_begin();
    CHECK(printed("was not left in order (a crash?); e2fsck -f"));
    ext2_node_put(make("another", LINUX_S_IFREG | 0644));
    world_end();
    world_save("image");
    CHECK_EQUAL(world_run("dumpe2fs -h image | grep 'not clean'"), 0);
    CHECK(world_run("e2fsck -fy image") <= 1);
    world_load("image");
    test_printed[0] = '\0';
    world_begin();
    world_end();
    CHECK_STRING(test_printed, "");
}

/* ---- Full ------------------------------------------------------------------
 */

/* Fill the volume through `node`; how many bytes went in. */
static uint64_t fill(struct ext2_node *node)
{
    uint64_t size = 0;
    ssize_t done;

    memset(bytes, 'f', sizeof(bytes));
    while ((done = ext2_write(node, bytes, 100000, size)) > 0)
        size += (uint64_t)done;
    CHECK_EQUAL(done, -ENOSPC);
    return size;
}

TEST(a_full_disk_loses_nothing)
{
    struct ext2_node *kept, *node;
    uint64_t size, again;

    world_make("8M", "-t ext2 -b 1024 -m 5");
    world_begin();
    kept = make("kept", LINUX_S_IFREG | 0644);
    CHECK_EQUAL(ext2_write(kept, "precious", 8, 0), 8);
    node = make("large", LINUX_S_IFREG | 0644);
    size = fill(node);
    CHECK(size > 7000000);
    CHECK_EQUAL(ext2fs_free_blocks_count(world->fs->super), 0);
    CHECK_EQUAL(ext2_size(node), size);
    ext2_node_put(node);
    /* What is removed is room again, at once. */
    CHECK_EQUAL(remove_file("large"), 0);
    node = make("large", LINUX_S_IFREG | 0644);
    again = fill(node);
    CHECK_EQUAL(again, size);
    CHECK_EQUAL(ext2_read(kept, bytes, 100, 0), 8);
    CHECK(memcmp(bytes, "precious", 8) == 0);
    ext2_node_put(node);
    ext2_node_put(kept);
    world_end();
    world_fsck();
}

TEST(no_more_inodes)
{
    struct ext2_name name = {.text = "x", .length = 1};
    unsigned int count = 0;
    char path[20];
    int error;

    world_make("2M", "-t ext2 -b 1024 -N 64");
    world_begin();
    CHECK_EQUAL(ext2_node_get(world, EXT2_ROOT_INO, &name.folder), 0);
    do {
        name.text = path;
        name.length = (size_t)sprintf(path, "file%u", count++);
        error = ext2_make(&name, LINUX_S_IFREG | 0644, NULL, NULL);
    } while (!error);
    CHECK_EQUAL(error, -ENOSPC);
    CHECK(count > 40 && count < 64);
    CHECK_EQUAL(remove_file("file3"), 0);
    CHECK_EQUAL(ext2_make(&name, LINUX_S_IFREG | 0644, NULL, NULL), 0);
    ext2_node_put(name.folder);
    world_end();
    world_fsck();
}

TEST(too_large)
{
    struct ext2_node *node;

    world_make("8M", "-t ext2 -b 1024");
    world_begin();
    node = make("file", LINUX_S_IFREG | 0644);
    CHECK_EQUAL(
        ext2_write(node, "x", 1, (12 + 256 + 65536 + 16777216) * 1024ull),
        -EFBIG);
    CHECK_EQUAL(
        ext2_write(node, "x", 1, (12 + 256 + 65536 + 16777216) * 1024ull - 1),
        1);
    CHECK_EQUAL(ext2_truncate(node, 1ull << 60), -EFBIG);
    ext2_node_put(node);
    world_end();
    world_fsck();
}

/* ---- Disks that fail -------------------------------------------------------
 */

TEST(a_block_that_cannot_be_read)
{
    struct ext2_node *node;
    uint64_t block, count;

    world_make("8M", "-t ext2 -b 1024");
    world_begin();
    node = make("file", LINUX_S_IFREG | 0644);
    memset(bytes, 'x', 5000);
    CHECK_EQUAL(ext2_write(node, bytes, 5000, 0), 5000);
    CHECK_EQUAL(ext2_map(node, 2, 1, &block, &count), 0);
    world_bad = block * 1024 + 5;
    CHECK_EQUAL(ext2_read(node, bytes, 5000, 2048), -EIO);
    CHECK_EQUAL(ext2_write(node, bytes, 100, 2048), -EIO);
    CHECK_EQUAL(ext2_read(node, bytes, 2048, 0), 2048);
    CHECK_EQUAL(ext2_read(node, bytes, 5000, 100), 1948); /* up to it */
    CHECK_EQUAL(ext2_read(node, bytes, 5000, 3072), 1928);
    CHECK(!world->readonly); /* it is only this file's trouble */
    world_bad = UINT64_MAX;
    ext2_node_put(node);
    world_end();
    world_fsck();
}

/* One near the superblock is no reason not to mount. */
TEST(a_bad_block_at_the_beginning)
{
    struct ext2_node *node;

    world_make("8M", "-t ext2 -b 1024");
    world_bad = 60 * 1024;
    world_begin();
    CHECK_EQUAL(world_walk("lost+found", &node), 0);
    ext2_node_put(node);
    world_end();
    world_bad = 1500; /* the superblock */
    CHECK_EQUAL(begin(), -EIO);
    CHECK(printed("ext2: xvda: cannot be read"));
    world_bad = UINT64_MAX;
}

/* What the file system needs for itself: that is told, and e2fsck is to look.
 */
TEST(a_folder_that_cannot_be_read)
{
    struct ext2_node *folder, *node;
    uint64_t block, count;
    char line[80];

    world_make("8M", "-t ext2 -b 1024");
    world_begin();
    folder = make("folder", LINUX_S_IFDIR | 0755);
    ext2_node_put(make("folder/file", LINUX_S_IFREG | 0644));
    ext2_node_put(make("other", LINUX_S_IFREG | 0644));
    CHECK_EQUAL(ext2_map(folder, 0, 1, &block, &count), 0);
    world_bad = block * 1024;
    CHECK_EQUAL(world_walk("folder/file", &node), -EIO);
    snprintf(line, sizeof(line), "ext2: xvda: block %llu cannot be read: ",
             (unsigned long long)block);
    CHECK(printed(line));
    test_printed[0] = '\0';
    CHECK_EQUAL(remove_file("folder/file"), -EIO);
    CHECK(!printed("ext2: ")); /* once is enough */
    CHECK_EQUAL(world_walk("other", &node), 0);
    ext2_node_put(node);
    CHECK(!world->readonly && world->unclean);
    world_bad = UINT64_MAX;
    CHECK_EQUAL(world_walk("folder/file", &node), 0);
    ext2_node_put(node);
    ext2_node_put(folder);
    world_end();
    world_fsck();
}

/* Each write of a program fails once: it hears of it, and nothing gets lost or
 * into disorder. */
TEST(any_write_can_fail)
{
    unsigned int failures = 0, nth = 1;
    bool failed = true;

    memset(bytes, 'w', sizeof(bytes));
    for (; failed; nth++) {
        struct ext2_node *node;
        struct ext2_name name;
        ssize_t done = 0;

        world_make("8M", "-t ext2 -b 1024");
        world_begin();
        ext2_node_put(make("before", LINUX_S_IFREG | 0644));
        world_fails = nth;
        CHECK_EQUAL(world_name("file", &name), 0);
        failed = ext2_make(&name, LINUX_S_IFREG | 0644, NULL, &node) != 0;
        ext2_node_put(name.folder);
        for (unsigned int i = 0; !failed && i < 4; i++) {
            done = ext2_write(node, bytes, 3000, i * 90000);
            failed = done != 3000;
        }
        if (!failed || done != 0) /* it was made */
            ext2_node_put(node);
        failures += failed;
        world_fails = 0;
        world_end();
        world_fsck();
    }
    CHECK(failures > 15);
}

TEST(what_could_not_be_written_is_told_and_not_clean)
{
    uint32_t seen = 0;

    world_make("8M", "-t ext2");
    world_begin();
    ext2_node_put(make("file", LINUX_S_IFREG | 0644));
    world_sync_error = -EIO;
    CHECK_EQUAL(ext2_sync(world, &seen), -EIO);
    CHECK(printed("not all could be written"));
    world_sync_error = 0;
    CHECK_EQUAL(ext2_sync(world, &seen), 0);
    world_end();
    world_save("image");
    CHECK_EQUAL(world_run("dumpe2fs -h image | grep 'with errors'"), 0);
}

/* ---- What contradicts itself -----------------------------------------------
 */

/* A number in the inode's map, put there behind our back. */
static void point(const char *path, unsigned int number, uint32_t block)
{
    struct ext2_node *node;

    CHECK_EQUAL(world_walk(path, &node), 0);
    node->raw.i_block[number] = block;
    ext2_map_forget(node);
    ext2_node_put(node);
}

TEST(a_file_may_not_have_the_file_systems_own_blocks)
{
    static const char *const why = "cannot be a file's";
    struct ext2_node *node;
    uint32_t table;

    world_make("8M", "-t ext2 -b 1024");
    world_begin();
    table = (uint32_t)ext2fs_inode_table_loc(world->fs, 0);
    ext2_node_put(make("file", LINUX_S_IFREG | 0644));
    CHECK_EQUAL(world_walk("file", &node), 0);
    CHECK_EQUAL(ext2_write(node, bytes, 500000, 0), 500000);
    point("file", 3, table + 2);
    CHECK_EQUAL(ext2_write(node, "evil", 4, 3 * 1024), -EIO);
    CHECK(printed(why) && printed("is read-only from now on"));
    CHECK(world->readonly);
    CHECK_EQUAL(ext2_write(node, "evil", 4, 0), -EROFS);
    CHECK_EQUAL(ext2_read(node, bytes, 1024, 0), 1024); /* the rest is read */
    ext2_node_put(node);
    world_end();
}

TEST(a_block_twice_is_given_back_once)
{
    world_make("8M", "-t ext2 -b 1024");
    world_begin();
    ext2_node_put(make("file", LINUX_S_IFREG | 0644));
    {
        struct ext2_node *node;

        CHECK_EQUAL(world_walk("file", &node), 0);
        CHECK_EQUAL(ext2_write(node, bytes, 5000, 0), 5000);
        point("file", 1, node->raw.i_block[0]);
        ext2_node_put(node);
    }
    (void)!remove_file("file");
    CHECK(printed("is given back twice"));
    CHECK(world->readonly);
    world_end();
}

TEST(a_circle_of_folders_is_left)
{
    struct ext2_name name, to;
    struct ext2_entry entry;
    struct ext2_node *a, *b, *c;

    world_make("8M", "-t ext2 -b 1024");
    world_begin();
    a = make("a", LINUX_S_IFDIR | 0755);
    b = make("a/b", LINUX_S_IFDIR | 0755);
    c = make("c", LINUX_S_IFDIR | 0755);
    /* a's ".." is b, whose ".." is a. */
    CHECK_EQUAL(ext2_folder_find(a, "..", 2, &entry, NULL), 0);
    CHECK_EQUAL(ext2_folder_change(a, &entry, b), 0);
    CHECK_EQUAL(world_name("c", &name), 0);
    to = (struct ext2_name){b, "d", 1};
    CHECK_EQUAL(ext2_rename(&name, &to), -EIO);
    CHECK(printed("is in a circle of folders"));
    ext2_node_put(name.folder);
    ext2_node_put(a);
    ext2_node_put(b);
    ext2_node_put(c);
    world_end();
}

/* ---- Times -----------------------------------------------------------------
 */

TEST(times_of_large_and_small_inodes)
{
    static const struct timespec times[] = {
        {0, 0}, {1700000000, 123456789}, {5000000000, 999999999}, {-5, 1}};

    for (unsigned int small = 0; small < 2; small++) {
        struct ext2_node *node;

        world_make("8M", small ? "-t ext2 -I 128" : "-t ext2 -I 256");
        for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
            struct timespec got;

            world_begin();
            if (i == 0)
                ext2_node_put(make("file", LINUX_S_IFREG | 0644));
            CHECK_EQUAL(world_walk("file", &node), 0);
            CHECK_EQUAL(ext2_change(world), 0);
            ext2_set_times(node, EXT2_MODIFIED, &times[i]);
            ext2_node_put(node);
            world_end();
            world_begin();
            CHECK_EQUAL(world_walk("file", &node), 0);
            got = ext2_get_time(node, EXT2_MODIFIED);
            CHECK_EQUAL((uint32_t)got.tv_sec, (uint32_t)times[i].tv_sec);
            CHECK_EQUAL(got.tv_nsec, small ? 0 : times[i].tv_nsec);
            if (!small)
                CHECK_EQUAL(got.tv_sec, times[i].tv_sec);
            ext2_node_put(node);
            world_end();
        }
        world_fsck();
    }
}
