/* SPDX-License-Identifier: BSD-2-Clause */
/* libc.h for the host: as much of lib/libc/libc.h as needs no newlib. */
#ifndef CORACLE_LIBC_H
#define CORACLE_LIBC_H

#include <errno.h>

long libc_result(long result);

#endif
