/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf.c: formatting into a buffer.
 *
 * A format is walked once. Plain characters are copied; each %-conversion is
 * first read into a struct conversion (flags, width, precision, length), then
 * its argument is fetched and printed. Output goes through put(), which counts
 * every character but stores only those that fit: so the result is the length
 * the whole would have, as with snprintf().
 *
 * Concurrency: pure functions, any context; no heap, under 200 bytes of stack.
 * Left out: floats, %n, wide characters, positional arguments. A conversion
 * that is not known is printed as it stands.
 */
#include <stdbool.h>
#include <stdint.h>
#include "lib/printf.h"
#include "lib/string.h"

/* Where the result goes and where the arguments come from. */
struct output {
    char *to;
    size_t size;   /* of the buffer */
    size_t length; /* wanted so far, may exceed the size */
    va_list arguments;
};

/* One conversion: what stands between '%' and its letter. */
struct conversion {
    bool left;      /* '-': pad on the right */
    bool zero;      /* '0': pad numbers with zeros */
    bool plus;      /* '+': a sign always */
    bool space;     /* ' ': a blank in place of '+' */
    bool alternate; /* '#': 0x before hexadecimal, 0 before octal */
    int width;      /* at least so many characters */
    int precision;  /* -1: none */
    int bytes;      /* size of an integer argument */
};

/* The longest number: 64 bits in octal are 22 digits. */
#define DIGITS_MAX 22

/* A width or precision above this is taken for this. */
#define COUNT_MAX (1 << 20)

static void put(struct output *out, char c)
{
    if (out->length < out->size)
        out->to[out->length] = c;
    out->length++;
}

static void put_repeated(struct output *out, char c, int count)
{
    for (; count > 0; count--)
        put(out, c);
}

static void put_text(struct output *out, const struct conversion *c,
                     const char *text, int length)
{
    if (!c->left)
        put_repeated(out, ' ', c->width - length);
    for (int i = 0; i < length; i++)
        put(out, text[i]);
    if (c->left)
        put_repeated(out, ' ', c->width - length);
}

static void put_string(struct output *out, const struct conversion *c,
                       const char *text)
{
    size_t max = c->precision < 0 ? INT32_MAX : (size_t)c->precision;

    if (!text)
        text = "(null)";
    put_text(out, c, text, (int)strnlen(text, max));
}

/*
 * A number is: blanks, prefix (sign or 0x), zeros, digits, blanks. Zeros come
 * from the precision or, without one, from the flag 0 and the width.
 */
static void put_number(struct output *out, const struct conversion *c,
                       uint64_t value, unsigned int base, const char *prefix,
                       bool capitals)
{
    const char *symbols = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[DIGITS_MAX];
    int count = 0;

    for (; value > 0; value /= base)
        digits[count++] = symbols[value % base];
    if (count == 0 && c->precision != 0)
        digits[count++] = '0';

    int prefix_length = (int)strlen(prefix);
    int zeros = c->precision - count;

    if (c->precision < 0 && c->zero && !c->left)
        zeros = c->width - prefix_length - count;
    if (base == 8 && c->alternate && zeros < 1 &&
        (count == 0 || digits[count - 1] != '0'))
        zeros = 1;
    if (zeros < 0)
        zeros = 0;

    int blanks = c->width - prefix_length - zeros - count;

    if (!c->left)
        put_repeated(out, ' ', blanks);
    while (*prefix != '\0')
        put(out, *prefix++);
    put_repeated(out, '0', zeros);
    while (count > 0)
        put(out, digits[--count]);
    if (c->left)
        put_repeated(out, ' ', blanks);
}

static void put_signed(struct output *out, const struct conversion *c,
                       int64_t value)
{
    const char *prefix = c->plus ? "+" : c->space ? " " : "";
    uint64_t magnitude = (uint64_t)value;

    if (value < 0) {
        prefix = "-";
        magnitude = -magnitude;
    }
    put_number(out, c, magnitude, 10, prefix, false);
}

static const char *read_flags(struct conversion *c, const char *at)
{
    for (;; at++) {
        if (*at == '-')
            c->left = true;
        else if (*at == '0')
            c->zero = true;
        else if (*at == '+')
            c->plus = true;
        else if (*at == ' ')
            c->space = true;
        else if (*at == '#')
            c->alternate = true;
        else
            return at;
    }
}

static const char *read_number(int *number, const char *at)
{
    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (*number < COUNT_MAX)
            *number = *number * 10 + (*at - '0');
    }
    return at;
}

