/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_tcp_data.c: the bytes of TCP sockets.
 *
 * In: lwIP gives each segment's pbufs to tcp_on_received(), which hangs them
 * into the socket's queue as they are. A reader copies out of them, and tells
 * lwIP how much it has taken (tcp_recved()), which is what opens the window
 * again: so the queue is never longer than the window.
 *
 * Out: a writer copies its bytes into lwIP's segments (tcp_write()), piece by
 * piece if it has several, and has them sent when all are there. What does not
 * fit waits until the other end has acknowledged enough.
 *
 * Two readers of one socket, or two writers, take turns as the core lock comes
 * to them. It is given up while waiting, so the bytes of a large write may mix
 * with those of another thread's, as they may elsewhere.
 *
 * Concurrency: the core lock guards everything.
 */
#include <poll.h>
#include <string.h>
#include "lib/lwip/limits.h"
#include "lib/lwip/socket_tcp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

/* ---- In -------------------------------------------------------------------
 */

err_t tcp_on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *bytes,
                      err_t error)
{
    struct tcp_socket *tcp = argument;
    struct pbuf *last;

    (void)error; /* always ERR_OK */
    if (bytes == NULL) {
        tcp->end_of_input = true;
        tcp_let_go(tcp);
        tcp_update(tcp, POLLIN | POLLRDHUP | POLLHUP);
        inet_wake_all(&tcp->inet.readers);
        return ERR_OK;
    }
    if (tcp->inet.shut_in) { /* nobody will read it */
        tcp_recved(pcb, bytes->tot_len);
        pbuf_free(bytes);
        return ERR_OK;
    }
    if (limits_short() && tcp->waiting > 0)
        return ERR_MEM; /* lwIP keeps it and asks again */
    if (tcp->last != NULL)
        tcp->last->next = bytes;
    else
        tcp->first = bytes;
    for (last = bytes;; last = last->next) {
        tcp->waiting += last->len;
        if (last->next == NULL)
            break;
    }
    tcp->last = last;
    tcp_update(tcp, POLLIN);
    inet_wake_one(&tcp->inet.readers);
    return ERR_OK;
}

/* The first pbuf has been read. */
static void drop_first(struct tcp_socket *tcp)
{
    struct pbuf *first = tcp->first;

    tcp->first = first->next;
    if (tcp->first == NULL)
        tcp->last = NULL;
    tcp->skip = 0;
    first->next = NULL; /* or the rest of the queue would be freed with it */
    pbuf_free(first);
}

void tcp_drop_input(struct tcp_socket *tcp)
{
    while (tcp->first != NULL)
        drop_first(tcp);
    tcp->waiting = 0;
}

/* Open the window by `count` bytes. */
static void taken(struct tcp_socket *tcp, size_t count)
{
    while (tcp->inet.pcb.tcp != NULL && count > 0) {
        uint16_t part = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);

        tcp_recved(tcp->inet.pcb.tcp, part);
        count -= part;
    }
}

void tcp_discard_input(struct tcp_socket *tcp)
{
    taken(tcp, tcp->waiting);
    tcp_drop_input(tcp);
}

/* Copy up to `size` bytes out of the queue, and take them out. */
static size_t read_bytes(struct tcp_socket *tcp, char *to, size_t size)
{
    size_t done = 0;

    while (done < size && tcp->first != NULL) {
        size_t part = tcp->first->len - tcp->skip;

        if (part > size - done)
            part = size - done;
        memcpy(to + done, (char *)tcp->first->payload + tcp->skip, part);
        done += part;
        tcp->skip += part;
        if (tcp->skip == tcp->first->len)
            drop_first(tcp);
    }
    tcp->waiting -= done;
    return done;
}

/* The same, but leave them where they are; begin `from` bytes behind. */
static size_t peek_bytes(const struct tcp_socket *tcp, char *to, size_t size,
                         size_t from)
{
    size_t done = 0, skip = tcp->skip + from;

    for (struct pbuf *p = tcp->first; p != NULL && done < size; p = p->next) {
        size_t part = p->len > skip ? p->len - skip : 0;

        if (part > size - done)
            part = size - done;
        memcpy(to + done, (char *)p->payload + skip, part);
        done += part;
        skip = skip > p->len ? skip - p->len : 0;
    }
    return done;
}

