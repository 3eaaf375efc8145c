/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devices.c: /dev: null, zero, random, urandom, console, tty, and what others
 * add, such as disks.
 *
 * The first few need no state, so a file for one of them is a struct file and
 * the operations; "console" and "tty" are the console's own file.
 *
 * Concurrency: sources are only ever added, at the start, by one thread.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/entropy.h"
#include "lib/libc/libc.h"
#include "lib/libc/mount.h"

/* ---- Files without state --------------------------------------------------
 */

static ssize_t read_nothing(__attribute__((unused)) struct file *file,
                            __attribute__((unused)) void *to,
                            __attribute__((unused)) size_t size)
{
    return 0;
}

static ssize_t read_zeros(__attribute__((unused)) struct file *file, void *to,
                          size_t size)
{
    memset(to, 0, size);
    return (ssize_t)size;
}

static ssize_t read_random(__attribute__((unused)) struct file *file, void *to,
                           size_t size)
{
    entropy_fill(to, size);
    return (ssize_t)size;
}

static ssize_t swallow(__attribute__((unused)) struct file *file,
                       __attribute__((unused)) const void *from, size_t size)
{
    return (ssize_t)size;
}

static off_t stay(__attribute__((unused)) struct file *file,
                  __attribute__((unused)) off_t offset,
                  __attribute__((unused)) int whence)
{
    return 0;
}

static int describe(struct stat *stat)
{
    stat->st_mode = S_IFCHR | 0666;
    stat->st_blksize = 4096;
    return 0;
}

static int file_stat(__attribute__((unused)) struct file *file,
                     struct stat *stat)
{
    return describe(stat);
}

static void file_free(struct file *file)
{
    free(file);
}

#define STATELESS(reads)                                                       \
    {                                                                          \
        .read = reads, .write = swallow, .seek = stay, .stat = file_stat,      \
        .close = file_free                                                     \
    }

static const struct file_ops null_ops = STATELESS(read_nothing);
static const struct file_ops zero_ops = STATELESS(read_zeros);
static const struct file_ops random_ops = STATELESS(read_random);

static const struct {
    const char *name;
    const struct file_ops *ops; /* NULL: the console */
} devices[] = {
    {"null", &null_ops},      {"zero", &zero_ops}, {"random", &random_ops},
    {"urandom", &random_ops}, {"console", NULL},   {"tty", NULL},
};

/* ---- The folder -----------------------------------------------------------
 */

static struct device_source *sources;

void device_add_source(struct device_source *source)
{
    source->next = sources;
    sources = source;
}

static int open_stateless(const struct file_ops *ops, int flags,
                          struct file **file)
{
    if (ops == NULL) {
        atomic_fetch_add(&console_file.references, 1);
        *file = &console_file;
        return 0;
    }
    *file = malloc(sizeof(**file));
    if (*file == NULL)
        return -ENOMEM;
    file_init(*file, ops, flags & (O_ACCMODE | O_NONBLOCK));
    return 0;
}

static int open_device(__attribute__((unused)) struct mount *mount,
                       const char *path, int flags,
                       __attribute__((unused)) mode_t mode, struct file **file)
{
    if (path[0] == '\0')
        return -EISDIR;
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        if (strcmp(devices[i].name, path) == 0)
            return open_stateless(devices[i].ops, flags, file);
    for (struct device_source *one = sources; one != NULL; one = one->next) {
        int error = one->open(path, flags, file);

        if (error != -ENOENT)
            return error;
    }
    return -ENOENT;
}

static int stat_device(struct mount *mount, const char *path, struct stat *stat,
                       __attribute__((unused)) bool follow)
{
    struct file *file;
    int error;

    if (path[0] == '\0') {
        stat->st_mode = S_IFDIR | 0555;
        return 0;
    }
    error = open_device(mount, path, O_RDONLY, 0, &file);
    if (error)
        return error;
    error = file->ops->stat(file, stat);
    file_put(file);
    return error;
}

static const struct mount_ops device_ops = {
    .open = open_device,
    .stat = stat_device,
};

struct mount device_mount = {.place = "/dev", .ops = &device_ops};
