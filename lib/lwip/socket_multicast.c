/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_multicast.c: groups that a socket has joined.
 *
 * lwIP counts memberships per interface (IGMP, MLD). What a socket joined it
 * leaves when it is closed, so each keeps a list.
 *
 * Concurrency: the core lock guards everything.
 */
#include <string.h>
#include "coracle/memory.h"
#include "lib/lwip/socket.h"
#include "lwip/igmp.h"
#include "lwip/mld6.h"
#include "lwip/netif.h"
#include "lwip/raw.h"
#include "lwip/udp.h"

struct membership {
    struct list link;
    ip_addr_t group;
    uint8_t interface; /* lwIP's index */
};

static err_t join_or_leave(const ip_addr_t *group, uint8_t interface, bool join)
{
    struct netif *netif = netif_get_by_index(interface);

    if (netif == NULL)
        return ERR_IF;
    if (IP_IS_V4(group))
        return join ? igmp_joingroup_netif(netif, ip_2_ip4(group))
                    : igmp_leavegroup_netif(netif, ip_2_ip4(group));
    return join ? mld6_joingroup_netif(netif, ip_2_ip6(group))
                : mld6_leavegroup_netif(netif, ip_2_ip6(group));
}

static struct membership *find(struct inet_socket *socket,
                               const ip_addr_t *group, uint8_t interface)
{
    list_for_each (node, &socket->memberships) {
        struct membership *membership =
            container_of(node, struct membership, link);

        if (membership->interface == interface &&
            ip_addr_cmp_zoneless(&membership->group, group))
            return membership;
    }
    return NULL;
}

static int join(struct inet_socket *socket, const ip_addr_t *group,
                uint8_t interface)
{
    struct membership *membership;

    if (find(socket, group, interface) != NULL)
        return -EADDRINUSE;
    membership = heap_alloc(sizeof(*membership));
    if (membership == NULL)
        return -ENOBUFS;
    if (join_or_leave(group, interface, true) != ERR_OK) {
        heap_free(membership);
        return -EADDRNOTAVAIL;
    }
    membership->group = *group;
    membership->interface = interface;
    list_add(&socket->memberships, &membership->link);
    return 0;
}

/* The group's count falls, also if its interface has gone meanwhile. */
static void leave(struct membership *membership)
{
    join_or_leave(&membership->group, membership->interface, false);
    list_del(&membership->link);
    heap_free(membership);
}

void multicast_leave_all(struct inet_socket *socket)
{
    while (!list_empty(&socket->memberships))
        leave(list_first(&socket->memberships, struct membership, link));
}

static int change(struct inet_socket *socket, const ip_addr_t *group,
                  const struct netif *netif, bool joining)
{
    struct membership *membership;
    uint8_t interface;

    if (!ip_addr_ismulticast(group))
        return -EINVAL;
    if (netif == NULL)
        return -ENODEV;
    interface = netif_get_index(netif);
    if (joining)
        return join(socket, group, interface);
    membership = find(socket, group, interface);
    if (membership == NULL)
        return -EADDRNOTAVAIL;
    leave(membership);
    return 0;
}

/* ---- Which interface is meant ----------------------------------------------
 */

static struct netif *netif_of_address(const struct in_addr *address)
{
    struct netif *netif;

    NETIF_FOREACH(netif)
    {
        if (netif_ip4_addr(netif)->addr == address->s_addr)
            return netif;
    }
    return NULL;
}

/* An index as programs have it; NULL: there is none like that. */
static struct netif *netif_of_index(unsigned int index)
{
    return index > UINT8_MAX ? NULL : netif_get_by_index((uint8_t)index);
}

/* By index, by address, or any; struct ip_mreq is the beginning of ip_mreqn. */
static struct netif *netif_of_request(const struct ip_mreqn *request)
{
    if (request->imr_ifindex != 0)
        return netif_of_index((unsigned int)request->imr_ifindex);
    if (request->imr_address.s_addr != INADDR_ANY)
        return netif_of_address(&request->imr_address);
    return netif_default;
}

