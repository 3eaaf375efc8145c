/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ping.h: ICMP echo messages over a raw socket, for main.c.
 */
#ifndef PING_H
#define PING_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 packet's 65535 bytes without its header and that of the message. */
#define ICMP_DATA_MAX 65507

struct icmp {
    int fd;
    bool six; /* ICMPv6 */
    uint16_t identifier;
    struct sockaddr_storage host;
    socklen_t host_size;
    char address[INET6_ADDRSTRLEN]; /* the host's */
    size_t size;                    /* of the data */
    uint8_t *request;               /* header and data */
    uint8_t *buffer;                /* for what comes */
};

/* An answer to one of our requests, or an error that is about one. */
struct icmp_answer {
    char from[INET6_ADDRSTRLEN];
    uint16_t number;
    size_t length;     /* of the message */
    unsigned int hops; /* how many it had left; 0: not known */
    bool damaged;      /* its data are not what was sent */
    const char *error; /* NULL: an answer */
};

/* `family` is 4, 6 or 0. False after a message. */
bool icmp_open(struct icmp *icmp, const char *host, int family, size_t size);
void icmp_close(struct icmp *icmp);

/* Send request `number`. As sendto(). */
int icmp_send(struct icmp *icmp, uint16_t number);

/* Take one message; false if it is not for us. */
bool icmp_receive(struct icmp *icmp, struct icmp_answer *answer);

#endif
