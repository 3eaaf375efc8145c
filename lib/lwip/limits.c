/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.c: TCP within the memory there is.
 *
 * lwIP limits everything by numbers that are fixed when it is compiled. Here
 * the same image runs in 8 MiB and in 8 GiB, so its limits follow what is free:
 *
 * - Windows. TCP_WND and TCP_SND_BUF (lwipopts.h) are a sixteenth of the free
 *   memory, between 64 KiB and 1 MiB: for new connections at once, for others
 *   as they go on.
 * - Bytes that nobody reads. Windows are promises, and a thousand connections
 *   have more of them than there is memory. So when memory is short, a socket
 *   takes only what it has read all before (socket_tcp_data.c), and what is
 *   missing something in front is dropped. Who reads goes on; lwIP drops for
 *   the others as if on the way, and their peers try again.
 * - Connections that are not there yet. A flood of SYNs would fill a listener's
 *   backlog for 20 s. Instead the oldest half-open connection makes room for
 *   the new one: a real client answers within a round trip.
 * - Connections that are over. TIME_WAIT lasts two minutes; beyond some number
 *   the oldest end early.
 *
 * All hang on lwIP's LWIP_HOOK_TCP_INPACKET_PCB, which sees each segment for a
 * connection or listener. The look at free memory comes once in a while, not
 * with each segment.
 */
#include "lib/lwip/limits.h"
#include "coracle/memory.h"
#include "lib/lwip/include/hooks.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

/* TCP_WND is its largest value less this. */
u32_t lwip_port_window_less;

static bool short_of_memory;

/* How many segments pass between two looks, a power of two. */
#define LOOK_EVERY 64u

bool limits_short(void)
{
    return short_of_memory;
}

void limits_close(struct tcp_pcb *pcb)
{
    pcb->rcv_wnd = TCP_WND_MAX(pcb);
}

static size_t at_least(size_t least, size_t number)
{
    return number < least ? least : number;
}

static size_t at_most(size_t most, size_t number)
{
    return number > most ? most : number;
}

/* lwIP keeps the youngest first. It is about to look at `spared`. */
static void end_early(const struct tcp_pcb *spared)
{
    size_t most = at_most(4096, at_least(256, page_count_total() / 8));
    struct tcp_pcb *pcb = tcp_tw_pcbs, *next;

    while (pcb && most--)
        pcb = pcb->next;
    for (; pcb; pcb = next) {
        next = pcb->next;
        if (pcb != spared)
            tcp_abort(pcb); /* silently, in this state */
    }
}

static void look(const struct tcp_pcb *spared)
{
    size_t free = page_count_free() * PAGE_SIZE;
    size_t total = page_count_total() * PAGE_SIZE;
    size_t window = at_least(LWIP_PORT_WINDOW_MIN,
                             at_most(LWIP_PORT_WINDOW_MAX, free / 16));

    lwip_port_window_less = LWIP_PORT_WINDOW_MAX - (u32_t)window;
    short_of_memory = free < at_most(4 << 20, total / 16);
    end_early(spared);
}

/* The half-open connection of `listener` that has been so for longest. */
static struct tcp_pcb *oldest_half_open(const struct tcp_pcb_listen *listener)
{
    struct tcp_pcb *oldest = NULL;
    u32_t most = 0;

    /* Of several of one age the last: lwIP puts new ones in front. */
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->state == SYN_RCVD && pcb->listener == listener &&
            tcp_ticks - pcb->tmr >= most) {
            oldest = pcb;
            most = tcp_ticks - pcb->tmr;
        }
    return oldest;
}

static void make_room(const struct tcp_pcb_listen *listener)
{
    struct tcp_pcb *oldest;

    if (listener->accepts_pending < listener->backlog)
        return;
    oldest = oldest_half_open(listener);
    if (oldest)
        tcp_abandon(oldest, 0);
}

/* Bytes that must wait for others before they are of use. */
static bool early(const struct tcp_pcb *pcb, const struct tcp_hdr *header,
                  const struct pbuf *p)
{
    return p->tot_len > 0 && pcb->state == ESTABLISHED &&
           header->seqno != pcb->rcv_nxt;
}

err_t lwip_port_limits(struct tcp_pcb *pcb, const struct tcp_hdr *header,
                       const struct pbuf *p)
{
    static u32_t segments;

    if (segments++ % LOOK_EVERY == 0)
        look(pcb);
    if (pcb->state == LISTEN) {
        if (TCPH_FLAGS(header) & TCP_SYN)
            make_room((const struct tcp_pcb_listen *)pcb);
        return ERR_OK;
    }
    return short_of_memory && early(pcb, header, p) ? ERR_MEM : ERR_OK;
}
