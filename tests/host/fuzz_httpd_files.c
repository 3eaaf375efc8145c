/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_httpd_files.c: any bytes as the archive of examples/httpd. Whatever it
 * takes for a file lies within the archive and is found by its name.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include "examples/httpd/date.c"
#include "examples/httpd/files.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *archive = memcpy(malloc(size + !size), data, size);
    struct files files;

    if (!files_open(&files, archive, size)) {
        size_t count = 0;

        for (size_t i = 0; i < files.room; i++) {
            const struct file *file = &files.places[i];

            if (!file->name)
                continue;
            count++;
            if (file->bytes < archive ||
                file->bytes + file->size > archive + size ||
                files_find(&files, file->name, "") != file)
                abort();
        }
        if (count != files.count)
            abort();
        files_close(&files);
    }
    free(archive);
    return 0;
}
