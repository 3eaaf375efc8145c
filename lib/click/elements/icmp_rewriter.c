/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * icmp_rewriter.c: ICMP errors about packets that a rewriter has changed.
 *
 * An error carries the beginning of the packet it is about. If that packet left
 * a rewriter as (A, p, B, q), replies to it, (B, q, A, p), are of a flow that
 * the rewriter knows, and become (B', q', A', p'). So in the error the packet
 * must become (A', p', B', q') again, and the error itself go to A'.
 *
 * =c
 * ICMPRewriter(MAPS [, KEYWORDS])
 * =s nat
 * rewrites ICMP errors to suit rewriters' mappings
 * =d
 * MAPS is a list of rewriters (IPRewriter, IPAddrRewriter, ICMPPingRewriter and
 * their like), with spaces between them. An error about a packet that one of
 * them has rewritten is rewritten, so that it means the original packet, and
 * leaves by output 0. Other errors, and ICMP packets that are none, leave by
 * output 1, or are dropped if there is none.
 *
 * Errors are: destination unreachable, source quench, redirect, time exceeded,
 * parameter problem.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item DST_ANNO
 * Boolean. Set the destination address annotation. Default is true.
 * =item REPLY_ANNO
 * Annotation. Errors about packets of a flow that a rewriter's REPLY_ANNO has
 * noted something of get that here.
 * =back
 * =a IPRewriter, ICMPPingRewriter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/elements/rewriter.h"

struct icmp_rewriter {
    struct element element;
    char *maps_word;
    bool dst_anno;
    struct click_anno reply_anno;
    struct rewriter **maps;
    unsigned int count;
};

static const struct click_param params[] = {
    CLICK_PARAM("MAPS", struct icmp_rewriter, maps_word, word,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST_ANNO", struct icmp_rewriter, dst_anno, bool, 0),
    CLICK_PARAM("REPLY_ANNO", struct icmp_rewriter, reply_anno, anno, 0),
    {0},
};

static void defaults(struct element *element)
{
    ((struct icmp_rewriter *)element)->dst_anno = true;
}

static int find_maps(struct icmp_rewriter *self, struct click_args *args,
                     char *const *words, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        struct element *element = element_find(&self->element, words[i]);

        self->maps[i] = element ? element_cast(element, "Rewriter") : NULL;
        if (!self->maps[i])
            return click_args_error(args, "MAPS: '%s' is no rewriter",
                                    words[i]);
        self->count++;
    }
    return 0;
}

static int configure(struct element *element, struct click_args *args)
{
    struct icmp_rewriter *self = (struct icmp_rewriter *)element;
    unsigned int count;
    char **words = click_split_words(self->maps_word, &count);
    int error = -ENOMEM;

    if (words)
        self->maps = calloc(count + 1, sizeof(*self->maps));
    if (self->maps)
        error = find_maps(self, args, words, count);
    if (words)
        click_words_free(words, count);
    return error;
}

static void cleanup(struct element *element)
{
    free(((struct icmp_rewriter *)element)->maps);
}

/* ---- The packet in the error ----------------------------------------------
 */

/* The reply's ID that `map` would know the inner packet by. */
static struct flow_id reply_id(const struct rewriter *map,
                               const struct ip_header *inner)
{
    const struct udp_header *ports =
        (const struct udp_header *)((const uint8_t *)inner +
                                    ip_header_length(inner));
    const struct icmp_header *icmp = (const struct icmp_header *)ports;
    struct flow_id id = {inner->to, inner->from, 0, 0, 0};

    if (map->kind == PATTERN_PORTS &&
        (inner->protocol == PROTOCOL_TCP || inner->protocol == PROTOCOL_UDP)) {
        id.protocol = inner->protocol;
        id.from_port = ports->to;
        id.to_port = ports->from;
    } else if (map->kind == PATTERN_PING && inner->protocol == PROTOCOL_ICMP) {
        id.protocol = PROTOCOL_ICMP;
        if (icmp->type == ICMP_ECHO)
            id.to_port = icmp->id;
        else
            id.from_port = icmp->id;
    }
    return id;
}

static struct flow_side *find_side(const struct icmp_rewriter *self,
                                   const struct ip_header *inner)
{
    for (unsigned int i = 0; i < self->count; i++) {
        struct flow_id id = reply_id(self->maps[i], inner);
        struct flow_side *side = NULL;

        if (ip_is_first(inner) || self->maps[i]->kind == PATTERN_ADDRESSES)
            side = flow_find(&self->maps[i]->table, &id);

        if (!side && self->maps[i]->kind == PATTERN_ADDRESSES) {
            /* IPAddrRewriter: by one address */
            id = (struct flow_id){.to = inner->from};
            side = flow_find(&self->maps[i]->table, &id);
        }
        if (side)
            return side;
    }
    return NULL;
}

static void set_ports(struct ip_header *inner, const struct flow_id *to)
{
    uint8_t *at = (uint8_t *)inner + ip_header_length(inner);
    struct udp_header *ports = (struct udp_header *)at;
    struct icmp_header *icmp = (struct icmp_header *)at;

    if (to->protocol == PROTOCOL_TCP || to->protocol == PROTOCOL_UDP) {
        ports->from = to->to_port;
        ports->to = to->from_port;
    } else if (to->protocol == PROTOCOL_ICMP) {
        icmp->id = icmp->type == ICMP_ECHO ? to->to_port : to->from_port;
    }
}

