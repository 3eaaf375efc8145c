/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.h: memory for one job that is given back as a whole.
 *
 *     struct arena arena;
 *
 *     arena_init(&arena, limit);
 *     if (setjmp(arena.short_of_memory))
 *         ... there was none left, or the limit was reached
 *     else
 *         ... arena_alloc() as much as you like, it never fails
 *     arena_free(&arena);
 *
 * The language's parser allocates in every other line. Being short of memory
 * ends in one place instead of hundreds, and the limit bounds what a short text
 * with nested compound elements may expand to. Between setjmp() and the last
 * arena_alloc(), nothing may be held that only a return would give back.
 */
#ifndef CORACLE_CLICK_ARENA_H
#define CORACLE_CLICK_ARENA_H

#include <setjmp.h>
#include <stddef.h>
#include "coracle/compiler.h"

struct arena_block;

struct arena {
    jmp_buf short_of_memory;
    struct arena_block *blocks;
    char *at, *end; /* what is left of the newest block */
    size_t left;    /* of the limit */
};

void arena_init(struct arena *arena, size_t limit);
void arena_free(struct arena *arena);

/* `size` zeroed bytes, aligned for anything. Does not return if there are
 * none. */
void *arena_alloc(struct arena *arena, size_t size);

char *arena_copy(struct arena *arena, const char *bytes, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* "FIRST" "between" "NUMBER": names and places are made by the hundred, and
 * printf() takes a thousand instructions for one. */
char *arena_join(struct arena *arena, const char *first, const char *second);
char *arena_number(struct arena *arena, const char *first, char between,
                   unsigned int number);

/*
 * An array that grows: room for one more than `*count` elements of `size`
 * bytes; counts it in. The elements may move, so pointers to them do not last.
 */
void *arena_grow(struct arena *arena, void *array, unsigned int *count,
                 size_t size);

/* `array` is a pointer to elements; the value points to the new, zeroed one. */
#define ARENA_ADD(arena, array, count)                                         \
    ((array) = arena_grow(arena, array, &(count), sizeof(*(array))),           \
     &(array)[(count)-1])

#endif
