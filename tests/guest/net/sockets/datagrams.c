/* SPDX-License-Identifier: BSD-2-Clause */
/* datagrams.c: UDP and raw sockets. */
#include "net.h"

static int family;

/* A UDP socket at a port of its own. */
static int udp_at(uint16_t *port)
{
    struct sockaddr_storage address = loopback(family, 0);
    socklen_t size = sizeof(address);
    int fd = socket(family, SOCK_DGRAM, 0);

    CHECK_EQUAL(bind(fd, (struct sockaddr *)&address, size_of(family)), 0);
    CHECK_EQUAL(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(((struct sockaddr_in *)&address)->sin_port);
    return fd;
}

static void to_and_from(void)
{
    struct sockaddr_storage address, from;
    uint16_t port_a, port_b;
    int a = udp_at(&port_a), b = udp_at(&port_b), waiting;
    socklen_t size = sizeof(from);
    char text[32] = "";

    CHECK_FAILS(send(a, "x", 1, 0), EDESTADDRREQ);
    CHECK_FAILS(recv(a, text, 1, MSG_DONTWAIT), EAGAIN);
    CHECK_EQUAL(poll_one(a, POLLIN | POLLOUT, 0), POLLOUT);
    address = loopback(family, port_b);
    CHECK_EQUAL(sendto(a, "hello there", 11, 0, (struct sockaddr *)&address,
                       size_of(family)),
                11);
    CHECK_EQUAL(
        sendto(a, "", 0, 0, (struct sockaddr *)&address, size_of(family)), 0);
    CHECK_EQUAL(poll_one(b, POLLIN, 1000), POLLIN);
    CHECK_EQUAL(ioctl(b, FIONREAD, &waiting), 0);
    CHECK_EQUAL(waiting, 11);
    CHECK_EQUAL(recv(b, text, 5, MSG_PEEK), 5);
    CHECK_STRING(text, "hello");
    CHECK_EQUAL(recv(b, text, 5, MSG_PEEK | MSG_TRUNC), 11);
    CHECK_EQUAL(
        recvfrom(b, text, sizeof(text), 0, (struct sockaddr *)&from, &size),
        11);
    CHECK_EQUAL(size, size_of(family));
    address = loopback(family, port_a);
    CHECK(memcmp(&from, &address, size) == 0);
    CHECK_EQUAL(recv(b, text, sizeof(text), 0), 0); /* the empty one */
    CHECK_FAILS(accept(b, NULL, NULL), EOPNOTSUPP);
    CHECK_FAILS(listen(b, 1), EOPNOTSUPP);
    CHECK_FAILS(
        sendto(a, text, 65508, 0, (struct sockaddr *)&address, size_of(family)),
        EMSGSIZE);
    CHECK_FAILS(sendto(a, text, 1, 0, (struct sockaddr *)&address, 5), EINVAL);
    close(a);
    close(b);
}

static void boundaries(void)
{
    struct sockaddr_storage address;
    struct iovec out[2] = {{"ab", 2}, {"cdef", 4}};
    char x[3], y[2];
    struct iovec in[2] = {{x, 3}, {y, 2}};
    struct msghdr message = {.msg_iov = in, .msg_iovlen = 2};
    uint16_t port_a, port_b;
    int a = udp_at(&port_a), b = udp_at(&port_b);

    address = loopback(family, port_b);
    CHECK_EQUAL(connect(a, (struct sockaddr *)&address, size_of(family)), 0);
    CHECK_EQUAL(writev(a, out, 2), 6);
    CHECK_EQUAL(write(a, "second", 6), 6);
    CHECK_EQUAL(recvmsg(b, &message, 0), 5);
    CHECK_EQUAL(message.msg_flags, MSG_TRUNC);
    CHECK(memcmp(x, "abc", 3) == 0 && memcmp(y, "de", 2) == 0);
    CHECK_EQUAL(readv(b, in, 2), 5);
    CHECK(memcmp(x, "sec", 3) == 0);
    CHECK_FAILS(recv(b, x, 1, MSG_DONTWAIT), EAGAIN);

    /* Only from the one that it is connected to. */
    address = loopback(family, port_a);
    CHECK_EQUAL(connect(b, (struct sockaddr *)&address, size_of(family)), 0);
    CHECK_EQUAL(send(b, "yes", 3, 0), 3);
    CHECK_EQUAL(recv(a, x, 3, 0), 3);
    close(b);
    b = udp_at(&port_b);
    CHECK_EQUAL(
        sendto(b, "no", 2, 0, (struct sockaddr *)&address, size_of(family)), 2);
    usleep(5000);
    CHECK_FAILS(recv(a, x, 3, MSG_DONTWAIT), EAGAIN);
    address.ss_family = AF_UNSPEC;
    CHECK_EQUAL(connect(a, (struct sockaddr *)&address, size_of(family)), 0);
    CHECK_FAILS(send(a, "x", 1, 0), EDESTADDRREQ);
    close(a);
    close(b);
}

/* As large as they come, in fragments. */
static void large_datagrams(void)
{
    static unsigned char out[65507], in[65507];
    struct sockaddr_storage address;
    uint16_t port_a, port_b;
    int a = udp_at(&port_a), b = udp_at(&port_b);
    static const int sizes[] = {1, 511, 512, 513, 1472, 1473, 9000, 60000};

    address = loopback(family, port_b);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int j = 0; j < sizes[i]; j++)
            out[j] = (unsigned char)(j * 31 + (int)i);
        CHECK_EQUAL(sendto(a, out, (size_t)sizes[i], 0,
                           (struct sockaddr *)&address, size_of(family)),
                    sizes[i]);
        set_timeout(b, SO_RCVTIMEO, 2000);
        CHECK_EQUAL(recv(b, in, sizeof(in), 0), sizes[i]);
        CHECK(memcmp(in, out, (size_t)sizes[i]) == 0);
    }
    close(a);
    close(b);
}

