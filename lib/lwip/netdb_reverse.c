/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netdb_reverse.c: from addresses to names: getnameinfo() and gethostbyaddr().
 *
 * lwIP's resolver only goes the other way, so this is a small client of its
 * own, an ordinary program on sockets: it asks one name server after the other,
 * with a connected socket and a random number in the question, so that nobody
 * else can easily answer in their place (dns_names.c has the messages).
 *
 * Concurrency: no state, but for gethostbyaddr()'s static answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "coracle/time.h"
#include "lib/lwip/dns_names.h"
#include "lib/lwip/socket.h"
#include "lwip/dns.h"

#define TRIES   2
#define PORT    53
#define TIMEOUT (2 * NS_PER_S)

#define NAME_ROOM 256

/* ---- Asking name servers --------------------------------------------------
 */

/* A socket connected to server `index`; -1: there is no such server. */
static int open_server(unsigned int index)
{
    struct inet_socket like = {.ipv6 = false};
    struct sockaddr_storage address;
    struct endpoint server = {.port = PORT};
    socklen_t size;
    int descriptor;

    LOCK_TCPIP_CORE();
    server.address = *dns_getserver((uint8_t)index);
    UNLOCK_TCPIP_CORE();
    if (ip_addr_isany(&server.address))
        return -1;
    like.ipv6 = IP_IS_V6_VAL(server.address);
    size = address_out(&like, &server, &address);
    descriptor = socket(address.ss_family, SOCK_DGRAM, 0);
    if (descriptor >= 0 &&
        connect(descriptor, (struct sockaddr *)&address, size) < 0) {
        close(descriptor);
        descriptor = -1;
    }
    return descriptor;
}

/* Wait for the answer until `deadline`: as dns_name_answer(). */
static int await(int descriptor, uint64_t deadline, const uint8_t *question,
                 size_t length, char *name, size_t room)
{
    uint8_t answer[DNS_ANSWER_MAX];
    int result = -EAGAIN;

    while (result == -EAGAIN) {
        uint64_t now = time_monotonic();
        uint64_t us = deadline > now ? (deadline - now) / NS_PER_US + 1 : 0;
        struct timeval left = {(time_t)(us / 1000000),
                               (suseconds_t)(us % 1000000)};
        ssize_t got;

        if (us == 0)
            return -ETIMEDOUT;
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof(left));
        got = recv(descriptor, answer, sizeof(answer), 0);
        if (got >= 0)
            result = dns_name_answer(answer, (size_t)got, question, length,
                                     name, room);
        else if (errno != EAGAIN)
            return -errno;
    }
    return result;
}

static int ask(int descriptor, const uint8_t *address, size_t size, char *name,
               size_t room)
{
    uint8_t question[DNS_QUESTION_MAX];
    int result = -ETIMEDOUT;

    for (int i = 0; i < TRIES && result == -ETIMEDOUT; i++) {
        uint16_t id;
        size_t length;

        getrandom(&id, sizeof(id), 0);
        length = dns_name_question(question, id, address, size);
        if (send(descriptor, question, length, 0) < 0)
            return -errno;
        result = await(descriptor, time_monotonic() + TIMEOUT, question, length,
                       name, room);
    }
    return result;
}

/* The name of an address: 0 or EAI_... */
static int find_name(const uint8_t *address, size_t size, char *name,
                     size_t room)
{
    for (unsigned int i = 0; i < DNS_MAX_SERVERS; i++) {
        int descriptor = open_server(i), result;

        if (descriptor < 0)
            continue;
        result = ask(descriptor, address, size, name, room);
        close(descriptor);
        if (result == 0)
            return 0;
        if (result == -ENOENT)
            return EAI_NONAME;
        if (result == -ENAMETOOLONG)
            return EAI_OVERFLOW;
    }
    return EAI_AGAIN;
}

/* The bytes of an address; *size: how many. */
static const uint8_t *bytes_of(const struct sockaddr *address, size_t *size)
{
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;

    if (address->sa_family == AF_INET) {
        *size = 4;
        return (const uint8_t *)&((const struct sockaddr_in *)address)
            ->sin_addr;
    }
    if (IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr)) {
        *size = 4;
        return ipv6->sin6_addr.s6_addr + 12;
    }
    *size = 16;
    return ipv6->sin6_addr.s6_addr;
}

