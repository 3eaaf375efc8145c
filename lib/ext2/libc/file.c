/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c: a file or folder of a volume that a program has opened.
 *
 * A file here is a node and a place in it. All that moves bytes is the same for
 * read() and pread(), with one difference in where.
 *
 * Concurrency: everything happens under the volume's lock, the place included:
 * so a write at the end (O_APPEND) is one step with looking where the end is.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/ext2/libc/mounted.h"

struct opened {
    struct file file;
    struct ext2_node *node;
    off_t place;   /* guarded by the volume's lock, as is */
    uint32_t seen; /* of disk_sync() */
};

static struct opened *opened_of(struct file *file)
{
    return container_of(file, struct opened, file);
}

static struct ext2_node *lock_node(struct file *file)
{
    struct ext2_node *node = opened_of(file)->node;

    mutex_lock(&node->volume->lock);
    return node;
}

static void unlock_node(struct ext2_node *node)
{
    mutex_unlock(&node->volume->lock);
}

/* ---- Bytes -----------------------------------------------------------------
 */

/* Of regular files; there is nothing to be read in what is not a folder either:
 * sockets, FIFOs and devices of other systems. */
static int check_kind(const struct ext2_node *node)
{
    return ext2_is_folder(node) ? -EISDIR : ext2_is_file(node) ? 0 : -ENXIO;
}

static ssize_t move_in(struct ext2_node *node, void *to, size_t size,
                       off_t offset)
{
    int error = check_kind(node);

    return error ? error : ext2_read(node, to, size, (uint64_t)offset);
}

/* The lock is released if it is to be safe at once. */
static ssize_t move_out(struct opened *opened, const void *from, size_t size,
                        off_t offset)
{
    int error = check_kind(opened->node);
    ssize_t done =
        error ? error : ext2_write(opened->node, from, size, (uint64_t)offset);

    if (done > 0 && atomic_load(&opened->file.flags) & O_SYNC)
        error = ext2_sync(opened->node->volume, &opened->seen);
    return error ? error : done;
}

static ssize_t opened_read(struct file *file, void *to, size_t size)
{
    struct opened *opened = opened_of(file);
    struct ext2_node *node = lock_node(file);
    ssize_t done = move_in(node, to, size, opened->place);

    if (done > 0)
        opened->place += done;
    unlock_node(node);
    return done;
}

static ssize_t opened_write(struct file *file, const void *from, size_t size)
{
    struct opened *opened = opened_of(file);
    struct ext2_node *node = lock_node(file);
    off_t place = atomic_load(&file->flags) & O_APPEND ? (off_t)ext2_size(node)
                                                       : opened->place;
    ssize_t done = move_out(opened, from, size, place);

    if (done > 0)
        opened->place = place + done;
    unlock_node(node);
    return done;
}

static ssize_t opened_pread(struct file *file, void *to, size_t size,
                            off_t offset)
{
    struct ext2_node *node = lock_node(file);
    ssize_t done = move_in(node, to, size, offset);

    unlock_node(node);
    return done;
}

static ssize_t opened_pwrite(struct file *file, const void *from, size_t size,
                             off_t offset)
{
    struct ext2_node *node = lock_node(file);
    ssize_t done = move_out(opened_of(file), from, size, offset);

    unlock_node(node);
    return done;
}

static off_t opened_seek(struct file *file, off_t offset, int whence)
{
    struct opened *opened = opened_of(file);
    struct ext2_node *node = lock_node(file);
    off_t base = whence == SEEK_CUR   ? opened->place
                 : whence == SEEK_END ? (off_t)ext2_size(node)
                                      : 0;
    off_t place;

    if ((whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) ||
        __builtin_add_overflow(base, offset, &place) || place < 0)
        place = -EINVAL;
    else
        opened->place = place;
    unlock_node(node);
    return place;
}

/* ---- The rest --------------------------------------------------------------
 */

void ext2_describe(const struct ext2_node *node, struct stat *stat)
{
    const struct ext2_inode_large *raw = &node->raw;

    stat->st_ino = node->ino;
    stat->st_mode = raw->i_mode;
    stat->st_nlink = raw->i_links_count;
    stat->st_uid =
        (uid_t)(raw->i_uid | (uint32_t)raw->osd2.linux2.l_i_uid_high << 16);
    stat->st_gid =
        (gid_t)(raw->i_gid | (uint32_t)raw->osd2.linux2.l_i_gid_high << 16);
    stat->st_size = (off_t)ext2_size(node);
    stat->st_blksize = ext2_block_size(node->volume);
    stat->st_blocks = raw->i_blocks;
    stat->st_atim = ext2_get_time(node, EXT2_ACCESSED);
    stat->st_mtim = ext2_get_time(node, EXT2_MODIFIED);
    stat->st_ctim = ext2_get_time(node, EXT2_CHANGED);
}

