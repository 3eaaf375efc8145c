/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path.h: names of files, as text. Pure logic.
 */
#ifndef CORACLE_LIBC_PATH_H
#define CORACLE_LIBC_PATH_H

#include <stddef.h>
#include "coracle/compiler.h"

/*
 * What `path` means to somebody in the folder `cwd`, which is absolute: an
 * absolute path into `to` without ".", "..", doubled slashes or one at the end
 * (but "/" itself). ".." goes back by a name, whatever it is: no symbolic link
 * is followed. 0; -ENAMETOOLONG: it does not fit into `size` bytes; -ENOENT:
 * `path` is empty.
 */
MUST_CHECK int path_resolve(const char *cwd, const char *path, char *to,
                            size_t size);

/*
 * If `path`, an absolute one as above, is `folder` or lies below it: what is
 * left of it, without a slash in front, "" for the folder itself. Else NULL.
 */
const char *path_below(const char *path, const char *folder);

#endif
