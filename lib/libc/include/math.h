/* SPDX-License-Identifier: BSD-2-Clause */
/* math.h: newlib's, with the functions of lib/libc/math_long.c. */
#ifndef CORACLE_MATH_H
#define CORACLE_MATH_H

#include_next <math.h>

_BEGIN_STD_C
#if __ISO_C_VISIBLE >= 1999
long double ceill(long double);
long double copysignl(long double, long double);
long double fabsl(long double);
long double fdiml(long double, long double);
long double floorl(long double);
long double fmaxl(long double, long double);
long double fminl(long double, long double);
long double fmodl(long double, long double);
long double frexpl(long double, int *);
int ilogbl(long double);
long double ldexpl(long double, int);
long long llrintl(long double);
long long llroundl(long double);
long double logbl(long double);
long lrintl(long double);
long lroundl(long double);
long double modfl(long double, long double *);
long double nearbyintl(long double);
long double remainderl(long double, long double);
long double rintl(long double);
long double roundl(long double);
long double scalblnl(long double, long);
long double scalbnl(long double, int);
long double truncl(long double);
#endif
_END_STD_C

#endif
