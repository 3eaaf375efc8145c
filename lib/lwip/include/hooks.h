/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hooks.h: where lwIP calls our port; lwipopts.h names them to it. The core
 * lock is held.
 */
#ifndef CORACLE_LWIP_HOOKS_H
#define CORACLE_LWIP_HOOKS_H

#include <stdbool.h>
#include "lwip/arch.h"
#include "lwip/err.h"
#include "lwip/ip4_addr.h"
#include "lwip/ip6_addr.h"
#include "lwip/ip_addr.h"

struct netif;
struct pbuf;
struct tcp_hdr;
struct tcp_pcb;

/* limits.c */
err_t lwip_port_limits(struct tcp_pcb *pcb, const struct tcp_hdr *header,
                       const struct pbuf *p);

/* segment.c */
err_t lwip_port_tcp_in(struct tcp_pcb *pcb);
u32_t *lwip_port_tcp_out(struct pbuf *p, struct tcp_pcb *pcb, u32_t *options);

/* isn.c */
uint32_t lwip_port_isn(const ip_addr_t *own, uint16_t own_port,
                       const ip_addr_t *other, uint16_t other_port);

/* address.c */
struct netif *lwip_port_arp(const struct pbuf *p, struct netif *netif);
struct netif *lwip_port_route(const ip4_addr_t *source, const ip4_addr_t *to);
const ip6_addr_t *lwip_port_gateway6(struct netif *netif);

/* oversize.c */
bool lwip_port_oversize6(const struct pbuf *p);

#endif
