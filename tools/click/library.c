/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * library.c: files that `require(library NAME)` names: as a path.
 */
#include <stdio.h>
#include "tools/click/host.h"

bool library_text(const char *name, struct text *out)
{
    FILE *file = fopen(name, "r");
    char bytes[4096];
    size_t length;
    bool good;

    if (!file)
        return false;
    while ((length = fread(bytes, 1, sizeof(bytes), file)) > 0)
        text_add(out, bytes, length);
    good = !ferror(file) && !out->failed;
    fclose(file);
    return good;
}
