/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.c: the way along a path, and the folder where relative ones begin.
 *
 * A walk has a way behind it, `absolute`, and names in front, `pending`. As
 * long as these are plain names, to walk is to move text from one to the other;
 * then the mount that it leads to is asked to serve the call with all of it at
 * once. A mount that meets a symbolic link says so (mount.h): the way is cut
 * back to the link's folder, what the link says comes in front of the names
 * that were beyond it, and one walks on.
 *
 * Only where ".." comes, or the path ends in a slash, must somebody look before
 * the call itself is made: is this a folder, or a link to one?
 *
 * Concurrency: a walk belongs to its thread. `lock` guards the current folder,
 * which is the same for all threads. Other threads may change links and folders
 * while one walks: it finds what was there at some time in between.
 *
 * Left out: folders are known by their paths. Whoever is in one that is renamed
 * is nowhere (ENOENT), and likewise below one that is open.
 */
#include "lib/libc/walk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "lib/libc/libc.h"

static struct mutex lock = MUTEX_INIT(lock);
static char current[PATH_MAX]; /* "": "/"; zeroed takes no room in images */

/* The current folder; `lock` is held. */
static const char *folder_now(void)
{
    return current[0] ? current : "/";
}

/* ---- The beginning --------------------------------------------------------
 */

static int begin_at(int at, char *absolute)
{
    struct file *file;

    if (at == AT_FDCWD) {
        mutex_lock(&lock);
        strcpy(absolute, folder_now());
        mutex_unlock(&lock);
        return 0;
    }
    file = file_get(at);
    if (file == NULL)
        return -EBADF;
    if (file->place != NULL)
        memcpy(absolute, file->place, strlen(file->place) + 1);
    file_put(file);
    return file->place == NULL ? -ENOTDIR : 0;
}

struct walk *walk_begin(int at, const char *path, int flags)
{
    struct walk *walk = heap_alloc(sizeof(*walk));
    size_t length = strlen(path);

    if (walk == NULL)
        return NULL;
    walk->path.target = walk->target;
    walk->form = path_form(path);
    walk->flags = flags;
    walk->begun = false;
    walk->settled = true;
    walk->folder = walk->form == PATH_DOTS ||
                   (walk->form == PATH_SLASH && !(flags & WALK_NEW_FOLDER));
    walk->links = 0;
    walk->absolute[0] = '/';
    walk->absolute[1] = '\0';
    walk->error = length == 0          ? -ENOENT
                  : length >= PATH_MAX ? -ENAMETOOLONG
                  : path[0] == '/'     ? 0
                                       : begin_at(at, walk->absolute);
    if (walk->error == 0)
        memcpy(walk->pending, path, length + 1);
    return walk;
}

void walk_end(struct walk *walk)
{
    heap_free(walk);
}

/* ---- Looking --------------------------------------------------------------
 */

/* Aim at what `absolute` leads to. */
static void aim(struct walk *walk, bool follow)
{
    walk->mount = mount_find(walk->absolute, &walk->path.text);
    walk->path.follow = follow;
    walk->path.met = 0;
}

void stat_begin(struct stat *stat, const struct mount *mount)
{
    memset(stat, 0, sizeof(*stat));
    stat->st_nlink = 1;
    stat->st_dev = mount == NULL ? 0 : (dev_t)mount->number;
}

int walk_stat(struct walk *walk, struct stat *stat)
{
    int result;

    stat_begin(stat, walk->mount);
    result = walk->mount->ops->stat(walk->mount, &walk->path, stat);
    /* Mounts' places are in folders, whether somebody made those or not. */
    if (result == -ENOENT && mount_below(walk->absolute)) {
        stat->st_mode = S_IFDIR | 0555;
        result = 0;
    }
    return result;
}

/* Is this a folder? 0, MOUNT_LINK or a negative errno. */
static int look_for_folder(struct walk *walk)
{
    struct stat stat;
    int result;

    aim(walk, true);
    result = walk_stat(walk, &stat);
    return result == 0 && !S_ISDIR(stat.st_mode) ? -ENOTDIR : result;
}

/* ---- Walking --------------------------------------------------------------
 */

static int append(char *to, size_t *length, const char *text)
{
    size_t more = strlen(text);

    if (*length + 1 + more >= PATH_MAX)
        return -ENAMETOOLONG;
    to[(*length)++] = '/';
    memcpy(to + *length, text, more + 1);
    *length += more;
    return 0;
}

