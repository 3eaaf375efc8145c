/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum.c: Internet checksums, and those that packets still lack.
 *
 * A one's complement sum may be taken in words of any width, if what overflows
 * is added again at the bottom; so eight bytes are added at a time. It does not
 * depend on the byte order either, but for one thing: a piece of a packet that
 * begins at an odd byte has its sum's bytes swapped.
 *
 * Xen passes packets between domains without a checksum when nobody has asked
 * for one: they never saw a wire. Its field then has the sum of the pseudo
 * header, which is all that the sender alone knows; packet_resolve() adds the
 * rest, as a network card would. RFCs 1071, 791, 8200.
 *
 * Pure logic. Left out: checksums of SCTP, tunnels.
 */
#include "coracle/checksum.h"
#include "coracle/errno.h"
#include "coracle/packet.h"
#include "drivers/transport.h"

#define ETHERNET_HEADER 14
#define TYPE_IPV4       0x0800
#define TYPE_IPV6       0x86dd
#define TYPE_VLAN       0x8100

#define PROTOCOL_HOP_BY_HOP  0
#define PROTOCOL_ROUTING     43
#define PROTOCOL_DESTINATION 60

/* ---- Sums -----------------------------------------------------------------
 */

struct word {
    uint64_t value;
} __attribute__((packed, may_alias));

struct half_word {
    uint16_t value;
} __attribute__((packed, may_alias));

static inline uint64_t add_with_carry(uint64_t sum, uint64_t word)
{
    return sum + word + (sum + word < word);
}

uint64_t checksum_add(uint64_t sum, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;

    for (; length >= 32; at += 32, length -= 32) {
        const struct word *words = (const struct word *)at;

        sum = add_with_carry(sum, words[0].value);
        sum = add_with_carry(sum, words[1].value);
        sum = add_with_carry(sum, words[2].value);
        sum = add_with_carry(sum, words[3].value);
    }
    for (; length >= 8; at += 8, length -= 8)
        sum = add_with_carry(sum, ((const struct word *)at)->value);
    for (; length >= 2; at += 2, length -= 2)
        sum = add_with_carry(sum, ((const struct half_word *)at)->value);
    if (length)
        sum = add_with_carry(sum, *at); /* little-endian: the first byte */
    return sum;
}

uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

uint16_t checksum_packet(const struct packet *packet, size_t offset,
                         size_t length)
{
    uint64_t sum = 0;
    bool odd = false;

    for (; length > 0; packet = packet->more) {
        size_t some;
        uint16_t part;

        if (offset >= packet->length) {
            offset -= packet->length;
            continue;
        }
        some = packet->length - offset;
        if (some > length)
            some = length;
        part = checksum_fold(checksum_add(0, packet->data + offset, some));
        sum += odd ? __builtin_bswap16(part) : part;
        odd ^= some & 1;
        length -= some;
        offset = 0;
    }
    return checksum_fold(sum);
}

/* ---- Where the transport header is ----------------------------------------
 */

static int find_in_ipv4(const uint8_t *bytes, size_t count, size_t at,
                        struct transport *found)
{
    size_t header;

    if (count < at + 20)
        return -K_EPROTO;
    header = (bytes[at] & 15u) * 4u;
    /* A fragment has no checksum of its own. */
    if (header < 20 || get16(bytes + at + 6) & 0x3fff)
        return -K_EPROTO;
    found->offset = at + header;
    found->end = at + get16(bytes + at + 2);
    found->protocol = bytes[at + 9];
    return 0;
}

static int find_in_ipv6(const uint8_t *bytes, size_t count, size_t at,
                        struct transport *found)
{
    uint8_t protocol;

    if (count < at + 40)
        return -K_EPROTO;
    found->end = at + 40 + get16(bytes + at + 4);
    protocol = bytes[at + 6];
    at += 40;
    while (protocol == PROTOCOL_HOP_BY_HOP || protocol == PROTOCOL_ROUTING ||
           protocol == PROTOCOL_DESTINATION) {
        if (count < at + 8)
            return -K_EPROTO;
        protocol = bytes[at];
        at += (bytes[at + 1] + 1u) * 8u;
    }
    found->offset = at;
    found->protocol = protocol;
    return 0;
}

int transport_find(const uint8_t *bytes, size_t count, size_t at,
                   struct transport *found)
{
    if (count <= at)
        return -K_EPROTO;
    found->version = bytes[at] >> 4;
    if (found->version == 4)
        return find_in_ipv4(bytes, count, at, found);
    if (found->version == 6)
        return find_in_ipv6(bytes, count, at, found);
    return -K_EPROTO;
}

size_t packet_find_ip(const struct packet *packet)
{
    uint8_t bytes[ETHERNET_HEADER + 5];
    size_t at = ETHERNET_HEADER;
    unsigned int type;

    if (!packet_read(packet, 0, bytes, at + 1))
        return 0;
    type = get16(bytes + at - 2);
    if (type == TYPE_VLAN) {
        at += 4;
        if (!packet_read(packet, 0, bytes, at + 1))
            return 0;
        type = get16(bytes + at - 2);
    }
    return (type == TYPE_IPV4 && bytes[at] >> 4 == 4) ||
                   (type == TYPE_IPV6 && bytes[at] >> 4 == 6)
               ? at
               : 0;
}

/* ---- Filling one in -------------------------------------------------------
 */

int packet_resolve(struct packet *packet)
{
    size_t ip = packet_find_ip(packet);

    return packet_resolve_at(packet, ip ? ip : packet->total);
}

int packet_resolve_at(struct packet *packet, size_t ip)
{
    uint8_t bytes[HEADERS_MAX];
    size_t count = packet->total < HEADERS_MAX ? packet->total : HEADERS_MAX;
    struct transport transport;
    size_t field, least;
    uint16_t sum;
    int error = -K_EPROTO;

    if (packet->gso_type != PACKET_GSO_NONE)
        return -K_ENOTSUP;
    if (packet_read(packet, 0, bytes, count))
        error = transport_find(bytes, count, ip, &transport);
    if (error)
        return error;
    if (transport.protocol == PROTOCOL_TCP) {
        field = transport.offset + 16;
        least = 20;
    } else if (transport.protocol == PROTOCOL_UDP) {
        field = transport.offset + 6;
        least = 8;
    } else {
        return -K_EPROTO;
    }
    if (transport.end > packet->total ||
        transport.offset + least > transport.end)
        return -K_EPROTO;
    error = packet_pull_up(packet, field + 2);
    if (error)
        return error;
    sum = (uint16_t)~checksum_packet(packet, transport.offset,
                                     transport.end - transport.offset);
    if (sum == 0 && transport.protocol == PROTOCOL_UDP)
        sum = 0xffff; /* 0 would say that there is none */
    ((struct half_word *)(packet->data + field))->value = sum;
    packet->flags &= (uint8_t)~PACKET_CSUM_BLANK;
    return 0;
}
