/* SPDX-License-Identifier: BSD-2-Clause */
/* limits.h: newlib's, with the limits of lib/libc. */
#ifndef CORACLE_LIMITS_H
#define CORACLE_LIMITS_H

#include_next <limits.h>
#include <sys/syslimits.h>

#define PTHREAD_STACK_MIN             16384
#define PTHREAD_KEYS_MAX              128
#define PTHREAD_THREADS_MAX           4096
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#define SEM_VALUE_MAX                 0x7fffffff
#define HOST_NAME_MAX                 64
#define LOGIN_NAME_MAX                32
#define TTY_NAME_MAX                  32
#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX
#endif
#define _POSIX_PATH_MAX      256
#define _POSIX_NAME_MAX      14
#define _POSIX_PIPE_BUF      512
#define _POSIX_HOST_NAME_MAX 255
#define NZERO                20

#endif
