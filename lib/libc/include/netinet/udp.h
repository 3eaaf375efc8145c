/* SPDX-License-Identifier: BSD-2-Clause */
/* netinet/udp.h: UDP has no options here; its header, for raw sockets. */
#ifndef _NETINET_UDP_H
#define _NETINET_UDP_H

#include <stdint.h>

#define SOL_UDP 17

struct udphdr {
    uint16_t uh_sport;
    uint16_t uh_dport;
    uint16_t uh_ulen;
    uint16_t uh_sum;
};

#endif
