/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ping_rewriter.c: pings through network address translation. An echo's
 * identifier stands where TCP has ports: it tells whose reply it is.
 *
 * =c
 * ICMPPingRewriter(INPUTSPEC1, ..., INPUTSPECn [, KEYWORDS])
 * ICMPPingRewriter(SRC, DST [, KEYWORDS])
 * =s nat
 * rewrites ICMP echo requests and replies
 * =d
 * Maps echo requests by (source, destination, identifier), and the replies to
 * them. INPUTSPECs are those of IPRewriter, where a pattern's source ports are
 * identifiers, and its destination port means nothing. 'pattern SADDR DADDR
 * [IDENT] FOUTPUT ROUTPUT' is another way to say 'pattern SADDR IDENT DADDR -
 * FOUTPUT ROUTPUT'. A pattern of IPRewriterPatterns may be used, too: its ports
 * and its identifiers are chosen apart.
 *
 * The second form is short for 'pattern SRC DST 0-65535 0 1' on input 0 (with
 * one output: 0 0) and 'drop' on input 1; and replies that nobody knows pass
 * input 0 unchanged, to where replies go.
 *
 * Keyword arguments are TIMEOUT (5 minutes), GUARANTEE, REAP_INTERVAL,
 * MAPPING_CAPACITY, DST_ANNO and REPLY_ANNO, as those of UDPRewriter.
 * =h mappings read-only
 * Two lines for each, identifiers in the place of ports.
 * =a IPRewriter, ICMPRewriter, ICMPPingResponder
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/elements/rewriter.h"
#include "lib/printf.h"

struct ping_rewriter {
    struct rewriter rewriter; /* first */
    bool short_form;
};

static const struct click_param params[] = {
    CLICK_PARAM("TIMEOUT", struct rewriter, udp_timeout, interval, 0),
    REWRITER_PARAMS,
    CLICK_REST,
};

/* ---- Arguments ------------------------------------------------------------
 */

/* Is `word` an address or a dash? */
static bool is_address(const struct element *element, const char *word)
{
    uint32_t ip;

    return strcmp(word, "-") == 0 || click_read_ip(element, word, &ip) == 0;
}

static int configure_short(struct element *element, struct click_args *args)
{
    char pattern[160], drop[] = "drop";
    char *words[2] = {pattern, drop};
    struct click_args both = *args;

    if (element->inputs > 2 || element->outputs > 2)
        return click_args_error(args, "expected 1 or 2 inputs and outputs");
    string_format(pattern, sizeof(pattern), "pattern %.60s %.60s 0-65535 0 %u",
                  args->words[0], args->words[1], element->outputs - 1);
    both.words = words;
    both.count = element->inputs;
    return rewriter_configure(element, &both, PATTERN_PING);
}

static int configure(struct element *element, struct click_args *args)
{
    struct ping_rewriter *self = (struct ping_rewriter *)element;

    self->short_form = args->count == 2 &&
                       is_address(element, args->words[0]) &&
                       is_address(element, args->words[1]);
    if (self->short_form)
        return configure_short(element, args);
    return rewriter_configure(element, args, PATTERN_PING);
}

/* ---- Packets --------------------------------------------------------------
 */

static struct icmp_header *echo_of(struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    struct icmp_header *icmp;

    if (!ip || ip->protocol != PROTOCOL_ICMP || !ip_is_first(ip))
        return NULL;
    icmp = transport_pull_up(packet, sizeof(*icmp));
    if (!icmp || (icmp->type != ICMP_ECHO && icmp->type != ICMP_ECHO_REPLY))
        return NULL;
    return icmp;
}

/* Requests have the identifier as a source port, replies as the other. */
static struct flow_id id_of(const struct ip_header *ip,
                            const struct icmp_header *icmp)
{
    struct flow_id id = {ip->from, ip->to, 0, 0, PROTOCOL_ICMP};

    if (icmp->type == ICMP_ECHO)
        id.from_port = icmp->id;
    else
        id.to_port = icmp->id;
    return id;
}

static void apply(struct rewriter *self, struct flow_side *side,
                  struct packet *packet, struct icmp_header *icmp)
{
    struct ip_header *ip = click_network_header(packet);
    struct flow_id to = flow_target(side);
    uint16_t id = icmp->type == ICMP_ECHO ? to.from_port : to.to_port;
    uint32_t delta = (uint16_t)~icmp->id + (uint32_t)id;

    icmp->checksum = checksum_grow(
        icmp->checksum, (uint16_t)((delta & 0xffff) + (delta >> 16)));
    icmp->id = id;
    rewriter_apply_addresses(self, side, packet, ip);
    rewriter_send(self, side, packet, self->udp_timeout);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct rewriter *self = (struct rewriter *)element;
    struct icmp_header *icmp = echo_of(packet);
    struct flow_side *side;
    struct flow_id id;

    if (!icmp) {
        rewriter_other(self, port, packet);
        return;
    }
    id = id_of(click_network_header(packet), icmp);
    side = flow_find(&self->table, &id);
    if (!side && icmp->type == ICMP_ECHO_REPLY) {
        /* Nobody asked: no new flow begins with an answer. */
        if (((struct ping_rewriter *)self)->short_form && port == 0)
            element_push(element, element->outputs - 1, packet);
        else
            rewriter_other(self, port, packet);
        return;
    }
    if (!side)
        side = rewriter_new_flow(self, port, &id, packet, self->udp_timeout,
                                 self->guarantee);
    if (side)
        apply(self, side, packet, icmp);
}

const struct element_class click_class_ICMPPingRewriter = {
    REWRITER_CLASS(ICMPPingRewriter, struct ping_rewriter, params),
    .configure = configure,
    .initialize = rewriter_initialize,
    .push = push,
};
