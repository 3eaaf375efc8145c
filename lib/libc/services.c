/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services.c: the part of <netdb.h> that asks nobody: names of services and
 * protocols, and of errors. There is no /etc/services; a few names that
 * programs use as defaults are here, all others are numbers.
 *
 * Concurrency: constants, but for h_errno, one per thread. What the functions
 * return is one static structure per kind, as POSIX allows.
 */
#include <netdb.h>

#include <stdio.h>
#include <string.h>
#include "coracle/compiler.h"

struct service {
    const char *name;
    uint16_t port;
    const char *protocols; /* "tcp", "udp" or both; the usual one first */
};

static const struct service services[] = {
    {"echo", 7, "tcp udp"},     {"discard", 9, "tcp udp"},
    {"daytime", 13, "tcp udp"}, {"ftp", 21, "tcp"},
    {"ssh", 22, "tcp"},         {"telnet", 23, "tcp"},
    {"smtp", 25, "tcp"},        {"time", 37, "tcp udp"},
    {"domain", 53, "udp tcp"},  {"tftp", 69, "udp"},
    {"http", 80, "tcp"},        {"pop3", 110, "tcp"},
    {"ntp", 123, "udp"},        {"imap2", 143, "tcp"},
    {"snmp", 161, "udp"},       {"https", 443, "tcp udp"},
    {"syslog", 514, "udp"},     {"http-alt", 8080, "tcp"},
};

static const struct {
    const char *name;
    int number;
} protocols[] = {
    {"ip", IPPROTO_IP},   {"icmp", IPPROTO_ICMP}, {"tcp", IPPROTO_TCP},
    {"udp", IPPROTO_UDP}, {"ipv6", IPPROTO_IPV6}, {"ipv6-icmp", IPPROTO_ICMPV6},
};

static char *no_aliases[] = {NULL};

/* ---- Services -------------------------------------------------------------
 */

static struct servent *answer(const struct service *service,
                              const char *protocol)
{
    static struct servent entry;
    static char name[4];

    memcpy(name, protocol != NULL ? protocol : service->protocols, 3);
    entry.s_name = (char *)service->name;
    entry.s_aliases = no_aliases;
    entry.s_port = htons(service->port);
    entry.s_proto = name;
    return &entry;
}

static int offers(const struct service *service, const char *protocol)
{
    return protocol == NULL || (strlen(protocol) == 3 &&
                                strstr(service->protocols, protocol) != NULL);
}

struct servent *getservbyname(const char *name, const char *protocol)
{
    for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
        if (strcmp(services[i].name, name) == 0 &&
            offers(&services[i], protocol))
            return answer(&services[i], protocol);
    }
    return NULL;
}

struct servent *getservbyport(int port, const char *protocol)
{
    for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
        if (services[i].port == ntohs((uint16_t)port) &&
            offers(&services[i], protocol))
            return answer(&services[i], protocol);
    }
    return NULL;
}

/* ---- Protocols ------------------------------------------------------------
 */

static struct protoent *protocol_at(size_t i)
{
    static struct protoent entry;

    entry.p_name = (char *)protocols[i].name;
    entry.p_aliases = no_aliases;
    entry.p_proto = protocols[i].number;
    return &entry;
}

struct protoent *getprotobyname(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (strcmp(protocols[i].name, name) == 0)
            return protocol_at(i);
    }
    return NULL;
}

struct protoent *getprotobynumber(int number)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (protocols[i].number == number)
            return protocol_at(i);
    }
    return NULL;
}

/* ---- Errors ---------------------------------------------------------------
 */

const char *gai_strerror(int error)
{
    switch (error) {
    case 0:
        return "Success";
    case EAI_BADFLAGS:
        return "Bad value for ai_flags";
    case EAI_NONAME:
        return "Name or service not known";
    case EAI_AGAIN:
        return "Temporary failure in name resolution";
    case EAI_FAIL:
        return "Name resolution failed";
    case EAI_NODATA:
        return "No address associated with hostname";
    case EAI_FAMILY:
        return "Address family not supported";
    case EAI_SOCKTYPE:
        return "Socket type not supported";
    case EAI_SERVICE:
        return "Service not supported for socket type";
    case EAI_MEMORY:
        return "Out of memory";
    case EAI_SYSTEM:
        return "System error";
    case EAI_OVERFLOW:
        return "Result too large for its buffer";
    default:
        return "Unknown error";
    }
}

int *__h_errno(void)
{
    static _Thread_local int error;

    return &error;
}

const char *hstrerror(int error)
{
    switch (error) {
    case 0:
        return "Success";
    case HOST_NOT_FOUND:
        return "Unknown host";
    case TRY_AGAIN:
        return "Host name lookup failure";
    case NO_DATA:
        return "No address associated with name";
    default:
        return "Unknown resolver error";
    }
}

void herror(const char *text)
{
    if (text != NULL && *text != '\0')
        fprintf(stderr, "%s: ", text);
    fprintf(stderr, "%s\n", hstrerror(h_errno));
}
