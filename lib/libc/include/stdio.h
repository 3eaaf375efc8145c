/* SPDX-License-Identifier: BSD-2-Clause */
/* stdio.h: newlib's, with the calls that it does not declare. */
#ifndef CORACLE_STDIO_H
#define CORACLE_STDIO_H

#include_next <stdio.h>

_BEGIN_STD_C
#if __POSIX_VISIBLE >= 200809
ssize_t getline(char **__restrict, size_t *__restrict, FILE *__restrict);
ssize_t getdelim(char **__restrict, size_t *__restrict, int, FILE *__restrict);
#endif
#if __POSIX_VISIBLE >= 199506
FILE *popen(const char *, const char *);
int pclose(FILE *);
#endif
_END_STD_C

#endif
