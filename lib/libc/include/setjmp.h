/* SPDX-License-Identifier: BSD-2-Clause */
/* setjmp.h: newlib's, with the calls that it does not declare. */
#ifndef CORACLE_SETJMP_H
#define CORACLE_SETJMP_H

#include_next <setjmp.h>

_BEGIN_STD_C
void _longjmp(jmp_buf, int) __attribute__((noreturn));
int _setjmp(jmp_buf);
_END_STD_C

#endif
