/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aggregate_flows.c: TCP and UDP flows, numbered.
 *
 * The flows are those of flow.h, which rewriters have, too: of one here, both
 * sides leave as they came, and its number is in the flow's `input`.
 *
 * Only the first fragment of a datagram has ports. A later one that comes
 * before it waits, and so do, for the order's sake, all packets between its two
 * addresses that come meanwhile. The last few first fragments are remembered,
 * for the fragments that follow them.
 *
 * =c
 * AggregateIPFlows([KEYWORDS])
 * =s aggregates
 * sets the aggregate annotation to a number of the packet's flow
 * =d
 * Each TCP and UDP flow, by addresses and ports, gets a number, from 1 on: the
 * aggregate annotation of all its packets. The paint annotation is 0 in the
 * direction of the flow's first packet and 1 in the other. A flow that is
 * silent for too long ends, and a new one begins with a new number. So does one
 * with a SYN after both sides have sent FIN. IP header annotations must be set;
 * times are those of packets, if they have any.
 *
 * Other packets, and those too short, leave by output 1, or are dropped if
 * there is none.
 *
 * With FRAGMENTS, later fragments wait for the first one; between a pair of
 * addresses packets keep their order. Those whose first fragment does not come
 * in time leave by output 1. Without, all but the first do.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item TCP_TIMEOUT
 * Time after which a silent TCP flow ends. Default is 24 hours.
 * =item TCP_DONE_TIMEOUT
 * The same once both sides have sent FIN. Default is 30 seconds.
 * =item UDP_TIMEOUT
 * The same for UDP. Default is 1 minute.
 * =item FRAGMENT_TIMEOUT
 * How long fragments wait. Default is 30 seconds.
 * =item REAP
 * Time between two searches for flows to forget. Default is 20 minutes.
 * =item ICMP
 * Boolean. ICMP errors about a flow's packet get its number, and paint 2 more
 * than that packet. Default is false.
 * =item FRAGMENTS
 * Boolean. Default is true where packets are pushed, and false, as it must be,
 * where they are pulled.
 * =item CAPACITY
 * Unsigned. Flows remembered; then the one that would end first gives way.
 * Default is 1048576.
 * =back
 *
 * Click's TRACEINFO and SOURCE are left out.
 * =h clear write-only
 * Forget all flows. Packets that wait leave.
 * =h count read-only
 * Flows remembered.
 * =e
 *   FromDump(t.dump, STOP true, FORCE_IP true) -> af :: AggregateIPFlows
 *     -> AggregateCounter -> Discard;
 *   DriverManager(pause, write af.clear);
 * =a AggregateIP, AggregateCounter, FlowMonitor
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/elements/flow.h"

#define SECOND  1000000000ull
#define PAIRS   64u   /* chains of waiting packets, a power of 2 */
#define WAITING 1024u /* packets at most */
#define FIRSTS  64u   /* datagrams remembered, a power of 2 */

/* Packets between two addresses; the first waits for its datagram's first
 * fragment. */
struct waiting {
    struct waiting *next;
    uint32_t low, high; /* addresses, in no order that means anything */
    struct packet *head, **tail;
};

/* A datagram whose first fragment came. */
struct first {
    uint32_t from, to;
    uint16_t id;
    uint8_t protocol, paint;
    uint32_t aggregate;
    int64_t time;
};

struct flows {
    struct element element;
    uint64_t tcp_timeout, tcp_done, udp_timeout, fragment_timeout, reap;
    bool icmp, fragments;
    struct flow_table table;
    struct flow_budget budget;
    uint32_t last; /* number */
    int64_t reaped;
    struct waiting *waiting[PAIRS];
    unsigned int waiters;
    struct first firsts[FIRSTS];
    unsigned int first;
};

static int64_t time_of(const struct flows *self, const struct packet *packet)
{
    int64_t time = click_notes_const(packet)->time;

    return time ? time : click_now(&self->element);
}

static void annotate(struct packet *packet, uint32_t aggregate, uint8_t paint)
{
    click_anno_set_u32(packet, CLICK_ANNO_AGGREGATE, aggregate);
    click_anno_set_u8(packet, CLICK_ANNO_PAINT, paint);
}

/* ---- Flows ----------------------------------------------------------------
 */

/* The addresses of the header at `at`, and the ports behind it. */
static bool read_id(const struct packet *packet, unsigned int at,
                    struct flow_id *id)
{
    struct ip_header ip;

