/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary_make.c: from values to a packet.
 *
 * A line of a dump says some things of a packet and is silent about the rest.
 * Its values are gathered in a description first (struct ip_summary: the three
 * headers, with room for all options), in whatever order the fields have. Only
 * when all are known can the packet be made: how long a header is depends on
 * its options, and UDP's length on IP's.
 *
 * What the line does not say has a plain default (a header without options, TTL
 * 100, zeros), and what the packet lacks of its IP length is either zeros, with
 * right checksums, or noted as missing.
 *
 * Pure logic; no locks.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/ip_summary_fields.h"

void ip_summary_begin(struct ip_summary *summary)
{
    memset(summary, 0, sizeof(*summary));
    summary->notes.mac = summary->notes.network = summary->notes.transport =
        CLICK_NO_HEADER;
    summary->ip[0] = 0x45;
    summary->ip[8] = 100;
    summary->transport[12] = 0x50;
}

static void set_bits(const struct ip_summary_field *field,
                     const struct ip_summary_value *value, uint8_t *header)
{
    uint64_t bits = value->number / field->scale << field->shift;
    uint64_t mask = field->mask ? field->mask : ~0ull;

    if (field->style == STYLE_ADDRESS || field->style == STYLE_ETHER) {
        memcpy(header + field->at, value->bytes, field->size);
        return;
    }
    for (unsigned int i = 0; i < field->size; i++) {
        unsigned int shift = 8 * (field->size - 1u - i);
        uint8_t *byte = header + field->at + i;

        *byte = (uint8_t)((*byte & ~(mask >> shift)) |
                          (bits >> shift & mask >> shift));
    }
}

static void set_note32(struct ip_summary *summary, unsigned int at,
                       uint64_t number)
{
    uint32_t value = (uint32_t)number;

    memcpy(summary->notes.user + at, &value, sizeof(value));
}

static void set_payload(struct ip_summary *summary,
                        struct ip_summary_value *value)
{
    free(summary->payload);
    summary->payload = value->payload;
    summary->payload_size = value->length;
    value->payload = NULL;
}

static void set_header(const struct ip_summary_field *field,
                       const struct ip_summary_value *value,
                       struct ip_summary *summary)
{
    if (field->what == IN_ETHER) {
        set_bits(field, value, summary->ether);
        summary->has_ether = true;
    } else if (field->what == IN_IP) {
        set_bits(field, value, summary->ip);
        summary->has_protocol |= field->at == 9;
        summary->has_header_length |= field->at == 0;
    } else {
        set_bits(field, value, summary->transport);
        summary->has_transport = true;
        summary->has_offset |=
            field->what == IN_TCP && field->at == 12 && field->size == 1;
    }
}

void ip_summary_set(const struct ip_summary_field *field,
                    struct ip_summary_value *value, struct ip_summary *summary)
{
    int64_t *time = &summary->notes.time;

    switch ((enum ip_summary_what)field->what) {
    case TIME:
        *time = (int64_t)value->number;
        break;
    case TIME_SECONDS:
        *time = (int64_t)value->number * SECOND + *time % SECOND;
        break;
    case TIME_MICRO:
        *time =
            *time / SECOND * SECOND + (int64_t)(uint32_t)value->number * 1000;
        break;
    case TIME_ALL_MICRO:
        *time = (int64_t)(value->number * 1000);
        break;
    case FIRST_TIME:
        memcpy(summary->notes.user + CLICK_ANNO_FIRST_TIME, &value->number, 8);
        break;
    case IP_LENGTH:
        summary->ip_length = (uint32_t)value->number;
        summary->has_ip_length = true;
        break;
    case PAYLOAD_LENGTH:
        summary->payload_length = (uint32_t)value->number;
        summary->has_payload_length = true;
        break;
    case OPTIONS_OF_IP:
        memcpy(summary->ip + 20, value->bytes, 40);
        summary->ip_options = (unsigned int)value->length;
        break;
    case OPTIONS_OF_TCP:
        memcpy(summary->transport + 20, value->bytes, 40);
        summary->tcp_options = (unsigned int)value->length;
        summary->has_transport = true;
        break;
    case PAYLOAD:
        if (field->style == STYLE_PAYLOAD)
            set_payload(summary, value);
        break;
    case COUNT:
        set_note32(summary, CLICK_ANNO_EXTRA_PACKETS,
                   value->number ? value->number - 1 : 0);
        break;
    case PAINT:
        summary->notes.user[CLICK_ANNO_PAINT] = (uint8_t)value->number;
        break;
    case AGGREGATE:
        set_note32(summary, CLICK_ANNO_AGGREGATE, value->number);
        break;
    case CAPTURED:
    case WIRE_LENGTH:
        break; /* a packet that is made has what it has */
    default:
        set_header(field, value, summary);
        break;
    }
}

