/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.c: a text that grows: its room doubles, so that adding costs the same
 * whatever its length. No more than TEXT_MAX bytes: who asks for more has made
 * a mistake, and a guest has little memory.
 */
#include "lib/click/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "lib/printf.h"

#define TEXT_MAX (64u << 20)

/* Have room for `length` more bytes and a zero. */
static bool make_room(struct text *text, size_t length)
{
    size_t needed = text->length + length + 1, room = text->room;
    char *bytes;

    if (text->failed || length > TEXT_MAX || needed > TEXT_MAX) {
        text->failed = true;
        return false;
    }
    if (needed <= room)
        return true;
    if (room < 64)
        room = 64;
    while (room < needed)
        room *= 2;
    bytes = realloc(text->bytes, room);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (!make_room(text, length))
        return;
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_puts(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_vprintf(struct text *text, const char *format, va_list arguments)
{
    size_t room = text->room - text->length;
    char *to = text->bytes ? text->bytes + text->length : NULL;
    int length = string_vformat(to, room, format, arguments);

    if ((size_t)length >= room) {
        if (to) /* it was cut off */
            *to = '\0';
        if (!make_room(text, (size_t)length))
            return;
        to = text->bytes + text->length;
        string_vformat(to, (size_t)length + 1, format, arguments);
    }
    text->length += (size_t)length;
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_vprintf(text, format, arguments);
    va_end(arguments);
}

void text_time(struct text *text, int64_t ns)
{
    uint64_t value = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

    text_printf(text, "%s%" PRIu64 ".%06" PRIu64, ns < 0 ? "-" : "",
                value / 1000000000, value / 1000 % 1000000);
}

void text_interval(struct text *text, uint64_t ns)
{
    bool micro = ns < 1000000, milli = ns < 1000000000;
    uint64_t unit = micro ? 1000 : milli ? 1000000 : 1000000000;
    char digits[16];
    int length;

    if (ns == 0 || (!milli && ns % unit == 0)) {
        text_printf(text, "%" PRIu64 "s", ns / unit);
        return;
    }
    length = string_format(digits, sizeof(digits), "%0*" PRIu64,
                           micro   ? 3
                           : milli ? 6
                                   : 9,
                           ns % unit);
    while (length > 0 && digits[length - 1] == '0')
        length--;
    text_printf(text, "%" PRIu64 "%s%.*s%s", ns / unit, length ? "." : "",
                length, digits,
                micro   ? "us"
                : milli ? "ms"
                        : "s");
}

void text_ip(struct text *text, const void *address)
{
    const uint8_t *byte = address;

    text_printf(text, "%u.%u.%u.%u", byte[0], byte[1], byte[2], byte[3]);
}

void text_ether(struct text *text, const void *address)
{
    const uint8_t *byte = address;

    for (unsigned int i = 0; i < 6; i++)
        text_printf(text, "%s%02X", i ? "-" : "", byte[i]);
}

const char *text_string(const struct text *text)
{
    return text->bytes ? text->bytes : "";
}

char *text_take(struct text *text)
{
    char *bytes;

    if (!make_room(text, 0)) {
        text_free(text);
        return NULL;
    }
    bytes = text->bytes;
    bytes[text->length] = '\0';
    *text = (struct text){0};
    return bytes;
}

void text_clear(struct text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->bytes)
        text->bytes[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
