/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mount.h: file systems, and the tree they form together.
 *
 * A mount is a file system at a place, a folder: "/", "/dev", "/mnt/xvdb". The
 * longest one that a path lies below gets the rest of the path. "/dev" is there
 * from the start; the ramdisk's archive is "/" if no other mount is by the time
 * the first path is used; others come by mount_add().
 *
 * Who does what. The C library (walk.c) makes whole paths of relative ones,
 * takes out "." and "..", finds the mount, follows symbolic links, gives out
 * descriptors, and knows all that POSIX says of flags, slashes at the end,
 * masks and times. A mount knows names, files and folders.
 */
#ifndef CORACLE_LIBC_MOUNT_H
#define CORACLE_LIBC_MOUNT_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "coracle/compiler.h"
#include "lib/libc/file.h"

struct mount;
struct statvfs;

/*
 * A path, as a mount gets it: `text` is relative to the mount, "" for its root,
 * else names with one slash between them, none of them "." or "..". A name may
 * be longer than the file system can have: -ENAMETOOLONG.
 *
 * A mount that meets a symbolic link on its way, as any name but the last, or
 * as the last one if `follow` is set, goes no further. It writes what the link
 * says into `target` (PATH_MAX bytes, with a NUL; -ENAMETOOLONG if it is
 * longer), sets `met` to the number of bytes of `text` up to the end of the
 * link's name, and returns MOUNT_LINK, having changed nothing. The library then
 * calls the operation again, with another path and perhaps of another mount, or
 * gives up with ELOOP at the 40th. So a link may lead into any other mount.
 *
 * A name before the last that is no folder and no link: -ENOTDIR; that does not
 * exist: -ENOENT.
 */
struct mount_path {
    const char *text;
    bool follow;
    size_t met; /* 0 when the operation begins */
    char *target;
};

#define MOUNT_LINK 1

/*
 * All return 0, MOUNT_LINK or a negative errno. Thread context, several threads
 * at once: each mount locks its own. A missing operation means that such a file
 * system cannot do it: EROFS for those that change something, else ENOSYS.
 *
 * They run on the program's stack, of which 5 KiB are left (STACK_RESERVE in
 * the Makefile): code with larger frames is compiled with -fsplit-stack.
 *
 * Those that change something are not called while `readonly` is set in the
 * mount. Nobody is forbidden anything: there is only user 0.
 */
struct mount_ops {
    /*
     * A new file, by file_init() with `flags`. Of these the mount sees to:
     *   O_ACCMODE   a folder can only be opened O_RDONLY: else -EISDIR
     *   O_CREAT     make a regular file with `mode` (the program's mask is off
     *               it already) if there is nothing; a folder: -EISDIR. If the
     *               last name is a link and not followed: -ELOOP
     *   O_EXCL      with O_CREAT: -EEXIST if there is anything, also a link,
     *               which is not followed then (`follow` is not set)
     *   O_TRUNC     empty a regular file that is opened for writing, in the
     *               same step as the rest
     *   O_APPEND, O_SYNC: the file does (file.h)
     * All others are the library's. While the mount is readonly it is called
     * without O_CREAT and O_TRUNC, and for writing only if `devices` is set.
     */
    int (*open)(struct mount *mount, struct mount_path *path, int flags,
                mode_t mode, struct file **file);
    /* Fill in *stat, in which all is 0 but st_dev and st_nlink (1). */
    int (*stat)(struct mount *mount, struct mount_path *path,
                struct stat *stat);
    /* What the link says, into `to` of PATH_MAX bytes, with a NUL. No link:
     * -EINVAL. `follow` is not set. */
    int (*readlink)(struct mount *mount, struct mount_path *path, char *to);