    if (!packet_read(packet, at, &ip, sizeof(ip)) || !ip_is_first(&ip) ||
        (ip.protocol != PROTOCOL_TCP && ip.protocol != PROTOCOL_UDP))
        return false;
    *id =
        (struct flow_id){.from = ip.from, .to = ip.to, .protocol = ip.protocol};
    return packet_read(packet, at + ip_header_length(&ip), &id->from_port, 4);
}

static bool is_over(const struct flow *flow, int64_t now, uint8_t tcp_flags)
{
    return now - flow->used > (int64_t)flow->timeout ||
           (flow->done && (tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN);
}

/* The flow's side that `id` is of; a new flow's if there is none. NULL: memory
 * is short. */
static struct flow_side *side_of(struct flows *self, const struct flow_id *id,
                                 int64_t now, uint8_t tcp_flags)
{
    struct flow_side *side = flow_find(&self->table, id);
    struct flow *flow;

    if (side && is_over(flow_of(side), now, tcp_flags)) {
        flow_remove(flow_of(side));
        side = NULL;
    }
    if (side)
        return side;
    flow = flow_add(&self->table, id, id, now, self->udp_timeout, 0);
    if (!flow)
        return NULL;
    flow->input = ++self->last;
    return &flow->sides[0];
}

static void use(struct flows *self, struct flow_side *side, int64_t now,
                uint8_t tcp_flags)
{
    struct flow *flow = flow_of(side);
    uint64_t timeout = self->udp_timeout;

    if (side->id.protocol == PROTOCOL_TCP) {
        if (tcp_flags & TCP_FIN)
            flow->ended |= (uint8_t)(1 << side->number);
        flow->done = flow->ended == 3;
        timeout = flow->done ? self->tcp_done : self->tcp_timeout;
    }
    flow_use(flow, now, timeout);
}

/* An ICMP error about a packet of a flow. */
static bool classify_error(struct flows *self, struct packet *packet)
{
    static const uint32_t errors =
        1u << ICMP_UNREACHABLE | 1u << ICMP_SOURCE_QUENCH |
        1u << ICMP_REDIRECT | 1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETER;
    unsigned int at = (unsigned int)click_notes(packet)->transport;
    struct flow_side *side;
    struct flow_id id;
    uint8_t type;

    if (!self->icmp || !ip_is_first(ip_of(packet)) ||
        !packet_read(packet, at, &type, 1) || type > 31 ||
        !(errors >> type & 1) || !read_id(packet, at + 8, &id))
        return false;
    side = flow_find(&self->table, &id);
    if (side)
        annotate(packet, flow_of(side)->input, (uint8_t)(2 + side->number));
    return side;
}

/* Set a packet's annotations; false: it is of no flow. */
static bool classify(struct flows *self, struct packet *packet, int64_t now)
{
    unsigned int at = (unsigned int)click_notes(packet)->network;
    struct flow_id id, reverse;
    struct flow_side *side;
    uint8_t tcp_flags = 0;

    if (ip_of(packet)->protocol == PROTOCOL_ICMP)
        return classify_error(self, packet);
    if (!read_id(packet, at, &id))
        return false;
    if (id.protocol == PROTOCOL_TCP &&
        !packet_read(packet, (size_t)click_notes(packet)->transport + 13,
                     &tcp_flags, 1))
        return false;
    side = side_of(self, &id, now, tcp_flags);
    if (!side)
        return false;
    use(self, side, now, tcp_flags);
    reverse = flow_reverse(id); /* of a packet to its own sender */
    annotate(packet, flow_of(side)->input,
             flow_same(&id, &reverse) ? 0 : side->number);
    return true;
}

static void reap(struct flows *self, int64_t now)
{
    if (now - self->reaped < (int64_t)self->reap)
        return;
    self->reaped = now;
    while (flow_reap(&self->budget, now, UINT32_MAX))
        ;
}

/* ---- Fragments ------------------------------------------------------------
 */

static bool same_datagram(const struct ip_header *ip, uint32_t from,
                          uint32_t to, uint16_t id, uint8_t protocol)
{
    return ip->from == from && ip->to == to && ip->id == id &&
           ip->protocol == protocol;
}

/* A packet that leaves by output 0, or, of no flow, by output 1. */
static void emit(struct flows *self, struct packet *packet, bool known)
{
    if (known)
        element_push(&self->element, 0, packet);
    else
        element_side(&self->element, 1, packet);
}

static struct waiting **chain_of(struct flows *self, uint32_t low,
                                 uint32_t high)
{
    uint32_t hash = (low ^ high) * 0x9e3779b9u;
    struct waiting **at = &self->waiting[hash >> 26 & (PAIRS - 1)];

    while (*at && ((*at)->low != low || (*at)->high != high))
        at = &(*at)->next;
    return at;
}

/* Put those of a chain that need not wait at *end; `all`: nobody need. The new
 * end. */
static struct packet **take(struct flows *self, struct waiting **at,
                            int64_t now, bool all, struct packet **end)
{
    struct waiting *chain = *at;
    struct packet *packet;

    *end = chain->head;
    while ((packet = *end) != NULL) {
        if (click_anno_u32(packet, CLICK_ANNO_AGGREGATE) == 0 && !all &&
            now - time_of(self, packet) <= (int64_t)self->fragment_timeout)
            break;
        self->waiters--;
        end = &packet->next;
    }
    chain->head = packet;
    *end = NULL;
    if (!packet) {
        *at = chain->next;
        free(chain);
    }
    return end;
}

/* Packets that were taken off: all of them, as one that leaves may come back.
 */
static void emit_list(struct flows *self, struct packet *packet)
{
    while (packet) {
        struct packet *next = packet->next;

        packet->next = NULL;
        emit(self, packet, click_anno_u32(packet, CLICK_ANNO_AGGREGATE) != 0);
        packet = next;
    }
}

static void release(struct flows *self, int64_t now, bool all)
{
    struct packet *first = NULL, **end = &first;

    for (unsigned int i = 0; i < PAIRS; i++)
        for (struct waiting **at = &self->waiting[i]; *at;) {
            struct waiting *next = (*at)->next;

            end = take(self, at, now, all, end);
            if (*at != next)
                at = &(*at)->next;
        }
    emit_list(self, first);
}

/* A first fragment came: others of its datagram wait no more. */
static void remember(struct flows *self, const struct packet *packet,
                     struct waiting *chain, int64_t now)
{
    const struct ip_header *ip = ip_of(packet);
    struct first *first = &self->firsts[self->first++ & (FIRSTS - 1)];

    *first = (struct first){
        ip->from,
        ip->to,
        ip->id,
        ip->protocol,
        click_anno_u8(packet, CLICK_ANNO_PAINT),
        click_anno_u32(packet, CLICK_ANNO_AGGREGATE),
        now,
    };
    for (struct packet *other = chain ? chain->head : NULL; other;
         other = other->next)
        if (same_datagram(ip_of(other), first->from, first->to, first->id,
                          first->protocol) &&
            click_anno_u32(other, CLICK_ANNO_AGGREGATE) == 0)
            annotate(other, first->aggregate, first->paint);
}

/* A later fragment whose first one was here already. */
static void recall(const struct flows *self, struct packet *packet, int64_t now)
{
    const struct ip_header *ip = ip_of(packet);

    for (unsigned int i = 0; i < FIRSTS; i++) {
        const struct first *first = &self->firsts[i];

        if (first->aggregate != 0 &&
            same_datagram(ip, first->from, first->to, first->id,
                          first->protocol) &&
            now - first->time <= (int64_t)self->fragment_timeout)
            annotate(packet, first->aggregate, first->paint);
    }
}

/* Behind those that wait between the same addresses. */
static void wait(struct flows *self, struct waiting **at, struct packet *packet,
                 uint32_t low, uint32_t high)
{
    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (!*at) {
            emit(self, packet,
                 click_anno_u32(packet, CLICK_ANNO_AGGREGATE) != 0);
            return;
        }
        **at = (struct waiting){.low = low, .high = high};
        (*at)->tail = &(*at)->head;
    }
    packet->next = NULL;
    *(*at)->tail = packet;
    (*at)->tail = &packet->next;
    self->waiters++;
}

