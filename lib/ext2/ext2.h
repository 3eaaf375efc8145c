/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext2.h: what the files of lib/ext2/ share.
 *
 *     feature.c    is this a file system, and may we write to it?
 *     recognise.c  what else a disk may hold, by name
 *     io.c         libext2fs' way to the disk
 *     volume.c     a disk with its file system: begin, end, trouble
 *     sync.c       what changed, to the disk, in an order that can be repaired
 *     recover.c    after a crash: what is in use is not given out again
 *     alloc.c      blocks and inodes: which are free
 *     node.c       files and folders in memory
 *     map.c        which block of the disk is block number n of a file?
 *     extent.c     the same for files of ext4
 *     cut.c        the blocks behind a file's new end
 *     data.c       bytes of a file
 *     folder.c     names in a folder
 *     name.c       making, linking, renaming, removing
 *     libc/        all that as a mount of the C library
 *
 * libext2fs knows the format: superblock, group descriptors, bitmaps, inodes,
 * extents. What it does for tools that run once and alone is done here for
 * programs that keep files open: inodes in memory, runs of blocks, folders.
 *
 * The words: a *volume* is a file system on a disk; a *node* is an inode in
 * memory; an *index* counts blocks of a file, a *block* is one of the volume.
 *
 * Concurrency: one mutex for a volume guards everything of it, the library's
 * structures too. All functions here want it held, but for those of volume.c
 * that say otherwise. All are thread context and may wait for the disk. They
 * return 0 or a negative errno; -EIO also for what no file system may contain.
 */
#ifndef CORACLE_LIB_EXT2_EXT2_H
#define CORACLE_LIB_EXT2_EXT2_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <ext2fs/ext2fs.h>
#include "coracle/compiler.h"
#include "coracle/disk.h"
#include "coracle/list.h"
#include "coracle/sync.h"

/* Blocks are no larger: then a block is one piece in the page cache. */
#define EXT2_BLOCK_MAX 4096u

/* Chains of nodes; nodes that are kept though nobody uses them. */
#define EXT2_CHAINS 64u
#define EXT2_IDLE   128u

/* Numbers of an indirect block that are remembered together, and how many such
 * windows there are: as many as a file of 64 MiB has. */
#define EXT2_WINDOW  256u
#define EXT2_WINDOWS 64u

/*
 * Numbers (of blocks, or inodes) that were given back, but that the disk still
 * shows in use; see alloc.c.
 */
struct ext2_freed {
    ext2fs_generic_bitmap map;
    uint64_t count, low, high; /* all are from `low` to `high` */
};

/* A part of an indirect block: the blocks of EXT2_WINDOW indexes of a file. */
struct ext2_window {
    ext2_ino_t ino; /* whose; 0: nobody's */
    uint64_t index; /* of the first */
    uint32_t numbers[EXT2_WINDOW];
};

struct ext2_volume {
    char name[12]; /* the disk's */
    struct disk *disk;
    ext2_filsys fs;
    uint64_t first, end; /* blocks: [first, end) */

    struct mutex lock; /* guards all below and the nodes */
    bool readonly;
    bool ended;   /* for ever */
    bool marked;  /* the superblock on the disk says "in use" */
    bool changed; /* something is not on its way to the disk yet */
    bool unclean; /* it is not to be called clean at the end */
    unsigned int complaints;
    uint64_t unreadable; /* the last block of which that was said */
    struct ext2_freed blocks, inodes;
    uint64_t frees; /* counts what was given back */
    uint8_t *dirty; /* EXT2_DIRTY_..., by group */
    struct list chains[EXT2_CHAINS];
    struct list idle; /* nodes without references, longest idle first */
    unsigned int idle_count;
    struct list changed_nodes;
    struct ext2_window *windows[EXT2_WINDOWS]; /* made when needed (map.c) */
    char *block;     /* one block of a folder, checked (folder.c) */
    uint64_t loaded; /* which; 0: none */

    /* Somebody who wants to know, or NULL: something changed for the first time
     * since a sync; the volume has become read-only. The lock is held. */
    void (*on_change)(struct ext2_volume *volume);
    void (*on_readonly)(struct ext2_volume *volume);
    void *owner;
};

enum { EXT2_DIRTY_BLOCKS = 1, EXT2_DIRTY_INODES = 2, EXT2_DIRTY_GROUP = 4 };

struct ext2_node {
    struct list chain;
    struct list idle;
    struct list changed_link;
    struct ext2_volume *volume;
    ext2_ino_t ino;
    unsigned int references;
    bool changed;
    struct ext2_inode_large raw;
    uint64_t last; /* block that it was given last; 0: none */
    /* Of a file in extents: the last run that was looked up. */
    uint64_t run_index, run_block, run_count;
};

