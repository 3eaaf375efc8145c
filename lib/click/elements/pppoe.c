/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pppoe.c: an access concentrator (BRAS): PPP over Ethernet, RFC 2516.
 *
 *     subscriber                        concentrator
 *       PADI, to all      ->                            is there one?
 *                         <-   PADO, with a cookie
 *       PADR, the cookie  ->                            a session is made
 *                         <-   PADS, its number
 *       LCP, IPCP         <->                           ppp.c: an address
 *       IP in PPP         <->
 *       PADT              <->                           the end
 *
 * Nothing is kept of a PADI: the cookie is made of the subscriber's address and
 * a secret, and a PADR without it gets no session. Session N has the N-th
 * address of the pool, so that a packet's session is found by subtraction.
 *
 * =c
 * PPPoEServer(MAC, ADDRESS, POOL [, KEYWORDS])
 * =s pppoe
 * ends subscribers' PPPoE sessions
 * =d
 * Input 0 and output 0 are the subscribers' Ethernet, on which the server has
 * the address MAC. It answers discovery (PADI, PADR, PADT), makes sessions, and
 * in them negotiates LCP and IPCP, answers LCP echoes and sends its own. A
 * subscriber gets one address of the prefix POOL; ADDRESS is the server's own
 * end.
 *
 * IP packets of subscribers leave by output 1, without Ethernet, PPPoE and PPP
 * headers, IP header annotations set, if their source address is the session's.
 * IP packets for subscribers come in at input 1 (destination annotation, else
 * header) and leave by output 0 in their session. They must fit MRU: put an
 * IPFragmenter in front. Frames that are neither discovery nor sessions leave
 * by output 2, or are dropped if there is none.
 *
 * There is no authentication: whoever reaches input 0 gets a session. LCP
 * options but MRU and magic number, and IPCP's but address and DNS, are
 * rejected; IPv6CP and compression, too. A subscriber's Ethernet address has
 * one session at a time; a new PADR after it was open ends the old one.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item NAME
 * String. The AC-Name of offers. Default is "coracle".
 * =item SERVICE
 * String. The service that is offered. PADIs for another are not answered;
 * those for any are. Default is any.
 * =item SESSIONS
 * Unsigned. How many there may be, at most the addresses of POOL but its first
 * (and last). Default is 1024.
 * =item DNS
 * IP address. Told to subscribers that ask. Default is none.
 * =item MRU
 * Unsigned, 128 to 1492. The longest IP packet. Default is 1492.
 * =item ECHO
 * Time between two LCP echoes to a silent subscriber; after three without an
 * answer its session ends. Default is 30 seconds.
 * =back
 * =h table read-only
 * A line for each session: number, Ethernet address, IP address, "open" or
 * "opening", packets and bytes from and to the subscriber.
 * =h count read-only
 * Sessions.
 * =h open read-only
 * Sessions with IP.
 * =h drops read-only
 * Packets dropped: malformed, of no session, with others' addresses, too long.
 * =h refused read-only
 * PADRs that got no session, because there was none left or for another
 * service. =h terminate write-only Ends the session of that number. =e bras ::
 * PPPoEServer($MAC0, 10.9.0.1, 10.9.0.0/24); FromDevice(eth0) -> bras ->
 * ToDevice(eth0); bras[1] -> routes :: StaticIPLookup(10.9.0.0/24 0, 0/0 1);
 *   routes[0] -> IPFragmenter(1492) -> [1]bras;
 * =a EtherEncap, IPFragmenter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/elements/ppp.h"

#define SECOND    1000000000ll
#define PPPOE     6u  /* header behind Ethernet's */
#define DATA      22u /* Ethernet, PPPoE, PPP's protocol */
#define MOST      65535u
#define DISCOVERY 1514u
#define ASK_AGAIN (3 * SECOND)
#define TRIES     10u
#define ECHOES    3u

enum { PADI = 0x09, PADO = 0x07, PADR = 0x19, PADS = 0x65, PADT = 0xa7 };

