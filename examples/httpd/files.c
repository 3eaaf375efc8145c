/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.c: the files in a folder, in a table.
 *
 * They are looked for once, at the start, and mapped: what is sent is sent from
 * where it lies. In a guest with a ramdisk that is the ramdisk, and nothing is
 * ever copied. So a request costs one look into a hash table, and no call of
 * the file system at all.
 *
 * Left out: files that change while the server runs; symbolic links, on which
 * one could leave the folder.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACES_MIN 16

/* ---- Content types ------------------------------------------------------- */

static const char *type_of(const char *name)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".txt", "text/plain; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".gif", "image/gif"},
        {".ico", "image/x-icon"},
        {".pdf", "application/pdf"},
        {".wasm", "application/wasm"},
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
        if (!strcmp(dot, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

/* ---- The table ----------------------------------------------------------- */

/* FNV-1a, which can go on where it stopped. */
static uint32_t hash(const char *string, uint32_t value)
{
    for (; *string; string++)
        value = (value ^ (unsigned char)*string) * 0x01000193;
    return value;
}

/* Where the file of that name stands, or would stand. */
static struct file *find_place(const struct files *files, const char *first,
                               const char *second)
{
    size_t length = strlen(first);
    size_t at = hash(second, hash(first, 0x811c9dc5));

    for (;; at++) {
        struct file *place = &files->places[at & (files->room - 1)];

        if (!place->name || (!strncmp(place->name, first, length) &&
                             !strcmp(place->name + length, second)))
            return place;
    }
}

static int grow(struct files *files)
{
    struct files larger = {.room = files->room ? 2 * files->room : PLACES_MIN,
                           .count = files->count};

    larger.places = calloc(larger.room, sizeof(*larger.places));
    if (!larger.places)
        return -ENOMEM;
    for (size_t i = 0; i < files->room; i++)
        if (files->places[i].name)
            *find_place(&larger, files->places[i].name, "") = files->places[i];
    free(files->places);
    *files = larger;
    return 0;
}

/* A file that is not in the table yet. 0 or -ENOMEM; then `bytes` stay the
 * caller's. */
static int add(struct files *files, const char *name, const char *bytes,
               size_t size, int64_t modified)
{
    char *copy = strdup(name);
    struct file *place;

    if (!copy || (2 * files->count >= files->room && grow(files))) {
        free(copy);
        return -ENOMEM;
    }
    place = find_place(files, name, "");
    *place = (struct file){.name = copy,
                           .bytes = bytes,
                           .size = size,
                           .type = type_of(name),
                           .modified = modified};
    date_write(modified, place->modified_date);
    files->count++;
    return 0;
}

/* ---- The folder ---------------------------------------------------------- */

/* The bytes of a file, mapped; empty ones cannot be. */
static int map_file(int folder, const char *name, size_t size,
                    const char **bytes)
{
    void *start = MAP_FAILED;
    int fd;

    *bytes = "";
    if (size == 0)
        return 0;
    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW);
    if (fd >= 0)
        start = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (start == MAP_FAILED) {
        int error = -errno;

        if (fd >= 0)
            close(fd);
        return error;
    }
    close(fd);
    *bytes = start;
    return 0;
}

static void unmap_file(const char *bytes, size_t size)
{
    if (size > 0)
        munmap((void *)bytes, size);
}

static int add_file(struct files *files, int folder, const char *name,
                    const char *path, const struct stat *stat)
{
    size_t size = (size_t)stat->st_size;
    const char *bytes;
    int error = map_file(folder, name, size, &bytes);

    if (error)
        return error;
    error = add(files, path, bytes, size, stat->st_mtime);
    if (error)
        unmap_file(bytes, size);
    return error;
}

static int add_folder(struct files *files, int folder, const char *path,
                      dev_t device);

/* Something in a folder, of which `before` is the path, "" or with a slash. */
static int add_entry(struct files *files, int folder, const char *before,
                     const char *name, dev_t device)
{
    size_t length = strlen(before);
    char *path = malloc(length + strlen(name) + 2);
    struct stat stat;
    int error = 0;

    if (!path)
        return -ENOMEM;
    strcpy(strcpy(path, before) + length, name);
    if (fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW)) {
        error = -errno;
    } else if (S_ISREG(stat.st_mode)) {
        error = add_file(files, folder, name, path, &stat);
    } else if (S_ISDIR(stat.st_mode) && stat.st_dev == device) {
        int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

        strcat(path, "/");
        error = fd < 0 ? -errno : add_folder(files, fd, path, device);
    }
    free(path);
    return error;
}

/* All that is in the folder, which is closed at the end. */
static int add_folder(struct files *files, int folder, const char *path,
                      dev_t device)
{
    DIR *names = fdopendir(folder);
    const struct dirent *entry;
    int error = names ? 0 : -errno;

    if (!names) {
        close(folder);
        return error;
    }
    while (!error) {
        errno = 0;
        entry = readdir(names);
        if (!entry) {
            error = -errno;
            break;
        }
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            error = add_entry(files, folder, path, entry->d_name, device);
    }
    closedir(names);
    return error;
}

int files_open(struct files *files, const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY), error = 0;
    struct stat stat;

    *files = (struct files){0};
    if (fd < 0)
        return -errno;
    if (fstat(fd, &stat)) {
        error = -errno;
        close(fd);
        return error;
    }
    error = grow(files);
    if (error)
        close(fd);
    else
        error = add_folder(files, fd, "", stat.st_dev);
    if (error)
        files_close(files);
    return error;
}

void files_close(struct files *files)
{
    for (size_t i = 0; i < files->room; i++) {
        const struct file *file = &files->places[i];

        if (file->name)
            unmap_file(file->bytes, file->size);
        free(file->name);
    }
    free(files->places);
    *files = (struct files){0};
}

const struct file *files_find(const struct files *files, const char *first,
                              const char *second)
{
    const struct file *place = find_place(files, first, second);

    return place->name ? place : NULL;
}
