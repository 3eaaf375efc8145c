/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdline.h: splitting a command line into words, as a shell does.
 *
 * Pure logic: no kernel, no allocation, so that it is tested and fuzzed on the
 * host. Both lib/libc and lib/bare use it.
 */
#ifndef CORACLE_LIBC_CMDLINE_H
#define CORACLE_LIBC_CMDLINE_H

#include <stddef.h>

enum command_line_error {
    COMMAND_LINE_TOO_LONG = -1,  /* more text than `storage` holds */
    COMMAND_LINE_TOO_MANY = -2,  /* more than `max` words */
    COMMAND_LINE_OPEN_QUOTE = -3 /* a quote that does not end */
};

/*
 * Split `line` at blanks (space, tab, newline). '...' keeps everything as it
 * stands; "..." too, but for \" and \\; outside quotes \ keeps the next
 * character. Adjoining pieces make one word; '' is an empty word.
 *
 * The words, each ended by a NUL, go to `storage` and their addresses to
 * `words`. strlen(line) + 1 bytes of storage are always enough.
 *
 * Returns the number of words, or a command_line_error; then `words` and
 * `storage` hold nothing of use.
 */
int command_line_split(const char *line, char *storage, size_t storage_size,
                       char **words, size_t max);

/* What to tell the user for an error. */
const char *command_line_message(int error);

/*
 * How many of the `count` words, from the first, are NAME=value settings of
 * the environment (NAME is letters, digits and _, no digit first).
 */
int command_line_settings(char *const *words, int count);

#endif
