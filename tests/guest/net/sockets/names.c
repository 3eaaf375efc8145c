/* SPDX-License-Identifier: BSD-2-Clause */
/* names.c: names of hosts, services and interfaces. */
#include "net.h"
#include <ifaddrs.h>

/* Numbers, or EAI_...; "a1 a2" for what was found, as text. */
static const char *lookup(const char *name, const char *service, int family,
                          int type, int flags)
{
    static char text[256];
    struct addrinfo hints = {
        .ai_family = family, .ai_socktype = type, .ai_flags = flags};
    struct addrinfo *list;
    int error = getaddrinfo(name, service, &hints, &list);

    text[0] = '\0';
    if (error != 0)
        return gai_strerror(error);
    for (struct addrinfo *one = list; one != NULL; one = one->ai_next) {
        char host[64], port[16];

        CHECK_EQUAL(one->ai_addrlen, size_of(one->ai_family));
        CHECK_EQUAL(one->ai_addr->sa_family, one->ai_family);
        CHECK_EQUAL(getnameinfo(one->ai_addr, one->ai_addrlen, host,
                                sizeof(host), port, sizeof(port),
                                NI_NUMERICHOST | NI_NUMERICSERV),
                    0);
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s/%s/%d",
                 one == list ? "" : " ", host, port, one->ai_socktype);
    }
    freeaddrinfo(list);
    return text;
}

static void hosts(void)
{
    CHECK_STRING(lookup("1.2.3.4", "80", 0, SOCK_STREAM, 0), "1.2.3.4/80/1");
    CHECK_STRING(lookup("127.1", "http", 0, SOCK_STREAM, 0), "127.0.0.1/80/1");
    CHECK_STRING(lookup("::1", "domain", 0, 0, 0), "::1/53/1 ::1/53/2");
    CHECK_STRING(lookup("localhost", "7", AF_INET, SOCK_DGRAM, 0),
                 "127.0.0.1/7/2");
    CHECK_STRING(lookup("localhost", NULL, 0, SOCK_STREAM, 0),
                 "::1/0/1 127.0.0.1/0/1");
    CHECK_STRING(lookup(NULL, "80", 0, SOCK_STREAM, AI_PASSIVE),
                 "0.0.0.0/80/1 ::/80/1");
    CHECK_STRING(lookup("1.2.3.4", NULL, AF_INET6, SOCK_STREAM, AI_V4MAPPED),
                 "::ffff:1.2.3.4/0/1");
    CHECK_STRING(lookup("fe80::1%4294967297", "1", 0, SOCK_STREAM, 0),
                 gai_strerror(EAI_NONAME));
    CHECK_STRING(lookup("fe80::1%lo0", "1", 0, SOCK_STREAM, 0),
                 "fe80::1%lo0/1/1");
    CHECK_STRING(lookup("1.2.3.4", NULL, AF_INET6, 0, 0),
                 gai_strerror(EAI_FAMILY));
    CHECK_STRING(lookup("example.org", NULL, 0, 0, AI_NUMERICHOST),
                 gai_strerror(EAI_NONAME));
    CHECK_STRING(lookup("1.2.3.4", "nonsense", 0, 0, 0),
                 gai_strerror(EAI_SERVICE));
    CHECK_STRING(lookup("1.2.3.4", "70000", 0, 0, 0),
                 gai_strerror(EAI_SERVICE));
    CHECK_STRING(lookup(NULL, NULL, 0, 0, 0), gai_strerror(EAI_NONAME));
    CHECK_STRING(lookup("x", NULL, 77, 0, 0), gai_strerror(EAI_FAMILY));
    CHECK_STRING(lookup("x", NULL, 0, 0, 0x8000), gai_strerror(EAI_BADFLAGS));
    /* There is no network, and so no server to ask. */
    CHECK_STRING(lookup("example.org", NULL, 0, 0, 0), gai_strerror(EAI_AGAIN));
}

