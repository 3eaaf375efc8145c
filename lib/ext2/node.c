/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node.c: files and folders in memory.
 *
 * A node is an inode with what is known of it beyond the disk: who uses it,
 * where it was last looked into. There is one for each inode at most, so that
 * two who have opened a file see one size. Nodes that nobody uses stay for a
 * while, for the next who walks through that folder.
 *
 * A file lives as long as it has names or somebody has it open. When the last
 * of both goes, its blocks and its inode are given back (`bury`).
 *
 * Times are seconds, and in inodes of 256 bytes nanoseconds and two more bits
 * of seconds as well (until 2446), as ext4 writes them. Reading a file does not
 * change its time of access: nobody wants a write for each read.
 *
 * Concurrency: the volume's lock.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/ext2/ext2.h"

/* ---- Size and times --------------------------------------------------------
 */

uint64_t ext2_size(const struct ext2_node *node)
{
    uint64_t size = node->raw.i_size;

    if (ext2_is_file(node))
        size |= (uint64_t)node->raw.i_size_high << 32;
    return size;
}

void ext2_set_size(struct ext2_node *node, uint64_t size)
{
    node->raw.i_size = (uint32_t)size;
    if (ext2_is_file(node))
        node->raw.i_size_high = (uint32_t)(size >> 32);
    ext2_node_changed(node);
}

/* Does the inode have the field that ends at byte `end` of it? */
static bool has_field(const struct ext2_node *node, size_t end)
{
    return EXT2_INODE_SIZE(node->volume->fs->super) >
               EXT2_GOOD_OLD_INODE_SIZE &&
           node->raw.i_extra_isize + (size_t)EXT2_GOOD_OLD_INODE_SIZE >= end;
}

/* The two halves of a time; the second is NULL if the inode has none. */
static void fields_of(struct ext2_node *node, int which, uint32_t **seconds,
                      uint32_t **extra)
{
    struct ext2_inode_large *raw = &node->raw;
    uint32_t *more = NULL;

    switch (which) {
    case EXT2_ACCESSED:
        *seconds = &raw->i_atime;
        more = &raw->i_atime_extra;
        break;
    case EXT2_MODIFIED:
        *seconds = &raw->i_mtime;
        more = &raw->i_mtime_extra;
        break;
    default:
        *seconds = &raw->i_ctime;
        more = &raw->i_ctime_extra;
        break;
    }
    *extra = has_field(node, (size_t)((char *)(more + 1) - (char *)raw)) ? more
                                                                         : NULL;
}

void ext2_set_times(struct ext2_node *node, int which,
                    const struct timespec *time)
{
    uint32_t *seconds, *extra;

    for (int one = EXT2_ACCESSED; one <= EXT2_CHANGED; one *= 2) {
        if (!(which & one))
            continue;
        fields_of(node, one, &seconds, &extra);
        *seconds = (uint32_t)time->tv_sec;
        if (extra != NULL) /* how often the 32 bits, signed, went round */
            *extra = (uint32_t)((time->tv_sec - (int32_t)*seconds) >> 32 & 3) |
                     (uint32_t)time->tv_nsec << 2;
    }
    ext2_node_changed(node);
}

struct timespec ext2_get_time(const struct ext2_node *node, int which)
{
    struct timespec time = {0, 0};
    uint32_t *seconds, *extra;

    fields_of((struct ext2_node *)node, which, &seconds, &extra);
    time.tv_sec = (int32_t)*seconds;
    if (extra != NULL) {
        time.tv_sec += (time_t)(*extra & 3) << 32;
        if (*extra >> 2 < 1000000000)
            time.tv_nsec = (long)(*extra >> 2);
    }
    return time;
}

void ext2_touch(struct ext2_node *node, int which)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    ext2_set_times(node, which, &now);
}

/* ---- Reading and writing ---------------------------------------------------
 */

void ext2_node_changed(struct ext2_node *node)
{
    if (!node->changed)
        list_add_tail(&node->volume->changed_nodes, &node->changed_link);
    node->changed = true;
    ext2_note_change(node->volume);
}