/* A TCP or UDP packet where fragments wait. */
static void handle(struct flows *self, struct packet *packet, int64_t now)
{
    const struct ip_header *ip = ip_of(packet);
    uint32_t low = ip->from < ip->to ? ip->from : ip->to;
    uint32_t high = ip->from ^ ip->to ^ low;
    struct waiting **at = chain_of(self, low, high);
    struct packet *first = NULL;
    bool known = true;

    if (ip_is_first(ip)) {
        known = classify(self, packet, now);
        if (!known) {
            emit(self, packet, false);
            return;
        }
        if (ip_is_fragment(ip))
            remember(self, packet, *at, now);
    } else {
        annotate(packet, 0, 0);
        recall(self, packet, now);
        known = click_anno_u32(packet, CLICK_ANNO_AGGREGATE) != 0;
    }
    if (known && !*at) {
        emit(self, packet, true);
        return;
    }
    wait(self, at, packet, low, high);
    if (self->waiters > WAITING) { /* first those of others in vain */
        release(self, now, false);
        at = chain_of(self, low, high);
    }
    if (*at)
        take(self, at, now, self->waiters > WAITING, &first);
    emit_list(self, first);
}

/* ---- Packets --------------------------------------------------------------
 */

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct flows *self = (struct flows *)element;
    const struct ip_header *ip = ip_of(packet);
    int64_t now = time_of(self, packet);

    (void)port;
    reap(self, now);
    if (self->fragments && ip &&
        (ip->protocol == PROTOCOL_TCP || ip->protocol == PROTOCOL_UDP))
        handle(self, packet, now);
    else
        emit(self, packet, ip && classify(self, packet, now));
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct flows *self = (struct flows *)element;
    struct packet *packet = element_pull(element, port);
    int64_t now;

    if (!packet)
        return NULL;
    now = time_of(self, packet);
    reap(self, now);
    if (ip_of(packet) && classify(self, packet, now))
        return packet;
    emit(self, packet, false);
    return NULL;
}

