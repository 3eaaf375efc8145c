/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status.c: what a file is: stat() and its kin.
 *
 * Concurrency: no state.
 */
#include <fcntl.h>
#include <unistd.h>
#include "lib/libc/libc.h"
#include "lib/libc/walk.h"

int fstatat(int at, const char *restrict path, struct stat *restrict to,
            int flags)
{
    if (path[0] == '\0' && flags & AT_EMPTY_PATH)
        return fstat(at, to);
    return (int)libc_result(walk_stat_path(
        at, path, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, to));
}

int stat(const char *restrict path, struct stat *restrict to)
{
    return fstatat(AT_FDCWD, path, to, 0);
}

int lstat(const char *restrict path, struct stat *restrict to)
{
    return fstatat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

/*
 * Whoever is there may read and write everything, and run and search what
 * anybody may: user 0.
 */
static int may(struct walk *walk, int mode)
{
    struct stat stat;
    int result = walk_stat(walk, &stat);

    if (result)
        return result;
    if (mode & W_OK && atomic_load(&walk->mount->readonly) &&
        !walk->mount->devices)
        return -EROFS;
    return mode & X_OK && !(stat.st_mode & 0111) ? -EACCES : 0;
}

int faccessat(int at, const char *path, int mode, int flags)
{
    struct walk *walk;
    int result;

    if (mode & ~(R_OK | W_OK | X_OK))
        return (int)libc_result(-EINVAL);
    walk = walk_begin(at, path, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
    while (walk_next(walk, &result))
        result = may(walk, mode);
    walk_end(walk);
    return (int)libc_result(result);
}

int access(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, 0);
}
