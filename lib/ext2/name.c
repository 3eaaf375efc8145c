/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name.c: making, linking, renaming, removing.
 *
 * Each of these changes a folder's entries and counts in inodes: an inode knows
 * how many names it has, a folder's "." and the ".." of the folders in it
 * counted as well. The order of the steps is chosen for a machine that stops
 * between any two of them: an inode is made before its name, and a name goes
 * before what it names. A count that is too high wastes room until a check; one
 * that is too low would lose a file.
 *
 * Renaming over something writes the new number into the old entry: at no time
 * is there neither.
 *
 * Concurrency: the volume's lock.
 */
#include <string.h>
#include "lib/ext2/ext2.h"

/* Folders above a folder: more is a circle. */
#define DEPTH_MAX 4096u

/* ---- Looking up ------------------------------------------------------------
 */

/* The name's entry, if the folder is one and still there. */
static int find(const struct ext2_name *name, struct ext2_entry *entry,
                struct ext2_room *room)
{
    if (!ext2_is_folder(name->folder))
        return -ENOTDIR;
    if (name->length > EXT2_NAME_LEN)
        return -ENAMETOOLONG;
    return ext2_folder_find(name->folder, name->text, name->length, entry,
                            room);
}

int ext2_lookup(const struct ext2_name *name, struct ext2_node **node)
{
    struct ext2_entry entry;
    int error = find(name, &entry, NULL);

    return error ? error : ext2_node_get(name->folder->volume, entry.ino, node);
}

/* There must be nothing of that name, and the folder itself must have one. */
static int find_room(const struct ext2_name *name, struct ext2_room *room)
{
    struct ext2_entry entry;
    int error = find(name, &entry, room);

    if (error != -ENOENT)
        return error ? error : -EEXIST;
    if (name->folder->raw.i_links_count == 0)
        return -ENOENT; /* removed while somebody had it open */
    return ext2_change(name->folder->volume);
}

/* ---- Counting --------------------------------------------------------------
 */

static void count_link(struct ext2_node *node, int change)
{
    node->raw.i_links_count = (uint16_t)(node->raw.i_links_count + change);
    ext2_touch(node, EXT2_CHANGED);
}

/* One name less; a count that was wrong stays above what it should be. */
static void uncount_link(struct ext2_node *node)
{
    if (node->raw.i_links_count > 0)
        count_link(node, -1);
}

/* ---- Making ----------------------------------------------------------------
 */

/* A link's text: in the inode if it is short, else in a block. */
static int fill_link(struct ext2_node *node, const char *target)
{
    size_t length = strlen(target);
    ssize_t done;

    if (length == 0)
        return -ENOENT;
    if (length >= ext2_block_size(node->volume))
        return -ENAMETOOLONG;
    if (length < sizeof(node->raw.i_block)) {
        memcpy(node->raw.i_block, target, length + 1);
        ext2_set_size(node, length);
        return 0;
    }
    done = ext2_write(node, target, length, 0);
    return done < 0 ? (int)done : 0;
}

/* A new node that has no name yet, complete but for that. */
static int fill(const struct ext2_name *name, struct ext2_node *node,
                const char *target)
{
    if (ext2_is_folder(node))
        return ext2_folder_begin(node, name->folder);
    return target != NULL ? fill_link(node, target) : 0;
}

int ext2_make(const struct ext2_name *name, mode_t mode, const char *target,
              struct ext2_node **result)
{
    struct ext2_node *folder = name->folder, *node;
    bool is_folder = LINUX_S_ISDIR(mode);
    struct ext2_room room;
    int error = find_room(name, &room);

    if (error)
        return error;
    if (is_folder && folder->raw.i_links_count >= EXT2_LINK_MAX)
        return -EMLINK;
    error = ext2_node_make(folder, mode, &node);
    if (error)
        return error;
    error = fill(name, node, target);
    if (!error) {
        node->raw.i_links_count = is_folder ? 2 : 1;
        error = ext2_node_write(node);
    }
    if (!error)
        error = ext2_folder_add(folder, &room, name->text, name->length, node);
    if (!error && is_folder)
        count_link(folder, 1); /* its ".." */
    if (error)
        node->raw.i_links_count = 0; /* and so it goes with its last user */
    if (error || result == NULL)
        ext2_node_put(node);
    else
        *result = node;
    return error;
}

int ext2_link(const struct ext2_name *name, struct ext2_node *node)
{
    struct ext2_room room;
    int error = find_room(name, &room);

    if (error)
        return error;
    if (ext2_is_folder(node))
        return -EPERM;
    if (node->raw.i_links_count == 0)
        return -ENOENT;
    if (node->raw.i_links_count >= EXT2_LINK_MAX)
        return -EMLINK;
    count_link(node, 1);
    error =
        ext2_folder_add(name->folder, &room, name->text, name->length, node);
    if (error)
        count_link(node, -1);
    return error;
}

int ext2_read_link(struct ext2_node *node, char *to, size_t size)
{
    uint64_t length = ext2_size(node);
    uint32_t attributes =
        node->raw.i_file_acl != 0 ? ext2_block_size(node->volume) / 512 : 0;
    ssize_t done = (ssize_t)length;

    if (!ext2_is_link(node))
        return -EINVAL;
    if (length >= size)
        return -ENAMETOOLONG;
    if (node->raw.i_blocks > attributes)
        done = ext2_read(node, to, (size_t)length, 0);
    else if (length < sizeof(node->raw.i_block))
        memcpy(to, node->raw.i_block, (size_t)length);
    else
        done =
            ext2_corrupt(node->volume, "link %u: its size is wrong", node->ino);
    if (done < 0)
        return (int)done;
    to[done] = '\0';
    return strlen(to) == length && length > 0
               ? 0
               : ext2_corrupt(node->volume, "link %u: leads nowhere",
                              node->ino);
}

