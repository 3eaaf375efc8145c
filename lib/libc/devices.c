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
#include <dirent.h>
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

/* The name of the one at `index`, and false if there is none. */
static bool name_at(uint64_t index, char *name)
{
    if (index < ARRAY_SIZE(devices)) {
        strcpy(name, devices[index].name);
        return true;
    }
    index -= ARRAY_SIZE(devices);
    for (struct device_source *one = sources; one != NULL; one = one->next) {
        unsigned int count = 0;

        while (one->name(count, name) == 0)
            if (index == count++)
                return true;
        index -= count;
    }
    return false;
}

static int folder_readdir(__attribute__((unused)) struct file *file,
                          uint64_t *cookie, struct dirent *entry)
{
    if (*cookie < 2)
        strcpy(entry->d_name, *cookie == 0 ? "." : "..");
    else if (!name_at(*cookie - 2, entry->d_name))
        return 0;
    entry->d_type = *cookie < 2 ? DT_DIR : DT_UNKNOWN;
    entry->d_ino = ++*cookie;
    return 1;
}

static int folder_stat(__attribute__((unused)) struct file *file,
                       struct stat *stat)
{
    stat->st_mode = S_IFDIR | 0755;
    return 0;
}

static const struct file_ops folder_ops = {
    .stat = folder_stat,
    .readdir = folder_readdir,
    .close = file_free,
};

static int open_folder(struct file **file)
{
    *file = malloc(sizeof(**file));
    if (*file == NULL)
        return -ENOMEM;
    file_init(*file, &folder_ops, O_RDONLY);
    return 0;
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

static int open_name(const char *name, int flags, struct file **file)
{
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        if (strcmp(devices[i].name, name) == 0)
            return open_stateless(devices[i].ops, flags, file);
    for (struct device_source *one = sources; one != NULL; one = one->next) {
        int error = one->open(name, flags, file);

        if (error != -ENOENT)
            return error;
    }
    return -ENOENT;
}

static int device_open(__attribute__((unused)) struct mount *mount,
                       struct mount_path *path, int flags,
                       __attribute__((unused)) mode_t mode, struct file **file)
{
    if (path->text[0] == '\0')
        return flags & O_ACCMODE ? -EISDIR : open_folder(file);
    return open_name(path->text, flags, file);
}

static int device_stat(__attribute__((unused)) struct mount *mount,
                       struct mount_path *path, struct stat *stat)
{
    struct file *file;
    int error;

    if (path->text[0] == '\0')
        return folder_stat(NULL, stat);
    error = open_name(path->text, O_RDONLY, &file);
    if (error)
        return error;
    error = file->ops->stat(file, stat);
    file_put(file);
    return error;
}

static int device_sync(__attribute__((unused)) struct mount *mount)
{
    int result = 0;

    for (struct device_source *one = sources; one != NULL; one = one->next) {
        int error = one->sync();

        if (result == 0)
            result = error;
    }
    return result;
}

static const struct mount_ops device_ops = {
    .open = device_open,
    .stat = device_stat,
    .sync = device_sync,
};

struct mount device_mount = {
    .place = "/dev",
    .ops = &device_ops,
    .readonly = true,
    .devices = true,
};
