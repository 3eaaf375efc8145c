/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive.c: configurations in ar archives, as Click's tools make them: the
 * text is the member "config". What else is in them (compiled elements) is not
 * for us.
 *
 * An archive is "!<arch>\n", then members: a header of 60 characters, of which
 * name (16) and size (10, from 48 on) matter here, and the bytes, of which
 * there are always an even number. GNU's ar ends names with a slash, BSD's with
 * blanks. Pure logic.
 */
#include "lib/click/archive.h"
#include <errno.h>
#include <string.h>

#define MAGIC  "!<arch>\n"
#define HEADER 60u

static bool is_config(const char *name)
{
    size_t length = strlen("config");

    if (strncmp(name, "config", length) != 0)
        return false;
    length += name[length] == '/';
    return strspn(name + length, " ") >= 16 - length;
}

/* The number at `digits`, blanks behind it; negative: it is none. */
static long read_size(const char *digits)
{
    unsigned int i = 0;
    long size = 0;

    while (i < 10 && digits[i] >= '0' && digits[i] <= '9')
        size = size * 10 + (digits[i++] - '0');
    return i > 0 && (i == 10 || digits[i] == ' ') ? size : -1;
}

int click_archive_config(const char **bytes, size_t *length)
{
    const char *at = *bytes + strlen(MAGIC), *end = *bytes + *length;

    if (*length < strlen(MAGIC) || memcmp(*bytes, MAGIC, strlen(MAGIC)) != 0)
        return 0;
    while (end - at >= (long)HEADER) {
        long size = read_size(at + 48), left = end - at - (long)HEADER;

        if (at[58] != '`' || at[59] != '\n' || size < 0 || size > left)
            return -EINVAL;
        if (is_config(at)) {
            *bytes = at + HEADER;
            *length = (size_t)size;
            return 0;
        }
        size += size & 1;
        at += HEADER + (size < left ? size : left);
    }
    return at == end ? -ENOENT : -EINVAL;
}
