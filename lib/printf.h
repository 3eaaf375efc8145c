/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf.h: formatting for the kernel, without floats and without a heap. Its
 * names differ from C's because a program brings newlib's own.
 *
 * Understood: %d %i %u %o %x %X %p %s %c %%, the length modifiers hh h l ll z j
 * t, the flags - 0 + # and space, widths and precisions (also *). Anything else
 * is printed as it stands.
 */
#ifndef CORACLE_LIB_PRINTF_H
#define CORACLE_LIB_PRINTF_H

#include <stdarg.h>
#include <stddef.h>
#include "coracle/compiler.h"

/* As snprintf: returns the length it wanted; the result always ends with a NUL
 * unless size is 0. */
PRINTF_LIKE(3, 4)
int string_format(char *to, size_t size, const char *format, ...);
int string_vformat(char *to, size_t size, const char *format,
                   va_list arguments);

#endif
