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

/* socket_option.c: as in struct inet_protocol. */
int datagram_get_option(struct inet_socket *socket, int level, int name,
                        int *value);
int datagram_set_option(struct inet_socket *socket, int level, int name,
                        int value);

#endif
