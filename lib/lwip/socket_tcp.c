/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_tcp.c: TCP sockets: how a connection that we begin comes, and how any
 * goes. Those that others begin are in socket_tcp_listen.c, the bytes in
 * socket_tcp_data.c, the options in socket_tcp_option.c.
 *
 * A socket outlives its connection, and a connection its socket: after close()
 * lwIP still sends what is left and waits for the other end. So the pointer to
 * the pcb is cut in four places: lwIP tells of the connection's end (on_error);
 * both directions are finished (let_go), since lwIP frees such a pcb whenever
 * it likes and tells nobody; listen() replaces it; and the socket is closed.
 *
 * Concurrency: the core lock guards everything; lwIP calls back with it held.
 */
#include "lib/lwip/socket_tcp.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include "coracle/memory.h"
#include "lib/lwip/limits.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

/* ---- Readiness ------------------------------------------------------------
 */

/* What holds in a connection, or in what is left of one. */
static short connection_ready(const struct tcp_socket *tcp)
{
    const struct inet_socket *socket = &tcp->inet;
    bool in_over = tcp->ended || tcp->end_of_input || socket->shut_in;
    bool out_over = tcp->ended || socket->shut_out;
    short ready = 0;

    if (tcp->first != NULL || in_over)
        ready |= POLLIN;
    if (in_over)
        ready |= POLLRDHUP;
    if (out_over || tcp_has_room(tcp))
        ready |= POLLOUT;
    if (in_over && out_over)
        ready |= POLLHUP;
    return ready;
}

void tcp_update(struct tcp_socket *tcp, short news)
{
    short ready = 0;

    switch (tcp->state) {
    case TCP_FRESH:
        ready = POLLOUT | POLLHUP;
        break;
    case TCP_LISTENING:
        ready = list_empty(&tcp->accepted) ? 0 : POLLIN;
        break;
    case TCP_CONNECTING:
        break;
    case TCP_CONNECTED:
        ready = connection_ready(tcp);
        break;
    }
    if (tcp->inet.error != 0)
        ready |= POLLIN | POLLOUT | POLLERR;
    inet_set_ready(&tcp->inet, ready, news);
}

