/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.c: Xen's error numbers in our own.
 *
 * Xen's public interface uses Linux's numbers (<xen/errno.h>), the kernel
 * newlib's (coracle/errno.h). The classic ones, up to ERANGE, are the same.
 */
#include <xen/errno.h>
#include "arch/x86/hypercall.h"
#include "coracle/errno.h"

int xen_errno(long result)
{
    switch (-result) {
    case XEN_ENOSYS:
        return -K_ENOSYS;
    case XEN_EOPNOTSUPP:
        return -K_ENOTSUP;
    case XEN_EOVERFLOW:
        return -K_EOVERFLOW;
    case XEN_ENOBUFS:
        return -K_ENOBUFS;
    case XEN_ETIMEDOUT:
        return -K_ETIMEDOUT;
    }
    if (result >= -XEN_ERANGE)
        return (int)result;
    return -K_EIO;
}
