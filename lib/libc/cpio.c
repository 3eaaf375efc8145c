/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio.c: an archive in memory as a tree of files.
 *
 * An archive in the "newc" form is a row of records; each is
 *
 *     "070701"  13 numbers of 8 hexadecimal digits  name NUL  pad  bytes  pad
 *
 * padded to multiples of 4, and the last one is named "TRAILER!!!". (The
 * numbers are explained in Linux' Documentation/driver-api/early-userspace/
 * buffer-format.rst.) Their names are whole paths. cpio_open() goes through it
 * once and makes what a file system on a disk has, too: names, each with its
 * folder, and files, which know nothing of their names. Chains find (folder,
 * name). All links are indices, so that the arrays may move as they grow.
 *
 * A file of several names has several records of one inode, of which only one
 * has the bytes. More chains find those.
 *
 * The archive comes from whoever configured the domain; all the same every
 * number in it is checked against its end, and what cannot be a tree is
 * refused.
 *
 * Concurrency: none; who reads a finished tree needs no lock.
 *
 * Left out: compression, checksums (070702), older forms of cpio.
 */
#include "lib/libc/cpio.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC       "070701"
#define HEADER_SIZE 110
#define TRAILER     "TRAILER!!!"
#define ROOM_FIRST  64

#define TYPE_MASK    0170000u
#define TYPE_FOLDER  0040000u
#define TYPE_REGULAR 0100000u
#define TYPE_LINK    0120000u

/* Which of a header's numbers. */
enum {
    FIELD_INODE = 0,
    FIELD_MODE,
    FIELD_OWNER,
    FIELD_GROUP,
    FIELD_LINKS,
    FIELD_MODIFIED,
    FIELD_SIZE,
    FIELD_MAJOR,
    FIELD_MINOR,
    FIELD_NAME = 11,
    FIELDS = 13,
};

struct record {
    uint32_t fields[FIELDS];
    const char *name; /* ends with a NUL */
    const char *bytes;
};

/* ---- The tables -----------------------------------------------------------
 */

/* FNV-1a, which can go on where it stopped. */
static uint32_t hash(uint32_t value, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < length; i++)
        value = (value ^ byte[i]) * 0x01000193u;
    return value;
}

static uint32_t *name_chain(const struct cpio *cpio, uint32_t folder,
                            const char *text, size_t length)
{
    uint32_t value = hash(0x811c9dc5u, &folder, sizeof(folder));

    return &cpio->name_chains[hash(value, text, length) &
                              (cpio->name_room - 1)];
}

static uint32_t *file_chain(const struct cpio *cpio, uint32_t inode,
                            uint32_t device)
{
    uint32_t value = hash(0x811c9dc5u, &inode, sizeof(inode));

    return &cpio->file_chains[hash(value, &device, sizeof(device)) &
                              (cpio->file_room - 1)];
}

static void chain_name(struct cpio *cpio, uint32_t number)
{
    struct cpio_name *name = &cpio->names[number];
    uint32_t *head = name_chain(cpio, name->folder, name->text, name->length);

    name->chain = *head;
    *head = number;
}

static void chain_file(struct cpio *cpio, uint32_t number)
{
    struct cpio_file *file = &cpio->files[number];
    uint32_t *head = file_chain(cpio, file->inode, file->device);

    file->chain = *head;
    *head = number;
}

/* Room for twice as many elements, and as many empty chains. */
static int grow(void **array, size_t element, uint32_t **chains, uint32_t *room)
{
    size_t wanted = *room == 0 ? ROOM_FIRST : 2 * (size_t)*room;
    void *larger = realloc(*array, wanted * element);
    uint32_t *heads;

    if (larger == NULL)
        return -ENOMEM;
    *array = larger;
    heads = realloc(*chains, wanted * sizeof(*heads));
    if (heads == NULL)
        return -ENOMEM;
    memset(heads, 0xff, wanted * sizeof(*heads)); /* CPIO_NONE */
    *chains = heads;
    *room = (uint32_t)wanted;
    return 0;
}

static int grow_names(struct cpio *cpio)
{
    int error = grow((void **)&cpio->names, sizeof(*cpio->names),
                     &cpio->name_chains, &cpio->name_room);

    for (uint32_t i = 1; error == 0 && i < cpio->name_count; i++)
        chain_name(cpio, i);
    return error;
}

static int grow_files(struct cpio *cpio)
{
    int error = grow((void **)&cpio->files, sizeof(*cpio->files),
                     &cpio->file_chains, &cpio->file_room);

    for (uint32_t i = 0; error == 0 && i < cpio->file_count; i++)
        if (cpio->files[i].inode != 0)
            chain_file(cpio, i);
    return error;
}

/* ---- Names and files ------------------------------------------------------
 */

