/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * string.h: the part of C's <string.h> and <stdlib.h> that the kernel needs.
 * Same names, same meaning; programs get these memory functions too.
 */
#ifndef CORACLE_LIB_STRING_H
#define CORACLE_LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *where, int byte, size_t size);

size_t strlen(const char *string);
size_t strnlen(const char *string, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *string, int character);
size_t strcspn(const char *string, const char *stop);
char *strrchr(const char *string, int character);

/*
 * Copy as much of `from` as fits, always ending it with a NUL. Returns whether
 * all of it fitted. `size` is that of the room at `to`, at least 1.
 */
bool string_copy(char *to, const char *from, size_t size);

/*
 * The whole of `string` as an unsigned decimal number into *number. Returns
 * false, and leaves *number alone, if there is anything else or too much.
 */
bool string_to_number(const char *string, uint64_t *number);

#endif
