/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.h: a text that grows. What handlers answer, what elements print.
 *
 *     struct text out = {0};
 *     text_printf(&out, "%u packets\n", count);
 *     ... out.bytes (always ends in a zero byte; NULL while nothing was added)
 *     text_free(&out);
 *
 * Lack of memory is remembered in `failed`, so that a chain of additions needs
 * one question at its end. No locks: a text has one owner.
 */
#ifndef CORACLE_CLICK_TEXT_H
#define CORACLE_CLICK_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

struct text {
    char *bytes;
    size_t length, room;
    bool failed; /* something could not be added */
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_vprintf(struct text *text, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

/* Nanoseconds since 1970 as seconds with six digits behind the point; a length
 * of time in the unit that suits it: "20ms", "1.5s". */
void text_time(struct text *text, int64_t ns);
void text_interval(struct text *text, uint64_t ns);

/* Addresses, bytes in the order of the wire: "10.0.0.1", "00-16-3E-00-00-01".
 */
void text_ip(struct text *text, const void *address);
void text_ether(struct text *text, const void *address);

/* What was added so far, never NULL: "" for nothing. */
const char *text_string(const struct text *text);

/* The string, which is the caller's then, to free(); NULL if something could
 * not be added. The text is empty again. */
MUST_CHECK char *text_take(struct text *text);

void text_clear(struct text *text); /* to length 0; keeps its room */
void text_free(struct text *text);

#endif
