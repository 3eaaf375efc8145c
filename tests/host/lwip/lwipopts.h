/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwipopts.h: the guest's lwIP, built for the host: without threads and the
 * sockets above them, and with the checksums of what comes in not looked at, so
 * that a fuzzer gets beyond them.
 */
#ifndef CORACLE_TESTS_LWIPOPTS_H
#define CORACLE_TESTS_LWIPOPTS_H

#include "lib/lwip/include/lwipopts.h"

#undef NO_SYS
#undef SYS_LIGHTWEIGHT_PROT
#undef LWIP_TCPIP_CORE_LOCKING
#undef LWIP_TCPIP_CORE_LOCKING_INPUT
#undef LWIP_NETCONN_SEM_PER_THREAD
#undef LWIP_NETCONN_FULLDUPLEX
#undef LWIP_NETIF_API
#undef LWIP_NETCONN
#undef LWIP_SOCKET
#undef MEMP_NUM_NETCONN
#define NO_SYS                        1
#define SYS_LIGHTWEIGHT_PROT          0
#define LWIP_TCPIP_CORE_LOCKING       0
#define LWIP_TCPIP_CORE_LOCKING_INPUT 0
#define LWIP_NETCONN_SEM_PER_THREAD   0
#define LWIP_NETCONN_FULLDUPLEX       0
#define LWIP_NETIF_API                0
#define LWIP_NETCONN                  0
#define LWIP_SOCKET                   0
#define MEMP_NUM_NETCONN              0

/* Addresses come from the test, not from lib/lwip/address.c. */
#undef LWIP_NETIF_EXT_STATUS_CALLBACK
#undef LWIP_ARP_FILTER_NETIF
#undef LWIP_HOOK_IP4_ROUTE_SRC
#undef LWIP_HOOK_ND6_GET_GW

#define CHECKSUM_CHECK_IP    0
#define CHECKSUM_CHECK_UDP   0
#define CHECKSUM_CHECK_TCP   0
#define CHECKSUM_CHECK_ICMP  0
#define CHECKSUM_CHECK_ICMP6 0

#endif
