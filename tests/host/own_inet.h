/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_inet.h: lib/libc/inet.c beside this machine's own functions of the same
 * names, so that the two can be compared.
 */
#include <arpa/inet.h>

#define inet_pton        own_inet_pton
#define inet_ntop        own_inet_ntop
#define inet_aton        own_inet_aton
#define inet_addr        own_inet_addr
#define inet_network     own_inet_network
#define inet_ntoa        own_inet_ntoa
#define in6addr_any      own_in6addr_any
#define in6addr_loopback own_in6addr_loopback
#include "lib/libc/inet.c"
#undef inet_pton
#undef inet_ntop
#undef inet_aton
#undef inet_addr
#undef inet_network
#undef inet_ntoa
