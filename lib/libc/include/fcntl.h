/* SPDX-License-Identifier: BSD-2-Clause */
/* fcntl.h: newlib's, with what it does not declare. */
#ifndef CORACLE_FCNTL_H
#define CORACLE_FCNTL_H

#include_next <fcntl.h>

/* What is safe is safe as a whole. */
#define O_DSYNC O_SYNC
#define O_RSYNC O_SYNC

/* Locks of an open file rather than of a process. */
#define F_OFD_GETLK  36
#define F_OFD_SETLK  37
#define F_OFD_SETLKW 38

#define POSIX_FADV_NORMAL     0
#define POSIX_FADV_RANDOM     1
#define POSIX_FADV_SEQUENTIAL 2
#define POSIX_FADV_WILLNEED   3
#define POSIX_FADV_DONTNEED   4
#define POSIX_FADV_NOREUSE    5

_BEGIN_STD_C
int posix_fadvise(int, off_t, off_t, int);
int posix_fallocate(int, off_t, off_t);
_END_STD_C

#endif
