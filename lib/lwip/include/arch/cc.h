/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cc.h: what lwIP asks of a compiler and its C library; ours are gcc or clang,
 * and newlib.
 */
#ifndef CORACLE_LWIP_ARCH_CC_H
#define CORACLE_LWIP_ARCH_CC_H

#include <limits.h>
#include <stdlib.h>
#include <sys/types.h>
#include "coracle/checksum.h"
#include "coracle/entropy.h"
#include "coracle/lifecycle.h"
#include "coracle/print.h"

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
