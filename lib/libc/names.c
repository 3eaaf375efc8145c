/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.c: names that come and go: folders, links, renaming, removing.
 *
 * Each call walks (walk.h) and lets the mount do it. Before that it refuses
 * what no mount can do: to remove or to rename a mount's own root, or a folder
 * in which there are other mounts.
 *
 * Concurrency: the mounts'.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/libc/libc.h"
#include "lib/libc/walk.h"

/* ---- What is refused ------------------------------------------------------
 */

int walk_refuse(struct walk *walk, bool making)
{
    struct stat stat;
    int result = walk_stat(walk, &stat);

    if (result == 0 && making)
        return -EEXIST;
    return result == 0 || (result == -ENOENT && making) ? -EROFS : result;
}

/* May a new name be made, by an operation that the mount `has`? */
static int check_new(struct walk *walk, bool has)
{
    if (walk->path.text[0] == '\0')
        return -EEXIST;
    return !has || atomic_load(&walk->mount->readonly) ? walk_refuse(walk, true)
                                                       : 0;
}

/* May one be taken away? */
static int check_old(struct walk *walk, bool has)
{
    if (!has || atomic_load(&walk->mount->readonly))
        return walk_refuse(walk, false);
    return mount_below(walk->absolute) ? -EBUSY : 0;
}

/* ---- Folders --------------------------------------------------------------
 */

static int make_folder(struct walk *walk, mode_t mode)
{
    const struct mount_ops *ops = walk->mount->ops;
    int error = check_new(walk, ops->mkdir != NULL);

    return error ? error
                 : ops->mkdir(walk->mount, &walk->path, walk_mode(mode));
}

