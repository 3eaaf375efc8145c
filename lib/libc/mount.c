/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mount.c: the calls that name a file by its path.
 *
 * A path is resolved as text (path.c), the mount that it lies below is found,
 * and the mount does the rest. What is opened gets a descriptor, and from there
 * on the mount is not asked any more: a file knows what it is (file.h).
 *
 * Concurrency: `lock` guards the list of mounts, which are only ever added, and
 * the current folder, which is the same for all threads.
 *
 * Left out: a mount's place does not show among the names of the folder that it
 * lies in; links from one file system into another.
 */
#include "lib/libc/mount.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "coracle/sync.h"
#include "lib/libc/libc.h"
#include "lib/libc/path.h"

static struct mutex lock = MUTEX_INIT(lock);
static struct list mounts = LIST_INIT(mounts);
static bool begun; /* /dev is among them */
static char current[PATH_MAX] = "/";

/* ---- Finding --------------------------------------------------------------
 */

static struct mount *mount_at(struct list *node)
{
    return container_of(node, struct mount, link);
}

/* Guarded by `lock`. A program that opens nothing has no /dev either. */
static void begin(void)
{
    if (!begun)
        list_add_tail(&mounts, &device_mount.link);
    begun = true;
}

int mount_add(struct mount *mount)
{
    int error = 0;

    mutex_lock(&lock);
    begin();
    list_for_each (node, &mounts)
        if (strcmp(mount_at(node)->place, mount->place) == 0)
            error = -EBUSY;
    if (error == 0)
        list_add_tail(&mounts, &mount->link);
    mutex_unlock(&lock);
    return error;
}

/* The mount with the longest place that `path` is below. */
static struct mount *serving(const char *path)
{
    struct mount *best = NULL;

    list_for_each (node, &mounts) {
        struct mount *one = mount_at(node);

        if (path_below(path, one->place) != NULL &&
            (best == NULL || strlen(one->place) > strlen(best->place)))
            best = one;
    }
    return best;
}

int mount_find(const char *path, struct mount **mount, char *rest)
{
    const char *below;
    int error;

    mutex_lock(&lock);
    begin();
    error = path_resolve(current, path, rest, PATH_MAX);
    *mount = error ? NULL : serving(rest);
    mutex_unlock(&lock);
    if (error)
        return error;
    if (*mount == NULL)
        return -ENOENT;
    below = path_below(rest, (*mount)->place);
    memmove(rest, below, strlen(below) + 1);
    return 0;
}

/* ---- Opening --------------------------------------------------------------
 */

static int open_path(const char *path, int flags, mode_t mode)
{
    struct mount *mount;
    char rest[PATH_MAX];
    struct file *file;
    int result = mount_find(path, &mount, rest);

    if (result < 0)
        return result;
    result = mount->ops->open(mount, rest, flags, mode, &file);
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
    return (int)libc_result(open_path(path, flags, mode));
}

/* There are no paths relative to a folder that is open. */
int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode = 0;

    if (folder != AT_FDCWD && path[0] != '/')
        return (int)libc_result(-ENOTSUP);
    if (flags & O_CREAT) {
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return (int)libc_result(open_path(path, flags, mode));
}

int creat(const char *path, mode_t mode)
{
    return (int)libc_result(
        open_path(path, O_WRONLY | O_CREAT | O_TRUNC, mode));
}

/* ---- Asking ---------------------------------------------------------------
 */

/* The folder that holds everything is there, if it is nobody's. */
static bool is_top(const char *path, struct stat *to)
{
    char absolute[PATH_MAX];
    int error;

    mutex_lock(&lock);
    error = path_resolve(current, path, absolute, sizeof(absolute));
    mutex_unlock(&lock);
    to->st_mode = S_IFDIR | 0555;
    return error == 0 && strcmp(absolute, "/") == 0;
}

static int stat_path(const char *path, struct stat *to, bool follow)
{
    struct mount *mount;
    char rest[PATH_MAX];
    int error = mount_find(path, &mount, rest);

    memset(to, 0, sizeof(*to));
    to->st_nlink = 1;
    if (error == -ENOENT && is_top(path, to))
        return 0;
    if (error)
        return error;
    return mount->ops->stat(mount, rest, to, follow);
}

int stat(const char *restrict path, struct stat *restrict to)
{
    return (int)libc_result(stat_path(path, to, true));
}

int lstat(const char *restrict path, struct stat *restrict to)
{
    return (int)libc_result(stat_path(path, to, false));
}

/* Whoever is there may do everything; only the file's own bits can forbid. */
int access(const char *path, int mode)
{
    struct stat found;
    int error = stat_path(path, &found, true);

    if (error == 0 && ((mode & W_OK && !(found.st_mode & 0222)) ||
                       (mode & X_OK && !(found.st_mode & 0111))))
        error = -EACCES;
    return (int)libc_result(error);
}

/* ---- The current folder ---------------------------------------------------
 */

int chdir(const char *path)
{
    char absolute[PATH_MAX];
    struct stat found;
    int error = stat_path(path, &found, true);

    if (error == 0 && !S_ISDIR(found.st_mode))
        error = -ENOTDIR;
    if (error == 0) {
        mutex_lock(&lock);
        error = path_resolve(current, path, absolute, sizeof(absolute));
        if (error == 0)
            memcpy(current, absolute, sizeof(current));
        mutex_unlock(&lock);
    }
    return (int)libc_result(error);
}

char *getcwd(char *to, size_t size)
{
    char *result = to;

    mutex_lock(&lock);
    if (to == NULL)
        result = strdup(current);
    else if (strlen(current) < size)
        memcpy(to, current, strlen(current) + 1);
    else
        result = NULL;
    mutex_unlock(&lock);
    if (result == NULL)
        errno = to == NULL ? ENOMEM : size == 0 ? EINVAL : ERANGE;
    return result;
}