/* ---- Removing --------------------------------------------------------------
 */

/* The entry, and what it names, with a reference; something may be changed. */
static int find_to_change(const struct ext2_name *name,
                          struct ext2_entry *entry, struct ext2_node **node)
{
    int error = find(name, entry, NULL);

    if (!error)
        error = ext2_change(name->folder->volume);
    return error ? error
                 : ext2_node_get(name->folder->volume, entry->ino, node);
}

int ext2_unlink(const struct ext2_name *name)
{
    struct ext2_entry entry;
    struct ext2_node *node;
    int error = find_to_change(name, &entry, &node);

    if (error)
        return error;
    error = ext2_is_folder(node) ? -EISDIR
                                 : ext2_folder_remove(name->folder, &entry);
    if (!error)
        uncount_link(node);
    ext2_node_put(node);
    return error;
}

/* An empty folder that has lost its name: its own "." counts no more. */
static void close_folder(struct ext2_node *parent, struct ext2_node *folder)
{
    folder->raw.i_links_count = 0;
    ext2_touch(folder, EXT2_CHANGED);
    uncount_link(parent); /* its ".." */
}

int ext2_rmdir(const struct ext2_name *name)
{
    struct ext2_entry entry;
    struct ext2_node *node;
    int error = find_to_change(name, &entry, &node);

    if (error)
        return error;
    error = !ext2_is_folder(node) ? -ENOTDIR : ext2_folder_empty(node);
    if (!error)
        error = ext2_folder_remove(name->folder, &entry);
    if (!error)
        close_folder(name->folder, node);
    ext2_node_put(node);
    return error;
}

/* ---- Renaming --------------------------------------------------------------
 */

/* Is `folder` in `node`, or `node` itself? Up from one to the next. */
static int check_circle(const struct ext2_node *node, struct ext2_node *folder)
{
    struct ext2_volume *volume = node->volume;
    int error = 0;

    ext2_node_hold(folder);
    for (unsigned int depth = 0; !error && folder->ino != EXT2_ROOT_INO;
         depth++) {
        struct ext2_name up = {folder, "..", 2};
        struct ext2_node *above;

        if (folder == node)
            error = -EINVAL;
        else if (depth == DEPTH_MAX)
            error = ext2_corrupt(volume, "folder %u: is in a circle of folders",
                                 folder->ino);
        else
            error = ext2_lookup(&up, &above);
        if (!error) {
            ext2_node_put(folder);
            folder = above;
        }
    }
    ext2_node_put(folder);
    return error;
}

/* May `node` take the place of `old`? */
static int check_replace(const struct ext2_node *node, struct ext2_node *old)
{
    if (!ext2_is_folder(old))
        return ext2_is_folder(node) ? -ENOTDIR : 0;
    return ext2_is_folder(node) ? ext2_folder_empty(old) : -EISDIR;
}

/* The name `to` for `node`: instead of what has it, or anew. */
static int put_name(const struct ext2_name *to, struct ext2_node *node)
{
    struct ext2_entry entry;
    struct ext2_node *old;
    struct ext2_room room;
    int error = find(to, &entry, &room);

    if (error == -ENOENT)
        return to->folder->raw.i_links_count == 0
                   ? -ENOENT
                   : ext2_folder_add(to->folder, &room, to->text, to->length,
                                     node);
    if (error)
        return error;
    error = ext2_node_get(node->volume, entry.ino, &old);
    if (error)
        return error;
    error = check_replace(node, old);
    if (!error)
        error = ext2_folder_change(to->folder, &entry, node);
    if (!error && ext2_is_folder(old))
        close_folder(to->folder, old);
    else if (!error)
        uncount_link(old);
    ext2_node_put(old);
    return error;
}

/* A folder has come into another: its ".." says so, and both count it. */
static int move_up(struct ext2_node *node, struct ext2_node *from,
                   struct ext2_node *to)
{
    struct ext2_name up = {node, "..", 2};
    struct ext2_entry entry;
    int error = find(&up, &entry, NULL);

    count_link(to, 1);
    if (!error)
        error = ext2_folder_change(node, &entry, to);
    uncount_link(from);
    return error;
}

static int rename_node(const struct ext2_name *from, const struct ext2_name *to,
                       struct ext2_node *node)
{
    bool moves = ext2_is_folder(node) && from->folder != to->folder;
    struct ext2_entry entry;
    int error = 0;

    if (moves && to->folder->raw.i_links_count >= EXT2_LINK_MAX)
        error = -EMLINK;
    if (!error && ext2_is_folder(node))
        error = check_circle(node, to->folder);
    if (!error)
        error = put_name(to, node);
    /* Both may be in one block, and entries that were added next to it. */
    if (!error)
        error = find(from, &entry, NULL);
    if (!error)
        error = ext2_folder_remove(from->folder, &entry);
    if (!error && moves)
        error = move_up(node, from->folder, to->folder);
    if (!error)
        ext2_touch(node, EXT2_CHANGED);
    return error;
}

int ext2_rename(const struct ext2_name *from, const struct ext2_name *to)
{
    struct ext2_entry entry, target;
    struct ext2_node *node;
    int error = find_to_change(from, &entry, &node);

    if (error)
        return error;
    error = find(to, &target, NULL);
    if (error == 0 && target.ino == node->ino)
        goto out; /* two names of one file, or twice the same */
    if (error == 0 || error == -ENOENT)
        error = rename_node(from, to, node);
out:
    ext2_node_put(node);
    return error;
}
