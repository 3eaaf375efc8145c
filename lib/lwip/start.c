/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.c: lwIP starts before main().
 */
#include "coracle/compiler.h"
#include "lwip/tcpip.h"

STARTS(START_STACK) static void lwip_start(void)
{
    tcpip_init(NULL, NULL);
}
