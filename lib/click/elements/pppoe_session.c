/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pppoe_session.c: PPPoE's sessions, and what is said in them but IP.
 *
 * One timer looks after all of them, each second: requests that were not
 * acknowledged are repeated, silent subscribers asked for an echo, and who does
 * not answer either is forgotten. See pppoe.h.
 */
#include "lib/click/elements/pppoe.h"
#include <string.h>

#define ASK_AGAIN (3 * SECOND)
#define TRIES     10u
#define ECHOES    3u

/* Ethernet and PPPoE headers, for `length` bytes behind them. */
void pppoe_headers(const struct pppoe_server *self, uint8_t *at,
                   const uint8_t to[6], unsigned int type, uint8_t code,
                   unsigned int session, size_t length)
{
    memcpy(at, to, 6);
    memcpy(at + 6, self->mac, 6);
    put16(at + 12, type);
    at[14] = 0x11;
    at[15] = code;
    put16(at + 16, session);
    put16(at + 18, (unsigned int)length);
}

void pppoe_send(struct pppoe_server *self, const uint8_t to[6],
                unsigned int type, uint8_t code, unsigned int session,
                const uint8_t *bytes, size_t length)
{
    struct packet *packet = click_packet(0, 20u + (unsigned int)length);

    if (!packet)
        return;
    pppoe_headers(self, packet->data, to, type, code, session, length);
    memcpy(packet->data + 20, bytes, length);
    click_set_mac_header(packet, 0);
    element_push(&self->element, 0, packet);
}

unsigned int pppoe_number(const struct pppoe_server *self,
                          const struct pppoe_session *session)
{
    return (unsigned int)(session - self->sessions) + 1;
}

/* A message of LCP or IPCP; `bytes` begins with two for its protocol. */
static void send_ppp(struct pppoe_server *self, struct pppoe_session *session,
                     unsigned int protocol, uint8_t *bytes, size_t length)
{
    if (length == 0)
        return;
    put16(bytes, protocol);
    pppoe_send(self, session->mac, ETHER_PPPOE_SESSION, 0,
               pppoe_number(self, session), bytes, length + 2);
}

/* ---- Sessions -------------------------------------------------------------
 */

struct pppoe_session *pppoe_session(struct pppoe_server *self,
                                    unsigned int number, const uint8_t mac[6])
{
    struct pppoe_session *session =
        number - 1 < self->most ? &self->sessions[number - 1] : NULL;

    return session && session->used && !memcmp(session->mac, mac, 6) ? session
                                                                     : NULL;
}

void pppoe_forget(struct pppoe_server *self, struct pppoe_session *session)
{
    memset(session, 0, sizeof(*session));
    self->count--;
}

void pppoe_end(struct pppoe_server *self, struct pppoe_session *session)
{
    uint8_t mac[6];
    unsigned int number = pppoe_number(self, session);

    memcpy(mac, session->mac, 6);
    pppoe_forget(self, session);
    pppoe_send(self, mac, ETHER_PPPOE_DISCOVERY, PADT, number,
               (const uint8_t *)"", 0);
}

/* What the link wants to be said now. */
void pppoe_send_wanted(struct pppoe_server *self, struct pppoe_session *session)
{
    static const uint16_t protocols[] = {PPP_LCP, PPP_IPCP};
    int64_t now = click_steady(&self->element);

    for (unsigned int which = 0; which < 2; which++) {
        uint8_t bytes[2 + PPP_MORE];

        if (!(session->link.wanted & 1u << which))
            continue;
        session->due = now + ASK_AGAIN;
        send_ppp(self, session, protocols[which], bytes,
                 ppp_request(&session->link, &self->ppp, which, bytes + 2));
    }
}

/* The session of `mac`, a new one if it has none; NULL: there is none left. */
struct pppoe_session *pppoe_make(struct pppoe_server *self,
                                 const uint8_t mac[6])
{
    struct pppoe_session *session = NULL;
    uint32_t i;

    for (i = 0; i < self->most; i++) {
        if (self->sessions[i].used && !memcmp(self->sessions[i].mac, mac, 6)) {
            session = &self->sessions[i];
            if (session->link.state[LCP] == 0)
                return session; /* it has not heard of it */
            pppoe_end(self, session);
            break;
        }
        if (!self->sessions[i].used && !session)
            session = &self->sessions[i];
    }
    if (!session)
        return NULL;
    *session = (struct pppoe_session){.used = true};
    memcpy(session->mac, mac, 6);
    session->link.address =
        htonl(ntohl(self->pool.address) + pppoe_number(self, session));
    session->link.magic = click_random(&self->element) | 1u;
    session->link.wanted = 1 << LCP;
    self->count++;
    return session;
}

static void look_after(struct pppoe_server *self, struct pppoe_session *session,
                       int64_t now)
{
    bool open = ppp_is_open(&session->link);
    uint8_t bytes[2 + PPP_MORE];

    if (now < session->due)
        return;
    if (++session->tries > (open ? ECHOES : TRIES)) {
        pppoe_end(self, session);
    } else if (open) {
        session->due = now + (int64_t)self->echo;
        send_ppp(self, session, PPP_LCP, bytes,
                 ppp_echo(&session->link, bytes + 2));
    } else {
        unsigned int which = session->link.state[LCP] == PPP_OPEN ? IPCP : LCP;

        session->link.wanted |= (uint8_t)(1 << which);
        pppoe_send_wanted(self, session);
    }
}

void pppoe_look_after(struct click_timer *timer)
{
    struct pppoe_server *self = (struct pppoe_server *)timer->element;
    int64_t now = click_steady(&self->element);

    for (uint32_t i = 0; i < self->most && self->count > 0; i++)
        if (self->sessions[i].used)
            look_after(self, &self->sessions[i], now);
    /* Without memory: with the next session. */
    if (self->count > 0 && timer_schedule_after(timer, SECOND))
        return;
}

void pppoe_negotiate(struct pppoe_server *self, struct pppoe_session *session,
                     uint16_t protocol, const uint8_t *bytes, size_t length)
{
    uint8_t out[2 + PPPOE_DISCOVERY + PPP_MORE];
    bool open = ppp_is_open(&session->link);
    unsigned int before = session->link.state[LCP] + session->link.state[IPCP];
    size_t said;

    if (length > PPPOE_DISCOVERY) {
        self->drops++;
        return;
    }
    said = ppp_receive(&session->link, &self->ppp, &protocol, bytes, length,
                       out + 2);
    send_ppp(self, session, protocol, out, said);
    if (open || before != session->link.state[LCP] + session->link.state[IPCP])
        session->tries = 0; /* it gets on */
    if (session->link.ended)
        pppoe_end(self, session);
    else
        pppoe_send_wanted(self, session);
}
