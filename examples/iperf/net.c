/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.c: addresses and sockets, for both kinds of addresses. A server's socket
 * is one for IPv6 that takes IPv4 as well, under addresses like ::ffff:10.0.0.1
 * (where there is no IPv6, one for IPv4).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "iperf.h"

#define BACKLOG 32

/* Before connect() and listen(), as TCP agrees on the scale of windows then. */
static void set_window(int fd, int window)
{
    if (window &&
        (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window)) < 0 ||
         setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &window, sizeof(window)) < 0))
        fprintf(stderr, "iperf: window size: %s\n", strerror(errno));
}

static struct addrinfo *resolve(const struct options *options, int flags)
{
    struct addrinfo hints = {
        .ai_family = options->family,
        .ai_socktype = options->udp ? SOCK_DGRAM : SOCK_STREAM,
        .ai_flags = flags,
    };
    struct addrinfo *found = NULL;
    int error = getaddrinfo(options->host, options->port, &hints, &found);

    if (error)
        fprintf(stderr, "iperf: %s port %s: %s\n",
                options->host ? options->host : "any address", options->port,
                gai_strerror(error));
    return error ? NULL : found;
}

int net_connect(const struct options *options)
{
    struct addrinfo *found = resolve(options, 0);
    int fd = -1;

    if (!found)
        return -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0)
            continue;
        set_window(fd, options->window);
        if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0)
        fprintf(stderr, "iperf: connect to %s port %s failed: %s\n",
                options->host, options->port, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

/* A socket for `family` on all of our addresses, or -1. */
static int bind_any(const struct options *options, int family)
{
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6,
                                .sin6_addr = IN6ADDR_ANY_INIT};
    struct sockaddr_in any4 = {.sin_family = AF_INET};
    struct sockaddr *any = (struct sockaddr *)&any6;
    socklen_t size = sizeof(any6);
    int fd = socket(family, options->udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    int on = 1, off = 0;

    if (fd < 0)
        return -1;
    any4.sin_port = any6.sin6_port = htons((uint16_t)atoi(options->port));
    if (family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    } else {
        any = (struct sockaddr *)&any4;
        size = sizeof(any4);
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    set_window(fd, options->window);
    if (bind(fd, any, size) < 0 || (!options->udp && listen(fd, BACKLOG) < 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

int net_listen(const struct options *options)
{
    int fd = bind_any(options, AF_INET6);

    if (fd < 0)
        fd = bind_any(options, AF_INET);
    if (fd < 0) {
        fprintf(stderr, "iperf: port %s: %s\n", options->port, strerror(errno));
        exit(1);
    }
    return fd;
}

/* The address as people write it; an IPv4 address plainly, if it is one. */
static void address_text(const struct sockaddr *address, char text[],
                         size_t size, unsigned int *port)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;

    snprintf(text, size, "?");
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &four->sin_addr, text, (socklen_t)size);
    else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, text, (socklen_t)size);
    else
        inet_ntop(AF_INET6, &six->sin6_addr, text, (socklen_t)size);
    *port =
        ntohs(address->sa_family == AF_INET ? four->sin_port : six->sin6_port);
}

void net_announce(const struct stream *stream, const struct sockaddr *peer)
{
    struct sockaddr_storage local = {0}, asked = {0};
    socklen_t size = sizeof(local);
    char here[INET6_ADDRSTRLEN], there[INET6_ADDRSTRLEN];
    unsigned int here_port, there_port;

    getsockname(stream->fd, (struct sockaddr *)&local, &size);
    if (!peer) {
        size = sizeof(asked);
        getpeername(stream->fd, (struct sockaddr *)&asked, &size);
        peer = (struct sockaddr *)&asked;
    }
    address_text((struct sockaddr *)&local, here, sizeof(here), &here_port);
    address_text(peer, there, sizeof(there), &there_port);
    printf("[%3d] local %s port %u connected with %s port %u%s\n",
           stream->number, here, here_port, there, there_port,
           stream->options->reverse ? " (reverse)" : "");
}

bool net_same(const struct sockaddr_storage *a,
              const struct sockaddr_storage *b)
{
    const struct sockaddr_in6 *six_a = (const struct sockaddr_in6 *)a;
    const struct sockaddr_in6 *six_b = (const struct sockaddr_in6 *)b;
    const struct sockaddr_in *four_a = (const struct sockaddr_in *)a;
    const struct sockaddr_in *four_b = (const struct sockaddr_in *)b;

    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return four_a->sin_port == four_b->sin_port &&
               four_a->sin_addr.s_addr == four_b->sin_addr.s_addr;
    return six_a->sin6_port == six_b->sin6_port &&
           !memcmp(&six_a->sin6_addr, &six_b->sin6_addr,
                   sizeof(six_a->sin6_addr));
}
