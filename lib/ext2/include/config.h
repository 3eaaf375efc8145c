/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h: what libext2fs' configure script would have found out.
 *
 * Its sources are compiled as they are, for our guests and for the host tests
 * alike. They get the C library's plain headers and nothing of Linux; error
 * lines are ours to print (OMIT_COM_ERR).
 */
#define HAVE_UNISTD_H    1
#define HAVE_ERRNO_H     1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_STAT_H  1
#define HAVE_SYS_TIME_H  1
#define SIZEOF_INT       4
#define SIZEOF_LONG      8
#define OMIT_COM_ERR     1