/* A link was met: go where it says. `beyond`: what of `pending` is left. */
static int take_link(struct walk *walk, const char *beyond)
{
    char *end = (char *)walk->path.text + walk->path.met;
    size_t length = strlen(walk->target);
    bool last = *end == '\0' && *beyond == '\0';
    int error = 0;

    if (++walk->links > WALK_LINKS_MAX)
        return -ELOOP;
    walk->path.met = 0;
    if (length == 0)
        return -ENOENT;
    if (last && path_form(walk->target) != PATH_NAME)
        walk->folder = true;
    if (*end != '\0')
        error = append(walk->target, &length, end + 1);
    if (error == 0 && *beyond != '\0')
        error = append(walk->target, &length, beyond);
    if (error)
        return error;
    memcpy(walk->pending, walk->target, length + 1);
    *end = '\0';
    path_up(walk->absolute);
    if (walk->target[0] == '/')
        walk->absolute[1] = '\0';
    walk->settled = true; /* the link's own folder */
    return 0;
}

/* Add plain names, up to the next ".." or the end. */
static int add_names(struct walk *walk, const char **next)
{
    size_t before = strlen(walk->absolute);
    int error = path_add(walk->absolute, PATH_MAX, next);

    if (strlen(walk->absolute) != before)
        walk->settled = false;
    return error;
}

/* Walk to the end of what is known, and aim there. */
static int walk_on(struct walk *walk)
{
    const char *next = walk->pending;
    int result;

    for (;;) {
        result = add_names(walk, &next);
        if (result == 0 && !walk->settled && (*next != '\0' || walk->folder))
            result = look_for_folder(walk);
        if (result == MOUNT_LINK) {
            result = take_link(walk, next);
            next = walk->pending;
            if (result == 0)
                continue;
        }
        if (result < 0)
            return result;
        if (*next == '\0')
            break;
        path_up(walk->absolute); /* next is ".." */
        next += 2;
    }
    aim(walk, walk->flags & WALK_FOLLOW);
    return 0;
}

bool walk_next(struct walk *walk, int *result)
{
    if (walk == NULL) {
        *result = -ENOMEM;
        return false;
    }
    if (walk->begun && *result != MOUNT_LINK)
        return false;
    *result = walk->begun ? take_link(walk, "") : walk->error;
    walk->begun = true;
    if (*result == 0)
        *result = walk_on(walk);
    return *result == 0;
}

/* ---- Two at once ----------------------------------------------------------
 */

/* To begin with, and if a link was met, walk on; else one is there already. */
static int advance(struct walk *walk)
{
    int result = MOUNT_LINK;

    if (walk->begun && walk->path.met == 0)
        return 0;
    return walk_next(walk, &result) ? 0 : result;
}

/* Through all links on the way: then the mount is the right one. */
static int advance_to_end(struct walk *walk)
{
    struct stat stat;
    int result;

    do {
        result = walk_stat(walk, &stat);
        if (result != MOUNT_LINK)
            return result;
        result = advance(walk);
    } while (result == 0);
    return result;
}

bool walk_next_both(struct walk *from, struct walk *to, int *result)
{
    if (from == NULL || to == NULL) {
        *result = -ENOMEM;
        return false;
    }
    if (from->begun && *result != MOUNT_LINK)
        return false;
    *result = advance(from);
    if (*result == 0)
        *result = advance(to);
    if (*result == 0 && from->mount != to->mount) {
        *result = advance_to_end(from);
        if (*result == 0)
            *result = advance_to_end(to);
        if (*result == -ENOENT || *result == 0)
            *result = from->mount == to->mount ? 0 : -EXDEV;
    }
    return *result == 0;
}

/* ---- What is there --------------------------------------------------------
 */

int walk_stat_path(int at, const char *path, int flags, struct stat *stat)
{
    struct walk *walk = walk_begin(at, path, flags);
    int result;

    while (walk_next(walk, &result))
        result = walk_stat(walk, stat);
    walk_end(walk);
    return result;
}

/* ---- The current folder ---------------------------------------------------
 */

static int set_current(int at, const char *path)
{
    struct walk *walk = walk_begin(at, path, WALK_FOLLOW);
    struct stat stat;
    int result;

    while (walk_next(walk, &result))
        result = walk_stat(walk, &stat);
    if (result == 0 && !S_ISDIR(stat.st_mode))
        result = -ENOTDIR;
    if (result == 0) {
        mutex_lock(&lock);
        memcpy(current, walk->absolute, sizeof(current));
        mutex_unlock(&lock);
    }
    walk_end(walk);
    return result;
}

int chdir(const char *path)
{
    return (int)libc_result(set_current(AT_FDCWD, path));
}

int fchdir(int folder)
{
    return (int)libc_result(set_current(folder, "."));
}

char *getcwd(char *to, size_t size)
{
    char *result = to;

    mutex_lock(&lock);
    if (to == NULL)
        result = strdup(folder_now());
    else if (strlen(folder_now()) < size)
        strcpy(to, folder_now());
    else
        result = NULL;
    mutex_unlock(&lock);
    if (result == NULL)
        errno = to == NULL ? ENOMEM : size == 0 ? EINVAL : ERANGE;
    return result;
}

char *get_current_dir_name(void)
{
    return getcwd(NULL, 0);
}
