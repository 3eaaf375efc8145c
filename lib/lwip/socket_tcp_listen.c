/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_tcp_listen.c: TCP sockets that listen, and the connections that have
 * come to them.
 *
 * lwIP makes a connection and hands it over (on_accept), which is when it gets
 * a socket; that stands in the listener's list until accept(). As long as it
 * does it counts against the backlog, also when the other end has given it up
 * meanwhile: the program shall see that somebody was there, and if it is slow,
 * nobody may fill its memory by coming and going. lwIP itself counts only
 * connections that live, so the others are added to its number here.
 *
 * Concurrency: the core lock guards everything; lwIP calls back with it held.
 */
#include <poll.h>
#include "coracle/memory.h"
#include "lib/lwip/socket_tcp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

/* lwIP counts in a byte; for a moment there is one more (below). */
#define BACKLOG_MAX 254

static struct tcp_pcb_listen *pcb_of(const struct tcp_socket *listener)
{
    return (struct tcp_pcb_listen *)listener->inet.pcb.tcp;
}

/* ---- What comes ------------------------------------------------------------
 */

/* A connection has come in; `argument` is the listening socket. */
static err_t on_accept(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct tcp_socket *parent = argument, *child;

    if (pcb == NULL || error != ERR_OK || parent == NULL)
        return ERR_VAL;
    child = heap_alloc_zeroed(1, sizeof(*child));
    if (child == NULL)
        return ERR_MEM; /* lwIP resets the connection */
    inet_socket_init(&child->inet, &tcp_protocol, IPPROTO_TCP,
                     parent->inet.ipv6, parent->inet.v6only);
    child->inet.pcb.tcp = pcb;
    child->state = TCP_CONNECTED;
    child->no_delay = parent->no_delay;
    child->keep_idle = parent->keep_idle;
    child->keep_interval = parent->keep_interval;
    child->keep_count = parent->keep_count;
    child->linger = parent->linger;
    child->inet.receive_timeout = parent->inet.receive_timeout;
    child->inet.send_timeout = parent->inet.send_timeout;
    list_init(&child->accepted);
    child->listener = parent;
    list_add_tail(&parent->accepted, &child->link);
    tcp_listen_to_lwip(child);
    tcp_apply_options(child);
    tcp_note_names(child);
    tcp_update(child, 0);
    /* It counts against the listener's backlog until accept(). */
    tcp_backlog_delayed(pcb);
    tcp_update(parent, POLLIN);
    inet_wake_one(&parent->inet.readers);
    return ERR_OK;
}

/* lwIP takes the connection off its number just before or just after. */
void tcp_ended_unaccepted(struct tcp_socket *tcp)
{
    if (tcp->listener != NULL)
        pcb_of(tcp->listener)->accepts_pending++;
}

void tcp_refuse_all(struct tcp_socket *tcp)
{
    while (!list_empty(&tcp->accepted)) {
        struct tcp_socket *child =
            list_first(&tcp->accepted, struct tcp_socket, link);
        struct tcp_pcb *pcb;

        list_del(&child->link);
        pcb = tcp_cut(child);
        if (pcb != NULL)
            tcp_abort(pcb);
        tcp_drop_input(child);
        heap_free(child);
    }
}

/* ---- listen() and accept() --------------------------------------------------
 */

static uint8_t limit_of(int backlog)
{
    if (backlog < 1)
        return 1;
    return (uint8_t)(backlog < BACKLOG_MAX ? backlog : BACKLOG_MAX);
}

static int tcp_listen_locked(struct tcp_socket *tcp, int backlog)
{
    struct tcp_pcb *pcb = tcp->inet.pcb.tcp;
    uint8_t limit = limit_of(backlog);
    err_t error;

    if (tcp->state == TCP_LISTENING) {
        tcp_backlog_set(pcb, limit);
        return 0;
    }
    if (tcp->state != TCP_FRESH || pcb == NULL)
        return -EINVAL;
    if (pcb->local_port == 0) {
        error = tcp_bind(pcb,
                         inet_address_type(&tcp->inet) == IPADDR_TYPE_ANY
                             ? IP_ANY_TYPE
                             : &pcb->local_ip,
                         0);
        if (error != ERR_OK)
            return inet_error(error);
    }
    /* lwIP makes a smaller pcb of it. */
    pcb = tcp_listen_with_backlog_and_err(pcb, limit, &error);
    if (pcb == NULL)
        return inet_error(error);
    tcp->inet.pcb.tcp = pcb;
    tcp->state = TCP_LISTENING;
    tcp_arg(pcb, tcp);
    tcp_accept(pcb, on_accept);
    tcp_update(tcp, 0);
    return 0;
}

int tcp_listen_file(struct file *file, int backlog)
{
    int result;

    LOCK_TCPIP_CORE();
    result = tcp_listen_locked(tcp_socket_of(inet_socket_of(file)), backlog);
    UNLOCK_TCPIP_CORE();
    return result;
}

/* It counts against the listener's backlog no more. */
static void take_off(struct tcp_socket *child)
{
    if (child->inet.pcb.tcp != NULL)
        tcp_backlog_accepted(child->inet.pcb.tcp);
    else
        pcb_of(child->listener)->accepts_pending--;
    child->listener = NULL;
    list_del(&child->link);
}

/* The next connection, once there is one: *child. */
static int accept_locked(struct tcp_socket *tcp, struct tcp_socket **child)
{
    uint64_t deadline = 0;
    int result;

    if (tcp->state != TCP_LISTENING)
        return -EINVAL;
    while (list_empty(&tcp->accepted)) {
        if (file_nonblocking(&tcp->inet.file))
            return -EAGAIN;
        result = inet_wait(&tcp->inet, &tcp->inet.readers, &deadline);
        if (result < 0)
            return result;
    }
    *child = list_first(&tcp->accepted, struct tcp_socket, link);
    take_off(*child);
    tcp_update(tcp, 0);
    if (!list_empty(&tcp->accepted))
        inet_wake_one(&tcp->inet.readers);
    return 0;
}

int tcp_accept_file(struct file *file, struct file **connection)
{
    struct tcp_socket *child;
    int result;

    LOCK_TCPIP_CORE();
    result = accept_locked(tcp_socket_of(inet_socket_of(file)), &child);
    UNLOCK_TCPIP_CORE();
    if (result == 0)
        *connection = &child->inet.file;
    return result;
}
