/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.c: waiting for clients.
 *
 * One thread, one epoll set: the listening socket, which stands for NULL in
 * it, and all connections. What came is worked off in rounds; new connections
 * come last in a round, because making room for them may take old ones away,
 * and those must not be in the same round any more.
 *
 * No number of clients keeps a new one out. When there are as many connections
 * as we want, or when there is no descriptor or memory for one more, the one
 * that can best be spared goes (connections_evict()).
 */
#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "connection.h"

#define BACKLOG    255
#define EVENTS_MAX 64
#define ACCEPT_MAX 64 /* in one round */

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- Listening ----------------------------------------------------------- */

static int bind_any(int socket, int family, uint16_t port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};

    if (family == AF_INET6)
        return bind(socket, (struct sockaddr *)&v6, sizeof(v6));
    return bind(socket, (struct sockaddr *)&v4, sizeof(v4));
}

/* A listening socket, or a negative errno. */
static int listen_on(int family, uint16_t port)
{
    int on = 1, off = 0, error;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (family == AF_INET6) /* for IPv4, too */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (!bind_any(fd, family, port) && !listen(fd, BACKLOG))
        return fd;
    error = -errno;
    close(fd);
    return error;
}

/* ---- Accepting ----------------------------------------------------------- */

/* Whether one connection less may help. */
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS ||
           error == ENOMEM;
}

static void accept_some(int listener, unsigned int connections_max,
                        uint64_t now)
{
    for (int i = 0; i < ACCEPT_MAX; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        int on = 1;

        if (fd < 0) {
            if (!is_shortage(errno) || !connections_evict())
                return;
            continue;
        }
        /* Each round is one write: nothing to wait for. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (connections_count_all() >= connections_max)
            connections_evict();
        connection_open(fd, now);
    }
}

/* ---- The loop ------------------------------------------------------------ */

static void serve(int epoll, int listener, unsigned int connections_max)
{
    struct epoll_event events[EVENTS_MAX];

    for (;;) {
        int timeout = connections_expire(now_ms());
        int count = epoll_wait(epoll, events, EVENTS_MAX, timeout);
        uint64_t now = now_ms();
        bool clients = false;

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                connection_go_on(events[i].data.ptr, events[i].events, now);
            else
                clients = true;
        }
        if (clients)
            accept_some(listener, connections_max, now);
    }
}

int server_run(const struct site *site, uint16_t port,
               unsigned int connections_max)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    int listener = listen_on(AF_INET6, port);
    int error;

    if (listener < 0) /* no IPv6 here? */
        listener = listen_on(AF_INET, port);
    if (epoll < 0)
        return -errno;
    if (listener < 0)
        return listener;
    error = connections_init(site, epoll);
    if (!error && epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
        error = -errno;
    if (error)
        return error;
    printf("httpd: %zu files, port %u\n", site->files.count, port);
    serve(epoll, listener, connections_max);
    return 0;
}
