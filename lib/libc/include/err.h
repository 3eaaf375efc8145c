/* SPDX-License-Identifier: BSD-2-Clause */
/* err.h: error messages in the BSD manner (lib/libc/err.c). */
#ifndef _ERR_H
#define _ERR_H

#include <stdarg.h>
#include <sys/cdefs.h>

#define __ERR_FORMAT(format, first)                                            \
    __attribute__((__format__(__printf__, format, first)))

__BEGIN_DECLS
void warn(const char *, ...) __ERR_FORMAT(1, 2);
void warnx(const char *, ...) __ERR_FORMAT(1, 2);
void err(int, const char *, ...) __dead2 __ERR_FORMAT(2, 3);
void errx(int, const char *, ...) __dead2 __ERR_FORMAT(2, 3);
void vwarn(const char *, va_list) __ERR_FORMAT(1, 0);
void vwarnx(const char *, va_list) __ERR_FORMAT(1, 0);
void verr(int, const char *, va_list) __dead2 __ERR_FORMAT(2, 0);
void verrx(int, const char *, va_list) __dead2 __ERR_FORMAT(2, 0);
__END_DECLS

#endif
