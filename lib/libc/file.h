/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.h: descriptors, and what stands behind them.
 *
 * A descriptor is an index into one table of pointers to struct file. A file
 * is anything with a struct file_ops: the console today; sockets, files and
 * disks bring their own and call file_install(). Nothing here knows them.
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
struct socket_ops;

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
    /* Bytes taken, at least 1 if `size` is. Blocks likewise. */
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
    /* Fill in the zeroed *stat. */
    int (*stat)(struct file *file, struct stat *stat);
    int (*ioctl)(struct file *file, unsigned long request, void *argument);
    /* All written data is safe when this returns. */
    int (*sync)(struct file *file);
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
    atomic_int flags;         /* O_RDONLY..., O_NONBLOCK, O_APPEND */
    unsigned int descriptors; /* guarded by file.c's table_lock */
    struct list watches;      /* guarded by watch.c's watch_lock */
};

/* `flags`: how it is open, O_RDONLY, O_WRONLY or O_RDWR, and O_NONBLOCK. */
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
