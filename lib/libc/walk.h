/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.h: from the path in a call to a mount and what is the mount's of it.
 *
 * A call that has a path looks like this:
 *
 *     struct walk *walk = walk_begin(at, path, WALK_FOLLOW);
 *     int result;
 *
 *     while (walk_next(walk, &result))
 *         result = walk->mount->ops->...(walk->mount, &walk->path, ...);
 *     walk_end(walk);
 *
 * The loop runs once, and once more for each symbolic link on the way.
 */
#ifndef CORACLE_LIBC_WALK_H
#define CORACLE_LIBC_WALK_H

#include <limits.h>
#include <stdbool.h>
#include "coracle/compiler.h"
#include "lib/libc/mount.h"
#include "lib/libc/path.h"

/* Links in one path; more are taken for a ring of them. */
#define WALK_LINKS_MAX 40

/* What a walk is for. */
enum {
    WALK_FOLLOW = 1,     /* if the last name is a link, to what it says */
    WALK_NEW_FOLDER = 2, /* "name/" may be a folder that is yet to come */
};

struct walk {
    struct mount *mount;
    struct mount_path path;
    /* The way so far, an absolute path; path.text is a part of it. Once the
     * call is served there is no link in it but perhaps the last name. */
    char absolute[PATH_MAX];

    enum path_form form; /* of the path in the call */
    int flags;
    int error; /* before it began */
    bool begun;
    bool settled; /* `absolute` is a folder, known to be there */
    bool folder;  /* it must lead to one */
    unsigned int links;
    char pending[PATH_MAX]; /* names yet to be added */
    char target[PATH_MAX];  /* path.target */
};

/*
 * A walk from folder `at`: AT_FDCWD or a descriptor. NULL for lack of memory,
 * which the others know how to take.
 */
struct walk *walk_begin(int at, const char *path, int flags);

/*
 * The first time, and whenever *result is MOUNT_LINK: find the way, true if
 * there is one. Else false, and *result says why not: what the call returned
 * if it was not MOUNT_LINK.
 */
MUST_CHECK bool walk_next(struct walk *walk, int *result);

/* The same for two paths of one mount; of two: -EXDEV. */
MUST_CHECK bool walk_next_both(struct walk *from, struct walk *to, int *result);

void walk_end(struct walk *walk);

/* Fill in *stat of where a walk is. 0, MOUNT_LINK or a negative errno. */
MUST_CHECK int walk_stat(struct walk *walk, struct stat *stat);

/* The two above in one: 0, or what went wrong. */
MUST_CHECK int walk_stat_path(int at, const char *path, int flags,
                              struct stat *stat);

/*
 * Why a mount that cannot change anything does not do what is asked: -EEXIST if
 * a name is to be made (`making`) that is there, -ENOENT if there is not what
 * is to be changed, else -EROFS. Or MOUNT_LINK.
 */
MUST_CHECK int walk_refuse(struct walk *walk, bool making);

/* A file without a descriptor, as open() makes it: 0, or a negative errno. The
 * caller has the only reference. */
MUST_CHECK int file_open(int at, const char *path, int flags, mode_t mode,
                         struct file **file);

/* The mode of a new file or folder: what the program's mask leaves of it. */
mode_t walk_mode(mode_t mode);

/* Fill in what the library knows, before the mount or the file is asked. */
void stat_begin(struct stat *stat, const struct mount *mount);

#endif
