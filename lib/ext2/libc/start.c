/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.c: which disks are mounted where.
 *
 * Before main() runs, each disk of the domain is looked at, in the order of
 * xl's configuration. The first one with a file system is "/", a further one
 * "/mnt/xvdb" or whatever its name is. A setting in front of the program's
 * arguments says otherwise for the disks that it names:
 *
 *     extra = "mount=xvdb:/data,xvdc:/ program's own words"
 *
 * A disk without a file system stays /dev/xvda and no more.
 *
 * A thread for each writable volume writes what has changed some seconds ago,
 * for programs that never call fsync().
 *
 * Concurrency: one thread, then the volume's lock.
 */
#include <stdlib.h>
#include <string.h>
#include "coracle/block.h"
#include "coracle/print.h"
#include "coracle/time.h"
#include "lib/ext2/libc/mounted.h"

/* How long a disk may take to be connected. */
#define PATIENCE (30 * NS_PER_S)

/* For how long something may have changed in memory only. */
#define AGE (5 * NS_PER_S)

/* ---- Writing back ----------------------------------------------------------
 */

static struct ext2_mounted *mounted_of_volume(struct ext2_volume *volume)
{
    return volume->owner;
}

static void on_change(struct ext2_volume *volume)
{
    struct ext2_mounted *mounted = mounted_of_volume(volume);

    mounted->due = true;
    cond_signal(&mounted->wake);
}

static void on_readonly(struct ext2_volume *volume)
{
    atomic_store(&mounted_of_volume(volume)->mount.readonly, true);
}

static void write_back(void *argument)
{
    struct ext2_mounted *mounted = argument;
    struct ext2_volume *volume = mounted->volume;

    mutex_lock(&volume->lock);
    for (;;) {
        uint32_t seen = disk_errors(volume->disk);

        while (!mounted->due)
            cond_wait(&mounted->wake, &volume->lock, TIME_NEVER);
        mounted->due = false;
        mutex_unlock(&volume->lock);
        thread_sleep_until(time_monotonic() + AGE);
        mutex_lock(&volume->lock);
        if (volume->changed && !volume->readonly)
            (void)!ext2_sync(volume, &seen); /* it has complained itself */
    }
}

/* ---- Mounting --------------------------------------------------------------
 */

/* One word of the setting: a disk, and a place, which is all of it up to the
 * next. */
struct wish {
    const char *disk, *place;
    size_t disk_length, place_length;
};

/* The first or, behind `*wish`, the next one. False: there is none. */
static bool next_wish(struct wish *wish)
{
    const char *at =
        wish->disk == NULL ? getenv("mount") : wish->place + wish->place_length;

    if (at != NULL && wish->disk != NULL && *at == ',')
        at++;
    if (at == NULL || *at == '\0')
        return false;
    wish->disk = at;
    wish->disk_length = strcspn(at, ":,");
    at += wish->disk_length;
    wish->place = *at == ':' ? at + 1 : at;
    wish->place_length = *at == ':' ? strcspn(wish->place, ",") : 0;
    return true;
}

static bool names_disk(const struct wish *wish, const char *disk)
{
    return strlen(disk) == wish->disk_length &&
           memcmp(disk, wish->disk, wish->disk_length) == 0;
}

/* Does the setting name a disk for "/"? */
static bool wants_root(void)
{
    struct wish wish = {.disk = NULL};

    while (next_wish(&wish))
        if (wish.place_length == 1 && wish.place[0] == '/')
            return true;
    return false;
}

/* Words for disks that the domain does not have. */
static void check_wishes(char names[][12], int count)
{
    struct wish wish = {.disk = NULL};

    while (next_wish(&wish)) {
        bool found = false;

        for (int i = 0; i < count; i++)
            found = found || names_disk(&wish, names[i]);
        if (!found)
            printk("ext2: mount=: there is no disk %.*s\n",
                   (int)wish.disk_length, wish.disk);
    }
}

/* Where the disk is to be mounted. `root`: nothing is "/" yet. */
static bool choose_place(const char *disk, bool root, char place[PATH_MAX])
{
    struct wish wish = {.disk = NULL};
    size_t length;

    while (next_wish(&wish) && !names_disk(&wish, disk))
        ;
    if (wish.disk == NULL || !names_disk(&wish, disk)) {
        root = root && !wants_root();
        strcpy(place, root ? "/" : "/mnt/");
        strcat(place, root ? "" : disk);
        return true;
    }
    length = wish.place_length;
    if (length == 0 || length >= PATH_MAX || wish.place[0] != '/') {
        printk("ext2: mount=: %s: wants a place, as in mount=%s:/data\n", disk,
               disk);
        return false;
    }
    while (length > 1 && wish.place[length - 1] == '/')
        length--;
    memcpy(place, wish.place, length);
    place[length] = '\0';
    return true;
}

static int add(struct ext2_mounted *mounted)
{
    struct ext2_volume *volume = mounted->volume;
    struct thread *thread = NULL;
    int error;

    cond_init(&mounted->wake);
    mounted->mount = (struct mount){.place = mounted->place,
                                    .ops = &ext2_mount_ops,
                                    .readonly = volume->readonly};
    volume->owner = mounted;
    volume->on_change = on_change;
    volume->on_readonly = on_readonly;
    mounted->due = volume->changed;
    error = mount_add(&mounted->mount);
    if (error)
        return error;
    if (!volume->readonly) {
        thread = thread_create("ext2", write_back, mounted, 0);
        if (thread != NULL)
            thread_detach(thread);
        else
            printk("ext2: %s: no memory for a thread: only fsync() writes\n",
                   volume->name);
    }
    return 0;
}

/* Mount one disk. `*root`: nothing is "/" yet. */
static void mount_disk(const char *disk, bool *root)
{
    struct ext2_mounted *mounted = calloc(1, sizeof(*mounted));
    struct block_device *device;
    int error = mounted == NULL ? -ENOMEM : 0;

    if (!error)
        error = block_wait_up(disk, time_monotonic() + PATIENCE, &device);
    if (error)
        printk("ext2: %s: not mounted: error %d\n", disk, -error);
    if (error || !choose_place(disk, *root, mounted->place))
        goto fail;
    error = ext2_begin(disk, &mounted->volume);
    if (error)
        goto fail;
    error = add(mounted);
    if (!error) {
        *root = *root && strcmp(mounted->place, "/") != 0;
        return;
    }
    printk("ext2: %s: cannot be %s: %s\n", disk, mounted->place,
           error == -EBUSY ? "something is there" : "no memory");
    ext2_free(mounted->volume);
fail:
    free(mounted);
}

STARTS(START_STACK) static void start(void)
{
    char names[BLOCK_MAX][12];
    int count = block_configured(names, BLOCK_MAX);
    bool root = true;

    for (int i = 0; i < count && i < BLOCK_MAX; i++)
        mount_disk(names[i], &root);
    check_wishes(names, count < BLOCK_MAX ? count : BLOCK_MAX);
}
