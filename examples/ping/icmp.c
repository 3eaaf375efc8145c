/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * icmp.c: ICMP messages (RFC 792, RFC 4443).
 *
 *      0        1        2        3        4        5        6        7
 *     | type   | code   | checksum        | identifier      | number          |
 *
 * is the header of an echo request and of its answer, the same for IPv4 and
 * IPv6. An error has a header of that size, too, and behind it the beginning of
 * the packet that it is about. IPv4's raw sockets deliver messages with the IP
 * header in front, IPv6's without. The stack checks the checksums of what
 * comes; for ICMPv6, whose checksum covers the addresses, it also fills them
 * in.
 *
 * What comes from the network can be anything: each field is looked at only
 * when it is known to be there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ping.h"

#define HEADER      8
#define IPV6_HEADER 40
#define BUFFER      65536

/* Types of messages: of ICMP, and of ICMPv6. */
enum { REQUEST4 = 8, REPLY4 = 0, REQUEST6 = 128, REPLY6 = 129 };

struct type {
    int type, code; /* -1: any */
    const char *text;
};

static const struct type errors4[] = {
    {3, 0, "Destination Net Unreachable"},
    {3, 1, "Destination Host Unreachable"},
    {3, 2, "Destination Protocol Unreachable"},
    {3, 3, "Destination Port Unreachable"},
    {3, 4, "Frag needed and DF set"},
    {3, -1, "Destination unreachable"},
    {11, 0, "Time to live exceeded"},
    {11, 1, "Frag reassembly time exceeded"},
    {12, -1, "Parameter problem"},
    {0, 0, NULL},
};

static const struct type errors6[] = {
    {1, 0, "Destination unreachable: No route"},
    {1, 1, "Destination unreachable: Administratively prohibited"},
    {1, 3, "Destination unreachable: Address unreachable"},
    {1, 4, "Destination unreachable: Port unreachable"},
    {1, -1, "Destination unreachable"},
    {2, -1, "Packet too big"},
    {3, 0, "Time exceeded: Hop limit"},
    {3, 1, "Time exceeded: Defragmentation failure"},
    {4, -1, "Parameter problem"},
    {0, 0, NULL},
};

static uint16_t get16(const uint8_t *from)
{
    return (uint16_t)(from[0] << 8 | from[1]);
}

static void put16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

