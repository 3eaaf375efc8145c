/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_datagram.c: UDP sockets, and raw ones.
 *
 * Both have a queue of datagrams, each with the address it came from, and both
 * send one datagram a call. A small one is copied out of its pbuf when it
 * comes: the pbuf is most often a page that a driver wants back. SO_RCVBUF says
 * how much memory the queue may hold; what comes on top is dropped, as it would
 * be on a busy wire.
 *
 * A raw socket gets a copy, since lwIP itself may want the packet, too: a ping
 * is answered although somebody listens to ICMP.
 *
 * Concurrency: the core lock guards everything; lwIP calls back with it held.
 *
 * Left out: errors that come back by ICMP (lwIP does not tell of them).
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

/* Up to so many bytes are copied when they come. */
#define SMALL 512

/* What IP leaves of 64 KiB for UDP. */
#define UDP_SIZE_MAX 65507

struct datagram {
    struct datagram *next;
    struct pbuf *pbuf; /* NULL: the bytes are here */
    size_t length;
    size_t cost; /* memory it holds */
    struct endpoint from;
    ip_addr_t to;
    unsigned int interface;
    char bytes[];
};

static const struct file_ops datagram_ops;

static struct datagram_socket *datagram_socket_of(struct inet_socket *socket)
{
    return container_of(socket, struct datagram_socket, inet);
}

static struct datagram_socket *of_file(struct file *file)
{
    return datagram_socket_of(inet_socket_of(file));
}

static void update(struct datagram_socket *own, short news)
{
    short ready = POLLOUT;

    if (own->first != NULL || own->inet.shut_in)
        ready |= POLLIN;
    if (own->inet.shut_in)
        ready |= POLLRDHUP;
    if (own->inet.shut_in && own->inet.shut_out)
        ready |= POLLHUP;
    inet_set_ready(&own->inet, ready, news);
}

/* ---- In -------------------------------------------------------------------
 */

/* A record of `pbuf` behind its first `skip` bytes. Keeps `pbuf` in it only if
 * *keep. NULL if memory is short. */
static struct datagram *datagram_new(struct pbuf *pbuf, size_t skip, bool *keep)
{
    size_t length = pbuf->tot_len - skip;
    size_t size = sizeof(struct datagram);
    struct datagram *datagram;

    *keep = *keep && length > SMALL;
    if (!*keep)
        size += length;
    datagram = heap_alloc(size);
    if (datagram == NULL)
        return NULL;
    datagram->next = NULL;
    datagram->pbuf = *keep ? pbuf : NULL;
    datagram->length = length;
    datagram->cost = size;
    if (*keep)
        datagram->cost += (length + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    else
        pbuf_copy_partial(pbuf, datagram->bytes, (uint16_t)length,
                          (uint16_t)skip);
    return datagram;
}

static void datagram_free(struct datagram *datagram)
{
    if (datagram->pbuf != NULL)
        pbuf_free(datagram->pbuf);
    heap_free(datagram);
}

static void append(struct datagram_socket *own, struct datagram *datagram)
{
    if (own->last != NULL)
        own->last->next = datagram;
    else
        own->first = datagram;
    own->last = datagram;
    own->held += datagram->cost;
    update(own, POLLIN);
    inet_wake_one(&own->inet.readers);
}

static struct datagram *take_first(struct datagram_socket *own)
{
    struct datagram *datagram = own->first;