static int ipv4_membership(struct inet_socket *socket, const void *value,
                           socklen_t size, bool joining)
{
    struct ip_mreqn request = {.imr_ifindex = 0};
    ip_addr_t group;

    if (size < sizeof(struct ip_mreq))
        return -EINVAL;
    memcpy(&request, value,
           size < sizeof(request) ? sizeof(struct ip_mreq) : sizeof(request));
    ip_addr_set_ip4_u32_val(group, request.imr_multiaddr.s_addr);
    return change(socket, &group, netif_of_request(&request), joining);
}

static int ipv6_membership(struct inet_socket *socket, const void *value,
                           socklen_t size, bool joining)
{
    struct ipv6_mreq request;
    const uint32_t *words = request.ipv6mr_multiaddr.s6_addr32;
    struct netif *netif = netif_default;
    ip_addr_t group;

    if (size < sizeof(request))
        return -EINVAL;
    memcpy(&request, value, sizeof(request));
    if (request.ipv6mr_interface != 0)
        netif = netif_of_index(request.ipv6mr_interface);
    IP_ADDR6(&group, words[0], words[1], words[2], words[3]);
    if (netif != NULL)
        ip6_addr_assign_zone(ip_2_ip6(&group), IP6_MULTICAST, netif);
    return change(socket, &group, netif, joining);
}

/* Through which interface groups are sent to; 0: what the routes say. */
static int set_outgoing(struct inet_socket *socket, uint8_t index)
{
    if (index != 0 && netif_get_by_index(index) == NULL)
        return -ENODEV;
    if (socket->protocol == &udp_protocol)
        udp_set_multicast_netif_index(socket->pcb.udp, index);
    else
        raw_set_multicast_netif_index(socket->pcb.raw, index);
    return 0;
}

static int ipv4_outgoing(struct inet_socket *socket, const void *value,
                         socklen_t size)
{
    struct ip_mreqn request = {.imr_ifindex = 0};
    struct netif *netif;

    if (size >= sizeof(struct ip_mreq))
        memcpy(&request, value,
               size < sizeof(request) ? sizeof(struct ip_mreq)
                                      : sizeof(request));
    else if (size >= sizeof(struct in_addr))
        memcpy(&request.imr_address, value, sizeof(struct in_addr));
    else
        return -EINVAL;
    if (request.imr_ifindex == 0 && request.imr_address.s_addr == INADDR_ANY)
        return set_outgoing(socket, 0);
    netif = netif_of_request(&request);
    return netif == NULL ? -EADDRNOTAVAIL
                         : set_outgoing(socket, netif_get_index(netif));
}

static int ipv6_outgoing(struct inet_socket *socket, const void *value,
                         socklen_t size)
{
    unsigned int index;

    if (size < sizeof(index))
        return -EINVAL;
    memcpy(&index, value, sizeof(index));
    return index > 255 ? -ENODEV : set_outgoing(socket, (uint8_t)index);
}

int multicast_set_option(struct inet_socket *socket, int level, int name,
                         const void *value, socklen_t size)
{
    if (socket->protocol == &tcp_protocol)
        return -ENOPROTOOPT;
    if (level == IPPROTO_IP) {
        switch (name) {
        case IP_ADD_MEMBERSHIP:
        case IP_DROP_MEMBERSHIP:
            return ipv4_membership(socket, value, size,
                                   name == IP_ADD_MEMBERSHIP);
        case IP_MULTICAST_IF:
            return ipv4_outgoing(socket, value, size);
        }
    }
    if (level == IPPROTO_IPV6 && socket->ipv6) {
        switch (name) {
        case IPV6_JOIN_GROUP:
        case IPV6_LEAVE_GROUP:
            return ipv6_membership(socket, value, size,
                                   name == IPV6_JOIN_GROUP);
        case IPV6_MULTICAST_IF:
            return ipv6_outgoing(socket, value, size);
        }
    }
    return -ENOPROTOOPT;
}