uint32_t cpio_find(const struct cpio *cpio, uint32_t folder, const char *text,
                   size_t length)
{
    uint32_t at = *name_chain(cpio, folder, text, length);

    while (at != CPIO_NONE) {
        const struct cpio_name *name = &cpio->names[at];

        if (name->folder == folder && name->length == length &&
            memcmp(name->text, text, length) == 0)
            break;
        at = name->chain;
    }
    return at;
}

/* A new file, which has one name: its number, or CPIO_NONE: no memory. */
static uint32_t make_file(struct cpio *cpio, uint32_t mode)
{
    if (cpio->file_count == cpio->file_room && grow_files(cpio))
        return CPIO_NONE;
    cpio->files[cpio->file_count] =
        (struct cpio_file){.bytes = "", .mode = mode, .links = 1};
    return cpio->file_count++;
}

/* A new name in a folder, of a new file: its number, or CPIO_NONE. */
static uint32_t make_name(struct cpio *cpio, uint32_t folder, const char *text,
                          size_t length, uint32_t mode)
{
    uint32_t number = cpio->name_count;
    uint32_t file = make_file(cpio, mode);

    if (file == CPIO_NONE || (number == cpio->name_room && grow_names(cpio)))
        return CPIO_NONE;
    cpio->names[number] = (struct cpio_name){
        .text = text,
        .length = (uint32_t)length,
        .folder = folder,
        .file = file,
        .first = CPIO_NONE,
        .last = CPIO_NONE,
        .next = CPIO_NONE,
    };
    cpio->name_count++;
    if (number == CPIO_ROOT)
        return number;
    chain_name(cpio, number);
    if (cpio->names[folder].last == CPIO_NONE)
        cpio->names[folder].first = number;
    else
        cpio->names[cpio->names[folder].last].next = number;
    cpio->names[folder].last = number;
    return number;
}

static bool is_folder(const struct cpio *cpio, uint32_t name)
{
    return (cpio_file(cpio, name)->mode & TYPE_MASK) == TYPE_FOLDER;
}

/*
 * The name at the end of a path, and the folders on the way there, all made if
 * they are missing. The number into *found; 0, -ENOMEM, or -EINVAL.
 */
static int make_path(struct cpio *cpio, const char *path, uint32_t *found,
                     const char **why)
{
    uint32_t at = CPIO_ROOT, next;

    for (;;) {
        size_t length;

        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length == 0)
            break;
        if (length == 2 && path[0] == '.' && path[1] == '.') {
            *why = "a name with \"..\"";
            return -EINVAL;
        }
        if (length > NAME_MAX || !is_folder(cpio, at)) {
            *why = length > NAME_MAX ? "a name that is too long"
                                     : "a name below one that is no folder";
            return -EINVAL;
        }
        if (!(length == 1 && path[0] == '.')) {
            next = cpio_find(cpio, at, path, length);
            if (next == CPIO_NONE)
                next = make_name(cpio, at, path, length, TYPE_FOLDER | 0755);
            if (next == CPIO_NONE)
                return -ENOMEM;
            at = next;
        }
        path += length;
    }
    *found = at;
    return 0;
}

/* ---- Records --------------------------------------------------------------
 */

