/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * math_long.c: the part of <math.h> for long double whose results are exact.
 *
 * newlib has hardly any function for long double where that is more than a
 * double, and here it is: 64 bits of mantissa, the format of the x87 unit. So
 * these use its instructions. They are the functions without a rounding error
 * to be discussed: rounding to integers, remainders, scaling, taking apart, and
 * comparing. A program that asks for another one (expl(), sinl()) does not
 * link, which is better than a result of a double's precision.
 *
 * frndint rounds as the control word says, so the direction is put there and
 * the old one back. The word is part of a thread's state.
 *
 * Concurrency: no state.
 */
#include <math.h>

#include <limits.h>
#include <stdint.h>

/* The field of the control word that says in which direction to round. */
#define ROUNDING 0x0c00
#define DOWN     0x0400
#define UP       0x0800
#define TO_ZERO  0x0c00

/* The exponent of 1.0, and the sign, in the upper 16 bits of the format. */
#define BIAS 16383
#define SIGN 0x8000

union parts {
    long double value;
    struct {
        uint64_t mantissa;
        uint16_t exponent; /* with the sign */
    };
};

/* ---- Signs and comparisons ------------------------------------------------
 */

long double fabsl(long double x)
{
    return __builtin_fabsl(x);
}

long double copysignl(long double x, long double sign)
{
    union parts to = {.value = x};
    union parts from = {.value = sign};

    to.exponent = (to.exponent & ~SIGN) | (from.exponent & SIGN);
    return to.value;
}

/* Of a number and a NaN: the number. */

long double fmaxl(long double x, long double y)
{
    return y != y || x > y ? x : y;
}

long double fminl(long double x, long double y)
{
    return y != y || x < y ? x : y;
}

long double fdiml(long double x, long double y)
{
    return x <= y ? 0 : x - y;
}

/* ---- To integers ----------------------------------------------------------
 */

static long double round_to(long double x, uint16_t direction)
{
    uint16_t word;
    uint16_t changed;

    __asm__ volatile("fnstcw %0" : "=m"(word));
    changed = (word & ~ROUNDING) | direction;
    __asm__ volatile("fldcw %2\n\t"
                     "frndint\n\t"
                     "fldcw %1"
                     : "+t"(x)
                     : "m"(word), "m"(changed));
    return x;
}

long double floorl(long double x)
{
    return round_to(x, DOWN);
}

long double ceill(long double x)
{
    return round_to(x, UP);
}

long double truncl(long double x)
{
    return round_to(x, TO_ZERO);
}

/* Half away from zero: the difference is exact, so the comparison is. */
long double roundl(long double x)
{
    long double whole = truncl(x);

    if (fabsl(x - whole) >= 0.5L)
        whole += copysignl(1, x);
    return whole;
}

long double rintl(long double x)
{
    __asm__ volatile("frndint" : "+t"(x));
    return x;
}

/* The flag "inexact", in which the two differ, is looked at by nobody. */
long double nearbyintl(long double x)
{
    return rintl(x);
}

/* What does not fit gives the least number, as fistp says; so does a NaN. */
static long long to_integer(long double whole)
{
    return whole >= -0x1p63L && whole < 0x1p63L ? (long long)whole : LLONG_MIN;
}

long long llrintl(long double x)
{
    return to_integer(rintl(x));
}

long lrintl(long double x)
{
    return to_integer(rintl(x));
}

long long llroundl(long double x)
{
    return to_integer(roundl(x));
}

long lroundl(long double x)
{
    return to_integer(roundl(x));
}

/* ---- Remainders -----------------------------------------------------------
 */

/* fprem takes 63 bits of the quotient at a time and says in a flag whether it
 * is done. */
long double fmodl(long double x, long double y)
{
    __asm__ volatile("1: fprem\n\t"
                     "fnstsw %%ax\n\t"
                     "testb $4, %%ah\n\t"
                     "jnz 1b"
                     : "+t"(x)
                     : "u"(y)
                     : "ax", "cc");
    return x;
}

long double remainderl(long double x, long double y)
{
    __asm__ volatile("1: fprem1\n\t"
                     "fnstsw %%ax\n\t"
                     "testb $4, %%ah\n\t"
                     "jnz 1b"
                     : "+t"(x)
                     : "u"(y)
                     : "ax", "cc");
    return x;
}

/* ---- Scaling and taking apart ---------------------------------------------
 */

long double scalbnl(long double x, int power)
{
    __asm__ volatile("fscale" : "+t"(x) : "u"((long double)power));
    return x;
}

long double scalblnl(long double x, long power)
{
    /* Beyond this all is infinite or zero anyway. */
    long most = 65536;

    return scalbnl(x, (int)(power > most    ? most
                            : power < -most ? -most
                                            : power));
}

long double ldexpl(long double x, int power)
{
    return scalbnl(x, power);
}

static int is_number(long double x)
{
    return x - x == 0;
}

int ilogbl(long double x)
{
    union parts parts = {.value = x};

    if (x == 0)
        return FP_ILOGB0;
    if (!is_number(x))
        return x == x ? INT_MAX : FP_ILOGBNAN;
    /* Subnormal numbers have no leading one: count where theirs is. */
    if (!(parts.exponent & ~SIGN))
        return 1 - BIAS - __builtin_clzll(parts.mantissa);
    return (parts.exponent & ~SIGN) - BIAS;
}

long double logbl(long double x)
{
    if (x == 0)
        return -HUGE_VALL;
    if (!is_number(x))
        return x * x;
    return ilogbl(x);
}

long double frexpl(long double x, int *power)
{
    *power = 0;
    if (x == 0 || !is_number(x))
        return x;
    *power = ilogbl(x) + 1;
    return scalbnl(x, -*power);
}

long double modfl(long double x, long double *whole)
{
    *whole = truncl(x);
    return copysignl(x == *whole ? 0 : x - *whole, x);
}
