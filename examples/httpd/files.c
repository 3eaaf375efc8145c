/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.c: a cpio archive as a read-only set of files.
 *
 * An archive in the "newc" form is a row of records; each is
 *
 *     "070701"  13 numbers of 8 hexadecimal digits  name NUL  pad  bytes  pad
 *
 * padded to multiples of 4, and the last one is named "TRAILER!!!". (The
 * numbers are explained in Linux' Documentation/driver-api/early-userspace/
 * buffer-format.rst.) It lies in memory as a whole, so a file is a pointer into
 * it: nothing is ever copied, and what is sent is sent from there.
 *
 * The archive comes from whoever configured the domain; all the same every
 * number in it is checked against its end. Left out: links, compression, and
 * the old forms of cpio.
 */
#include "files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC       "070701"
#define HEADER_SIZE 110
#define PLACES_MIN  16

#define MODE_TYPE    0170000u
#define MODE_REGULAR 0100000u

/* Which of a header's numbers. */
enum { FIELD_MODE = 1, FIELD_MODIFIED = 5, FIELD_SIZE = 6, FIELD_NAME = 11 };

struct record {
    uint32_t mode, modified;
    const char *name; /* ends with a NUL */
    const char *bytes;
    size_t size;
};

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

static int add(struct files *files, const struct record *record)
{
    struct file *place;

    if (2 * files->count >= files->room && grow(files))
        return -ENOMEM;
    place = find_place(files, record->name, "");
    if (!place->name)
        files->count++;
    *place = (struct file){.name = record->name,
                           .bytes = record->bytes,
                           .size = record->size,
                           .type = type_of(record->name),
                           .modified = record->modified};
    date_write(place->modified, place->modified_date);
    return 0;
}

/* ---- The archive --------------------------------------------------------- */

static bool read_field(const char *header, int field, uint32_t *number)
{
    const char *digits = header + sizeof(MAGIC) - 1 + field * 8;

    *number = 0;
    for (int i = 0; i < 8; i++) {
        char c = digits[i];
        unsigned int digit =
            c >= '0' && c <= '9'   ? (unsigned int)(c - '0')
            : c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10)
            : c >= 'A' && c <= 'F' ? (unsigned int)(c - 'A' + 10)
                                   : 16;

        if (digit > 15)
            return false;
        *number = *number << 4 | digit;
    }
    return true;
}

/* The record at `at`, which is moved behind it. False: not a whole one. */
static bool read_record(const char *archive, size_t size, size_t *at,
                        struct record *record)
{
    const char *header = archive + *at;
    size_t left = size - *at;
    uint32_t name_size, file_size;
    size_t start;

    if (left < HEADER_SIZE || memcmp(header, MAGIC, sizeof(MAGIC) - 1) ||
        !read_field(header, FIELD_MODE, &record->mode) ||
        !read_field(header, FIELD_MODIFIED, &record->modified) ||
        !read_field(header, FIELD_SIZE, &file_size) ||
        !read_field(header, FIELD_NAME, &name_size))
        return false;
    if (name_size == 0 || name_size > left - HEADER_SIZE ||
        header[HEADER_SIZE + name_size - 1] != '\0')
        return false;
    start = (HEADER_SIZE + (size_t)name_size + 3) & ~(size_t)3;
    if (start > left || file_size > left - start)
        return false;
    record->name = header + HEADER_SIZE;
    record->bytes = header + start;
    record->size = file_size;
    start += ((size_t)file_size + 3) & ~(size_t)3;
    *at += start < left ? start : left;
    return true;
}

int files_open(struct files *files, const void *archive, size_t size)
{
    struct record record;
    size_t at = 0;
    int error;

    *files = (struct files){0};
    error = grow(files);
    if (!error && size == 0)
        return 0;
    while (!error) {
        if (!read_record(archive, size, &at, &record)) {
            error = -EINVAL;
            break;
        }
        if (!strcmp(record.name, "TRAILER!!!"))
            return 0;
        if ((record.mode & MODE_TYPE) != MODE_REGULAR)
            continue;
        while (!strncmp(record.name, "./", 2))
            record.name += 2;
        while (*record.name == '/')
            record.name++;
        error = add(files, &record);
    }
    files_close(files);
    return error;
}

void files_close(struct files *files)
{
    free(files->places);
    *files = (struct files){0};
}

const struct file *files_find(const struct files *files, const char *first,
                              const char *second)
{
    const struct file *place = find_place(files, first, second);

    return place->name ? place : NULL;
}