static inline uint32_t ext2_block_size(const struct ext2_volume *volume)
{
    return volume->fs->blocksize;
}

/* ---- feature.c, recognise.c: pure -----------------------------------------
 */

enum ext2_verdict {
    EXT2_OTHER,  /* no file system of this family */
    EXT2_REFUSE, /* one that we cannot use */
    EXT2_READ,   /* one that we can only read */
    EXT2_WRITE,
};

/*
 * Judge a superblock, of a disk of `size` bytes. `why` (of `why_size` bytes)
 * says what is in the way if the verdict is EXT2_REFUSE or EXT2_READ.
 */
enum ext2_verdict ext2_judge(const struct ext2_super_block *super,
                             uint64_t size, char *why, size_t why_size);

/* What the first 68 KiB of a disk look like, `size` of them: a name, or NULL.
 */
const char *ext2_recognise(const uint8_t *bytes, size_t size);
#define EXT2_RECOGNISE_SIZE (68u * 1024)

/* ---- io.c ------------------------------------------------------------------
 */

/* libext2fs' manager; the "name" of its channels is a disk's. */
extern struct struct_io_manager ext2_io_manager;

/* An error of the library, as a negative errno, and what it is called. */
MUST_CHECK int ext2_errno(errcode_t error);
const char *ext2_error_text(errcode_t error);

/* Bytes of a block. */
MUST_CHECK int ext2_read_part(struct ext2_volume *volume, uint64_t block,
                              uint32_t offset, void *to, size_t size);
/* The same of a block with the file system's own data; if it cannot be read, a
 * line says so. */
MUST_CHECK int ext2_read_own(struct ext2_volume *volume, uint64_t block,
                             uint32_t offset, void *to, size_t size);
MUST_CHECK int ext2_write_part(struct ext2_volume *volume, uint64_t block,
                               uint32_t offset, const void *from, size_t size);
/* Zeros to `count` whole blocks. */
MUST_CHECK int ext2_write_zeros(struct ext2_volume *volume, uint64_t block,
                                uint64_t count);

/* ---- volume.c ---------------------------------------------------------------
 */

/*
 * The file system on the disk called `name`, which is up. A line on the console
 * says what was found, whatever it was. 0; -ENODEV: none that we can use;
 * -ENOMEM, -EIO. The lock is not held.
 */
MUST_CHECK int ext2_begin(const char *name, struct ext2_volume **volume);

/* Write all, say that it is clean, and change nothing from then on. The volume
 * and what is open stay readable. The lock is not held. */
MUST_CHECK int ext2_end(struct ext2_volume *volume);

/* Free the volume, of which nothing is open any more and which has ended. */
void ext2_free(struct ext2_volume *volume);

/* To be called before anything is changed. 0, or -EROFS; -EIO. */
MUST_CHECK int ext2_change(struct ext2_volume *volume);

/* Something changed that ext2_write_changes() has to write. */
void ext2_note_change(struct ext2_volume *volume);

/* The disk holds what it must not: say so, in the words of `format`, and be
 * read-only from now on. Returns -EIO. */
PRINTF_LIKE(2, 3)
int ext2_corrupt(struct ext2_volume *volume, const char *format, ...);

/* The same for what can be lived with, as after a crash: no further harm comes
 * from it, and so the volume stays writable. Returns -EIO. */
PRINTF_LIKE(2, 3)
int ext2_complain(struct ext2_volume *volume, const char *format, ...);

/* ---- sync.c -----------------------------------------------------------------
 */

/* Bring all that changed on its way to the disk: into the page cache. */
MUST_CHECK int ext2_write_changes(struct ext2_volume *volume);

/*
 * The same, and wait until it is safe; what was given back before is free then,
 * unless more was meanwhile, for the lock is released. `seen`: as disk_sync().
 */
MUST_CHECK int ext2_sync(struct ext2_volume *volume, uint32_t *seen);
/* The same with the lock held throughout, for the sake of what was given back:
 * -ENOSPC if there is none. */
MUST_CHECK int ext2_settle(struct ext2_volume *volume);

/* The superblock as it is in memory, into the page cache. */
MUST_CHECK int ext2_write_super(struct ext2_volume *volume);

/* ---- recover.c --------------------------------------------------------------
 */

/* Mark what the inodes use in the bitmaps in memory. */
MUST_CHECK int ext2_recover(struct ext2_volume *volume);

