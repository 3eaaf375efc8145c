/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * paths.c: a volume as a mount: what has a path.
 *
 * A path is walked from the root, a folder at a time, to its last name but one;
 * what is done with the last name is name.c's. A symbolic link on the way ends
 * the walk: the C library has asked to be told (lib/libc/mount.h), for the link
 * may lead into another mount.
 *
 * Concurrency: each call holds the volume's lock from the first name to the
 * last, so nothing is renamed in between.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include "lib/ext2/libc/mounted.h"

static struct ext2_volume *lock_volume(struct mount *mount)
{
    struct ext2_volume *volume = ext2_mounted_of(mount)->volume;

    mutex_lock(&volume->lock);
    return volume;
}

static void unlock_volume(struct ext2_volume *volume)
{
    mutex_unlock(&volume->lock);
}

/* ---- Walking ---------------------------------------------------------------
 */

/* The walk ends at this link, whose name ends at `end` of the text. */
static int meet_link(struct mount_path *path, const char *end,
                     struct ext2_node *link)
{
    int error = ext2_read_link(link, path->target, PATH_MAX);

    path->met = (size_t)(end - path->text);
    return error ? error : MOUNT_LINK;
}

/*
 * The folder that holds the path's last name, with a reference, and that name;
 * the root's own name has length 0. 0, MOUNT_LINK or an error.
 */
static int walk(struct ext2_volume *volume, struct mount_path *path,
                struct ext2_name *name)
{
    const char *text = path->text;
    int error = ext2_node_get(volume, EXT2_ROOT_INO, &name->folder);

    while (!error) {
        struct ext2_node *node;

        name->text = text;
        name->length = strcspn(text, "/");
        if (text[name->length] == '\0')
            return 0;
        error = ext2_lookup(name, &node);
        if (error)
            break;
        text += name->length;
        if (ext2_is_link(node))
            error = meet_link(path, text, node);
        else if (!ext2_is_folder(node))
            error = -ENOTDIR;
        ext2_node_put(name->folder);
        name->folder = node;
        text++;
    }
    ext2_node_put(name->folder);
    return error;
}

/* What a name stands for, with a reference; of a link, if the path is to be
 * followed, only what it says. */
static int find(struct mount_path *path, const struct ext2_name *name,
                struct ext2_node **node)
{
    int error;

    if (name->length == 0) {
        ext2_node_hold(name->folder);
        *node = name->folder;
        return 0;
    }
    error = ext2_lookup(name, node);
    if (!error && path->follow && ext2_is_link(*node)) {
        error = meet_link(path, name->text + name->length, *node);
        ext2_node_put(*node);
    }
    return error;
}

/* Both in one. */
static int reach(struct ext2_volume *volume, struct mount_path *path,
                 struct ext2_node **node)
{
    struct ext2_name name;
    int error = walk(volume, path, &name);

    if (error)
        return error;
    error = find(path, &name, node);
    ext2_node_put(name.folder);
    return error;
}

/* ---- Opening ---------------------------------------------------------------
 */

/* May what there is be opened with these flags? */
static int check_open(const struct ext2_node *node, int flags)
{
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return -EEXIST;
    if (ext2_is_link(node))
        return -ELOOP;
    if (ext2_is_folder(node))
        return flags & (O_ACCMODE | O_CREAT) ? -EISDIR : 0;
    return ext2_is_file(node) ? 0 : -ENXIO;
}

static int open_node(struct ext2_node *node, int flags, struct file **file)
{
    int error = check_open(node, flags);

    if (!error && flags & O_TRUNC && (flags & O_ACCMODE) != O_RDONLY)
        error = ext2_truncate(node, 0);
    return error ? error : ext2_file_new(node, flags, file);
}

static int mount_open(struct mount *mount, struct mount_path *path, int flags,
                      mode_t mode, struct file **file)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_node *node;
    struct ext2_name name;
    int error = walk(volume, path, &name);

    if (error)
        goto out;
    error = find(path, &name, &node);
    if (error == -ENOENT && flags & O_CREAT) {
        error = ext2_make(&name, S_IFREG | (mode & 07777), NULL, &node);
        flags &= ~(O_CREAT | O_EXCL | O_TRUNC);
    }
    ext2_node_put(name.folder);
    if (error)
        goto out;
    error = open_node(node, flags, file);
    if (error)
        ext2_node_put(node);
out:
    unlock_volume(volume);
    return error;
}

/* ---- Asking ----------------------------------------------------------------
 */

static int mount_stat(struct mount *mount, struct mount_path *path,
                      struct stat *stat)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_node *node;
    int error = reach(volume, path, &node);

    if (!error) {
        ext2_describe(node, stat);
        ext2_node_put(node);
    }
    unlock_volume(volume);
    return error;
}

