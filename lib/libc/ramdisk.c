/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ramdisk.c: the ramdisk's archive as a file system that can only be read.
 *
 * cpio.c has made a tree of it; here are its names, as a mount, and its files.
 * A file is a place in the archive: read() copies from there, mmap() gives the
 * bytes themselves.
 *
 * Concurrency: the tree never changes. Each open file's mutex guards its
 * offset.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "lib/libc/cpio.h"
#include "lib/libc/libc.h"
#include "lib/libc/mount.h"
#include "lib/libc/path.h"

struct ramdisk_file {
    struct file file;
    uint32_t name;
    const struct cpio_file *what;
    struct mutex lock;
    off_t offset; /* guarded by lock */
};

static struct cpio tree;
static size_t archive_size;

static struct ramdisk_file *ramdisk_file(struct file *file)
{
    return container_of(file, struct ramdisk_file, file);
}

/* ---- Files ----------------------------------------------------------------
 */

static ssize_t file_pread(struct file *file, void *to, size_t size,
                          off_t offset)
{
    const struct cpio_file *what = ramdisk_file(file)->what;

    if (offset >= (off_t)what->size)
        return 0;
    if (size > what->size - (size_t)offset)
        size = what->size - (size_t)offset;
    memcpy(to, what->bytes + offset, size);
    return (ssize_t)size;
}

static ssize_t file_read(struct file *file, void *to, size_t size)
{
    struct ramdisk_file *self = ramdisk_file(file);
    ssize_t moved;

    mutex_lock(&self->lock);
    moved = file_pread(file, to, size, self->offset);
    self->offset += moved;
    mutex_unlock(&self->lock);
    return moved;
}

static off_t file_seek(struct file *file, off_t offset, int whence)
{
    struct ramdisk_file *self = ramdisk_file(file);
    off_t base = 0;

    mutex_lock(&self->lock);
    if (whence == SEEK_CUR)
        base = self->offset;
    else if (whence == SEEK_END)
        base = (off_t)self->what->size;
    if ((whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) ||
        __builtin_add_overflow(base, offset, &offset) || offset < 0)
        offset = -EINVAL;
    else
        self->offset = offset;
    mutex_unlock(&self->lock);
    return offset;
}

static int describe(uint32_t name, struct stat *stat)
{
    const struct cpio_file *what = cpio_file(&tree, name);

    stat->st_ino = tree.names[name].file + 1;
    stat->st_mode = what->mode;
    stat->st_nlink = (nlink_t)what->links;
    stat->st_uid = what->owner;
    stat->st_gid = what->group;
    stat->st_size = (off_t)what->size;
    stat->st_mtime = stat->st_atime = stat->st_ctime = (time_t)what->modified;
    stat->st_blksize = 4096;
    stat->st_blocks = (blkcnt_t)((what->size + 511) / 512);
    return 0;
}

static int file_stat(struct file *file, struct stat *stat)
{
    return describe(ramdisk_file(file)->name, stat);
}

static int file_map(struct file *file, off_t offset, size_t size,
                    const void **bytes)
{
    const struct cpio_file *what = ramdisk_file(file)->what;

    if (offset > (off_t)what->size || size > what->size - (size_t)offset)
        return -ENOTSUP;
    *bytes = what->bytes + offset;
    return 0;
}

static void file_close(struct file *file)
{
    free(ramdisk_file(file));
}

static const struct file_ops file_ops = {
    .read = file_read,
    .pread = file_pread,
    .seek = file_seek,
    .stat = file_stat,
    .map = file_map,
    .close = file_close,
};

/* ---- Folders --------------------------------------------------------------
 */

/* Cookies: 0 is ".", 1 "..", others 2 + the name, CPIO_NONE at the end. */
static int folder_readdir(struct file *file, uint64_t *cookie,
                          struct dirent *entry)
{
    uint32_t folder = ramdisk_file(file)->name, name;

    if (*cookie >= tree.name_count + 2ULL)
        return 0;
    name = *cookie == 0   ? folder
           : *cookie == 1 ? tree.names[folder].folder
                          : (uint32_t)(*cookie - 2);
    entry->d_ino = tree.names[name].file + 1;
    entry->d_type = (unsigned char)IFTODT(cpio_file(&tree, name)->mode);
    if (*cookie < 2) {
        strcpy(entry->d_name, *cookie == 0 ? "." : "..");
        *cookie = *cookie == 0 ? 1 : 2ULL + tree.names[folder].first;
    } else {
        memcpy(entry->d_name, tree.names[name].text, tree.names[name].length);
        entry->d_name[tree.names[name].length] = '\0';
        *cookie = 2ULL + tree.names[name].next;
    }
    return 1;
}

