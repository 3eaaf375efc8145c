/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.h: the bytes of a file, in order, through a buffer.
 *
 * What stdio does and elements need, in a twelfth of its size: an image has no
 * other use for newlib's. A file is read or written, not both.
 *
 * Concurrency: a file belongs to one thread. Standard output has no buffer, so
 * that what several routers write comes in the order in which they did.
 */
#ifndef CORACLE_CLICK_FILE_H
#define CORACLE_CLICK_FILE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

struct click_file;

#define CLICK_FILE_READ  O_RDONLY
#define CLICK_FILE_WRITE (O_WRONLY | O_CREAT | O_TRUNC)
#define CLICK_FILE_MORE  (O_WRONLY | O_CREAT | O_APPEND)

/* "-" is standard input or output. NULL: errno says why. */
MUST_CHECK struct click_file *click_file_open(const char *name, int how);

/* The same of an open descriptor, which is closed with it; and one to read that
 * has a copy of `bytes`. NULL: memory is short. */
MUST_CHECK struct click_file *click_file_of(int descriptor, int how);
MUST_CHECK struct click_file *click_file_of_bytes(const void *bytes,
                                                  size_t length);

/* Returns how many bytes there were: fewer than `size` at the end, or if it
 * cannot be read. */
size_t click_file_read(struct click_file *file, void *to, size_t size);

/* All `size` bytes, now or later: false if something could not be written. */
bool click_file_write(struct click_file *file, const void *from, size_t size);

/* From now on, what is written is not kept in the buffer. */
void click_file_unbuffered(struct click_file *file);

/* Write what is in the buffer. 0 or a negative errno. */
int click_file_flush(struct click_file *file);

/* Where the next byte is, counted from where the file was opened; and go there:
 * false if it is no file where one can, unless the buffer still has it. */
int64_t click_file_position(const struct click_file *file);
bool click_file_seek(struct click_file *file, int64_t position);

/* Bytes in all; negative: that has no size. */
int64_t click_file_size(struct click_file *file);

/* Flushes. 0, or a negative errno: not all was written, or reading ended by
 * that error. The file is closed anyway. */
int click_file_close(struct click_file *file);

#endif
