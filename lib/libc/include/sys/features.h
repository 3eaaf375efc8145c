/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys/features.h: what this system offers, told to newlib's headers and to
 * programs.
 *
 * newlib's own file knows the systems it was ported to; ours it does not. All
 * of newlib's headers include this one first, so that whatever is decided here
 * holds everywhere, and a program needs no -D of its own.
 */
#ifndef CORACLE_SYS_FEATURES_H
#define CORACLE_SYS_FEATURES_H

/* errno, stdio and the rest ask __getreent() for the thread's own state ... */
#ifndef __DYNAMIC_REENT__
#define __DYNAMIC_REENT__
#endif
/* ... and read() and write() count in ssize_t, as POSIX says. */
#ifndef _READ_WRITE_RETURN_TYPE
#define _READ_WRITE_RETURN_TYPE _ssize_t
#endif

/* Error numbers beyond POSIX that programs for Linux name. */
#define __LINUX_ERRNO_EXTENSIONS__ 1

/* Descriptors in an fd_set. There can be more (lib/libc/file.h): for poll(). */
#ifndef FD_SETSIZE
#define FD_SETSIZE 1024
#endif

/* The options of POSIX that lib/libc serves; unistd.h shows them too. */
#define _POSIX_VERSION                  200809L
#define _POSIX_BARRIERS                 200809L
#define _POSIX_CLOCK_SELECTION          200809L
#define _POSIX_CPUTIME                  200809L
#define _POSIX_MONOTONIC_CLOCK          200809L
#define _POSIX_READER_WRITER_LOCKS      200809L
#define _POSIX_REGEXP                   1
#define _POSIX_SEMAPHORES               200809L
#define _POSIX_SPIN_LOCKS               200809L
#define _POSIX_THREADS                  200809L
#define _POSIX_THREAD_ATTR_STACKSIZE    200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS    200809L
#define _POSIX_THREAD_PROCESS_SHARED    200809L
#define _POSIX_TIMEOUTS                 200809L
#define _POSIX_TIMERS                   200809L
#define _POSIX_VDISABLE                 '\0'
#define _UNIX98_THREAD_MUTEX_ATTRIBUTES 1

/*
 * Declared because programs call them; there is one class of threads
 * (pthread_attr_setschedparam() and its kin accept what changes nothing).
 */
#define _POSIX_PRIORITY_SCHEDULING        200809L
#define _POSIX_THREAD_PRIORITY_SCHEDULING 200809L

#include_next <sys/features.h>

#endif
