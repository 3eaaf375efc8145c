/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ext2_crash.c: the machine stops at any moment, with some of what was
 * written on the disk and some not. What a sync has promised must be there,
 * for whoever repairs the volume and for whoever just goes on with it; and no
 * block may have two owners.
 *
 * A copy of the model is made at each sync. Files that nothing was done to
 * since then must be as in that copy.
 */
#include "ext2_model.h"

static char touched[2000][1024]; /* paths, since the last sync */
static unsigned int touched_count;

static void touch(const char *path)
{
    CHECK(touched_count < ARRAY_SIZE(touched));
    strcpy(touched[touched_count++], path);
}

/* One is the other, or a folder that it is in. */
static bool related(const char *a, const char *b)
{
    size_t length = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

    return strncmp(a, b, length) == 0 &&
           (a[length] == '\0' || a[length] == '/') &&
           (b[length] == '\0' || b[length] == '/');
}

static void sync_both(void)
{
    uint32_t seen = 0;

    CHECK_EQUAL(ext2_sync(world, &seen), 0);
    CHECK_EQUAL(world_run("rm -rf safe && cp -a model safe"), 0);
    touched_count = 0;
}

/* All regular files of the copy that were left alone are in the volume. */
static unsigned int check_safe(const char *path)
{
    char theirs[2048], below[2048];
    unsigned int count = 0;
    struct dirent *one;
    DIR *folder;

    snprintf(theirs, sizeof(theirs), "%s/%s", world_path("safe"), path);
    folder = opendir(theirs);
    CHECK(folder != NULL);
    while ((one = readdir(folder)) != NULL) {
        struct ext2_node *node;
        struct stat about;
        bool alone = true;

        if (one->d_name[0] == '.')
            continue;
        snprintf(below, sizeof(below), "%s%s%s", path, path[0] ? "/" : "",
                 one->d_name);
        snprintf(theirs, sizeof(theirs), "%s/%s", world_path("safe"), below);
        CHECK_EQUAL(lstat(theirs, &about), 0);
        for (unsigned int i = 0; i < touched_count; i++)
            if (related(touched[i], below))
                alone = false;
        if (S_ISDIR(about.st_mode))
            count += check_safe(below);
        if (!S_ISREG(about.st_mode) || about.st_nlink > 1 || !alone)
            continue;
        if (world_walk(below, &node))
            test_fail(__FILE__, __LINE__, "%s is lost", below);
        compare_file(below, node, theirs, &about);
        ext2_node_put(node);
        count++;
    }
    closedir(folder);
    return count;
}

/* Some pages go out in between, as the cache likes. */
static void leak_pages(void)
{
    for (unsigned int i = test_below(20); i > 0; i--) {
        size_t at = (size_t)test_below((uint32_t)(world_disk.size >> 12)) << 12;

        memcpy(world_disk.stable + at, world_disk.bytes + at, 4096);
    }
}

static void play(unsigned int steps)
{
    char path[1024], other[1024];

    for (unsigned int i = 0; i < steps; i++) {
        random_path(path);
        random_path(other);
        if (through_link(path) || through_link(other))
            continue;
        /* A file with two names would be touched by a third path. */
        touch(path);
        touch(other);
        (void)model_step(path, other);
        if (test_below(40) == 0)
            sync_both();
        if (test_below(4) == 0)
            leak_pages();
    }
}

/* New files, made without any repair, must not take what others have. */
static void go_on(void)
{
    struct ext2_node *node;
    char name[20];

    for (unsigned int i = 0; i < 40; i++) {
        struct ext2_name at = {.text = name};

        sprintf(name, "after%u", i);
        at.length = strlen(name);
        CHECK_EQUAL(ext2_node_get(world, EXT2_ROOT_INO, &at.folder), 0);
        CHECK_EQUAL(ext2_make(&at, LINUX_S_IFREG | 0600, NULL, &node), 0);
        memset(content, 'A', sizeof(content));
        CHECK_EQUAL(ext2_write(node, content, 30000 + i * 5000, 0),
                    30000 + i * 5000);
        ext2_node_put(node);
        ext2_node_put(at.folder);
    }
}

static void crash(const char *words, unsigned int rounds)
{
    unsigned int checked = 0;

    for (unsigned int i = 0; i < rounds; i++) {
        CHECK_EQUAL(world_run("rm -rf model && mkdir model"), 0);
        world_make("32M", words);
        world_begin();
        sync_both();
        play(100 + test_below(150));
        mutex_unlock(&world->lock);
        ext2_free(world); /* the machine stops: nothing is written */
        world_crash();

        /* Somebody repairs it. */
        world_save("image");
        if (world_run("e2fsck -fy image") > 1)
            test_fail(__FILE__, __LINE__, "e2fsck: %s", world_said());
        CHECK(strstr(world_said(), "ultiply") == NULL);
        if (i % 2 == 0)
            world_load("image");

        /* Or nobody does. */
        world_begin();
        checked += check_safe("");
        go_on();
        checked += check_safe("");
        world_end();
        world_save("image");
        if (world_run("e2fsck -fy image") > 1)
            test_fail(__FILE__, __LINE__, "e2fsck: %s", world_said());
        if (strstr(world_said(), "ultiply") != NULL)
            test_fail(__FILE__, __LINE__, "e2fsck: %s", world_said());
    }
    CHECK(checked > rounds);
}

TEST(small_blocks)
{
    crash("-t ext2 -b 1024", 6);
}

TEST(blocks_of_a_page)
{
    crash("-t ext2 -b 4096", 6);
}
