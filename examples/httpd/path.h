/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path.h: the path in a request's address, decoded.
 */
#ifndef HTTPD_PATH_H
#define HTTPD_PATH_H

#include <stddef.h>

/*
 * Decode the `length` bytes at `text`, which begin with a slash, into `path`,
 * which has room for as many and a NUL. 0, or -400: characters that no address
 * has, a NUL, a "%" without its digits, or a way above the root.
 */
int path_decode(const char *text, size_t length, char *path);

#endif
