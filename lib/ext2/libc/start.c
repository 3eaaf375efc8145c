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

/*
 * What the setting says of a disk: the place, its length in *length; NULL:
 * nothing. `disk` NULL: what it says of place "/", that is whether any.
 */
static const char *find_setting(const char *disk, size_t *length)
{
    const char *word = getenv("mount");

    while (word != NULL && *word != '\0') {
        size_t name = strcspn(word, ":,");
        const char *place = word + name + (word[name] == ':');

        *length = word[name] == ':' ? strcspn(place, ",") : 0;
        if (disk != NULL ? strlen(disk) == name && memcmp(disk, word, name) == 0
                         : *length == 1 && *place == '/')
            return place;
        word = place + *length;
        word += *word == ',';
    }
    return NULL;
}

/* Where the disk is to be mounted. `first`: no volume was found before. */
static bool choose_place(const char *disk, bool first, char place[PATH_MAX])
{
    size_t length;
    const char *said = find_setting(disk, &length);

    if (said == NULL) {
        first = first && find_setting(NULL, &length) == NULL;
        strcpy(place, first ? "/" : "/mnt/");
        strcat(place, first ? "" : disk);
        return true;
    }
    if (length == 0 || length >= PATH_MAX || *said != '/') {
        printk("ext2: mount=: %s: wants a place, as in mount=%s:/data\n", disk,
               disk);
        return false;
    }
    while (length > 1 && said[length - 1] == '/')
        length--;
    memcpy(place, said, length);
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
        if (thread == NULL)
            panic("ext2: no memory for a thread");
        thread_detach(thread);
    }
    return 0;
}

/* Mount one disk. Whether it is mounted. */
static bool mount_disk(const char *disk, bool first)
{
    struct ext2_mounted *mounted = calloc(1, sizeof(*mounted));
    struct block_device *device;
    int error = mounted == NULL ? -ENOMEM : 0;

    if (!error)
        error = block_wait_up(disk, time_monotonic() + PATIENCE, &device);
    if (error)
        printk("ext2: %s: not mounted: error %d\n", disk, -error);
    if (error || !choose_place(disk, first, mounted->place))
        goto fail;
    error = ext2_begin(disk, &mounted->volume);
    if (error)
        goto fail;
    error = add(mounted);
    if (!error)
        return true;
    printk("ext2: %s: cannot be %s: %s\n", disk, mounted->place,
           error == -EBUSY ? "something is there" : "no memory");
    ext2_free(mounted->volume);
fail:
    free(mounted);
    return false;
}

STARTS(START_STACK) static void start(void)
{
    char names[BLOCK_MAX][12];
    int count = block_configured(names, BLOCK_MAX);
    bool first = true;

    for (int i = 0; i < count && i < BLOCK_MAX; i++)
        if (mount_disk(names[i], first))
            first = false;
}
