/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_refused.c: "port unreachable", for connected UDP sockets.
 *
 * Who sends a datagram to a port that nobody has gets an ICMP message with the
 * beginning of it: its IP header and its ports. BSD tells the program, by
 * ECONNREFUSED, if its socket is connected, and a resolver with a dead server
 * need not wait. lwIP drops these messages, but hands each ICMP packet to raw
 * control blocks before it looks at it itself; so there is one of ours for each
 * family, made when the first socket connects.
 *
 * Who can forge the message must know all four of a connection's addresses and
 * ports. Other errors (no route, no host) may pass, so nobody is told of them
 * (RFC 1122, 4.1.3.3). Sources: RFC 792, RFC 4443.
 *
 * Concurrency: the core lock is held, as lwIP does when it calls back.
 */
#include "lib/lwip/socket.h"
#include "lib/lwip/socket_datagram.h"
#include "lwip/inet_chksum.h"
#include "lwip/ip.h"
#include "lwip/prot/icmp.h"
#include "lwip/prot/icmp6.h"
#include "lwip/raw.h"

/* The code, by RFC 792. */
#define PORT_UNREACHABLE 3

#define ICMP_HEADER 8u
#define IPV4_HEADER 20u /* without options */
#define IPV6_HEADER 40u

static struct raw_pcb *listeners[2]; /* of IPv4 and IPv6; NULL: not yet */

static uint16_t port_at(struct pbuf *pbuf, size_t offset)
{
    return (uint16_t)(pbuf_get_at(pbuf, (uint16_t)offset) << 8 |
                      pbuf_get_at(pbuf, (uint16_t)(offset + 1)));
}

static void address_at(struct pbuf *pbuf, size_t offset, bool ipv6,
                       ip_addr_t *address)
{
    uint32_t words[4] = {0};

    pbuf_copy_partial(pbuf, words, ipv6 ? 16 : 4, (uint16_t)offset);
    if (ipv6) {
        IP_ADDR6(address, words[0], words[1], words[2], words[3]);
        /* Of the interface that it came on, as addresses of a link are. */
        ip6_addr_assign_zone(ip_2_ip6(address), IP6_UNKNOWN,
                             ip_current_input_netif());
    } else {
        ip_addr_set_ip4_u32(address, words[0]);
    }
}

/* The datagram of which the first bytes are at `offset`, if it is UDP. */
static void tell(struct pbuf *pbuf, size_t offset, bool ipv6)
{
    size_t header = IPV6_HEADER, addresses = 8, size = 16, protocol = 6;
    struct endpoint from, to;

    if (!ipv6) {
        header = (pbuf_get_at(pbuf, (uint16_t)offset) & 0xfu) * 4u;
        addresses = 12;
        size = 4;
        protocol = 9;
    }
    if (header < (ipv6 ? IPV6_HEADER : IPV4_HEADER) ||
        pbuf->tot_len < offset + header + 4 ||
        pbuf_get_at(pbuf, (uint16_t)(offset + protocol)) != IP_PROTO_UDP)
        return;
    address_at(pbuf, offset + addresses, ipv6, &from.address);
    address_at(pbuf, offset + addresses + size, ipv6, &to.address);
    from.port = port_at(pbuf, offset + header);
    to.port = port_at(pbuf, offset + header + 2);
    datagram_refused(&from, &to);
}

/* Whether the checksum of what is behind the first `skip` bytes is right; on
 * some interfaces (loopback) there is none. */
static bool checksum_is_right(struct pbuf *pbuf, size_t skip, bool ipv6)
{
    struct netif *netif = ip_current_input_netif();
    uint16_t sum;

    if (!(netif->chksum_flags &
          (ipv6 ? NETIF_CHECKSUM_CHECK_ICMP6 : NETIF_CHECKSUM_CHECK_ICMP)))
        return true;
    if (pbuf_remove_header(pbuf, skip))
        return false;
    sum = ipv6 ? ip6_chksum_pseudo(pbuf, IP6_NEXTH_ICMP6, pbuf->tot_len,
                                   ip6_current_src_addr(),
                                   ip6_current_dest_addr())
               : inet_chksum_pbuf(pbuf);
    pbuf_header_force(pbuf, (s16_t)skip); /* where it was: it cannot fail */
    return sum == 0;
}

static uint8_t on_icmp(void *argument, struct raw_pcb *pcb, struct pbuf *pbuf,
                       const ip_addr_t *address)
{
    bool ipv6 = IP_IS_V6(address);
    size_t skip = ip_current_header_tot_len();
    uint8_t type, code;

    (void)argument;
    (void)pcb;
    if (pbuf->tot_len < skip + ICMP_HEADER + IPV4_HEADER)
        return 0;
    type = pbuf_get_at(pbuf, (uint16_t)skip);
    code = pbuf_get_at(pbuf, (uint16_t)(skip + 1));
    if (type == (ipv6 ? ICMP6_TYPE_DUR : ICMP_DUR) &&
        code == (ipv6 ? ICMP6_DUR_PORT : PORT_UNREACHABLE) &&
        checksum_is_right(pbuf, skip, ipv6))
        tell(pbuf, skip + ICMP_HEADER, ipv6);
    return 0; /* for the others, and lwIP */
}

/* Without memory for it, programs wait as they would without these messages. */
void refused_listen(void)
{
    for (int i = 0; i < 2; i++) {
        if (listeners[i])
            continue;
        listeners[i] =
            raw_new_ip_type(i == 0 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6,
                            i == 0 ? IP_PROTO_ICMP : IP6_NEXTH_ICMP6);
        if (listeners[i])
            raw_recv(listeners[i], on_icmp, NULL);
    }
}
