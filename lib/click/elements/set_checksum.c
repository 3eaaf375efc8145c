/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_checksum.c: compute checksums.
 *
 * =c
 * SetIPChecksum()
 * =s ip
 * computes the IP header's checksum
 * =d
 * Computes and stores the checksum of the marked IP header. Rarely needed: what
 * changes a header updates its checksum, too.
 * =h drops read-only
 * packets without an IP header
 * =a CheckIPHeader, DecIPTTL, SetIPDSCP, IPRewriter
 *
 * =c
 * SetTCPChecksum([FIXOFF])
 * =s tcp
 * computes the TCP checksum
 * =d
 * Computes and stores the checksum of TCP packets, whose IP header must be
 * marked; packets that are too short are dropped. If FIXOFF is true, a data
 * offset that is wrong (less than a header, more than the packet) is set to the
 * length of a header without options first. A large segment is left to the
 * device that will cut it.
 * =a CheckTCPHeader, SetUDPChecksum, SetIPChecksum
 *
 * =c
 * SetUDPChecksum()
 * =s udp
 * computes the UDP checksum
 * =d
 * Computes and stores the checksum of UDP packets, whose IP header must be
 * marked. Fragments, and packets shorter than their UDP length, leave by output
 * 1; if there is none they are dropped, the first one with a warning.
 * =a CheckUDPHeader, SetTCPChecksum, SetIPChecksum
 *
 * Relies on lib/click/checksum.h.
 */
#include "lib/click/checksum.h"
#include "lib/click/element.h"

struct set_checksum {
    struct element element;
    uint64_t drops;
    bool fix_offset; /* SetTCPChecksum's */
};

static struct packet *drop(struct element *element, struct packet *packet)
{
    ((struct set_checksum *)element)->drops++;
    element_side(element, 1, packet);
    return NULL;
}

static struct packet *ip_simple(struct element *element, struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    int at = click_notes_const(packet)->network;
    unsigned int length = ip ? ip_header_length(ip) : 0;

    if (length < sizeof(*ip) || at + (int)length > (int)packet->length)
        return drop(element, packet);
    ip_set_checksum(ip, length);
    return packet;
}

static struct packet *tcp_simple(struct element *element, struct packet *packet)
{
    struct tcp_header *tcp = transport_pull_up(packet, sizeof(*tcp));
    struct ip_header *ip = ip_of(packet);
    int length = ip && tcp ? transport_length(packet, ip) : 0;

    if (length < (int)sizeof(*tcp))
        return drop(element, packet);
    if (((struct set_checksum *)element)->fix_offset &&
        (tcp_header_length(tcp) < sizeof(*tcp) ||
         (int)tcp_header_length(tcp) > length))
        tcp->offset = (uint8_t)((tcp->offset & 15) | sizeof(*tcp) / 4 << 4);
    if (packet->gso_type != PACKET_GSO_NONE)
        return packet;
    tcp->checksum = 0;
    tcp->checksum =
        (uint16_t)~transport_sum(packet, ip, PROTOCOL_TCP, (size_t)length);
    packet->flags &= (uint8_t)~PACKET_CSUM_BLANK;
    return packet;
}

static struct packet *udp_simple(struct element *element, struct packet *packet)
{
    struct set_checksum *set = (struct set_checksum *)element;
    struct udp_header *udp = transport_pull_up(packet, sizeof(*udp));
    struct ip_header *ip = ip_of(packet);
    int length = ip && udp ? transport_length(packet, ip) : 0;

    if (length < (int)sizeof(*udp) || ip_is_fragment(ip) ||
        ntohs(udp->length) > length || ntohs(udp->length) < sizeof(*udp)) {
        if (element->outputs < 2 && set->drops == 0)
            click_say(element, "%s: dropping %s", element->name,
                      length >= (int)sizeof(*udp) && ip_is_fragment(ip)
                          ? "a fragment"
                          : "a packet with a bad UDP length");
        return drop(element, packet);
    }
    udp->checksum = 0;
    udp->checksum =
        (uint16_t)~transport_sum(packet, ip, PROTOCOL_UDP, ntohs(udp->length));
    if (udp->checksum == 0)
        udp->checksum = 0xffff;
    packet->flags &= (uint8_t)~PACKET_CSUM_BLANK;
    return packet;
}

static const struct click_param no_params[] = {{0}};

static const struct click_param tcp_params[] = {
    CLICK_PARAM("FIXOFF", struct set_checksum, fix_offset, bool,
                CLICK_POSITIONAL),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("drops", struct set_checksum, drops, u64),
    {0},
};

const struct element_class click_class_SetIPChecksum = {
    .name = "SetIPChecksum",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct set_checksum),
    .params = no_params,
    .simple = ip_simple,
    .handlers = handlers,
};

const struct element_class click_class_SetTCPChecksum = {
    .name = "SetTCPChecksum",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct set_checksum),
    .params = tcp_params,
    .simple = tcp_simple,
    .handlers = handlers,
};

const struct element_class click_class_SetUDPChecksum = {
    .name = "SetUDPChecksum",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct set_checksum),
    .params = no_params,
    .simple = udp_simple,
    .handlers = handlers,
};
