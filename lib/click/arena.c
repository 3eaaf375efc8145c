/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.c: blocks of memory that are filled from their beginning and freed
 * together. A request that is larger than a block gets one of its own.
 */
#include "lib/click/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "lib/printf.h"

#define BLOCK_SIZE 4096u
#define ALIGNMENT  16u

struct arena_block {
    struct arena_block *next;
    _Alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *arena, size_t limit)
{
    memset(arena, 0, sizeof(*arena));
    arena->left = limit;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->next;
        free(block);
    }
    arena->at = arena->end = NULL;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block;
    size_t room;
    void *bytes;

    if (size > arena->left)
        longjmp(arena->short_of_memory, 1);
    size = (size + !size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (size > (size_t)(arena->end - arena->at)) {
        room = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE - sizeof(*block);
        block = room > arena->left ? NULL : calloc(1, sizeof(*block) + room);
        if (!block)
            longjmp(arena->short_of_memory, 1);
        arena->left -= room;
        block->next = arena->blocks;
        arena->blocks = block;
        if (room == size)
            return block->bytes; /* what is left of the last one stays */
        arena->at = block->bytes;
        arena->end = block->bytes + room;
    }
    bytes = arena->at;
    arena->at += size;
    return bytes;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, bytes, length);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    int length;
    char *text;

    va_start(arguments, format);
    length = string_vformat(NULL, 0, format, arguments);
    text = arena_alloc(arena, (size_t)length + 1);
    string_vformat(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

char *arena_join(struct arena *arena, const char *first, const char *second)
{
    size_t length = strlen(first), more = strlen(second);
    char *text = arena_alloc(arena, length + more + 1);

    memcpy(text, first, length);
    memcpy(text + length, second, more);
    return text;
}

char *arena_number(struct arena *arena, const char *first, char between,
                   unsigned int number)
{
    char digits[13], *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    *--at = between;
    return arena_join(arena, first, at);
}

void *arena_grow(struct arena *arena, void *array, unsigned int *count,
                 size_t size)
{
    unsigned int old = (*count)++;
    char *larger;

    /* Full at 0 and at powers of two from 4 on. */
    if (old && (old < 4 || (old & (old - 1))))
        return array;
    larger = arena_alloc(arena, (old ? 2 * (size_t)old : 4) * size);
    if (old)
        memcpy(larger, array, old * size);
    return larger;
}
