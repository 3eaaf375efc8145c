/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.c: addresses by DHCP, by router advertisements (SLAAC), or by hand.
 *
 * lwIP does the protocols. What is here decides which of them run on an
 * interface, by what the user said (address_words.c), and fills in what lwIP
 * leaves open: which interface has the default route, an IPv6 gateway set by
 * hand, and whether somebody else answers to our IPv4 address. All of it is
 * under lwIP's core lock. address_report.c tells people and toolstacks.
 *
 * With several interfaces, the default route is that of the first one that has
 * a gateway and a link. But what was received on an interface is answered
 * through it: a packet for outside leaves where its source address lives.
 *
 * DNS servers: the first DHCP_DNS places are DHCP's to fill; those named by
 * hand stand behind them, and in the first place until DHCP comes.
 *
 * Sources: RFC 2131 (DHCP), 4862 (SLAAC), 5227 (two hosts with one address).
 * Left out: giving an address back to the DHCP server when it is in use
 * (DHCPDECLINE; waiting for possible owners would cost each boot a second).
 */
#include "lib/lwip/address.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "coracle/print.h"
#include "lib/lwip/address_state.h"
#include "lib/lwip/include/hooks.h"
#include "lib/lwip/interface.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/prot/ethernet.h"
#include "xen/xenstore.h"

extern char **environ;

/* ---- What the user said -------------------------------------------------- */

/* By the command line: NULL, nothing was said. Constant once main() runs. */
static struct address_plan *plans[NETDEV_MAX];
static struct address_plan by_default;

/* The domain's name, for DHCP servers that care; empty: unknown. */
static char host_name[64];

const struct address_plan *address_plan_of(unsigned int index)
{
    return index < NETDEV_MAX && plans[index] ? plans[index] : &by_default;
}

bool address_wanted(unsigned int index)
{
    return interfaces_all || (index < NETDEV_MAX && plans[index]);
}

static void read_setting(const char *setting, unsigned int index)
{
    const char *words = strchr(setting, '=') + 1, *why, *bad = words;
    size_t length = strlen(words);
    struct address_plan *plan;

    if (index >= NETDEV_MAX) {
        why = "is for an interface that cannot be";
    } else if (plans[index]) {
        why = "is said of an interface of which there is another";
    } else {
        plan = heap_alloc_zeroed(1, sizeof(*plan));
        if (!plan)
            panic("net: no memory for %s", setting);
        plans[index] = plan;
        why = address_plan_parse(words, plan, &bad, &length);
    }
    if (!why)
        return;
    printk("net: %s: \"%.*s\" %s\n", setting, (int)length, bad, why);
    _exit(2);
}

/* A host's name has letters, digits, - and . in it; a domain's may have more.
 */
