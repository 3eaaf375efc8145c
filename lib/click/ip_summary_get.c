/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary_get.c: what a packet has: the value of a field.
 *
 * A packet need not be whole: captures keep the first bytes only, later
 * fragments have no ports, a header may have been stripped and lie before the
 * first byte. So nothing here casts a header's struct over the packet. fetch()
 * copies bytes or says that they are not there, and a field that is not all
 * there has no value, which dumps show as "-".
 *
 * Pure logic; no locks.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/ip_summary_fields.h"

/* Bytes of a packet from `at` on, which may be before its first one. */
static bool fetch(const struct packet *packet, int at, void *to, size_t count)
{
    if (at == CLICK_NO_HEADER || at < packet->start - packet->data)
        return false;
    if (at >= 0)
        return packet_read(packet, (size_t)at, to, count);
    if (at + (int)count > (int)packet->length)
        return false;
    memcpy(to, packet->data + at, count);
    return true;
}

/* A byte of the IP header. */
static bool ip_byte(const struct packet *packet, unsigned int at, uint8_t *byte)
{
    int header = click_notes_const(packet)->network;

    return header != CLICK_NO_HEADER &&
           fetch(packet, header + (int)at, byte, 1);
}

/* Is it a first fragment of one of these protocols (0: none)? */
static bool is_proto(const struct packet *packet, uint8_t one, uint8_t other)
{
    uint8_t fragment[2], proto;

    if (!ip_byte(packet, 9, &proto) || !ip_byte(packet, 6, fragment) ||
        !ip_byte(packet, 7, fragment + 1))
        return false;
    return (proto == one || proto == other) &&
           !((fragment[0] & 0x1f) | fragment[1]);
}

/* Where the header of `what` is; CLICK_NO_HEADER: the packet has none. */
static int header_of(enum ip_summary_what what, const struct packet *packet)
{
    const struct click_notes *notes = click_notes_const(packet);
    uint8_t type, code;
    bool there;

    switch (what) {
    case IN_IP:
        return notes->network;
    case IN_ETHER:
        return notes->mac;
    case IN_PORTS:
        there = is_proto(packet, PROTOCOL_TCP, PROTOCOL_UDP);
        break;
    case IN_TCP:
        there = is_proto(packet, PROTOCOL_TCP, PROTOCOL_TCP);
        break;
    case IN_UDP:
        there = is_proto(packet, PROTOCOL_UDP, PROTOCOL_UDP);
        break;
    default:
        there = is_proto(packet, PROTOCOL_ICMP, PROTOCOL_ICMP);
        break;
    }
    if (there && (what == IN_ICMP_ID || what == IN_ICMP_MTU)) {
        if (!fetch(packet, notes->transport, &type, 1) ||
            !fetch(packet, notes->transport + 1, &code, 1))
            return CLICK_NO_HEADER;
        there = what == IN_ICMP_ID
                    ? type == ICMP_ECHO || type == ICMP_ECHO_REPLY ||
                          (type >= ICMP_TIMESTAMP && type <= 18)
                    : type == ICMP_UNREACHABLE && code == 4;
    }
    return there ? notes->transport : CLICK_NO_HEADER;
}

static bool get_bits(const struct ip_summary_field *field,
                     const struct packet *packet,
                     struct ip_summary_value *value)
{
    int header = header_of(field->what, packet);

    if (header == CLICK_NO_HEADER ||
        !fetch(packet, header + field->at, value->bytes, field->size))
        return false;
    value->length = field->size;
    value->number = big_endian(value->bytes, field->size);
    if (field->mask)
        value->number = (value->number & field->mask) >> field->shift;
    value->number *= field->scale;
    if (field->style == STYLE_ICMP_CODE &&
        !fetch(packet, header, &value->icmp_type, 1))
        return false;
    return true;
}

/* How long the IP packet says it is; without one, how long it was. */
static uint32_t ip_length(const struct packet *packet, bool extra)
{
    uint8_t high, low;

    if (ip_byte(packet, 2, &high) && ip_byte(packet, 3, &low))
        return (uint32_t)high << 8 | low;
    return packet->total +
           (extra ? click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH) : 0);
}

/* How long headers are: IP's, and TCP's or UDP's. */
static uint32_t headers_length(const struct packet *packet)
{
    int transport = click_notes_const(packet)->transport;
    uint8_t byte;
    uint32_t length;

    if (!ip_byte(packet, 0, &byte))
        return 0;
    length = (byte & 15u) * 4;
    if (is_proto(packet, PROTOCOL_UDP, PROTOCOL_UDP))
        return length + (uint32_t)sizeof(struct udp_header);
    if (is_proto(packet, PROTOCOL_TCP, PROTOCOL_TCP) &&
        fetch(packet, transport + 12, &byte, 1))
        return length + (byte >> 4) * 4u;
    return length;
}