/* Everything may be different: all look again. */
static void tcp_changed(struct tcp_socket *tcp)
{
    tcp_update(tcp, POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
    inet_wake_all(&tcp->inet.readers);
    inet_wake_all(&tcp->inet.writers);
}

/* ---- Between lwIP and us ---------------------------------------------------
 */

void tcp_note_names(struct tcp_socket *tcp)
{
    const struct tcp_pcb *pcb = tcp->inet.pcb.tcp;

    tcp->own.address = pcb->local_ip;
    tcp->own.port = pcb->local_port;
    tcp->other.address = pcb->remote_ip;
    tcp->other.port = pcb->remote_port;
}

struct tcp_pcb *tcp_cut(struct tcp_socket *tcp)
{
    struct tcp_pcb *pcb = tcp->inet.pcb.tcp;

    tcp->inet.pcb.tcp = NULL;
    if (pcb == NULL)
        return NULL;
    tcp_arg(pcb, NULL);
    if (tcp->state != TCP_LISTENING) {
        tcp_recv(pcb, NULL);
        tcp_sent(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_poll(pcb, NULL, 0);
    }
    return pcb;
}

void tcp_let_go(struct tcp_socket *tcp)
{
    if (tcp->end_of_input && tcp->inet.shut_out)
        tcp_cut(tcp);
}

static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct tcp_socket *tcp = argument;

    (void)pcb;
    (void)error; /* always ERR_OK */
    tcp->state = TCP_CONNECTED;
    tcp_note_names(tcp);
    tcp_changed(tcp);
    return ERR_OK;
}

/* The connection is over, and the pcb gone. */
static void on_error(void *argument, err_t error)
{
    struct tcp_socket *tcp = argument;

    tcp->inet.pcb.tcp = NULL;
    if (tcp->state == TCP_CONNECTING) {
        tcp->state = TCP_FRESH; /* connect() may be tried again */
        tcp->inet.error = error == ERR_RST ? -ECONNREFUSED : inet_error(error);
    } else {
        tcp->ended = true;
        tcp_ended_unaccepted(tcp);
        /* ERR_CLSD: both ends have closed in good order. */
        if (error != ERR_CLSD)
            tcp->inet.error = inet_error(error);
    }
    tcp_changed(tcp);
}

void tcp_listen_to_lwip(struct tcp_socket *tcp)
{
    struct tcp_pcb *pcb = tcp->inet.pcb.tcp;

    tcp_arg(pcb, tcp);
    tcp_err(pcb, on_error);
    tcp_recv(pcb, tcp_on_received);
    tcp_sent(pcb, tcp_on_sent);
    /* Twice a second: sockets that ran out of memory try again. */
    tcp_poll(pcb, tcp_on_poll, 1);
}

/* ---- Making and closing ----------------------------------------------------
 */

void tcp_apply_options(struct tcp_socket *tcp)
{
    struct tcp_pcb *pcb = tcp->inet.pcb.tcp;

    if (pcb == NULL || tcp->state == TCP_LISTENING)
        return;
    if (tcp->no_delay)
        tcp_nagle_disable(pcb);
    else
        tcp_nagle_enable(pcb);
    pcb->keep_idle = tcp->keep_idle * 1000u;
    pcb->keep_intvl = tcp->keep_interval * 1000u;
    pcb->keep_cnt = tcp->keep_count;
}

static int tcp_attach(struct inet_socket *socket)
{
    struct tcp_socket *tcp = tcp_socket_of(socket);

    if (tcp->keep_idle == 0) { /* a new socket, not a second connect() */
        tcp->keep_idle = TCP_KEEPIDLE_DEFAULT / 1000;
        tcp->keep_interval = TCP_KEEPINTVL_DEFAULT / 1000;
        tcp->keep_count = TCP_KEEPCNT_DEFAULT;
        list_init(&tcp->accepted);
        list_init(&tcp->link);
    }
    socket->pcb.tcp = tcp_new_ip_type(inet_address_type(socket));
    if (socket->pcb.tcp == NULL)
        return -ENOBUFS;
    tcp_listen_to_lwip(tcp);
    tcp_apply_options(tcp);
    tcp_update(tcp, 0);
    return 0;
}

/*
 * Say goodbye in good order if all was read and the program wants no other
 * end. Bytes that nobody read are lost, and the other end is told so by a
 * reset (RFC 2525, section 2.17).
 */
static void end_connection(struct tcp_socket *tcp, struct tcp_pcb *pcb,
                           bool unread)
{
    if (unread || pcb->refused_data != NULL || tcp->linger == 1) {
        tcp_abort(pcb);
        return;
    }
    limits_close(pcb);
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
}

static void tcp_release(struct inet_socket *socket)
{
    struct tcp_socket *tcp = tcp_socket_of(socket);
    bool unread = tcp->first != NULL;
    struct tcp_pcb *pcb = tcp_cut(tcp);

    tcp_refuse_all(tcp);
    tcp_drop_input(tcp);
    if (pcb == NULL)
        return;
    if (tcp->state == TCP_CONNECTED)
        end_connection(tcp, pcb, unread);
    else if (tcp_close(pcb) != ERR_OK) /* a listening one always can */
        tcp_abort(pcb);
}

/* SO_LINGER: close() waits until all is sent and acknowledged. */
static void linger(struct tcp_socket *tcp)
{
    uint64_t seconds = (uint64_t)tcp->linger - 1;
    uint64_t deadline = time_monotonic() + seconds * NS_PER_S;
    unsigned long seen;

    while (tcp->inet.pcb.tcp != NULL && tcp->inet.pcb.tcp->snd_queuelen > 0 &&
           time_monotonic() < deadline) {
        struct sleepers *side = &tcp->inet.writers;

        seen = side->wakes;
        side->count++;
        UNLOCK_TCPIP_CORE();
        spin_lock(&side->lock);
        if (side->wakes == seen)
            waitq_wait(&side->queue, &side->lock, deadline);
        spin_unlock(&side->lock);
        LOCK_TCPIP_CORE();
        side->count--;
    }
}

static void tcp_hangup(struct file *file)
{
    struct tcp_socket *tcp = tcp_socket_of(inet_socket_of(file));

    inet_hangup(file);
    LOCK_TCPIP_CORE();
    if (tcp->state == TCP_CONNECTED && tcp->linger > 1)
        linger(tcp);
    UNLOCK_TCPIP_CORE();
}

/* ---- bind() and connect() ---------------------------------------------------
 */

static int tcp_bind_locked(struct tcp_socket *tcp, const struct endpoint *to)
{
    struct tcp_pcb *pcb = tcp->inet.pcb.tcp;
    const ip_addr_t *address = &to->address;
    int result;

    if (tcp->state != TCP_FRESH || pcb == NULL || pcb->local_port != 0)
        return -EINVAL;
    if (!address_is_ours(address))
        return -EADDRNOTAVAIL;
    /* "Any" of an IPv6 socket is any of IPv4, too. */
    if (tcp->inet.ipv6 && !tcp->inet.v6only && ip_addr_isany(address))
        address = IP_ANY_TYPE;
    result = inet_error(tcp_bind(pcb, address, to->port));
    /* There is no free port. */
    return result == -ENOBUFS ? -EADDRINUSE : result;
}

static int tcp_bind_file(struct file *file, const struct sockaddr *address,
                         socklen_t size)
{
    struct inet_socket *socket = inet_socket_of(file);
    struct endpoint to;
    int result = address_in(socket, address, size, &to);

    if (result < 0)
        return result;
    LOCK_TCPIP_CORE();
    result = tcp_bind_locked(tcp_socket_of(socket), &to);
    UNLOCK_TCPIP_CORE();
    return result;
}

/* To no address in particular means to ourselves. */
static void any_is_loopback(ip_addr_t *address)
{
    if (!ip_addr_isany(address))
        return;
    if (IP_IS_V4(address))
        ip_addr_set_loopback_val(false, *address);
    else
        ip_addr_set_loopback_val(true, *address);
}

static int begin_connecting(struct tcp_socket *tcp, struct endpoint *to)
{
    int result;

    switch (tcp->state) {
    case TCP_CONNECTING:
        return -EALREADY;
    case TCP_CONNECTED:
    case TCP_LISTENING:
        return -EISCONN;
    case TCP_FRESH:
        break;
    }
    if (tcp->inet.pcb.tcp == NULL && tcp_attach(&tcp->inet) < 0)
        return -ENOBUFS;
    any_is_loopback(&to->address);
    inet_take_error(&tcp->inet);
    tcp->state = TCP_CONNECTING; /* on_connected() may run at once */
    result = inet_error(
        tcp_connect(tcp->inet.pcb.tcp, &to->address, to->port, on_connected));
    if (result < 0)
        tcp->state = TCP_FRESH;
    tcp_update(tcp, 0);
    return result == -ENOBUFS ? -EADDRNOTAVAIL : result;
}

static int tcp_connect_locked(struct tcp_socket *tcp, struct endpoint *to)
{
    uint64_t deadline = 0;
    int result = begin_connecting(tcp, to);

    if (result < 0)
        return result;
    while (tcp->state == TCP_CONNECTING) {
        if (file_nonblocking(&tcp->inet.file))
            return -EINPROGRESS;
        result = inet_wait(&tcp->inet, &tcp->inet.writers, &deadline);
        if (result < 0)
            return result == -EAGAIN ? -EINPROGRESS : result;
    }
    result = inet_take_error(&tcp->inet);
    tcp_update(tcp, 0);
    return result;
}

static int tcp_connect_file(struct file *file, const struct sockaddr *address,
                            socklen_t size)
{
    struct inet_socket *socket = inet_socket_of(file);
    struct endpoint to;
    int result = address_in(socket, address, size, &to);

    if (result < 0)
        return result;
    LOCK_TCPIP_CORE();
    result = tcp_connect_locked(tcp_socket_of(socket), &to);
    UNLOCK_TCPIP_CORE();
    return result;
}

/* ---- shutdown() and names
 * ---------------------------------------------------- */

static int tcp_shutdown_locked(struct tcp_socket *tcp, int how)
{
    struct inet_socket *socket = &tcp->inet;

    if (tcp->state != TCP_CONNECTED)
        return -ENOTCONN;
    if (how != SHUT_WR && !socket->shut_in) {
        socket->shut_in = true;
        tcp_discard_input(tcp);
    }
    if (how != SHUT_RD && !socket->shut_out) {
        socket->shut_out = true;
        if (socket->pcb.tcp != NULL)
            tcp_shutdown(socket->pcb.tcp, 0, 1);
        tcp_let_go(tcp);
    }
    tcp_changed(tcp);
    return 0;
}

static int tcp_shutdown_file(struct file *file, int how)
{
    int result;

    LOCK_TCPIP_CORE();
    result = tcp_shutdown_locked(tcp_socket_of(inet_socket_of(file)), how);
    UNLOCK_TCPIP_CORE();
    return result;
}

static int tcp_name(struct file *file, bool other,
                    struct sockaddr_storage *address, socklen_t *size)
{
    struct tcp_socket *tcp = tcp_socket_of(inet_socket_of(file));
    struct endpoint name = {.port = 0};
    int result = -ENOTCONN;

    LOCK_TCPIP_CORE();
    if (tcp->state == TCP_CONNECTED) {
        result = inet_name(&tcp->inet, other ? &tcp->other : &tcp->own, address,
                           size);
    } else if (!other) {
        if (tcp->inet.pcb.tcp != NULL) {
            name.address = tcp->inet.pcb.tcp->local_ip;
            name.port = tcp->inet.pcb.tcp->local_port;
        }
        result = inet_name(&tcp->inet, &name, address, size);
    }
    UNLOCK_TCPIP_CORE();
    return result;
}

static int tcp_ioctl(struct file *file, unsigned long request, void *argument)
{
    struct tcp_socket *tcp = tcp_socket_of(inet_socket_of(file));

    if (request != FIONREAD)
        return -ENOTTY;
    LOCK_TCPIP_CORE();
    *(int *)argument = (int)tcp->waiting;
    UNLOCK_TCPIP_CORE();
    return 0;
}

static const struct socket_ops tcp_socket_ops = {
    .bind = tcp_bind_file,
    .connect = tcp_connect_file,
    .listen = tcp_listen_file,
    .accept = tcp_accept_file,
    .shutdown = tcp_shutdown_file,
    .name = tcp_name,
    .get_option = inet_get_option,
    .set_option = inet_set_option,
    .send = tcp_send_file,
    .receive = tcp_receive_file,
};

static const struct file_ops tcp_ops = {
    .read = socket_read,
    .write = socket_write,
    .readv = socket_readv,
    .writev = socket_writev,
    .stat = socket_stat,
    .ioctl = tcp_ioctl,
    .poll = inet_poll,
    .hangup = tcp_hangup,
    .close = inet_close,
    .socket = &tcp_socket_ops,
};

const struct inet_protocol tcp_protocol = {
    .type = SOCK_STREAM,
    .size = sizeof(struct tcp_socket),
    .ops = &tcp_ops,
    .attach = tcp_attach,
    .release = tcp_release,
    .get_option = tcp_get_option,
    .set_option = tcp_set_option,
};
