/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.h: files that elements read and write: "-" is standard input or output,
 * and compressed ones go through a program of the host (struct router_world's
 * pipe_open()), if it has any.
 */
#ifndef CORACLE_CLICK_FILES_H
#define CORACLE_CLICK_FILES_H

#include "lib/click/element.h"
#include "lib/click/file.h"

/* To read: a file that begins as gzip's, compress' or bzip2's do is unpacked.
 * NULL when an error was said. */
MUST_CHECK struct click_file *click_open_read(struct element *element,
                                              const char *name,
                                              struct click_errors *errors);
/* To write: one whose name ends in .gz, .Z or .bz2 is packed. */
MUST_CHECK struct click_file *click_open_write(struct element *element,
                                               const char *name,
                                               struct click_errors *errors);
/* The same in initialize(); but where take_state() will find the file of that
 * name open, which goes on: 0, and *file is NULL. `name` and `file` are fields
 * of the element. Else 0, or -1 when an error was said. */
MUST_CHECK int click_open_on(struct element *element, char *const *name,
                             struct click_file **file,
                             struct click_errors *errors);
/* For take_state(): the field `file`. */
void click_file_take(struct element *element, struct click_file **file,
                     struct element *old);
/* The handler "flush": writes what is in the buffers of the file that one field
 * has; the other has its name. */
#define HANDLER_FLUSH(structure, file_field, name_field)                       \
    {                                                                          \
        .name = "flush", .write = click_write_flush, .flags = HANDLER_BUTTON,  \
        .data = offsetof(structure, file_field) |                              \
                offsetof(structure, name_field) << 16                          \
    }
int click_write_flush(struct element *, const struct click_handler *,
                      const char *, struct click_errors *);
/* NULL is allowed. Nonzero: what was written is not all there. */
int click_close(struct element *element, struct click_file *file);

#endif
