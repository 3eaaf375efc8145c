/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * real.c: real numbers as text and back.
 *
 * A double is a whole number times a power of two. Between it and its decimal
 * text stands a long decimal number, held exactly, in limbs of nine digits. To
 * multiply that by two as often as an exponent says, or to halve it, is all the
 * arithmetic there is; then it is rounded once, to the digits that are wanted
 * or to the 53 bits that a double has. What C libraries do besides is for
 * speed.
 *
 * A double has up to 309 digits before its point and 1,074 behind it, of which
 * 767 are significant. Text may have more: behind the 800th it only matters
 * whether there is another than 0.
 */
#include "lib/click/real.h"
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define LIMB         1000000000u /* 2^9 divides it */
#define LIMB_DIGITS  9
#define WHOLE        40  /* limbs before the point */
#define LIMBS        210 /* altogether */
#define DIGITS       800
#define MANTISSA     52      /* bits, without the first */
#define LEAST        (-1074) /* 2^LEAST is the smallest double */
#define EXPONENT_MAX 5000    /* of a text; more makes no difference */

/* limb[WHOLE] is the first behind the point. All from `end` on are 0, as are
 * those before `first`. */
struct decimal {
    uint32_t limb[LIMBS];
    unsigned int first, end;
};

/* By 2^bits, 29 at most. */
static void multiply(struct decimal *number, unsigned int bits)
{
    uint64_t carry = 0;

    for (unsigned int i = number->end; i-- > number->first;) {
        carry += (uint64_t)number->limb[i] << bits;
        number->limb[i] = (uint32_t)(carry % LIMB);
        carry /= LIMB;
    }
    if (carry > 0)
        number->limb[--number->first] = (uint32_t)carry;
}

/* By 2^bits, 9 at most: one limb more holds all that remains. */
static void divide(struct decimal *number, unsigned int bits)
{
    uint32_t rest = 0;

    for (unsigned int i = number->first; i < number->end; i++) {
        uint64_t value = (uint64_t)rest * LIMB + number->limb[i];

        number->limb[i] = (uint32_t)(value >> bits);
        rest = (uint32_t)value & ((1u << bits) - 1);
    }
    if (rest > 0)
        number->limb[number->end++] = rest * (LIMB >> bits);
    while (number->first < number->end && !number->limb[number->first])
        number->first++;
}

/* ---- To text --------------------------------------------------------------
 */

/* The decimal digits of a number, as characters: 0.ddd times 10^point. */
struct digits {
    char digit[DIGITS];
    int count, point;
};

static void decimal_of(struct decimal *number, uint64_t bits)
{
    uint64_t mantissa = bits & ((1ull << MANTISSA) - 1);
    int exponent = (int)(bits >> MANTISSA & 0x7ff);

    if (exponent)
        mantissa |= 1ull << MANTISSA;
    else
        exponent = 1;
    exponent += LEAST - 1;
    memset(number, 0, sizeof(*number));
    number->end = WHOLE;
    number->limb[WHOLE - 1] = (uint32_t)(mantissa % LIMB);
    number->limb[WHOLE - 2] = (uint32_t)(mantissa / LIMB);
    number->first = WHOLE - 2;
    for (; exponent > 0; exponent -= exponent < 29 ? exponent : 29)
        multiply(number, exponent < 29 ? (unsigned int)exponent : 29);
    for (; exponent<0; exponent += exponent> - 9 ? -exponent : 9)
        divide(number, exponent > -9 ? (unsigned int)-exponent : 9);
}

