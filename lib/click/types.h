/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * types.h: readers of single words that args.h does not name: for elements and
 * handlers that have words of their own to read. All return 0, -EINVAL (not
 * such a thing) or -ERANGE (too large or small), and set *to only with 0.
 */
#ifndef CORACLE_CLICK_TYPES_H
#define CORACLE_CLICK_TYPES_H

#include "lib/click/args.h"

int click_read_interval(const char *word, uint64_t *to); /* ns */
int click_read_time(const char *word, int64_t *to);      /* ns */
/* Bytes a second; `unit`: whether the word had one. */
int click_read_bandwidth(const char *word, uint64_t *to, bool *unit);
int click_read_double(const char *word, double *to);
int click_read_anno(const struct element *near, const char *word,
                    struct click_anno *to);
int click_read_port(const struct element *near, const char *word, uint16_t *to);

#endif