/* What a full queue does not hold is lost, and the rest is in order. */
static void full_queue(void)
{
    struct sockaddr_storage address;
    uint16_t port_a, port_b;
    int a = udp_at(&port_a), b = udp_at(&port_b), number, last = -1, count = 0;

    CHECK_EQUAL(set_int(b, SOL_SOCKET, SO_RCVBUF, 20000), 0);
    CHECK_EQUAL(get_int(b, SOL_SOCKET, SO_RCVBUF), 20000);
    address = loopback(family, port_b);
    for (int i = 0; i < 2000; i++)
        CHECK_EQUAL(sendto(a, &i, sizeof(i), 0, (struct sockaddr *)&address,
                           size_of(family)),
                    sizeof(i));
    usleep(10000);
    while (recv(b, &number, sizeof(number), MSG_DONTWAIT) == sizeof(number)) {
        CHECK(number > last);
        last = number;
        count++;
    }
    CHECK(count > 20 && count < 1000);
    CHECK_EQUAL(sendto(a, &count, sizeof(count), 0, (struct sockaddr *)&address,
                       size_of(family)),
                4);
    CHECK_EQUAL(recv(b, &number, sizeof(number), 0), 4);
    close(a);
    close(b);
}

static void destination_is_told(void)
{
    struct sockaddr_storage address;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control;
    char byte;
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *header;
    uint16_t port_a, port_b;
    int a = udp_at(&port_a), b = udp_at(&port_b);

    address = loopback(family, port_b);
    CHECK_EQUAL(set_int(b, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
                        family == AF_INET ? IP_PKTINFO : IPV6_RECVPKTINFO, 1),
                0);
    CHECK_EQUAL(
        sendto(a, "x", 1, 0, (struct sockaddr *)&address, size_of(family)), 1);
    CHECK_EQUAL(recvmsg(b, &message, 0), 1);
    header = CMSG_FIRSTHDR(&message);
    CHECK(header != NULL && CMSG_NXTHDR(&message, header) == NULL);
    if (header != NULL && family == AF_INET) {
        struct in_pktinfo info;

        memcpy(&info, CMSG_DATA(header), sizeof(info));
        CHECK_EQUAL(header->cmsg_type, IP_PKTINFO);
        CHECK_EQUAL(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
        CHECK(info.ipi_ifindex > 0);
    } else if (header != NULL) {
        struct in6_pktinfo info;

        memcpy(&info, CMSG_DATA(header), sizeof(info));
        CHECK_EQUAL(header->cmsg_type, IPV6_PKTINFO);
        CHECK(IN6_IS_ADDR_LOOPBACK(&info.ipi6_addr));
    }
    close(a);
    close(b);
}

static void *receive_after_close(void *argument)
{
    char byte;
    ssize_t got = recv(*(int *)argument, &byte, 1, 0);

    return (void *)(got < 0 ? -(long)errno : got);
}

static void closed_under_a_reader(void)
{
    pthread_t thread;
    uint16_t port;
    int fd = udp_at(&port);
    void *result;

    pthread_create(&thread, NULL, receive_after_close, &fd);
    usleep(5000);
    close(fd);
    pthread_join(thread, &result);
    CHECK_EQUAL((long)result, -EBADF);
}

/* ---- Pings -----------------------------------------------------------------
 */

static uint16_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

/* An echo request of our own making is answered by our own lwIP. */
static void ping(void)
{
    bool ipv6 = family == AF_INET6;
    uint8_t request[32] = {ipv6 ? 128 : 8, 0, 0, 0, 0x12, 0x34, 0, 1};
    uint8_t packet[128], *reply = packet;
    struct sockaddr_storage address = loopback(family, 0), from;
    socklen_t size = sizeof(from);
    uint16_t sum = checksum(request, sizeof(request));
    int fd = socket(family, SOCK_RAW, ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    ssize_t got;

    CHECK_FAILS(socket(family, SOCK_RAW, 0), EPROTONOSUPPORT);
    CHECK(fd >= 0);
    if (!ipv6) /* IPv6's is the system's business */
        memcpy(request + 2, &sum, sizeof(sum));
    CHECK_EQUAL(sendto(fd, request, sizeof(request), 0,
                       (struct sockaddr *)&address, size_of(family)),
                sizeof(request));
    set_timeout(fd, SO_RCVTIMEO, 2000);
    do { /* our own request comes along, too */
        got = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from,
                       &size);
        if (!ipv6)
            reply = packet + 4 * (packet[0] & 15);
    } while (got > 0 && reply[0] == request[0]);
    CHECK_EQUAL(got, (ipv6 ? 0 : 20) + (ssize_t)sizeof(request));
    CHECK_EQUAL(reply[0], ipv6 ? 129 : 0);
    CHECK(memcmp(reply + 4, request + 4, sizeof(request) - 4) == 0);
    CHECK_EQUAL(size, size_of(family));
    close(fd);
}

/* Nobody listens there: a connected socket is told, once for each datagram that
 * was refused, by whichever call comes next. */
static void refused(void)
{
    struct sockaddr_storage nowhere, away;
    uint16_t port, other_port;
    int fd = udp_at(&port), other = udp_at(&other_port);
    char byte;

    nowhere = loopback(family, other_port);
    close(other);
    set_timeout(fd, SO_RCVTIMEO, 2000);
    CHECK_EQUAL(
        sendto(fd, "x", 1, 0, (struct sockaddr *)&nowhere, size_of(family)), 1);
    CHECK_EQUAL(poll_one(fd, POLLIN, 50), 0); /* not connected */
    CHECK_EQUAL(connect(fd, (struct sockaddr *)&nowhere, size_of(family)), 0);
    CHECK_EQUAL(send(fd, "x", 1, 0), 1);
    CHECK_FAILS(recv(fd, &byte, 1, 0), ECONNREFUSED);
    CHECK_FAILS(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
    CHECK_EQUAL(send(fd, "x", 1, 0), 1);
    CHECK_EQUAL(poll_one(fd, POLLIN, 2000), POLLIN | POLLERR);
    CHECK_FAILS(send(fd, "x", 1, 0), ECONNREFUSED);
    CHECK_EQUAL(poll_one(fd, POLLIN, 0), 0);
    CHECK_EQUAL(send(fd, "x", 1, 0), 1);
    CHECK_EQUAL(poll_one(fd, POLLIN, 2000), POLLIN | POLLERR);
    CHECK_EQUAL(get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    CHECK_EQUAL(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
    /* Of another socket to the same place it is not told. */
    other = udp_at(&other_port);
    away = loopback(family, port);
    CHECK_EQUAL(connect(other, (struct sockaddr *)&away, size_of(family)), 0);
    CHECK_EQUAL(send(fd, "x", 1, 0), 1);
    CHECK_EQUAL(poll_one(fd, POLLIN, 2000), POLLIN | POLLERR);
    CHECK_EQUAL(poll_one(other, POLLIN, 0), 0);
    close(other);
    close(fd);
}

/* ---- Groups ----------------------------------------------------------------
 */

static void groups(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(4000)};
    struct ip_mreqn request = {.imr_ifindex = (int)if_nametoindex("lo0")};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    inet_aton("224.1.2.3", &to.sin_addr);
    request.imr_multiaddr = to.sin_addr;
    CHECK_EQUAL(set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, 3), 0);
    CHECK_EQUAL(get_int(fd, IPPROTO_IP, IP_MULTICAST_TTL), 3);
    CHECK_EQUAL(set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
    CHECK_EQUAL(get_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
    CHECK_FAILS(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &request,
                           sizeof(request)),
                EADDRNOTAVAIL);
    request.imr_ifindex = 77;
    CHECK_FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request,
                           sizeof(request)),
                ENODEV);
    request.imr_ifindex = 256 + 1; /* not interface 1 */
    CHECK_FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request,
                           sizeof(request)),
                ENODEV);
    CHECK_FAILS(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, 3),
                EINVAL);
    close(fd);
}

