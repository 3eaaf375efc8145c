/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path.c: names of files, as text.
 *
 * A path is taken apart at its slashes and built up again, name by name: "."
 * adds nothing, ".." takes the last name away. Done once in front of all file
 * systems, it spares each of them the same, and makes "which of them is it?" a
 * comparison of strings.
 *
 * What that leaves out is in the contract: Unix would go to the parent of what
 * a symbolic link leads to.
 */
#include "lib/libc/path.h"

#include <errno.h>
#include <string.h>

/* Add the names in `path` to the `*length` bytes in `to`, which are "" or "/"
 * and names. */
static int add(const char *path, char *to, size_t *length, size_t size)
{
    while (*path != '\0') {
        size_t name = strcspn(path, "/");

        if (name == 2 && path[0] == '.' && path[1] == '.') {
            while (*length > 0 && to[--*length] != '/')
                ;
        } else if (name > 0 && !(name == 1 && path[0] == '.')) {
            if (*length + 1 + name >= size)
                return -ENAMETOOLONG;
            to[(*length)++] = '/';
            memcpy(to + *length, path, name);
            *length += name;
        }
        path += name;
        path += strspn(path, "/");
    }
    return 0;
}

int path_resolve(const char *cwd, const char *path, char *to, size_t size)
{
    size_t length = 0;
    int error = 0;

    if (path[0] == '\0')
        return -ENOENT;
    if (path[0] != '/')
        error = add(cwd, to, &length, size);
    if (error == 0)
        error = add(path, to, &length, size);
    if (error == 0 && length == 0)
        to[length++] = '/';
    to[length] = '\0';
    return error;
}

const char *path_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    if (length == 1)
        return path + 1; /* all is below "/" */
    if (strncmp(path, folder, length) != 0)
        return NULL;
    if (path[length] == '\0')
        return path + length;
    return path[length] == '/' ? path + length + 1 : NULL;
}