/* The Internet checksum (RFC 1071): 0 over what contains its own. */
static uint16_t checksum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < length; i += 2)
        sum += get16(bytes + i);
    if (length % 2)
        sum += (uint32_t)bytes[length - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void address_text(const struct sockaddr_storage *address,
                         char text[INET6_ADDRSTRLEN])
{
    int error =
        getnameinfo((const struct sockaddr *)address,
                    address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                  : sizeof(struct sockaddr_in6),
                    text, INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST);

    if (error)
        strcpy(text, "?");
}

/* ---- Opening --------------------------------------------------------------
 */

static bool resolve(struct icmp *icmp, const char *host, int family)
{
    struct addrinfo hints = {
        .ai_family = family == 4   ? AF_INET
                     : family == 6 ? AF_INET6
                                   : AF_UNSPEC,
        .ai_socktype = SOCK_DGRAM, /* one entry for each address */
    };
    struct addrinfo *found;
    int error = getaddrinfo(host, NULL, &hints, &found);

    if (error) {
        fprintf(stderr, "ping: %s: %s\n", host, gai_strerror(error));
        return false;
    }
    memcpy(&icmp->host, found->ai_addr, found->ai_addrlen);
    icmp->host_size = found->ai_addrlen;
    icmp->six = found->ai_family == AF_INET6;
    address_text(&icmp->host, icmp->address);
    freeaddrinfo(found);
    return true;
}

bool icmp_open(struct icmp *icmp, const char *host, int family, size_t size)
{
    memset(icmp, 0, sizeof(*icmp));
    if (!resolve(icmp, host, family))
        return false;
    icmp->size = size;
    icmp->request = malloc(HEADER + size);
    icmp->buffer = malloc(BUFFER);
    if (!icmp->request || !icmp->buffer) {
        fprintf(stderr, "ping: no memory\n");
        goto out_free;
    }
    icmp->fd = icmp->six ? socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
                         : socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (icmp->fd < 0) {
        fprintf(stderr, "ping: socket: %s\n", strerror(errno));
        goto out_free;
    }
    if (getentropy(&icmp->identifier, sizeof(icmp->identifier)) < 0)
        icmp->identifier = (uint16_t)getpid();
    for (size_t i = 0; i < size; i++)
        icmp->request[HEADER + i] = (uint8_t)i;
    return true;

out_free:
    free(icmp->request);
    free(icmp->buffer);
    return false;
}

void icmp_close(struct icmp *icmp)
{
    close(icmp->fd);
    free(icmp->request);
    free(icmp->buffer);
}

/* ---- Messages -------------------------------------------------------------
 */

int icmp_send(struct icmp *icmp, uint16_t number)
{
    uint8_t *request = icmp->request;

    request[0] = icmp->six ? REQUEST6 : REQUEST4;
    request[1] = 0;
    put16(request + 2, 0);
    put16(request + 4, icmp->identifier);
    put16(request + 6, number);
    if (!icmp->six)
        put16(request + 2, checksum(request, HEADER + icmp->size));
    return (int)sendto(icmp->fd, request, HEADER + icmp->size, 0,
                       (struct sockaddr *)&icmp->host, icmp->host_size);
}

/* What an error of this type and code is called, or NULL. */
static const char *error_text(const struct icmp *icmp, const uint8_t *message)
{
    const struct type *type = icmp->six ? errors6 : errors4;

    for (; type->text; type++)
        if (type->type == message[0] &&
            (type->code == message[1] || type->code == -1))
            return type->text;
    return NULL;
}

/* The size of the IPv4 header with which `length` bytes begin, 0 if there is
 * none. */
static size_t header4(const uint8_t *bytes, size_t length)
{
    size_t size = length >= 20 ? (size_t)(bytes[0] & 15) * 4 : 0;

    return size >= 20 && size <= length ? size : 0;
}

/* If an error is about one of our requests, the header of that request. */
static const uint8_t *about(const struct icmp *icmp, const uint8_t *message,
                            size_t length)
{
    const uint8_t *packet = message + HEADER;
    size_t rest = length - HEADER;
    size_t header = icmp->six ? IPV6_HEADER : header4(packet, rest);

    if (!header || rest < header + HEADER)
        return NULL;
    if (packet[icmp->six ? 6 : 9] !=
        (icmp->six ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
        return NULL;
    return packet[header] == (icmp->six ? REQUEST6 : REQUEST4) ? packet + header
                                                               : NULL;
}

bool icmp_receive(struct icmp *icmp, struct icmp_answer *answer)
{
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof(from);
    ssize_t count = recvfrom(icmp->fd, icmp->buffer, BUFFER, 0,
                             (struct sockaddr *)&from, &size);
    const uint8_t *message = icmp->buffer, *echo;
    size_t length = count > 0 ? (size_t)count : 0;

    *answer = (struct icmp_answer){0};
    if (!icmp->six) {
        size_t header = header4(message, length);

        if (!header)
            return false;
        answer->hops = message[8];
        message += header;
        length -= header;
    }
    if (length < HEADER)
        return false;
    echo = message;
    if (message[0] != (icmp->six ? REPLY6 : REPLY4)) {
        answer->error = error_text(icmp, message);
        echo = answer->error ? about(icmp, message, length) : NULL;
    }
    if (!echo || get16(echo + 4) != icmp->identifier)
        return false;
    answer->number = get16(echo + 6);
    answer->length = length;
    answer->damaged =
        !answer->error &&
        (length != HEADER + icmp->size ||
         memcmp(message + HEADER, icmp->request + HEADER, icmp->size) != 0);
    address_text(&from, answer->from);
    return true;
}
