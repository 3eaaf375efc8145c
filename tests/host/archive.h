/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive.h: archives (cpio, the newc form) for tests, record by record, as
 * Linux' buffer-format.rst has them.
 */
#ifndef CORACLE_TESTS_HOST_ARCHIVE_H
#define CORACLE_TESTS_HOST_ARCHIVE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static char archive[1 << 16];
static size_t archive_size;

/* What a record says of a file, beside its name and bytes. */
struct archive_file {
    uint32_t inode, mode, owner, group, links, modified, minor;
};

static void archive_pad(void)
{
    while (archive_size % 4 != 0)
        archive[archive_size++] = '\0';
}

static void archive_add(const char *name, struct archive_file file,
                        const void *bytes, size_t size)
{
    archive_size += (size_t)sprintf(
        archive + archive_size,
        "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
        file.inode, file.mode, file.owner, file.group, file.links,
        file.modified, (uint32_t)size, 0, file.minor, 0, 0,
        (uint32_t)strlen(name) + 1, 0);
    memcpy(archive + archive_size, name, strlen(name) + 1);
    archive_size += strlen(name) + 1;
    archive_pad();
    memcpy(archive + archive_size, bytes, size);
    archive_size += size;
    archive_pad();
}

/* A file of one name, a folder, a symbolic link, the last record. */

static void archive_text(const char *name, const char *text)
{
    archive_add(name, (struct archive_file){.mode = 0100644, .links = 1}, text,
                strlen(text));
}

static void archive_folder(const char *name)
{
    archive_add(name, (struct archive_file){.mode = 040755, .links = 2}, "", 0);
}

static void archive_link(const char *name, const char *target)
{
    archive_add(name, (struct archive_file){.mode = 0120777, .links = 1},
                target, strlen(target));
}

static void archive_end(void)
{
    archive_add("TRAILER!!!", (struct archive_file){.links = 1}, "", 0);
}

#endif
