/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols.c: names of functions in this image.
 *
 * tools/symbols writes the table after a first link, and the second link puts
 * it at the end of the constants (image.lds), all in bytes:
 *
 *     256 pairs | distance, name | distance, name | ...
 *
 * A distance leads from one function to the next (the first from image_start)
 * and has seven bits in each byte, the lowest first; bit 7 says that more
 * follow. A name is in codes: each stands for itself, if the first of its pair
 * is 0, or for the two codes of its pair. The last one stands for 0, or for a
 * pair that ends so. An empty table (a first link) is allowed.
 */
#include "lib/symbols.h"
#include <stdint.h>

extern const char image_start[], text_end[];
extern const uint8_t symbols_start[], symbols_end[];

#define PAIRS 256

/* Returns how long the name is then. Pairs of pairs are as deep as the name is
 * long, at most. */
static size_t add_code(char *name, size_t length, uint8_t code)
{
    const uint8_t *pair = symbols_start + 2 * code;

    if (pair[0]) {
        length = add_code(name, length, pair[0]);
        return add_code(name, length, pair[1]);
    }
    if (code && length < SYMBOL_NAME_MAX - 1)
        name[length++] = (char)code;
    return length;
}

/* Whether a name ends with this code. */
static bool is_last(uint8_t code)
{
    while (symbols_start[2 * code])
        code = symbols_start[2 * code + 1];
    return code == 0;
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
        while (!is_last(*at++))
            ;
    }
    if (!codes)
        return false;
    do
        length = add_code(symbol->name, length, *codes);
    while (!is_last(*codes++));
    symbol->name[length] = '\0';
    symbol->offset = in_image - place;
    return true;
}
