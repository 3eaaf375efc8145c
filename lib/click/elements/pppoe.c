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
 * PADRs that got no session: none was left, or for another service.
 * =h terminate write-only
 * Ends the session of that number.
 * =e
 *   bras :: PPPoEServer($MAC0, 10.9.0.254, 10.9.0.0/24);
 *   FromDevice(eth0) -> bras -> ToDevice(eth0);
 *   bras[1] -> routes :: StaticIPLookup(10.9.0.0/24 0, 0/0 1);
 *   routes[0] -> IPFragmenter(1492) -> [1]bras;
 * =a EtherEncap, IPFragmenter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/elements/pppoe.h"
#include "lib/click/large.h"

#define MOST 65535u

static void drop(struct pppoe_server *self, struct packet *packet)
{
    self->drops++;
    packet_free(packet);
}

/* ---- What sessions carry --------------------------------------------------
 */

/* IP of a subscriber: `length` bytes behind the headers. */
static void receive(struct pppoe_server *self, struct pppoe_session *session,
                    struct packet *packet, unsigned int length)
{
    const struct ip_header *ip;

    packet_trim(packet, PPPOE_DATA + length);
    click_strip(packet, PPPOE_DATA);
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

static unsigned int get16(const uint8_t *bytes)
{
    return (unsigned int)(bytes[0] << 8 | bytes[1]);
}

/* A frame of PPPoE's. False: it is not for us, or not whole. */
static bool take_frame(struct pppoe_server *self, struct packet *packet,
                       bool discovery)
{
    static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};
    struct pppoe_session *session = NULL;
    const uint8_t *frame;
    unsigned int length;

    if (packet->total < PPPOE_DATA || !click_pull_up(packet, PPPOE_DATA))
        return false;
    frame = packet->data;
    length = get16(frame + 18);
    if ((memcmp(frame, self->mac, 6) &&
         (memcmp(frame, all, 6) || !discovery)) ||
        frame[14] != 0x11 || length + 20 > packet->total ||
        (discovery && packet->total > PPPOE_DISCOVERY))
        return false;
    if (!discovery) {
        session = pppoe_session(self, get16(frame + 16), frame + 6);
        if (!session || frame[15] != 0 || length < 2)
            return false;
        if (get16(frame + 20) == PPP_IP) {
            receive(self, session, packet, length - 2);
            return true;
        }
    }
    if (!click_pull_up(packet, 20 + length))
        return false;
    if (discovery)
        pppoe_discover(self, packet->data, length);
    else
        pppoe_negotiate(self, session, (uint16_t)get16(packet->data + 20),
                        packet->data + PPPOE_DATA, length - 2);
    packet_free(packet);
    return true;
}

static void from_ethernet(struct pppoe_server *self, struct packet *packet)
{
    unsigned int type = 0;

    if (packet->total >= 14 && click_pull_up(packet, 14))
        type = get16(packet->data + 12);
    if (type != ETHER_PPPOE_DISCOVERY && type != ETHER_PPPOE_SESSION)
        element_side(&self->element, 2, packet);
    else if (!take_frame(self, packet, type == ETHER_PPPOE_DISCOVERY))
        drop(self, packet);
}

static void to_subscriber(struct pppoe_server *self, struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    uint32_t to = click_anno_u32(packet, CLICK_ANNO_DST_IP);
    uint32_t number, length = packet->total;
    struct pppoe_session *session = NULL;
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
    frame = click_push_bytes(packet, PPPOE_DATA);
    if (!frame) {
        self->drops++;
        return;
    }
    pppoe_headers(self, frame, session->mac, ETHER_PPPOE_SESSION, 0, number,
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
    struct pppoe_server *self = (struct pppoe_server *)element;

    if (port == 0)
        from_ethernet(self, packet);
    else
        while (packet)
            to_subscriber(self, large_cut(&packet));
}

/* ---- Life -----------------------------------------------------------------
 */

static void defaults(struct element *element)
{
    struct pppoe_server *self = (struct pppoe_server *)element;

    self->most = 1024;
    self->mru = 1492;
    self->echo = 30 * SECOND;
}

static int configure(struct element *element, struct click_args *args)
{
    struct pppoe_server *self = (struct pppoe_server *)element;
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
    timer_init(&((struct pppoe_server *)element)->timer, element,
               pppoe_look_after);
    return 0;
}

static void cleanup(struct element *element)
{
    struct pppoe_server *self = (struct pppoe_server *)element;

    timer_unschedule(&self->timer);
    free(self->sessions);
}

static void take_state(struct element *element, struct element *old_element)
{
    struct pppoe_server *self = (struct pppoe_server *)element;
    const struct pppoe_server *old = (struct pppoe_server *)old_element;

    memcpy(self->secret, old->secret, sizeof(self->secret));
    self->drops = old->drops;
    self->refused = old->refused;
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
    const struct pppoe_server *self = (struct pppoe_server *)element;
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
    const struct pppoe_server *self = (struct pppoe_server *)element;

    (void)handler;
    (void)param;
    for (uint32_t i = 0; i < self->most; i++) {
        const struct pppoe_session *s = &self->sessions[i];

        if (!s->used)
            continue;
        text_printf(out, "%u ", i + 1);
        text_ether(out, s->mac);
        text_puts(out, " ");
        text_ip(out, &s->link.address);
        text_printf(out, " %s %llu %llu %llu %llu\n",
                    ppp_is_open(&s->link) ? "open" : "opening",
                    (unsigned long long)s->in, (unsigned long long)s->in_bytes,
                    (unsigned long long)s->out,
                    (unsigned long long)s->out_bytes);
    }
    return 0;
}

static int write_terminate(struct element *element,
                           const struct click_handler *handler,
                           const char *value, struct click_errors *errors)
{
    struct pppoe_server *self = (struct pppoe_server *)element;
    uint64_t number;

    (void)handler;
    if (click_read_integer(value, 1, self->most, &number) ||
        !self->sessions[number - 1].used)
        return click_error(errors, NULL, "there is no session '%s'", value);
    pppoe_end(self, &self->sessions[number - 1]);
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("MAC", struct pppoe_server, mac, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("ADDRESS", struct pppoe_server, ppp.address, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("POOL", struct pppoe_server, pool, prefix,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("NAME", struct pppoe_server, name, string, 0),
    CLICK_PARAM("SERVICE", struct pppoe_server, service, string, 0),
    CLICK_PARAM("SESSIONS", struct pppoe_server, most, u32, 0),
    CLICK_PARAM("DNS", struct pppoe_server, ppp.dns, ip, 0),
    CLICK_PARAM("MRU", struct pppoe_server, mru, u32, 0),
    CLICK_PARAM("ECHO", struct pppoe_server, echo, interval, 0),
    {0},
};

static const struct click_handler handlers[] = {
    {.name = "table", .read = read_table},
    {.name = "open", .read = read_open},
    HANDLER_FIELD("count", struct pppoe_server, count, u32),
    HANDLER_FIELD("drops", struct pppoe_server, drops, u64),
    HANDLER_FIELD("refused", struct pppoe_server, refused, u64),
    {.name = "terminate", .write = write_terminate},
    {0},
};

const struct element_class click_class_PPPoEServer = {
    .name = "PPPoEServer",
    .ports = "2/2-3",
    .processing = "h/h",
    .size = sizeof(struct pppoe_server),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .handlers = handlers,
};
