/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mount.c: which mounts there are.
 *
 * A path lies below one or several of them; the one with the longest place
 * serves it. Below all lies `top`, a folder "/" in which there is nothing: so
 * every path has a mount, and the places of mounts have a root to be in, also
 * in a guest without a disk or a ramdisk.
 *
 * Concurrency: `lock` guards the list. Mounts are only ever added: whoever has
 * found one may keep it.
 *
 * Left out: taking a mount away while the guest runs.
 */
#include "lib/libc/mount.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "lib/libc/libc.h"
#include "lib/libc/path.h"

static struct mutex lock = MUTEX_INIT(lock);
static struct list mounts = LIST_INIT(mounts);
static unsigned int count;

/* ---- The folder below all -------------------------------------------------
 */

static int folder_stat(__attribute__((unused)) struct file *file,
                       struct stat *stat)
{
    stat->st_mode = S_IFDIR | 0555;
    return 0;
}

static int folder_readdir(__attribute__((unused)) struct file *file,
                          uint64_t *cookie, struct dirent *entry)
{
    if (*cookie > 1)
        return 0;
    strcpy(entry->d_name, *cookie == 0 ? "." : "..");
    entry->d_type = DT_DIR;
    entry->d_ino = 1;
    ++*cookie;
    return 1;
}

static void folder_close(struct file *file)
{
    free(file);
}

static const struct file_ops folder_ops = {
    .stat = folder_stat,
    .readdir = folder_readdir,
    .close = folder_close,
};

int mount_open_folder(struct file **file)
{
    *file = malloc(sizeof(**file));
    if (*file == NULL)
        return -ENOMEM;
    file_init(*file, &folder_ops, O_RDONLY);
    return 0;
}

static int top_open(__attribute__((unused)) struct mount *mount,
                    struct mount_path *path, int flags,
                    __attribute__((unused)) mode_t mode, struct file **file)
{
    if (path->text[0] != '\0')
        return -ENOENT;
    return flags & (O_ACCMODE | O_CREAT) ? -EISDIR : mount_open_folder(file);
}

static int top_stat(__attribute__((unused)) struct mount *mount,
                    struct mount_path *path, struct stat *stat)
{
    if (path->text[0] != '\0')
        return -ENOENT;
    return folder_stat(NULL, stat);
}

static const struct mount_ops top_ops = {.open = top_open, .stat = top_stat};
static struct mount top = {.place = "/", .ops = &top_ops, .readonly = true};

/* ---- Adding ---------------------------------------------------------------
 */

static struct mount *mount_at(struct list *node)
{
    return container_of(node, struct mount, link);
}

static void add_locked(struct mount *mount)
{
    mount->number = ++count;
    list_add_tail(&mounts, &mount->link);
}

static struct mount *at_place(const char *place)
{
    list_for_each (node, &mounts)
        if (strcmp(mount_at(node)->place, place) == 0)
            return mount_at(node);
    return NULL;
}

/* Guarded by `lock`. A program that opens nothing has no /dev either. */
static void begin(void)
{
    if (count == 0)
        add_locked(&device_mount);
}

/* The first path is used: who did not come by now is not "/". */
static void begin_paths(void)
{
    static bool begun; /* guarded by `lock` */
    struct mount *ramdisk;

    if (begun)
        return;
    begun = true;
    begin();
    ramdisk = at_place("/") == NULL ? ramdisk_find() : NULL;
    if (ramdisk != NULL)
        add_locked(ramdisk);
}

/* The mount behind `mount`, or the first one; NULL at the end. Whoever goes
 * through all of them like this may take his time with each. */
static struct mount *next_mount(struct mount *mount)
{
    struct list *node;

    mutex_lock(&lock);
    node = mount == NULL ? mounts.next : mount->link.next;
    mutex_unlock(&lock);
    return node == &mounts ? NULL : mount_at(node);
}

/* The last thing that happens to mounts. */
static void end_all(void)
{
    struct mount *mount = NULL;

    while ((mount = next_mount(mount)) != NULL) {
        int error;

        if (mount->ops->end == NULL)
            continue;
        atomic_store(&mount->readonly, true);
        error = mount->ops->end(mount);
        if (error)
            printk("mount: %s: not all could be written: error %d\n",
                   mount->place, error);
    }
}

static struct lifecycle_end end = {.run = end_all};

int mount_add(struct mount *mount)
{
    static bool ends; /* guarded by `lock` */
    int error;

    mutex_lock(&lock);
    begin();
    error = at_place(mount->place) == NULL ? 0 : -EBUSY;
    if (error == 0)
        add_locked(mount);
    if (error == 0 && mount->ops->end != NULL && !ends) {
        lifecycle_at_end(&end);
        ends = true;
    }
    mutex_unlock(&lock);
    return error;
}

/* ---- Finding --------------------------------------------------------------
 */

struct mount *mount_find(const char *path, const char **rest)
{
    struct mount *best = &top;

    mutex_lock(&lock);
    begin_paths();
    list_for_each (node, &mounts) {
        struct mount *one = mount_at(node);

        if (path_below(path, one->place) != NULL &&
            (best == &top || strlen(one->place) > strlen(best->place)))
            best = one;
    }
    mutex_unlock(&lock);
    *rest = path_below(path, best->place);
    return best;
}

bool mount_below(const char *path)
{
    bool found = false;

    mutex_lock(&lock);
    list_for_each (node, &mounts)
        if (path_below(mount_at(node)->place, path) != NULL)
            found = true;
    mutex_unlock(&lock);
    return found;
}

/* Of `place`, as seen from `folder`: the first name, its length in *length;
 * NULL if it is not below. */
static const char *first_name(const char *place, const char *folder,
                              size_t *length)
{
    const char *name = path_below(place, folder);

    *length = name == NULL ? 0 : strcspn(name, "/");
    return *length == 0 || *length > NAME_MAX ? NULL : name;
}

/* Does a mount in front of `until` give the same name? */
static bool given_before(const char *folder, const struct list *until,
                         const char *name, size_t length)
{
    list_for_each (node, &mounts) {
        size_t size;
        const char *other;

        if (node == until)
            break;
        other = first_name(mount_at(node)->place, folder, &size);
        if (other != NULL && size == length && memcmp(other, name, size) == 0)
            return true;
    }
    return false;
}

bool mount_name(const char *folder, unsigned int *index, char *name)
{
    unsigned int i = 0;
    bool found = false;

    mutex_lock(&lock);
    list_for_each (node, &mounts) {
        size_t length;
        const char *first = first_name(mount_at(node)->place, folder, &length);

        if (i++ < *index || first == NULL ||
            given_before(folder, node, first, length))
            continue;
        memcpy(name, first, length);
        name[length] = '\0';
        found = true;
        break;
    }
    *index = i;
    mutex_unlock(&lock);
    return found;
}

/* ---- All of them ----------------------------------------------------------
 */

int mount_sync_all(void)
{
    struct mount *mount = NULL;
    int result = 0;

    while ((mount = next_mount(mount)) != NULL) {
        int error = mount->ops->sync == NULL ? 0 : mount->ops->sync(mount);

        if (result == 0)
            result = error;
    }
    return result;
}
