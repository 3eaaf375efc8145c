/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netdb.c: from names to addresses; netdb_reverse.c has the way back.
 *
 * getaddrinfo() makes a list of addresses (numbers as they are, "localhost",
 * or what the name servers say through lwIP's resolver) and multiplies it by
 * the kinds of sockets that the caller wants. lwIP answers with one address
 * per name and family; programs that try all of a list get by with that.
 *
 * Which family comes first decides what most programs use. IPv6 does if an
 * interface has an address with which one gets beyond the own network.
 *
 * Concurrency: a thread waits for its own answers. gethostbyname() and its
 * kin answer in static memory, as they always have.
 */
#include <netdb.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/compiler.h"
#include "coracle/sync.h"
#include "lwip/dns.h"
#include "lwip/netif.h"
#include "lwip/tcpip.h"

#define ADDRESSES_MAX 2

struct address {
    int family;
    uint32_t scope;
    union {
        struct in_addr ipv4;
        struct in6_addr ipv6;
    };
};

struct address_list {
    size_t count;
    struct address addresses[ADDRESSES_MAX];
};

#define KNOWN_FLAGS                                                            \
    (AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL |       \
     AI_ADDRCONFIG | AI_NUMERICSERV)

/* ---- Asking name servers --------------------------------------------------
 */

struct query {
    struct semaphore done;
    bool found;
    ip_addr_t address;
};

static void on_found(const char *name, const ip_addr_t *address, void *argument)
{
    struct query *query = argument;

    (void)name;
    query->found = address != NULL;
    if (query->found)
        query->address = *address;
    semaphore_up(&query->done);
}

static void add(struct address_list *list, const ip_addr_t *from)
{
    struct address *address = &list->addresses[list->count++];

    memset(address, 0, sizeof(*address));
    if (IP_IS_V4(from)) {
        address->family = AF_INET;
        address->ipv4.s_addr = ip_2_ip4(from)->addr;
    } else {
        address->family = AF_INET6;
        memcpy(&address->ipv6, ip_2_ip6(from)->addr, sizeof(address->ipv6));
    }
}

/* Add the address of this family, if there is one: 0 or EAI_... */
static int resolve(const char *name, int family, struct address_list *list)
{
    struct query query = {.found = false};
    err_t error;

    semaphore_init(&query.done, 0);
    LOCK_TCPIP_CORE();
    error = dns_gethostbyname_addrtype(
        name, &query.address, on_found, &query,
        family == AF_INET ? LWIP_DNS_ADDRTYPE_IPV4 : LWIP_DNS_ADDRTYPE_IPV6);
    UNLOCK_TCPIP_CORE();
    if (error == ERR_INPROGRESS) /* on_found() will come, whatever happens */
        semaphore_down(&query.done, TIME_NEVER);
    else if (error == ERR_OK)
        query.found = true;
    else /* no server, no memory; or no possible name */
        return error == ERR_ARG ? EAI_NONAME : EAI_AGAIN;
    if (!query.found || IP_IS_V4_VAL(query.address) != (family == AF_INET))
        return EAI_NONAME;
    add(list, &query.address);
    return 0;
}

/* Whether some interface has an IPv6 address that others can answer to. */
static bool reaches_ipv6(void)
{
    struct netif *netif;
    bool found = false;

    LOCK_TCPIP_CORE();
    NETIF_FOREACH(netif)
    {
        for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
            const ip6_addr_t *address = netif_ip6_addr(netif, i);

            if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
                !ip6_addr_islinklocal(address) && !ip6_addr_isloopback(address))
                found = true;
        }
    }
    UNLOCK_TCPIP_CORE();
    return found;
}

static int ask_servers(const char *name, const struct addrinfo *hints,
                       struct address_list *list)
{
    bool ipv6 = reaches_ipv6();
    int first = ipv6 ? AF_INET6 : AF_INET;
    int second = ipv6 ? AF_INET : AF_INET6;
    int result = EAI_NONAME;

    if (hints->ai_family != AF_UNSPEC) {
        result = resolve(name, hints->ai_family, list);
        if (result != 0 && hints->ai_family == AF_INET6 &&
            (hints->ai_flags & AI_V4MAPPED))
            result = resolve(name, AF_INET, list);
        return result;
    }
    result = resolve(name, first, list);
    /* Without a way there, only for those who insist. */
    if (second == AF_INET || result != 0 ||
        !(hints->ai_flags & AI_ADDRCONFIG)) {
        int other = resolve(name, second, list);

        if (result != 0)
            result = other;
    }
    return result;
}

