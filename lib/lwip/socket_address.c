/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_address.c: a program's struct sockaddr, and lwIP's ip_addr_t.
 *
 * An IPv6 socket that is not IPV6_V6ONLY also speaks IPv4. Programs see such
 * addresses as ::ffff:a.b.c.d; inside they are plain IPv4.
 *
 * Concurrency: address_is_ours() wants the core lock; the others have no state.
 */
#include <string.h>
#include "lib/lwip/socket.h"
#include "lwip/netif.h"

static void from_ipv4(const struct sockaddr_in *from, struct endpoint *to)
{
    ip_addr_set_ip4_u32_val(to->address, from->sin_addr.s_addr);
    to->port = ntohs(from->sin_port);
}

/* 0, or -EINVAL: there can be no such interface. */
static int from_ipv6(const struct sockaddr_in6 *from, struct endpoint *to)
{
    const uint32_t *words = from->sin6_addr.s6_addr32;

    to->port = ntohs(from->sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&from->sin6_addr)) {
        ip_addr_set_ip4_u32_val(to->address, words[3]);
        return 0;
    }
    IP_ADDR6(&to->address, words[0], words[1], words[2], words[3]);
    if (!ip6_addr_has_scope(ip_2_ip6(&to->address), IP6_UNKNOWN))
        return 0;
    if (from->sin6_scope_id > UINT8_MAX)
        return -EINVAL;
    ip6_addr_set_zone(ip_2_ip6(&to->address), (uint8_t)from->sin6_scope_id);
    return 0;
}

int address_in(const struct inet_socket *socket, const struct sockaddr *from,
               socklen_t size, struct endpoint *to)
{
    sa_family_t family;

    if (size < sizeof(family))
        return -EINVAL;
    memcpy(&family, from, sizeof(family));
    if (family == AF_INET && !socket->ipv6) {
        struct sockaddr_in ipv4;

        if (size < sizeof(ipv4))
            return -EINVAL;
        memcpy(&ipv4, from, sizeof(ipv4));
        from_ipv4(&ipv4, to);
        return 0;
    }
    if (family == AF_INET6 && socket->ipv6) {
        struct sockaddr_in6 ipv6;

        if (size < sizeof(ipv6))
            return -EINVAL;
        memcpy(&ipv6, from, sizeof(ipv6));
        if (from_ipv6(&ipv6, to) < 0)
            return -EINVAL;
        return socket->v6only && IP_IS_V4_VAL(to->address) ? -ENETUNREACH : 0;
    }
    return -EAFNOSUPPORT;
}

static socklen_t to_ipv6(const struct endpoint *from,
                         struct sockaddr_storage *to)
{
    struct sockaddr_in6 ipv6 = {
        .sin6_family = AF_INET6,
        .sin6_port = htons(from->port),
    };

    if (IP_IS_V6_VAL(from->address)) {
        const ip6_addr_t *address = ip_2_ip6(&from->address);

        memcpy(&ipv6.sin6_addr, address->addr, sizeof(ipv6.sin6_addr));
        ipv6.sin6_scope_id = ip6_addr_zone(address);
    } else if (IP_IS_V4_VAL(from->address)) {
        ipv6.sin6_addr.s6_addr32[2] = htonl(0xffff);
        ipv6.sin6_addr.s6_addr32[3] = ip_2_ip4(&from->address)->addr;
    }
    memcpy(to, &ipv6, sizeof(ipv6));
    return sizeof(ipv6);
}

socklen_t address_out(const struct inet_socket *socket,
                      const struct endpoint *from, struct sockaddr_storage *to)
{
    struct sockaddr_in ipv4 = {
        .sin_family = AF_INET,
        .sin_port = htons(from->port),
    };

    if (socket->ipv6)
        return to_ipv6(from, to);
    ipv4.sin_addr.s_addr = ip_2_ip4(&from->address)->addr;
    memcpy(to, &ipv4, sizeof(ipv4));
    return sizeof(ipv4);
}

void address_to_message(const struct inet_socket *socket,
                        const struct endpoint *from, struct msghdr *message)
{
    struct sockaddr_storage address;
    socklen_t size;

    if (message->msg_name == NULL) {
        message->msg_namelen = 0;
        return;
    }
    size = address_out(socket, from, &address);
    memcpy(message->msg_name, &address,
           size < message->msg_namelen ? size : message->msg_namelen);
    message->msg_namelen = size;
}

static bool is_of(struct netif *netif, const ip_addr_t *address)
{
    if (IP_IS_V4(address))
        return ip4_addr_cmp(netif_ip4_addr(netif), ip_2_ip4(address));
    for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        if (!ip6_addr_isinvalid(netif_ip6_addr_state(netif, i)) &&
            ip6_addr_cmp_zoneless(netif_ip6_addr(netif, i), ip_2_ip6(address)))
            return true;
    }
    return false;
}

bool address_is_ours(const ip_addr_t *address)
{
    struct netif *netif;

    if (ip_addr_isany(address) || ip_addr_ismulticast(address))
        return true;
    if (IP_IS_V4(address) &&
        ip4_addr_cmp(ip_2_ip4(address), IP4_ADDR_BROADCAST))
        return true;
    NETIF_FOREACH(netif)
    {
        if (is_of(netif, address))
            return true;
    }
    return false;
}
