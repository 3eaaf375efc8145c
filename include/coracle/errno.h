/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errno.h: the error numbers of the kernel.
 *
 * A function returns 0 or one of these, negated. The numbers are newlib's, so
 * that a system call hands a kernel error to a program as it is; lib/libc
 * checks at compile time that they agree. Xen's own numbers differ above 34:
 * xen_errno() in arch/x86/hypercall.h translates them at the border.
 */
#ifndef CORACLE_ERRNO_H
#define CORACLE_ERRNO_H

#define K_EPERM      1   /* not permitted */
#define K_ENOENT     2   /* no such thing */
#define K_ESRCH      3   /* no such thread or domain */
#define K_EINTR      4   /* interrupted */
#define K_EIO        5   /* the device failed */
#define K_E2BIG      7   /* argument too long */
#define K_EBADF      9   /* bad descriptor */
#define K_EAGAIN     11  /* try again */
#define K_ENOMEM     12  /* out of memory */
#define K_EACCES     13  /* no permission */
#define K_EFAULT     14  /* bad address */
#define K_EBUSY      16  /* in use */
#define K_EEXIST     17  /* exists */
#define K_ENODEV     19  /* no such device */
#define K_EINVAL     22  /* invalid argument */
#define K_ENOSPC     28  /* no room left */
#define K_EROFS      30  /* read-only */
#define K_EPIPE      32  /* the other end is closed */
#define K_ERANGE     34  /* out of range */
#define K_EDEADLK    45  /* would deadlock */
#define K_EPROTO     71  /* the other end breaks the protocol */
#define K_ENOSYS     88  /* not implemented */
#define K_ECONNRESET 104 /* the other end went away */
#define K_ENOBUFS    105 /* no buffer */
#define K_ETIMEDOUT  116 /* timed out */
#define K_EMSGSIZE   122 /* message too long */
#define K_ENOTSUP    134 /* not supported */
#define K_EOVERFLOW  139 /* value too large */
#define K_ECANCELED  140 /* given up */

#endif
