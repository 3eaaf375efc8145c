/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment.c: TCP segmentation offload for lwIP, which knows of none.
 *
 * Most of what TCP costs it costs per segment. A network device takes segments
 * of up to 64 KiB and cuts them itself, or gives them whole to a neighbour on
 * the same host. So lwIP is told that a connection's segments may be larger
 * than they may be on the wire: pcb->mss becomes a multiple of the real value,
 * which is kept beside it and goes along with each packet.
 *
 * How large: a quarter of the congestion window, as Linux does it too, so that
 * the window still is a number of segments and slow start begins with small
 * ones; and no more than a quarter of what lwIP keeps unacknowledged. It grows
 * with the window. It shrinks only when nothing waits to be
 * sent: lwIP relies on no segment of the queue being larger than the mss.
 *
 * lwIP would fragment what exceeds the MTU. Just before a large segment goes to
 * IP the MTU is taken away (0: none, to lwIP), and put back by the interface's
 * output function, which comes right behind lwIP's look at it.
 *
 * All of it hangs on two hooks of lwIP (lwipopts.h), for which nothing of lwIP
 * is changed: one sees each segment of a connection come in, the other each
 * segment go out. Source: RFC 5681; lwIP's doc comments in lwip/opt.h.
 */
#include "coracle/compiler.h"
#include "lib/lwip/include/hooks.h"
#include "lib/lwip/interface.h"
#include "lib/lwip/segment.h"
#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

/* 44 segments of 1460 bytes: with its headers and its pbuf such a one fits in
 * 64 KiB, and in as many slots of a ring as a backend takes. */
#define LARGEST 64240u

/* The other end says how small its segments must be. Below this, which every
 * IPv4 host takes, a device would have to cut a large one into hundreds, so
 * that a peer could keep the host busy (CVE-2019-11477 is of that kind). */
#define SMALLEST 536u

/* Whose MTU was taken away, and what it was. */
static struct netif *lifted;
static u16_t lifted_mtu, lifted_mtu6;

static u8_t real_mss_slot(void)
{
    static u8_t slot;
    static bool known;

    if (!known)
        slot = tcp_ext_arg_alloc_id();
    known = true;
    return slot;
}

static u16_t real_mss(const struct tcp_pcb *pcb)
{
    return (u16_t)(uintptr_t)tcp_ext_arg_get(pcb, real_mss_slot());
}

static bool device_cuts(const struct netif *netif, const struct tcp_pcb *pcb)
{
    const struct interface *interface;
    unsigned int wanted = IP_IS_V6_VAL(pcb->remote_ip)
                              ? NETDEV_GSO_TCPV6 | NETDEV_CSUM_IPV6
                              : NETDEV_GSO_TCPV4 | NETDEV_CSUM_IPV4;

    if (!netif || !netif_is_interface(netif))
        return false;
    interface = netif->state;
    return (interface->info.features & wanted) == wanted;
}

/* lwIP's LWIP_HOOK_TCP_INPACKET_PCB: a segment for `pcb` came in. */
err_t lwip_port_tcp_in(struct tcp_pcb *pcb)
{
    u32_t real, wanted;

    if (pcb->state != ESTABLISHED || !device_cuts(ip_current_netif(), pcb))
        return ERR_OK;
    real = real_mss(pcb);
    if (!real) {
        real = pcb->mss;
        if (real < SMALLEST)
            return ERR_OK;
        tcp_ext_arg_set(pcb, real_mss_slot(), (void *)(uintptr_t)real);
    }
    wanted = LWIP_MIN(LWIP_MIN(pcb->cwnd, TCP_SND_BUF) / 4, LARGEST);
    wanted = LWIP_MAX(wanted - wanted % real, real);
    if (wanted > pcb->mss || !pcb->unsent)
        pcb->mss = (u16_t)wanted;
    return ERR_OK;
}

static void restore(void)
{
    if (!lifted)
        return;
    lifted->mtu = lifted_mtu;
    lifted->mtu6 = lifted_mtu6;
    lifted = NULL;
}

/* lwIP's LWIP_HOOK_TCP_OUT_ADD_TCPOPTS: `p` is about to go to IP. */
u32_t *lwip_port_tcp_out(struct pbuf *p, struct tcp_pcb *pcb, u32_t *options)
{
    struct netif *netif;

    restore(); /* the last one may have been for ourselves */
    if (!pcb || !real_mss(pcb) || p->tot_len <= TCP_HLEN + real_mss(pcb))
        return options;
    netif = ip_route(&pcb->local_ip, &pcb->remote_ip);
    if (device_cuts(netif, pcb)) {
        lifted = netif;
        lifted_mtu = netif->mtu;
        lifted_mtu6 = netif->mtu6;
        netif->mtu = 0;
        netif->mtu6 = 0;
    }
    return options;
}

void segment_sent(void)
{
    restore();
}

u16_t segment_size(const struct netif *netif)
{
    /* lwIP's hints belong to the connection whose packet it is. */
    if (!netif->hints)
        return 0;
    return real_mss(container_of(netif->hints, struct tcp_pcb, netif_hints));
}
