/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cc.h: what lwIP asks of a compiler and its C library; ours are gcc or clang,
 * and newlib.
 */
#ifndef CORACLE_LWIP_ARCH_CC_H
#define CORACLE_LWIP_ARCH_CC_H

/* Sets of descriptors for lwIP's own sockets, of which there are more than
 * newlib's sets have room for; we use none. */
#define FD_SETSIZE 2048

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include "coracle/checksum.h"
#include "coracle/entropy.h"
#include "coracle/lifecycle.h"
#include "coracle/print.h"

/* lwIP's headers define these themselves unless they are macros. */
#define iovec                 iovec
#define LWIP_TIMEVAL_PRIVATE  0
#define LWIP_ERRNO_STDINCLUDE 1

#define LWIP_PLATFORM_DIAG(words)  printk words
/* lwIP's invariants are ours: what comes from outside it checks otherwise. */
#define LWIP_PLATFORM_ASSERT(text) panic("lwIP: %s", text)

/* Sequence numbers, ports and query identifiers must not be foretold. */
#define LWIP_RAND() lwip_port_random()
unsigned int lwip_port_random(void);

/* The Internet checksum's sum, by the drivers' fast loop. */
#define LWIP_CHKSUM(bytes, length)                                             \
    checksum_fold(checksum_add(0, bytes, (size_t)(length)))

#endif
