/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inspect.c: lwIP's TCP connections, for people.
 *
 * lwIP keeps them in four lists: those that listen, those that are bound and
 * nothing else, the active ones, and those that are over but for late segments
 * (TIME_WAIT). Addresses become text here, while the core lock is held, and
 * nothing of lwIP's is seen outside.
 */
#include "coracle/inspect.h"
#include "lib/printf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcpip.h"

struct look {
    struct inspect_tcp *to;
    unsigned int room, count;
    unsigned int *states;
};

static void write_address(char to[INSPECT_ADDRESS], const ip_addr_t *address,
                          unsigned int port)
{
    char text[IPADDR_STRLEN_MAX];

    if (IP_IS_ANY_TYPE_VAL(*address) || ip_addr_isany(address))
        string_format(to, INSPECT_ADDRESS, "*:%u", port);
    else if (ipaddr_ntoa_r(address, text, sizeof(text)))
        string_format(to, INSPECT_ADDRESS,
                      IP_IS_V6(address) ? "[%s]:%u" : "%s:%u", text, port);
}

/* One of the lists; all its structures begin alike. */
static void look_at(struct look *look, const struct tcp_pcb *pcb)
{
    for (; pcb; pcb = pcb->next) {
        struct inspect_tcp *to = &look->to[look->count];
        bool whole = pcb->state != LISTEN;

        look->states[pcb->state]++;
        if (look->count++ >= look->room)
            continue;
        *to = (struct inspect_tcp){.state = pcb->state};
        write_address(to->local, &pcb->local_ip, pcb->local_port);
        if (!whole)
            continue; /* the rest is not there */
        write_address(to->remote, &pcb->remote_ip, pcb->remote_port);
        to->queued = TCP_SND_BUF - pcb->snd_buf;
        to->window = pcb->snd_wnd;
        to->congestion = pcb->cwnd;
        to->receive_window = pcb->rcv_wnd;
    }
}

unsigned int inspect_tcp(struct inspect_tcp to[], unsigned int room,
                         unsigned int states[INSPECT_TCP_STATES])
{
    struct look look = {.to = to, .room = room, .states = states};

    for (unsigned int i = 0; i < INSPECT_TCP_STATES; i++)
        states[i] = 0;
    LOCK_TCPIP_CORE();
    look_at(&look, (struct tcp_pcb *)tcp_listen_pcbs.listen_pcbs);
    look_at(&look, tcp_active_pcbs);
    look_at(&look, tcp_bound_pcbs);
    look_at(&look, tcp_tw_pcbs);
    UNLOCK_TCPIP_CORE();
    return look.count;
}

const char *inspect_tcp_state(unsigned int state)
{
    static const char *const names[INSPECT_TCP_STATES] = {
        [CLOSED] = "closed",           [LISTEN] = "listen",
        [SYN_SENT] = "syn-sent",       [SYN_RCVD] = "syn-received",
        [ESTABLISHED] = "established", [FIN_WAIT_1] = "fin-wait-1",
        [FIN_WAIT_2] = "fin-wait-2",   [CLOSE_WAIT] = "close-wait",
        [CLOSING] = "closing",         [LAST_ACK] = "last-ack",
        [TIME_WAIT] = "time-wait",
    };

    return state < INSPECT_TCP_STATES ? names[state] : "?";
}
