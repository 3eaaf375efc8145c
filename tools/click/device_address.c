/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device_address.c: what addresses an interface of the host has.
 *
 * A configuration may name an interface where it wants an address, as in
 * ARPQuerier(eth0): if AddressInfo says nothing of eth0, it is asked for here.
 * All of it is what the kernel says: getifaddrs(), and for the gateway the
 * default route in /proc/net/route, whose numbers are in network byte order.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include "tools/click/device.h"

static void find_gateway(const char *name, struct router_addresses *to)
{
    FILE *file = fopen("/proc/net/route", "r");
    char line[256], device[IFNAMSIZ];
    unsigned int target, gateway;

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "%15s %x %x", device, &target, &gateway) == 3 &&
            !strcmp(device, name) && target == 0) {
            to->gateway = gateway;
            break;
        }
    if (file)
        fclose(file);
}

bool device_addresses(struct router_world *world, const char *name,
                      struct router_addresses *to)
{
    struct ifaddrs *all;
    bool found = false;

    (void)world;
    *to = (struct router_addresses){0};
    if (getifaddrs(&all))
        return false;
    for (struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (strcmp(one->ifa_name, name) || !one->ifa_addr)
            continue;
        found = true;
        if (one->ifa_addr->sa_family == AF_PACKET) {
            const struct sockaddr_ll *link = (void *)one->ifa_addr;

            to->has_ether = link->sll_halen == 6;
            memcpy(to->ether, link->sll_addr, 6);
        } else if (one->ifa_addr->sa_family == AF_INET && !to->ip &&
                   one->ifa_netmask) {
            to->ip =
                ((struct sockaddr_in *)(void *)one->ifa_addr)->sin_addr.s_addr;
            to->mask = ((struct sockaddr_in *)(void *)one->ifa_netmask)
                           ->sin_addr.s_addr;
        }
    }
    freeifaddrs(all);
    if (found)
        find_gateway(name, to);
    return found;
}
