/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path.c: names of files, as text.
 *
 * A path is taken apart at its slashes and added, name by name, to another one:
 * "." adds nothing. Done once in front of all file systems, it spares each of
 * them the same, and makes "which of them is it?" a comparison of strings.
 *
 * ".." is not a matter of text: Unix goes to the parent of what a symbolic link
 * leads to. So this file only says where one is, and walk.c looks.
 */
#include "lib/libc/path.h"

#include <errno.h>
#include <string.h>

static bool is_up(const char *name, size_t length)
{
    return length == 2 && name[0] == '.' && name[1] == '.';
}

int path_add(char *to, size_t size, const char **path)
{
    size_t length = strlen(to);

    if (length == 1)
        length = 0; /* the slash belongs to the name that follows */
    for (;;) {
        size_t name;

        while (**path == '/')
            ++*path;
        name = path_name(*path);
        if (name == 0 || is_up(*path, name))
            return 0;
        if (!(name == 1 && **path == '.')) {
            if (length + 1 + name >= size)
                return -ENAMETOOLONG;
            to[length++] = '/';
            memcpy(to + length, *path, name);
            length += name;
            to[length] = '\0';
        }
        *path += name;
    }
}

void path_up(char *path)
{
    char *slash = strrchr(path, '/');

    slash[slash == path ? 1 : 0] = '\0';
}

enum path_form path_form(const char *path)
{
    size_t end = strlen(path), name = 0;

    while (end > 0 && path[end - 1] == '/')
        end--;
    while (name < end && path[end - 1 - name] != '/')
        name++;
    path += end - name;
    if (is_up(path, name) || (name == 1 && *path == '.'))
        return PATH_DOTS;
    return path[name] == '/' ? PATH_SLASH : PATH_NAME;
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
