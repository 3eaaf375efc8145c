/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive.h: configurations in ar archives.
 */
#ifndef CORACLE_CLICK_ARCHIVE_H
#define CORACLE_CLICK_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include "coracle/compiler.h"

/*
 * Which of the `length` bytes at `*bytes` are the configuration: all of them,
 * or, of an archive, its member "config". 0; -ENOENT: it has none; -EINVAL: it
 * is damaged before it has one.
 */
MUST_CHECK int click_archive_config(const char **bytes, size_t *length);

#endif
