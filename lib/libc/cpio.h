/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio.h: an archive in memory as a tree of files. Pure logic.
 *
 * The archive ("newc": cpio -H newc) stays where it is as long as the tree is
 * used, and is never written: names and contents are parts of it.
 */
#ifndef CORACLE_LIBC_CPIO_H
#define CORACLE_LIBC_CPIO_H

#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

/* Numbers of names and of files. The root is name 0. */
#define CPIO_ROOT 0u
#define CPIO_NONE UINT32_MAX

struct cpio_name {
    const char *text; /* the last one of a path, without a NUL */
    uint32_t length;
    uint32_t folder; /* the root is in itself */
    uint32_t file;
    uint32_t first, last; /* of a folder: what is in it; CPIO_NONE: nothing */
    uint32_t next;        /* in the same folder */
    uint32_t chain;
};

struct cpio_file {
    const char *bytes; /* of a symbolic link what it says, without a NUL */
    uint32_t size;
    uint32_t mode, owner, group;
    uint32_t modified; /* seconds since 1970 */
    uint32_t links;
    uint32_t inode, device; /* in the archive, if it says that there are more
                               names; else inode is 0 */
    uint32_t chain;
};

struct cpio {
    struct cpio_name *names;
    struct cpio_file *files;
    uint32_t name_count, name_room; /* a power of two */
    uint32_t file_count, file_room;
    uint32_t *name_chains, *file_chains; /* heads; as many as there is room */
};

/*
 * Read an archive of `size` bytes. 0, -ENOMEM, or -EINVAL: it is none, or a
 * damaged one: *why says what is wrong and *where, at which byte.
 *
 * Names may begin with "/" or "./"; folders that are missing are made; of two
 * files with one name the later counts. Links are not followed: nothing may lie
 * below one.
 */
MUST_CHECK int cpio_open(struct cpio *cpio, const void *archive, size_t size,
                         const char **why, size_t *where);
void cpio_close(struct cpio *cpio);

/* The name in a folder, or CPIO_NONE. */
uint32_t cpio_find(const struct cpio *cpio, uint32_t folder, const char *text,
                   size_t length);

static inline const struct cpio_file *cpio_file(const struct cpio *cpio,
                                                uint32_t name)
{
    return &cpio->files[cpio->names[name].file];
}

#endif
