/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockets: an ordinary POSIX program that talks to itself by TCP, UDP and ICMP,
 * over IPv4 and IPv6. It asks what a careful reader of POSIX and of Linux's
 * manual would, also about errors, time limits, and descriptors closed while
 * others use them.
 */
#include "net.h"
#include "coracle/lockcheck.h"

struct sockaddr_storage loopback(int family, uint16_t port)
{
    struct sockaddr_storage address = {.ss_family = (sa_family_t)family};

    if (family == AF_INET) {
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address;

        ipv4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ipv4->sin_port = htons(port);
    } else {
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address;

        ipv6->sin6_addr = in6addr_loopback;
        ipv6->sin6_port = htons(port);
    }
    return address;
}

socklen_t size_of(int family)
{
    return family == AF_INET ? sizeof(struct sockaddr_in)
                             : sizeof(struct sockaddr_in6);
}

int listener(int family, uint16_t *port)
{
    struct sockaddr_storage address = loopback(family, 0);
    socklen_t size = sizeof(address);
    int fd = socket(family, SOCK_STREAM, 0);

    CHECK_EQUAL(bind(fd, (struct sockaddr *)&address, size_of(family)), 0);
    CHECK_EQUAL(listen(fd, 255), 0);
    CHECK_EQUAL(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    CHECK_EQUAL(size, size_of(family));
    /* At the same place in both families. */
    *port = ntohs(((struct sockaddr_in *)&address)->sin_port);
    CHECK(*port != 0);
    return fd;
}

void connected_pair(int family, int fds[2])
{
    struct sockaddr_storage address;
    uint16_t port;
    int listening = listener(family, &port);

    address = loopback(family, port);
    fds[0] = socket(family, SOCK_STREAM, 0);
    CHECK_EQUAL(connect(fds[0], (struct sockaddr *)&address, size_of(family)),
                0);
    fds[1] = accept(listening, NULL, NULL);
    CHECK(fds[1] >= 0);
    close(listening);
}

short poll_one(int fd, short events, int timeout)
{
    struct pollfd entry = {fd, events, 0};

    return poll(&entry, 1, timeout) == 1 ? entry.revents : 0;
}

int get_int(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);

    CHECK_EQUAL(getsockopt(fd, level, name, &value, &size), 0);
    CHECK_EQUAL(size, sizeof(value));
    return value;
}

int set_int(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value));
}

void set_timeout(int fd, int name, int milliseconds)
{
    struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
    struct timeval back;
    socklen_t size = sizeof(back);

    CHECK_EQUAL(setsockopt(fd, SOL_SOCKET, name, &time, sizeof(time)), 0);
    CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, name, &back, &size), 0);
    CHECK_EQUAL(back.tv_sec, time.tv_sec);
    CHECK_EQUAL(back.tv_usec, time.tv_usec);
}

double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
    int failures = test_tcp() + test_datagrams() + test_names() + test_many();

    lockcheck_report();
    return failures + check_failures != 0;
}