/* An interface's number in an address: 257 is not 1. */
static void interfaces_that_cannot_be(void)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                              .sin6_port = htons(9),
                              .sin6_scope_id = 256 + if_nametoindex("lo0")};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    inet_pton(AF_INET6, "fe80::1", &to.sin6_addr);
    CHECK_FAILS(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
                EINVAL);
    close(fd);
}

/* Without SO_BROADCAST nothing goes to everybody. */
static void broadcasts(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(9),
                             .sin_addr.s_addr = INADDR_BROADCAST};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK_FAILS(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
                EACCES);
    CHECK_EQUAL(set_int(fd, SOL_SOCKET, SO_BROADCAST, 1), 0);
    CHECK_EQUAL(get_int(fd, SOL_SOCKET, SO_BROADCAST), 1);
    close(fd);
}

int test_datagrams(void)
{
    static const int families[] = {AF_INET, AF_INET6};

    for (int i = 0; i < 2; i++) {
        family = families[i];
        printf("datagrams over %s\n", i == 0 ? "IPv4" : "IPv6");
        RUN(to_and_from);
        RUN(boundaries);
        RUN(large_datagrams);
        RUN(full_queue);
        RUN(destination_is_told);
        RUN(closed_under_a_reader);
        RUN(ping);
        RUN(refused);
    }
    RUN(groups);
    RUN(interfaces_that_cannot_be);
    RUN(broadcasts);
    return check_failures;
}
