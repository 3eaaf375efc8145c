/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_rewriter.c: network address and port translation.
 *
 * A packet of a known flow costs one look into the table; its addresses and
 * ports are replaced, and its checksums grow by what was computed when the flow
 * began (RFC 1624). A TCP or UDP checksum that is not filled in yet
 * (PACKET_CSUM_BLANK, large segments) holds the sum of the pseudo header, in
 * which there are addresses only.
 *
 * =c
 * IPRewriter(INPUTSPEC1, ..., INPUTSPECn [, KEYWORDS])
 * =s nat
 * rewrites addresses and ports of TCP and UDP packets
 * =d
 * Keeps a table of mappings: packets with the flow ID (SA, SP, DA, DP) get
 * another one and leave by a certain output. Packets must have their IP header
 * annotation set. A packet of no known flow is treated as the INPUTSPEC of its
 * input says; there is one for each input:
 *
 * =over 5
 * =item 'drop' or 'discard'
 * Drop it.
 * =item 'pass OUTPUT'
 * Send it to OUTPUT as it is; nothing is remembered.
 * =item 'keep FOUTPUT ROUTPUT'
 * A mapping that changes nothing: it leaves by FOUTPUT, replies by ROUTPUT.
 * =item 'pattern SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT'
 * A mapping to these values; '-' leaves the packet's own. SPORT may be a range
 * L-H: the packet's own port if it is in it and free, else a random one; with
 * '#' behind the range the one after the last, with '?' any. If all are used up
 * the packet is dropped. Packets leave by FOUTPUT; replies get the reverse and
 * leave by ROUTPUT.
 * =item 'pattern PATNAME FOUTPUT ROUTPUT'
 * A pattern of IPRewriterPatterns.
 * =item 'ELEMENTNAME'
 * As that element says, an IPMapper like RoundRobinIPMapper.
 * =back
 *
 * Packets of other protocols and fragments but the first are dropped, unless
 * the input's INPUTSPEC is 'pass'.
 *
 * Keyword arguments are:
 *
 * =over 5
 * =item TCP_TIMEOUT
 * Time after which a TCP flow that is not used is forgotten. Default 24 hours.
 * =item TCP_DONE_TIMEOUT
 * The same after both ends have sent FIN, or one RST. Default 4 minutes.
 * =item TCP_NODATA_TIMEOUT
 * The same while one side has not sent data yet. Default 5 minutes.
 * =item TCP_GUARANTEE
 * Time after its last packet during which a flow cannot be evicted for another
 * one. Default 5 seconds.
 * =item UDP_TIMEOUT, UDP_STREAMING_TIMEOUT
 * The same for UDP; a flow streams once three packets, and some of each side,
 * were seen. Default 5 minutes, and as UDP_TIMEOUT.
 * =item UDP_GUARANTEE, GUARANTEE
 * As TCP_GUARANTEE; for both.
 * =item REAP_INTERVAL
 * Time between two searches for flows to forget. Default 15 minutes.
 * =item MAPPING_CAPACITY
 * How many flows there may be; when they are so many the one that would be
 * forgotten first gives way. Or another rewriter, whose capacity both share.
 * Default 65536. Where memory does not hold so many, it becomes what memory
 * does hold: a line says so, and the handler capacity.
 * =item DST_ANNO
 * Boolean. Set the destination address annotation to the new one. Default true.
 * =item REPLY_ANNO
 * An annotation that replies get from the flow's first packet.
 * =back
 * =h mappings read-only
 * Two lines for each flow.
 * =h tcp_mappings read-only
 * Those of TCP.
 * =h udp_mappings read-only
 * Those of UDP.
 * =h mapping_failures read-only
 * Packets dropped because there was no port or no room.
 * =h size read-only
 * Flows.
 * =h capacity read/write
 * How many there may be, as things stand.
 * =h patterns read-only
 * The INPUTSPECs.
 * =h pattern0, pattern1, ... read/write
 * The INPUTSPEC of an input; writing ends its flows.
 * =h tcp_lookup "read with parameters"
 * "SADDR SPORT DADDR DPORT": what they become.
 * =h udp_lookup "read with parameters"
 * The same for UDP.
 * =h clear write-only
 * Forget all flows.
 * =e
 *   rw :: IPRewriter(pattern 1.0.0.1 1024-65535 - - 0 1, drop);
 *   inside -> rw -> outside;
 *   from_outside -> [1]rw[1] -> to_inside;
 * =a UDPRewriter, TCPRewriter, IPAddrRewriter, IPRewriterPatterns,
 * RoundRobinIPMapper, ICMPPingRewriter, ICMPRewriter
 *
 * =c
 * UDPRewriter(INPUTSPEC1, ..., INPUTSPECn [, KEYWORDS])
 * =s nat
 * rewrites addresses and ports of UDP and TCP packets
 * =d
 * As IPRewriter, with the same timeouts for both protocols: TIMEOUT (5
 * minutes), STREAMING_TIMEOUT (as TIMEOUT), GUARANTEE (5 seconds). The other
 * keyword arguments are IPRewriter's.
 * =a IPRewriter
 *
 * =c
 * TCPRewriter(INPUTSPEC1, ..., INPUTSPECn [, KEYWORDS])
 * =s nat
 * rewrites addresses and ports of TCP packets
 * =d
 * As IPRewriter, for TCP only; TIMEOUT, DONE_TIMEOUT, NODATA_TIMEOUT and
 * GUARANTEE may be called so.
 * =a IPRewriter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/elements/rewriter.h"

