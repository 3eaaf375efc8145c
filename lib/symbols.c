/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols.c: names of functions in this image.
 *
 * tools/symbols writes the table after a first link, and the second link puts
 * it at the end of the constants (image.lds), all in bytes:
 *
 *     256 pairs | distance, name, 0 | distance, name, 0 | ...
 *
 * A distance leads from one function to the next (the first from image_start)
 * and has seven bits in each byte, the lowest first; bit 7 says that more
 * follow. A name is in codes: each stands for itself, if the second of its pair
 * is 0, or for the two codes of its pair. An empty table (a first link) is
 * allowed.
 */
#include "lib/symbols.h"
#include <stdint.h>
#include "lib/string.h"

extern const char image_start[], text_end[];
extern const uint8_t symbols_start[], symbols_end[];

#define PAIRS 256

/* Returns how long the name is then. Pairs of pairs are as deep as the name is
 * long, at most. */
static size_t add_code(char *name, size_t length, uint8_t code)
{
    const uint8_t *pair = symbols_start + 2 * code;

    if (pair[1]) {
        length = add_code(name, length, pair[0]);
        return add_code(name, length, pair[1]);
    }
    if (length < SYMBOL_NAME_MAX - 1)
        name[length++] = (char)code;
    return length;
}

static const uint8_t *read_distance(const uint8_t *at, size_t *distance)
{
    unsigned int shift = 0;

    *distance = 0;
    do {
        *distance |= (size_t)(*at & 127) << shift;
        shift += 7;
    } while (*at++ & 128);
    return at;
}

bool symbol_find(const void *address, struct symbol *symbol)
{
    const uint8_t *at = symbols_start + 2 * PAIRS, *codes = NULL;
    size_t in_image = (unsigned long)address - (unsigned long)image_start;
    size_t place = 0, distance, length = 0;

    if ((const char *)address < image_start ||
        (const char *)address >= text_end)
        return false;
    while (at < symbols_end) {
        at = read_distance(at, &distance);
        if (place + distance > in_image)
            break;
        place += distance;
        codes = at;
        at += strlen((const char *)at) + 1;
    }
    if (!codes)
        return false;
    for (; *codes; codes++)
        length = add_code(symbol->name, length, *codes);
    symbol->name[length] = '\0';
    symbol->offset = in_image - place;
    return true;
}
