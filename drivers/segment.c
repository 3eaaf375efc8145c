/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment.c: large TCP segments, cut into packets that fit on a wire.
 *
 * A sender of the same machine hands over up to 64 KiB of a connection at once,
 * with one set of headers, and says how much of it a packet may carry: whoever
 * puts them on a wire cuts them (coracle/packet.h). A card does that by itself,
 * and a backend by its kernel; but neither can if the segment is behind headers
 * that it does not look behind, a tunnel's say. Then it is done here.
 *
 * One packet is cut off at a time, from the front, and what is left is a large
 * segment again, with its headers in front and in the same structure:
 *
 *     [headers|payload 1 payload 2 payload 3]      seq 1000, FIN
 *     [headers|payload 1] [headers|payload 2 payload 3]
 *         seq 1000                 seq 2448, FIN
 *
 * So nobody has to hold many packets, however small they are to become, and who
 * has room for some only stops in between. Each has the headers of the first,
 * but for lengths, IPv4's identification (one more each), sequence numbers and
 * checksums; FIN and PSH are what the end of the payload says, and so the last
 * one's; "congestion window reduced" is said once, by the first (RFC 3168).
 *
 * The payload is copied. Pure logic; a packet has one owner, no locks. Left
 * out: UDP, tunnels inside.
 */
#include "coracle/checksum.h"
#include "coracle/errno.h"
#include "coracle/packet.h"
#include "drivers/transport.h"
#include "lib/string.h"

/* Of the TCP header. */
#define TCP_SEQUENCE 4
#define TCP_OFFSET   12
#define TCP_FLAGS    13
#define TCP_CHECKSUM 16
#define TCP_FIN      0x01
#define TCP_PSH      0x08
#define TCP_CWR      0x80

/* What the headers of a large segment are; all numbers are bytes. */
struct headers {
    size_t ip;
    struct transport tcp;
    size_t length; /* of all of them: where the payload begins */
};

/* They are then in the first piece. */
static int find_headers(struct packet *large, struct headers *headers)
{
    uint8_t bytes[HEADERS_MAX];
    size_t count = large->total < HEADERS_MAX ? large->total : HEADERS_MAX;
    struct transport *tcp = &headers->tcp;
    int error = -K_EPROTO;

    if (packet_read(large, 0, bytes, count))
        error = transport_find(bytes, count, headers->ip, tcp);
    if (error)
        return error;
    if (tcp->protocol != PROTOCOL_TCP || tcp->offset + 20 > count ||
        large->gso_size == 0 ||
        tcp->version != (large->gso_type == PACKET_GSO_TCPV4 ? 4 : 6))
        return -K_EPROTO;
    headers->length = tcp->offset + (bytes[tcp->offset + TCP_OFFSET] >> 4) * 4u;
    if (headers->length < tcp->offset + 20 || headers->length > count ||
        headers->length > tcp->end || tcp->end > large->total)
        return -K_EPROTO;
    return packet_pull_up(large, headers->length);
}

/* Say in the IP header that the packet ends at byte `end`. */
static void set_length(uint8_t *bytes, const struct headers *headers,
                       size_t end)
{
    uint8_t *ip = bytes + headers->ip;

    if (headers->tcp.version == 4)
        store16(ip + 2, (unsigned int)(end - headers->ip));
    else
        store16(ip + 4, (unsigned int)(end - headers->ip - 40));
}

/* A packet as it shall be but for its length and checksums. */
static void complete(struct packet *packet, const struct headers *headers)
{
    uint8_t *ip = packet->data + headers->ip;
    size_t at = headers->tcp.offset;
    size_t addresses = headers->tcp.version == 4 ? 12 : 8;
    size_t length = packet->total - at;
    uint8_t *field = packet->data + at + TCP_CHECKSUM;
    uint8_t pseudo[4] = {0, PROTOCOL_TCP, (uint8_t)(length >> 8),
                         (uint8_t)length};
    uint16_t sum;

    set_length(packet->data, headers, packet->total);
    if (headers->tcp.version == 4) {
        memset(ip + 10, 0, 2);
        sum = (uint16_t)~checksum_fold(checksum_add(0, ip, at - headers->ip));
        memcpy(ip + 10, &sum, sizeof(sum));
    }
    memset(field, 0, sizeof(sum));
    sum = checksum_packet(packet, at, length);
    sum = (uint16_t)~checksum_fold(
        sum + (uint64_t)checksum_fold(checksum_add(0, pseudo, 4)) +
        checksum_fold(checksum_add(0, ip + addresses,
                                   headers->tcp.version == 4 ? 8 : 32)));
    memcpy(field, &sum, sizeof(sum));
    packet->gso_type = PACKET_GSO_NONE;
    packet->gso_size = 0;
    packet->flags &= (uint8_t)~PACKET_CSUM_BLANK;
}

/* The first packet, a copy. NULL: memory is short. */
static struct packet *copy_first(const struct packet *large, size_t total)
{
    struct packet *first = packet_alloc(total);
    size_t offset = 0;

    for (struct packet *piece = first; piece; piece = piece->more) {
        if (!packet_read(large, offset, piece->data, piece->length)) {
            packet_free(first);
            return NULL; /* not reached: there are so many */
        }
        offset += piece->length;
    }
    if (first) {
        first->flags = large->flags;
        memcpy(first->notes, large->notes, sizeof(first->notes));
    }
    return first;
}

/* Take the payload that `first` has out of `large`; its headers are then those
 * of what comes next. */
static void advance(struct packet *large, const struct packet *first,
                    const struct headers *headers)
{
    size_t length = headers->length;
    uint8_t *ip, *tcp;
    uint32_t sequence;

    packet_pull(large, first->total);
    /* Where the headers were is room for them, and more. */
    large->data -= length;
    large->length += (uint32_t)length;
    large->total += (uint32_t)length;
    memcpy(large->data, first->data, length);
    ip = large->data + headers->ip;
    tcp = large->data + headers->tcp.offset;
    if (headers->tcp.version == 4)
        store16(ip + 4, get16(ip + 4) + 1);
    memcpy(&sequence, tcp + TCP_SEQUENCE, sizeof(sequence));
    sequence = __builtin_bswap32(__builtin_bswap32(sequence) + large->gso_size);
    memcpy(tcp + TCP_SEQUENCE, &sequence, sizeof(sequence));
    tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
    set_length(large->data, headers, large->total);
}

struct packet *packet_cut_segment(struct packet **large, size_t ip)
{
    struct packet *packet = *large, *first;
    struct headers headers = {.ip = ip};

    if (find_headers(packet, &headers))
        return NULL;
    if (headers.tcp.end <= headers.length + packet->gso_size) {
        packet_trim(packet, headers.tcp.end);
        *large = NULL;
        complete(packet, &headers);
        return packet;
    }
    first = copy_first(packet, headers.length + packet->gso_size);
    if (!first)
        return NULL;
    packet_trim(packet, headers.tcp.end);
    advance(packet, first, &headers);
    first->data[headers.tcp.offset + TCP_FLAGS] &=
        (uint8_t) ~(TCP_FIN | TCP_PSH);
    complete(first, &headers);
    return first;
}
