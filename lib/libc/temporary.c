/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * temporary.c: files and folders with names that are not taken.
 *
 * (newlib would count up from the process' number, which is always 1, and has
 * no mkdtemp().)
 *
 * Concurrency: none; whoever makes the file has the name.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "coracle/entropy.h"
#include "lib/libc/libc.h"

#define MARKS "XXXXXX"
#define TRIES 1000

/* Make something of that name: 0 or more, or -1 with EEXIST if it is taken. */
typedef int maker(const char *path, int flags);

static int make_file(const char *path, int flags)
{
    return open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
}

static int make_folder(const char *path, __attribute__((unused)) int flags)
{
    return mkdir(path, 0700);
}

/* It is only looked for. */
static int make_nothing(const char *path, __attribute__((unused)) int flags)
{
    struct stat stat;
    int found = lstat(path, &stat) == 0;

    if (found)
        errno = EEXIST;
    return found || errno != ENOENT ? -1 : 0;
}

/* Replace the marks in front of the last `suffix` bytes; what `make` says. */
static int make_one(char *path, int suffix, maker *make, int flags)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t length = strlen(path), marks = strlen(MARKS);
    unsigned char random[sizeof(MARKS)];
    char *at;
    int made = -1;

    if (suffix < 0 || length < marks + (size_t)suffix)
        return (int)libc_result(-EINVAL);
    at = path + length - (size_t)suffix - marks;
    if (memcmp(at, MARKS, marks) != 0)
        return (int)libc_result(-EINVAL);
    errno = EEXIST;
    for (int i = 0; i < TRIES && made < 0 && errno == EEXIST; i++) {
        entropy_fill(random, sizeof(random));
        for (size_t k = 0; k < marks; k++)
            at[k] = letters[random[k] % (sizeof(letters) - 1)];
        made = make(path, flags);
    }
    return made;
}

int mkostemps(char *path, int suffix, int flags)
{
    return make_one(path, suffix, make_file, flags & ~O_ACCMODE);
}

int mkostemp(char *path, int flags)
{
    return mkostemps(path, 0, flags);
}

int mkstemps(char *path, int suffix)
{
    return mkostemps(path, suffix, 0);
}

int mkstemp(char *path)
{
    return mkostemps(path, 0, 0);
}

char *mkdtemp(char *path)
{
    return make_one(path, 0, make_folder, 0) < 0 ? NULL : path;
}

/* A name, empty if there is none. */
char *mktemp(char *path)
{
    if (make_one(path, 0, make_nothing, 0) < 0)
        path[0] = '\0';
    return path;
}