int ext2_node_write(struct ext2_node *node)
{
    errcode_t error = ext2fs_write_inode_full(
        node->volume->fs, node->ino, ext2_inode(node), sizeof(node->raw));

    if (error)
        return ext2_errno(error);
    if (node->changed)
        list_del(&node->changed_link);
    node->changed = false;
    return 0;
}

/* Can it be used as what it says that it is? */
static int check_node(struct ext2_node *node)
{
    struct ext2_volume *volume = node->volume;
    uint64_t size = ext2_size(node);

    if (node->raw.i_links_count == 0)
        return ext2_complain(volume, "inode %u has a name, but was removed",
                             node->ino);
    if (volume->fs->inode_map != NULL &&
        !ext2fs_test_inode_bitmap2(volume->fs->inode_map, node->ino))
        return ext2_corrupt(volume, "inode %u is in use, but marked free",
                            node->ino);
    if (node->raw.i_flags & (EXT4_INLINE_DATA_FL | EXT4_ENCRYPT_FL) ||
        (node->raw.i_flags & EXT4_EXTENTS_FL && volume->fs->block_map != NULL))
        return ext2_corrupt(volume, "inode %u: its flags are wrong", node->ino);
    if (size > INT64_MAX)
        return ext2_corrupt(volume, "inode %u: its size is wrong", node->ino);
    if (ext2_is_folder(node) &&
        (size % ext2_block_size(volume) != 0 || size > disk_size(volume->disk)))
        return ext2_corrupt(volume, "folder %u: its size is wrong", node->ino);
    return 0;
}

static struct list *chain_of(struct ext2_volume *volume, ext2_ino_t ino)
{
    return &volume->chains[ino % EXT2_CHAINS];
}

static struct ext2_node *new_node(struct ext2_volume *volume, ext2_ino_t ino)
{
    struct ext2_node *node = calloc(1, sizeof(*node));

    if (node == NULL)
        return NULL;
    node->volume = volume;
    node->ino = ino;
    node->references = 1;
    return node;
}

static void drop(struct ext2_node *node)
{
    if (node->changed)
        list_del(&node->changed_link);
    list_del(&node->chain);
    free(node);
}

/* Inodes below the first usual one are the file system's own, but the root. */
static bool is_usable(const struct ext2_volume *volume, ext2_ino_t ino)
{
    return ino == EXT2_ROOT_INO ||
           (ino >= EXT2_FIRST_INODE(volume->fs->super) &&
            ino <= volume->fs->super->s_inodes_count);
}

static int read_node(struct ext2_volume *volume, ext2_ino_t ino,
                     struct ext2_node **result)
{
    struct ext2_node *node;
    errcode_t failed;
    int error;

    if (!is_usable(volume, ino))
        return ext2_corrupt(volume, "inode %u has a name, but cannot have one",
                            ino);
    node = new_node(volume, ino);
    if (node == NULL)
        return -ENOMEM;
    failed = ext2fs_read_inode_full(volume->fs, ino, ext2_inode(node),
                                    sizeof(node->raw));
    if (failed >= EXT2_ET_BASE)
        error =
            ext2_corrupt(volume, "inode %u: %s", ino, ext2_error_text(failed));
    else if (failed == EIO)
        error = ext2_complain(volume, "inode %u cannot be read", ino);
    else
        error = failed ? ext2_errno(failed) : check_node(node);
    if (error) {
        free(node);
        return error;
    }
    list_add(chain_of(volume, ino), &node->chain);
    *result = node;
    return 0;
}

/* ---- Who uses it -----------------------------------------------------------
 */

void ext2_node_hold(struct ext2_node *node)
{
    if (node->references++ == 0) {
        list_del(&node->idle);
        node->volume->idle_count--;
    }
}

int ext2_node_get(struct ext2_volume *volume, ext2_ino_t ino,
                  struct ext2_node **result)
{
    list_for_each (link, chain_of(volume, ino)) {
        struct ext2_node *node = container_of(link, struct ext2_node, chain);

        if (node->ino == ino) {
            ext2_node_hold(node);
            *result = node;
            return 0;
        }
    }
    return read_node(volume, ino, result);
}

