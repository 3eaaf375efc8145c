/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ppp.h: PPP's negotiations (RFC 1661 LCP, RFC 1332 IPCP), of a server that
 * says what its peers get: messages in, messages out. Pure logic.
 *
 * Both ends send Configure-Requests and acknowledge the other's; a protocol is
 * open when both have been. LCP comes first, then IPCP gives the peer its
 * address, then packets pass. Numbers are in network byte order.
 */
#ifndef CORACLE_CLICK_PPP_H
#define CORACLE_CLICK_PPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPP_IP   0x0021
#define PPP_IPCP 0x8021
#define PPP_LCP  0xc021

/* A message of ours, without its protocol, has no more than what it answers and
 * so many bytes. */
#define PPP_MORE 32u

/* What is said to all peers; in network byte order. */
struct ppp_server {
    uint32_t address, dns; /* dns 0: none */
    uint16_t mru;          /* ours, in host byte order */
};

#define PPP_OURS   1u /* our Configure-Request was acknowledged */
#define PPP_THEIRS 2u
#define PPP_OPEN   (PPP_OURS | PPP_THEIRS)

enum { LCP, IPCP };

/* One peer. Zeroed, then `address` and `magic` are set. */
struct ppp_link {
    uint32_t address;   /* the peer's */
    uint32_t magic;     /* ours */
    uint8_t state[2];   /* of LCP and IPCP */
    uint8_t request[2]; /* identifiers of our last requests */
    uint8_t id;
    uint8_t refused; /* options of ours, by bits */
    uint8_t wanted;  /* bits: send ppp_request() now */
    bool ended;      /* it said that it ends */
};

static inline bool ppp_is_open(const struct ppp_link *link)
{
    return (link->state[LCP] & link->state[IPCP]) == PPP_OPEN;
}

/* A message of `protocol` came, of `length` bytes. The answer, if any, is
 * written to `out` (`length` plus PPP_MORE bytes), its protocol to *protocol;
 * its length, or 0. */
size_t ppp_receive(struct ppp_link *link, const struct ppp_server *server,
                   uint16_t *protocol, const uint8_t *in, size_t length,
                   uint8_t *out);

/* Our Configure-Request of LCP or IPCP; an LCP Echo-Request. To `out`, PPP_MORE
 * bytes; the length. */
size_t ppp_request(struct ppp_link *link, const struct ppp_server *server,
                   unsigned int which, uint8_t *out);
size_t ppp_echo(struct ppp_link *link, uint8_t *out);

#endif
