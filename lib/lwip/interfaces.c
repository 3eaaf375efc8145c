/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interfaces.c: <net/if.h> and <ifaddrs.h>: names, numbers and addresses of
 * lwIP's network interfaces. Interface 1 is "lo0"; vif N is "enN".
 *
 * Concurrency: the core lock guards lwIP's list while it is read.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lwip/netif.h"
#include "lwip/tcpip.h"

static void name_of(const struct netif *netif, char *to)
{
    snprintf(to, IF_NAMESIZE, "%c%c%u", netif->name[0], netif->name[1],
             netif->num);
}

unsigned int if_nametoindex(const char *name)
{
    unsigned int index = 0;
    struct netif *netif;

    LOCK_TCPIP_CORE();
    NETIF_FOREACH(netif)
    {
        char own[IF_NAMESIZE];

        name_of(netif, own);
        if (strcmp(own, name) == 0)
            index = netif_get_index(netif);
    }
    UNLOCK_TCPIP_CORE();
    if (index == 0)
        errno = ENODEV;
    return index;
}

char *if_indextoname(unsigned int index, char *name)
{
    struct netif *netif = NULL;

    LOCK_TCPIP_CORE();
    if (index <= UINT8_MAX)
        netif = netif_get_by_index((u8_t)index);
    if (netif != NULL)
        name_of(netif, name);
    UNLOCK_TCPIP_CORE();
    if (netif == NULL)
        errno = ENXIO;
    return netif == NULL ? NULL : name;
}

/* ---- All of them ----------------------------------------------------------
 */

struct if_nameindex *if_nameindex(void)
{
    size_t count = 0, used = 0;
    struct if_nameindex *list;
    struct netif *netif;
    char(*names)[IF_NAMESIZE];

    LOCK_TCPIP_CORE();
    NETIF_FOREACH(netif)
    count++;
    /* The names stand behind the list. */
    list = calloc(count + 1, sizeof(*list) + IF_NAMESIZE);
    if (list != NULL) {
        names = (char(*)[IF_NAMESIZE])(list + count + 1);
        NETIF_FOREACH(netif)
        {
            name_of(netif, names[used]);
            list[used].if_index = netif_get_index(netif);
            list[used].if_name = names[used];
            used++;
        }
    }
    UNLOCK_TCPIP_CORE();
    return list;
}

void if_freenameindex(struct if_nameindex *list)
{
    free(list);
}

/* One entry with all that it points to. */
struct entry {
    struct ifaddrs shown;
    char name[IF_NAMESIZE];
    struct sockaddr_storage address;
    struct sockaddr_storage netmask;
    struct sockaddr_storage broadcast;
};

static unsigned int flags_of(const struct netif *netif)
{
    unsigned int flags = IFF_MULTICAST;

    if (netif_is_up(netif))
        flags |= IFF_UP;
    if (netif_is_link_up(netif))
        flags |= IFF_RUNNING;
    if (netif->flags & NETIF_FLAG_BROADCAST)
        flags |= IFF_BROADCAST;
    if (ip_addr_isloopback(&netif->ip_addr))
        flags |= IFF_LOOPBACK;
    return flags;
}

/* A new entry at *end, which moves behind it. NULL if memory is short. */
static struct entry *append(const struct netif *netif, struct ifaddrs ***end)
{
    struct entry *entry = calloc(1, sizeof(*entry));

    if (entry == NULL)
        return NULL;
    name_of(netif, entry->name);
    entry->shown.ifa_name = entry->name;
    entry->shown.ifa_flags = flags_of(netif);
    entry->shown.ifa_addr = (struct sockaddr *)&entry->address;
    entry->shown.ifa_netmask = (struct sockaddr *)&entry->netmask;
    **end = &entry->shown;
    *end = &entry->shown.ifa_next;
    return entry;
}

static void put_ipv4(struct sockaddr_storage *to, uint32_t address)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)to;

    ipv4->sin_family = AF_INET;
    ipv4->sin_addr.s_addr = address;
}

static void put_ipv6(struct sockaddr_storage *to, const ip6_addr_t *address)
{
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)to;

    ipv6->sin6_family = AF_INET6;
    memcpy(&ipv6->sin6_addr, address->addr, sizeof(ipv6->sin6_addr));
    ipv6->sin6_scope_id = ip6_addr_zone(address);
}

static bool append_ipv4(const struct netif *netif, struct ifaddrs ***end)
{
    uint32_t address = netif_ip4_addr(netif)->addr;
    uint32_t mask = netif_ip4_netmask(netif)->addr;
    struct entry *entry;

    if (address == 0)
        return true;
    entry = append(netif, end);
    if (entry == NULL)
        return false;
    put_ipv4(&entry->address, address);
    put_ipv4(&entry->netmask, mask);
    if (entry->shown.ifa_flags & IFF_BROADCAST) {
        put_ipv4(&entry->broadcast, address | ~mask);
        entry->shown.ifa_broadaddr = (struct sockaddr *)&entry->broadcast;
    }
    return true;
}

/* lwIP takes all IPv6 networks for /64. */
static bool append_ipv6(const struct netif *netif, struct ifaddrs ***end)
{
    for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        struct entry *entry;
        struct sockaddr_in6 *mask;

        if (!ip6_addr_isvalid(netif_ip6_addr_state(netif, i)))
            continue;
        entry = append(netif, end);
        if (entry == NULL)
            return false;
        put_ipv6(&entry->address, netif_ip6_addr(netif, i));
        mask = (struct sockaddr_in6 *)&entry->netmask;
        mask->sin6_family = AF_INET6;
        memset(&mask->sin6_addr, 0xff,
               ip6_addr_isloopback(netif_ip6_addr(netif, i)) ? 16 : 8);
    }
    return true;
}

int getifaddrs(struct ifaddrs **list)
{
    struct ifaddrs **end = list;
    struct netif *netif;
    bool done = true;

    *list = NULL;
    LOCK_TCPIP_CORE();
    NETIF_FOREACH(netif)
    done = done && append_ipv4(netif, &end) && append_ipv6(netif, &end);
    UNLOCK_TCPIP_CORE();
    if (done)
        return 0;
    freeifaddrs(*list);
    errno = ENOMEM;
    return -1;
}

void freeifaddrs(struct ifaddrs *list)
{
    while (list != NULL) {
        struct ifaddrs *next = list->ifa_next;

        free(list); /* it is the beginning of its struct entry */
        list = next;
    }
}
