/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_transport.c: which packets have good TCP, UDP, ICMP or ARP headers.
 *
 * =c
 * CheckTCPHeader([KEYWORDS])
 * =s tcp
 * checks the TCP header
 * =d
 * Packets, whose IP header must be marked, leave by output 0 if they are TCP
 * and header length and checksum are right; else by output 1, or are dropped if
 * there is none, and the first one is reported. A checksum that a device has
 * verified, or that is not yet computed, is right. Keyword arguments:
 *
 *   VERBOSE  report every bad packet; false
 *   DETAILS  count them by reason; false
 *
 * =h drops read-only
 * how many packets were bad
 * =h drop_details read-only
 * the same by reason, if DETAILS is true
 * =a CheckIPHeader, CheckUDPHeader, CheckICMPHeader, SetTCPChecksum
 *
 * =c
 * CheckUDPHeader([KEYWORDS])
 * =s udp
 * checks the UDP header
 * =d
 * As CheckTCPHeader, for UDP's length and checksum; a packet without a checksum
 * (0) is good.
 * =h drops read-only
 * how many packets were bad
 * =h drop_details read-only
 * the same by reason, if DETAILS is true
 * =a CheckIPHeader, CheckTCPHeader, CheckICMPHeader, SetUDPChecksum
 *
 * =c
 * CheckICMPHeader([KEYWORDS])
 * =s icmp
 * checks the ICMP header
 * =d
 * As CheckTCPHeader, for ICMP's length and checksum.
 * =h drops read-only
 * how many packets were bad
 * =h drop_details read-only
 * the same by reason, if DETAILS is true
 * =a CheckIPHeader, CheckTCPHeader, CheckUDPHeader
 *
 * =c
 * CheckARPHeader([OFFSET, KEYWORDS])
 * =s arp
 * checks the ARP header
 * =d
 * Packets leave by output 0 if byte OFFSET (0, if not given) begins an ARP
 * header and all addresses that it speaks of are there; the network header
 * annotation is set to it. Else by output 1, or they are dropped if there is
 * none, and the first one is reported. Keyword arguments VERBOSE and DETAILS as
 * those of CheckTCPHeader.
 * =h drops read-only
 * how many packets were bad
 * =h drop_details read-only
 * the same by reason, if DETAILS is true
 * =a ARPPrint, ARPQuerier, ARPResponder
 *
 * Relies on lib/click/checksum.h.
 */
#include "lib/click/checksum.h"
#include "lib/click/elements/drops.h"

enum { WRONG_PROTOCOL, BAD_LENGTH, BAD_CHECKSUM };

static const char *const tcp_reasons[] = {"not TCP", "bad packet length",
                                          "bad TCP checksum"};
static const char *const udp_reasons[] = {"not UDP", "bad packet length",
                                          "bad UDP checksum"};
static const char *const icmp_reasons[] = {"not ICMP", "bad packet length",
                                           "bad ICMP checksum"};

/* Nobody computed it, or somebody has checked it. */
static bool is_vouched_for(const struct packet *packet)
{
    return packet->flags & (PACKET_CSUM_BLANK | PACKET_CSUM_VALID) ||
           packet->gso_type != PACKET_GSO_NONE;
}

static struct packet *tcp_simple(struct element *element, struct packet *packet)
{
    struct drops *drops = &((struct drops_element *)element)->drops;
    const struct ip_header *ip = ip_of(packet);
    const struct tcp_header *tcp;
    int length;

    if (!ip || ip->protocol != PROTOCOL_TCP)
        return drops_add(drops, element, WRONG_PROTOCOL, packet);
    tcp = transport_pull_up(packet, sizeof(*tcp));
    ip = ip_of(packet);
    length = ip ? transport_length(packet, ip) : -1;
    if (!tcp || length < (int)sizeof(*tcp) ||
        tcp_header_length(tcp) < sizeof(*tcp) ||
        (int)tcp_header_length(tcp) > length)
        return drops_add(drops, element, BAD_LENGTH, packet);
    if (!is_vouched_for(packet) &&
        transport_sum(packet, ip, PROTOCOL_TCP, (size_t)length) != 0xffff)
        return drops_add(drops, element, BAD_CHECKSUM, packet);
    return packet;
}

static struct packet *udp_simple(struct element *element, struct packet *packet)
{
    struct drops *drops = &((struct drops_element *)element)->drops;
    const struct ip_header *ip = ip_of(packet);
    const struct udp_header *udp;
    int length;

    if (!ip || ip->protocol != PROTOCOL_UDP)
        return drops_add(drops, element, WRONG_PROTOCOL, packet);
    udp = transport_pull_up(packet, sizeof(*udp));
    ip = ip_of(packet);
    length = ip ? transport_length(packet, ip) : -1;
    if (!udp || ntohs(udp->length) < sizeof(*udp) ||
        ntohs(udp->length) > length)
        return drops_add(drops, element, BAD_LENGTH, packet);
    if (udp->checksum != 0 && !is_vouched_for(packet) &&
        transport_sum(packet, ip, PROTOCOL_UDP, ntohs(udp->length)) != 0xffff)
        return drops_add(drops, element, BAD_CHECKSUM, packet);
    return packet;
}

/* The shortest message of a type. */
static int icmp_least(uint8_t type)
{
    switch (type) {
    case ICMP_TIMESTAMP:
    case ICMP_TIMESTAMP_REPLY:
        return 20;
    case 17: /* address mask request, reply */
    case 18:
        return 12;
    default:
        return sizeof(struct icmp_header);
    }
}

