/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * addr_rewriter.c: network address translation without ports.
 *
 * =c
 * IPAddrRewriter(INPUTSPEC1, ..., INPUTSPECn [, KEYWORDS])
 * =s nat
 * rewrites IP packets' source addresses, and destinations of replies
 * =d
 * Basic NAT: each inner address gets an outer one, whatever protocol it uses.
 * Packets are mapped by their source address alone; packets to an outer address
 * are mapped back, whoever sends them. INPUTSPECs are those of IPRewriter, but
 * patterns are 'pattern SADDR[-SADDR2] - FOUTPUT ROUTPUT': the source address
 * may be a range, or a prefix, of which an address that is not used yet is
 * chosen; with '#' behind it, the one after the last.
 *
 * Keyword arguments are TIMEOUT (5 minutes), GUARANTEE, REAP_INTERVAL,
 * MAPPING_CAPACITY, DST_ANNO and REPLY_ANNO, as those of UDPRewriter.
 * =h mappings read-only
 * Two lines for each address.
 * =h nmappings read-only
 * Addresses mapped.
 * =h patterns read-only
 * The INPUTSPECs.
 * =a IPRewriter, IPAddrPairRewriter
 *
 * =c
 * IPAddrPairRewriter(INPUTSPEC1, ..., INPUTSPECn [, KEYWORDS])
 * =s nat
 * rewrites IP packets' addresses, by pairs of them
 * =d
 * As IPAddrRewriter, but packets are mapped by source and destination together,
 * and patterns, 'pattern SADDR[-SADDR2] DADDR FOUTPUT ROUTPUT', may set both.
 * =h mappings read-only
 * Two lines for each pair.
 * =h nmappings read-only
 * Pairs mapped.
 * =h patterns read-only
 * The INPUTSPECs.
 * =a IPAddrRewriter, IPRewriter
 */
#include <errno.h>
#include <string.h>
#include "lib/click/elements/rewriter.h"

static const struct click_param params[] = {
    CLICK_PARAM("TIMEOUT", struct rewriter, udp_timeout, interval, 0),
    REWRITER_PARAMS,
    CLICK_REST,
};

/* Transport checksums cover the addresses, too. `ip` may be elsewhere after. */
static void fix_transport(struct packet *packet, struct ip_header *ip,
                          const struct flow_side *side)
{
    unsigned int header = ip_header_length(ip);
    bool tcp = ip->protocol == PROTOCOL_TCP;
    unsigned int offset = tcp ? 16 : 6;
    unsigned int at =
        (unsigned int)((uint8_t *)ip - packet->data) + header + offset;
    bool blank = (packet->flags & PACKET_CSUM_BLANK) || packet->gso_type;
    uint16_t checksum;

    if ((ip->protocol != PROTOCOL_TCP && ip->protocol != PROTOCOL_UDP) ||
        !ip_is_first(ip) || !click_pull_up(packet, at + sizeof(checksum)))
        return;
    memcpy(&checksum, packet->data + at, sizeof(checksum));
    if (blank) {
        checksum =
            (uint16_t)~checksum_grow((uint16_t)~checksum, side->addresses);
    } else if (tcp || checksum != 0) {
        checksum = checksum_grow(checksum, side->addresses);
        if (checksum == 0 && !tcp)
            checksum = 0xffff;
    }
    memcpy(packet->data + at, &checksum, sizeof(checksum));
}

static void apply(struct rewriter *self, struct flow_side *side,
                  struct packet *packet, struct ip_header *ip)
{
    rewriter_apply_addresses(self, side, packet, ip);
    fix_transport(packet, ip, side);
    flow_use(flow_of(side), click_steady(&self->element), self->udp_timeout);
    element_push(&self->element, side->output, packet);
}

/* ---- By source address ----------------------------------------------------
 */

/*
 * IDs have a source only, those of replies a destination only. What is 0 in
 * both the ID and what it becomes stays as it is in the packet.
 */
static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct rewriter *self = (struct rewriter *)element;
    struct ip_header *ip = click_network_header(packet);
    struct flow_id id, reply;
    struct flow_side *side;

    if (!ip) {
        rewriter_other(self, port, packet);
        return;
    }
    id = (struct flow_id){.from = ip->from};
    reply = (struct flow_id){.to = ip->to};
    side = flow_find(&self->table, &id);
    if (!side && ip->to != 0) /* else `reply` is the ID of source 0.0.0.0 */
        side = flow_find(&self->table, &reply);
    if (!side)
        side = rewriter_new_flow(self, port, &id, packet, self->udp_timeout,
                                 self->guarantee);
    if (side)
        apply(self, side, packet, ip);
}

static int configure(struct element *element, struct click_args *args)
{
    struct rewriter *self = (struct rewriter *)element;
    int error = rewriter_configure(element, args, PATTERN_ADDRESSES);

    for (unsigned int i = 0; error == 0 && i < self->spec_count; i++) {
        if (self->specs[i].pattern && self->specs[i].pattern->set_to)
            error = click_args_error(
                args,
                "input spec %u: DADDR must be '-'; IPAddrPairRewriter "
                "sets both addresses",
                i);
    }
    return error;
}

const struct element_class click_class_IPAddrRewriter = {
    .name = "IPAddrRewriter",
    .ports = "1-/1-256",
    .processing = "h/h",
    .size = sizeof(struct rewriter),
    .params = params,
    .phase = CLICK_PHASE_REWRITER,
    .defaults = rewriter_defaults,
    .configure = configure,
    .initialize = rewriter_initialize,
    .cleanup = rewriter_cleanup,
    .take_state = rewriter_take_state,
    .push = push,
    .cast = rewriter_cast,
    .handlers = rewriter_handlers,
};

/* ---- By pair --------------------------------------------------------------
 */

static void pair_push(struct element *element, unsigned int port,
                      struct packet *packet)
{
    struct rewriter *self = (struct rewriter *)element;
    struct ip_header *ip = click_network_header(packet);
    struct flow_side *side;
    struct flow_id id;

    if (!ip) {
        rewriter_other(self, port, packet);
        return;
    }
    id = (struct flow_id){.from = ip->from, .to = ip->to};
    side = flow_find(&self->table, &id);
    if (!side)
        side = rewriter_new_flow(self, port, &id, packet, self->udp_timeout,
                                 self->guarantee);
    if (side)
        apply(self, side, packet, ip);
}

static int pair_configure(struct element *element, struct click_args *args)
{
    return rewriter_configure(element, args, PATTERN_ADDRESSES);
}

const struct element_class click_class_IPAddrPairRewriter = {
    .name = "IPAddrPairRewriter",
    .ports = "1-/1-256",
    .processing = "h/h",
    .size = sizeof(struct rewriter),
    .params = params,
    .phase = CLICK_PHASE_REWRITER,
    .defaults = rewriter_defaults,
    .configure = pair_configure,
    .initialize = rewriter_initialize,
    .cleanup = rewriter_cleanup,
    .take_state = rewriter_take_state,
    .push = pair_push,
    .cast = rewriter_cast,
    .handlers = rewriter_handlers,
};