/* ---- Life and handlers ----------------------------------------------------
 */

static void defaults(struct element *element)
{
    struct flows *self = (struct flows *)element;

    self->tcp_timeout = 86400 * SECOND;
    self->tcp_done = self->fragment_timeout = 30 * SECOND;
    self->udp_timeout = 60 * SECOND;
    self->reap = 1200 * SECOND;
    self->budget.element = element;
    self->budget.capacity = 1u << 20;
}

/* In the table's order. */
#define GIVEN_FRAGMENTS 1u

static int configure(struct element *element, struct click_args *args)
{
    struct flows *self = (struct flows *)element;

    if (!(args->given & GIVEN_FRAGMENTS))
        self->fragments = element->input_push[0];
    else if (self->fragments && !element->input_push[0])
        return click_args_error(args,
                                "FRAGMENTS: only where packets are pushed");
    return flow_table_init(&self->table, &self->budget);
}

static void forget(struct flows *self)
{
    struct flow *flow;

    while ((flow = flow_next(&self->table, NULL)) != NULL)
        flow_remove(flow);
    memset(self->firsts, 0, sizeof(self->firsts));
}

static void cleanup(struct element *element)
{
    struct flows *self = (struct flows *)element;

    for (unsigned int i = 0; i < PAIRS; i++) {
        struct waiting *chain;

        while ((chain = self->waiting[i]) != NULL) {
            struct packet *packet;

            while ((packet = chain->head) != NULL) {
                chain->head = packet->next;
                packet_free(packet);
            }
            self->waiting[i] = chain->next;
            free(chain);
        }
    }
    flow_table_free(&self->table);
}

static bool every(struct flow *flow, void *argument)
{
    (void)flow;
    (void)argument;
    return true;
}

static void take_state(struct element *element, struct element *old_element)
{
    struct flows *self = (struct flows *)element;
    struct flows *old = (struct flows *)old_element;

    flow_take(&self->table, &old->table, every, NULL);
    memcpy(self->firsts, old->firsts, sizeof(self->firsts));
    self->first = old->first;
    self->last = old->last;
}

static int write_clear(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct flows *self = (struct flows *)element;

    (void)handler;
    (void)value;
    (void)errors;
    release(self, 0, true);
    forget(self);
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("FRAGMENTS", struct flows, fragments, bool, 0),
    CLICK_PARAM("TCP_TIMEOUT", struct flows, tcp_timeout, interval, 0),
    CLICK_PARAM("TCP_DONE_TIMEOUT", struct flows, tcp_done, interval, 0),
    CLICK_PARAM("UDP_TIMEOUT", struct flows, udp_timeout, interval, 0),
    CLICK_PARAM("FRAGMENT_TIMEOUT", struct flows, fragment_timeout, interval,
                0),
    CLICK_PARAM("REAP", struct flows, reap, interval, 0),
    CLICK_PARAM("ICMP", struct flows, icmp, bool, 0),
    CLICK_PARAM("CAPACITY", struct flows, budget.capacity, u32, 0),
    {0},
};

static const struct click_handler handlers[] = {
    {.name = "clear", .write = write_clear, .flags = HANDLER_BUTTON},
    HANDLER_FIELD("count", struct flows, table.count, u32),
    {0},
};

const struct element_class click_class_AggregateIPFlows = {
    .name = "AggregateIPFlows",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct flows),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .pull = pull,
    .handlers = handlers,
};