    own->first = datagram->next;
    if (own->first == NULL)
        own->last = NULL;
    own->held -= datagram->cost;
    return datagram;
}

/* Queue what has come. Returns whether `pbuf` was kept. */
static bool receive_pbuf(struct datagram_socket *own, struct pbuf *pbuf,
                         size_t skip, bool keep, const struct endpoint *from)
{
    struct datagram *datagram;

    if (own->inet.shut_in || own->held >= own->limit)
        return false;
    datagram = datagram_new(pbuf, skip, &keep);
    if (datagram == NULL)
        return false;
    datagram->from = *from;
    datagram->to = *ip_current_dest_addr();
    datagram->interface = netif_get_index(ip_current_input_netif());
    append(own, datagram);
    return keep;
}

static void on_udp(void *argument, struct udp_pcb *pcb, struct pbuf *pbuf,
                   const ip_addr_t *address, uint16_t port)
{
    struct endpoint from = {*address, port};

    (void)pcb;
    if (!receive_pbuf(argument, pbuf, 0, true, &from))
        pbuf_free(pbuf);
}

/* IPv4 packets are given with their header, IPv6 packets without: so it is
 * everywhere (RFC 3542). */
static uint8_t on_raw(void *argument, struct raw_pcb *pcb, struct pbuf *pbuf,
                      const ip_addr_t *address)
{
    struct endpoint from = {*address, 0};
    size_t skip = 0;

    (void)pcb;
    if (IP_IS_V6(address))
        skip = ip_current_header_tot_len();
    if (skip <= pbuf->tot_len)
        receive_pbuf(argument, pbuf, skip, false, &from);
    return 0;
}

/* Fill the pieces; returns how many bytes there was room for. */
static size_t copy_out(const struct datagram *datagram,
                       const struct msghdr *message)
{
    size_t done = 0;

    for (size_t i = 0; i < message->msg_iovlen; i++) {
        const struct iovec *piece = &message->msg_iov[i];
        size_t part = datagram->length - done;

        if (part > piece->iov_len)
            part = piece->iov_len;
        if (datagram->pbuf != NULL)
            pbuf_copy_partial(datagram->pbuf, piece->iov_base, (uint16_t)part,
                              (uint16_t)done);
        else
            memcpy(piece->iov_base, datagram->bytes + done, part);
        done += part;
    }
    return done;
}

static void put_control(struct msghdr *message, int level, int type,
                        const void *data, size_t size)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);

    if (header == NULL || message->msg_controllen < CMSG_LEN(size)) {
        message->msg_flags |= MSG_CTRUNC;
        message->msg_controllen = 0;
        return;
    }
    header->cmsg_len = CMSG_LEN(size);
    header->cmsg_level = level;
    header->cmsg_type = type;
    memcpy(CMSG_DATA(header), data, size);
    if (message->msg_controllen > CMSG_SPACE(size))
        message->msg_controllen = CMSG_SPACE(size);
}

/* Where it was sent to, if the program wants to know. */
static void tell_destination(const struct datagram_socket *own,
                             const struct datagram *datagram,
                             struct msghdr *message)
{
    struct in6_pktinfo ipv6 = {.ipi6_ifindex = datagram->interface};
    struct in_pktinfo ipv4 = {.ipi_ifindex = (int)datagram->interface};

    if (!own->tell_destination || message->msg_control == NULL) {
        message->msg_controllen = 0;
    } else if (IP_IS_V4_VAL(datagram->to)) {
        ipv4.ipi_addr.s_addr = ip_2_ip4(&datagram->to)->addr;
        ipv4.ipi_spec_dst = ipv4.ipi_addr;
        put_control(message, IPPROTO_IP, IP_PKTINFO, &ipv4, sizeof(ipv4));
    } else {
        memcpy(&ipv6.ipi6_addr, ip_2_ip6(&datagram->to)->addr,
               sizeof(ipv6.ipi6_addr));
        put_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &ipv6, sizeof(ipv6));
    }
}

static int wait_for_datagram(struct datagram_socket *own, int flags)
{
    uint64_t deadline = 0;

    while (own->first == NULL) {
        int result;

        if (own->inet.shut_in)
            return 0;
        if (flags & MSG_DONTWAIT)
            return -EAGAIN;
        result = inet_wait(&own->inet, &own->inet.readers, &deadline);
        if (result < 0)
            return result;
    }
    return 1;
}

/* The copying is done without the core lock, unless somebody only peeks. */
static ssize_t datagram_receive(struct file *file, struct msghdr *message,
                                int flags)
{
    struct datagram_socket *own = of_file(file);
    struct datagram *datagram;
    size_t copied, length;
    int result;

    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    LOCK_TCPIP_CORE();
    result = wait_for_datagram(own, flags);
    if (result <= 0) {
        UNLOCK_TCPIP_CORE();
        message->msg_namelen = 0;
        message->msg_controllen = 0;
        return result;
    }
    datagram = own->first;
    if (!(flags & MSG_PEEK)) {
        take_first(own);
        update(own, 0);
        UNLOCK_TCPIP_CORE();
    }
    length = datagram->length;
    copied = copy_out(datagram, message);
    if (copied < length)
        message->msg_flags |= MSG_TRUNC;
    address_to_message(&own->inet, &datagram->from, message);
    tell_destination(own, datagram, message);
    if (flags & MSG_PEEK)
        UNLOCK_TCPIP_CORE();
    else
        datagram_free(datagram);
    return (ssize_t)(flags & MSG_TRUNC ? length : copied);
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

    if (error == ERR_OK)
        own->connected = true;
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
        update(own, 0);
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
    *(int *)argument = own->first == NULL ? 0 : (int)own->first->length;
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
    udp_recv(socket->pcb.udp, on_udp, own);
    update(own, 0);
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
    raw_recv(socket->pcb.raw, on_raw, own);
    update(own, 0);
    return 0;
}

static void datagram_release(struct inet_socket *socket)
{
    struct datagram_socket *own = datagram_socket_of(socket);

    while (own->first != NULL)
        datagram_free(take_first(own));
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