int mkdirat(int at, const char *path, mode_t mode)
{
    struct walk *walk = walk_begin(at, path, WALK_NEW_FOLDER);
    int result;

    while (walk_next(walk, &result))
        result = make_folder(walk, mode);
    walk_end(walk);
    return (int)libc_result(result);
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

static int remove_folder(struct walk *walk)
{
    const struct mount_ops *ops = walk->mount->ops;
    int error = check_old(walk, ops->rmdir != NULL);

    if (walk->form == PATH_DOTS)
        return -EINVAL;
    return error ? error : ops->rmdir(walk->mount, &walk->path);
}

static int remove_file(struct walk *walk)
{
    const struct mount_ops *ops = walk->mount->ops;
    int error = check_old(walk, ops->unlink != NULL);

    return error ? error : ops->unlink(walk->mount, &walk->path);
}

static int remove_path(int at, const char *path, int (*how)(struct walk *))
{
    struct walk *walk = walk_begin(at, path, 0);
    int result;

    while (walk_next(walk, &result))
        result = how(walk);
    walk_end(walk);
    return result;
}

int unlinkat(int at, const char *path, int flags)
{
    return (int)libc_result(remove_path(
        at, path, flags & AT_REMOVEDIR ? remove_folder : remove_file));
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path)
{
    int result = remove_path(AT_FDCWD, path, remove_file);

    if (result == -EISDIR)
        result = remove_path(AT_FDCWD, path, remove_folder);
    return (int)libc_result(result);
}

/* As newlib calls it, in tmpfile(). */
int _remove_r(__attribute__((unused)) struct _reent *reent, const char *path)
{
    return remove(path);
}

/* ---- Renaming -------------------------------------------------------------
 */

/* "from" to "to/": it had better be a folder. */
static int check_form(struct walk *from, const struct walk *to)
{
    struct stat stat;
    int result;

    if (from->form == PATH_DOTS || to->form == PATH_DOTS)
        return -EINVAL;
    if (to->form == PATH_NAME)
        return 0;
    result = walk_stat(from, &stat);
    return result == 0 && !S_ISDIR(stat.st_mode) ? -ENOTDIR : result;
}

static int rename_walk(struct walk *from, struct walk *to)
{
    const struct mount_ops *ops = from->mount->ops;
    int result = check_form(from, to);

    if (result == 0)
        result = check_old(from, ops->rename != NULL);
    if (result)
        return result;
    if (mount_below(to->absolute))
        return -EBUSY;
    return ops->rename(from->mount, &from->path, &to->path);
}

int renameat(int from_at, const char *from_path, int to_at, const char *to_path)
{
    struct walk *from = walk_begin(from_at, from_path, 0);
    struct walk *to = walk_begin(to_at, to_path, WALK_NEW_FOLDER);
    int result;

    while (walk_next_both(from, to, &result))
        result = rename_walk(from, to);
    walk_end(to);
    walk_end(from);
    return (int)libc_result(result);
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* ---- Links ----------------------------------------------------------------
 */

static int link_walk(struct walk *from, struct walk *to)
{
    const struct mount_ops *ops = from->mount->ops;
    int error = check_new(to, ops->link != NULL);

    return error ? error : ops->link(from->mount, &from->path, &to->path);
}

int linkat(int from_at, const char *from_path, int to_at, const char *to_path,
           int flags)
{
    struct walk *from = walk_begin(from_at, from_path,
                                   flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0);
    struct walk *to = walk_begin(to_at, to_path, 0);
    int result;

    while (walk_next_both(from, to, &result))
        result = link_walk(from, to);
    walk_end(to);
    walk_end(from);
    return (int)libc_result(result);
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int make_link(struct walk *walk, const char *target)
{
    const struct mount_ops *ops = walk->mount->ops;
    int error = check_new(walk, ops->symlink != NULL);

    return error ? error : ops->symlink(walk->mount, &walk->path, target);
}

int symlinkat(const char *target, int at, const char *path)
{
    struct walk *walk;
    int result;

    if (target[0] == '\0' || strlen(target) >= PATH_MAX)
        return (int)libc_result(target[0] == '\0' ? -ENOENT : -ENAMETOOLONG);
    walk = walk_begin(at, path, 0);
    while (walk_next(walk, &result))
        result = make_link(walk, target);
    walk_end(walk);
    return (int)libc_result(result);
}

int symlink(const char *target, const char *path)
{
    return symlinkat(target, AT_FDCWD, path);
}

/* Those that have no links have no such operation. */
static int read_link(struct walk *walk, char *to)
{
    const struct mount_ops *ops = walk->mount->ops;
    struct stat stat;
    int result;

    if (ops->readlink != NULL)
        return ops->readlink(walk->mount, &walk->path, to);
    result = walk_stat(walk, &stat);
    return result ? result : -EINVAL;
}

ssize_t readlinkat(int at, const char *restrict path, char *restrict to,
                   size_t size)
{
    struct walk *walk = walk_begin(at, path, 0);
    size_t length;
    int result;

    /* No names are pending when it has come so far. */
    while (walk_next(walk, &result))
        result = read_link(walk, walk->pending);
    if (result == 0) {
        length = strlen(walk->pending);
        result = (int)(length < size ? length : size);
        memcpy(to, walk->pending, (size_t)result);
    }
    walk_end(walk);
    return libc_result(result);
}

ssize_t readlink(const char *restrict path, char *restrict to, size_t size)
{
    return readlinkat(AT_FDCWD, path, to, size);
}

/* A walk that came to its end has no link behind it. */
char *realpath(const char *restrict path, char *restrict to)
{
    struct walk *walk = walk_begin(AT_FDCWD, path, WALK_FOLLOW);
    struct stat stat;
    int result;

    while (walk_next(walk, &result))
        result = walk_stat(walk, &stat);
    if (result == 0 && to == NULL) {
        to = strdup(walk->absolute);
        result = to == NULL ? -ENOMEM : 0;
    } else if (result == 0) {
        memcpy(to, walk->absolute, strlen(walk->absolute) + 1);
    }
    walk_end(walk);
    return libc_result(result) < 0 ? NULL : to;
}