static void digits_of(struct digits *digits, double value)
{
    struct decimal number;
    uint64_t bits;
    char *at = digits->digit;

    memcpy(&bits, &value, sizeof(bits));
    decimal_of(&number, bits);
    digits->point = ((int)WHOLE - (int)number.first) * LIMB_DIGITS;
    for (unsigned int i = number.first; i < number.end; i++)
        for (uint32_t limb = number.limb[i], unit = LIMB / 10; unit > 0;
             limb %= unit, unit /= 10) {
            if (at == digits->digit && limb < unit)
                digits->point--; /* a zero in front */
            else
                *at++ = (char)('0' + limb / unit);
        }
    while (at > digits->digit && at[-1] == '0')
        at--;
    digits->count = (int)(at - digits->digit);
    if (digits->count == 0)
        digits->point = 1; /* 0 is written 0e+00 */
}

/* To `count` digits, half to even; zeros at the end go. */
static void digits_round(struct digits *digits, int count)
{
    char *digit = digits->digit;
    bool up;

    if (count >= digits->count)
        return;
    up = count >= 0 && digit[count] >= '5';
    if (up && digit[count] == '5' && digits->count == count + 1)
        up = count > 0 && digit[count - 1] % 2;
    while (up && count > 0 && digit[count - 1] == '9')
        count--;
    if (up && count > 0) {
        digit[count - 1]++;
    } else if (up) {
        digit[0] = '1';
        digits->point++;
        count = 1;
    }
    while (count > 0 && digit[count - 1] == '0')
        count--;
    digits->count = count > 0 ? count : 0;
}

/* Digits from the one worth 10^(point - 1 - from) on, zeros where there are
 * none. */
static void put_digits(struct text *text, const struct digits *digits, int from,
                       int count)
{
    for (; count > 0; count--, from++)
        text_add(text,
                 from >= 0 && from < digits->count ? &digits->digit[from] : "0",
                 1);
}

static void put_fixed(struct text *text, const struct digits *digits,
                      int behind, bool point)
{
    int whole = digits->point;

    if (whole > 0)
        put_digits(text, digits, 0, whole);
    else
        text_puts(text, "0");
    if (behind > 0 || point)
        text_puts(text, ".");
    put_digits(text, digits, whole, behind);
}

