/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo: sends back what it is sent, over TCP and UDP, IPv4 and IPv6, to any
 * number of peers at once (RFC 862). `echo [PORT]`; the port is 7 if not given.
 *
 * Nothing here is special to Coracle; it compiles on Linux too:
 * `cc examples/echo/main.c`.
 *
 * One thread serves all. No socket ever blocks it: epoll tells which ones have
 * something to read, or room again to write. The one difficulty of an echo
 * server is a peer that sends and does not read. The bytes for which its
 * connection has no room are set aside, and from then on the server listens
 * only for room, not for more bytes. The peer's own window then fills up and
 * stops it: TCP passes the pressure back, and the server needs a bounded amount
 * of memory for each connection, and nearly none for an idle one.
 *
 * UDP has nothing of the kind: a datagram is sent back or dropped.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT    7
#define BACKLOG 64
#define EVENTS  64

/* What is known of a socket; the two that listen have one as well. */
struct peer {
    int fd;
    void (*ready)(struct peer *peer);
    char *rest; /* could not be sent yet; NULL: nothing */
    size_t length, sent;
};

static int epoll, port;
static struct peer listener, datagrams;
static bool listener_paused;
static char buffer[65536]; /* holds the largest datagram, too */

static void fail(const char *what)
{
    fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Ask to be told of `events`; `how` is EPOLL_CTL_ADD or EPOLL_CTL_MOD. */
static int watch(struct peer *peer, int how, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = peer};

    return epoll_ctl(epoll, how, peer->fd, &event);
}

static void drop(struct peer *peer)
{
    close(peer->fd); /* which ends the watch */
    free(peer->rest);
    free(peer);
    /* There is a free descriptor now. */
    if (listener_paused && watch(&listener, EPOLL_CTL_MOD, EPOLLIN) == 0)
        listener_paused = false;
}

/* ---- Connections --------------------------------------------------------- */

/* Set aside what did not fit. False if there is no memory for it. */
static bool set_aside(struct peer *peer, const char *bytes, size_t length)
{
    peer->rest = malloc(length);
    if (!peer->rest)
        return false;
    memcpy(peer->rest, bytes, length);
    peer->length = length;
    peer->sent = 0;
    return watch(peer, EPOLL_CTL_MOD, EPOLLOUT) == 0;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* There is room: send what was set aside, then listen to the peer again. */
static void send_rest(struct peer *peer)
{
    ssize_t sent =
        write(peer->fd, peer->rest + peer->sent, peer->length - peer->sent);

    if (sent < 0) {
        if (!would_block())
            drop(peer);
        return;
    }
    peer->sent += (size_t)sent;
    if (peer->sent < peer->length)
        return;
    free(peer->rest);
    peer->rest = NULL;
    if (watch(peer, EPOLL_CTL_MOD, EPOLLIN) < 0)
        drop(peer);
}

static void serve_connection(struct peer *peer)
{
    ssize_t length, sent;

    if (peer->rest) {
        send_rest(peer);
        return;
    }
    length = read(peer->fd, buffer, sizeof(buffer));
    if (length < 0 && would_block())
        return;
    if (length <= 0) { /* an error, or the peer has sent all it wanted to */
        drop(peer);
        return;
    }
    sent = write(peer->fd, buffer, (size_t)length);
    if (sent < 0 && would_block())
        sent = 0;
    if (sent < 0 || (sent < length &&
                     !set_aside(peer, buffer + sent, (size_t)(length - sent))))
        drop(peer);
}

static void accept_peer(struct peer *self)
{
    int fd = accept4(self->fd, NULL, NULL, SOCK_NONBLOCK);
    struct peer *peer;

    if (fd < 0) {
        /* No descriptor is free: do not ask again until one is. Anything else
         * concerns only the connection that did not come about. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
            errno == ENOBUFS)
            listener_paused = watch(self, EPOLL_CTL_MOD, 0) == 0;
        return;
    }
    peer = calloc(1, sizeof(*peer));
    if (!peer) {
        close(fd);
        return;
    }
    peer->fd = fd;
    peer->ready = serve_connection;
    if (watch(peer, EPOLL_CTL_ADD, EPOLLIN) < 0)
        drop(peer);
}

/* ---- Datagrams ----------------------------------------------------------- */

static void serve_datagram(struct peer *self)
{
    struct sockaddr_in6 from;
    socklen_t size = sizeof(from);
    ssize_t length = recvfrom(self->fd, buffer, sizeof(buffer), 0,
                              (struct sockaddr *)&from, &size);

    if (length < 0)
        return;
    /* From the port of an echo server, perhaps this one, as a forged sender
     * may say: the answer would be echoed, too, and so on for ever. */
    if (from.sin6_port == htons(PORT) || from.sin6_port == htons(port))
        return;
    if (sendto(self->fd, buffer, (size_t)length, 0, (struct sockaddr *)&from,
               size) < 0)
        return; /* datagrams may be lost */
}

/* ---- Beginning ----------------------------------------------------------- */

/* A socket of `type` bound to the port for both kinds of addresses: an IPv6
 * socket takes IPv4 as well, under addresses like ::ffff:10.0.0.1. */
static void open_socket(struct peer *peer, int type,
                        void (*ready)(struct peer *peer))
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6,
                               .sin6_port = htons(port),
                               .sin6_addr = IN6ADDR_ANY_INIT};
    int on = 1, off = 0;

    peer->ready = ready;
    peer->fd = socket(AF_INET6, type | SOCK_NONBLOCK, 0);
    if (peer->fd < 0)
        fail("socket");
    if (setsockopt(peer->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
        fail("setsockopt IPV6_V6ONLY");
    if (setsockopt(peer->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        fail("setsockopt SO_REUSEADDR");
    if (bind(peer->fd, (struct sockaddr *)&any, sizeof(any)) < 0)
        fail("bind");
    if (type == SOCK_STREAM && listen(peer->fd, BACKLOG) < 0)
        fail("listen");
    if (watch(peer, EPOLL_CTL_ADD, EPOLLIN) < 0)
        fail("epoll_ctl");
}

static int port_argument(int argc, char **argv)
{
    char *end = NULL;
    long number = argc > 1 ? strtol(argv[1], &end, 10) : PORT;

    if (argc > 2 || number < 1 || number > 65535 || (end && *end)) {
        fprintf(stderr, "usage: echo [PORT]\n");
        exit(2);
    }
    return (int)number;
}

int main(int argc, char **argv)
{
    port = port_argument(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(0);
    if (epoll < 0)
        fail("epoll_create1");
    open_socket(&listener, SOCK_STREAM, accept_peer);
    open_socket(&datagrams, SOCK_DGRAM, serve_datagram);
    printf("echo: TCP and UDP port %d\n", port);
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);

        if (count < 0 && errno != EINTR)
            fail("epoll_wait");
        /* A call takes care of its own peer only, so none of the others is
         * gone when its turn comes. */
        for (int i = 0; i < count; i++) {
            struct peer *peer = events[i].data.ptr;

            peer->ready(peer);
        }
    }
}