enum {
    TAG_END = 0,
    TAG_SERVICE = 0x0101,
    TAG_NAME = 0x0102,
    TAG_UNIQUE = 0x0103,
    TAG_COOKIE = 0x0104,
    TAG_RELAY = 0x0110,
    TAG_BAD_SERVICE = 0x0201,
    TAG_ERROR = 0x0202,
};

struct session {
    bool used;
    uint8_t mac[6];
    uint8_t tries; /* requests or echoes without an answer */
    int64_t due;   /* of the next, steady */
    struct ppp_link link;
    uint64_t in, in_bytes, out, out_bytes;
};

struct server {
    struct element element;
    uint8_t mac[6];
    struct click_prefix pool;
    struct ppp_server ppp;
    uint32_t mru, most;
    char *name, *service;
    uint64_t echo;
    struct session *sessions; /* number 1 is the first */
    uint32_t count;
    uint64_t drops, refused;
    uint8_t secret[8];
    struct click_timer timer;
};

static void drop(struct server *self, struct packet *packet)
{
    self->drops++;
    packet_free(packet);
}

/* ---- Frames to subscribers ------------------------------------------------
 */

static void put16(uint8_t *at, unsigned int value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Ethernet and PPPoE headers, for `length` bytes behind them. */
static void put_headers(const struct server *self, uint8_t *at,
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

static void send_frame(struct server *self, const uint8_t to[6],
                       unsigned int type, uint8_t code, unsigned int session,
                       const uint8_t *bytes, size_t length)
{
    struct packet *packet = click_packet(0, 20u + (unsigned int)length);

    if (!packet)
        return;
    put_headers(self, packet->data, to, type, code, session, length);
    memcpy(packet->data + 20, bytes, length);
    click_set_mac_header(packet, 0);
    element_push(&self->element, 0, packet);
}

static unsigned int number_of(const struct server *self,
                              const struct session *session)
{
    return (unsigned int)(session - self->sessions) + 1;
}

/* A message of LCP or IPCP; `bytes` begins with two for its protocol. */
static void send_ppp(struct server *self, struct session *session,
                     unsigned int protocol, uint8_t *bytes, size_t length)
{
    if (length == 0)
        return;
    put16(bytes, protocol);
    send_frame(self, session->mac, ETHER_PPPOE_SESSION, 0,
               number_of(self, session), bytes, length + 2);
}

/* ---- Sessions -------------------------------------------------------------
 */

static struct session *session_of(struct server *self, unsigned int number,
                                  const uint8_t mac[6])
{
    struct session *session =
        number - 1 < self->most ? &self->sessions[number - 1] : NULL;

    return session && session->used && !memcmp(session->mac, mac, 6) ? session
                                                                     : NULL;
}

static void forget(struct server *self, struct session *session)
{
    memset(session, 0, sizeof(*session));
    self->count--;
}

static void end(struct server *self, struct session *session)
{
    uint8_t mac[6];
    unsigned int number = number_of(self, session);

    memcpy(mac, session->mac, 6);
    forget(self, session);
    send_frame(self, mac, ETHER_PPPOE_DISCOVERY, PADT, number,
               (const uint8_t *)"", 0);
}

/* What the link wants to be said now. */
static void send_wanted(struct server *self, struct session *session)
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
static struct session *make_session(struct server *self, const uint8_t mac[6])
{
    struct session *session = NULL;
    uint32_t i;

    for (i = 0; i < self->most; i++) {
        if (self->sessions[i].used && !memcmp(self->sessions[i].mac, mac, 6)) {
            session = &self->sessions[i];
            if (session->link.state[LCP] == 0)
                return session; /* it has not heard of it */
            end(self, session);
            break;
        }
        if (!self->sessions[i].used && !session)
            session = &self->sessions[i];
    }
    if (!session)
        return NULL;
    *session = (struct session){.used = true};
    memcpy(session->mac, mac, 6);
    session->link.address =
        htonl(ntohl(self->pool.address) + number_of(self, session));
    session->link.magic = click_random(&self->element) | 1u;
    session->link.wanted = 1 << LCP;
    self->count++;
    return session;
}

static void look_after(struct server *self, struct session *session,
                       int64_t now)
{
    bool open = ppp_is_open(&session->link);
    uint8_t bytes[2 + PPP_MORE];

    if (now < session->due)
        return;
    if (++session->tries > (open ? ECHOES : TRIES)) {
        end(self, session);
    } else if (open) {
        session->due = now + (int64_t)self->echo;
        send_ppp(self, session, PPP_LCP, bytes,
                 ppp_echo(&session->link, bytes + 2));
    } else {
        unsigned int which = session->link.state[LCP] == PPP_OPEN ? IPCP : LCP;

        session->link.wanted |= (uint8_t)(1 << which);
        send_wanted(self, session);
    }
}

static void expired(struct click_timer *timer)
{
    struct server *self = (struct server *)timer->element;
    int64_t now = click_steady(&self->element);

    for (uint32_t i = 0; i < self->most && self->count > 0; i++)
        if (self->sessions[i].used)
            look_after(self, &self->sessions[i], now);
    /* Without memory: with the next session. */
    if (self->count > 0 && timer_schedule_after(timer, SECOND))
        return;
}

/* ---- Discovery ------------------------------------------------------------
 */

struct tag {
    const uint8_t *value;
    unsigned int length;
};

struct tags {
    struct tag service, unique, cookie, relay; /* value NULL: there is none */
};

static bool read_tags(const uint8_t *at, const uint8_t *end_of,
                      struct tags *tags)
{
    *tags = (struct tags){0};
    while (end_of - at >= 4) {
        unsigned int type = (unsigned int)(at[0] << 8 | at[1]);
        struct tag tag = {at + 4, (unsigned int)(at[2] << 8 | at[3])};

        if (type == TAG_END)
            return true;
        at += 4;
        if (tag.length > end_of - at)
            return false;
        at += tag.length;
        if (type == TAG_SERVICE) {
            tags->service = tag;
        } else if (type == TAG_UNIQUE) {
            tags->unique = tag;
        } else if (type == TAG_COOKIE) {
            tags->cookie = tag;
        } else if (type == TAG_RELAY) {
            tags->relay = tag;
        }
    }
    return at == end_of;
}

static uint8_t *put_tag(uint8_t *at, unsigned int type, const void *value,
                        size_t length)
{
    put16(at, type);
    put16(at + 2, (unsigned int)length);
    memcpy(at + 4, value, length);
    return at + 4 + length;
}

/* Tells a subscriber that was offered something from others. */
static void make_cookie(const struct server *self, const uint8_t mac[6],
                        uint8_t cookie[8])
{
    uint64_t key, all = 0;

    memcpy(&key, self->secret, 8);
    memcpy(&all, mac, 6);
    for (unsigned int i = 0; i < 4; i++) {
        all = (all ^ key) * 0xbf58476d1ce4e5b9u;
        all ^= all >> 29;
    }
    memcpy(cookie, &all, 8);
}

static bool has_service(const struct server *self, const struct tags *tags)
{
    const char *own = self->service ? self->service : "";

    return tags->service.value &&
           (tags->service.length == 0 || !*own ||
            (tags->service.length == strlen(own) &&
             !memcmp(tags->service.value, own, tags->service.length)));
}

/* A PADO or PADS with the tags that the question's want back; `extra` has room
 * for the rest. */
static void answer(struct server *self, const uint8_t to[6], uint8_t code,
                   unsigned int session, const struct tags *tags,
                   unsigned int wrong)
{
    uint8_t bytes[DISCOVERY + 512], cookie[8], *at = bytes;
    const char *service = self->service ? self->service : "";
    const char *name = self->name ? self->name : "coracle";

    if (tags->service.value)
        at =
            put_tag(at, TAG_SERVICE, tags->service.value, tags->service.length);
    if (code == PADO && tags->service.length == 0 && *service)
        at = put_tag(at, TAG_SERVICE, service, strlen(service));
    at = put_tag(at, TAG_NAME, name, strlen(name));
    if (tags->unique.value)
        at = put_tag(at, TAG_UNIQUE, tags->unique.value, tags->unique.length);
    if (tags->relay.value)
        at = put_tag(at, TAG_RELAY, tags->relay.value, tags->relay.length);
    if (code == PADO) {
        make_cookie(self, to, cookie);
        at = put_tag(at, TAG_COOKIE, cookie, sizeof(cookie));
    }
    if (wrong)
        at = put_tag(at, wrong, "", 0);
    send_frame(self, to, ETHER_PPPOE_DISCOVERY, code, session, bytes,
               (size_t)(at - bytes));
}

static void answer_request(struct server *self, const uint8_t from[6],
                           const struct tags *tags)
{
    uint8_t cookie[8];
    struct session *session;

    make_cookie(self, from, cookie);
    if (tags->cookie.length != 8 || memcmp(tags->cookie.value, cookie, 8)) {
        self->drops++;
        return;
    }
    if (!has_service(self, tags)) {
        self->refused++;
        answer(self, from, PADS, 0, tags, TAG_BAD_SERVICE);
        return;
    }
    session = make_session(self, from);
    if (!session) {
        self->refused++;
        answer(self, from, PADS, 0, tags, TAG_ERROR);
        return;
    }
    if (!self->timer.place && timer_schedule_after(&self->timer, SECOND))
        self->drops++; /* nobody asks again, then */
    answer(self, from, PADS, number_of(self, session), tags, 0);
    session->link.wanted |= 1 << LCP;
    send_wanted(self, session);
}

static void discover(struct server *self, const uint8_t *frame,
                     unsigned int length)
{
    const uint8_t *from = frame + 6, *tags_at = frame + 14 + PPPOE;
    struct session *session;
    struct tags tags;

    if (!read_tags(tags_at, tags_at + length, &tags)) {
        self->drops++;
        return;
    }
    switch (frame[15]) {
    case PADI:
        if (has_service(self, &tags))
            answer(self, from, PADO, 0, &tags, 0);
        return;
    case PADR:
        answer_request(self, from, &tags);
        return;
    case PADT:
        session =
            session_of(self, (unsigned int)(frame[16] << 8 | frame[17]), from);
        if (session)
            forget(self, session);
    }
}

/* ---- What sessions carry --------------------------------------------------
 */

static void negotiate(struct server *self, struct session *session,
                      uint16_t protocol, const uint8_t *bytes, size_t length)
{
    uint8_t out[2 + DISCOVERY + PPP_MORE];
    bool open = ppp_is_open(&session->link);
    unsigned int before = session->link.state[LCP] + session->link.state[IPCP];
    size_t said;

    if (length > DISCOVERY) {
        self->drops++;
        return;
    }
    said = ppp_receive(&session->link, &self->ppp, &protocol, bytes, length,
                       out + 2);
    send_ppp(self, session, protocol, out, said);
    if (open || before != session->link.state[LCP] + session->link.state[IPCP])
        session->tries = 0; /* it gets on */
    if (session->link.ended)
        end(self, session);
    else
        send_wanted(self, session);
}

/* IP of a subscriber: `length` bytes behind the headers. */
static void receive(struct server *self, struct session *session,
                    struct packet *packet, unsigned int length)
{
    const struct ip_header *ip;

    packet_trim(packet, DATA + length);
    click_strip(packet, DATA);
    if (!ppp_is_open(&session->link) || length < sizeof(*ip) ||
        !click_pull_up(packet, sizeof(*ip))) {
        drop(self, packet);
        return;
    }
    ip = (struct ip_header *)packet->data;
    if (ip_version(ip) != 4 || ip_header_length(ip) < sizeof(*ip) ||
        !click_pull_up(packet, ip_header_length(ip))) {
        drop(self, packet);
        return;
    }
    ip = (struct ip_header *)packet->data;
    if (ip->from != session->link.address) {
        drop(self, packet);
        return;
    }
    session->tries = 0;
    session->due = click_steady(&self->element) + (int64_t)self->echo;
    session->in++;
    session->in_bytes += length;
    click_set_network_header(packet, 0, (int)ip_header_length(ip));
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    element_push(&self->element, 1, packet);
}

static void from_ethernet(struct server *self, struct packet *packet)
{
    static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};
    unsigned int type, length, number;
    const uint8_t *frame;
    struct session *session;

    if (packet->total < 14 || !click_pull_up(packet, 14)) {
        element_side(&self->element, 2, packet);
        return;
    }
    frame = packet->data;
    type = (unsigned int)(frame[12] << 8 | frame[13]);
    if (type != ETHER_PPPOE_DISCOVERY && type != ETHER_PPPOE_SESSION) {
        element_side(&self->element, 2, packet);
        return;
    }
    if (packet->total < DATA || !click_pull_up(packet, DATA)) {
        drop(self, packet);
        return;
    }
    frame = packet->data;
    length = (unsigned int)(frame[18] << 8 | frame[19]);
    number = (unsigned int)(frame[16] << 8 | frame[17]);
    if ((memcmp(frame, self->mac, 6) &&
         (memcmp(frame, all, 6) || type != ETHER_PPPOE_DISCOVERY)) ||
        frame[14] != 0x11 || length + 14 + PPPOE > packet->total ||
        (type == ETHER_PPPOE_DISCOVERY && packet->total > DISCOVERY)) {
        drop(self, packet);
        return;
    }
    session = session_of(self, number, frame + 6);
    if (type == ETHER_PPPOE_SESSION &&
        (!session || frame[15] != 0 || length < 2)) {
        drop(self, packet);
        return;
    }
    number = (unsigned int)(frame[20] << 8 | frame[21]);
    if (type == ETHER_PPPOE_SESSION && number == PPP_IP) {
        receive(self, session, packet, length - 2);
        return;
    }
    if (!click_pull_up(packet, 14 + PPPOE + length)) {
        drop(self, packet);
        return;
    }
    if (type == ETHER_PPPOE_DISCOVERY)
        discover(self, packet->data, length);
    else
        negotiate(self, session, (uint16_t)number, packet->data + DATA,
                  length - 2);
    packet_free(packet);
}

static void to_subscriber(struct server *self, struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    uint32_t to = click_anno_u32(packet, CLICK_ANNO_DST_IP);
    uint32_t number, length = packet->total;
    struct session *session = NULL;
    uint8_t *frame;

    if (to == 0 && ip)
        to = ip->to;
    number = ntohl(to) - ntohl(self->pool.address);
    if (number - 1 < self->most && self->sessions[number - 1].used)
        session = &self->sessions[number - 1];
    if (!session || !ppp_is_open(&session->link) || length > self->mru ||
        !packet_settle(packet)) {
        drop(self, packet);
        return;
    }
    frame = click_push_bytes(packet, DATA);
    if (!frame) {
        self->drops++;
        return;
    }
    put_headers(self, frame, session->mac, ETHER_PPPOE_SESSION, 0, number,
                length + 2);
    put16(frame + 20, PPP_IP);
    click_set_mac_header(packet, 0);
    session->out++;
    session->out_bytes += length;
    element_push(&self->element, 0, packet);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct server *self = (struct server *)element;

    if (port == 0)
        from_ethernet(self, packet);
    else
        to_subscriber(self, packet);
}

/* ---- Life -----------------------------------------------------------------
 */

static void defaults(struct element *element)
{
    struct server *self = (struct server *)element;

    self->most = 1024;
    self->mru = 1492;
    self->echo = 30 * SECOND;
}

static int configure(struct element *element, struct click_args *args)
{
    struct server *self = (struct server *)element;
    uint32_t pool = ~ntohl(self->pool.mask); /* its last number */
    uint32_t random[2] = {click_random(element), click_random(element)};

    if ((self->name && strlen(self->name) > 128) ||
        (self->service && strlen(self->service) > 128))
        return click_args_error(args, "NAME, SERVICE: at most 128 characters");
    if (self->mru < 128 || self->mru > 1492)
        return click_args_error(args, "MRU: expected 128 to 1492");
    if (pool < 3 || (self->pool.mask | htonl(pool)) != UINT32_MAX ||
        (pool & (pool + 1)) != 0)
        return click_args_error(args, "POOL: expected a prefix of at most 30 "
                                      "bits");
    if (self->most == 0 || self->echo < SECOND)
        return click_args_error(args, "SESSIONS, ECHO: too few");
    if (self->most > MOST)
        self->most = MOST;
    if (self->most > pool - 1)
        self->most = pool - 1;
    memcpy(self->secret, random, sizeof(self->secret));
    self->pool.address &= self->pool.mask;
    self->ppp.mru = (uint16_t)self->mru;
    self->sessions = calloc(self->most, sizeof(*self->sessions));
    return self->sessions ? 0 : -ENOMEM;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    (void)errors;
    timer_init(&((struct server *)element)->timer, element, expired);
    return 0;
}

static void cleanup(struct element *element)
{
    struct server *self = (struct server *)element;

    timer_unschedule(&self->timer);
    free(self->sessions);
}

static void take_state(struct element *element, struct element *old_element)
{
    struct server *self = (struct server *)element;
    const struct server *old = (struct server *)old_element;

    memcpy(self->secret, old->secret, sizeof(self->secret));
    if (self->pool.address != old->pool.address ||
        memcmp(self->mac, old->mac, 6))
        return;
    for (uint32_t i = 0; i < self->most && i < old->most; i++) {
        self->sessions[i] = old->sessions[i];
        self->count += self->sessions[i].used;
    }
    if (self->count > 0 && timer_schedule_after(&self->timer, SECOND))
        return; /* with the next session */
}

/* ---- Handlers -------------------------------------------------------------
 */

static int read_open(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    const struct server *self = (struct server *)element;
    unsigned int open = 0;

    (void)handler;
    (void)param;
    for (uint32_t i = 0; i < self->most; i++)
        open += ppp_is_open(&self->sessions[i].link);
    text_printf(out, "%u", open);
    return 0;
}

static int read_table(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct server *self = (struct server *)element;

    (void)handler;
    (void)param;
    for (uint32_t i = 0; i < self->most; i++) {
        const struct session *s = &self->sessions[i];
        const uint8_t *mac = s->mac;
        const uint8_t *ip = (const uint8_t *)&s->link.address;

        if (!s->used)
            continue;
        text_printf(out, "%u %02X-%02X-%02X-%02X-%02X-%02X %u.%u.%u.%u %s",
                    i + 1, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
                    ip[0], ip[1], ip[2], ip[3],
                    ppp_is_open(&s->link) ? "open" : "opening");
        text_printf(out, " %llu %llu %llu %llu\n", (unsigned long long)s->in,
                    (unsigned long long)s->in_bytes, (unsigned long long)s->out,
                    (unsigned long long)s->out_bytes);
    }
    return 0;
}

static int write_terminate(struct element *element,
                           const struct click_handler *handler,
                           const char *value, struct click_errors *errors)
{
    struct server *self = (struct server *)element;
    uint64_t number;

    (void)handler;
    if (click_read_integer(value, 1, self->most, &number) ||
        !self->sessions[number - 1].used)
        return click_error(errors, NULL, "there is no session '%s'", value);
    end(self, &self->sessions[number - 1]);
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("MAC", struct server, mac, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("ADDRESS", struct server, ppp.address, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("POOL", struct server, pool, prefix,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("NAME", struct server, name, string, 0),
    CLICK_PARAM("SERVICE", struct server, service, string, 0),
    CLICK_PARAM("SESSIONS", struct server, most, u32, 0),
    CLICK_PARAM("DNS", struct server, ppp.dns, ip, 0),
    CLICK_PARAM("MRU", struct server, mru, u32, 0),
    CLICK_PARAM("ECHO", struct server, echo, interval, 0),
    {0},
};

static const struct click_handler handlers[] = {
    {.name = "table", .read = read_table},
    {.name = "open", .read = read_open},
    HANDLER_FIELD("count", struct server, count, u32),
    HANDLER_FIELD("drops", struct server, drops, u64),
    HANDLER_FIELD("refused", struct server, refused, u64),
    {.name = "terminate", .write = write_terminate},
    {0},
};

const struct element_class click_class_PPPoEServer = {
    .name = "PPPoEServer",
    .ports = "2/2-3",
    .processing = "h/h",
    .size = sizeof(struct server),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .handlers = handlers,
};