/* A width or precision: digits, or '*' for the next argument. */
static const char *read_count(struct output *out, int *count, const char *at)
{
    if (*at == '*') {
        *count = va_arg(out->arguments, int);
        at++;
    } else {
        at = read_number(count, at);
    }
    if (*count > COUNT_MAX)
        *count = COUNT_MAX;
    if (*count < -COUNT_MAX)
        *count = -COUNT_MAX;
    return at;
}

static const char *read_length(struct conversion *c, const char *at)
{
    c->bytes = sizeof(int);
    switch (*at) {
    case 'h':
        c->bytes = at[1] == 'h' ? sizeof(char) : sizeof(short);
        return at + (at[1] == 'h' ? 2 : 1);
    case 'l':
        c->bytes = sizeof(long);
        return at + (at[1] == 'l' ? 2 : 1);
    case 'z':
    case 'j':
    case 't':
        c->bytes = sizeof(long);
        return at + 1;
    default:
        return at;
    }
}

/* All up to the letter, to which it returns a pointer. */
static const char *read_conversion(struct output *out, struct conversion *c,
                                   const char *at)
{
    *c = (struct conversion){.precision = -1};
    at = read_flags(c, at);
    at = read_count(out, &c->width, at);
    if (c->width < 0) {
        c->left = true;
        c->width = -c->width;
    }
    if (*at == '.')
        at = read_count(out, &c->precision, at + 1);
    return read_length(c, at);
}

/* The next argument as 64 bits; smaller ones travel as an int. */
static uint64_t take_integer(struct output *out, const struct conversion *c)
{
    if (c->bytes == sizeof(long))
        return va_arg(out->arguments, unsigned long);
    return va_arg(out->arguments, unsigned int);
}

/* Cut to the size that the length modifier said, and extended again. */
static int64_t take_signed(struct output *out, const struct conversion *c)
{
    int shift = 64 - 8 * c->bytes;

    return (int64_t)(take_integer(out, c) << shift) >> shift;
}

static uint64_t take_unsigned(struct output *out, const struct conversion *c)
{
    int shift = 64 - 8 * c->bytes;

    return take_integer(out, c) << shift >> shift;
}

static void put_hex(struct output *out, const struct conversion *c,
                    bool capitals)
{
    uint64_t value = take_unsigned(out, c);
    const char *prefix = capitals ? "0X" : "0x";

    if (!c->alternate || value == 0)
        prefix = "";
    put_number(out, c, value, 16, prefix, capitals);
}

static void put_character(struct output *out, const struct conversion *c)
{
    char character = (char)va_arg(out->arguments, int);

    put_text(out, c, &character, 1);
}

/* Returns whether there is a conversion called `letter`. */
static bool put_conversion(struct output *out, const struct conversion *c,
                           char letter)
{
    switch (letter) {
    case 'd':
    case 'i':
        put_signed(out, c, take_signed(out, c));
        return true;
    case 'u':
        put_number(out, c, take_unsigned(out, c), 10, "", false);
        return true;
    case 'o':
        put_number(out, c, take_unsigned(out, c), 8, "", false);
        return true;
    case 'x':
    case 'X':
        put_hex(out, c, letter == 'X');
        return true;
    case 'p':
        put_number(out, c, (uintptr_t)va_arg(out->arguments, void *), 16, "0x",
                   false);
        return true;
    case 's':
        put_string(out, c, va_arg(out->arguments, const char *));
        return true;
    case 'c':
        put_character(out, c);
        return true;
    case '%':
        put(out, '%');
        return true;
    default:
        return false;
    }
}

int string_vformat(char *to, size_t size, const char *format, va_list arguments)
{
    struct output out = {.to = to, .size = size};
    struct conversion c;

    va_copy(out.arguments, arguments);
    while (*format != '\0') {
        const char *start = format;

        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        format = read_conversion(&out, &c, format + 1);
        if (put_conversion(&out, &c, *format)) {
            format++;
            continue;
        }
        /* Unknown: as it stands, with its letter if the string has one. */
        if (*format != '\0')
            format++;
        while (start < format)
            put(&out, *start++);
    }
    va_end(out.arguments);

    if (size > 0)
        to[out.length < size ? out.length : size - 1] = '\0';
    return out.length > INT32_MAX ? INT32_MAX : (int)out.length;
}

int string_format(char *to, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = string_vformat(to, size, format, arguments);
    va_end(arguments);
    return length;
}
