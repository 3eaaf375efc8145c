/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.c: a text that grows.
 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM_MIN    512
#define FORMAT_ROOM 128 /* mostly enough for a text_format() */

bool text_reserve(struct text *text, size_t more)
{
    size_t room = text->room ? text->room : ROOM_MIN;
    char *bytes;

    if (text->failed)
        return false;
    if (text->room - text->length >= more)
        return true;
    while (room - text->length < more)
        room *= 2;
    bytes = realloc(text->bytes, room);
    if (bytes) {
        text->bytes = bytes;
        text->room = room;
    }
    text->failed = !bytes;
    return bytes;
}

void text_number(struct text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    text_add(text, digits + at, sizeof(digits) - at);
}

void text_format(struct text *text, const char *format, ...)
{
    if (!text_reserve(text, FORMAT_ROOM))
        return;
    do {
        size_t room = text->room - text->length;
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(text->bytes + text->length, room, format, arguments);
        va_end(arguments);
        if (length >= 0 && (size_t)length < room) {
            text->length += (size_t)length;
            return;
        }
        /* It did not fit: the second time it will. */
        text->failed = length < 0;
        (void)text_reserve(text, (size_t)length + 1);
    } while (!text->failed);
}

void text_quote(struct text *text, const char *string)
{
    text_add(text, "\"", 1);
    for (; *string; string++) {
        unsigned char c = (unsigned char)*string;

        if (c < ' ')
            text_format(text, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            text_format(text, "\\%c", c);
        else
            text_add(text, string, 1);
    }
    text_add(text, "\"", 1);
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