/* ---- Names that are no names -----------------------------------------------
 */

static void add_loopback(int family, struct address_list *list)
{
    ip_addr_t ipv4, ipv6;

    ip_addr_set_loopback_val(false, ipv4);
    ip_addr_set_loopback_val(true, ipv6);
    if (family != AF_INET)
        add(list, &ipv6);
    if (family != AF_INET6)
        add(list, &ipv4);
}

static void add_any(int family, struct address_list *list)
{
    if (family != AF_INET6)
        add(list, IP4_ADDR_ANY);
    if (family != AF_INET)
        add(list, IP6_ADDR_ANY);
}

/* "fe80::1%en0": the interface's index; 0: there is none. */
static uint32_t scope_of(const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);

    if (*name == '\0' || *end != '\0')
        return if_nametoindex(name);
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* An address in figures: 0, EAI_FAMILY, or EAI_NONAME: it is a name. */
static int parse_number(const char *name, const struct addrinfo *hints,
                        struct address_list *list)
{
    struct address *to = &list->addresses[0];
    char text[INET6_ADDRSTRLEN];
    size_t length = strcspn(name, "%");

    memset(to, 0, sizeof(*to));
    if (inet_aton(name, &to->ipv4)) {
        to->family = AF_INET;
        if (hints->ai_family == AF_INET6 && !(hints->ai_flags & AI_V4MAPPED))
            return EAI_FAMILY;
        list->count = 1;
        return 0;
    }
    if (length >= sizeof(text))
        return EAI_NONAME;
    memcpy(text, name, length);
    text[length] = '\0';
    if (inet_pton(AF_INET6, text, &to->ipv6) != 1)
        return EAI_NONAME;
    to->family = AF_INET6;
    if (hints->ai_family == AF_INET)
        return EAI_FAMILY;
    if (name[length] == '%' && (to->scope = scope_of(name + length + 1)) == 0)
        return EAI_NONAME;
    list->count = 1;
    return 0;
}

static int find_addresses(const char *name, const struct addrinfo *hints,
                          struct address_list *list)
{
    int result;

    list->count = 0;
    if (name == NULL) {
        if (hints->ai_flags & AI_PASSIVE)
            add_any(hints->ai_family, list);
        else
            add_loopback(hints->ai_family, list);
        return 0;
    }
    result = parse_number(name, hints, list);
    /* No name has a colon in it; lwIP's resolver would make something of it. */
    if (result != EAI_NONAME || (hints->ai_flags & AI_NUMERICHOST) ||
        *name == '\0' || strchr(name, ':') != NULL)
        return result;
    if (strcmp(name, "localhost") == 0) {
        add_loopback(hints->ai_family, list);
        return 0;
    }
    return ask_servers(name, hints, list);
}

/* ---- Results --------------------------------------------------------------
 */

struct kind {
    int type;
    int protocol;
    const char *name;
};

static const struct kind kinds[] = {
    {SOCK_STREAM, IPPROTO_TCP, "tcp"},
    {SOCK_DGRAM, IPPROTO_UDP, "udp"},
    {SOCK_RAW, 0, NULL},
};

static bool is_wanted(const struct kind *kind, const struct addrinfo *hints)
{
    if (hints->ai_socktype != 0 && hints->ai_socktype != kind->type)
        return false;
    return hints->ai_protocol == 0 || kind->protocol == 0 ||
           hints->ai_protocol == kind->protocol;
}

/* The port of `service` (NULL: 0) for this kind: 0 or EAI_... */
static int find_port(const char *service, const struct kind *kind, int flags,
                     uint16_t *port)
{
    struct servent *known;
    unsigned long number;
    char *end;

    *port = 0;
    if (service == NULL)
        return 0;
    number = strtoul(service, &end, 10);
    if (*service >= '0' && *service <= '9' && *end == '\0') {
        *port = htons((uint16_t)number);
        return number <= UINT16_MAX ? 0 : EAI_SERVICE;
    }
    if (flags & AI_NUMERICSERV)
        return EAI_NONAME;
    known = kind->name == NULL ? NULL : getservbyname(service, kind->name);
    if (known == NULL)
        return EAI_SERVICE;
    *port = (uint16_t)known->s_port;
    return 0;
}

/* One entry in one piece of memory with its address. */
struct result {
    struct addrinfo info;
    struct sockaddr_storage address;
};

