/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.h: the files in a folder, found by their names.
 */
#ifndef HTTPD_FILES_H
#define HTTPD_FILES_H

#include <stddef.h>
#include <stdint.h>
#include "date.h"

struct file {
    char *name; /* without a slash in front; NULL: an empty place */
    const char *bytes;
    size_t size;
    const char *type; /* as Content-Type says it */
    int64_t modified; /* seconds since 1970 */
    char modified_date[DATE_LENGTH + 1];
};

/* A hash table, at most half full. */
struct files {
    struct file *places;
    size_t room; /* a power of two */
    size_t count;
};

/*
 * All files in a folder and the folders in it, as they are now, each mapped. Of
 * what lies in other file systems, and of links, nothing. 0 or a negative
 * errno.
 */
int files_open(struct files *files, const char *folder);
void files_close(struct files *files);

/* The file whose name is `first` and `second` together, or NULL. */
const struct file *files_find(const struct files *files, const char *first,
                              const char *second);

#endif
