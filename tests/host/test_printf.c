/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_printf.c: string_format() against the host's snprintf(), for what both
 * understand, and by hand for the rest.
 */
#include <inttypes.h>
#include <limits.h>
#include "test.h"
#include "lib/printf.h"

#define ROOM 400

/* The same call to both must give the same text and the same length. */
#define AGREE(...)                                                             \
    do {                                                                       \
        char ours[ROOM], host[ROOM];                                           \
        int length = string_format(ours, ROOM, __VA_ARGS__);                   \
        CHECK_EQUAL(length, snprintf(host, ROOM, __VA_ARGS__));                \
        CHECK_STRING(ours, host);                                              \
    } while (0)

/* Formats are put together at run time, so the compiler cannot check them. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"

static const int64_t numbers[] = {
    0,         1,         -1,         7,         42,        -100,
    255,       32767,     32768,      -32768,    65535,     65536,
    INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN, 1L << 40,
};

TEST(numbers_in_every_shape)
{
    static const char *flags[] = {"",   "-",  "0",  "+",  " ",  "#",
                                  "-0", "+ ", "0+", "#0", "-#", "+-0 #"};
    static const char *widths[] = {"", "1", "2", "5", "11", "30"};
    static const char *precisions[] = {"", ".", ".0", ".1", ".4", ".25"};
    static const char *lengths[] = {"hh", "h", "", "l", "ll", "j", "z", "t"};
    static const char letters[] = "diouxX";
    char format[40];

    for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
        for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
            for (size_t p = 0; p < ARRAY_SIZE(precisions); p++)
                for (size_t l = 0; l < ARRAY_SIZE(lengths); l++)
                    for (const char *c = letters; *c; c++)
                        for (size_t n = 0; n < ARRAY_SIZE(numbers); n++) {
                            snprintf(format, sizeof(format), "<%%%s%s%s%s%c>",
                                     flags[f], widths[w], precisions[p],
                                     lengths[l], *c);
                            AGREE(format, numbers[n]);
                        }
}

TEST(text_and_characters)
{
    static const char *formats[] = {"%s",      "%10s",  "%-10s|",
                                    "%.2s",    "%.0s",  "%5.1s",
                                    "%-5.3s|", "%.20s", "[%s]"};
    static const char *texts[] = {"", "a", "abc", "a longer piece of text"};

    for (size_t f = 0; f < ARRAY_SIZE(formats); f++)
        for (size_t t = 0; t < ARRAY_SIZE(texts); t++)
            AGREE(formats[f], texts[t]);
    AGREE("%c%c%c|%3c|%-3c|", 'a', '\n', 0x41, 'x', 'y');
    AGREE("100%%, %d%%", 5);
    AGREE("%p %20p", (void *)0x1234abcd, (void *)UINTPTR_MAX);

    /* Precision bounds how far a text that has no end is read. */
    char *bytes = malloc(3);
    memcpy(bytes, "xyz", 3);
    AGREE("%.3s", bytes);
    AGREE("%.*s", 2, bytes);
    free(bytes);
}

TEST(stars)
{
    AGREE("%*d|%*d|%-*d|", 6, 1, -6, 2, 6, 3);
    AGREE("%.*d|%.*d|%0*d|%*.*d", 3, 5, -1, 5, 4, 7, 8, 4, -9);
    AGREE("%*s|%-*.*s|", 5, "ab", 6, 1, "xy");
}

TEST(many_arguments)
{
    AGREE("%d %s %lx %c %u %hhd %s %lld %zu %d %d %d", 1, "two", 3L, '4', 5u, 6,
          "seven", 8LL, (size_t)9, 10, 11, 12);
}

TEST(small_rooms)
{
    char room[12];

    for (size_t size = 1; size <= 10; size++) {
        memset(room, '#', sizeof(room));
        CHECK_EQUAL(string_format(room, size, "%s-%d", "wxyz", 123), 8);
        CHECK_EQUAL(strlen(room), size - 1 < 8 ? size - 1 : 8);
        CHECK(!strncmp(room, "wxyz-123", size - 1));
        for (size_t i = size; i < sizeof(room); i++)
            CHECK_EQUAL(room[i], '#');
    }
    CHECK_EQUAL(string_format(NULL, 0, "%d", 12345), 5);
}

TEST(what_it_does_not_know_stands_as_it_is)
{
    char room[40];

    string_format(room, sizeof(room), "%q|%5y|%");
    CHECK_STRING(room, "%q|%5y|%");
    string_format(room, sizeof(room), "%-0");
    CHECK_STRING(room, "%-0");
    string_format(room, sizeof(room), "%s", NULL);
    CHECK_STRING(room, "(null)");
    string_format(room, sizeof(room), "%p", NULL);
    CHECK_STRING(room, "0x0");
}

TEST(absurd_widths_are_cut)
{
    char room[8];

    CHECK_EQUAL(string_format(room, sizeof(room), "%99999999999d", 1), 1 << 20);
    CHECK_EQUAL(string_format(room, sizeof(room), "%.99999999999d", 1),
                1 << 20);
    CHECK_EQUAL(string_format(room, sizeof(room), "%*d", INT_MIN, 1), 1 << 20);
    CHECK_EQUAL(string_format(room, sizeof(room), "%.*d", INT_MAX, -1),
                (1 << 20) + 1);
    CHECK_EQUAL(string_format(room, sizeof(room), "%.*d", INT_MIN, 1), 1);
}