static void as_it_was(void)
{
    struct hostent *host = gethostbyname("127.0.0.1");
    struct sockaddr_storage address = loopback(AF_INET, 443);
    char text[8], service[16], name[32];

    CHECK(host != NULL && host->h_length == 4 && host->h_addrtype == AF_INET);
    CHECK(host != NULL && memcmp(host->h_addr, "\x7f\0\0\1", 4) == 0 &&
          host->h_addr_list[1] == NULL);
    CHECK(gethostbyname("no such") == NULL && h_errno != 0);
    CHECK(getservbyname("ntp", "udp")->s_port == htons(123));
    CHECK(getservbyname("ntp", "tcp") == NULL);
    CHECK_STRING(getservbyport(htons(22), NULL)->s_name, "ssh");
    CHECK_EQUAL(getprotobyname("udp")->p_proto, IPPROTO_UDP);
    CHECK_EQUAL(getnameinfo((struct sockaddr *)&address,
                            sizeof(struct sockaddr_in), text, sizeof(text),
                            NULL, 0, 0),
                EAI_OVERFLOW);
    CHECK_EQUAL(getnameinfo((struct sockaddr *)&address,
                            sizeof(struct sockaddr_in), NULL, 0, service,
                            sizeof(service), 0),
                0);
    CHECK_STRING(service, "https");
    CHECK_EQUAL(getnameinfo((struct sockaddr *)&address,
                            sizeof(struct sockaddr_in), name, sizeof(name),
                            NULL, 0, NI_NAMEREQD),
                0);
    CHECK_STRING(name, "localhost");
    ((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(0x0a000001);
    CHECK_EQUAL(getnameinfo((struct sockaddr *)&address,
                            sizeof(struct sockaddr_in), name, sizeof(name),
                            NULL, 0, NI_NAMEREQD),
                EAI_AGAIN); /* there is no server */
    CHECK_EQUAL(getnameinfo((struct sockaddr *)&address,
                            sizeof(struct sockaddr_in), name, sizeof(name),
                            NULL, 0, 0),
                0);
    CHECK_STRING(name, "10.0.0.1");
    CHECK(gethostbyaddr("\12\0\0\1", 4, AF_INET) == NULL &&
          h_errno == TRY_AGAIN);
}

static void interfaces(void)
{
    struct if_nameindex *names = if_nameindex();
    struct ifaddrs *list, *one;
    char name[IF_NAMESIZE];
    unsigned int index = if_nametoindex("lo0");
    int found = 0;

    CHECK(index > 0);
    CHECK_STRING(if_indextoname(index, name), "lo0");
    CHECK(if_nametoindex("none0") == 0 && errno == ENODEV);
    CHECK(if_indextoname(200, name) == NULL && errno == ENXIO);
    CHECK(names != NULL && names[0].if_index == index);
    CHECK_STRING(names[0].if_name, "lo0");
    CHECK_EQUAL(names[1].if_index, 0);
    if_freenameindex(names);
    CHECK_EQUAL(getifaddrs(&list), 0);
    for (one = list; one != NULL; one = one->ifa_next) {
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)one->ifa_addr;
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)one->ifa_addr;

        CHECK(one->ifa_flags & IFF_UP);
        CHECK(one->ifa_flags & IFF_LOOPBACK);
        if (one->ifa_addr->sa_family == AF_INET &&
            ipv4->sin_addr.s_addr == htonl(INADDR_LOOPBACK))
            found |= 1;
        if (one->ifa_addr->sa_family == AF_INET6 &&
            IN6_IS_ADDR_LOOPBACK(&ipv6->sin6_addr))
            found |= 2;
    }
    CHECK_EQUAL(found, 3);
    freeifaddrs(list);
}

int test_names(void)
{
    RUN(hosts);
    RUN(as_it_was);
    RUN(interfaces);
    return check_failures;
}
