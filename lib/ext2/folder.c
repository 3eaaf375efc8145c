/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * folder.c: names in a folder.
 *
 * A folder is a file of entries, and an entry an inode's number, the length of
 * the entry itself, and a name. Entries fill their block to its end; none
 * reaches into the next:
 *
 *     | 11 |12| .  | 2 |12| .. | 15 |16| notes | 0 |984|          |
 *
 * What is removed is added to the entry before it, and what is added takes the
 * room behind a name that needs less than its entry has. So no entry ever
 * moves, and a reader who remembers a place finds his way.
 *
 * One block is in memory at a time, as a whole; it is checked when it comes in,
 * and whoever walks through it then may trust its lengths. Names are looked up
 * from the first to the last; folders that ext4 has given an index are read in
 * the same way (the index hides in an entry without a name) and lose the index
 * when they change, as Linux' ext2 does it.
 *
 * Concurrency: the volume's lock, which guards the one block too.
 */
#include <string.h>
#include "lib/ext2/ext2.h"

/* An entry before its name, on the disk. */
struct head {
    uint32_t ino;
    uint16_t size;
    uint8_t length;
    uint8_t type; /* 0 where the file system does not record it */
};

#define HEAD ((uint32_t)sizeof(struct head))

static struct head *head_at(struct ext2_volume *volume, uint32_t offset)
{
    return (struct head *)(volume->block + offset);
}

static const char *name_at(struct ext2_volume *volume, uint32_t offset)
{
    return volume->block + offset + HEAD;
}

/* What an entry with such a name needs. */
static uint32_t size_for(size_t length)
{
    return (HEAD + (uint32_t)length + 3) & ~3u;
}

/* ---- Blocks ----------------------------------------------------------------
 */

static int check_block(struct ext2_node *folder, uint64_t index)
{
    struct ext2_volume *volume = folder->volume;
    uint32_t block_size = ext2_block_size(volume), offset = 0;

    while (offset < block_size) {
        struct head *head = head_at(volume, offset);

        if (head->size < HEAD + 4 || head->size % 4 != 0 ||
            head->size > block_size - offset ||
            (head->ino != 0 &&
             (size_for(head->length) > head->size || head->length == 0)) ||
            head->ino > volume->fs->super->s_inodes_count) {
            volume->loaded = 0;
            return ext2_corrupt(volume,
                                "folder %u: a bad entry in block %llu of it",
                                folder->ino, (unsigned long long)index);
        }
        offset += head->size;
    }
    return 0;
}

static uint64_t blocks_of(const struct ext2_node *folder)
{
    return ext2_size(folder) / ext2_block_size(folder->volume);
}

/* Have block `index` of the folder in memory. */
static int load(struct ext2_node *folder, uint64_t index)
{
    struct ext2_volume *volume = folder->volume;
    uint64_t block, count;
    int error = ext2_map(folder, index, 1, &block, &count);

    if (error)
        return error;
    if (block == 0)
        return ext2_corrupt(volume, "folder %u: block %llu of it is missing",
                            folder->ino, (unsigned long long)index);
    if (volume->loaded == block)
        return 0;
    volume->loaded = 0;
    error =
        ext2_read_own(volume, block, 0, volume->block, ext2_block_size(volume));
    if (error)
        return error;
    volume->loaded = block;
    return check_block(folder, index);
}

/* Bytes of the block in memory have changed. */
static int store(struct ext2_node *folder, uint32_t offset, size_t size)
{
    struct ext2_volume *volume = folder->volume;
    int error = ext2_write_part(volume, volume->loaded, offset,
                                volume->block + offset, size);

    if (error) {
        volume->loaded = 0;
        return error;
    }
    folder->raw.i_flags &= ~(uint32_t)EXT2_INDEX_FL;
    ext2_touch(folder, EXT2_MODIFIED | EXT2_CHANGED);
    return 0;
}

/* ---- Looking ---------------------------------------------------------------
 */

static void fill_entry(struct ext2_volume *volume, uint64_t index,
                       uint32_t previous, uint32_t offset,
                       struct ext2_entry *entry)
{
    struct head *head = head_at(volume, offset);

    *entry = (struct ext2_entry){
        .index = index,
        .offset = offset,
        .previous = previous,
        .ino = head->ino,
        .name = name_at(volume, offset),
        .length = head->length,
        .type = ext2fs_has_feature_filetype(volume->fs->super) ? head->type : 0,
    };
}

/* Can an entry of `size` bytes go behind this one, or in its place? */
static bool has_room(const struct head *head, uint32_t size)
{
    uint32_t used = head->ino == 0 ? 0 : size_for(head->length);

    return head->size - used >= size;
}

/* In the block in memory. */
static bool find_in_block(struct ext2_node *folder, uint64_t index,
                          const char *name, size_t length,
                          struct ext2_entry *entry, struct ext2_room *room)
{
    struct ext2_volume *volume = folder->volume;
    uint32_t previous = 0, size = size_for(length);

    for (uint32_t offset = 0; offset < ext2_block_size(volume);) {
        struct head *head = head_at(volume, offset);

        if (head->ino != 0 && head->length == length && /* often told by: */
            name_at(volume, offset)[length - 1] == name[length - 1] &&
            memcmp(name_at(volume, offset), name, length) == 0) {
            fill_entry(volume, index, previous, offset, entry);
            return true;
        }
        if (room != NULL && !room->found && has_room(head, size))
            *room = (struct ext2_room){true, index, offset};
        previous = offset;
        offset += head->size;
    }
    return false;
}

int ext2_folder_find(struct ext2_node *folder, const char *name, size_t length,
                     struct ext2_entry *entry, struct ext2_room *room)
{
    uint64_t blocks = blocks_of(folder);