static int mount_readlink(struct mount *mount, struct mount_path *path,
                          char *to)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_node *node;
    int error = reach(volume, path, &node);

    if (!error) {
        error = ext2_read_link(node, to, PATH_MAX);
        ext2_node_put(node);
    }
    unlock_volume(volume);
    return error;
}

static int mount_statvfs(struct mount *mount, struct statvfs *to)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_super_block *super = volume->fs->super;

    to->f_bsize = to->f_frsize = ext2_block_size(volume);
    to->f_blocks = volume->end - volume->first;
    to->f_bfree = ext2fs_free_blocks_count(super) + volume->blocks.count;
    to->f_bavail = to->f_bfree;
    to->f_files = super->s_inodes_count;
    to->f_ffree = super->s_free_inodes_count + volume->inodes.count;
    to->f_favail = to->f_ffree;
    to->f_namemax = EXT2_NAME_LEN;
    unlock_volume(volume);
    return 0;
}

/* ---- Changing --------------------------------------------------------------
 */

/* What one of these does with the last name of a path; the root has none. */
typedef int name_action(const struct ext2_name *name, const void *argument);

static int with_name(struct mount *mount, struct mount_path *path,
                     int error_of_root, name_action *action,
                     const void *argument)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_name name;
    int error = walk(volume, path, &name);

    if (!error) {
        error = name.length == 0 ? error_of_root : action(&name, argument);
        ext2_node_put(name.folder);
    }
    unlock_volume(volume);
    return error;
}

static int make_folder(const struct ext2_name *name, const void *mode)
{
    return ext2_make(name, S_IFDIR | (*(const mode_t *)mode & 07777), NULL,
                     NULL);
}

static int make_link(const struct ext2_name *name, const void *target)
{
    return ext2_make(name, S_IFLNK | 0777, target, NULL);
}

static int remove_name(const struct ext2_name *name, const void *argument)
{
    (void)argument;
    return ext2_unlink(name);
}

static int remove_folder(const struct ext2_name *name, const void *argument)
{
    (void)argument;
    return ext2_rmdir(name);
}

static int mount_mkdir(struct mount *mount, struct mount_path *path,
                       mode_t mode)
{
    return with_name(mount, path, -EEXIST, make_folder, &mode);
}

static int mount_symlink(struct mount *mount, struct mount_path *path,
                         const char *target)
{
    return with_name(mount, path, -EEXIST, make_link, target);
}

static int mount_unlink(struct mount *mount, struct mount_path *path)
{
    return with_name(mount, path, -EISDIR, remove_name, NULL);
}

static int mount_rmdir(struct mount *mount, struct mount_path *path)
{
    return with_name(mount, path, -EBUSY, remove_folder, NULL);
}

static int mount_link(struct mount *mount, struct mount_path *from,
                      struct mount_path *to)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_node *node;
    struct ext2_name name;
    int error = reach(volume, from, &node);

    if (error)
        goto out;
    error = walk(volume, to, &name);
    if (!error) {
        error = name.length == 0 ? -EEXIST : ext2_link(&name, node);
        ext2_node_put(name.folder);
    }
    ext2_node_put(node);
out:
    unlock_volume(volume);
    return error;
}

static int mount_rename(struct mount *mount, struct mount_path *from,
                        struct mount_path *to)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_name old, new;
    int error = walk(volume, from, &old);

    if (error)
        goto out;
    error = walk(volume, to, &new);
    if (!error) {
        error = old.length == 0 || new.length == 0 ? -EBUSY
                                                   : ext2_rename(&old, &new);
        ext2_node_put(new.folder);
    }
    ext2_node_put(old.folder);
out:
    unlock_volume(volume);
    return error;
}

static int mount_change(struct mount *mount, struct mount_path *path,
                        const struct file_change *change)
{
    struct ext2_volume *volume = lock_volume(mount);
    struct ext2_node *node;
    int error = reach(volume, path, &node);

    if (!error) {
        error = ext2_change_node(node, change);
        ext2_node_put(node);
    }
    unlock_volume(volume);
    return error;
}

/* ---- All of it -------------------------------------------------------------
 */

static int mount_sync(struct mount *mount)
{
    struct ext2_volume *volume = lock_volume(mount);
    uint32_t seen = disk_errors(volume->disk);
    int error = ext2_sync(volume, &seen);

    unlock_volume(volume);
    return error;
}

static int mount_end(struct mount *mount)
{
    return ext2_end(ext2_mounted_of(mount)->volume);
}

const struct mount_ops ext2_mount_ops = {
    .open = mount_open,
    .stat = mount_stat,
    .readlink = mount_readlink,
    .mkdir = mount_mkdir,
    .symlink = mount_symlink,
    .link = mount_link,
    .unlink = mount_unlink,
    .rmdir = mount_rmdir,
    .rename = mount_rename,
    .change = mount_change,
    .statvfs = mount_statvfs,
    .sync = mount_sync,
    .end = mount_end,
};
