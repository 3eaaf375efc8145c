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
#include "lib/click/checksum.h"
#include "lib/click/elements/rewriter.h"

static const struct click_param params[] = {
    CLICK_PARAM("TIMEOUT", struct rewriter, udp_timeout, interval, 0),
    REWRITER_PARAMS,
    CLICK_REST,
};

/*
 * A pair's IDs have both addresses. IPAddrRewriter's have a source only, those
 * of replies a destination only: what is 0 in both the ID and what it becomes
 * stays as it is in the packet.
 */
static void rewrite(struct rewriter *self, unsigned int port,
                    struct packet *packet, bool pair)
{
    struct ip_header *ip = ip_of(packet);
    struct flow_id id, reply;
    struct flow_side *side;
    uint32_t from, to;

    if (!ip) {
        rewriter_other(self, port, packet);
        return;
    }
    id = (struct flow_id){.from = ip->from, .to = pair ? ip->to : 0};
    reply = (struct flow_id){.to = ip->to};
    side = flow_find(&self->table, &id);
    if (!side && !pair && ip->to != 0) /* else `reply` is of source 0.0.0.0 */
        side = flow_find(&self->table, &reply);
    if (!side)
        side = rewriter_new_flow(self, port, &id, packet, self->udp_timeout,
                                 self->guarantee);
    if (!side)
        return;
    from = ip->from;
    to = ip->to;
    rewriter_apply_addresses(self, side, packet, ip);
    transport_address_changes(packet, from, ip->from);
    transport_address_changes(packet, to, ip_of(packet)->to);
    rewriter_send(self, side, packet, self->udp_timeout);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    rewrite((struct rewriter *)element, port, packet, false);
}

static void pair_push(struct element *element, unsigned int port,
                      struct packet *packet)
{
    rewrite((struct rewriter *)element, port, packet, true);
}

/* ---- Classes --------------------------------------------------------------
 */

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

static int pair_configure(struct element *element, struct click_args *args)
{
    return rewriter_configure(element, args, PATTERN_ADDRESSES);
}

const struct element_class click_class_IPAddrRewriter = {
    REWRITER_CLASS(IPAddrRewriter, struct rewriter, params),
    .configure = configure,
    .initialize = rewriter_initialize,
    .push = push,
};

const struct element_class click_class_IPAddrPairRewriter = {
    REWRITER_CLASS(IPAddrPairRewriter, struct rewriter, params),
    .configure = pair_configure,
    .initialize = rewriter_initialize,
    .push = pair_push,
};