static void fill_ipv6(struct result *to, const struct address *from,
                      uint16_t port)
{
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&to->address;

    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = port;
    ipv6->sin6_scope_id = from->scope;
    if (from->family == AF_INET6) {
        ipv6->sin6_addr = from->ipv6;
    } else { /* AI_V4MAPPED */
        ipv6->sin6_addr.s6_addr32[2] = htonl(0xffff);
        ipv6->sin6_addr.s6_addr32[3] = from->ipv4.s_addr;
    }
    to->info.ai_addrlen = sizeof(*ipv6);
}

static void fill_ipv4(struct result *to, const struct address *from,
                      uint16_t port)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&to->address;

    ipv4->sin_family = AF_INET;
    ipv4->sin_port = port;
    ipv4->sin_addr = from->ipv4;
    to->info.ai_addrlen = sizeof(*ipv4);
}

static struct addrinfo *result_new(const struct address *from,
                                   const struct kind *kind,
                                   const struct addrinfo *hints, uint16_t port)
{
    struct result *result = calloc(1, sizeof(*result));
    bool ipv6 = from->family == AF_INET6 || hints->ai_family == AF_INET6;

    if (result == NULL)
        return NULL;
    if (ipv6)
        fill_ipv6(result, from, port);
    else
        fill_ipv4(result, from, port);
    result->info.ai_family = ipv6 ? AF_INET6 : AF_INET;
    result->info.ai_socktype = kind->type;
    result->info.ai_protocol =
        kind->protocol != 0 ? kind->protocol : hints->ai_protocol;
    result->info.ai_addr = (struct sockaddr *)&result->address;
    return &result->info;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;

        free(list->ai_canonname);
        free(list);
        list = next;
    }
}

/* Each address for each kind of socket: 0 or EAI_... */
static int make_results(const struct address_list *list, const char *service,
                        const struct addrinfo *hints, struct addrinfo **first)
{
    struct addrinfo **end = first;
    int result = EAI_SOCKTYPE;

    for (size_t i = 0; i < list->count; i++) {
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
            uint16_t port;
            int error;

            if (!is_wanted(&kinds[k], hints))
                continue;
            error = find_port(service, &kinds[k], hints->ai_flags, &port);
            if (error != 0) {
                result = error;
                continue;
            }
            *end = result_new(&list->addresses[i], &kinds[k], hints, port);
            if (*end == NULL)
                return EAI_MEMORY;
            end = &(*end)->ai_next;
        }
    }
    return *first == NULL ? result : 0;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints,
                struct addrinfo **restrict found)
{
    static const struct addrinfo no_hints = {.ai_flags = AI_ADDRCONFIG};
    struct address_list list;
    int result;

    *found = NULL;
    if (hints == NULL)
        hints = &no_hints;
    if ((hints->ai_flags & ~KNOWN_FLAGS) != 0)
        return EAI_BADFLAGS;
    if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET &&
        hints->ai_family != AF_INET6)
        return EAI_FAMILY;
    if (name == NULL && service == NULL)
        return EAI_NONAME;
    result = find_addresses(name, hints, &list);
    if (result == 0)
        result = make_results(&list, service, hints, found);
    if (result == 0 && name != NULL && (hints->ai_flags & AI_CANONNAME)) {
        (*found)->ai_canonname = strdup(name);
        if ((*found)->ai_canonname == NULL)
            result = EAI_MEMORY;
    }
    if (result != 0) {
        freeaddrinfo(*found);
        *found = NULL;
    }
    return result;
}

/* ---- As it was before getaddrinfo() -----------------------------------------
 */

struct hostent *gethostbyname2(const char *name, int family)
{
    static struct hostent entry;
    static char own_name[256];
    static union {
        struct in_addr ipv4;
        struct in6_addr ipv6;
    } address;
    static char *addresses[2], *no_aliases[1];
    struct addrinfo hints = {.ai_family = family};
    struct address_list list;
    int result = find_addresses(name, &hints, &list);

    if (result != 0 || list.count == 0 || strlen(name) >= sizeof(own_name)) {
        h_errno = result == EAI_AGAIN ? TRY_AGAIN : HOST_NOT_FOUND;
        return NULL;
    }
    strcpy(own_name, name);
    memcpy(&address, &list.addresses[0].ipv6, sizeof(address));
    addresses[0] = (char *)&address;
    entry.h_name = own_name;
    entry.h_aliases = no_aliases;
    entry.h_addrtype = list.addresses[0].family;
    entry.h_length = entry.h_addrtype == AF_INET ? 4 : 16;
    entry.h_addr_list = addresses;
    return &entry;
}

struct hostent *gethostbyname(const char *name)
{
    return gethostbyname2(name, AF_INET);
}