static void read_name(void)
{
    char *name;
    size_t length;

    if (xenstore_read(XENSTORE_NO_TX, "name", &name, &length))
        return;
    if (length < sizeof(host_name) &&
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789-.") == length)
        memcpy(host_name, name, length + 1);
    heap_free(name);
}

/* ---- Starting ------------------------------------------------------------ */

/* Of the interface's address and somebody else who has it; by index. */
struct rival {
    bool known;
    ip4_addr_t address;
    uint8_t card[ETH_HWADDR_LEN];
};

static struct rival rivals[NETDEV_MAX];

/* The cards that IPv6 addresses were made from. */
static u8_t cards[NETDEV_MAX][ETH_HWADDR_LEN];

static ip4_addr_t as_ip4(const struct address *address)
{
    ip4_addr_t ip;

    memcpy(&ip.addr, address->bytes, sizeof(ip.addr));
    return ip;
}

static ip6_addr_t as_ip6(const struct address *address)
{
    ip6_addr_t ip = {0};

    memcpy(ip.addr, address->bytes, sizeof(ip.addr));
    return ip;
}

static ip4_addr_t mask_of(unsigned int prefix)
{
    ip4_addr_t mask = {lwip_htonl(prefix ? 0xffffffffu << (32 - prefix) : 0)};

    return mask;
}

/* The first places are for those that DHCP may name; it rarely names more. */
#define DNS_BY_DHCP 2

static void add_dns(const struct address *address)
{
    ip_addr_t server;

    if (address->version == 4)
        ip_addr_copy_from_ip4(server, as_ip4(address));
    else
        ip_addr_copy_from_ip6(server, as_ip6(address));
    for (u8_t place = DNS_BY_DHCP; place < DNS_MAX_SERVERS; place++)
        if (ip_addr_isany(dns_getserver(place))) {
            dns_setserver(place, &server);
            break;
        }
    if (ip_addr_isany(dns_getserver(0)))
        dns_setserver(0, &server);
}

static void start_ip4(struct netif *netif, const struct address_plan *plan)
{
    if (plan->v4.version) {
        ip4_addr_t address = as_ip4(&plan->v4);
        ip4_addr_t mask = mask_of(plan->v4.prefix);
        ip4_addr_t gateway = as_ip4(&plan->gateway4);

        netif_set_addr(netif, &address, &mask, &gateway);
    }
    /* It goes on for ever: without a link, without a server. */
    if (plan->dhcp && dhcp_start(netif) != ERR_OK)
        printk("net: no memory for DHCP\n");
}

/* Its own address on the link follows from its card's, which is known when the
 * link is up for the first time, and may be another with another backend. */
static void start_ip6(struct interface *interface)
{
    const struct address_plan *plan = address_plan_of(interface->info.index);
    struct netif *netif = &interface->netif;
    u8_t *known = cards[interface->info.index];

    if (!memcmp(known, netif->hwaddr, ETH_HWADDR_LEN))
        return;
    memcpy(known, netif->hwaddr, ETH_HWADDR_LEN);
    netif_create_ip6_linklocal_address(netif, 1);
    netif_set_ip6_autoconfig_enabled(netif, 1);
    if (plan->v6.version) {
        ip6_addr_t address = as_ip6(&plan->v6);

        /* There is room for it: it is the first one that asks. */
        (void)netif_add_ip6_address(netif, &address, NULL);
    }
}

void address_start(struct interface *interface)
{
    const struct address_plan *plan = address_plan_of(interface->info.index);

    if (plan->none)
        return;
    if (host_name[0])
        netif_set_hostname(&interface->netif, host_name);
    for (unsigned int i = 0; i < plan->dns_count; i++)
        add_dns(&plan->dns[i]);
    start_ip4(&interface->netif, plan);
    address_changed();
}

/* lwIP itself announces our addresses when the link is back, and asks DHCP
 * whether ours is still good. */
void address_link(struct interface *interface, bool up)
{
    if (up && !address_plan_of(interface->info.index)->none)
        start_ip6(interface);
    if (!up)
        rivals[interface->info.index].known = false;
    address_changed();
}

/* ---- Changes ------------------------------------------------------------- */

static bool has_gateway(const struct interface *interface)
{
    const struct netif *netif = &interface->netif;

    return netif_is_link_up(netif) &&
           (!ip4_addr_isany(netif_ip4_gw(netif)) ||
            address_plan_of(interface->info.index)->gateway6.version);
}

/* The first interface with a way out; without one the first with a link. */
static void choose_default(void)
{
    struct interface *best = NULL;

    for (unsigned int i = 0; i < NETDEV_MAX; i++) {
        struct interface *interface = interface_get(i);

        if (!interface || !netif_is_link_up(&interface->netif))
            continue;
        if (!best || (has_gateway(interface) && !has_gateway(best)))
            best = interface;
    }
    netif_set_default(best ? &best->netif : NULL);
}

static void on_change(struct netif *netif, netif_nsc_reason_t reason,
                      const netif_ext_callback_args_t *arguments)
{
    (void)reason;
    (void)arguments;
    if (!netif_is_interface(netif))
        return;
    choose_default();
    address_changed();
}

bool address_look(unsigned int index, struct address_view *view)
{
    struct interface *interface = interface_get(index);
    const struct rival *rival = &rivals[index];
    const struct netif *netif;

    *view = (struct address_view){0};
    if (!interface)
        return false;
    netif = &interface->netif;
    view->up = netif_is_link_up(netif);
    view->address = *netif_ip4_addr(netif);
    view->mask = *netif_ip4_netmask(netif);
    view->gateway = *netif_ip4_gw(netif);
    view->dns = *dns_getserver(0);
    for (u8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        view->v6[i].address = *netif_ip6_addr(netif, i);
        view->v6[i].state = netif_ip6_addr_state(netif, i);
    }
    view->taken = rival->known && ip4_addr_cmp(&rival->address, &view->address);
    memcpy(view->taken_by, rival->card, ETH_HWADDR_LEN);
    return true;
}

/* ---- lwIP's questions -----------------------------------------------------
 */

/* An ARP packet from another card with our address: `arp` is all there. */
static void look_for_rival(const struct interface *interface,
                           const struct etharp_hdr *arp)
{
    struct rival *rival = &rivals[interface->info.index];
    const struct netif *netif = &interface->netif;
    ip4_addr_t sender;

    IPADDR_WORDALIGNED_COPY_TO_IP4_ADDR_T(&sender, &arp->sipaddr);
    if (ip4_addr_isany_val(sender) ||
        !ip4_addr_cmp(&sender, netif_ip4_addr(netif)) ||
        !memcmp(&arp->shwaddr, netif->hwaddr, ETH_HWADDR_LEN))
        return;
    if (rival->known && ip4_addr_cmp(&rival->address, &sender))
        return; /* that has been said */
    rival->known = true;
    rival->address = sender;
    memcpy(rival->card, &arp->shwaddr, ETH_HWADDR_LEN);
    address_changed();
}

/* LWIP_ARP_FILTER_NETIF_FN: an ARP packet came in. lwIP asks who it is for; we
 * look who it is from. */
struct netif *lwip_port_arp(const struct pbuf *p, struct netif *netif)
{
    if (netif_is_interface(netif) &&
        p->len >= SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR)
        look_for_rival(netif->state,
                       (void *)((u8_t *)p->payload + SIZEOF_ETH_HDR));
    return netif;
}

/* LWIP_HOOK_IP4_ROUTE_SRC: what has a source and no neighbour for its
 * destination leaves where the source lives. NULL: as lwIP thinks. */
struct netif *lwip_port_route(const ip4_addr_t *source, const ip4_addr_t *to)
{
    struct netif *owner = NULL, *netif;

    if (ip4_addr_isany(source) || ip4_addr_ismulticast(to))
        return NULL;
    NETIF_FOREACH(netif)
    {
        if (!netif_is_up(netif) || !netif_is_link_up(netif))
            continue;
        if (ip4_addr_netcmp(to, netif_ip4_addr(netif),
                            netif_ip4_netmask(netif)))
            return NULL;
        if (ip4_addr_cmp(source, netif_ip4_addr(netif)))
            owner = netif;
    }
    return owner;
}

/* LWIP_HOOK_ND6_GET_GW: the IPv6 gateway that was set by hand, or NULL. */
const ip6_addr_t *lwip_port_gateway6(struct netif *netif)
{
    static ip6_addr_t gateway;
    const struct address *given;

    if (!netif_is_interface(netif))
        return NULL;
    given = &address_plan_of(((struct interface *)netif->state)->info.index)
                 ->gateway6;
    if (!given->version)
        return NULL;
    gateway = as_ip6(given);
    ip6_addr_assign_zone(&gateway, IP6_UNICAST, netif);
    return &gateway;
}

void address_init(void)
{
    static netif_ext_callback_t callback;

    address_plan_default(&by_default);
    by_default.none = !interfaces_all;
    for (char **setting = environ; *setting; setting++) {
        unsigned int index;

        if (address_plan_names(*setting, &index))
            read_setting(*setting, index);
    }
    read_name();
    LOCK_TCPIP_CORE();
    netif_add_ext_callback(&callback, on_change);
    UNLOCK_TCPIP_CORE();
    address_report_start();
}