static void put_exponential(struct text *text, const struct digits *digits,
                            int behind, bool point, bool capitals)
{
    int exponent = digits->point - 1;

    put_digits(text, digits, 0, 1);
    if (behind > 0 || point)
        text_puts(text, ".");
    put_digits(text, digits, 1, behind);
    text_printf(text, "%c%c%02d", capitals ? 'E' : 'e',
                exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
}

static void put_general(struct text *text, struct digits *digits, int count,
                        bool point, bool capitals)
{
    digits_round(digits, count);
    bool fixed = digits->point > -4 && digits->point <= count;

    if (!point && digits->count < count) /* no zeros at the end */
        count = digits->count;
    if (fixed)
        put_fixed(text, digits,
                  count > digits->point ? count - digits->point : 0, point);
    else
        put_exponential(text, digits, count - 1, point, capitals);
}

void text_real(struct text *text, double value, char letter, unsigned int count,
               bool point)
{
    bool capitals = isupper((unsigned char)letter);
    struct digits digits;

    if (__builtin_signbit(value))
        text_puts(text, "-");
    value = __builtin_fabs(value);
    if (!__builtin_isfinite(value)) {
        text_puts(text, __builtin_isnan(value) ? capitals ? "NAN" : "nan"
                        : capitals             ? "INF"
                                               : "inf");
        return;
    }
    digits_of(&digits, value);
    switch (letter) {
    case 'f':
    case 'F':
        digits_round(&digits, digits.point + (int)count);
        put_fixed(text, &digits, (int)count, point);
        return;
    case 'e':
    case 'E':
        digits_round(&digits, (int)count + 1);
        put_exponential(text, &digits, (int)count, point, capitals);
        return;
    default:
        put_general(text, &digits, count ? (int)count : 1, point, capitals);
    }
}

/* ---- From text ------------------------------------------------------------
 */

/* "2.5e-3": its digits, as above; where they end, or NULL. */
static const char *digits_read(const char *at, struct digits *digits)
{
    bool point = false, any = false;

    digits->count = digits->point = 0;
    for (; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        any = true;
        if (digits->count > 0 || *at != '0') {
            if (digits->count < DIGITS)
                digits->digit[digits->count++] = *at;
            else if (*at != '0')
                digits->digit[DIGITS - 1] |= 1; /* no longer half of a unit */
            digits->point += !point;
        } else if (point) {
            digits->point--;
        }
    }
    return any ? at : NULL;
}

static const char *read_exponent(const char *at, int *exponent)
{
    bool negative;
    int value = 0;

    if (*at != 'e' && *at != 'E')
        return at;
    negative = *++at == '-';
    at += negative || *at == '+';
    if (!isdigit((unsigned char)*at))
        return NULL;
    for (; isdigit((unsigned char)*at); at++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (*at - '0');
    *exponent = negative ? -value : value;
    return at;
}

/* Of a number from 10^-324 to 10^309. */
static void decimal_from(struct decimal *number, const struct digits *digits)
{
    static const uint32_t units[LIMB_DIGITS] = {
        100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    int place = WHOLE * LIMB_DIGITS - digits->point;

    memset(number, 0, sizeof(*number));
    number->first = (unsigned int)place / LIMB_DIGITS;
    for (int i = 0; i < digits->count; i++, place++)
        number->limb[place / LIMB_DIGITS] +=
            (uint32_t)(digits->digit[i] - '0') * units[place % LIMB_DIGITS];
    number->end = ((unsigned int)place + LIMB_DIGITS - 1) / LIMB_DIGITS;
    if (number->end < WHOLE)
        number->end = WHOLE;
}

/* The whole part, if it has two limbs at most. */
static uint64_t whole_part(const struct decimal *number)
{
    return (uint64_t)number->limb[WHOLE - 2] * LIMB + number->limb[WHOLE - 1];
}

/* Round the whole part by what is behind it, half to even. */
static uint64_t rounded(const struct decimal *number)
{
    uint64_t whole = whole_part(number);
    uint32_t behind = number->limb[WHOLE];
    bool more = false;

    for (unsigned int i = WHOLE + 1; i < number->end; i++)
        more |= number->limb[i] > 0;
    return whole +
           (behind > LIMB / 2 || (behind == LIMB / 2 && (more || whole % 2)));
}

/* As a whole number of 53 bits times a power of two. */
static double double_from(struct decimal *number)
{
    int exponent = 0;
    uint64_t bits;
    double value;

    for (; number->first < WHOLE - 2; exponent += 9)
        divide(number, 9);
    for (; whole_part(number) >> (MANTISSA + 1); exponent++)
        divide(number, 1);
    while (!(whole_part(number) >> MANTISSA) && exponent > LEAST) {
        unsigned int step =
            whole_part(number) || exponent < LEAST + 29 ? 1 : 29;

        multiply(number, step);
        exponent -= (int)step;
    }
    bits = rounded(number);
    /* The first of 53 bits adds one to the exponent; so does a carry. */
    if (bits >> MANTISSA)
        bits += (uint64_t)(exponent - LEAST) << MANTISSA;
    if (bits >= 0x7ffull << MANTISSA)
        bits = 0x7ffull << MANTISSA;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

int real_parse(const char *word, double *to)
{
    bool negative = *word == '-';
    struct digits digits;
    struct decimal number;
    double value = 0;
    int exponent = 0;

    word = digits_read(word + (negative || *word == '+'), &digits);
    if (word)
        word = read_exponent(word, &exponent);
    if (!word || *word)
        return -EINVAL;
    digits.point += exponent;
    if (digits.count > 0 && digits.point > 309) {
        value = __builtin_inf();
    } else if (digits.count > 0 && digits.point >= -323) {
        decimal_from(&number, &digits);
        value = double_from(&number);
    }
    *to = negative ? -value : value;
    return 0;
}
