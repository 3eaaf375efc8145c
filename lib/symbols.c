/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols.c: names of functions in this image.
 *
 * tools/symbols writes the table after a first link, and the second link puts
 * it at the end of the constants (image.lds), all in 32-bit words but the
 * names:
 *
 *     count | offset of function 0, 1, ... from image_start, rising | names
 *
 * The names follow in the same order, each ended by a NUL. An empty table (a
 * first link, a stripped image) is allowed.
 */
#include "lib/symbols.h"
#include <stdbool.h>
#include <stdint.h>
#include "lib/string.h"

extern const char image_start[], text_end[];
extern const uint32_t symbols_start[], symbols_end[];

const char *symbol_find(const void *address, size_t *offset)
{
    unsigned long in_image =
        (unsigned long)address - (unsigned long)image_start;
    bool empty = (const char *)symbols_start == (const char *)symbols_end;
    uint32_t count = empty ? 0 : symbols_start[0];
    const uint32_t *offsets = symbols_start + 1;
    const char *name = (const char *)(offsets + count);
    uint32_t i;

    if ((const char *)address < image_start ||
        (const char *)address >= text_end || !count || in_image < offsets[0])
        return NULL;
    for (i = 0; i + 1 < count && offsets[i + 1] <= in_image; i++)
        name += strlen(name) + 1;
    *offset = in_image - offsets[i];
    return name;
}