/* ---- alloc.c ----------------------------------------------------------------
 */

/* Could these blocks be a file's? In range, and none of the file system's own;
 * and, if the volume is writable, not marked free. */
bool ext2_blocks_valid(struct ext2_volume *volume, uint64_t block,
                       uint64_t count);

/* Up to `wanted` free blocks in a row, from `goal` on if possible. -ENOSPC. */
MUST_CHECK int ext2_alloc_blocks(struct ext2_volume *volume, uint64_t goal,
                                 uint64_t wanted, uint64_t *block,
                                 uint64_t *count);
/* Give back one. It is not given out again before the disk knows. */
MUST_CHECK int ext2_free_block(struct ext2_volume *volume, uint64_t block);

/* An inode, near the folder's. -ENOSPC. And give it back. */
MUST_CHECK int ext2_alloc_inode(struct ext2_volume *volume, ext2_ino_t folder,
                                bool is_folder, ext2_ino_t *ino);
void ext2_free_inode(struct ext2_volume *volume, ext2_ino_t ino,
                     bool was_folder);

/* For recover.c: these are in use, though they are marked free. */
void ext2_take_block(struct ext2_volume *volume, uint64_t block);
void ext2_take_inode(struct ext2_volume *volume, ext2_ino_t ino,
                     bool is_folder);

/* What was given back so far is safe on the disk: it is free now. */
void ext2_release_freed(struct ext2_volume *volume);

/* ---- node.c -----------------------------------------------------------------
 */

/* The node, with a reference. -EIO: no such inode, or not one in use. */
MUST_CHECK int ext2_node_get(struct ext2_volume *volume, ext2_ino_t ino,
                             struct ext2_node **node);
/* One more; one less. The last one of a file without names frees it. */
void ext2_node_hold(struct ext2_node *node);
void ext2_node_put(struct ext2_node *node);

/* At the end: free what has no names though it is open; forget all nodes. */
void ext2_node_bury_all(struct ext2_volume *volume);
void ext2_node_forget_all(struct ext2_volume *volume);

/* A new inode of type and mode `mode`, with a reference and no names yet. */
MUST_CHECK int ext2_node_make(struct ext2_node *folder, mode_t mode,
                              struct ext2_node **node);

/* It differs from the disk's. */
void ext2_node_changed(struct ext2_node *node);
/* Write it to the page cache. */
MUST_CHECK int ext2_node_write(struct ext2_node *node);

/* Times. `which`: a set of these. */
enum { EXT2_ACCESSED = 1, EXT2_MODIFIED = 2, EXT2_CHANGED = 4 };
void ext2_touch(struct ext2_node *node, int which);
void ext2_set_times(struct ext2_node *node, int which,
                    const struct timespec *time);
/* One of them. */
struct timespec ext2_get_time(const struct ext2_node *node, int which);

static inline struct ext2_inode *ext2_inode(struct ext2_node *node)
{
    return (struct ext2_inode *)&node->raw;
}
static inline bool ext2_is_folder(const struct ext2_node *node)
{
    return LINUX_S_ISDIR(node->raw.i_mode);
}
static inline bool ext2_is_file(const struct ext2_node *node)
{
    return LINUX_S_ISREG(node->raw.i_mode);
}
static inline bool ext2_is_link(const struct ext2_node *node)
{
    return LINUX_S_ISLNK(node->raw.i_mode);
}

uint64_t ext2_size(const struct ext2_node *node);
void ext2_set_size(struct ext2_node *node, uint64_t size);

/* ---- map.c, cut.c -----------------------------------------------------------
 */

/* How many indexes a file can have. */
uint64_t ext2_index_end(const struct ext2_volume *volume);

/*
 * What is at `index`: `*count` blocks in a row, at least one and at most
 * `wanted`, from `*block` on; *block 0: so many that are not there (zeros).
 */
MUST_CHECK int ext2_map(struct ext2_node *node, uint64_t index, uint64_t wanted,
                        uint64_t *block, uint64_t *count);

/* The same for a place where ext2_map() has found nothing: give it blocks, up
 * to `wanted`. What is in them is undefined. -ENOSPC. */
MUST_CHECK int ext2_map_new(struct ext2_node *node, uint64_t index,
                            uint64_t wanted, uint64_t *block, uint64_t *count);

/* Give back all blocks from `index` on; all that the inode has. */
MUST_CHECK int ext2_cut(struct ext2_node *node, uint64_t index);
MUST_CHECK int ext2_cut_all(struct ext2_node *node);

