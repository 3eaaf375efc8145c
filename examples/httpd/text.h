/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.h: a text that grows. Memory that runs short is remembered, so that
 * only the end need be checked: `failed`, and nothing is added any more.
 */
#ifndef HTTPD_TEXT_H
#define HTTPD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *bytes; /* from malloc(), or NULL; not ended by a NUL */
    size_t length, room;
    bool failed;
};

/* Room for `more` bytes behind those that are there. */
bool text_reserve(struct text *text, size_t more);

static inline void text_add(struct text *text, const char *bytes, size_t length)
{
    if (text->room - text->length < length && !text_reserve(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static inline void text_put(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_number(struct text *text, uint64_t number);

__attribute__((__format__(__printf__, 2, 3))) void
text_format(struct text *text, const char *format, ...);

/* A string of JSON, with its quotes; the bytes are UTF-8 or Latin. */
void text_quote(struct text *text, const char *string);

void text_free(struct text *text);

#endif