/* Settle the lengths of the headers. */
static void settle_headers(struct ip_summary *summary, unsigned int *ip,
                           unsigned int *transport)
{
    uint8_t *header = summary->ip, *tcp = summary->transport;
    bool later =
        ((unsigned)header[6] << 8 | header[7]) & IP_OFFSET_MASK ? true : false;

    *ip = summary->has_header_length ? (header[0] & 15u) * 4 : 20;
    if (*ip < 20 + summary->ip_options)
        *ip = 20 + summary->ip_options;
    header[0] = (uint8_t)(0x40 | *ip / 4);
    *transport = 0;
    if (later)
        return;
    if (header[9] == PROTOCOL_TCP) {
        *transport = summary->has_offset ? (tcp[12] >> 4) * 4u : 20;
        if (*transport < 20 + summary->tcp_options)
            *transport = 20 + summary->tcp_options;
        tcp[12] = (uint8_t)((tcp[12] & 15) | *transport / 4 << 4);
    } else if (header[9] == PROTOCOL_UDP || header[9] == PROTOCOL_ICMP) {
        *transport = 8;
    }
}

static void put_checksums(struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    int length = transport_length(packet, ip);
    struct tcp_header *tcp;
    struct udp_header *udp;
    struct icmp_header *icmp;

    ip_set_checksum(ip, ip_header_length(ip));
    if (ip_is_fragment(ip))
        return;
    if (ip->protocol == PROTOCOL_TCP && length >= (int)sizeof(*tcp) &&
        (tcp = transport_of(packet, sizeof(*tcp))) != NULL) {
        tcp->checksum = 0;
        tcp->checksum =
            (uint16_t)~transport_sum(packet, ip, PROTOCOL_TCP, (size_t)length);
    } else if (ip->protocol == PROTOCOL_UDP && length >= (int)sizeof(*udp) &&
               (udp = transport_of(packet, sizeof(*udp))) != NULL &&
               ntohs(udp->length) >= sizeof(*udp) &&
               ntohs(udp->length) <= length) {
        udp->checksum = 0;
        udp->checksum = (uint16_t)~transport_sum(packet, ip, PROTOCOL_UDP,
                                                 ntohs(udp->length));
        if (udp->checksum == 0)
            udp->checksum = 0xffff;
    } else if (ip->protocol == PROTOCOL_ICMP && length >= (int)sizeof(*icmp) &&
               (icmp = transport_of(packet, sizeof(*icmp))) != NULL) {
        icmp->checksum = 0;
        icmp->checksum = (uint16_t)~checksum_packet(
            packet, (size_t)click_notes(packet)->transport, (size_t)length);
    }
}

/* Bytes into a packet in pieces; `bytes` NULL: zeros. */
static void put_bytes(struct packet *packet, size_t at, const void *bytes,
                      size_t count)
{
    const uint8_t *from = bytes;

    for (; packet && count > 0; packet = packet->more) {
        size_t some;

        if (at >= packet->length) {
            at -= packet->length;
            continue;
        }
        some = packet->length - at < count ? packet->length - at : count;
        if (from)
            memcpy(packet->data + at, from, some);
        else
            memset(packet->data + at, 0, some);
        from = from ? from + some : NULL;
        count -= some;
        at = 0;
    }
}

/* The headers and the payload, and where they are. `ip` and `transport` are
 * the headers' lengths. */
static void fill(struct packet *packet, const struct ip_summary *summary,
                 unsigned int ip, unsigned int transport)
{
    unsigned int ether = summary->has_ether ? 14 : 0;

    memcpy(packet->notes, &summary->notes, sizeof(summary->notes));
    put_bytes(packet, 0, NULL, packet->total);
    put_bytes(packet, 0, summary->ether, ether);
    put_bytes(packet, ether, summary->ip, ip);
    put_bytes(packet, ether + ip, summary->transport, transport);
    if (summary->payload)
        put_bytes(packet, ether + ip + transport, summary->payload,
                  summary->payload_size);
    click_strip(packet, ether);
    if (ether)
        click_set_mac_header(packet, -14);
    click_set_network_header(packet, 0, (int)ip);
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip_of(packet)->to);
}

struct packet *ip_summary_packet(struct ip_summary *summary, bool complete)
{
    unsigned int ip, transport, length, there;
    struct packet *packet;

    settle_headers(summary, &ip, &transport);
    length = there = ip + transport + (unsigned int)summary->payload_size;
    if (summary->has_payload_length)
        length = ip + transport + summary->payload_length;
    if (summary->has_ip_length)
        length = summary->ip_length;
    if (there > length && length >= ip && summary->payload_size == 0)
        there = length; /* a shorter packet was meant */
    if (length > 65535)
        length = 65535;
    if (there > 65535)
        there = 65535;
    if (complete && there < length)
        there = length;
    packet =
        click_packet(PACKET_HEADROOM, (summary->has_ether ? 14 : 0) + there);
    if (packet) {
        summary->ip[2] = (uint8_t)(length >> 8);
        summary->ip[3] = (uint8_t)length;
        if (summary->ip[9] == PROTOCOL_UDP && transport &&
            !(summary->transport[4] | summary->transport[5])) {
            summary->transport[4] = (uint8_t)((length - ip) >> 8);
            summary->transport[5] = (uint8_t)(length - ip);
        }
        summary->ether[12] = 0x08;
        fill(packet, summary, ip, transport);
        if (length > there)
            click_anno_set_u32(packet, CLICK_ANNO_EXTRA_LENGTH, length - there);
        if (complete)
            put_checksums(packet);
    }
    free(summary->payload);
    summary->payload = NULL;
    return packet;
}
