/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path.c: the path in a request's address, decoded.
 *
 * First "%41" and the like become characters, then "." and ".." are resolved:
 * in this order "%2e%2e" is "..", and nobody who asks for it in disguise gets
 * above the root. (They are names in a table, in which there is nothing above;
 * but it is the server's word, not the table's, that this is refused.)
 */
#include "path.h"

#include <stdbool.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode %41 and the like into `to`. False: no text of an address. */
static bool decode(const char *text, size_t length, char *to)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c <= ' ' || c >= 127)
            return false;
        if (c == '%') {
            int high = -1, low = -1;

            if (length - i > 2) {
                high = hex_digit(text[i + 1]);
                low = hex_digit(text[i + 2]);
            }
            if (high < 0 || low < 0 || high + low == 0)
                return false;
            c = (unsigned char)(high * 16 + low);
            i += 2;
        }
        *to++ = (char)c;
    }
    *to = '\0';
    return true;
}

/*
 * Resolve "." and ".." between the slashes of `path`, in place: decoded names
 * count, so "%2e%2e" is "..", and so is what a decoded slash parts. False if it
 * leads above the root. Two slashes in a row count as one.
 */
static bool resolve_dots(char *path)
{
    const char *from = path;
    char *to = path;

    while (*from) {
        size_t length = strcspn(++from, "/");
        bool last = !from[length];

        if (length == 2 && from[0] == '.' && from[1] == '.') {
            if (to == path)
                return false;
            while (*--to != '/')
                ;
        } else if (length > 0 && !(length == 1 && from[0] == '.')) {
            *to++ = '/';
            memmove(to, from, length);
            to += length;
            from += length;
            continue;
        }
        from += length;
        if (last) /* "/a/", "/a/." and "/a/b/.." name folders */
            *to++ = '/';
    }
    *to = '\0';
    return true;
}

int path_decode(const char *text, size_t length, char *path)
{
    return decode(text, length, path) && resolve_dots(path) ? 0 : -400;
}
