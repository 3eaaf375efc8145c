/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script_format.c: Script's handler sprintf: C's formats, with words as
 * operands.
 *
 * Each conversion is taken apart, its widths and precisions (four digits at
 * most) and its letter are checked, and it is put together anew: what reaches
 * text_printf() is always a format that fits its one operand. Real numbers,
 * which that does not know, are set here.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/real.h"
#include "lib/click/script.h"
#include "lib/click/types.h"
#include "lib/printf.h"

struct format {
    char **words; /* those that are left */
    unsigned int count;
    char spec[48]; /* one conversion: %05lld */
    size_t length;
    char flags[9];
    int width, precision; /* precision: -1 if there is none */
    bool is_short;        /* h */
};

static void spec_add(struct format *format, const char *bytes, size_t length)
{
    if (format->length + length < sizeof(format->spec)) {
        memcpy(format->spec + format->length, bytes, length);
        format->length += length;
        format->spec[format->length] = '\0';
    }
}

static const char *next_word(struct format *format)
{
    if (format->count == 0)
        return NULL;
    format->count--;
    return *format->words++;
}

/* A width or precision at `at`, digits or a star; at most 9999. */
static const char *read_width(struct format *format, const char *at, int *width)
{
    size_t digits = strspn(at, "0123456789");
    uint64_t value;
    const char *word;
    char number[8];

    *width = 0;
    if (*at != '*') {
        if (digits > 4)
            return NULL;
        for (size_t i = 0; i < digits; i++)
            *width = *width * 10 + (at[i] - '0');
        spec_add(format, at, digits);
        return at + digits;
    }
    word = next_word(format);
    if (!word || click_read_integer(word, 0, 9999, &value))
        return NULL;
    *width = (int)value;
    spec_add(format, number,
             (size_t)string_format(number, sizeof(number), "%d", *width));
    return at + 1;
}

/* Flags, width, precision, size; returns where the letter is, or NULL. */
static const char *read_spec(struct format *format, const char *at)
{
    size_t flags = strspn(at + 1, "0#- +");

    format->length = 0;
    format->is_short = false;
    if (flags > 8)
        return NULL;
    memcpy(format->flags, at + 1, flags);
    format->flags[flags] = '\0';
    format->precision = -1;
    spec_add(format, at, flags + 1);
    at = read_width(format, at + 1 + flags, &format->width);
    if (at && *at == '.') {
        spec_add(format, ".", 1);
        at = read_width(format, at + 1, &format->precision);
    }
    for (; at && *at && strchr("hlLqjz", *at); at++)
        format->is_short |= *at == 'h';
    return at;
}

static bool convert_integer(struct format *format, char letter,
                            struct text *out)
{
    const char *word = next_word(format);
    bool is_signed = letter == 'd' || letter == 'i';
    uint64_t value;
    char kind[4] = {'l', 'l', letter, 0};

    if (!word || click_read_integer(word, INT64_MIN,
                                    is_signed ? INT64_MAX : UINT64_MAX, &value))
        return false;
    if (format->is_short)
        value = is_signed ? (uint64_t)(int16_t)value : (uint16_t)value;
    spec_add(format, kind, 3);
    text_printf(out, format->spec, (long long)value);
    return true;
}

/* A sign or blank, zeros up to the width, digits; blanks where they belong. */
static void put_real(const struct format *format, char letter, double value,
                     struct text *out)
{
    bool left = strchr(format->flags, '-');
    const char *sign = strchr(format->flags, '+')   ? "+"
                       : strchr(format->flags, ' ') ? " "
                                                    : "";
    struct text digits = {0};
    const char *from;
    int zeros = 0, blanks;

    text_real(&digits, value, letter,
              format->precision < 0 ? 6 : (unsigned int)format->precision,
              strchr(format->flags, '#'));
    from = text_string(&digits);
    if (*from == '-') {
        sign = "-";
        from++;
    }
    blanks = format->width - (int)(strlen(sign) + strlen(from));
    if (blanks < 0)
        blanks = 0;
    if (!left && strchr(format->flags, '0') && isdigit((unsigned char)*from)) {
        zeros = blanks;
        blanks = 0;
    }
    text_printf(out, "%*s%s%.*d%s%*s", left ? 0 : blanks, "", sign, zeros, 0,
                from, left ? blanks : 0, "");
    out->failed |= digits.failed;
    text_free(&digits);
}

static bool convert(struct format *format, char letter, struct text *out)
{
    const char *word;
    double value;
    char *string;

    if (letter == '%') {
        text_puts(out, "%");
        return true;
    }
    if (letter && strchr("diouxX", letter))
        return convert_integer(format, letter, out);
    word = next_word(format);
    if (!word || !letter)
        return false;
    spec_add(format, &letter, 1);
    if (strchr("eEfFgG", letter)) {
        if (click_read_double(word, &value))
            return false;
        put_real(format, letter, value, out);
        return true;
    }
    if (letter != 's' && letter != 'c')
        return false;
    string = click_unquote(word, NULL);
    if (string && letter == 's')
        text_printf(out, format->spec, string);
    else if (string)
        text_printf(out, format->spec, *string);
    free(string);
    return string;
}

int script_format(char **words, unsigned int count, int what, struct text *out)
{
    struct format format = {.words = words + 1, .count = count - 1};
    char *string = count ? click_unquote(words[0], NULL) : NULL;
    const char *at = string;
    bool good = string;

    (void)what;
    while (good && *at) {
        size_t plain = strcspn(at, "%");

        text_add(out, at, plain);
        at += plain;
        if (!*at)
            break;
        at = read_spec(&format, at);
        good = at && convert(&format, *at, out);
        if (good)
            at++;
    }
    free(string);
    if (good && format.count == 0)
        return 0;
    text_clear(out);
    text_puts(out, "syntax error");
    return -EINVAL;
}