/* ---- Packets --------------------------------------------------------------
 */

/* The IP header, with `more` bytes behind it in one piece; NULL if the packet
 * has not so many. */
static struct ip_header *headers_of(struct packet *packet, unsigned int more)
{
    struct ip_header *ip = click_network_header(packet);
    unsigned int end;

    if (!ip)
        return NULL;
    end = (unsigned int)((uint8_t *)ip - packet->data) + ip_header_length(ip) +
          more;
    if (packet->length < end) {
        if (!click_pull_up(packet, end))
            return NULL;
        ip = click_network_header(packet);
    }
    return ip;
}

static bool is_blank(const struct packet *packet)
{
    return (packet->flags & PACKET_CSUM_BLANK) || packet->gso_type;
}

/* `checksum` of a transport header of `packet`, rewritten as `side` says. */
static uint16_t new_checksum(const struct packet *packet,
                             const struct flow_side *side, uint16_t checksum)
{
    if (is_blank(packet)) /* the pseudo header's sum */
        return (uint16_t)~checksum_grow((uint16_t)~checksum, side->addresses);
    return checksum_grow(checksum, side->all);
}

static void apply_udp(struct packet *packet, struct flow_side *side,
                      const struct flow_id *to, struct udp_header *udp)
{
    udp->from = to->from_port;
    udp->to = to->to_port;
    if (udp->checksum == 0 && !is_blank(packet))
        return; /* there is none */
    udp->checksum = new_checksum(packet, side, udp->checksum);
    if (udp->checksum == 0 && !is_blank(packet))
        udp->checksum = 0xffff;
}

/* What a TCP packet says of its connection. */
static void follow_tcp(struct flow_side *side, const struct ip_header *ip,
                       const struct tcp_header *tcp)
{
    struct flow *flow = flow_of(side);
    unsigned int headers = ip_header_length(ip) + tcp_header_length(tcp);

    if (ntohs(ip->total) > headers)
        flow->data |= (uint8_t)(1 << side->number);
    if (!(tcp->flags & (TCP_FIN | TCP_SYN | TCP_RST)))
        return;
    if (tcp->flags & TCP_SYN) { /* again, with the same ports */
        flow->done = false;
        flow->ended = 0;
    }
    if (tcp->flags & TCP_FIN)
        flow->ended |= (uint8_t)(1 << side->number);
    if ((tcp->flags & TCP_RST) || flow->ended == 3)
        flow->done = true;
}

/* By how much `number`, a sequence number of `side`, is moved. `back`: it was
 * acknowledged, and so was moved already. A number a quarter of the circle
 * behind all places: they are forgotten, before they seem to lie ahead. */
static uint32_t shift_of(struct flow_side *side, uint32_t number, bool back)
{
    struct flow_shifts *shifts = &flow_of(side)->shifts[side->number];

    for (uint32_t i = shifts->count; i-- > 0;) {
        uint32_t by = shifts->places[i].by;
        int32_t behind =
            (int32_t)(number - shifts->places[i].at - (back ? by : 0));

        if (behind > 1 << 30) {
            shifts->base = by;
            shifts->count = 0;
        }
        if (behind > 0)
            return by;
    }
    return shifts->base;
}

