/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/stat.h: newlib's, with the calls that it does not declare. */
#ifndef CORACLE_SYS_STAT_H
#define CORACLE_SYS_STAT_H

#include_next <sys/stat.h>

/* Of utimensat() and futimens(): the time that it is, and no change. */
#define UTIME_NOW  (-2L)
#define UTIME_OMIT (-1L)

_BEGIN_STD_C
int lstat(const char *__restrict, struct stat *__restrict);
int mknod(const char *, mode_t, dev_t);
_END_STD_C

#endif
