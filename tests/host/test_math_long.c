/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_math_long.c: our functions for long double against the host's, bit by
 * bit, on numbers of all magnitudes, on those about which one errs, and on
 * random ones.
 */
#include "test.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define ceill      our_ceill
#define copysignl  our_copysignl
#define fabsl      our_fabsl
#define fdiml      our_fdiml
#define floorl     our_floorl
#define fmaxl      our_fmaxl
#define fminl      our_fminl
#define fmodl      our_fmodl
#define frexpl     our_frexpl
#define ilogbl     our_ilogbl
#define ldexpl     our_ldexpl
#define llrintl    our_llrintl
#define llroundl   our_llroundl
#define logbl      our_logbl
#define lrintl     our_lrintl
#define lroundl    our_lroundl
#define modfl      our_modfl
#define nearbyintl our_nearbyintl
#define remainderl our_remainderl
#define rintl      our_rintl
#define roundl     our_roundl
#define scalblnl   our_scalblnl
#define scalbnl    our_scalbnl
#define truncl     our_truncl
#include "lib/libc/math_long.c"
#undef ceill
#undef copysignl
#undef fabsl
#undef fdiml
#undef floorl
#undef fmaxl
#undef fminl
#undef fmodl
#undef frexpl
#undef ilogbl
#undef ldexpl
#undef llrintl
#undef llroundl
#undef logbl
#undef lrintl
#undef lroundl
#undef modfl
#undef nearbyintl
#undef remainderl
#undef rintl
#undef roundl
#undef scalblnl
#undef scalbnl
#undef truncl

static const long double special[] = {
    0.0L,
    0.1L,
    0.49999999999999999997L,
    0.5L,
    0.50000000000000000003L,
    0.99999999999999999995L,
    1.0L,
    1.5L,
    2.5L,
    3.0L,
    1e9L + 0.5L,
    0x1p31L,
    0x1p52L + 0.5L,
    0x1p53L - 0.5L,
    0x1p62L + 0.5L,
    0x1p63L - 1,
    0x1p63L - 0.5L,
    0x1p63L,
    0x1p64L,
    0x1p64L + 2,
    1e300L,
    0x1.fffffffffffffffep16383L,
    0x1p-16382L,
    0x1p-16445L,
    0x1.8p-16440L,
    1e-20L,
    INFINITY,
    NAN,
};
#define SPECIAL (int)(sizeof(special) / sizeof(special[0]))
#define NUMBERS (2 * SPECIAL + 400)

static uint64_t seed = 0x1234567;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Number `i` of those that are tried: the special ones with both signs, then
 * random ones of all magnitudes, half of them near where fractions end. */
static long double number(int i)
{
    union parts parts = {.value = 1};

    if (i < 2 * SPECIAL)
        return i % 2 == 0 ? special[i / 2] : -special[i / 2];
    parts.mantissa = next() | 1ULL << 63;
    parts.exponent = i % 2 == 0 ? next() % 0x7fff : BIAS - 2 + next() % 70;
    if (parts.exponent == 0)
        parts.exponent = 1;
    parts.exponent |= next() & SIGN;
    return parts.value;
}

/* The same bits, or both no number. */
static int same(long double a, long double b)
{
    return memcmp(&a, &b, 10) == 0 || (isnan(a) && isnan(b));
}

#define AGREE(function, ...)                                                   \
    CHECK(same(our_##function(__VA_ARGS__), function(__VA_ARGS__)))

TEST(rounding)
{
    for (int i = 0; i < NUMBERS; i++) {
        long double x = number(i);

        AGREE(ceill, x);
        AGREE(floorl, x);
        AGREE(truncl, x);
        AGREE(roundl, x);
        AGREE(rintl, x);
        AGREE(nearbyintl, x);
        AGREE(fabsl, x);
    }
}

TEST(to_integers)
{
    for (int i = 0; i < NUMBERS; i++) {
        long double x = number(i);

        if (!(x >= -0x1p63L && x < 0x1p63L - 0.5L))
            continue;
        CHECK_EQUAL(our_lrintl(x), lrintl(x));
        CHECK_EQUAL(our_llrintl(x), llrintl(x));
        CHECK_EQUAL(our_lroundl(x), lroundl(x));
        CHECK_EQUAL(our_llroundl(x), llroundl(x));
    }
}

TEST(taking_apart)
{
    for (int i = 0; i < NUMBERS; i++) {
        long double x = number(i);
        long double whole, our_whole;
        int power = 0, our_power;

        AGREE(logbl, x);
        CHECK_EQUAL(our_ilogbl(x), ilogbl(x));
        CHECK(same(our_frexpl(x, &our_power), frexpl(x, &power)));
        CHECK(!isfinite(x) || our_power == power);
        CHECK(same(our_modfl(x, &our_whole), modfl(x, &whole)));
        CHECK(same(our_whole, whole));
        for (int by = -17000; by <= 17000; by += 425) {
            AGREE(scalbnl, x, by);
            AGREE(ldexpl, x, by);
        }
        AGREE(scalblnl, x, LONG_MAX);
        AGREE(scalblnl, x, LONG_MIN);
    }
}

TEST(two_numbers)
{
    for (int i = 0; i < NUMBERS; i += 1 + (int)(next() % 3)) {
        for (int j = 0; j < NUMBERS; j += 1 + (int)(next() % 3)) {
            long double x = number(i);
            long double y = number(j);

            AGREE(fmodl, x, y);
            AGREE(remainderl, x, y);
            AGREE(copysignl, x, y);
            AGREE(fdiml, x, y);
            if (x != y) { /* of two zeros either will do */
                AGREE(fmaxl, x, y);
                AGREE(fminl, x, y);
            }
        }
    }
}