int rewriter_shift(struct flow_side *side, uint32_t at, int grown)
{
    struct flow *flow = flow_of(side);
    struct flow_shifts *shifts;
    uint32_t by;

    if (grown == 0)
        return 0;
    if (!flow->shifts && !(flow->shifts = calloc(2, sizeof(*flow->shifts))))
        return -ENOMEM;
    shifts = &flow->shifts[side->number];
    by = shifts->base;
    if (shifts->count > 0) {
        if ((int32_t)(at - shifts->places[shifts->count - 1].at) <= 0)
            return 0; /* said again */
        by = shifts->places[shifts->count - 1].by;
    }
    if (shifts->count == FLOW_SHIFTS) {
        shifts->base = shifts->places[0].by;
        shifts->count--;
        memmove(&shifts->places[0], &shifts->places[1],
                shifts->count * sizeof(shifts->places[0]));
    }
    shifts->places[shifts->count].at = at;
    shifts->places[shifts->count++].by = by + (uint32_t)grown;
    return 0;
}

/* Add `by` to the number at `number` (at any address) of a TCP header, and to
 * its checksum unless that does not cover it yet. */
static void move(struct tcp_header *tcp, uint8_t *number, uint32_t by, bool sum)
{
    bool odd = (number - (uint8_t *)tcp) & 1; /* sums do not care, words do */
    uint16_t checksum = odd ? __builtin_bswap16(tcp->checksum) : tcp->checksum;
    uint32_t old, moved;

    memcpy(&old, number, sizeof(old));
    moved = htonl(ntohl(old) + by);
    memcpy(number, &moved, sizeof(moved));
    if (!sum)
        return;
    click_checksum_update32(&checksum, old, moved);
    tcp->checksum = odd ? __builtin_bswap16(checksum) : checksum;
}

/* The acknowledged numbers from `at` to `end`, four bytes each. */
static void move_back(struct tcp_header *tcp, struct flow_side *other,
                      uint8_t *at, const uint8_t *end, bool sum)
{
    uint32_t number;

    for (; at + sizeof(number) <= end; at += sizeof(number)) {
        memcpy(&number, at, sizeof(number));
        move(tcp, at, -shift_of(other, ntohl(number), true), sum);
    }
}

/* Sequence numbers of a flow whose contents changed their length. */
static void shift_tcp(struct packet *packet, struct flow_side *side,
                      struct tcp_header *tcp)
{
    struct flow_side *other = &flow_of(side)->sides[!side->number];
    uint8_t *at = (uint8_t *)(tcp + 1), *there = packet->data + packet->length;
    uint8_t *end = (uint8_t *)tcp + tcp_header_length(tcp);
    bool sum = !is_blank(packet);

    move(tcp, (uint8_t *)&tcp->sequence,
         shift_of(side, ntohl(tcp->sequence), false), sum);
    /* without ACK the number means nothing, and may as well be moved */
    move_back(tcp, other, (uint8_t *)&tcp->acknowledged,
              (uint8_t *)&tcp->acknowledged + 4, sum);
    if (end > there)
        end = there;
    while (at < end && *at != 0) { /* selective acknowledgements: option 5 */
        uint8_t *next = *at == 1 ? at + 1 : at + 1 < end ? at + at[1] : at;

        if (next < at + 2 && *at != 1)
            return;
        if (*at == 5)
            move_back(tcp, other, at + 2, next < end ? next : end, sum);
        at = next;
    }
}

static void apply_tcp(struct packet *packet, struct flow_side *side,
                      const struct flow_id *to, struct tcp_header *tcp)
{
    tcp->from = to->from_port;
    tcp->to = to->to_port;
    tcp->checksum = new_checksum(packet, side, tcp->checksum);
    if (flow_of(side)->shifts)
        shift_tcp(packet, side, tcp);
}

static uint64_t timeout_of(const struct rewriter *self, const struct flow *flow)
{
    if (flow->sides[0].id.protocol == PROTOCOL_TCP && !self->all_udp) {
        if (flow->done)
            return self->tcp_done;
        return flow->data == 3 ? self->tcp_timeout : self->tcp_nodata;
    }
    if (flow->seen[0] > 0 && flow->seen[1] > 0 &&
        flow->seen[0] + flow->seen[1] >= 3)
        return self->udp_streaming;
    return self->udp_timeout;
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct rewriter *self = (struct rewriter *)element;
    const struct ip_header *first = click_network_header(packet);
    struct ip_header *ip = NULL;
    struct flow_id id, to;
    struct flow_side *side;
    struct udp_header *ports; /* TCP's lie in the same place */
    bool tcp = first && first->protocol == PROTOCOL_TCP;

    if (first && ip_is_first(first) && (tcp || first->protocol == PROTOCOL_UDP))
        ip = headers_of(packet, tcp ? sizeof(struct tcp_header)
                                    : sizeof(struct udp_header));
    if (!ip) {
        rewriter_other(self, port, packet);
        return;
    }
    ports = (struct udp_header *)((uint8_t *)ip + ip_header_length(ip));
    id = (struct flow_id){ip->from, ip->to, ports->from, ports->to,
                          ip->protocol};
    side = flow_find(&self->table, &id);
    if (!side)
        side = rewriter_new_flow(
            self, port, &id, packet, tcp ? self->tcp_nodata : self->udp_timeout,
            tcp ? self->tcp_guarantee : self->udp_guarantee);
    if (!side)
        return;
    to = flow_target(side);
    if (tcp) {
        follow_tcp(side, ip, (struct tcp_header *)ports);
        apply_tcp(packet, side, &to, (struct tcp_header *)ports);
    } else {
        apply_udp(packet, side, &to, ports);
    }
    rewriter_apply_addresses(self, side, packet, ip);
    rewriter_send(self, side, packet, timeout_of(self, flow_of(side)));
}

