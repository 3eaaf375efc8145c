/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mounted.h: a volume as a mount of the C library.
 */
#ifndef CORACLE_LIB_EXT2_LIBC_MOUNTED_H
#define CORACLE_LIB_EXT2_LIBC_MOUNTED_H

#include <limits.h>
#include "lib/ext2/ext2.h"
#include "lib/libc/mount.h"

struct ext2_mounted {
    struct mount mount;
    struct ext2_volume *volume;
    char place[PATH_MAX];

    /* Guarded by the volume's lock, for the thread that writes back. */
    bool due;
    struct cond wake;
};

static inline struct ext2_mounted *ext2_mounted_of(struct mount *mount)
{
    return container_of(mount, struct ext2_mounted, mount);
}

/* paths.c */
extern const struct mount_ops ext2_mount_ops;

/*
 * file.c: a new file, which takes the reference on `node`, or an error, and it
 * does not. The volume's lock is held.
 */
MUST_CHECK int ext2_file_new(struct ext2_node *node, int flags,
                             struct file **file);

/* What stat() says of a node. The lock is held. */
void ext2_describe(const struct ext2_node *node, struct stat *stat);
/* What chmod() and others do. The lock is held. */
MUST_CHECK int ext2_change_node(struct ext2_node *node,
                                const struct file_change *change);

#endif