/* Into the pieces of a message, behind its first `done` bytes. */
static size_t read_pieces(struct tcp_socket *tcp, const struct msghdr *message,
                          size_t done, bool peek)
{
    size_t moved = 0;

    for (size_t i = 0; i < message->msg_iovlen; i++) {
        char *to = message->msg_iov[i].iov_base;
        size_t size = message->msg_iov[i].iov_len, part;

        if (done >= size) {
            done -= size;
            continue;
        }
        part = peek ? peek_bytes(tcp, to + done, size - done, moved)
                    : read_bytes(tcp, to + done, size - done);
        moved += part;
        if (part < size - done)
            break;
        done = 0;
    }
    return moved;
}

/* Why nothing can be read: 0 (the end), an error, or 1: it may come yet. */
static int nothing_to_read(struct tcp_socket *tcp)
{
    if (tcp->inet.error != 0) {
        int error = inet_take_error(&tcp->inet);

        tcp_update(tcp, 0);
        return error;
    }
    if (tcp->state == TCP_FRESH || tcp->state == TCP_LISTENING)
        return -ENOTCONN;
    return tcp->end_of_input || tcp->ended || tcp->inet.shut_in ? 0 : 1;
}

/*
 * The program wants more than there is, so it will not answer what came: no
 * use in holding back the acknowledgement, for which the other end may be
 * waiting with the rest (Nagle's algorithm).
 */
static void acknowledge(struct tcp_socket *tcp)
{
    struct tcp_pcb *pcb = tcp->inet.pcb.tcp;

    if (pcb != NULL && tcp->state == TCP_CONNECTED &&
        (pcb->flags & TF_ACK_DELAY)) {
        tcp_ack_now(pcb);
        tcp_output(pcb);
    }
}

/* Wait until there is at least one byte: 1; else what recv() shall return. */
static int wait_for_input(struct tcp_socket *tcp, size_t more_than, int flags,
                          uint64_t *deadline)
{
    while (tcp->waiting <= more_than) {
        int result = nothing_to_read(tcp);

        if (result <= 0)
            return result;
        acknowledge(tcp);
        if (flags & MSG_DONTWAIT)
            return -EAGAIN;
        result = inet_wait(&tcp->inet, &tcp->inet.readers, deadline);
        if (result < 0)
            return result;
    }
    return 1;
}

static ssize_t receive_locked(struct tcp_socket *tcp, struct msghdr *message,
                              int flags)
{
    uint64_t deadline = 0;
    bool peek = flags & MSG_PEEK;
    size_t total = socket_total(message), least = 1, done = 0;

    if (flags & MSG_WAITALL || total == 0)
        least = total;
    while (done < least) {
        int result = wait_for_input(tcp, peek ? done : 0, flags, &deadline);

        if (result <= 0)
            return done > 0 ? (ssize_t)done : result;
        if (peek) {
            done = read_pieces(tcp, message, 0, true);
        } else {
            size_t part = read_pieces(tcp, message, done, false);

            taken(tcp, part);
            done += part;
        }
    }
    return (ssize_t)done;
}

ssize_t tcp_receive_file(struct file *file, struct msghdr *message, int flags)
{
    struct tcp_socket *tcp = tcp_socket_of(inet_socket_of(file));
    ssize_t result;

    if (flags & MSG_OOB)
        return -EINVAL; /* there never is any */
    LOCK_TCPIP_CORE();
    result = receive_locked(tcp, message, flags);
    if (tcp->waiting == 0)
        tcp_update(tcp, 0);
    else /* for another reader, if there is one */
        inet_wake_one(&tcp->inet.readers);
    UNLOCK_TCPIP_CORE();
    message->msg_controllen = 0;
    address_to_message(&tcp->inet, &tcp->other, message);
    return result;
}

/* ---- Out ------------------------------------------------------------------
 */

bool tcp_has_room(const struct tcp_socket *tcp)
{
    const struct tcp_pcb *pcb = tcp->inet.pcb.tcp;

    return pcb != NULL && !tcp->starved && tcp_sndbuf(pcb) > TCP_SNDLOWAT &&
           tcp_sndqueuelen(pcb) < TCP_SNDQUEUELOWAT;
}

/* There may be room now. */
static void room(struct tcp_socket *tcp)
{
    tcp->starved = false;
    if (tcp_has_room(tcp)) {
        tcp_update(tcp, 0);
        inet_wake_one(&tcp->inet.writers);
    }
}

