/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_datagram.c: UDP sockets, and raw ones.
 *
 * How they begin, send and end; socket_datagram_in.c has what comes. Both send
 * one datagram a call.
 *
 * Concurrency: the core lock guards everything; lwIP calls back with it held.
 */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include "coracle/memory.h"
#include "lib/lwip/socket.h"
#include "lib/lwip/socket_datagram.h"
#include "lwip/ip.h"
#include "lwip/prot/ip6.h"
#include "lwip/raw.h"
#include "lwip/udp.h"

/* What IP leaves of 64 KiB for UDP. */
#define UDP_SIZE_MAX 65507

static const struct file_ops datagram_ops;

static struct datagram_socket *of_file(struct file *file)
{
    return datagram_socket_of(inet_socket_of(file));
}

/* ---- Out ------------------------------------------------------------------
 */

/* A pbuf with the message's bytes and room for headers in front. */
static struct pbuf *copy_in(const struct inet_socket *socket,
                            const struct msghdr *message, size_t total)
{
    struct pbuf *pbuf =
        pbuf_alloc(socket->protocol == &udp_protocol ? PBUF_TRANSPORT : PBUF_IP,
                   (uint16_t)total, PBUF_RAM);
    char *to;

    if (pbuf == NULL)
        return NULL;
    to = pbuf->payload;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        memcpy(to, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
        to += message->msg_iov[i].iov_len;
    }
    return pbuf;
}

/* "Everybody" wants SO_BROADCAST, whether there is a way there or not. */
static bool is_forbidden(const struct inet_socket *socket, const ip_addr_t *to)
{
    return IP_IS_V4(to) && ip4_addr_cmp(ip_2_ip4(to), IP4_ADDR_BROADCAST) &&
           !ip_get_option(socket->pcb.ip, SOF_BROADCAST);
}

/* ERR_VAL of a send is a network's broadcast without SO_BROADCAST: all else
 * that lwIP calls so has been checked before. */
static int send_error(err_t error)
{
    return error == ERR_VAL ? -EACCES : inet_error(error);
}

static int send_pbuf(struct datagram_socket *own, struct pbuf *pbuf,
                     const struct endpoint *to)
{
    int error = datagram_take_error(own);

    if (error)
        return error;
    if (own->inet.shut_out)
        return -EPIPE;
    if (to == NULL && !own->connected)
        return -EDESTADDRREQ;
    if (to != NULL && is_forbidden(&own->inet, &to->address))
        return -EACCES;
    if (own->inet.protocol == &raw_protocol)
        return send_error(
            to == NULL ? raw_send(own->inet.pcb.raw, pbuf)
                       : raw_sendto(own->inet.pcb.raw, pbuf, &to->address));
    return send_error(to == NULL ? udp_send(own->inet.pcb.udp, pbuf)
                                 : udp_sendto(own->inet.pcb.udp, pbuf,
                                              &to->address, to->port));
}

static ssize_t datagram_send(struct file *file, const struct msghdr *message,
                             int flags)
{
    struct datagram_socket *own = of_file(file);
    size_t total = socket_total(message);
    struct endpoint to;
    struct pbuf *pbuf;
    int result = 0;

    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (total > UDP_SIZE_MAX)
        return -EMSGSIZE;
    if (message->msg_name != NULL)
        result = address_in(&own->inet, message->msg_name, message->msg_namelen,
                            &to);
    if (result < 0)
        return result;
    pbuf = copy_in(&own->inet, message, total);
    if (pbuf == NULL)
        return -ENOBUFS;
    LOCK_TCPIP_CORE();
    result = send_pbuf(own, pbuf, message->msg_name == NULL ? NULL : &to);
    pbuf_free(pbuf);
    UNLOCK_TCPIP_CORE();
    return result < 0 ? result : (ssize_t)total;
}

/* ---- Addresses ------------------------------------------------------------
 */

static int bind_locked(struct datagram_socket *own, const struct endpoint *to)
{
    struct inet_socket *socket = &own->inet;
    const ip_addr_t *address = &to->address;

    if (!address_is_ours(address))
        return -EADDRNOTAVAIL;
    if (socket->protocol == &raw_protocol)
        return inet_error(raw_bind(socket->pcb.raw, address));
    if (socket->pcb.udp->local_port != 0)
        return -EINVAL;
    if (socket->ipv6 && !socket->v6only && ip_addr_isany(address))
        address = IP_ANY_TYPE;
    return inet_error(udp_bind(socket->pcb.udp, address, to->port));
}

static int datagram_bind(struct file *file, const struct sockaddr *address,
                         socklen_t size)
{
    struct datagram_socket *own = of_file(file);
    struct endpoint to;
    int result = address_in(&own->inet, address, size, &to);

    if (result < 0)
        return result;
    LOCK_TCPIP_CORE();
    result = bind_locked(own, &to);
    UNLOCK_TCPIP_CORE();
    return result;
}

static int connect_locked(struct datagram_socket *own,
                          const struct endpoint *to)
{
    err_t error = own->inet.protocol == &raw_protocol
                      ? raw_connect(own->inet.pcb.raw, &to->address)
                      : udp_connect(own->inet.pcb.udp, &to->address, to->port);

    if (error == ERR_OK) {
        own->connected = true;
        refused_listen();
    }
    return inet_error(error);
}