    if (room != NULL)
        *room = (struct ext2_room){false, blocks, 0};
    for (uint64_t index = 0; index < blocks; index++) {
        int error = load(folder, index);

        if (error)
            return error;
        if (find_in_block(folder, index, name, length, entry, room))
            return 0;
    }
    return -ENOENT;
}

int ext2_folder_next(struct ext2_node *folder, uint64_t *position,
                     struct ext2_entry *entry)
{
    struct ext2_volume *volume = folder->volume;
    uint32_t block_size = ext2_block_size(volume);

    while (*position < ext2_size(folder)) {
        uint64_t index = *position / block_size;
        uint32_t offset = 0;
        int error = load(folder, index);

        if (error)
            return error;
        /* Where the reader stopped an entry may have become part of the one
         * before: only a walk from the block's begin finds the borders. */
        for (; offset < block_size; offset += head_at(volume, offset)->size) {
            if (offset < *position % block_size ||
                head_at(volume, offset)->ino == 0)
                continue;
            fill_entry(volume, index, 0, offset, entry);
            *position =
                index * block_size + offset + head_at(volume, offset)->size;
            return 1;
        }
        *position = (index + 1) * block_size;
    }
    return 0;
}

int ext2_folder_empty(struct ext2_node *folder)
{
    struct ext2_entry entry;
    uint64_t position = 0;
    int found;

    while ((found = ext2_folder_next(folder, &position, &entry)) > 0)
        if (entry.length > 2 || entry.name[0] != '.' ||
            entry.name[entry.length - 1] != '.')
            return -ENOTEMPTY;
    return found;
}

/* ---- Changing --------------------------------------------------------------
 */

/* What an entry says of the type. */
static uint8_t type_of(const struct ext2_node *node)
{
    if (!ext2fs_has_feature_filetype(node->volume->fs->super))
        return 0;
    switch (node->raw.i_mode & LINUX_S_IFMT) {
    case LINUX_S_IFREG:
        return EXT2_FT_REG_FILE;
    case LINUX_S_IFDIR:
        return EXT2_FT_DIR;
    case LINUX_S_IFLNK:
        return EXT2_FT_SYMLINK;
    case LINUX_S_IFCHR:
        return EXT2_FT_CHRDEV;
    case LINUX_S_IFBLK:
        return EXT2_FT_BLKDEV;
    case LINUX_S_IFIFO:
        return EXT2_FT_FIFO;
    case LINUX_S_IFSOCK:
        return EXT2_FT_SOCK;
    default:
        return EXT2_FT_UNKNOWN;
    }
}

/* In the block in memory. */
static void put_entry(struct ext2_volume *volume, uint32_t offset,
                      uint32_t size, const char *name, size_t length,
                      const struct ext2_node *node)
{
    *head_at(volume, offset) = (struct head){
        .ino = node->ino,
        .size = (uint16_t)size,
        .length = (uint8_t)length,
        .type = type_of(node),
    };
    memcpy(volume->block + offset + HEAD, name, length);
}

/* One more block at the end of the folder, in memory, with one empty entry. */
static int grow(struct ext2_node *folder)
{
    struct ext2_volume *volume = folder->volume;
    uint32_t block_size = ext2_block_size(volume);
    uint64_t size = ext2_size(folder), block, count;
    int error;

    if (size > INT32_MAX - block_size)
        return -ENOSPC;
    error = ext2_map_new(folder, size / block_size, 1, &block, &count);
    if (error)
        return error;
    memset(volume->block, 0, block_size);
    head_at(volume, 0)->size = (uint16_t)block_size;
    volume->loaded = block;
    error = store(folder, 0, block_size);
    if (!error)
        ext2_set_size(folder, size + block_size);
    return error;
}

int ext2_folder_add(struct ext2_node *folder, const struct ext2_room *room,
                    const char *name, size_t length,
                    const struct ext2_node *node)
{
    struct ext2_volume *volume = folder->volume;
    uint32_t offset = room->offset, size, used = 0;
    struct head *head;
    int error;

    error = room->found ? load(folder, room->index) : grow(folder);
    if (error)
        return error;
    head = head_at(volume, offset);
    size = head->size;
    if (head->ino != 0) {
        used = size_for(head->length);
        head->size = (uint16_t)used;
    }
    put_entry(volume, offset + used, size - used, name, length, node);
    return store(folder, offset, size);
}

int ext2_folder_remove(struct ext2_node *folder, const struct ext2_entry *entry)
{
    struct ext2_volume *volume = folder->volume;
    int error = load(folder, entry->index);
    struct head *head = head_at(volume, entry->offset);
    struct head *before = head_at(volume, entry->previous);

    if (error)
        return error;
    head->ino = 0;
    if (before == head)
        return store(folder, entry->offset, HEAD);
    before->size = (uint16_t)(before->size + head->size);
    return store(folder, entry->previous,
                 entry->offset - entry->previous + HEAD);
}

int ext2_folder_change(struct ext2_node *folder, const struct ext2_entry *entry,
                       const struct ext2_node *node)
{
    struct ext2_volume *volume = folder->volume;
    int error = load(folder, entry->index);

    if (error)
        return error;
    head_at(volume, entry->offset)->ino = node->ino;
    head_at(volume, entry->offset)->type = type_of(node);
    return store(folder, entry->offset, HEAD);
}

int ext2_folder_begin(struct ext2_node *folder, const struct ext2_node *parent)
{
    struct ext2_volume *volume = folder->volume;
    int error = grow(folder);

    if (error)
        return error;
    put_entry(volume, 0, size_for(1), ".", 1, folder);
    put_entry(volume, size_for(1), ext2_block_size(volume) - size_for(1), "..",
              2, parent);
    return store(folder, 0, ext2_block_size(volume));
}