int ext2_change_node(struct ext2_node *node, const struct file_change *change)
{
    struct ext2_inode_large *raw = &node->raw;
    int error = ext2_change(node->volume);

    if (error)
        return error;
    if (change->what & FILE_CHANGE_MODE)
        raw->i_mode =
            (uint16_t)((raw->i_mode & ~07777u) | (change->mode & 07777u));
    if (change->what & FILE_CHANGE_OWNER) {
        raw->i_uid = (uint16_t)change->owner;
        raw->osd2.linux2.l_i_uid_high =
            (uint16_t)((uint32_t)change->owner >> 16);
    }
    if (change->what & FILE_CHANGE_GROUP) {
        raw->i_gid = (uint16_t)change->group;
        raw->osd2.linux2.l_i_gid_high =
            (uint16_t)((uint32_t)change->group >> 16);
    }
    if (change->what & FILE_CHANGE_ACCESSED)
        ext2_set_times(node, EXT2_ACCESSED, &change->accessed);
    if (change->what & FILE_CHANGE_MODIFIED)
        ext2_set_times(node, EXT2_MODIFIED, &change->modified);
    ext2_touch(node, EXT2_CHANGED);
    return 0;
}

static int opened_stat(struct file *file, struct stat *stat)
{
    struct ext2_node *node = lock_node(file);

    ext2_describe(node, stat);
    unlock_node(node);
    return 0;
}

static int opened_sync(struct file *file)
{
    struct ext2_node *node = lock_node(file);
    int error = ext2_sync(node->volume, &opened_of(file)->seen);

    unlock_node(node);
    return error;
}

static int opened_truncate(struct file *file, off_t size)
{
    struct ext2_node *node = lock_node(file);
    int error = check_kind(node);

    if (!error)
        error = ext2_truncate(node, (uint64_t)size);
    unlock_node(node);
    return error;
}

static int opened_change(struct file *file, const struct file_change *change)
{
    struct ext2_node *node = lock_node(file);
    int error = ext2_change_node(node, change);

    unlock_node(node);
    return error;
}

static int opened_readdir(struct file *file, uint64_t *cookie,
                          struct dirent *to)
{
    static const unsigned char types[] = {
        [EXT2_FT_UNKNOWN] = DT_UNKNOWN, [EXT2_FT_REG_FILE] = DT_REG,
        [EXT2_FT_DIR] = DT_DIR,         [EXT2_FT_CHRDEV] = DT_CHR,
        [EXT2_FT_BLKDEV] = DT_BLK,      [EXT2_FT_FIFO] = DT_FIFO,
        [EXT2_FT_SOCK] = DT_SOCK,       [EXT2_FT_SYMLINK] = DT_LNK,
    };
    struct ext2_node *node = lock_node(file);
    struct ext2_entry entry;
    int found = ext2_folder_next(node, cookie, &entry);

    if (found > 0) {
        to->d_ino = entry.ino;
        to->d_type =
            entry.type < sizeof(types) ? types[entry.type] : DT_UNKNOWN;
        memcpy(to->d_name, entry.name, entry.length);
        to->d_name[entry.length] = '\0';
    }
    unlock_node(node);
    return found;
}

static void opened_close(struct file *file)
{
    struct ext2_node *node = lock_node(file);
    struct ext2_volume *volume = node->volume;

    ext2_node_put(node); /* it may be gone now */
    mutex_unlock(&volume->lock);
    free(opened_of(file));
}

static const struct file_ops file_ops = {
    .read = opened_read,
    .write = opened_write,
    .pread = opened_pread,
    .pwrite = opened_pwrite,
    .seek = opened_seek,
    .stat = opened_stat,
    .sync = opened_sync,
    .truncate = opened_truncate,
    .change = opened_change,
    .close = opened_close,
};

static const struct file_ops folder_ops = {
    .stat = opened_stat,
    .sync = opened_sync,
    .change = opened_change,
    .readdir = opened_readdir,
    .close = opened_close,
};

int ext2_file_new(struct ext2_node *node, int flags, struct file **file)
{
    struct opened *opened = calloc(1, sizeof(*opened));

    if (opened == NULL)
        return -ENOMEM;
    opened->node = node;
    opened->seen = disk_errors(node->volume->disk);
    file_init(&opened->file, ext2_is_folder(node) ? &folder_ops : &file_ops,
              flags);
    *file = &opened->file;
    return 0;
}
