/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.h: descriptors, and what stands behind them.
 *
 * A descriptor is an index into one table of pointers to struct file. A file
 * is anything with a struct file_ops: the console, pipes, sockets, disks, the
 * files and folders of mounts (mount.h). Nothing here knows them.
 *
 * To make a kind of file: embed a struct file in a structure of your own,
 * file_init() it with your operations, file_install() it.
 */
#ifndef CORACLE_LIBC_FILE_H
#define CORACLE_LIBC_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include "coracle/compiler.h"
#include "coracle/list.h"
#include "coracle/spinlock.h"

/* Descriptors are smaller than this. The table grows as they are used. */
#define FILE_DESCRIPTORS_MAX 16384

struct file;
struct mount;
struct dirent;
struct socket_ops;

/* What is to become of a file's attributes: those that `what` names. */
enum {
    FILE_CHANGE_MODE = 1, /* the 07777 of it */
    FILE_CHANGE_OWNER = 2,
    FILE_CHANGE_GROUP = 4,
    FILE_CHANGE_ACCESSED = 8,
    FILE_CHANGE_MODIFIED = 16,
};
struct file_change {
    unsigned int what;
    mode_t mode;
    uid_t owner;
    gid_t group;
    struct timespec accessed, modified; /* proper ones: 0 to 10^9 - 1 ns */
};

/*
 * All return a negative errno (newlib's numbers, <errno.h>) on failure. Thread
 * context, several threads at once: each kind of file locks its own. A missing
 * operation means that such files cannot do it.
 */
struct file_ops {
    /*
     * Up to `size` bytes; 0 is the end. Block for the first one, unless
     * file_nonblocking(): then -EAGAIN.
     */
    ssize_t (*read)(struct file *file, void *to, size_t size);
    /*
     * Bytes taken, at least 1 if `size` is. Blocks likewise. With O_APPEND in
     * file->flags they go to the file's end, in one step with looking where
     * that is; with O_SYNC they are safe when this returns.
     */
    ssize_t (*write)(struct file *file, const void *from, size_t size);
    /*
     * The same for several pieces at once; they are in order, some may be
     * empty. Without these, read and write are called piece by piece.
     */
    ssize_t (*readv)(struct file *file, const struct iovec *pieces, int count);
    ssize_t (*writev)(struct file *file, const struct iovec *pieces, int count);
    /* The same at a place of the file, whatever its own offset; without these,
     * pread() and pwrite() fail with ESPIPE. */
    ssize_t (*pread)(struct file *file, void *to, size_t size, off_t offset);
    ssize_t (*pwrite)(struct file *file, const void *from, size_t size,
                      off_t offset);
    /* As lseek(); without it the file is a stream: ESPIPE. */
    off_t (*seek)(struct file *file, off_t offset, int whence);
    /* Fill in *stat, in which all is 0 but st_dev and st_nlink (1). */
    int (*stat)(struct file *file, struct stat *stat);
    int (*ioctl)(struct file *file, unsigned long request, void *argument);
    /* All written data is safe when this returns. */
    int (*sync)(struct file *file);
    /* Of regular files, open for writing: the size; new bytes are zero. */
    int (*truncate)(struct file *file, off_t size);
    int (*change)(struct file *file, const struct file_change *change);
    /*
     * What makes a folder: the entry at *cookie, which is 0 for the first one;
     * *cookie becomes that of the next. 1, 0 at the end, or an error. "." and
     * ".." are among them. Cookies are at most LONG_MAX and serve as long as
     * the folder is open, whatever comes and goes: entries that are there all
     * the time are given exactly once.
     */
    int (*readdir)(struct file *file, uint64_t *cookie, struct dirent *entry);
    /*
     * Where the bytes from `offset` on lie in memory, `size` of them, if they
     * do, never to move or change: mmap() gives these. -ENOTSUP: it must copy.
     */
    int (*map)(struct file *file, off_t offset, size_t size,
               const void **bytes);
    /*
     * POLLIN, POLLOUT, ... that hold now. Whoever makes one of them true calls
     * file_changed() afterwards, without a lock that this one takes. It is
     * called under a spinlock: it must not sleep. Without it the file is
     * always ready.
     */
    short (*poll)(struct file *file);
    /*
     * The last descriptor is gone, though calls may still run: those that wait
     * for what may never come must give up now.
     */
    void (*hangup)(struct file *file);
    /* The last reference is gone; free the structure. */
    void (*close)(struct file *file);
    /* Of sockets: what else they can do (lib/libc/socket.h). */
    const struct socket_ops *socket;
};

