/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * size.c: how large files are, and how large they may become.
 *
 * Concurrency: the files' and mounts' own. posix_fallocate() looks at each
 * block and then writes to it: whoever writes to the same file meanwhile may
 * lose a byte, as with any C library that has no help from the file system.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "coracle/print.h"
#include "lib/libc/libc.h"
#include "lib/libc/walk.h"

/* ---- Files ----------------------------------------------------------------
 */

static int truncate_file(struct file *file, off_t size)
{
    if (size < 0 || file->ops->truncate == NULL ||
        (atomic_load(&file->flags) & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    return file->ops->truncate(file, size);
}

int ftruncate(int descriptor, off_t size)
{
    struct file *file = file_get(descriptor);
    int result;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    result = truncate_file(file, size);
    file_put(file);
    return (int)libc_result(result);
}

int truncate(const char *path, off_t size)
{
    struct file *file;
    int result = file_open(AT_FDCWD, path, O_WRONLY, 0, &file);

    if (result == 0) {
        result = truncate_file(file, size);
        file_put(file);
    }
    return (int)libc_result(result);
}

/* No file system has smaller blocks. */
#define BLOCK_MIN 1024

/* Make sure that the block with byte `at` is there: write what it holds. */
static int fill_block(struct file *file, off_t at)
{
    ssize_t moved;
    char byte = 0;

    moved = file->ops->pread == NULL ? 0 : file->ops->pread(file, &byte, 1, at);
    if (moved >= 0 && (moved == 0 || byte == 0))
        moved = file->ops->pwrite(file, "", 1, at);
    return moved < 0 ? (int)moved : 0;
}

static int allocate(struct file *file, off_t offset, off_t size)
{
    off_t end;
    int error = 0;

    if (offset < 0 || size <= 0)
        return -EINVAL;
    if (__builtin_add_overflow(offset, size, &end))
        return -EFBIG;
    if ((atomic_load(&file->flags) & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (file->ops->truncate == NULL || file->ops->pwrite == NULL)
        return file->ops->seek == NULL ? -ESPIPE : -ENODEV;
    for (off_t at = offset; error == 0 && at < end;
         at = (at | (BLOCK_MIN - 1)) + 1)
        error = fill_block(file, at);
    return error ? error : fill_block(file, end - 1);
}

/* Returns the error; errno stays. */
int posix_fallocate(int descriptor, off_t offset, off_t size)
{
    struct file *file = file_get(descriptor);
    int result;

    if (file == NULL)
        return EBADF;
    result = allocate(file, offset, size);
    file_put(file);
    return -result;
}

/* Advice may be ignored. */
int posix_fadvise(int descriptor, __attribute__((unused)) off_t offset,
                  __attribute__((unused)) off_t size, int advice)
{
    struct file *file = file_get(descriptor);

    if (file == NULL)
        return EBADF;
    file_put(file);
    return advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE ? EINVAL
                                                                     : 0;
}

/* ---- File systems ---------------------------------------------------------
 */

static int describe(struct mount *mount, struct statvfs *to)
{
    int error = 0;

    memset(to, 0, sizeof(*to));
    to->f_bsize = to->f_frsize = 4096;
    to->f_namemax = NAME_MAX;
    if (mount->ops->statvfs != NULL)
        error = mount->ops->statvfs(mount, to);
    to->f_fsid = mount->number;
    if (atomic_load(&mount->readonly))
        to->f_flag |= ST_RDONLY;
    return error;
}

int statvfs(const char *restrict path, struct statvfs *restrict to)
{
    struct walk *walk = walk_begin(AT_FDCWD, path, WALK_FOLLOW);
    struct stat stat;
    int result;

    while (walk_next(walk, &result))
        result = walk_stat(walk, &stat);
    if (result == 0)
        result = describe(walk->mount, to);
    walk_end(walk);
    return (int)libc_result(result);
}

int fstatvfs(int descriptor, struct statvfs *to)
{
    struct file *file = file_get(descriptor);
    int result;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    result = file->mount == NULL ? -EINVAL : describe(file->mount, to);
    file_put(file);
    return (int)libc_result(result);
}

static long limit_of(int name)
{
    switch (name) {
    case _PC_NAME_MAX:
        return NAME_MAX;
    case _PC_PATH_MAX:
        return PATH_MAX;
    case _PC_LINK_MAX:
        return LINK_MAX;
    case _PC_PIPE_BUF:
        return PIPE_BUF;
    case _PC_NO_TRUNC:
    case _PC_CHOWN_RESTRICTED:
        return 1;
    default:
        return libc_result(-EINVAL);
    }
}

/* The same for all that there are. */

long pathconf(__attribute__((unused)) const char *path, int name)
{
    return limit_of(name);
}

long fpathconf(__attribute__((unused)) int descriptor, int name)
{
    return limit_of(name);
}

void sync(void)
{
    int error = mount_sync_all();

    if (error)
        printk("sync: not all could be written: %s\n", strerror(-error));
}
