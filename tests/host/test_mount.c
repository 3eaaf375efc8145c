/* SPDX-License-Identifier: BSD-2-Clause */
/* test_mount.c: which mount serves what (lib/libc/mount.c). */
#define _GNU_SOURCE
#include "test.h"
#include <errno.h>
#include "coracle/lifecycle.h"
#include "coracle/sync.h"
#include "lib/libc/path.c"

#include "lib/libc/mount.c"

/* ---- What mount.c needs ---------------------------------------------------
 */

void mutex_lock(struct mutex *mutex)
{
    (void)mutex;
}

void mutex_unlock(struct mutex *mutex)
{
    (void)mutex;
}

void file_init(struct file *file, const struct file_ops *ops, int flags)
{
    file->ops = ops;
    (void)flags;
}

static struct lifecycle_end *at_end;

void lifecycle_at_end(struct lifecycle_end *one)
{
    CHECK(!at_end);
    at_end = one;
}

static const struct mount_ops no_ops;
struct mount device_mount = {.place = "/dev", .ops = &no_ops};
static struct mount archive = {.place = "/", .ops = &no_ops};
static struct mount *in_ramdisk;
static int asked;

struct mount *ramdisk_find(void)
{
    asked++;
    return in_ramdisk;
}

/* ---- Finding --------------------------------------------------------------
 */

static const char *rest;

static struct mount *find(const char *path)
{
    return mount_find(path, &rest);
}

TEST(the_longest_place_serves)
{
    struct mount inner = {.place = "/mnt/a/b", .ops = &no_ops};
    struct mount outer = {.place = "/mnt/a", .ops = &no_ops};

    CHECK_EQUAL(mount_add(&inner), 0);
    CHECK_EQUAL(mount_add(&outer), 0);
    CHECK(find("/mnt/a/b/c/d") == &inner);
    CHECK_STRING(rest, "c/d");
    CHECK(find("/mnt/a/b") == &inner);
    CHECK_STRING(rest, "");
    CHECK(find("/mnt/a/bc") == &outer);
    CHECK_STRING(rest, "bc");
    CHECK(find("/mnt") == &top);
    CHECK_STRING(rest, "mnt");
    CHECK(find("/") == &top);
    CHECK_STRING(rest, "");
    CHECK(find("/dev/null") == &device_mount);
    CHECK(inner.number != outer.number && inner.number != 0);
}

TEST(there_is_one_at_each_place)
{
    struct mount one = {.place = "/a", .ops = &no_ops};
    struct mount other = {.place = "/a", .ops = &no_ops};

    CHECK_EQUAL(mount_add(&one), 0);
    CHECK_EQUAL(mount_add(&other), -EBUSY);
    CHECK(find("/a/x") == &one);
}

TEST(the_ramdisk_is_the_root_if_nothing_else_is)
{
    struct mount late = {.place = "/", .ops = &no_ops};

    in_ramdisk = &archive;
    CHECK_EQUAL(asked, 0);
    CHECK(find("/a") == &archive);
    CHECK(find("/b") == &archive);
    CHECK_EQUAL(asked, 1);
    CHECK_EQUAL(mount_add(&late), -EBUSY);
}

TEST(a_root_that_is_there_keeps_the_ramdisk_out)
{
    struct mount disk = {.place = "/", .ops = &no_ops};

    in_ramdisk = &archive;
    CHECK_EQUAL(mount_add(&disk), 0);
    CHECK(find("/a") == &disk);
    CHECK_EQUAL(asked, 0);
}

/* ---- Names in folders -----------------------------------------------------
 */

/* All names that mounts give to a folder, with blanks between. */
static const char *names_in(const char *folder)
{
    static char names[200];
    char name[NAME_MAX + 1];
    unsigned int index = 0;

    names[0] = '\0';
    while (mount_name(folder, &index, name))
        strcat(strcat(names, name), " ");
    CHECK(!mount_name(folder, &index, name));
    return names;
}

TEST(places_are_names_in_folders)
{
    struct mount some[] = {
        {.place = "/mnt/a", .ops = &no_ops},
        {.place = "/srv", .ops = &no_ops},
        {.place = "/mnt/b", .ops = &no_ops},
        {.place = "/mnt/a/c", .ops = &no_ops},
    };

    for (size_t i = 0; i < ARRAY_SIZE(some); i++)
        CHECK_EQUAL(mount_add(&some[i]), 0);
    CHECK_STRING(names_in("/"), "dev mnt srv ");
    CHECK_STRING(names_in("/mnt"), "a b ");
    CHECK_STRING(names_in("/mnt/a"), "c ");
    CHECK_STRING(names_in("/srv"), "");
    CHECK_STRING(names_in("/m"), "");
    CHECK(mount_below("/mnt") && mount_below("/srv") && mount_below("/"));
    CHECK(!mount_below("/srv/x") && !mount_below("/sr"));
}

/* ---- All of them ----------------------------------------------------------
 */

static char order[20];

static int end_one(struct mount *mount)
{
    CHECK(atomic_load(&mount->readonly));
    strcat(order, mount->place);
    return strcmp(mount->place, "/bad") == 0 ? -EIO : 0;
}

static int sync_one(struct mount *mount)
{
    return mount->place[1] == 'b' ? -EIO : -ENOSPC;
}

static const struct mount_ops written_ops = {.sync = sync_one, .end = end_one};

TEST(the_end_reaches_all)
{
    struct mount bad = {.place = "/bad", .ops = &written_ops};
    struct mount good = {.place = "/good", .ops = &written_ops};

    CHECK_EQUAL(mount_add(&bad), 0);
    CHECK_EQUAL(mount_add(&good), 0);
    CHECK_EQUAL(mount_sync_all(), -EIO); /* the first one's */
    at_end->run();
    CHECK_STRING(order, "/bad/good");
    CHECK(strstr(test_printed, "mount: /bad: not all could be written"));
    CHECK(!strstr(test_printed, "/good"));
}

TEST(without_anything_to_write_there_is_no_end)
{
    struct mount one = {.place = "/a", .ops = &no_ops};

    CHECK_EQUAL(mount_add(&one), 0);
    CHECK(!at_end);
}
