/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_datagram_in.c: what comes for UDP and raw sockets, and who reads it.
 *
 * Each has a queue of datagrams with the address each came from. A small one is
 * copied out of its pbuf when it comes: the pbuf is most often a page that a
 * driver wants back. SO_RCVBUF says how much memory the queue may hold; what
 * comes on top is dropped, as it would be on a busy wire.
 *
 * A raw socket gets a copy, since lwIP itself may want the packet, too: a ping
 * is answered although somebody listens to ICMP.
 *
 * A connected UDP socket also hears that nobody listens at the other end
 * (socket_refused.c): the next call that sends or receives says so, once.
 *
 * Concurrency: the core lock guards everything; lwIP calls back with it held.
 */
#include <poll.h>
#include <string.h>
#include "coracle/memory.h"
#include "lib/lwip/socket.h"
#include "lib/lwip/socket_datagram.h"
#include "lwip/ip.h"
#include "lwip/raw.h"
#include "lwip/udp.h"

/* Up to so many bytes are copied when they come. */
#define SMALL 512

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

void datagram_update(struct datagram_socket *own, short news)
{
    short ready = POLLOUT;

    if (own->first != NULL || own->inet.shut_in)
        ready |= POLLIN;
    if (own->inet.shut_in)
        ready |= POLLRDHUP;
    if (own->inet.shut_in && own->inet.shut_out)
        ready |= POLLHUP;
    if (own->inet.error)
        ready |= POLLIN | POLLERR;
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
    datagram_update(own, POLLIN);
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

void datagram_on_udp(void *argument, struct udp_pcb *pcb, struct pbuf *pbuf,
                     const ip_addr_t *address, uint16_t port)
{
    struct endpoint from = {*address, port};

    (void)pcb;
    if (!receive_pbuf(argument, pbuf, 0, true, &from))
        pbuf_free(pbuf);
}

/* IPv4 packets are given with their header, IPv6 packets without: so it is
 * everywhere (RFC 3542). */
uint8_t datagram_on_raw(void *argument, struct raw_pcb *pcb, struct pbuf *pbuf,
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

size_t datagram_next_length(const struct datagram_socket *own)
{
    return own->first == NULL ? 0 : own->first->length;
}

void datagram_drop_all(struct datagram_socket *own)
{
    while (own->first != NULL)
        datagram_free(take_first(own));
}

/* ---- What does not come ---------------------------------------------------
 */

void datagram_refused(const struct endpoint *from, const struct endpoint *to)
{
    for (struct udp_pcb *pcb = udp_pcbs; pcb != NULL; pcb = pcb->next) {
        struct datagram_socket *own = pcb->recv_arg;

        if (pcb->recv != datagram_on_udp || !(pcb->flags & UDP_FLAGS_CONNECTED))
            continue;
        if (pcb->local_port != from->port || pcb->remote_port != to->port ||
            !ip_addr_cmp(&pcb->remote_ip, &to->address) ||
            !(ip_addr_isany(&pcb->local_ip) ||
              ip_addr_cmp(&pcb->local_ip, &from->address)))
            continue;
        own->inet.error = -ECONNREFUSED;
        datagram_update(own, POLLIN | POLLERR);
        inet_wake_one(&own->inet.readers);
    }
}

int datagram_take_error(struct datagram_socket *own)
{
    int error = inet_take_error(&own->inet);

    if (error)
        datagram_update(own, 0);
    return error;
}

/* ---- Out of the queue -----------------------------------------------------
 */

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

    for (;;) {
        int result = datagram_take_error(own);

        if (result < 0)
            return result;
        if (own->first != NULL)
            return 1;
        if (own->inet.shut_in)
            return 0;
        if (flags & MSG_DONTWAIT)
            return -EAGAIN;
        result = inet_wait(&own->inet, &own->inet.readers, &deadline);
        if (result < 0)
            return result;
    }
}

/* The copying is done without the core lock, unless somebody only peeks. */
ssize_t datagram_receive(struct file *file, struct msghdr *message, int flags)
{
    struct datagram_socket *own = datagram_socket_of(inet_socket_of(file));
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
        datagram_update(own, 0);
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
