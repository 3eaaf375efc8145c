/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path.h: names of files, as text. Pure logic.
 *
 * An absolute path here is "/" or names with a slash in front of each, and no
 * other slash; none of the names is "." or "..".
 */
#ifndef CORACLE_LIBC_PATH_H
#define CORACLE_LIBC_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include "coracle/compiler.h"

/* The length of the name that `path` begins with, 0 if that is "" or a "/". */
static inline size_t path_name(const char *path)
{
    size_t length = 0;

    while (path[length] != '/' && path[length] != '\0')
        length++;
    return length;
}

/*
 * Add the names at *path to `to`, an absolute path in `size` bytes, leaving out
 * "." and empty ones, up to a ".." or the end; there *path stands afterwards.
 * 0 or -ENAMETOOLONG, and `to` is absolute still.
 */
MUST_CHECK int path_add(char *to, size_t size, const char **path);

/* Take the last name away from an absolute path; "/" stays. */
void path_up(char *path);

/* How a path ends: in a name; in a name and a slash, which only a folder can
 * have; in "." or "..", be there slashes behind it or not. */
enum path_form { PATH_NAME, PATH_SLASH, PATH_DOTS };
enum path_form path_form(const char *path);

/*
 * If `path`, an absolute one, is `folder` or lies below it: what is left of it,
 * without a slash in front, "" for the folder itself. Else NULL.
 */
const char *path_below(const char *path, const char *folder);

#endif
