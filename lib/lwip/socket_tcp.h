/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_tcp.h: TCP sockets, as their files share them. The core lock guards
 * everything, and all functions here want it but those on files.
 */
#ifndef CORACLE_LWIP_SOCKET_TCP_H
#define CORACLE_LWIP_SOCKET_TCP_H

#include "lib/lwip/socket.h"

enum tcp_socket_state {
    TCP_FRESH, /* neither; or connect() has failed */
    TCP_LISTENING,
    TCP_CONNECTING,
    TCP_CONNECTED, /* or was: `ended` */
};

struct tcp_socket {
    struct inet_socket inet;
    enum tcp_socket_state state;
    bool ended;        /* the connection is gone, for whatever reason */
    bool end_of_input; /* the other end has sent all it will */
    bool starved;      /* lwIP had no memory; until it may have some again */

    /* What came in and was not read: pbufs linked by `next`, each a part of
     * the stream; their tot_len means nothing here. */
    struct pbuf *first;
    struct pbuf *last;
    size_t skip;    /* bytes of `first` that were read */
    size_t waiting; /* bytes in all */

    struct endpoint own, other; /* of a connection, also of one that ended */

    struct list accepted; /* of a listener: connections not yet accepted */
    struct list link;     /* of a connection not yet accepted: */
    struct tcp_socket *listener; /* whose it is; else NULL */

    /* Options; lwIP's pcb has them too, while there is one. */
    bool no_delay;
    int linger; /* seconds + 1; 0: off */
    unsigned int keep_idle, keep_interval, keep_count;
};

static inline struct tcp_socket *tcp_socket_of(struct inet_socket *socket)
{
    return container_of(socket, struct tcp_socket, inet);
}

/* ---- socket_tcp.c ---------------------------------------------------------
 */

/* Compute what poll() shall say; `news` are told anew (inet_set_ready()). */
void tcp_update(struct tcp_socket *tcp, short news);

/* If both directions are finished, lwIP may keep the pcb. */
void tcp_let_go(struct tcp_socket *tcp);

/* Hand the options above to the pcb. */
void tcp_apply_options(struct tcp_socket *tcp);

/* Have lwIP call for the socket's pcb, which is a connection's; note its
 * addresses while it has them. */
void tcp_listen_to_lwip(struct tcp_socket *tcp);
void tcp_note_names(struct tcp_socket *tcp);

/* lwIP will not call for this pcb any more, and we shall not touch it; NULL if
 * there is none. */
struct tcp_pcb *tcp_cut(struct tcp_socket *tcp);

/* ---- socket_tcp_listen.c --------------------------------------------------
 */

int tcp_listen_file(struct file *file, int backlog);
int tcp_accept_file(struct file *file, struct file **connection);

/* The connection is over. If nobody has accepted it, it counts as before. */
void tcp_ended_unaccepted(struct tcp_socket *tcp);

/* Those that nobody has accepted are refused, late. */
void tcp_refuse_all(struct tcp_socket *tcp);

/* ---- socket_tcp_data.c ----------------------------------------------------
 */

/* lwIP's callbacks; see lwip/tcp.h. */
err_t tcp_on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *bytes,
                      err_t error);
err_t tcp_on_sent(void *argument, struct tcp_pcb *pcb, uint16_t count);
err_t tcp_on_poll(void *argument, struct tcp_pcb *pcb);

/* There is room for more to send, a good piece of it. */
bool tcp_has_room(const struct tcp_socket *tcp);

/* Forget what was not read; `discard` also lets the other end send more. */
void tcp_drop_input(struct tcp_socket *tcp);
void tcp_discard_input(struct tcp_socket *tcp);

ssize_t tcp_send_file(struct file *file, const struct msghdr *message,
                      int flags);
ssize_t tcp_receive_file(struct file *file, struct msghdr *message, int flags);

/* ---- socket_tcp_option.c
 * ------------------------------------------------------
 */

int tcp_get_option(struct inet_socket *socket, int level, int name, int *value);
int tcp_set_option(struct inet_socket *socket, int level, int name, int value);

#endif