struct file {
    const struct file_ops *ops;
    atomic_uint references;   /* descriptors and running calls */
    atomic_int flags;         /* O_ACCMODE, O_NONBLOCK, O_APPEND, O_SYNC */
    unsigned int descriptors; /* guarded by file.c's table_lock */
    struct list watches;      /* guarded by watch.c's watch_lock */
    /* What was opened by a path; they do not change. */
    struct mount *mount; /* else NULL */
    char *place; /* of a folder: the absolute path, from the heap; else NULL */
};

/* `flags`: as in open(); those that are over when it is open are left out. */
void file_init(struct file *file, const struct file_ops *ops, int flags);

/*
 * Give `file` the lowest free descriptor of at least `lowest`. The descriptor
 * holds one reference. Returns it, or -EMFILE (then the caller keeps `file`).
 */
MUST_CHECK int file_install(struct file *file, int lowest);

/*
 * The file behind `descriptor`, with a reference for the caller, who gives it
 * back with file_put(); NULL if there is none.
 */
MUST_CHECK struct file *file_get(int descriptor);
void file_put(struct file *file);

/*
 * The same for many at once, without references: the files that file_at()
 * finds are there until the table is unlocked. As with any spinlock held,
 * nothing may sleep in between; watch_lock comes before it.
 */
void file_table_lock(void);
struct file *file_at(int descriptor);
void file_table_unlock(void);

/* A further descriptor, of at least `lowest`, for what `descriptor` stands for:
 * that, or a negative errno. */
MUST_CHECK int file_duplicate(int descriptor, int lowest);

bool file_nonblocking(struct file *file);

/*
 * The descriptor is free again, as close() would make it, but whatever stood
 * behind it stays the caller's with the reference that it had. For calls that
 * hand out two descriptors and have got only one.
 */
void file_remove(int descriptor, struct file *file);

/* ---- Readiness (watch.c) --------------------------------------------------
 */

/* What is always told, asked for or not. */
#define FILE_ALWAYS (POLLERR | POLLHUP | POLLNVAL)

/*
 * Someone who wants to know when a file becomes ready: poll(), an epoll set.
 * `told` is called with those of `events` that have come true, perhaps more
 * than once and perhaps too late to be true still; under watch_lock, in any
 * context. POLLNVAL: the last descriptor of the file has been closed, and the
 * watch is over.
 */
struct file_watch {
    struct list link;
    struct file *file; /* NULL: not watching */
    short events;
    void (*told)(struct file_watch *watch, short events);
};

extern struct spinlock watch_lock;

/* Begin and end. A watch holds no reference. The caller holds watch_lock. */
void file_watch(struct file_watch *watch, struct file *file);
void file_unwatch(struct file_watch *watch);

/* What of `events` holds now. The caller holds watch_lock, and knows that the
 * file is there: by a reference, or by a watch. */
short file_ready(struct file *file, short events);

/* These events of `file` are true now. Any context. */
void file_changed(struct file *file, short events);
/* The same with watch_lock held, for whoever was told himself. */
void file_changed_locked(struct file *file, short events);

/* The last descriptor is gone: no watch of it is left. */
void file_watch_end(struct file *file);

/* The console's file (console.c); 0, 1 and 2 stand for it from the start. */
extern struct file console_file;
/* Something was typed, perhaps: the kernel's console_on_input. */
void console_file_changed(void);

#endif