err_t tcp_on_sent(void *argument, struct tcp_pcb *pcb, uint16_t count)
{
    struct tcp_socket *tcp = argument;

    (void)pcb;
    (void)count;
    room(tcp);
    if (tcp->inet.closed) /* SO_LINGER: close() waits for all of it */
        inet_wake_all(&tcp->inet.writers);
    return ERR_OK;
}

err_t tcp_on_poll(void *argument, struct tcp_pcb *pcb)
{
    struct tcp_socket *tcp = argument;

    (void)pcb;
    if (tcp->starved)
        room(tcp);
    return ERR_OK;
}

/* Whether bytes can be sent at all: 1, or an error. */
static int may_send(struct tcp_socket *tcp)
{
    if (tcp->inet.error != 0) {
        int error = inet_take_error(&tcp->inet);

        tcp_update(tcp, 0);
        return error;
    }
    if (tcp->inet.shut_out || tcp->ended)
        return -EPIPE;
    return tcp->state == TCP_FRESH || tcp->state == TCP_LISTENING ? -ENOTCONN
                                                                  : 1;
}

/*
 * Give lwIP as much as it takes now. `more`: it is not the end of what the
 * program wants to send, so nobody need be pushed yet. Returns how much.
 */
static size_t write_some(struct tcp_socket *tcp, const char *from, size_t size,
                         bool more)
{
    struct tcp_pcb *pcb = tcp->inet.pcb.tcp;
    size_t done = 0;

    while (done < size) {
        size_t part = size - done;
        err_t error;
        bool last;

        if (limits_short() && tcp_sndqueuelen(pcb) > 0) {
            tcp->starved = true;
            break;
        }
        if (part > tcp_sndbuf(pcb))
            part = tcp_sndbuf(pcb);
        if (part > UINT16_MAX)
            part = UINT16_MAX;
        if (part == 0)
            break;
        last = done + part == size && !more;
        error =
            tcp_write(pcb, from + done, (uint16_t)part,
                      TCP_WRITE_FLAG_COPY | (last ? 0 : TCP_WRITE_FLAG_MORE));
        if (error != ERR_OK) {
            /* Its queue is full, or memory is short. */
            tcp->starved = true;
            break;
        }
        done += part;
    }
    return done;
}

/* The pieces of a message behind its first `done` bytes. */
static size_t write_pieces(struct tcp_socket *tcp, const struct msghdr *message,
                           size_t done, size_t total, bool more)
{
    size_t begin = 0, moved = 0;

    for (size_t i = 0; i < message->msg_iovlen; i++) {
        const struct iovec *piece = &message->msg_iov[i];
        size_t end = begin + piece->iov_len, skip, part;

        if (done + moved < end) {
            skip = done + moved - begin;
            part = write_some(tcp, (const char *)piece->iov_base + skip,
                              piece->iov_len - skip, more || end < total);
            moved += part;
            if (part < piece->iov_len - skip)
                break;
        }
        begin = end;
    }
    return moved;
}

static ssize_t send_locked(struct tcp_socket *tcp, const struct msghdr *message,
                           int flags)
{
    uint64_t deadline = 0;
    size_t total = socket_total(message), done = 0;
    int result;

    for (;;) {
        result = may_send(tcp);
        if (result < 0)
            break;
        if (tcp->state == TCP_CONNECTED) {
            done += write_pieces(tcp, message, done, total, flags & MSG_MORE);
            tcp_output(tcp->inet.pcb.tcp);
        }
        if (done == total)
            return (ssize_t)done;
        result = -EAGAIN;
        if (flags & MSG_DONTWAIT)
            break;
        result = inet_wait(&tcp->inet, &tcp->inet.writers, &deadline);
        if (result < 0)
            break;
    }
    return done > 0 ? (ssize_t)done : result;
}

ssize_t tcp_send_file(struct file *file, const struct msghdr *message,
                      int flags)
{
    struct tcp_socket *tcp = tcp_socket_of(inet_socket_of(file));
    ssize_t result;

    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    LOCK_TCPIP_CORE();
    result = send_locked(tcp, message, flags);
    if (!tcp_has_room(tcp))
        tcp_update(tcp, 0);
    else
        inet_wake_one(&tcp->inet.writers);
    UNLOCK_TCPIP_CORE();
    return result;
}
