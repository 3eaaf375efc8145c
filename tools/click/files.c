/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.c: configurations from files and into files. "-" is standard input or
 * output. What is read may be an archive with a configuration in it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "lib/click/archive.h"
#include "tools/click/host.h"

char *read_whole_file(const char *name)
{
    bool standard = !strcmp(name, "-");
    FILE *file = standard ? stdin : fopen(name, "r");
    struct text text = {0};
    char buffer[4096], *config = NULL;
    const char *bytes;
    size_t length;
    int error;

    if (!file) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        return NULL;
    }
    while ((length = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add(&text, buffer, length);
    if (ferror(file)) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        text.failed = true;
    }
    if (!standard)
        fclose(file);
    bytes = text_string(&text);
    length = text.length;
    error = click_archive_config(&bytes, &length);
    if (!error && !text.failed)
        config = strndup(bytes, length);
    else if (error)
        fprintf(stderr, "%s: %s\n", name,
                error == -ENOENT ? "archive has no 'config' section"
                                 : "bad archive");
    text_free(&text);
    return config;
}

bool write_whole_file(const char *name, const struct text *text)
{
    bool standard = !strcmp(name, "-"), good;
    FILE *file = standard ? stdout : fopen(name, "w");

    if (!file) {
        perror(name);
        return false;
    }
    good = !text->failed &&
           fwrite(text_string(text), 1, text->length, file) == text->length;
    if (standard ? fflush(file) : fclose(file))
        good = false;
    if (!good)
        fprintf(stderr, "%s: could not be written\n", name);
    return good;
}
