/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attributes.c: modes, owners and times: chmod(), chown(), utimes() and their
 * many kin, which all become one operation with a list of what is to change.
 *
 * Concurrency: the mounts'.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>
#include "lib/libc/libc.h"
#include "lib/libc/walk.h"

/* ---- By path, by descriptor -----------------------------------------------
 */

static int change_walk(struct walk *walk, const struct file_change *change)
{
    const struct mount_ops *ops = walk->mount->ops;
    struct stat stat;

    if (change->what == 0) /* it must be there all the same */
        return walk_stat(walk, &stat);
    if (ops->change == NULL || atomic_load(&walk->mount->readonly))
        return walk_refuse(walk, false);
    return ops->change(walk->mount, &walk->path, change);
}

/* `flags`: AT_SYMLINK_NOFOLLOW or 0. */
static int change_path(int at, const char *path,
                       const struct file_change *change, int flags)
{
    struct walk *walk =
        walk_begin(at, path, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
    int result;

    while (walk_next(walk, &result))
        result = change_walk(walk, change);
    walk_end(walk);
    return (int)libc_result(result);
}

static int change_file(int descriptor, const struct file_change *change)
{
    struct file *file = file_get(descriptor);
    int result = 0;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    if (change->what == 0)
        result = 0;
    else if (file->mount != NULL && atomic_load(&file->mount->readonly))
        result = -EROFS;
    else if (file->ops->change == NULL)
        result = -EINVAL;
    else
        result = file->ops->change(file, change);
    file_put(file);
    return (int)libc_result(result);
}

/* ---- Modes ----------------------------------------------------------------
 */

static struct file_change to_mode(mode_t mode)
{
    return (struct file_change){.what = FILE_CHANGE_MODE, .mode = mode & 07777};
}

int fchmodat(int at, const char *path, mode_t mode, int flags)
{
    struct file_change change = to_mode(mode);

    return change_path(at, path, &change, flags);
}

int chmod(const char *path, mode_t mode)
{
    return fchmodat(AT_FDCWD, path, mode, 0);
}

int fchmod(int descriptor, mode_t mode)
{
    struct file_change change = to_mode(mode);

    return change_file(descriptor, &change);
}

/* ---- Owners ---------------------------------------------------------------
 */

/* -1 leaves it as it is. */
static struct file_change to_owner(uid_t owner, gid_t group)
{
    struct file_change change = {.owner = owner, .group = group};

    if (owner != (uid_t)-1)
        change.what |= FILE_CHANGE_OWNER;
    if (group != (gid_t)-1)
        change.what |= FILE_CHANGE_GROUP;
    return change;
}

int fchownat(int at, const char *path, uid_t owner, gid_t group, int flags)
{
    struct file_change change = to_owner(owner, group);

    return change_path(at, path, &change, flags);
}

int chown(const char *path, uid_t owner, gid_t group)
{
    return fchownat(AT_FDCWD, path, owner, group, 0);
}

int lchown(const char *path, uid_t owner, gid_t group)
{
    return fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW);
}

int fchown(int descriptor, uid_t owner, gid_t group)
{
    struct file_change change = to_owner(owner, group);

    return change_file(descriptor, &change);
}

/* ---- Times ----------------------------------------------------------------
 */

/* One of two: sets its bit in change->what, unless it is to stay. */
static int take_time(const struct timespec *time, unsigned int bit,
                     struct file_change *change, struct timespec *to)
{
    if (time->tv_nsec == UTIME_OMIT)
        return 0;
    if (time->tv_nsec == UTIME_NOW)
        clock_gettime(CLOCK_REALTIME, to);
    else if (time->tv_nsec < 0 || time->tv_nsec >= 1000000000)
        return -EINVAL;
    else
        *to = *time;
    change->what |= bit;
    return 0;
}

/* `times`: of access and of modification; NULL: it is now. */
static int to_times(const struct timespec *times, struct file_change *change)
{
    static const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    int error;

    memset(change, 0, sizeof(*change));
    if (times == NULL)
        times = now;
    error =
        take_time(&times[0], FILE_CHANGE_ACCESSED, change, &change->accessed);
    if (error == 0)
        error = take_time(&times[1], FILE_CHANGE_MODIFIED, change,
                          &change->modified);
    return error;
}

int utimensat(int at, const char *path, const struct timespec *times, int flags)
{
    struct file_change change;
    int error = to_times(times, &change);

    return error ? (int)libc_result(error)
                 : change_path(at, path, &change, flags);
}

int futimens(int descriptor, const struct timespec *times)
{
    struct file_change change;
    int error = to_times(times, &change);

    return error ? (int)libc_result(error) : change_file(descriptor, &change);
}

/* Microseconds out of range become nanoseconds out of range. */
static const struct timespec *in_ns(const struct timeval *times,
                                    struct timespec *ns)
{
    if (times == NULL)
        return NULL;
    for (int i = 0; i < 2; i++) {
        bool proper = times[i].tv_usec >= 0 && times[i].tv_usec < 1000000;

        ns[i].tv_sec = times[i].tv_sec;
        ns[i].tv_nsec = proper ? times[i].tv_usec * 1000 : 1000000000;
    }
    return ns;
}

int utimes(const char *path, const struct timeval *times)
{
    struct timespec ns[2];

    return utimensat(AT_FDCWD, path, in_ns(times, ns), 0);
}

int lutimes(const char *path, const struct timeval *times)
{
    struct timespec ns[2];

    return utimensat(AT_FDCWD, path, in_ns(times, ns), AT_SYMLINK_NOFOLLOW);
}

int futimes(int descriptor, const struct timeval *times)
{
    struct timespec ns[2];

    return futimens(descriptor, in_ns(times, ns));
}

int utime(const char *path, const struct utimbuf *times)
{
    struct timespec ns[2] = {{0, 0}, {0, 0}};

    if (times == NULL)
        return utimensat(AT_FDCWD, path, NULL, 0);
    ns[0].tv_sec = times->actime;
    ns[1].tv_sec = times->modtime;
    return utimensat(AT_FDCWD, path, ns, 0);
}