    /* -EEXIST: there is something of that name. */
    int (*mkdir)(struct mount *mount, struct mount_path *path, mode_t mode);
    int (*symlink)(struct mount *mount, struct mount_path *path,
                   const char *target);
    /* Another name, `to`, for what `from` is; a folder: -EPERM. `to` exists:
     * -EEXIST. At least one of the paths has `met` if MOUNT_LINK. */
    int (*link)(struct mount *mount, struct mount_path *from,
                struct mount_path *to);

    /* A folder: -EISDIR. Open files live on until they are closed. */
    int (*unlink)(struct mount *mount, struct mount_path *path);
    /* No folder: -ENOTDIR; not empty: -ENOTEMPTY; the root: -EBUSY. */
    int (*rmdir)(struct mount *mount, struct mount_path *path);
    /*
     * What was `from` becomes `to`, in one step: whoever looks for `to` finds
     * the old or the new. What was `to` is gone as by unlink() or, if both are
     * folders, rmdir(). -EISDIR, -ENOTDIR: one is a folder, the other is not;
     * -EINVAL: a folder into itself; both are names of one file: 0, and nothing
     * happens. Links are renamed, not followed.
     */
    int (*rename)(struct mount *mount, struct mount_path *from,
                  struct mount_path *to);
    int (*change)(struct mount *mount, struct mount_path *path,
                  const struct file_change *change);

    /* Fill in the zeroed *to; f_fsid and ST_RDONLY are the library's. */
    int (*statvfs)(struct mount *mount, struct statvfs *to);
    /* All that was written before is safe when this returns. */
    int (*sync)(struct mount *mount);
    /*
     * The domain is about to end, in an orderly way (lifecycle_at_end()): all
     * must be safe, and the file system clean. Other threads may still call:
     * whatever would change something from now on fails with -EROFS. `readonly`
     * is set already.
     */
    int (*end)(struct mount *mount);
};

struct mount {
    const char *place; /* absolute, names with one slash between them */
    const struct mount_ops *ops;
    atomic_bool readonly; /* may be set at any time by the mount, too */
    bool devices;         /* what one writes here is not in the mount: /dev */
    unsigned int number;  /* st_dev; mount_add() sets it */
    struct list link;
};

/* 0; -EBUSY: there is one already at that place. Mounts stay. */
MUST_CHECK int mount_add(struct mount *mount);

/* ---- For the library ------------------------------------------------------
 */

/* The mount that serves `path`, an absolute one, and what is left of the path.
 * There always is one. */
struct mount *mount_find(const char *path, const char **rest);

/* Is there a mount at `path`, an absolute one, or below it? */
bool mount_below(const char *path);

/*
 * The name of the next folder right below `folder`, an absolute path, that is a
 * mount's place or leads to one; each name once. *index is 0 for the first, and
 * is moved on. Into `name` of NAME_MAX + 1 bytes. False: no more.
 */
MUST_CHECK bool mount_name(const char *folder, unsigned int *index, char *name);

/* A folder, open, in which there is nothing but places of mounts. */
MUST_CHECK int mount_open_folder(struct file **file);

/* All mounts' `sync`. 0 or the first error. */
MUST_CHECK int mount_sync_all(void);

/* ---- The ramdisk (ramdisk.c) ----------------------------------------------
 */

/* The ramdisk as a mount for "/", or NULL: there is none, or (it says so) what
 * there is is no archive. Once. */
struct mount *ramdisk_find(void);

/* ---- /dev (devices.c) -----------------------------------------------------
 */

/* Somebody who knows devices by name: disks. */
struct device_source {
    /* A new file. -ENOENT: it has no such device. */
    int (*open)(const char *name, int flags, struct file **file);
    /* Whatever was written to any of them is safe. 0 or the first error. */
    int (*sync)(void);
    /* The name of device number `index`, from 0, into `name` of NAME_MAX + 1
     * bytes; -ENOENT: there are no more. */
    int (*name)(unsigned int index, char *name);
    struct device_source *next; /* of devices.c */
};
void device_add_source(struct device_source *source);

extern struct mount device_mount;

#endif
