/* SPDX-License-Identifier: BSD-2-Clause */
/* netinet/ip.h: IPv4's header, for raw sockets, and kinds of service. */
#ifndef _NETINET_IP_H
#define _NETINET_IP_H

#include <netinet/in.h>
#include <stdint.h>

struct ip {
    uint8_t ip_hl : 4, ip_v : 4; /* length in words of 4 bytes; 4 */
    uint8_t ip_tos;
    uint16_t ip_len;
    uint16_t ip_id;
    uint16_t ip_off; /* in units of 8 bytes, under the flags */
    uint8_t ip_ttl;
    uint8_t ip_p;
    uint16_t ip_sum;
    struct in_addr ip_src, ip_dst;
};

#define IPVERSION    4
#define IP_DF        0x4000
#define IP_MF        0x2000
#define IP_OFFMASK   0x1fff
#define IP_MAXPACKET 65535
#define IPDEFTTL     64

#define IPTOS_LOWDELAY    0x10
#define IPTOS_THROUGHPUT  0x08
#define IPTOS_RELIABILITY 0x04
#define IPTOS_MINCOST     0x02

#endif
