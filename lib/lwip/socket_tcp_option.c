/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_tcp_option.c: the options that only TCP has. The socket keeps them, so
 * that they outlive a pcb, and hands them to the one it has
 * (tcp_apply_options()).
 *
 * Concurrency: the core lock is held.
 */
#include "lib/lwip/socket_tcp.h"
#include "lwip/tcp.h"

#include <netinet/tcp.h> /* lwIP has constants of the same kind: behind it */

#define SECONDS_MAX 32767
#define PROBES_MAX  127

int tcp_get_option(struct inet_socket *socket, int level, int name, int *value)
{
    const struct tcp_socket *tcp = tcp_socket_of(socket);

    if (level == SOL_SOCKET && name == SO_ACCEPTCONN)
        *value = tcp->state == TCP_LISTENING;
    else if (level == SOL_SOCKET && name == SO_RCVBUF)
        *value = TCP_WND;
    else if (level == IPPROTO_TCP && name == TCP_NODELAY)
        *value = tcp->no_delay;
    else if (level == IPPROTO_TCP && name == TCP_KEEPIDLE)
        *value = (int)tcp->keep_idle;
    else if (level == IPPROTO_TCP && name == TCP_KEEPINTVL)
        *value = (int)tcp->keep_interval;
    else if (level == IPPROTO_TCP && name == TCP_KEEPCNT)
        *value = (int)tcp->keep_count;
    else if (level == IPPROTO_TCP && name == TCP_MAXSEG)
        *value = tcp->state == TCP_CONNECTED && socket->pcb.tcp != NULL
                     ? tcp_mss(socket->pcb.tcp)
                     : TCP_MSS;
    else
        return -ENOPROTOOPT;
    return 0;
}

int tcp_set_option(struct inet_socket *socket, int level, int name, int value)
{
    struct tcp_socket *tcp = tcp_socket_of(socket);

    if (level == SOL_SOCKET && name == SO_RCVBUF)
        return value < 0 ? -EINVAL : 0;
    if (level == IPPROTO_TCP && name == TCP_NODELAY) {
        tcp->no_delay = value != 0;
        tcp_apply_options(tcp);
        if (value != 0 && tcp->state == TCP_CONNECTED &&
            socket->pcb.tcp != NULL)
            tcp_output(socket->pcb.tcp); /* what was held back goes now */
        return 0;
    }
    if (level != IPPROTO_TCP ||
        (name != TCP_KEEPIDLE && name != TCP_KEEPINTVL && name != TCP_KEEPCNT))
        return -ENOPROTOOPT;
    if (value < 1 || value > (name == TCP_KEEPCNT ? PROBES_MAX : SECONDS_MAX))
        return -EINVAL;
    if (name == TCP_KEEPIDLE)
        tcp->keep_idle = (unsigned int)value;
    else if (name == TCP_KEEPINTVL)
        tcp->keep_interval = (unsigned int)value;
    else
        tcp->keep_count = (unsigned int)value;
    tcp_apply_options(tcp);
    return 0;
}
