/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.c: lwIP and its interfaces start before main(); and its lock.
 */
#include "coracle/compiler.h"
#include "lib/lwip/address.h"
#include "lib/lwip/end.h"
#include "lib/lwip/interface.h"
#include "lwip/tcpip.h"

void lwip_port_lock(void)
{
    sys_mutex_lock(&lock_tcpip_core);
}

void lwip_port_unlock(void)
{
    interfaces_flush();
    sys_mutex_unlock(&lock_tcpip_core);
}

STARTS(START_STACK) static void lwip_start(void)
{
    tcpip_init(NULL, NULL);
    connections_end_with_domain();
    address_init();
    interfaces_start();
    address_wait();
}