/* The transport checksum, if it was not cut off. Both directions' sums grow by
 * the same, as sums do not know an order. */
static void restore_checksum(const struct packet *packet,
                             struct ip_header *inner, struct flow_side *side)
{
    struct flow_id to = flow_target(side);
    uint8_t *at = (uint8_t *)inner + ip_header_length(inner);
    uint16_t delta = side->all, checksum;

    if (inner->protocol == PROTOCOL_TCP) {
        at += 16;
    } else if (inner->protocol == PROTOCOL_UDP) {
        at += 6;
    } else if (to.protocol == PROTOCOL_ICMP) { /* it covers no addresses */
        at += 2;
        delta = (uint16_t)~checksum_grow((uint16_t)~side->all,
                                         (uint16_t)~side->addresses);
    } else {
        return;
    }
    if (!ip_is_first(inner) || at + 2 > packet->data + packet->length)
        return;
    memcpy(&checksum, at, sizeof(checksum));
    if (inner->protocol == PROTOCOL_UDP && checksum == 0)
        return; /* there is none */
    checksum = checksum_grow(checksum, delta);
    if (inner->protocol == PROTOCOL_UDP && checksum == 0)
        checksum = 0xffff;
    memcpy(at, &checksum, sizeof(checksum));
}

/* The inner packet as it was before it was rewritten. */
static void restore(const struct packet *packet, struct ip_header *inner,
                    struct flow_side *side)
{
    struct flow_id to = flow_target(side); /* of the reply */

    restore_checksum(packet, inner, side);
    if (to.to != 0)
        inner->from = to.to;
    if (to.from != 0)
        inner->to = to.from;
    set_ports(inner, &to);
    ip_set_checksum(inner, ip_header_length(inner));
}

/* ---- The error ------------------------------------------------------------
 */

static bool is_error(uint8_t type)
{
    return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH ||
           type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
           type == ICMP_PARAMETER;
}

/* The inner IP header, it and 8 bytes behind it in one piece with all before;
 * NULL if this is no complete error, or was stripped. */
static struct ip_header *inner_of(struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    struct icmp_header *icmp;
    struct ip_header *inner;
    size_t need;

    if (!ip || ip->protocol != PROTOCOL_ICMP || !ip_is_first(ip))
        return NULL;
    icmp = transport_pull_up(packet, sizeof(*icmp) + sizeof(*inner));
    if (!icmp || (uint8_t *)icmp < packet->data || !is_error(icmp->type))
        return NULL;
    inner = (struct ip_header *)(icmp + 1);
    if (ip_version(inner) != 4 || ip_header_length(inner) < sizeof(*inner))
        return NULL;
    need = sizeof(*icmp) + ip_header_length(inner) + 8;
    icmp = NULL;
    if (inner->protocol == PROTOCOL_TCP) /* its checksum, if it is quoted */
        icmp = transport_pull_up(packet, need + 10);
    if (!icmp)
        icmp = transport_pull_up(packet, need);
    return icmp ? (struct ip_header *)(icmp + 1) : NULL;
}

static void rewrite(const struct icmp_rewriter *self, struct packet *packet,
                    struct ip_header *inner, struct flow_side *side)
{
    struct ip_header *ip = click_network_header(packet);
    unsigned int header = ip_header_length(ip);
    struct icmp_header *icmp = (struct icmp_header *)((uint8_t *)ip + header);
    unsigned int offset = (unsigned int)((uint8_t *)icmp - packet->data);
    unsigned int length = ntohs(ip->total) - header;
    uint32_t from = inner->from, to = inner->to;

    restore(packet, inner, side);
    if (ip->to == from)
        ip->to = inner->from;
    if (ip->from == to) /* the error comes from the other end itself */
        ip->from = inner->to;
    ip_set_checksum(ip, header);
    if (length > packet->total - offset)
        length = packet->total - offset;
    icmp->checksum = 0;
    icmp->checksum = (uint16_t)~checksum_packet(packet, offset, length);
    if (self->dst_anno)
        click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    if (side->number == 1 && self->reply_anno.size > 0)
        memcpy(click_notes(packet)->user + self->reply_anno.offset,
               &flow_of(side)->reply_note, self->reply_anno.size);
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    const struct icmp_rewriter *self = (struct icmp_rewriter *)element;
    struct ip_header *inner = inner_of(packet);
    struct flow_side *side = inner ? find_side(self, inner) : NULL;

    if (!side) {
        element_side(element, 1, packet);
        return NULL;
    }
    rewrite(self, packet, inner, side);
    return packet;
}

const struct element_class click_class_ICMPRewriter = {
    .name = "ICMPRewriter",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct icmp_rewriter),
    .params = params,
    .phase = CLICK_PHASE_REWRITER + 1,
    .defaults = defaults,
    .configure = configure,
    .cleanup = cleanup,
    .simple = simple,
};