static const struct file_ops folder_ops = {
    .stat = file_stat,
    .readdir = folder_readdir,
    .close = file_close,
};

/* ---- The mount ------------------------------------------------------------
 */

/* A link was met that ends at `end`: what it says, and where. */
static int met_link(struct mount_path *path, const char *end,
                    const struct cpio_file *link)
{
    memcpy(path->target, link->bytes, link->size);
    path->target[link->size] = '\0';
    path->met = (size_t)(end - path->text);
    return MOUNT_LINK;
}

/* 0, MOUNT_LINK, or a negative errno. */
static int find(struct mount_path *path, uint32_t *name)
{
    const char *text = path->text;
    uint32_t at = CPIO_ROOT;

    while (*text != '\0') {
        size_t length = path_name(text);
        const struct cpio_file *what = cpio_file(&tree, at);

        if (!S_ISDIR(what->mode))
            return -ENOTDIR;
        if (length > NAME_MAX)
            return -ENAMETOOLONG;
        at = cpio_find(&tree, at, text, length);
        if (at == CPIO_NONE)
            return -ENOENT;
        text += length;
        what = cpio_file(&tree, at);
        if (S_ISLNK(what->mode) && (*text != '\0' || path->follow))
            return met_link(path, text, what);
        text += *text == '/';
    }
    *name = at;
    return 0;
}

static int ramdisk_open(__attribute__((unused)) struct mount *mount,
                        struct mount_path *path, int flags,
                        __attribute__((unused)) mode_t mode, struct file **file)
{
    const struct cpio_file *what;
    struct ramdisk_file *self;
    uint32_t name;
    int result = find(path, &name);

    if (result)
        return result;
    what = cpio_file(&tree, name);
    if (S_ISLNK(what->mode))
        return -ELOOP;
    if (!S_ISREG(what->mode) && !S_ISDIR(what->mode))
        return -ENXIO; /* a device or the like, and nobody behind it */
    self = malloc(sizeof(*self));
    if (self == NULL)
        return -ENOMEM;
    file_init(&self->file, S_ISDIR(what->mode) ? &folder_ops : &file_ops,
              flags);
    mutex_init(&self->lock);
    self->name = name;
    self->what = what;
    self->offset = 0;
    *file = &self->file;
    return 0;
}

static int ramdisk_stat(__attribute__((unused)) struct mount *mount,
                        struct mount_path *path, struct stat *stat)
{
    uint32_t name;
    int result = find(path, &name);

    return result ? result : describe(name, stat);
}

static int ramdisk_readlink(__attribute__((unused)) struct mount *mount,
                            struct mount_path *path, char *to)
{
    const struct cpio_file *what;
    uint32_t name;
    int result = find(path, &name);

    if (result)
        return result;
    what = cpio_file(&tree, name);
    if (!S_ISLNK(what->mode))
        return -EINVAL;
    memcpy(to, what->bytes, what->size);
    to[what->size] = '\0';
    return 0;
}

static int ramdisk_statvfs(__attribute__((unused)) struct mount *mount,
                           struct statvfs *to)
{
    to->f_blocks = (archive_size + to->f_frsize - 1) / to->f_frsize;
    to->f_files = tree.file_count;
    return 0;
}

static const struct mount_ops ramdisk_ops = {
    .open = ramdisk_open,
    .stat = ramdisk_stat,
    .readlink = ramdisk_readlink,
    .statvfs = ramdisk_statvfs,
};

static struct mount ramdisk_mount = {
    .place = "/",
    .ops = &ramdisk_ops,
    .readonly = true,
};

struct mount *ramdisk_find(void)
{
    unsigned long size;
    const void *archive = boot_ramdisk(&size);
    const char *why;
    size_t where;
    int error;

    if (size == 0)
        return NULL;
    archive_size = size;
    error = cpio_open(&tree, archive, size, &why, &where);
    if (error == 0)
        return &ramdisk_mount;
    if (error == -ENOMEM)
        printk("ramdisk: no memory for its names\n");
    else if (size > 2 && memcmp(archive, "\x1f\x8b", 2) == 0)
        printk("ramdisk: it is compressed (gzip), which is not supported\n");
    else
        printk("ramdisk: no cpio archive (newc): at byte %zu: %s\n", where,
               why);
    return NULL;
}