/* extent.c: the same as ext2_map() for a file in extents. */
MUST_CHECK int ext2_map_extent(struct ext2_node *node, uint64_t index,
                               uint64_t wanted, uint64_t *block,
                               uint64_t *count);

/* Can these be the file's? Else -EIO, and the volume is corrupt. */
MUST_CHECK int ext2_check_blocks(struct ext2_node *node, uint64_t block,
                                 uint64_t count);

/* For cut.c: the way to `index`. How many indirect blocks lie between (0 to 3),
 * and the place in each of them, the inode itself first. */
unsigned int ext2_map_path(const struct ext2_volume *volume, uint64_t index,
                           uint32_t places[4]);
/* What is remembered of the file's blocks, or of everybody's. */
void ext2_map_forget(struct ext2_node *node);
void ext2_map_forget_all(struct ext2_volume *volume);

/* ---- data.c -----------------------------------------------------------------
 */

/* Bytes moved; fewer than `size` only at the end, or for lack of room. */
ssize_t ext2_read(struct ext2_node *node, void *to, size_t size,
                  uint64_t offset);
ssize_t ext2_write(struct ext2_node *node, const void *from, size_t size,
                   uint64_t offset);
MUST_CHECK int ext2_truncate(struct ext2_node *node, uint64_t size);

/* ---- folder.c ---------------------------------------------------------------
 */

/* An entry: where it stands, and what it says. */
struct ext2_entry {
    uint64_t index;
    uint32_t offset;   /* in that block */
    uint32_t previous; /* offset of the one before, in the same block */
    ext2_ino_t ino;
    const char *name; /* in volume->block; until something else is loaded */
    uint8_t length, type;
};

/* Where an entry of some length can go. */
struct ext2_room {
    bool found;
    uint64_t index;
    uint32_t offset;
};

/*
 * The entry of that name: 0, or -ENOENT. `room`, if not NULL: where one of that
 * name could be put then.
 */
MUST_CHECK int ext2_folder_find(struct ext2_node *folder, const char *name,
                                size_t length, struct ext2_entry *entry,
                                struct ext2_room *room);
/* Put one there. */
MUST_CHECK int ext2_folder_add(struct ext2_node *folder,
                               const struct ext2_room *room, const char *name,
                               size_t length, const struct ext2_node *node);
MUST_CHECK int ext2_folder_remove(struct ext2_node *folder,
                                  const struct ext2_entry *entry);
/* Let it name another node. */
MUST_CHECK int ext2_folder_change(struct ext2_node *folder,
                                  const struct ext2_entry *entry,
                                  const struct ext2_node *node);
/* The next entry at byte `*position` or behind: 1, or 0 at the end. */
MUST_CHECK int ext2_folder_next(struct ext2_node *folder, uint64_t *position,
                                struct ext2_entry *entry);
/* 0: there is nothing in it but "." and ".."; else -ENOTEMPTY. */
MUST_CHECK int ext2_folder_empty(struct ext2_node *folder);
/* The first block of a new one. */
MUST_CHECK int ext2_folder_begin(struct ext2_node *folder,
                                 const struct ext2_node *parent);

/* ---- name.c -----------------------------------------------------------------
 */

/* A name in a folder; `length` bytes, without a NUL. */
struct ext2_name {
    struct ext2_node *folder;
    const char *text;
    size_t length;
};

/* What has that name, with a reference. -ENOENT, -ENOTDIR, -ENAMETOOLONG. */
MUST_CHECK int ext2_lookup(const struct ext2_name *name,
                           struct ext2_node **node);
/* Make something of type and mode `mode`; `target` of a symbolic link. With a
 * reference, unless `node` is NULL. -EEXIST. */
MUST_CHECK int ext2_make(const struct ext2_name *name, mode_t mode,
                         const char *target, struct ext2_node **node);
/* One more name. -EEXIST, -EPERM (a folder), -EMLINK. */
MUST_CHECK int ext2_link(const struct ext2_name *name, struct ext2_node *node);
/* -EISDIR. */
MUST_CHECK int ext2_unlink(const struct ext2_name *name);
/* -ENOTDIR, -ENOTEMPTY. */
MUST_CHECK int ext2_rmdir(const struct ext2_name *name);
/* As rename(). */
MUST_CHECK int ext2_rename(const struct ext2_name *from,
                           const struct ext2_name *to);
/* What a symbolic link says, into `to` of `size` bytes, with a NUL.
 * -ENAMETOOLONG. */
MUST_CHECK int ext2_read_link(struct ext2_node *node, char *to, size_t size);

#endif