/* Its last name is gone, and nobody has it open: give all of it back. */
static void bury(struct ext2_node *node)
{
    struct ext2_volume *volume = node->volume;
    bool was_folder = ext2_is_folder(node);

    ext2_map_forget(node);
    if (volume->readonly)
        return;
    if (ext2_cut_all(node))
        return; /* what cannot be read is e2fsck's */
    ext2_set_size(node, 0);
    node->raw.i_dtime = (uint32_t)time(NULL);
    if (ext2_node_write(node) == 0)
        ext2_free_inode(volume, node->ino, was_folder);
}

/* The one that was idle longest. */
static void forget_one(struct ext2_volume *volume)
{
    struct ext2_node *node =
        container_of(volume->idle.next, struct ext2_node, idle);

    if (node->changed && !volume->readonly && ext2_node_write(node))
        (void)ext2_complain(volume, "inode %u could not be written", node->ino);
    list_del(&node->idle);
    volume->idle_count--;
    drop(node);
}

void ext2_node_put(struct ext2_node *node)
{
    struct ext2_volume *volume = node->volume;

    if (--node->references > 0)
        return;
    if (node->raw.i_links_count == 0) {
        bury(node);
        drop(node);
        return;
    }
    list_add_tail(&volume->idle, &node->idle);
    if (++volume->idle_count > EXT2_IDLE)
        forget_one(volume);
}

void ext2_node_bury_all(struct ext2_volume *volume)
{
    for (unsigned int i = 0; i < EXT2_CHAINS; i++)
        list_for_each (link, &volume->chains[i]) {
            struct ext2_node *node =
                container_of(link, struct ext2_node, chain);

            if (node->raw.i_links_count == 0)
                bury(node);
        }
}

void ext2_node_forget_all(struct ext2_volume *volume)
{
    for (unsigned int i = 0; i < EXT2_CHAINS; i++)
        while (!list_empty(&volume->chains[i]))
            drop(container_of(volume->chains[i].next, struct ext2_node, chain));
}

/* ---- Making ----------------------------------------------------------------
 */

static int write_new(struct ext2_node *node)
{
    ext2_filsys fs = node->volume->fs;
    errcode_t error;

    if (EXT2_INODE_SIZE(fs->super) > EXT2_GOOD_OLD_INODE_SIZE)
        node->raw.i_extra_isize = sizeof(node->raw) - EXT2_GOOD_OLD_INODE_SIZE;
    ext2_touch(node, EXT2_ACCESSED | EXT2_MODIFIED | EXT2_CHANGED);
    node->raw.i_crtime = node->raw.i_ctime;
    node->raw.i_crtime_extra = node->raw.i_ctime_extra;
    /* All of the inode, also what we do not know and was another file's. */
    error = ext2fs_write_new_inode(fs, node->ino, ext2_inode(node));
    return error ? ext2_errno(error) : ext2_node_write(node);
}

int ext2_node_make(struct ext2_node *folder, mode_t mode,
                   struct ext2_node **result)
{
    struct ext2_volume *volume = folder->volume;
    struct ext2_node *node;
    ext2_ino_t ino;
    int error;

    error = ext2_alloc_inode(volume, folder->ino, LINUX_S_ISDIR(mode), &ino);
    if (error == -ENOSPC && volume->inodes.count > 0) {
        error = ext2_settle(volume);
        if (!error)
            error = ext2_alloc_inode(volume, folder->ino, LINUX_S_ISDIR(mode),
                                     &ino);
    }
    if (error)
        return error;
    node = new_node(volume, ino);
    if (node == NULL) {
        ext2_free_inode(volume, ino, LINUX_S_ISDIR(mode));
        return -ENOMEM;
    }
    node->raw.i_mode = (uint16_t)mode;
    list_add(chain_of(volume, ino), &node->chain);
    error = write_new(node);
    if (error) {
        ext2_node_put(node);
        return error;
    }
    *result = node;
    return 0;
}