static bool read_field(const char *digits, uint32_t *number)
{
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

/* The record at `at`, which is moved behind it; NULL, or what is wrong. */
static const char *read_record(const char *archive, size_t size, size_t *at,
                               struct record *record)
{
    const char *header = archive + *at;
    size_t left = size - *at, start;
    uint32_t name_size, file_size;

    if (left < HEADER_SIZE)
        return "the end of the archive without its last record";
    if (memcmp(header, MAGIC, sizeof(MAGIC) - 1) != 0)
        return "no header of a newc archive";
    for (int i = 0; i < FIELDS; i++)
        if (!read_field(header + sizeof(MAGIC) - 1 + i * 8, &record->fields[i]))
            return "a number that is none";
    name_size = record->fields[FIELD_NAME];
    file_size = record->fields[FIELD_SIZE];
    if (name_size == 0 || name_size > left - HEADER_SIZE ||
        memchr(header + HEADER_SIZE, '\0', name_size) == NULL)
        return "a name without an end";
    if (strlen(header + HEADER_SIZE) >= PATH_MAX)
        return "a name that is too long";
    start = (HEADER_SIZE + (size_t)name_size + 3) & ~(size_t)3;
    if (start > left || file_size > left - start)
        return "a file that is longer than the archive";
    record->name = header + HEADER_SIZE;
    record->bytes = header + start;
    start += ((size_t)file_size + 3) & ~(size_t)3;
    *at += start < left ? start : left;
    return NULL;
}

/* ---- From records to files ------------------------------------------------
 */

/* The file that the record belongs to, by inode and device, if it has several
 * names and one was there already; or CPIO_NONE. */
static uint32_t find_alike(const struct cpio *cpio, uint32_t inode,
                           uint32_t device)
{
    uint32_t at = *file_chain(cpio, inode, device);

    while (at != CPIO_NONE &&
           (cpio->files[at].inode != inode || cpio->files[at].device != device))
        at = cpio->files[at].chain;
    return at;
}

/* Linux' numbers have 12 and 20 bits; a hash of both need not be one to one
 * beyond that. */
static uint32_t device_of(const struct record *record)
{
    return record->fields[FIELD_MAJOR] << 20 | record->fields[FIELD_MINOR];
}

/*
 * Give a name the file that the record is of: one that is there already, its
 * own if that can have no other name, or a new one. 0 or -ENOMEM.
 */
static int choose_file(struct cpio *cpio, uint32_t name,
                       const struct record *record)
{
    uint32_t inode = record->fields[FIELD_INODE];
    uint32_t old = cpio->names[name].file, file = CPIO_NONE;
    bool several = inode != 0 && record->fields[FIELD_LINKS] > 1 &&
                   (record->fields[FIELD_MODE] & TYPE_MASK) == TYPE_REGULAR;

    if (several)
        file = find_alike(cpio, inode, device_of(record));
    if (file == old)
        return 0;
    if (file == CPIO_NONE && cpio->files[old].inode == 0)
        file = old;
    else if (file == CPIO_NONE)
        file = make_file(cpio, 0);
    else
        cpio->files[file].links++;
    if (file == CPIO_NONE)
        return -ENOMEM;
    cpio->files[old].links -= file != old;
    cpio->names[name].file = file;
    if (several && cpio->files[file].inode == 0) {
        cpio->files[file].inode = inode;
        cpio->files[file].device = device_of(record);
        cpio->files[file].size = 0;
        chain_file(cpio, file);
    }
    return 0;
}

static void fill_file(struct cpio_file *file, const struct record *record)
{
    file->mode = record->fields[FIELD_MODE];
    file->owner = record->fields[FIELD_OWNER];
    file->group = record->fields[FIELD_GROUP];
    file->modified = record->fields[FIELD_MODIFIED];
    /* Of several names' records one has the bytes. */
    if (record->fields[FIELD_SIZE] > 0 || file->inode == 0) {
        file->bytes = record->bytes;
        file->size = record->fields[FIELD_SIZE];
    }
}

/* What cannot be: NULL, or what is wrong. */
static const char *check_record(const struct cpio *cpio, uint32_t name,
                                const struct record *record, bool old)
{
    uint32_t type = record->fields[FIELD_MODE] & TYPE_MASK;
    uint32_t size = record->fields[FIELD_SIZE];

    if (old && is_folder(cpio, name) != (type == TYPE_FOLDER))
        return "a folder and a file of one name";
    if (type == TYPE_LINK &&
        (size == 0 || size >= PATH_MAX || memchr(record->bytes, 0, size)))
        return "a symbolic link that leads nowhere";
    if (type == 0)
        return "a file that is of no kind";
    return NULL;
}

static int add_record(struct cpio *cpio, const struct record *record,
                      const char **why)
{
    uint32_t before = cpio->name_count, name;
    int error = make_path(cpio, record->name, &name, why);

    if (error)
        return error;
    *why = check_record(cpio, name, record, name < before);
    if (*why != NULL)
        return -EINVAL;
    error = choose_file(cpio, name, record);
    if (error)
        return error;
    fill_file(&cpio->files[cpio->names[name].file], record);
    return 0;
}

/* A folder has a name, ".", and ".." in each folder that is in it. */
static void count_links(struct cpio *cpio)
{
    for (uint32_t i = 0; i < cpio->name_count; i++)
        if (is_folder(cpio, i))
            cpio->files[cpio->names[i].file].links = 2;
    for (uint32_t i = 1; i < cpio->name_count; i++)
        if (is_folder(cpio, i))
            cpio->files[cpio->names[cpio->names[i].folder].file].links++;
}

/* All records up to the last. 0 or a negative errno. */
static int read_records(struct cpio *cpio, const char *archive, size_t size,
                        const char **why, size_t *where)
{
    struct record record;
    size_t at = 0;
    int error = 0;

    while (error == 0) {
        *where = at;
        *why = read_record(archive, size, &at, &record);
        if (*why != NULL)
            return -EINVAL;
        if (strcmp(record.name, TRAILER) == 0)
            return 0;
        error = add_record(cpio, &record, why);
    }
    return error;
}

int cpio_open(struct cpio *cpio, const void *archive, size_t size,
              const char **why, size_t *where)
{
    int error = 0;

    memset(cpio, 0, sizeof(*cpio));
    if (make_name(cpio, CPIO_ROOT, "", 0, TYPE_FOLDER | 0755) == CPIO_NONE)
        error = -ENOMEM;
    if (error == 0)
        error = read_records(cpio, archive, size, why, where);
    if (error)
        cpio_close(cpio);
    else
        count_links(cpio);
    return error;
}

void cpio_close(struct cpio *cpio)
{
    free(cpio->names);
    free(cpio->files);
    free(cpio->name_chains);
    free(cpio->file_chains);
    memset(cpio, 0, sizeof(*cpio));
}
