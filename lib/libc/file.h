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
#include "coracle/compiler.h"

struct file;

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
    /* As lseek(); without it the file is a stream: ESPIPE. */
    off_t (*seek)(struct file *file, off_t offset, int whence);
    /* Fill in the zeroed *stat. */
    int (*stat)(struct file *file, struct stat *stat);
    int (*ioctl)(struct file *file, unsigned long request, void *argument);
    /* All written data is safe when this returns. */
    int (*sync)(struct file *file);
    /*
     * POLLIN, POLLOUT, ... that hold now. Whoever makes one of them true calls
     * file_changed() afterwards.
     */
    short (*poll)(struct file *file);
    /* The last reference is gone; free the structure. */
    void (*close)(struct file *file);
};

struct file {
    const struct file_ops *ops;
    atomic_uint references; /* descriptors and running calls */
    atomic_int flags;       /* O_RDONLY..., O_NONBLOCK, O_APPEND */
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

bool file_nonblocking(struct file *file);

/* Some file can be read or written now: let poll() look again. Any context. */
void file_changed(void);

/* The console's file (console.c); 0, 1 and 2 stand for it from the start. */
extern struct file console_file;

#endif
