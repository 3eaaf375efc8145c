/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mount.h: file systems, and the tree they form together.
 *
 * A mount is a file system at a place, a folder: "/", "/dev", "/mnt". The
 * longest one that a path lies below gets the rest of the path. "/dev" is there
 * from the start; others come by mount_add().
 */
#ifndef CORACLE_LIBC_MOUNT_H
#define CORACLE_LIBC_MOUNT_H

#include <sys/stat.h>
#include <sys/types.h>
#include "coracle/compiler.h"
#include "lib/libc/file.h"

struct mount;

/*
 * `path` is relative to the mount, "" for its root, and has been through
 * path_resolve(). All return 0 or a negative errno. Thread context, several
 * threads at once. A missing operation means that such a file system cannot do
 * it: EROFS for those that change something, else ENOSYS.
 */
struct mount_ops {
    /* A new file, by file_init() with `flags` (O_RDONLY ... O_CREAT ...). */
    int (*open)(struct mount *mount, const char *path, int flags, mode_t mode,
                struct file **file);
    /* Fill in the zeroed *stat; of a symbolic link itself unless `follow`. */
    int (*stat)(struct mount *mount, const char *path, struct stat *stat,
                bool follow);
};

struct mount {
    const char *place; /* absolute, as path_resolve() makes it */
    const struct mount_ops *ops;
    struct list link;
};

/* 0; -EBUSY: there is one already at that place. */
MUST_CHECK int mount_add(struct mount *mount);

/* The mount that serves `path` to the calling program, and what is left of the
 * path, in `rest` of PATH_MAX bytes. 0, -ENOENT: none, or as path_resolve(). */
MUST_CHECK int mount_find(const char *path, struct mount **mount, char *rest);

/* ---- /dev (devices.c) -----------------------------------------------------
 */

/* Somebody who knows devices by name: disks. */
struct device_source {
    /* A new file. -ENOENT: it has no such device. */
    int (*open)(const char *name, int flags, struct file **file);
    struct device_source *next; /* of devices.c */
};
void device_add_source(struct device_source *source);

extern struct mount device_mount;

#endif