static int name_host(const struct sockaddr *address, char *to, size_t size)
{
    size_t length;
    const uint8_t *bytes = bytes_of(address, &length);
    bool own = length == 4 ? bytes[0] == IN_LOOPBACKNET
                           : memcmp(bytes, &in6addr_loopback, 16) == 0;

    if (!own)
        return find_name(bytes, length, to, size);
    if (size < sizeof("localhost"))
        return EAI_OVERFLOW;
    strcpy(to, "localhost");
    return 0;
}

/* ---- In figures ------------------------------------------------------------
 */

static int print_host(const struct sockaddr *address, char *to, socklen_t size)
{
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
    const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
    char name[IF_NAMESIZE];
    size_t length;

    if (address->sa_family == AF_INET)
        return inet_ntop(AF_INET, &ipv4->sin_addr, to, size) != NULL
                   ? 0
                   : EAI_OVERFLOW;
    if (inet_ntop(AF_INET6, &ipv6->sin6_addr, to, size) == NULL)
        return EAI_OVERFLOW;
    if (ipv6->sin6_scope_id == 0 || !IN6_IS_ADDR_LINKLOCAL(&ipv6->sin6_addr))
        return 0;
    length = strlen(to);
    if (if_indextoname(ipv6->sin6_scope_id, name) == NULL)
        snprintf(name, sizeof(name), "%u", (unsigned)ipv6->sin6_scope_id);
    if (length + 1 + strlen(name) >= size)
        return EAI_OVERFLOW;
    to[length] = '%';
    strcpy(to + length + 1, name);
    return 0;
}

static int print_service(uint16_t port, char *to, socklen_t size, int flags)
{
    struct servent *known = NULL;
    int length;

    if (!(flags & NI_NUMERICSERV))
        known = getservbyport(port, flags & NI_DGRAM ? "udp" : "tcp");
    if (known != NULL)
        length = snprintf(to, size, "%s", known->s_name);
    else
        length = snprintf(to, size, "%u", ntohs(port));
    return length < (int)size ? 0 : EAI_OVERFLOW;
}

/* ---- The calls -------------------------------------------------------------
 */

int getnameinfo(const struct sockaddr *restrict address, socklen_t size,
                char *restrict host, socklen_t host_size,
                char *restrict service, socklen_t service_size, int flags)
{
    socklen_t least = sizeof(struct sockaddr_in);
    int result = 0;

    if (size >= sizeof(sa_family_t) && address->sa_family == AF_INET6)
        least = sizeof(struct sockaddr_in6);
    else if (size < sizeof(sa_family_t) || address->sa_family != AF_INET)
        return EAI_FAMILY;
    if (size < least)
        return EAI_FAMILY;
    if (host != NULL && host_size > 0) {
        result = flags & NI_NUMERICHOST ? EAI_NONAME
                                        : name_host(address, host, host_size);
        if (result != 0 && !(flags & NI_NAMEREQD))
            result = print_host(address, host, host_size);
    }
    /* The port is at the same place in both. */
    if (result == 0 && service != NULL && service_size > 0)
        result = print_service(((const struct sockaddr_in *)address)->sin_port,
                               service, service_size, flags);
    return result;
}

struct hostent *gethostbyaddr(const void *address, socklen_t size, int family)
{
    static struct hostent entry;
    static char name[NAME_ROOM];
    static struct in6_addr own;
    static char *addresses[2], *no_aliases[1];
    int result = EAI_NONAME;

    if ((family == AF_INET && size == 4) || (family == AF_INET6 && size == 16))
        result = find_name(address, size, name, sizeof(name));
    if (result != 0) {
        h_errno = result == EAI_AGAIN ? TRY_AGAIN : HOST_NOT_FOUND;
        return NULL;
    }
    memcpy(&own, address, size);
    addresses[0] = (char *)&own;
    entry.h_name = name;
    entry.h_aliases = no_aliases;
    entry.h_addrtype = family;
    entry.h_length = (int)size;
    entry.h_addr_list = addresses;
    return &entry;
}
