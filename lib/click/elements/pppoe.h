/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pppoe.h: a PPPoE server, for its own files:
 *
 *     pppoe.c            the element; what sessions carry
 *     pppoe_discovery.c  PADI, PADR, PADT
 *     pppoe_session.c    sessions, and what they are told
 *     ppp.c              LCP and IPCP
 */
#ifndef CORACLE_CLICK_PPPOE_H
#define CORACLE_CLICK_PPPOE_H

#include "lib/click/element.h"
#include "lib/click/elements/ppp.h"
#include "lib/click/headers.h"

#define SECOND          1000000000ll
#define PPPOE_DATA      22u /* Ethernet, PPPoE, PPP's protocol */
#define PPPOE_DISCOVERY 1514u

enum { PADI = 0x09, PADO = 0x07, PADR = 0x19, PADS = 0x65, PADT = 0xa7 };

struct pppoe_session {
    bool used;
    uint8_t mac[6];
    uint8_t tries; /* requests or echoes without an answer */
    int64_t due;   /* of the next, steady */
    struct ppp_link link;
    uint64_t in, in_bytes, out, out_bytes;
};

struct pppoe_server {
    struct element element;
    uint8_t mac[6];
    struct click_prefix pool;
    struct ppp_server ppp;
    uint32_t mru, most;
    char *name, *service;
    uint64_t echo;
    struct pppoe_session *sessions; /* number 1 is the first */
    uint32_t count;
    uint64_t drops, refused;
    uint8_t secret[8];
    struct click_timer timer;
};

static inline void put16(uint8_t *at, unsigned int value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* ---- Sessions (pppoe_session.c) -------------------------------------------
 */

/* Ethernet and PPPoE headers, for `length` bytes behind them; a whole frame. */
void pppoe_headers(const struct pppoe_server *self, uint8_t *at,
                   const uint8_t to[6], unsigned int type, uint8_t code,
                   unsigned int session, size_t length);
void pppoe_send(struct pppoe_server *self, const uint8_t to[6],
                unsigned int type, uint8_t code, unsigned int session,
                const uint8_t *bytes, size_t length);

unsigned int pppoe_number(const struct pppoe_server *self,
                          const struct pppoe_session *session);
/* NULL: `mac` has no session of that number. */
struct pppoe_session *pppoe_session(struct pppoe_server *self,
                                    unsigned int number, const uint8_t mac[6]);
/* The session of `mac`, a new one if it has none; NULL: there is none left. */
struct pppoe_session *pppoe_make(struct pppoe_server *self,
                                 const uint8_t mac[6]);
/* It is gone; and the subscriber is told. */
void pppoe_forget(struct pppoe_server *self, struct pppoe_session *session);
void pppoe_end(struct pppoe_server *self, struct pppoe_session *session);

/* What the link wants to be said now. */
void pppoe_send_wanted(struct pppoe_server *self,
                       struct pppoe_session *session);
/* A message of PPP: `length` bytes. */
void pppoe_negotiate(struct pppoe_server *self, struct pppoe_session *session,
                     uint16_t protocol, const uint8_t *bytes, size_t length);
/* The timer's: each second. */
void pppoe_look_after(struct click_timer *timer);

/* ---- Discovery (pppoe_discovery.c) ----------------------------------------
 */

/* A whole frame of discovery, with `length` bytes of tags. */
void pppoe_discover(struct pppoe_server *self, const uint8_t *frame,
                    unsigned int length);

#endif
