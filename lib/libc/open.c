/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open.c: from a path to a descriptor.
 *
 * The mount makes the file; from there on it is not asked any more: a file
 * knows what it is (file.h). What POSIX says of flags is divided: which mount.h
 * names are the mount's, the rest is here.
 *
 * Concurrency: no state but the mask, an atomic.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "lib/libc/libc.h"
#include "lib/libc/walk.h"

/* What new files and folders are not allowed. */
static atomic_uint mask = 022;

mode_t umask(mode_t mode)
{
    return (mode_t)atomic_exchange(&mask, mode & 0777);
}

mode_t walk_mode(mode_t mode)
{
    return mode & 07777 & ~(mode_t)atomic_load(&mask);
}

/* What a mount that is read-only has to refuse. */
static bool changes(const struct walk *walk, int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY && !walk->mount->devices;
}

/* If it is there, it may be opened, but nothing may be made or emptied. */
static int open_readonly(struct walk *walk, int flags, struct file **file)
{
    struct stat stat;
    int result = walk_stat(walk, &stat);

    if (result == -ENOENT && flags & O_CREAT)
        return -EROFS;
    if (result)
        return result;
    if (flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (S_ISDIR(stat.st_mode) && flags & (O_ACCMODE | O_CREAT))
        return -EISDIR;
    if (changes(walk, flags))
        return -EROFS;
    return walk->mount->ops->open(walk->mount, &walk->path,
                                  flags & ~(O_CREAT | O_TRUNC | O_EXCL), 0,
                                  file);
}

static int open_here(struct walk *walk, int flags, mode_t mode,
                     struct file **file)
{
    int result;

    if (atomic_load(&walk->mount->readonly) &&
        (changes(walk, flags) || flags & (O_CREAT | O_TRUNC)))
        result = open_readonly(walk, flags, file);
    else
        result =
            walk->mount->ops->open(walk->mount, &walk->path, flags, mode, file);
    /* A folder that is there because mounts are in it. */
    if (result == -ENOENT && !(flags & (O_ACCMODE | O_CREAT)) &&
        mount_below(walk->absolute))
        result = mount_open_folder(file);
    return result;
}

/* Paths may begin at a folder that is open: so it keeps its own. */
static int remember(struct file *file, const struct walk *walk, int flags)
{
    size_t size = strlen(walk->absolute) + 1;

    if (file->ops->readdir == NULL)
        return flags & O_DIRECTORY ? -ENOTDIR : 0;
    file->place = heap_alloc(size);
    if (file->place == NULL)
        return -ENOMEM;
    memcpy(file->place, walk->absolute, size);
    return 0;
}

static int walk_flags(int flags)
{
    return flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL)
               ? 0
               : WALK_FOLLOW;
}

int file_open(int at, const char *path, int flags, mode_t mode,
              struct file **file)
{
    struct walk *walk;
    int result;

    if ((flags & O_ACCMODE) == O_ACCMODE ||
        (flags & O_DIRECTORY && flags & O_CREAT))
        return -EINVAL;
    if (flags & O_DIRECTORY)
        flags &= ~O_TRUNC;
    walk = walk_begin(at, path, walk_flags(flags));
    while (walk_next(walk, &result))
        result = open_here(walk, flags, walk_mode(mode), file);
    if (result == 0) {
        (*file)->mount = walk->mount;
        result = remember(*file, walk, flags);
        if (result < 0)
            file_put(*file);
    }
    walk_end(walk);
    return result;
}

static int open_path(int at, const char *path, int flags, mode_t mode)
{
    struct file *file;
    int result = file_open(at, path, flags, mode, &file);

    if (result < 0)
        return result;
    result = file_install(file, 0);
    if (result < 0)
        file_put(file);
    return result;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode = 0;

    if (flags & O_CREAT) {
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return (int)libc_result(open_path(AT_FDCWD, path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode = 0;

    if (flags & O_CREAT) {
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return (int)libc_result(open_path(folder, path, flags, mode));
}

int creat(const char *path, mode_t mode)
{
    return (int)libc_result(
        open_path(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode));
}
