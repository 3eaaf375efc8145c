/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.c: DHCP on each interface.
 */
#include "lib/lwip/address.h"
#include "lib/lwip/interface.h"
#include "lwip/dhcp.h"

void address_start(struct interface *interface)
{
    netif_create_ip6_linklocal_address(&interface->netif, 1);
    netif_set_ip6_autoconfig_enabled(&interface->netif, 1);
    if (dhcp_start(&interface->netif) != ERR_OK)
        printk("net: no memory for DHCP\n");
}

void address_link(struct interface *interface, bool up)
{
    (void)interface;
    (void)up;
}

void address_announce(void)
{
}

void address_wait(void)
{
}
