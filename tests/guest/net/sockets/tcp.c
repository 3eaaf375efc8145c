/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp.c: connections. */
#include "net.h"
#include <signal.h>

static int family; /* of the tests that run for both */

static void addresses(void)
{
    struct sockaddr_storage address, name;
    socklen_t size = sizeof(name);
    uint16_t port;
    int listening = listener(family, &port), fd, other;

    address = loopback(family, port);
    fd = socket(family, SOCK_STREAM, 0);
    CHECK_FAILS(getpeername(fd, (struct sockaddr *)&name, &size), ENOTCONN);
    CHECK_EQUAL(connect(fd, (struct sockaddr *)&address, size_of(family)), 0);
    CHECK_FAILS(connect(fd, (struct sockaddr *)&address, size_of(family)),
                EISCONN);
    CHECK_EQUAL(getpeername(fd, (struct sockaddr *)&name, &size), 0);
    CHECK_EQUAL(size, size_of(family));
    CHECK(memcmp(&name, &address, size) == 0);

    size = sizeof(name);
    CHECK_EQUAL(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    other = accept(listening, (struct sockaddr *)&name, &size);
    CHECK(memcmp(&name, &address, size) == 0);
    size = 4; /* as much as there is room for, and how much there were */
    memset(&name, 0xee, sizeof(name));
    CHECK_EQUAL(getpeername(other, (struct sockaddr *)&name, &size), 0);
    CHECK_EQUAL(size, size_of(family));
    CHECK(memcmp(&name, &address, 4) == 0);
    CHECK_EQUAL(((unsigned char *)&name)[4], 0xee);

    close(fd);
    close(other);
    close(listening);
    CHECK_FAILS(getsockopt(1, SOL_SOCKET, SO_TYPE, &name, &size), ENOTSOCK);
}

static void wrong_calls(void)
{
    struct sockaddr_storage address = loopback(family, 0);
    struct sockaddr *sa = (struct sockaddr *)&address;
    uint16_t port;
    int listening = listener(family, &port), fd, second;
    char byte;

    CHECK_FAILS(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_FAILS(socket(family, 77, 0), ESOCKTNOSUPPORT);
    CHECK_FAILS(socket(family, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
    fd = socket(family, SOCK_STREAM, 0);
    CHECK_FAILS(bind(fd, sa, 3), EINVAL);
    CHECK_FAILS(bind(fd, NULL, 0), EINVAL);
    sa->sa_family = family == AF_INET ? AF_INET6 : AF_INET;
    CHECK_FAILS(bind(fd, sa, sizeof(address)), EAFNOSUPPORT);
    address = loopback(family, port);
    CHECK_FAILS(bind(fd, sa, size_of(family)), EADDRINUSE);
    address = loopback(family, 0);
    if (family == AF_INET)
        ((struct sockaddr_in *)&address)->sin_addr.s_addr =
            inet_addr("1.2.3.4");
    else
        ((struct sockaddr_in6 *)&address)->sin6_addr.s6_addr[0] = 0x20;
    CHECK_FAILS(bind(fd, sa, size_of(family)), EADDRNOTAVAIL);
    CHECK_FAILS(accept(fd, NULL, NULL), EINVAL);
    CHECK_FAILS(recv(fd, &byte, 1, 0), ENOTCONN);
    CHECK_FAILS(send(fd, &byte, 1, 0), ENOTCONN);
    CHECK_FAILS(shutdown(fd, SHUT_WR), ENOTCONN);
    CHECK_FAILS(shutdown(fd, 7), EINVAL);
    CHECK_EQUAL(poll_one(fd, POLLIN | POLLOUT, 0), POLLOUT | POLLHUP);

    /* Nobody listens there. */
    address = loopback(family, 1);
    CHECK_FAILS(connect(fd, sa, size_of(family)), ECONNREFUSED);
    address = loopback(family, port);
    CHECK_EQUAL(connect(fd, sa, size_of(family)), 0);
    CHECK_FAILS(accept(fd, NULL, NULL), EINVAL);
    CHECK_FAILS(listen(fd, 1), EINVAL);
    second = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
    CHECK_EQUAL(fcntl(second, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    CHECK_FAILS(accept4(listening, NULL, NULL, 0x55), EINVAL);
    CHECK_FAILS(recv(second, &byte, 1, 0), EAGAIN);
    CHECK_FAILS(lseek(second, 0, SEEK_SET), ESPIPE);
    close(fd);
    close(second);
    close(listening);
}

/* ---- Bytes ----------------------------------------------------------------
 */

#define LARGE (3 << 20)

static unsigned char pattern(size_t at)
{
    return (unsigned char)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

/* More than all buffers on the way hold, in one call. */
static void *send_large(void *argument)
{
    int fd = *(int *)argument;
    unsigned char *bytes = malloc(LARGE);

    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = pattern(i);
    CHECK_EQUAL(send(fd, bytes, LARGE, 0), LARGE);
    CHECK_EQUAL(shutdown(fd, SHUT_WR), 0);
    free(bytes);
    return NULL;
}

static void large_transfer(void)
{
    unsigned char block[10007];
    size_t at = 0;
    pthread_t thread;
    ssize_t got;
    int fds[2];

    connected_pair(family, fds);
    pthread_create(&thread, NULL, send_large, &fds[0]);
    usleep(20000); /* until it has to wait */
    while ((got = recv(fds[1], block, sizeof(block), 0)) > 0) {
        for (ssize_t i = 0; i < got; i++, at++) {
            if (block[i] != pattern(at)) {
                CHECK_EQUAL(at, -1);
                return;
            }
        }
    }
    CHECK_EQUAL(got, 0);
    CHECK_EQUAL(at, LARGE);
    /* The other direction is open still. */
    CHECK_EQUAL(send(fds[1], "bye", 3, 0), 3);
    close(fds[1]);
    CHECK_EQUAL(recv(fds[0], block, 100, MSG_WAITALL), 3);
    CHECK_EQUAL(recv(fds[0], block, 100, 0), 0);
    pthread_join(thread, NULL);
    close(fds[0]);
}

static void flags_and_pieces(void)
{
    char a[4] = "", b[8] = "", c[16] = "";
    struct iovec out[4] = {{"one ", 4}, {"", 0}, {"two ", 4}, {"three", 5}};
    struct iovec in[3] = {{a, 3}, {b, 5}, {c, 16}};
    struct msghdr message = {.msg_iov = in, .msg_iovlen = 3};
    int fds[2], waiting;

    connected_pair(family, fds);
    CHECK_EQUAL(writev(fds[0], out, 4), 13);
    CHECK_EQUAL(poll_one(fds[1], POLLIN, -1), POLLIN);
    CHECK_EQUAL(
        recvmsg(fds[1], &message, MSG_PEEK | MSG_WAITALL | MSG_DONTWAIT), 13);
    CHECK(memcmp(a, "one", 3) == 0 && memcmp(b, " two ", 5) == 0);
    CHECK_STRING(c, "three");
    CHECK_EQUAL(ioctl(fds[1], FIONREAD, &waiting), 0);
    CHECK_EQUAL(waiting, 13);
    memset(c, 0, sizeof(c));
    CHECK_EQUAL(recv(fds[1], c, 6, MSG_PEEK), 6);
    CHECK_STRING(c, "one tw");
    CHECK_EQUAL(recv(fds[1], c, 0, 0), 0);
    CHECK_EQUAL(read(fds[1], c, 0), 0);
    memset(b, 0, sizeof(b));
    CHECK_EQUAL(readv(fds[1], in, 3), 13);
    CHECK(memcmp(b, " two ", 5) == 0);
    CHECK_FAILS(recv(fds[1], c, 1, MSG_DONTWAIT), EAGAIN);
    CHECK_FAILS(recv(fds[1], c, 1, MSG_OOB), EINVAL);
    CHECK_EQUAL(send(fds[0], "more", 4, MSG_MORE), 4);
    CHECK_EQUAL(send(fds[0], "", 0, 0), 0);
    CHECK_EQUAL(recv(fds[1], c, 4, MSG_WAITALL), 4);
    out[0].iov_len = SIZE_MAX;
    CHECK_FAILS(writev(fds[0], out, 2), EINVAL);
    close(fds[0]);
    close(fds[1]);
}

/* ---- Waiting --------------------------------------------------------------
 */

static void time_limits(void)
{
    char block[4096] = {0};
    int fds[2];
    size_t sent = 0, got = 0;
    ssize_t part;
    double begin;

    connected_pair(family, fds);
    set_timeout(fds[0], SO_RCVTIMEO, 50);
    begin = now();
    CHECK_FAILS(recv(fds[0], block, 1, 0), EAGAIN);
    CHECK(now() - begin >= 0.05);
    set_timeout(fds[0], SO_SNDTIMEO, 100);
    begin = now();
    while ((part = send(fds[0], block, sizeof(block), 0)) > 0) {
        sent += (size_t)part;
        if (part == sizeof(block))
            begin = now();
    }
    CHECK_EQUAL(errno, EAGAIN);
    CHECK(now() - begin >= 0.1);
    CHECK(sent > 40000);
    /* Full, once the last acknowledgement is in: not writable, until the other
     * end has read. */
    for (bool more = true; more;) {
        more = false;
        usleep(200000);
        while ((part = send(fds[0], block, sizeof(block), MSG_DONTWAIT)) > 0) {
            sent += (size_t)part;
            more = true;
        }
        CHECK_EQUAL(errno, EAGAIN);
    }
    CHECK_EQUAL(poll_one(fds[0], POLLOUT, 0), 0);
    while (got < sent) {
        part = recv(fds[1], block, sizeof(block), 0);
        CHECK(part > 0);
        if (part <= 0)
            break;
        got += (size_t)part;
    }
    CHECK_EQUAL(got, sent);
    CHECK_EQUAL(poll_one(fds[0], POLLOUT, -1), POLLOUT);
    close(fds[0]);
    close(fds[1]);
}

static void nonblocking_connect(void)
{
    struct sockaddr_storage address;
    struct sockaddr *sa = (struct sockaddr *)&address;
    uint16_t port;
    int listening = listener(family, &port), fd, other;

    fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    address = loopback(family, port);
    CHECK_FAILS(connect(fd, sa, size_of(family)), EINPROGRESS);
    CHECK_EQUAL(poll_one(fd, POLLOUT, -1), POLLOUT);
    CHECK_EQUAL(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
    CHECK_FAILS(connect(fd, sa, size_of(family)), EISCONN);
    CHECK_EQUAL(poll_one(listening, POLLIN, -1), POLLIN);
    CHECK_EQUAL(fcntl(listening, F_SETFL, O_NONBLOCK), 0);
    other = accept(listening, NULL, NULL);
    CHECK(other >= 0);
    CHECK_FAILS(accept(listening, NULL, NULL), EAGAIN);
    close(fd);
    close(other);

    fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    address = loopback(family, 1);
    CHECK_FAILS(connect(fd, sa, size_of(family)), EINPROGRESS);
    CHECK(poll_one(fd, POLLOUT, -1) & POLLERR);
    CHECK_EQUAL(get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    CHECK_EQUAL(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
    /* It may be tried again. */
    address = loopback(family, port);
    CHECK_FAILS(connect(fd, sa, size_of(family)), EINPROGRESS);
    CHECK_EQUAL(poll_one(fd, POLLOUT, -1), POLLOUT);
    close(fd);
    close(listening);
}

static void edge_triggered(void)
{
    struct epoll_event event = {.events =
                                    EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    int set = epoll_create1(0), fds[2];
    char block[16];

    connected_pair(family, fds);
    event.data.fd = fds[1];
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, fds[1], &event), 0);
    CHECK_EQUAL(epoll_wait(set, &event, 1, 0), 1);
    CHECK_EQUAL(event.events, EPOLLOUT);
    CHECK_EQUAL(epoll_wait(set, &event, 1, 0), 0);
    for (int i = 0; i < 3; i++) { /* each arrival is an edge, read or not */
        CHECK_EQUAL(send(fds[0], "x", 1, 0), 1);
        CHECK_EQUAL(epoll_wait(set, &event, 1, 1000), 1);
        CHECK_EQUAL(event.events & EPOLLIN, EPOLLIN);
        CHECK_EQUAL(epoll_wait(set, &event, 1, 0), 0);
    }
    CHECK_EQUAL(read(fds[1], block, sizeof(block)), 3);
    CHECK_EQUAL(shutdown(fds[0], SHUT_WR), 0);
    CHECK_EQUAL(epoll_wait(set, &event, 1, 1000), 1);
    CHECK_EQUAL(event.events, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
    close(fds[0]);
    close(fds[1]);
    CHECK_EQUAL(epoll_wait(set, &event, 1, 0), 0);
    close(set);
}

/* ---- Ends -----------------------------------------------------------------
 */

static volatile int signals;

static void count_signal(int number)
{
    signals += number == SIGPIPE;
}

static void half_close(void)
{
    char block[16];
    int fds[2];

    signal(SIGPIPE, count_signal);
    signals = 0;
    connected_pair(family, fds);
    CHECK_EQUAL(send(fds[0], "last", 4, 0), 4);
    CHECK_EQUAL(shutdown(fds[0], SHUT_WR), 0);
    CHECK_FAILS(send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQUAL(signals, 0);
    CHECK_FAILS(write(fds[0], "x", 1), EPIPE);
    CHECK_EQUAL(signals, 1);
    CHECK_EQUAL(recv(fds[1], block, 4, MSG_WAITALL), 4);
    CHECK_EQUAL(recv(fds[1], block, 1, 0), 0);
    CHECK_EQUAL(poll_one(fds[1], POLLIN | POLLRDHUP, 0), POLLIN | POLLRDHUP);
    CHECK_EQUAL(send(fds[1], "answer", 6, 0), 6);
    CHECK_EQUAL(recv(fds[0], block, 6, MSG_WAITALL), 6);
    CHECK_EQUAL(shutdown(fds[1], SHUT_WR), 0);
    CHECK_EQUAL(poll_one(fds[1], POLLIN, 0), POLLIN | POLLHUP);
    CHECK_EQUAL(recv(fds[0], block, 1, 0), 0);
    close(fds[0]);
    close(fds[1]);

    /* Nothing is read after SHUT_RD, whatever comes. */
    connected_pair(family, fds);
    CHECK_EQUAL(send(fds[0], "lost", 4, 0), 4);
    CHECK_EQUAL(shutdown(fds[1], SHUT_RD), 0);
    CHECK_EQUAL(recv(fds[1], block, 16, 0), 0);
    CHECK_EQUAL(send(fds[0], "lost", 4, 0), 4);
    CHECK_EQUAL(send(fds[1], "kept", 4, 0), 4);
    CHECK_EQUAL(recv(fds[0], block, 4, MSG_WAITALL), 4);
    close(fds[0]);
    close(fds[1]);
    signal(SIGPIPE, SIG_DFL);
}

static void resets(void)
{
    struct linger now_or_never = {1, 0}, back;
    socklen_t size = sizeof(back);
    char block[16];
    int fds[2];

    /* By SO_LINGER. */
    connected_pair(family, fds);
    CHECK_EQUAL(setsockopt(fds[0], SOL_SOCKET, SO_LINGER, &now_or_never,
                           sizeof(now_or_never)),
                0);
    CHECK_EQUAL(getsockopt(fds[0], SOL_SOCKET, SO_LINGER, &back, &size), 0);
    CHECK(back.l_onoff == 1 && back.l_linger == 0);
    CHECK_EQUAL(send(fds[0], "x", 1, 0), 1);
    CHECK_EQUAL(poll_one(fds[1], POLLIN, -1), POLLIN);
    close(fds[0]);
    CHECK(poll_one(fds[1], POLLPRI, -1) & POLLERR);
    CHECK_EQUAL(recv(fds[1], block, 1, 0), 1); /* what came before counts */
    CHECK_FAILS(recv(fds[1], block, 1, 0), ECONNRESET);
    CHECK_EQUAL(recv(fds[1], block, 1, 0), 0);
    CHECK_FAILS(send(fds[1], block, 1, MSG_NOSIGNAL), EPIPE);
    close(fds[1]);

    /* By closing without having read all. */
    connected_pair(family, fds);
    CHECK_EQUAL(send(fds[0], "unread", 6, 0), 6);
    CHECK_EQUAL(poll_one(fds[1], POLLIN, -1), POLLIN);
    close(fds[1]);
    CHECK(poll_one(fds[0], POLLPRI, -1) & POLLERR);
    CHECK_EQUAL(get_int(fds[0], SOL_SOCKET, SO_ERROR), ECONNRESET);
    close(fds[0]);
}

/* close() with SO_LINGER waits until all has arrived. */
static void lingering(void)
{
    struct linger patient = {1, 5};
    static char block[1 << 17];
    int fds[2];

    connected_pair(family, fds);
    CHECK_EQUAL(
        setsockopt(fds[0], SOL_SOCKET, SO_LINGER, &patient, sizeof(patient)),
        0);
    CHECK_EQUAL(send(fds[0], block, sizeof(block), 0), sizeof(block));
    CHECK_EQUAL(close(fds[0]), 0);
    CHECK_EQUAL(recv(fds[1], block, sizeof(block), MSG_WAITALL | MSG_DONTWAIT),
                sizeof(block));
    close(fds[1]);
}

/* Connections that nobody accepted are reset when the listener goes. */
static void backlog(void)
{
    struct sockaddr_storage address;
    uint16_t port;
    int listening = listener(family, &port), fds[5];
    char byte;

    address = loopback(family, port);
    for (int i = 0; i < 5; i++) {
        fds[i] = socket(family, SOCK_STREAM, 0);
        CHECK_EQUAL(
            connect(fds[i], (struct sockaddr *)&address, size_of(family)), 0);
    }
    /* One comes and goes before it is accepted. */
    CHECK_EQUAL(send(fds[0], "quick", 5, 0), 5);
    close(fds[0]);
    fds[0] = accept(listening, NULL, NULL);
    CHECK_EQUAL(recv(fds[0], &byte, 1, 0), 1);
    close(fds[0]);
    close(listening);
    for (int i = 1; i < 5; i++) {
        CHECK_FAILS(recv(fds[i], &byte, 1, 0), ECONNRESET);
        close(fds[i]);
    }
}

/* Those who come and go while nobody accepts fill no more than the backlog. */
static void backlog_of_the_dead(void)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct sockaddr_storage address;
    uint16_t port;
    int listening = listener(family, &port), fd, accepted = 0;
    char byte;

    address = loopback(family, port);
    CHECK_EQUAL(listen(listening, 4), 0);
    for (int i = 0; i < 7; i++) {
        fd = socket(family, SOCK_STREAM | (i < 4 ? 0 : SOCK_NONBLOCK), 0);
        CHECK_EQUAL(
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
            0);
        if (connect(fd, (struct sockaddr *)&address, size_of(family)) == 0)
            CHECK(i < 4);
        else /* it goes on calling, and nobody answers */
            CHECK_EQUAL(poll_one(fd, POLLOUT, 50), 0);
        close(fd);
    }
    fcntl(listening, F_SETFL, O_NONBLOCK);
    while ((fd = accept(listening, NULL, NULL)) >= 0) {
        CHECK_FAILS(recv(fd, &byte, 1, 0), ECONNRESET);
        close(fd);
        accepted++;
    }
    CHECK_EQUAL(accepted, 4);
    fd = socket(family, SOCK_STREAM, 0);
    CHECK_EQUAL(connect(fd, (struct sockaddr *)&address, size_of(family)), 0);
    close(fd);
    close(listening);
}

/* ---- Closing what others use -----------------------------------------------
 */

static void *receive(void *argument)
{
    char byte;
    ssize_t got = recv(*(int *)argument, &byte, 1, 0);

    return (void *)(got < 0 ? -(long)errno : got);
}

static void *accept_one(void *argument)
{
    int fd = accept(*(int *)argument, NULL, NULL);

    return (void *)(fd < 0 ? -(long)errno : fd);
}

static void *fill(void *argument)
{
    static char block[65536];
    ssize_t sent;

    while ((sent = send(*(int *)argument, block, sizeof(block), MSG_NOSIGNAL)) >
           0)
        ;
    return (void *)(-(long)errno);
}

static long result_of(pthread_t thread)
{
    void *result;

    pthread_join(thread, &result);
    return (long)result;
}

static void closed_under_others(void)
{
    pthread_t threads[3];
    uint16_t port;
    int fds[2], listening = listener(family, &port), copy;

    connected_pair(family, fds);
    pthread_create(&threads[0], NULL, receive, &fds[0]);
    pthread_create(&threads[1], NULL, fill, &fds[0]);
    pthread_create(&threads[2], NULL, accept_one, &listening);
    usleep(20000);
    copy = dup(fds[0]);
    close(fds[0]); /* the copy keeps it */
    usleep(5000);
    CHECK_EQUAL(send(fds[1], "x", 1, 0), 1);
    CHECK_EQUAL(result_of(threads[0]), 1);
    CHECK_EQUAL(send(fds[1], "x", 1, 0), 1);
    close(copy);
    CHECK_EQUAL(result_of(threads[1]), -EBADF);
    close(listening);
    CHECK_EQUAL(result_of(threads[2]), -EBADF);
    close(fds[1]);

    /* shutdown() ends a recv() as an end of file. */
    connected_pair(family, fds);
    pthread_create(&threads[0], NULL, receive, &fds[0]);
    usleep(5000);
    CHECK_EQUAL(shutdown(fds[0], SHUT_RDWR), 0);
    CHECK_EQUAL(result_of(threads[0]), 0);
    close(fds[0]);
    close(fds[1]);
}

/* Several threads accept from one socket; each connection goes to one. */
static void many_acceptors(void)
{
    struct sockaddr_storage address;
    pthread_t threads[4];
    uint16_t port;
    int listening = listener(family, &port), fds[4];

    address = loopback(family, port);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, accept_one, &listening);
    for (int i = 0; i < 4; i++) {
        fds[i] = socket(family, SOCK_STREAM, 0);
        CHECK_EQUAL(
            connect(fds[i], (struct sockaddr *)&address, size_of(family)), 0);
    }
    for (int i = 0; i < 4; i++) {
        long fd = result_of(threads[i]);

        CHECK(fd >= 0);
        close((int)fd);
        close(fds[i]);
    }
    close(listening);
}

/* ---- Options ---------------------------------------------------------------
 */

static void options(void)
{
    static const struct {
        int level, name, value;
    } settable[] = {
        {SOL_SOCKET, SO_REUSEADDR, 1},   {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_NODELAY, 1},   {IPPROTO_TCP, TCP_KEEPIDLE, 30},
        {IPPROTO_TCP, TCP_KEEPINTVL, 5}, {IPPROTO_TCP, TCP_KEEPCNT, 3},
    };
    uint16_t port;
    int fds[2], listening = listener(family, &port);

    connected_pair(family, fds);
    for (size_t i = 0; i < sizeof(settable) / sizeof(settable[0]); i++) {
        CHECK_EQUAL(set_int(fds[0], settable[i].level, settable[i].name,
                            settable[i].value),
                    0);
        CHECK_EQUAL(get_int(fds[0], settable[i].level, settable[i].name),
                    settable[i].value);
    }
    CHECK_EQUAL(get_int(fds[0], SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    CHECK_EQUAL(get_int(fds[0], SOL_SOCKET, SO_DOMAIN), family);
    CHECK_EQUAL(get_int(fds[0], SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
    CHECK_EQUAL(get_int(fds[0], SOL_SOCKET, SO_ACCEPTCONN), 0);
    CHECK_EQUAL(get_int(listening, SOL_SOCKET, SO_ACCEPTCONN), 1);
    CHECK_EQUAL(set_int(fds[0], SOL_SOCKET, SO_RCVBUF, 65536), 0);
    CHECK_EQUAL(set_int(fds[0], SOL_SOCKET, SO_SNDBUF, 65536), 0);
    CHECK(get_int(fds[0], IPPROTO_TCP, TCP_MAXSEG) > 500);
    CHECK_FAILS(set_int(fds[0], SOL_SOCKET, 12345, 1), ENOPROTOOPT);
    CHECK_FAILS(set_int(fds[0], 333, 1, 1), ENOPROTOOPT);
    CHECK_FAILS(set_int(fds[0], IPPROTO_TCP, TCP_KEEPCNT, 0), EINVAL);
    CHECK_FAILS(setsockopt(fds[0], SOL_SOCKET, SO_LINGER, fds, 4), EINVAL);
    CHECK_EQUAL(set_int(fds[0], family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
                        family == AF_INET ? IP_TTL : IPV6_UNICAST_HOPS, 9),
                0);
    CHECK_EQUAL(get_int(fds[0], family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
                        family == AF_INET ? IP_TTL : IPV6_UNICAST_HOPS),
                9);
    CHECK_EQUAL(setsockopt(fds[0], SOL_SOCKET, SO_BINDTODEVICE, "lo0", 4), 0);
    CHECK_FAILS(setsockopt(fds[0], SOL_SOCKET, SO_BINDTODEVICE, "xy9", 4),
                ENODEV);
    close(fds[0]);
    close(fds[1]);
    close(listening);
}

/* A listener at a port where connections are still dying. */
static void reuse_of_addresses(void)
{
    struct sockaddr_storage address;
    struct sockaddr *sa = (struct sockaddr *)&address;
    uint16_t port;
    int listening = listener(family, &port), fd, other;
    char byte;

    address = loopback(family, port);
    fd = socket(family, SOCK_STREAM, 0);
    CHECK_EQUAL(connect(fd, sa, size_of(family)), 0);
    other = accept(listening, NULL, NULL);
    close(other); /* this end waits in TIME_WAIT then */
    CHECK_EQUAL(recv(fd, &byte, 1, 0), 0);
    close(fd);
    close(listening);
    usleep(10000);
    fd = socket(family, SOCK_STREAM, 0);
    CHECK_EQUAL(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    CHECK_EQUAL(bind(fd, sa, size_of(family)), 0);
    CHECK_EQUAL(listen(fd, 1), 0);
    other = socket(family, SOCK_STREAM, 0);
    CHECK_EQUAL(set_int(other, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    CHECK(bind(other, sa, size_of(family)) == -1 || listen(other, 1) == -1);
    CHECK_EQUAL(errno, EADDRINUSE);
    close(other);
    close(fd);
}

/* An IPv6 socket serves IPv4, too, unless told otherwise. */
static void both_families(void)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6}, name;
    struct sockaddr_storage address;
    socklen_t size = sizeof(name);
    char text[INET6_ADDRSTRLEN];
    int listening = socket(AF_INET6, SOCK_STREAM, 0), fd, other;

    CHECK_EQUAL(get_int(listening, IPPROTO_IPV6, IPV6_V6ONLY), 0);
    CHECK_EQUAL(bind(listening, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK_EQUAL(listen(listening, 5), 0);
    CHECK_EQUAL(getsockname(listening, (struct sockaddr *)&name, &size), 0);
    address = loopback(AF_INET, ntohs(name.sin6_port));
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQUAL(
        connect(fd, (struct sockaddr *)&address, sizeof(struct sockaddr_in)),
        0);
    other = accept(listening, (struct sockaddr *)&name, &size);
    CHECK_EQUAL(size, sizeof(name));
    CHECK_STRING(inet_ntop(AF_INET6, &name.sin6_addr, text, sizeof(text)),
                 "::ffff:127.0.0.1");
    close(other);
    close(fd);
    /* And the other way round: an IPv6 socket to an IPv4 address. */
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &name.sin6_addr);
    size = sizeof(any);
    CHECK_EQUAL(getsockname(listening, (struct sockaddr *)&any, &size), 0);
    name.sin6_port = any.sin6_port;
    CHECK_EQUAL(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    close(fd);
    close(listening);

    listening = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK_EQUAL(set_int(listening, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
    CHECK_EQUAL(set_int(listening, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    CHECK_EQUAL(bind(listening, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK_EQUAL(listen(listening, 5), 0);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_FAILS(
        connect(fd, (struct sockaddr *)&address, sizeof(struct sockaddr_in)),
        ECONNREFUSED);
    close(fd);
    close(listening);
}

int test_tcp(void)
{
    static const int families[] = {AF_INET, AF_INET6};

    for (int i = 0; i < 2; i++) {
        family = families[i];
        printf("TCP over %s\n", i == 0 ? "IPv4" : "IPv6");
        RUN(addresses);
        RUN(wrong_calls);
        RUN(large_transfer);
        RUN(flags_and_pieces);
        RUN(time_limits);
        RUN(nonblocking_connect);
        RUN(edge_triggered);
        RUN(half_close);
        RUN(resets);
        RUN(lingering);
        RUN(backlog);
        RUN(backlog_of_the_dead);
        RUN(closed_under_others);
        RUN(many_acceptors);
        RUN(options);
        RUN(reuse_of_addresses);
    }
    RUN(both_families);
    return check_failures;
}