static struct packet *icmp_simple(struct element *element,
                                  struct packet *packet)
{
    struct drops *drops = &((struct drops_element *)element)->drops;
    const struct ip_header *ip = ip_of(packet);
    const struct icmp_header *icmp;
    uint64_t pseudo;
    int length;

    if (!ip || ip->protocol != PROTOCOL_ICMP)
        return drops_add(drops, element, WRONG_PROTOCOL, packet);
    icmp = transport_pull_up(packet, sizeof(*icmp));
    ip = ip_of(packet);
    length = ip ? transport_length(packet, ip) : -1;
    if (!icmp || length < icmp_least(icmp->type))
        return drops_add(drops, element, BAD_LENGTH, packet);
    /* ICMP has no pseudo header: take it out of the sum again. */
    pseudo = pseudo_header_sum(ip, PROTOCOL_ICMP, (size_t)length);
    if (checksum_fold(
            (uint64_t)transport_sum(packet, ip, PROTOCOL_ICMP, (size_t)length) +
            (uint16_t)~checksum_fold(pseudo)) != 0xffff)
        return drops_add(drops, element, BAD_CHECKSUM, packet);
    return packet;
}

/* ---- ARP ------------------------------------------------------------------
 */

static const char *const arp_reasons[] = {"no ARP header", "bad packet length",
                                          "bad hardware type",
                                          "bad protocol type"};

struct check_arp {
    struct drops_element base;
    uint16_t offset;
};

static struct packet *arp_simple(struct element *element, struct packet *packet)
{
    struct check_arp *self = (struct check_arp *)element;
    struct drops *drops = &self->base.drops;
    unsigned int fixed = (unsigned int)offsetof(struct arp_header, sender_mac);
    unsigned int reason, length, offset = self->offset;
    const struct arp_header *arp;

    if (!click_pull_up(packet, offset + fixed))
        return drops_add(drops, element, 0, packet);
    arp = (const struct arp_header *)(packet->data + offset);
    length = 2u * (arp->hardware_length + arp->protocol_length);
    reason = packet->total < offset + fixed + length                  ? 1
             : arp->hardware != htons(1) || arp->hardware_length != 6 ? 2
             : arp->protocol != htons(ETHER_IP) || arp->protocol_length != 4
                 ? 3
                 : 0;
    if (reason || !click_pull_up(packet, offset + fixed + length))
        return drops_add(drops, element, reason ? reason : 1, packet);
    click_set_network_header(packet, (int)offset, (int)(fixed + length));
    return packet;
}

static void arp_defaults(struct element *element)
{
    struct drops *drops = &((struct drops_element *)element)->drops;

    drops->what = "ARP header";
    drops->reasons = arp_reasons;
    drops->count = ARRAY_SIZE(arp_reasons);
}

static int arp_configure(struct element *element, struct click_args *args)
{
    return ((struct check_arp *)element)->offset <= INT16_MAX - 1100
               ? 0
               : click_args_error(args, "OFFSET: too large");
}

static const struct click_param arp_params[] = {
    CLICK_PARAM("OFFSET", struct check_arp, offset, u16, CLICK_POSITIONAL),
    CLICK_PARAM("VERBOSE", struct check_arp, base.drops.verbose, bool, 0),
    CLICK_PARAM("DETAILS", struct check_arp, base.drops.details, bool, 0),
    {0},
};

const struct element_class click_class_CheckARPHeader = {
    .name = "CheckARPHeader",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct check_arp),
    .params = arp_params,
    .defaults = arp_defaults,
    .configure = arp_configure,
    .initialize = drops_initialize,
    .take_state = drops_take_state,
    .simple = arp_simple,
    .handlers = drops_handlers,
};

/* ---- TCP, UDP and ICMP ----------------------------------------------------
 */

static void tcp_defaults(struct element *element)
{
    struct drops *drops = &((struct drops_element *)element)->drops;

    drops->what = "TCP header";
    drops->reasons = tcp_reasons;
    drops->count = ARRAY_SIZE(tcp_reasons);
}

static void udp_defaults(struct element *element)
{
    tcp_defaults(element);
    ((struct drops_element *)element)->drops.what = "UDP header";
    ((struct drops_element *)element)->drops.reasons = udp_reasons;
}

static void icmp_defaults(struct element *element)
{
    tcp_defaults(element);
    ((struct drops_element *)element)->drops.what = "ICMP header";
    ((struct drops_element *)element)->drops.reasons = icmp_reasons;
}

static const struct click_param params[] = {
    CLICK_PARAM("VERBOSE", struct drops_element, drops.verbose, bool, 0),
    CLICK_PARAM("DETAILS", struct drops_element, drops.details, bool, 0),
    {0},
};

const struct element_class click_class_CheckTCPHeader = {
    .name = "CheckTCPHeader",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct drops_element),
    .params = params,
    .defaults = tcp_defaults,
    .initialize = drops_initialize,
    .take_state = drops_take_state,
    .simple = tcp_simple,
    .handlers = drops_handlers,
};

const struct element_class click_class_CheckUDPHeader = {
    .name = "CheckUDPHeader",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct drops_element),
    .params = params,
    .defaults = udp_defaults,
    .initialize = drops_initialize,
    .take_state = drops_take_state,
    .simple = udp_simple,
    .handlers = drops_handlers,
};

const struct element_class click_class_CheckICMPHeader = {
    .name = "CheckICMPHeader",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct drops_element),
    .params = params,
    .defaults = icmp_defaults,
    .initialize = drops_initialize,
    .take_state = drops_take_state,
    .simple = icmp_simple,
    .handlers = drops_handlers,
};
