/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/utime.h: newlib's, with the call, and the type that it forgets. */
#ifndef CORACLE_SYS_UTIME_H
#define CORACLE_SYS_UTIME_H

#include <sys/types.h>
#include_next <sys/utime.h>

_BEGIN_STD_C
int utime(const char *, const struct utimbuf *);
_END_STD_C

#endif
