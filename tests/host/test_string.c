/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_string.c: the kernel's memory and string functions against the host's.
 *
 * The kernel's have other names here (rename.h); `memcpy` and so on are the
 * host's. Blocks are exactly as large as allowed, so that the address
 * sanitizer sees a byte too many.
 */
#include "test.h"
#include "lib/string.h"

#undef strchr
#undef strcspn
#undef strrchr

void *kernel_memcpy(void *to, const void *from, size_t size);
void *kernel_memmove(void *to, const void *from, size_t size);
void *kernel_memset(void *to, int byte, size_t size);
int kernel_memcmp(const void *a, const void *b, size_t size);
void *kernel_memchr(const void *where, int byte, size_t size);
size_t kernel_strlen(const char *string);
size_t kernel_strnlen(const char *string, size_t max);
int kernel_strcmp(const char *a, const char *b);
int kernel_strncmp(const char *a, const char *b, size_t max);
char *kernel_strchr(const char *string, int character);
size_t kernel_strcspn(const char *string, const char *stop);
char *kernel_strrchr(const char *string, int character);

#define SPACE 200

static void fill(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)test_random();
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

TEST(memcpy_copies_all_and_no_more)
{
    unsigned char from[SPACE], to[SPACE], wanted[SPACE];

    for (size_t size = 0; size <= 100; size++) {
        for (size_t shift = 0; shift < 32; shift++) {
            fill(from, SPACE);
            fill(to, SPACE);
            memcpy(wanted, to, SPACE);
            memcpy(wanted + 40 + shift % 8, from + 20 + shift / 4, size);
            CHECK(kernel_memcpy(to + 40 + shift % 8, from + 20 + shift / 4,
                                size) == to + 40 + shift % 8);
            CHECK(!memcmp(to, wanted, SPACE));
        }
    }
}

TEST(memmove_bears_every_overlap)
{
    unsigned char ours[SPACE], host[SPACE];

    for (size_t size = 0; size <= 70; size++) {
        for (size_t from = 0; from <= 80; from += 3) {
            for (size_t to = 0; to <= 80; to++) {
                fill(ours, SPACE);
                memcpy(host, ours, SPACE);
                memmove(host + to, host + from, size);
                CHECK(kernel_memmove(ours + to, ours + from, size) ==
                      ours + to);
                CHECK(!memcmp(ours, host, SPACE));
            }
        }
    }
}

TEST(memset_fills_all_and_no_more)
{
    unsigned char ours[SPACE], host[SPACE];

    for (size_t size = 0; size <= 100; size++) {
        for (size_t shift = 0; shift < 16; shift++) {
            fill(ours, SPACE);
            memcpy(host, ours, SPACE);
            memset(host + 20 + shift, (int)(size * 5 - 256), size);
            CHECK(kernel_memset(ours + 20 + shift, (int)(size * 5 - 256),
                                size) == ours + 20 + shift);
            CHECK(!memcmp(ours, host, SPACE));
        }
    }
}

TEST(large_blocks)
{
    size_t size = (1 << 20) + 5;
    unsigned char *a = malloc(size), *b = malloc(size);

    fill(a, size);
    kernel_memcpy(b, a, size);
    CHECK(!memcmp(a, b, size));
    CHECK(!kernel_memcmp(a, b, size));
    b[size - 1] ^= 1;
    CHECK(kernel_memcmp(a, b, size));
    kernel_memset(a, 0x7e, size);
    for (size_t i = 0; i < size; i++)
        CHECK_EQUAL(a[i], 0x7e);
    free(a);
    free(b);
}

TEST(comparing)
{
    char a[40], b[40];

    for (int round = 0; round < 20000; round++) {
        size_t size = test_below(40);

        for (size_t i = 0; i < 40; i++) {
            a[i] = (char)(test_below(3) * 100);
            b[i] = test_below(8) ? a[i] : (char)(test_below(3) * 100);
        }
        a[39] = b[39] = '\0';
        CHECK_EQUAL(sign(kernel_memcmp(a, b, size)), sign(memcmp(a, b, size)));
        CHECK_EQUAL(sign(kernel_strcmp(a, b)), sign(strcmp(a, b)));
        CHECK_EQUAL(sign(kernel_strncmp(a, b, size)),
                    sign(strncmp(a, b, size)));
    }
}

TEST(searching)
{
    for (int round = 0; round < 20000; round++) {
        size_t length = test_below(20);
        char *text = malloc(length + 1);

        for (size_t i = 0; i < length; i++)
            text[i] = (char)('a' + test_below(4));
        text[length] = '\0';
        int c = test_below(6) ? 'a' + (int)test_below(5) : '\0';
        size_t max = test_below(25);

        CHECK_EQUAL(kernel_strlen(text), length);
        CHECK_EQUAL(kernel_strnlen(text, max), max < length ? max : length);
        CHECK(kernel_strchr(text, c) == strchr(text, c));
        CHECK(kernel_strrchr(text, c) == strrchr(text, c));
        CHECK(kernel_memchr(text, c, length) == memchr(text, c, length));

        char stop[] = {(char)c, (char)('a' + test_below(9)),
                       (char)('a' + test_below(9)), '\0'};
        stop[test_below(4)] = '\0';
        CHECK_EQUAL(kernel_strcspn(text, stop), strcspn(text, stop));
        free(text);
    }
    /* Only the low byte counts, also when it is negative. */
    CHECK(kernel_memchr("x\xff", 0xff, 2));
    CHECK(kernel_memchr("x\xff", -1, 2));
    CHECK(kernel_strchr("x\xff", 0x1ff));
    CHECK_EQUAL(kernel_strcspn("\x7f@\xbf\xff.", "\xff"), 3);
    CHECK_EQUAL(kernel_strcspn("\x7f@\xbf\xff.", "xy\xff"), 3);
    /* strnlen does not look behind the end. */
    char *bytes = malloc(4);
    memset(bytes, 'x', 4);
    CHECK_EQUAL(kernel_strnlen(bytes, 4), 4);
    free(bytes);
}

TEST(string_copy_always_ends)
{
    char room[6];

    for (size_t size = 1; size <= 5; size++) {
        memset(room, '#', sizeof(room));
        CHECK_EQUAL(string_copy(room, "abc", size), size >= 4);
        CHECK_EQUAL(strlen(room), size < 4 ? size - 1 : 3);
        CHECK(!strncmp(room, "abc", size - 1));
        CHECK_EQUAL(room[size], '#');
    }
    CHECK(string_copy(room, "", 1));
    CHECK_STRING(room, "");
}

TEST(numbers_are_the_whole_text)
{
    static const char *bad[] = {"",
                                " ",
                                "-1",
                                "+1",
                                "1 ",
                                " 1",
                                "0x10",
                                "1a",
                                "18446744073709551616",
                                "99999999999999999999",
                                "1\n"};
    uint64_t number = 77;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        CHECK(!string_to_number(bad[i], &number));
        CHECK_EQUAL(number, 77);
    }
    CHECK(string_to_number("0", &number) && number == 0);
    CHECK(string_to_number("0042", &number) && number == 42);
    CHECK(string_to_number("18446744073709551615", &number));
    CHECK(number == UINT64_MAX);
}
