/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_click_real.c: text_real() and real_parse() against the host's printf()
 * and strtod(), bit by bit: doubles of any bits, such as people write, and
 * texts that lie just at the middle of two.
 */
#include <math.h>
#include "test.h"
#include "lib/click/real.c"
#include "lib/click/text.c"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

#define RANDOM_NUMBERS 30000

static uint64_t state = 88172645463325252ull;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static double from_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint64_t to_bits(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* Any; one of those with a small exponent; a decimal fraction. */
static double some_double(void)
{
    uint64_t bits = draw(UINT64_MAX);

    switch (draw(3)) {
    case 0:
        return from_bits(bits >> draw(64));
    case 1:
        return (double)(int64_t)bits / (double)(1ull << draw(63));
    default:
        return (double)(int64_t)(bits >> draw(64)) / pow(10, (double)draw(9));
    }
}

static void check_text(double value, char letter, unsigned int digits,
                       bool point)
{
    struct text ours = {0};
    char format[] = {'%', '.', '*', letter, '\0', '\0'};
    char host[2000];

    if (point)
        memcpy(format, (char[]){'%', '#', '.', '*', letter}, 5);
    snprintf(host, sizeof(host), format, (int)digits, value);
    text_real(&ours, value, letter, digits, point);
    CHECK_STRING(text_string(&ours), host);
    text_free(&ours);
}

TEST(printed_like_the_host)
{
    static const double values[] = {
        0,
        -0.0,
        1,
        -1,
        0.5,
        1.5,
        2.5,
        9.5,
        9.995,
        99.99,
        999999,
        1000000,
        999999.5,
        0.0001,
        0.00001,
        1e15,
        1e16,
        1e22,
        1e23,
        5e-324,
        2.2250738585072014e-308,
        1.7976931348623157e308,
        INFINITY,
        -INFINITY,
        NAN,
        0.1,
        0.15,
        123456789.125,
    };

    for (size_t i = 0; i < ARRAY_SIZE(values); i++)
        for (const char *letter = "eEfFgG"; *letter; letter++)
            for (unsigned int digits = 0; digits < 30; digits++) {
                check_text(values[i], *letter, digits, false);
                /* The host's %#.2g of 99.99 lacks its 0. */
                check_text(values[i], *letter, digits, !strchr("gG", *letter));
            }
}

static void check_general(double value, unsigned int digits, const char *wanted)
{
    struct text ours = {0};

    text_real(&ours, value, 'g', digits, true);
    CHECK_STRING(text_string(&ours), wanted);
    text_free(&ours);
}

TEST(zeros_stay_if_a_point_is_wanted)
{
    check_general(99.99, 2, "1.0e+02");
    check_general(99.99, 3, "100.");
    check_general(0, 4, "0.000");
    check_general(1.5, 6, "1.50000");
    check_general(1e-7, 3, "1.00e-07");
}

TEST(any_double_printed_like_the_host)
{
    for (unsigned int i = 0; i < RANDOM_NUMBERS; i++)
        check_text(some_double(), "eEfFgG"[draw(6)],
                   (unsigned int)draw(draw(8) ? 20 : 1100), draw(2));
}

static void check_parsed(const char *word)
{
    double ours = -7, host = strtod(word, NULL);

    CHECK_EQUAL(real_parse(word, &ours), 0);
    if (to_bits(ours) != to_bits(host))
        test_fail(__FILE__, __LINE__, "%.80s: %a, not %a", word, ours, host);
}

TEST(parsed_like_the_host)
{
    static const char *const words[] = {
        "0",
        "-0",
        "+1",
        ".5",
        "5.",
        "00.50",
        "1e5",
        "1E+5",
        "1e-5",
        "-2.5e3",
        "9007199254740993",
        "9007199254740992.9",
        "9007199254740993.000001",
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "-1e400",
        "1e99999999999",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.47e-324",
        "1e-400",
        "1e-99999999999",
        "0e99999999999",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "0.000000000000000000000000000000000000000000000000000000001e57",
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        check_parsed(words[i]);
}

TEST(no_numbers)
{
    static const char *const words[] = {
        "",   "-",  ".",   "e5",  "1e",   "1e+",  "--1", "+-1",  "1.2.3",
        "1 ", " 1", "0x1", "inf", "1e5x", "1e5.", "nan", "-.e1",
    };
    double value;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        CHECK_EQUAL(real_parse(words[i], &value), -EINVAL);
}

TEST(any_text_parsed_like_the_host)
{
    char word[2000];

    for (unsigned int i = 0; i < RANDOM_NUMBERS; i++) {
        double value = some_double();

        if (isfinite(value)) {
            snprintf(word, sizeof(word), "%.*e", (int)draw(25), value);
            check_parsed(word);
        }
    }
}

/* Exactly between two doubles, a little less and a little more. */
TEST(middles_parsed_like_the_host)
{
    char word[2000];

    for (unsigned int i = 0; i < RANDOM_NUMBERS; i++) {
        double value = fabs(some_double()), next = nextafter(value, INFINITY);
        char *last;

        if (!isfinite(next))
            continue;
        snprintf(word, sizeof(word), "%.1100Le",
                 ((long double)value + (long double)next) / 2);
        check_parsed(word);
        last = strchr(word, 'e') - 1;
        *last = '1';
        check_parsed(word);
        while (*--last == '0')
            ;
        --*last;
        check_parsed(word);
    }
}

TEST(long_texts_parsed_like_the_host)
{
    char word[2000];

    for (unsigned int i = 0; i < RANDOM_NUMBERS; i++) {
        size_t length = 2 + draw(900), whole = draw(length);

        for (size_t at = 0; at < length; at++)
            word[at] = draw(3) ? (char)('0' + draw(10)) : '0';
        word[whole] = '.';
        snprintf(word + length, sizeof(word) - length, "e%d",
                 (int)draw(700) - 350 - (draw(2) ? (int)whole : 0));
        check_parsed(word);
    }
}
