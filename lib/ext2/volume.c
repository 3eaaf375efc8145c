/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * volume.c: a disk with its file system: begin, end, trouble.
 *
 * The superblock has a bit that says "clean". It is taken away before the first
 * change of anything, and waited for, and comes back when all is written. So
 * whoever finds the bit can trust the rest; and a program that only reads
 * leaves its disk as it was, bit by bit. Without the bit there was a crash:
 * then we say so, note what is in use (recover.c), and go on. Only e2fsck makes
 * it clean again.
 *
 * A disk may hold anything. What we do not understand is not a file system;
 * what contradicts itself while it is in use makes the volume read-only, with a
 * line that says what was found where. Nothing found on a disk is a reason to
 * stop the guest.
 *
 * Concurrency: a volume is made by one thread; then its lock.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/block.h"
#include "coracle/print.h"
#include "lib/ext2/ext2.h"
#include "lib/printf.h"

/* Lines about one volume; more would not help anybody. */
#define COMPLAINTS_MAX 8

/* ---- Trouble ---------------------------------------------------------------
 */

PRINTF_LIKE(2, 0)
static void say(struct ext2_volume *volume, const char *format, va_list words)
{
    char text[160];

    if (volume->complaints > COMPLAINTS_MAX)
        return;
    string_vformat(text, sizeof(text), format, words);
    if (volume->complaints++ == COMPLAINTS_MAX)
        string_format(text, sizeof(text), "there is more of that kind");
    printk("ext2: %s: %s: e2fsck -f helps\n", volume->name, text);
}

/* It shall be checked. */
static void note_error(struct ext2_volume *volume)
{
    volume->unclean = true;
    if (volume->readonly || volume->fs->super->s_state & EXT2_ERROR_FS)
        return;
    volume->fs->super->s_state |= EXT2_ERROR_FS;
    volume->fs->super->s_state &= (uint16_t)~EXT2_VALID_FS;
    (void)!ext2_write_super(volume); /* if even that fails, so be it */
}

int ext2_corrupt(struct ext2_volume *volume, const char *format, ...)
{
    va_list words;

    va_start(words, format);
    say(volume, format, words);
    va_end(words);
    note_error(volume);
    if (!volume->readonly) {
        printk("ext2: %s: is read-only from now on\n", volume->name);
        volume->readonly = true;
        if (volume->on_readonly != NULL)
            volume->on_readonly(volume);
    }
    return -EIO;
}

int ext2_complain(struct ext2_volume *volume, const char *format, ...)
{
    va_list words;

    va_start(words, format);
    say(volume, format, words);
    va_end(words);
    note_error(volume);
    return -EIO;
}

/* ---- Beginning -------------------------------------------------------------
 */

static size_t smaller(uint64_t total, size_t size)
{
    return size < total ? size : (size_t)total;
}

/* Read the superblock and judge it; a line says what is in the way. */
static int look(struct disk *disk, const char *name, bool *writable)
{
    uint64_t total = disk_size(disk);
    struct ext2_super_block *super;
    size_t size = smaller(total, SUPERBLOCK_OFFSET + sizeof(*super));
    char *bytes, why[200];
    const char *other;
    struct block_info info;
    int error = 0;

    bytes = calloc(1, EXT2_RECOGNISE_SIZE);
    if (bytes == NULL)
        return -ENOMEM;
    if (disk_read(disk, 0, bytes, size)) {
        printk("ext2: %s: cannot be read\n", name);
        free(bytes);
        return -EIO;
    }
    super = (struct ext2_super_block *)(bytes + SUPERBLOCK_OFFSET);
    *writable = false;
    switch (ext2_judge(super, total, why, sizeof(why))) {
    case EXT2_OTHER:
        if (!disk_read(disk, 0, bytes, smaller(total, EXT2_RECOGNISE_SIZE)))
            size = smaller(total, EXT2_RECOGNISE_SIZE);
        other = ext2_recognise((uint8_t *)bytes, size);
        printk("ext2: %s: no file system but %s: it is only /dev/%s\n", name,
               other != NULL ? other : "something unknown", name);
        error = -ENODEV;
        break;
    case EXT2_REFUSE:
        printk("ext2: %s: a file system that cannot be used: %s\n", name, why);
        error = -ENODEV;
        break;
    case EXT2_READ:
        printk("ext2: %s: is read-only: %s\n", name, why);
        break;
    case EXT2_WRITE:
        block_describe(disk_device(disk), &info);
        *writable = !info.readonly;
        break;
    }
    free(bytes);
    return error;
}

/* What the library has to read. */
static int open_library(struct ext2_volume *volume, bool writable)
{
    int flags = EXT2_FLAG_64BITS | EXT2_FLAG_SKIP_MMP;
    errcode_t error;

    error =
        ext2fs_open2(volume->name, NULL, flags | (writable ? EXT2_FLAG_RW : 0),
                     0, 0, &ext2_io_manager, &volume->fs);
    if (error == 0)
        error = ext2fs_check_desc(volume->fs);
    if (error == 0 && writable)
        error = ext2fs_read_bitmaps(volume->fs);
    if (error == 0 && writable)
        error = ext2fs_allocate_block_bitmap(volume->fs, "freed blocks",
                                             &volume->blocks.map);
    if (error == 0 && writable)
        error = ext2fs_allocate_inode_bitmap(volume->fs, "freed inodes",
                                             &volume->inodes.map);
    if (error == 0)
        return 0;
    printk("ext2: %s: a file system that cannot be used: %s\n", volume->name,
           ext2_error_text(error));
    return ext2_errno(error) == -ENOMEM ? -ENOMEM : -ENODEV;
}

