/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ppp.c: LCP and IPCP, a server's side. See ppp.h.
 *
 * A message is a code, an identifier, a length and data; an option a type, a
 * length and a value. Of what a peer requests, options that mean nothing here
 * are rejected, those with a value that cannot be are answered by the value
 * that can (Nak), and if none is left, all is acknowledged.
 *
 * Left out: authentication, compression, restart counters (the caller asks
 * again as often as it likes).
 */
#include "lib/click/elements/ppp.h"
#include <arpa/inet.h>
#include <string.h>

#define HEADER 4u /* of a message */

enum {
    CONFIGURE_REQUEST = 1,
    CONFIGURE_ACK,
    CONFIGURE_NAK,
    CONFIGURE_REJECT,
    TERMINATE_REQUEST,
    TERMINATE_ACK,
    CODE_REJECT,
    PROTOCOL_REJECT,
    ECHO_REQUEST,
    ECHO_REPLY,
    DISCARD_REQUEST,
};

enum { OPTION_MRU = 1, OPTION_ADDRESS = 3, OPTION_MAGIC = 5 };
enum { OPTION_DNS = 129, OPTION_DNS2 = 131 };

static size_t finish(uint8_t *out, uint8_t code, uint8_t id, size_t length)
{
    out[0] = code;
    out[1] = id;
    out[2] = (uint8_t)(length >> 8);
    out[3] = (uint8_t)length;
    return length;
}

/* Add an option; where the next one goes. */
static uint8_t *put_option(uint8_t *at, uint8_t type, const void *value,
                           uint8_t size)
{
    at[0] = type;
    at[1] = (uint8_t)(size + 2);
    memcpy(at + 2, value, size);
    return at + 2 + size;
}

/* ---- What peers request ---------------------------------------------------
 */

enum verdict { GOOD, OTHER_VALUE, REJECTED };

/* Whether the option at `option` may be; `value` is the one that could. */
static enum verdict judge(const struct ppp_link *link,
                          const struct ppp_server *server, unsigned int which,
                          const uint8_t *option, uint8_t value[4])
{
    unsigned int size = option[1] - 2u, mru;

    if (which == LCP && option[0] == OPTION_MRU && size == 2) {
        mru = (unsigned int)(option[2] << 8 | option[3]);
        value[0] = (uint8_t)(server->mru >> 8);
        value[1] = (uint8_t)server->mru;
        return mru > 0 && mru <= server->mru ? GOOD : OTHER_VALUE;
    }
    if (size != 4)
        return REJECTED;
    if (which == LCP && option[0] == OPTION_MAGIC) {
        uint32_t magic = ~link->magic;

        memcpy(value, &magic, 4);
        return memcmp(option + 2, &link->magic, 4) ? GOOD : OTHER_VALUE;
    }
    if (which == IPCP && option[0] == OPTION_ADDRESS)
        memcpy(value, &link->address, 4);
    else if (which == IPCP && server->dns &&
             (option[0] == OPTION_DNS || option[0] == OPTION_DNS2))
        memcpy(value, &server->dns, 4);
    else
        return REJECTED;
    return memcmp(option + 2, value, 4) ? OTHER_VALUE : GOOD;
}

/* The protocol begins anew. */
static void reopen(struct ppp_link *link, unsigned int which)
{
    link->state[which] = 0;
    link->wanted |= (uint8_t)(1 << which);
    if (which == LCP)
        link->state[IPCP] = 0;
}

static size_t answer_request(struct ppp_link *link,
                             const struct ppp_server *server,
                             unsigned int which, const uint8_t *in,
                             size_t length, uint8_t *out)
{
    uint8_t other[PPP_MORE], *others = other, *rejected = out + HEADER;
    const uint8_t *end = in + length;
    bool addressed = which == LCP;

    for (const uint8_t *at = in + HEADER; at < end; at += at[1]) {
        enum verdict verdict;
        uint8_t value[4];

        if (end - at < 2 || at[1] < 2 || at[1] > end - at)
            return 0; /* no sense in answering */
        verdict = judge(link, server, which, at, value);
        addressed |= verdict != REJECTED && at[0] == OPTION_ADDRESS;
        if (verdict == REJECTED) {
            memcpy(rejected, at, at[1]);
            rejected += at[1];
        } else if (verdict == OTHER_VALUE &&
                   others + 12 <= other + sizeof(other)) {
            others = put_option(others, at[0], value, (uint8_t)(at[1] - 2));
        }
    }
    if (link->state[which] == PPP_OPEN)
        reopen(link, which);
    link->state[which] &= (uint8_t)~PPP_THEIRS;
    if (rejected > out + HEADER)
        return finish(out, CONFIGURE_REJECT, in[1], (size_t)(rejected - out));
    if (!addressed)
        others = put_option(others, OPTION_ADDRESS, &link->address, 4);
    if (others > other) {
        memcpy(out + HEADER, other, (size_t)(others - other));
        return finish(out, CONFIGURE_NAK, in[1],
                      HEADER + (size_t)(others - other));
    }
    link->state[which] |= PPP_THEIRS;
    memcpy(out, in, length);
    return finish(out, CONFIGURE_ACK, in[1], length);
}

