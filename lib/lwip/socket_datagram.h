/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_datagram.h: UDP and raw sockets, as their files share them. The core
 * lock guards everything.
 */
#ifndef CORACLE_LWIP_SOCKET_DATAGRAM_H
#define CORACLE_LWIP_SOCKET_DATAGRAM_H

#include "lib/lwip/socket.h"

/* The largest SO_RCVBUF, in bytes; it is the usual one of large guests. */
#define DATAGRAM_LIMIT_MAX (1u << 20)

struct datagram_socket {
    struct inet_socket inet;
    bool connected;
    bool tell_destination;  /* IP_PKTINFO */
    struct datagram *first; /* what came and was not read */
    struct datagram *last;
    size_t held;  /* memory that those hold */
    size_t limit; /* SO_RCVBUF */
};

static inline struct datagram_socket *
datagram_socket_of(struct inet_socket *socket)
{
    return container_of(socket, struct datagram_socket, inet);
}

/* ---- socket_datagram_in.c -------------------------------------------------
 */

/* lwIP's callbacks: the argument is the datagram_socket. */
void datagram_on_udp(void *argument, struct udp_pcb *pcb, struct pbuf *pbuf,
                     const ip_addr_t *address, uint16_t port);
uint8_t datagram_on_raw(void *argument, struct raw_pcb *pcb, struct pbuf *pbuf,
                        const ip_addr_t *address);

/* Say what the socket is ready for; as inet_set_ready(). */
void datagram_update(struct datagram_socket *own, short news);

ssize_t datagram_receive(struct file *file, struct msghdr *message, int flags);

/* Of the first that was not read; 0 if there is none. */
size_t datagram_next_length(const struct datagram_socket *own);

/* Forget all that came and was not read. */
void datagram_drop_all(struct datagram_socket *own);

/* What went `from` a socket of ours `to` another one was refused there: note it
 * in the UDP sockets that are connected so. */
void datagram_refused(const struct endpoint *from, const struct endpoint *to);

/* Take what was noted: 0 or negative. */
int datagram_take_error(struct datagram_socket *own);

/* ---- socket_refused.c -----------------------------------------------------
 */

/* From now on, datagram_refused() is told of refusals. */
void refused_listen(void);

/* ---- socket_datagram_option.c
 * ------------------------------------------------------
 */

/* As in struct inet_protocol. */
int datagram_get_option(struct inet_socket *socket, int level, int name,
                        int *value);
int datagram_set_option(struct inet_socket *socket, int level, int name,
                        int value);

#endif
