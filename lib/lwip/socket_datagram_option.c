/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_datagram_option.c: the options that only UDP and raw sockets have.
 *
 * Concurrency: the core lock is held.
 */
#include "lib/lwip/socket_datagram.h"
#include "lwip/raw.h"
#include "lwip/udp.h"

static bool asks_for_destination(int level, int name)
{
    return (level == IPPROTO_IP && name == IP_PKTINFO) ||
           (level == IPPROTO_IPV6 && name == IPV6_RECVPKTINFO);
}

/* IP_MULTICAST_TTL and IP_MULTICAST_LOOP, and IPv6's. */
static bool is_multicast_ttl(int level, int name)
{
    return (level == IPPROTO_IP && name == IP_MULTICAST_TTL) ||
           (level == IPPROTO_IPV6 && name == IPV6_MULTICAST_HOPS);
}

static bool is_multicast_loop(int level, int name)
{
    return (level == IPPROTO_IP && name == IP_MULTICAST_LOOP) ||
           (level == IPPROTO_IPV6 && name == IPV6_MULTICAST_LOOP);
}

static bool is_raw(const struct inet_socket *socket)
{
    return socket->protocol == &raw_protocol;
}

int datagram_get_option(struct inet_socket *socket, int level, int name,
                        int *value)
{
    const struct datagram_socket *own =
        container_of(socket, struct datagram_socket, inet);

    if (level == SOL_SOCKET && name == SO_RCVBUF)
        *value = (int)own->limit;
    else if (level == SOL_SOCKET && name == SO_ACCEPTCONN)
        *value = 0;
    else if (asks_for_destination(level, name))
        *value = own->tell_destination;
    else if (is_multicast_ttl(level, name))
        *value = is_raw(socket) ? socket->pcb.raw->mcast_ttl
                                : socket->pcb.udp->mcast_ttl;
    else if (is_multicast_loop(level, name))
        *value =
            is_raw(socket)
                ? raw_is_flag_set(socket->pcb.raw, RAW_FLAGS_MULTICAST_LOOP)
                : udp_is_flag_set(socket->pcb.udp, UDP_FLAGS_MULTICAST_LOOP);
    else
        return -ENOPROTOOPT;
    return 0;
}

static int set_multicast_ttl(struct inet_socket *socket, int value)
{
    if (value == -1)
        value = 1;
    if (value < 0 || value > 255)
        return -EINVAL;
    if (is_raw(socket))
        socket->pcb.raw->mcast_ttl = (uint8_t)value;
    else
        socket->pcb.udp->mcast_ttl = (uint8_t)value;
    return 0;
}

static int set_multicast_loop(struct inet_socket *socket, bool on)
{
    if (is_raw(socket) && on)
        raw_set_flags(socket->pcb.raw, RAW_FLAGS_MULTICAST_LOOP);
    else if (is_raw(socket))
        raw_clear_flags(socket->pcb.raw, RAW_FLAGS_MULTICAST_LOOP);
    else if (on)
        udp_set_flags(socket->pcb.udp, UDP_FLAGS_MULTICAST_LOOP);
    else
        udp_clear_flags(socket->pcb.udp, UDP_FLAGS_MULTICAST_LOOP);
    return 0;
}

int datagram_set_option(struct inet_socket *socket, int level, int name,
                        int value)
{
    struct datagram_socket *own =
        container_of(socket, struct datagram_socket, inet);

    if (level == SOL_SOCKET && name == SO_RCVBUF) {
        if (value < 0)
            return -EINVAL;
        own->limit = (size_t)value < DATAGRAM_LIMIT_MAX ? (size_t)value
                                                        : DATAGRAM_LIMIT_MAX;
        return 0;
    }
    if (asks_for_destination(level, name)) {
        own->tell_destination = value != 0;
        return 0;
    }
    if (is_multicast_ttl(level, name))
        return set_multicast_ttl(socket, value);
    if (is_multicast_loop(level, name))
        return set_multicast_loop(socket, value != 0);
    if (level == IPPROTO_IP && name == IP_HDRINCL && is_raw(socket)) {
        if (value)
            raw_set_flags(socket->pcb.raw, RAW_FLAGS_HDRINCL);
        else
            raw_clear_flags(socket->pcb.raw, RAW_FLAGS_HDRINCL);
        return 0;
    }
    return -ENOPROTOOPT;
}