static bool get_payload(const struct ip_summary_field *field,
                        const struct packet *packet,
                        struct ip_summary_value *value)
{
    const struct click_notes *notes = click_notes_const(packet);
    bool is_ip = notes->network != CLICK_NO_HEADER;
    uint32_t headers = headers_length(packet);
    int64_t at = is_ip ? notes->network + (int64_t)headers : 0;
    int64_t end = packet->total;

    if (is_ip && notes->network + (int64_t)ip_length(packet, false) < end)
        end = notes->network + (int64_t)ip_length(packet, false);
    if (at < 0 || at > end)
        return false;
    value->length = (size_t)(end - at);
    value->payload = malloc(value->length + 1);
    if (!value->payload ||
        !packet_read(packet, (size_t)at, value->payload, value->length)) {
        free(value->payload);
        value->payload = NULL;
        return false;
    }
    if (field->style != STYLE_PAYLOAD) {
        md5((const uint8_t *)value->payload, value->length, value->bytes);
        free(value->payload);
        value->payload = NULL;
        value->length = 16;
    }
    return true;
}

static bool get_options(const struct ip_summary_field *field,
                        const struct packet *packet,
                        struct ip_summary_value *value)
{
    const struct click_notes *notes = click_notes_const(packet);
    int header =
        field->what == OPTIONS_OF_IP ? notes->network : notes->transport;
    uint32_t length = 0;
    uint8_t byte;

    if (field->what == OPTIONS_OF_IP) {
        if (ip_byte(packet, 0, &byte))
            length = (byte & 15u) * 4;
    } else if (is_proto(packet, PROTOCOL_TCP, PROTOCOL_TCP) &&
               fetch(packet, header + 12, &byte, 1)) {
        length = (byte >> 4) * 4u;
    }
    if (length < 20)
        return false;
    value->length = length - 20;
    return value->length == 0 ||
           fetch(packet, header + 20, value->bytes, value->length);
}

static bool get_payload_length(const struct packet *packet, bool extra,
                               uint64_t *number)
{
    uint32_t all = ip_length(packet, extra), headers = headers_length(packet);

    *number = all > headers ? all - headers : 0;
    return true;
}

static bool get_captured(const struct packet *packet, uint64_t *number)
{
    int at = click_notes_const(packet)->network;
    int64_t there = (int64_t)packet->total - (at == CLICK_NO_HEADER ? 0 : at);
    uint32_t length = ip_length(packet, false);

    *number = there < 0 ? 0 : there < length ? (uint64_t)there : length;
    return true;
}

bool ip_summary_get(const struct ip_summary_field *field,
                    const struct packet *packet, bool extra_length,
                    struct ip_summary_value *value)
{
    int64_t time = click_notes_const(packet)->time;
    uint32_t extra =
        extra_length ? click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH) : 0;

    memset(value, 0, sizeof(*value));
    switch ((enum ip_summary_what)field->what) {
    case TIME:
        value->number = (uint64_t)time;
        return true;
    case TIME_SECONDS:
        value->number = (uint64_t)(time / SECOND);
        return true;
    case TIME_MICRO:
        value->number = (uint64_t)(time % SECOND / 1000);
        return true;
    case TIME_ALL_MICRO:
        value->number = (uint64_t)(time / 1000);
        return true;
    case FIRST_TIME:
        memcpy(&value->number,
               click_notes_const(packet)->user + CLICK_ANNO_FIRST_TIME, 8);
        return true;
    case IP_LENGTH:
        value->number = ip_length(packet, extra_length);
        return true;
    case OPTIONS_OF_IP:
    case OPTIONS_OF_TCP:
        return get_options(field, packet, value);
    case PAYLOAD:
        return get_payload(field, packet, value);
    case PAYLOAD_LENGTH:
        return get_payload_length(packet, extra_length, &value->number);
    case CAPTURED:
        return get_captured(packet, &value->number);
    case COUNT:
        value->number = 1ull + click_anno_u32(packet, CLICK_ANNO_EXTRA_PACKETS);
        return true;
    case PAINT:
        value->number = click_anno_u8(packet, CLICK_ANNO_PAINT);
        return true;
    case AGGREGATE:
        value->number = click_anno_u32(packet, CLICK_ANNO_AGGREGATE);
        return true;
    case WIRE_LENGTH:
        value->number = packet->total + extra;
        return true;
    default:
        return get_bits(field, packet, value);
    }
}
