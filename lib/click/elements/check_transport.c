/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_transport.c: which packets have good TCP, UDP or ICMP headers.
 *
 * =c
 * CheckTCPHeader([VERBOSE, DETAILS])
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
 * CheckUDPHeader([VERBOSE, DETAILS])
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
 * CheckICMPHeader([VERBOSE, DETAILS])
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