/* ---- What we request ------------------------------------------------------
 */

static uint8_t bit_of(uint8_t option)
{
    return (uint8_t)(1u << (option & 7));
}

size_t ppp_request(struct ppp_link *link, const struct ppp_server *server,
                   unsigned int which, uint8_t *out)
{
    uint8_t *at = out + HEADER;
    uint16_t mru = htons(server->mru);

    link->wanted &= (uint8_t) ~(1 << which);
    link->request[which] = ++link->id;
    if (which == LCP && !(link->refused & bit_of(OPTION_MRU)))
        at = put_option(at, OPTION_MRU, &mru, 2);
    if (which == LCP && !(link->refused & bit_of(OPTION_MAGIC)))
        at = put_option(at, OPTION_MAGIC, &link->magic, 4);
    if (which == IPCP && !(link->refused & bit_of(OPTION_ADDRESS)))
        at = put_option(at, OPTION_ADDRESS, &server->address, 4);
    return finish(out, CONFIGURE_REQUEST, link->id, (size_t)(at - out));
}

size_t ppp_echo(struct ppp_link *link, uint8_t *out)
{
    memcpy(out + HEADER, &link->magic, 4);
    return finish(out, ECHO_REQUEST, ++link->id, HEADER + 4);
}

/* The peer said something about our last request. */
static void heed(struct ppp_link *link, unsigned int which, const uint8_t *in,
                 size_t length)
{
    if (in[1] != link->request[which])
        return;
    if (in[0] == CONFIGURE_ACK) {
        link->state[which] |= PPP_OURS;
        return;
    }
    for (size_t at = HEADER;
         at + 2 <= length && in[at + 1] >= 2 && at + in[at + 1] <= length;
         at += in[at + 1])
        link->refused |= bit_of(in[at]); /* without it, then */
    link->state[which] &= (uint8_t)~PPP_OURS;
    link->wanted |= (uint8_t)(1 << which);
}

/* ---- Messages -------------------------------------------------------------
 */

static size_t reject(struct ppp_link *link, uint8_t code, const uint8_t *in,
                     size_t length, uint8_t *out, uint16_t protocol)
{
    size_t header = HEADER;

    if (code == PROTOCOL_REJECT) {
        memcpy(out + HEADER, &(uint16_t){htons(protocol)}, 2);
        header += 2;
    }
    memcpy(out + header, in, length);
    return finish(out, code, ++link->id, header + length);
}

static size_t answer(struct ppp_link *link, const struct ppp_server *server,
                     unsigned int which, const uint8_t *in, size_t length,
                     uint8_t *out)
{
    switch (in[0]) {
    case CONFIGURE_REQUEST:
        return answer_request(link, server, which, in, length, out);
    case CONFIGURE_ACK:
    case CONFIGURE_NAK:
    case CONFIGURE_REJECT:
        heed(link, which, in, length);
        return 0;
    case TERMINATE_REQUEST:
        link->ended = true;
        return finish(out, TERMINATE_ACK, in[1], HEADER);
    case PROTOCOL_REJECT: /* it knows no IP: what are we here for? */
        link->ended |=
            which == LCP && length >= HEADER + 2 && in[HEADER] == PPP_IPCP >> 8;
        return 0;
    case TERMINATE_ACK:
    case CODE_REJECT:
        return 0;
    }
    if (which == LCP && in[0] == ECHO_REQUEST) {
        if (link->state[LCP] != PPP_OPEN || length < HEADER + 4)
            return 0;
        memcpy(out, in, length);
        memcpy(out + HEADER, &link->magic, 4);
        return finish(out, ECHO_REPLY, in[1], length);
    }
    if (which == LCP && (in[0] == ECHO_REPLY || in[0] == DISCARD_REQUEST))
        return 0;
    return reject(link, CODE_REJECT, in, length, out, 0);
}

size_t ppp_receive(struct ppp_link *link, const struct ppp_server *server,
                   uint16_t *protocol, const uint8_t *in, size_t length,
                   uint8_t *out)
{
    unsigned int which = *protocol == PPP_LCP ? LCP : IPCP;
    bool open = link->state[LCP] == PPP_OPEN;
    size_t said, answered;

    if (*protocol != PPP_LCP && !open)
        return 0; /* not yet */
    if (*protocol != PPP_LCP && *protocol != PPP_IPCP) {
        uint16_t rejected = *protocol;

        *protocol = PPP_LCP;
        return reject(link, PROTOCOL_REJECT, in, length, out, rejected);
    }
    said = length >= HEADER ? (size_t)(in[2] << 8 | in[3]) : 0;
    if (said < HEADER || said > length)
        return 0;
    answered = answer(link, server, which, in, said, out);
    if (!open && link->state[LCP] == PPP_OPEN)
        link->wanted |= 1 << IPCP;
    return answered;
}
