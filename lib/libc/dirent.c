/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dirent.c: folders, name by name.
 *
 * A DIR is a descriptor of a folder and a place in it. The names come from the
 * folder's file, one by one; behind the last of them follow those of mounts
 * that lie in this folder and that it has no names for itself.
 *
 * Concurrency: a DIR belongs to one thread at a time, as POSIX has it.
 */
#include <dirent.h>

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/libc/libc.h"
#include "lib/libc/walk.h"

/* Places from here on are those of mounts' names. */
#define MOUNTS (1ULL << 62)

struct __dir {
    int descriptor;
    uint64_t place; /* a file_ops.readdir cookie, or of MOUNTS */
    struct dirent entry;
};

/* ---- Opening and closing --------------------------------------------------
 */

DIR *fdopendir(int descriptor)
{
    struct file *file = file_get(descriptor);
    bool folder = file != NULL && file->ops->readdir != NULL;
    DIR *dir = NULL;

    if (file != NULL)
        file_put(file);
    if (folder)
        dir = malloc(sizeof(*dir));
    if (dir == NULL) {
        errno = file == NULL ? EBADF : folder ? ENOMEM : ENOTDIR;
        return NULL;
    }
    dir->descriptor = descriptor;
    dir->place = 0;
    return dir;
}

DIR *opendir(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = descriptor < 0 ? NULL : fdopendir(descriptor);

    if (dir == NULL && descriptor >= 0)
        close(descriptor);
    return dir;
}

int closedir(DIR *dir)
{
    int descriptor = dir->descriptor;

    free(dir);
    return close(descriptor);
}

int dirfd(DIR *dir)
{
    return dir->descriptor;
}

/* ---- Reading --------------------------------------------------------------
 */

/* Has the folder itself something of that name? (No memory: then be it so.) */
static bool has(struct file *file, const char *name)
{
    const char *below = path_below(file->place, file->mount->place);
    size_t length = strlen(below), size = length + 1 + NAME_MAX + 1;
    char *path = malloc(size + PATH_MAX);
    struct mount_path in_mount = {.text = path, .target = path + size};
    struct stat stat;
    int result;

    if (path == NULL)
        return true;
    memcpy(path, below, length);
    if (length > 0)
        path[length++] = '/';
    strcpy(path + length, name);
    stat_begin(&stat, file->mount);
    result = file->mount->ops->stat(file->mount, &in_mount, &stat);
    free(path);
    return result == 0;
}

/* The next mount's name. 1, 0 at the end. */
static int next_mount(struct file *file, uint64_t *place, struct dirent *entry)
{
    unsigned int index = (unsigned int)(*place - MOUNTS);
    bool found;

    do {
        found = mount_name(file->place, &index, entry->d_name);
    } while (found && has(file, entry->d_name));
    *place = MOUNTS + index;
    entry->d_type = DT_DIR;
    entry->d_ino = 1;
    return found;
}

static int next_entry(struct file *file, uint64_t *place, struct dirent *entry)
{
    int result = 0;

    if (*place < MOUNTS)
        result = file->ops->readdir(file, place, entry);
    if (result == 0 && *place < MOUNTS)
        *place = MOUNTS;
    if (result == 0 && file->mount != NULL)
        result = next_mount(file, place, entry);
    return result;
}

struct dirent *readdir(DIR *dir)
{
    struct file *file = file_get(dir->descriptor);
    int result;

    if (file == NULL) {
        errno = EBADF;
        return NULL;
    }
    result = next_entry(file, &dir->place, &dir->entry);
    file_put(file);
    return libc_result(result) > 0 ? &dir->entry : NULL;
}

int readdir_r(DIR *restrict dir, struct dirent *restrict entry,
              struct dirent **restrict result)
{
    int before = errno, error;

    errno = 0;
    *result = readdir(dir);
    error = errno;
    errno = before;
    if (*result != NULL)
        *result = memcpy(entry, *result, sizeof(*entry));
    return error;
}

long telldir(DIR *dir)
{
    return (long)dir->place;
}

void seekdir(DIR *dir, long place)
{
    dir->place = (uint64_t)place;
}

void rewinddir(DIR *dir)
{
    dir->place = 0;
}

/* ---- All at once ----------------------------------------------------------
 */

int alphasort(const struct dirent **left, const struct dirent **right)
{
    return strcoll((*left)->d_name, (*right)->d_name);
}

struct names {
    struct dirent **entries;
    size_t count, room;
};

static int add_name(struct names *names, const struct dirent *entry)
{
    struct dirent *copy;

    if (names->count == names->room) {
        size_t room = names->room == 0 ? 16 : 2 * names->room;
        struct dirent **more =
            realloc(names->entries, room * sizeof(*names->entries));

        if (more == NULL)
            return -ENOMEM;
        names->entries = more;
        names->room = room;
    }
    copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return -ENOMEM;
    *copy = *entry;
    names->entries[names->count++] = copy;
    return 0;
}

/* All that `wanted` wants. 0 or a negative errno. */
static int read_names(DIR *dir, struct names *names,
                      int (*wanted)(const struct dirent *))
{
    struct dirent *entry;
    int error = 0;

    while (error == 0) {
        errno = 0;
        entry = readdir(dir);
        if (entry == NULL)
            return -errno;
        if (wanted == NULL || wanted(entry))
            error = add_name(names, entry);
    }
    return error;
}

int scandir(const char *path, struct dirent ***result,
            int (*wanted)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **))
{
    struct names names = {NULL, 0, 0};
    int before = errno, error;
    DIR *dir = opendir(path);

    if (dir == NULL)
        return -1;
    error = read_names(dir, &names, wanted);
    closedir(dir);
    if (error) {
        while (names.count > 0)
            free(names.entries[--names.count]);
        free(names.entries);
        return (int)libc_result(error);
    }
    errno = before;
    if (compare != NULL && names.count > 0)
        qsort(names.entries, names.count, sizeof(*names.entries),
              (int (*)(const void *, const void *))compare);
    *result = names.entries;
    return (int)names.count;
}