static int disconnect(struct datagram_socket *own)
{
    LOCK_TCPIP_CORE();
    own->connected = false;
    if (own->inet.protocol == &raw_protocol)
        raw_disconnect(own->inet.pcb.raw);
    else
        udp_disconnect(own->inet.pcb.udp);
    UNLOCK_TCPIP_CORE();
    return 0;
}

static int datagram_connect(struct file *file, const struct sockaddr *address,
                            socklen_t size)
{
    struct datagram_socket *own = of_file(file);
    struct endpoint to;
    int result;

    if (size >= sizeof(sa_family_t) && address->sa_family == AF_UNSPEC)
        return disconnect(own);
    result = address_in(&own->inet, address, size, &to);
    if (result < 0)
        return result;
    LOCK_TCPIP_CORE();
    result = connect_locked(own, &to);
    UNLOCK_TCPIP_CORE();
    return result;
}

static int datagram_name(struct file *file, bool other,
                         struct sockaddr_storage *address, socklen_t *size)
{
    struct datagram_socket *own = of_file(file);
    struct inet_socket *socket = &own->inet;
    struct endpoint name = {.port = 0};
    int result = -ENOTCONN;

    LOCK_TCPIP_CORE();
    name.address = other ? socket->pcb.ip->remote_ip : socket->pcb.ip->local_ip;
    if (socket->protocol == &udp_protocol)
        name.port =
            other ? socket->pcb.udp->remote_port : socket->pcb.udp->local_port;
    if (!other || own->connected)
        result = inet_name(socket, &name, address, size);
    UNLOCK_TCPIP_CORE();
    return result;
}

/* ---- The rest -------------------------------------------------------------
 */

static int datagram_shutdown(struct file *file, int how)
{
    struct datagram_socket *own = of_file(file);
    int result = -ENOTCONN;

    LOCK_TCPIP_CORE();
    if (own->connected) {
        own->inet.shut_in |= how != SHUT_WR;
        own->inet.shut_out |= how != SHUT_RD;
        datagram_update(own, 0);
        inet_wake_all(&own->inet.readers);
        result = 0;
    }
    UNLOCK_TCPIP_CORE();
    return result;
}

static int datagram_ioctl(struct file *file, unsigned long request,
                          void *argument)
{
    struct datagram_socket *own = of_file(file);

    if (request != FIONREAD)
        return -ENOTTY;
    LOCK_TCPIP_CORE();
    *(int *)argument = (int)datagram_next_length(own);
    UNLOCK_TCPIP_CORE();
    return 0;
}

/* A share of the memory, within reason: a small guest has a small queue. */
static size_t usual_limit(void)
{
    size_t share = page_count_total() / 16 * PAGE_SIZE;

    return share < DATAGRAM_LIMIT_MAX ? share : DATAGRAM_LIMIT_MAX;
}

static int udp_attach(struct inet_socket *socket)
{
    struct datagram_socket *own = datagram_socket_of(socket);

    own->limit = usual_limit();
    socket->pcb.udp = udp_new_ip_type(inet_address_type(socket));
    if (socket->pcb.udp == NULL)
        return -ENOBUFS;
    udp_recv(socket->pcb.udp, datagram_on_udp, own);
    datagram_update(own, 0);
    return 0;
}

static int raw_attach(struct inet_socket *socket)
{
    struct datagram_socket *own = datagram_socket_of(socket);
    uint8_t type = socket->ipv6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4;

    own->limit = usual_limit();
    socket->v6only = socket->ipv6;
    socket->pcb.raw = raw_new_ip_type(type, (uint8_t)socket->number);
    if (socket->pcb.raw == NULL)
        return -ENOBUFS;
    if (socket->number == IPPROTO_ICMPV6) { /* RFC 3542, section 3.1 */
        socket->pcb.raw->chksum_reqd = 1;
        socket->pcb.raw->chksum_offset = 2;
    }
    raw_recv(socket->pcb.raw, datagram_on_raw, own);
    datagram_update(own, 0);
    return 0;
}

static void datagram_release(struct inet_socket *socket)
{
    struct datagram_socket *own = datagram_socket_of(socket);

    datagram_drop_all(own);
    if (socket->pcb.ip == NULL)
        return;
    if (socket->protocol == &raw_protocol)
        raw_remove(socket->pcb.raw);
    else
        udp_remove(socket->pcb.udp);
}

static const struct socket_ops datagram_socket_ops = {
    .bind = datagram_bind,
    .connect = datagram_connect,
    .shutdown = datagram_shutdown,
    .name = datagram_name,
    .get_option = inet_get_option,
    .set_option = inet_set_option,
    .send = datagram_send,
    .receive = datagram_receive,
};

static const struct file_ops datagram_ops = {
    .read = socket_read,
    .write = socket_write,
    .readv = socket_readv,
    .writev = socket_writev,
    .stat = socket_stat,
    .ioctl = datagram_ioctl,
    .poll = inet_poll,
    .hangup = inet_hangup,
    .close = inet_close,
    .socket = &datagram_socket_ops,
};

const struct inet_protocol udp_protocol = {
    .type = SOCK_DGRAM,
    .size = sizeof(struct datagram_socket),
    .ops = &datagram_ops,
    .attach = udp_attach,
    .release = datagram_release,
    .get_option = datagram_get_option,
    .set_option = datagram_set_option,
};

const struct inet_protocol raw_protocol = {
    .type = SOCK_RAW,
    .size = sizeof(struct datagram_socket),
    .ops = &datagram_ops,
    .attach = raw_attach,
    .release = datagram_release,
    .get_option = datagram_get_option,
    .set_option = datagram_set_option,
};
