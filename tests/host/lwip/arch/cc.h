/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cc.h: the host's compiler and C library, for lwIP. An assertion that fails is
 * a finding, as in the guest it would be the end.
 */
#ifndef CORACLE_TESTS_LWIP_CC_H
#define CORACLE_TESTS_LWIP_CC_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/types.h>

#define LWIP_TIMEVAL_PRIVATE  0
#define LWIP_ERRNO_STDINCLUDE 1

#define LWIP_PLATFORM_DIAG(words)
#define LWIP_PLATFORM_ASSERT(text)                                             \
    do {                                                                       \
        fprintf(stderr, "lwIP: %s\n", text);                                   \
        abort();                                                               \
    } while (0)

/* The same in each run. */
#define LWIP_RAND() lwip_port_random()
unsigned int lwip_port_random(void);

/* Of the port's arch/sys_arch.h, which is not read without threads. */
void lwip_port_lock(void);
void lwip_port_unlock(void);

#endif
