/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node.c: disks as files: /dev/xvda and the like.
 *
 * Such a file is the bytes of the disk, from the first to the last, through the
 * page cache; it cannot grow. fsync() waits until all is safe and tells of
 * every page that could not be written since this file was opened, once, even
 * if it was written through another one: nobody may believe in data that is not
 * there. Opening a disk that the domain has, but that is not connected yet,
 * waits for it.
 *
 * Concurrency: the file's mutex guards its offset.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "coracle/disk.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "lib/libc/libc.h"
#include "lib/libc/mount.h"

/* How long a disk may take to be connected. */
#define PATIENCE (30 * NS_PER_S)

/* So many show among the names in /dev. */
#define DISKS_NAMED 32

struct node {
    struct file file;
    struct disk *disk;
    struct mutex lock; /* guards the two below */
    off_t offset;
    uint32_t seen; /* of disk_sync() */
};

static struct node *node_of(struct file *file)
{
    return container_of(file, struct node, file);
}

static off_t size_of(const struct node *node)
{
    return (off_t)disk_size(node->disk);
}

/* How many of `size` bytes there are at `offset`. */
static size_t within(const struct node *node, size_t size, off_t offset)
{
    off_t left = size_of(node) - offset;

    return left <= 0 ? 0 : size < (size_t)left ? size : (size_t)left;
}

static ssize_t node_pread(struct file *file, void *to, size_t size,
                          off_t offset)
{
    struct node *node = node_of(file);
    size_t whole = within(node, size, offset), done = 0;
    int error = disk_read(node->disk, (uint64_t)offset, to, whole);

    if (!error)
        return (ssize_t)whole;
    /* What lies before the page that is bad. */
    for (error = 0; !error && done < whole;) {
        uint64_t place = (uint64_t)offset + done;
        size_t part = PAGE_SIZE - place % PAGE_SIZE;

        if (part > whole - done)
            part = whole - done;
        error = disk_read(node->disk, place, (char *)to + done, part);
        done += error ? 0 : part;
    }
    return done > 0 ? (ssize_t)done : error;
}

static int sync_node(struct node *node)
{
    int error;

    mutex_lock(&node->lock);
    error = disk_sync(node->disk, &node->seen);
    mutex_unlock(&node->lock);
    return error;
}

static ssize_t node_pwrite(struct file *file, const void *from, size_t size,
                           off_t offset)
{
    struct node *node = node_of(file);
    size_t part = within(node, size, offset);
    int error;

    if (part == 0)
        return -ENOSPC;
    error = disk_write(node->disk, (uint64_t)offset, from, part);
    if (error == 0 && atomic_load(&file->flags) & O_SYNC)
        error = sync_node(node);
    return error ? error : (ssize_t)part;
}

/* At the file's offset, and it moves on: with the lock held throughout, so that
 * no two do so at the same place. */
static ssize_t node_read(struct file *file, void *to, size_t size)
{
    struct node *node = node_of(file);
    ssize_t moved;

    mutex_lock(&node->lock);
    moved = node_pread(file, to, size, node->offset);
    if (moved > 0)
        node->offset += moved;
    mutex_unlock(&node->lock);
    return moved;
}

static ssize_t node_write(struct file *file, const void *from, size_t size)
{
    struct node *node = node_of(file);
    size_t part;
    int error;

    mutex_lock(&node->lock);
    part = within(node, size, node->offset);
    error = part == 0
                ? -ENOSPC
                : disk_write(node->disk, (uint64_t)node->offset, from, part);
    if (error == 0 && atomic_load(&file->flags) & O_SYNC)
        error = disk_sync(node->disk, &node->seen);
    if (error == 0)
        node->offset += (off_t)part;
    mutex_unlock(&node->lock);
    return error ? error : (ssize_t)part;
}

static off_t node_seek(struct file *file, off_t offset, int whence)
{
    struct node *node = node_of(file);
    off_t base = 0;

    mutex_lock(&node->lock);
    if (whence == SEEK_CUR)
        base = node->offset;
    else if (whence == SEEK_END)
        base = size_of(node);
    if ((whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) ||
        __builtin_add_overflow(base, offset, &offset) || offset < 0)
        offset = -EINVAL;
    else
        node->offset = offset;
    mutex_unlock(&node->lock);
    return offset;
}

static int node_stat(struct file *file, struct stat *stat)
{
    const struct node *node = node_of(file);
    struct block_info info;

    block_describe(disk_device(node->disk), &info);
    stat->st_mode = S_IFBLK | (info.readonly ? 0444 : 0666);
    stat->st_rdev = (dev_t)info.number;
    stat->st_size = size_of(node);
    stat->st_blksize = PAGE_SIZE;
    stat->st_blocks = (blkcnt_t)info.sectors;
    return 0;
}

static int node_ioctl(struct file *file, unsigned long request, void *argument)
{
    struct node *node = node_of(file);
    struct block_info info;
    int error;

    block_describe(disk_device(node->disk), &info);
    switch (request) {
    case BLKGETSIZE64:
        *(uint64_t *)argument = (uint64_t)size_of(node);
        return 0;
    case BLKSSZGET:
        *(int *)argument = (int)info.sector_size;
        return 0;
    case BLKROGET:
        *(int *)argument = info.readonly;
        return 0;
    case BLKFLSBUF:
        error = sync_node(node);
        disk_forget(node->disk);
        return error;
    default:
        return -ENOTTY;
    }
}

static int node_sync(struct file *file)
{
    return sync_node(node_of(file));
}

static void node_close(struct file *file)
{
    free(node_of(file));
}

static const struct file_ops node_ops = {
    .read = node_read,
    .write = node_write,
    .pread = node_pread,
    .pwrite = node_pwrite,
    .seek = node_seek,
    .stat = node_stat,
    .ioctl = node_ioctl,
    .sync = node_sync,
    .close = node_close,
};

/* ---- Opening --------------------------------------------------------------
 */

static int open_disk(const char *name, int flags, struct file **file)
{
    struct block_device *device;
    struct block_info info;
    struct node *node;
    int error = block_wait_up(name, time_monotonic() + PATIENCE, &device);

    if (error)
        return error == -ENODEV ? -ENOENT : error;
    block_describe(device, &info);
    if (info.readonly && (flags & O_ACCMODE) != O_RDONLY)
        return -EROFS;
    node = calloc(1, sizeof(*node));
    if (node == NULL)
        return -ENOMEM;
    error = disk_open(device, &node->disk);
    if (error) {
        free(node);
        return error;
    }
    mutex_init(&node->lock);
    node->seen = disk_errors(node->disk);
    file_init(&node->file, &node_ops, flags & (O_ACCMODE | O_SYNC));
    *file = &node->file;
    return 0;
}

static int name_disk(unsigned int index, char *name)
{
    struct block_device *devices[DISKS_NAMED];
    struct block_info info;

    if (index >= DISKS_NAMED || index >= block_list(devices, DISKS_NAMED))
        return -ENOENT;
    block_describe(devices[index], &info);
    strcpy(name, info.name);
    return 0;
}

static struct device_source disks = {
    .open = open_disk,
    .sync = disk_sync_all,
    .name = name_disk,
};

STARTS(START_STACK) static void start(void)
{
    device_add_source(&disks);
}