static int check_root(struct ext2_volume *volume)
{
    struct ext2_node *root;
    int error = ext2_node_get(volume, EXT2_ROOT_INO, &root);

    if (error)
        return error;
    if (!ext2_is_folder(root)) {
        printk("ext2: %s: its root is no folder: e2fsck -f helps\n",
               volume->name);
        error = -ENODEV;
    }
    ext2_node_put(root);
    return error;
}

/* Was it in use when it was last left? */
static int check_state(struct ext2_volume *volume)
{
    uint16_t state = volume->fs->super->s_state;

    if (state & EXT2_VALID_FS && !(state & EXT2_ERROR_FS))
        return 0;
    volume->unclean = true;
    printk("ext2: %s: %s; e2fsck -f repairs what is left of that\n",
           volume->name,
           state & EXT2_ERROR_FS ? "errors were found in it"
                                 : "was not left in order (a crash?)");
    return volume->readonly ? 0 : ext2_recover(volume);
}

static struct ext2_volume *make_volume(const char *name, struct disk *disk)
{
    struct ext2_volume *volume = calloc(1, sizeof(*volume));

    if (volume == NULL)
        return NULL;
    strncpy(volume->name, name, sizeof(volume->name) - 1);
    volume->disk = disk;
    mutex_init(&volume->lock);
    list_init(&volume->idle);
    list_init(&volume->changed_nodes);
    for (unsigned int i = 0; i < EXT2_CHAINS; i++)
        list_init(&volume->chains[i]);
    return volume;
}

int ext2_begin(const char *name, struct ext2_volume **result)
{
    struct block_device *device = block_find(name);
    struct ext2_volume *volume;
    struct disk *disk;
    bool writable;
    int error;

    if (device == NULL)
        return -ENODEV;
    error = disk_open(device, &disk);
    if (!error)
        error = look(disk, name, &writable);
    if (error)
        return error;
    volume = make_volume(name, disk);
    if (volume == NULL)
        return -ENOMEM;
    mutex_lock(&volume->lock);
    volume->readonly = !writable;
    error = open_library(volume, writable);
    if (error)
        goto out;
    volume->first = volume->fs->super->s_first_data_block;
    volume->end = ext2fs_blocks_count(volume->fs->super);
    volume->block = malloc(volume->fs->blocksize);
    volume->dirty = calloc(volume->fs->group_desc_count, 1);
    error = volume->block == NULL || volume->dirty == NULL ? -ENOMEM : 0;
    if (!error)
        error = check_state(volume);
    if (!error)
        error = check_root(volume);
out:
    mutex_unlock(&volume->lock);
    if (error)
        ext2_free(volume);
    else
        *result = volume;
    return error;
}

void ext2_free(struct ext2_volume *volume)
{
    ext2_node_forget_all(volume);
    ext2_map_forget_all(volume);
    if (volume->blocks.map != NULL)
        ext2fs_free_generic_bmap(volume->blocks.map);
    if (volume->inodes.map != NULL)
        ext2fs_free_generic_bmap(volume->inodes.map);
    if (volume->fs != NULL)
        ext2fs_free(volume->fs);
    free(volume->dirty);
    free(volume->block);
    free(volume);
}

/* ---- In use ----------------------------------------------------------------
 */

/* The disk must know that it is in use before anything else changes on it. */
static int mark(struct ext2_volume *volume)
{
    struct ext2_super_block *super = volume->fs->super;
    uint32_t seen = disk_errors(volume->disk);
    int error;

    super->s_state &= (uint16_t)~EXT2_VALID_FS;
    super->s_mnt_count++;
    super->s_mtime = (uint32_t)time(NULL);
    error = ext2_write_super(volume);
    if (!error)
        error = disk_sync(volume->disk, &seen);
    if (!error)
        volume->marked = true;
    return error;
}

void ext2_note_change(struct ext2_volume *volume)
{
    if (!volume->changed && volume->on_change != NULL)
        volume->on_change(volume);
    volume->changed = true;
}

int ext2_change(struct ext2_volume *volume)
{
    int error = 0;

    if (volume->readonly)
        return -EROFS;
    if (!volume->marked)
        error = mark(volume);
    if (!error)
        ext2_note_change(volume);
    return error;
}

/* ---- The end ---------------------------------------------------------------
 */

/* Nothing is to be changed after this: now "clean" may be said. */
static int make_clean(struct ext2_volume *volume)
{
    uint32_t seen = disk_errors(volume->disk);
    int error = ext2_settle(volume);

    /* What that made free is marked so in a second round. */
    if (!error || error == -ENOSPC)
        error = ext2_write_changes(volume);
    if (!error)
        error = disk_sync(volume->disk, &seen);
    if (error || volume->unclean)
        return error;
    volume->fs->super->s_state |= EXT2_VALID_FS;
    error = ext2_write_super(volume);
    return error ? error : disk_sync(volume->disk, &seen);
}

int ext2_end(struct ext2_volume *volume)
{
    int error = 0;

    mutex_lock(&volume->lock);
    if (!volume->readonly && volume->marked) {
        ext2_node_bury_all(volume);
        error = make_clean(volume);
    }
    volume->readonly = true;
    mutex_unlock(&volume->lock);
    return error;
}