/* ---- The elements ---------------------------------------------------------
 */

static const struct click_param ip_params[] = {
    CLICK_PARAM("TCP_TIMEOUT", struct rewriter, tcp_timeout, interval, 0),
    CLICK_PARAM("TCP_DONE_TIMEOUT", struct rewriter, tcp_done, interval, 0),
    CLICK_PARAM("TCP_NODATA_TIMEOUT", struct rewriter, tcp_nodata, interval, 0),
    CLICK_PARAM("TCP_GUARANTEE", struct rewriter, tcp_guarantee, interval, 0),
    CLICK_PARAM("UDP_TIMEOUT", struct rewriter, udp_timeout, interval, 0),
    CLICK_PARAM("UDP_STREAMING_TIMEOUT", struct rewriter, udp_streaming,
                interval, 0),
    CLICK_PARAM("UDP_GUARANTEE", struct rewriter, udp_guarantee, interval, 0),
    REWRITER_PARAMS,
    CLICK_PARAM("REAP_TCP", struct rewriter, ignored, word, 0),
    CLICK_PARAM("REAP_TCP_DONE", struct rewriter, ignored, word, 0),
    CLICK_PARAM("REAP_UDP", struct rewriter, ignored, word, 0),
    CLICK_REST,
};

static int configure(struct element *element, struct click_args *args)
{
    return rewriter_configure(element, args, PATTERN_PORTS);
}

const struct element_class click_class_IPRewriter = {
    REWRITER_CLASS(IPRewriter, struct rewriter, ip_params),
    .configure = configure,
    .initialize = rewriter_initialize,
    .push = push,
};

static const struct click_param udp_params[] = {
    CLICK_PARAM("TIMEOUT", struct rewriter, udp_timeout, interval, 0),
    CLICK_PARAM("STREAMING_TIMEOUT", struct rewriter, udp_streaming, interval,
                0),
    REWRITER_PARAMS,
    CLICK_REST,
};

static int udp_configure(struct element *element, struct click_args *args)
{
    struct rewriter *self = (struct rewriter *)element;

    self->all_udp = true;
    self->tcp_nodata = self->udp_timeout;
    return rewriter_configure(element, args, PATTERN_PORTS);
}

const struct element_class click_class_UDPRewriter = {
    REWRITER_CLASS(UDPRewriter, struct rewriter, udp_params),
    .configure = udp_configure,
    .initialize = rewriter_initialize,
    .push = push,
};

static const struct click_param tcp_params[] = {
    CLICK_PARAM("TIMEOUT", struct rewriter, tcp_timeout, interval, 0),
    CLICK_PARAM("TCP_TIMEOUT", struct rewriter, tcp_timeout, interval, 0),
    CLICK_PARAM("DONE_TIMEOUT", struct rewriter, tcp_done, interval, 0),
    CLICK_PARAM("TCP_DONE_TIMEOUT", struct rewriter, tcp_done, interval, 0),
    CLICK_PARAM("NODATA_TIMEOUT", struct rewriter, tcp_nodata, interval, 0),
    CLICK_PARAM("TCP_NODATA_TIMEOUT", struct rewriter, tcp_nodata, interval, 0),
    REWRITER_PARAMS,
    CLICK_REST,
};

static void tcp_push(struct element *element, unsigned int port,
                     struct packet *packet)
{
    const struct ip_header *ip = click_network_header(packet);

    if (ip && ip->protocol == PROTOCOL_TCP)
        push(element, port, packet);
    else
        rewriter_other((struct rewriter *)element, port, packet);
}

const struct element_class click_class_TCPRewriter = {
    REWRITER_CLASS(TCPRewriter, struct rewriter, tcp_params),
    .configure = configure,
    .initialize = rewriter_initialize,
    .push = tcp_push,
};
