/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_cpio.c: any bytes as a ramdisk's archive (lib/libc/cpio.c). What it
 * takes for names and files lies within the archive, and is a tree.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include "lib/libc/cpio.c"

#define REQUIRE(condition)                                                     \
    do {                                                                       \
        if (!(condition))                                                      \
            abort();                                                           \
    } while (0)

static void check_file(const struct cpio_file *file, const char *start,
                       const char *end)
{
    if (file->size > 0)
        REQUIRE(file->bytes >= start && file->bytes + file->size <= end);
    REQUIRE(file->links > 0);
}

/* Everything that is in `folder`; returns how many names there are. */
static uint32_t check_folder(const struct cpio *tree, uint32_t folder)
{
    uint32_t seen = 0, last = CPIO_NONE;

    for (uint32_t at = tree->names[folder].first; at != CPIO_NONE;
         at = tree->names[at].next) {
        const struct cpio_name *name = &tree->names[at];

        REQUIRE(at != CPIO_ROOT && name->folder == folder);
        REQUIRE(name->length > 0 && !memchr(name->text, '/', name->length));
        REQUIRE(cpio_find(tree, folder, name->text, name->length) == at);
        REQUIRE(name->first == CPIO_NONE || is_folder(tree, at));
        last = at;
        REQUIRE(++seen <= tree->name_count);
    }
    REQUIRE(last == tree->names[folder].last);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *archive = memcpy(malloc(size + !size), data, size);
    struct cpio tree;
    const char *why = NULL;
    size_t where = 0;
    int error = cpio_open(&tree, archive, size, &why, &where);

    if (error) {
        REQUIRE(error == -EINVAL && why && where <= size);
    } else {
        uint32_t seen = 1;

        for (uint32_t i = 0; i < tree.name_count; i++) {
            check_file(cpio_file(&tree, i), archive, archive + size);
            seen += check_folder(&tree, i);
        }
        REQUIRE(seen == tree.name_count);
        cpio_close(&tree);
    }
    free(archive);
    return 0;
}
