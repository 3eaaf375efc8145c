/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * real.h: real numbers as text and back, exactly as the C library's printf()
 * and strtod() do it. Those bring 40 KB into a guest; this is 2.
 */
#ifndef CORACLE_CLICK_REAL_H
#define CORACLE_CLICK_REAL_H

#include "lib/click/text.h"

/* Add `value` as printf() does for %e, %f or %g (`letter`, capitals too) with a
 * precision of `digits`; `point`: the flag #. */
void text_real(struct text *text, double value, char letter,
               unsigned int digits, bool point);

/* The number that `word` is, "1", "-.5", "2.5e-3", rounded to the nearest (to
 * infinity, if it is too large): 0; else -EINVAL. */
int real_parse(const char *word, double *to);

#endif
