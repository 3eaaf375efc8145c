/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notes.h: what elements remember about a packet besides its bytes, Click's
 * "annotations", kept in the packet's notes.
 *
 * `user` has Click's layout (its manual names the offsets: Paint(1, 16)), so
 * that a configuration may name an annotation by name or by number. The headers
 * are where they lie seen from the packet's first byte: negative once they were
 * stripped. They move along when bytes are stripped or added in front, which is
 * why elements call click_strip() and click_push_bytes(), not packet_pull() and
 * packet_push().
 *
 * Who sets a header (CheckIPHeader, MarkIPHeader, ...) has it contiguous in the
 * first piece, options included, and elements behind may rely on that: reading
 * more (a payload) goes by packet_read() or after packet_pull_up().
 */
#ifndef CORACLE_CLICK_NOTES_H
#define CORACLE_CLICK_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "coracle/packet.h"

#define CLICK_NO_HEADER INT16_MIN

/* Where packets were going when they came. */
enum click_packet_type {
    CLICK_HOST, /* to us */
    CLICK_BROADCAST,
    CLICK_MULTICAST,
    CLICK_OTHERHOST,
    CLICK_OUTGOING,
    CLICK_LOOPBACK,
};

struct click_notes {
    uint8_t user[48];                /* CLICK_ANNO_... */
    int64_t time;                    /* timestamp, ns since 1970; 0: none */
    int16_t mac, network, transport; /* headers, or CLICK_NO_HEADER */
    uint8_t type;                    /* enum click_packet_type */
    uint8_t device;                  /* interface's index plus 1; 0: none */
} __attribute__((may_alias));

_Static_assert(sizeof(struct click_notes) ==
                   sizeof(((struct packet *)0)->notes),
               "annotations fill a packet's notes");

/* Offsets in `user`, and sizes in bytes. */
#define CLICK_ANNO_DST_IP        0  /* 4, network byte order */
#define CLICK_ANNO_PAINT         16 /* 1 */
#define CLICK_ANNO_ICMP_PARAM    17 /* 1 */
#define CLICK_ANNO_FIX_IP_SRC    18 /* 1 */
#define CLICK_ANNO_VLAN_TCI      18 /* 2, network byte order */
#define CLICK_ANNO_AGGREGATE     20 /* 4 */
#define CLICK_ANNO_FWD_RATE      24 /* 4 */
#define CLICK_ANNO_REV_RATE      28 /* 4 */
#define CLICK_ANNO_EXTRA_PACKETS 24 /* 4 */
#define CLICK_ANNO_EXTRA_LENGTH  28 /* 4 */
#define CLICK_ANNO_FIRST_TIME    32 /* 8, as `time` */
#define CLICK_ANNO_REWRITER      40 /* 1 */

static inline struct click_notes *click_notes(struct packet *packet)
{
    return (struct click_notes *)packet->notes;
}

static inline const struct click_notes *
click_notes_const(const struct packet *packet)
{
    return (const struct click_notes *)packet->notes;
}

/* As a new packet has them: zero, no headers. */
static inline void click_notes_clear(struct packet *packet)
{
    struct click_notes *notes = click_notes(packet);

    memset(notes, 0, sizeof(*notes));
    notes->mac = notes->network = notes->transport = CLICK_NO_HEADER;
}

/* A 1, 2 or 4-byte annotation as a number, in memory's own byte order. */
static inline uint32_t click_anno_u32(const struct packet *packet,
                                      unsigned int offset)
{
    uint32_t value;

    memcpy(&value, click_notes_const(packet)->user + offset, sizeof(value));
    return value;
}

static inline void click_anno_set_u32(struct packet *packet,
                                      unsigned int offset, uint32_t value)
{
    memcpy(click_notes(packet)->user + offset, &value, sizeof(value));
}

static inline uint8_t click_anno_u8(const struct packet *packet,
                                    unsigned int offset)
{
    return click_notes_const(packet)->user[offset];
}

static inline void click_anno_set_u8(struct packet *packet, unsigned int offset,
                                     uint8_t value)
{
    click_notes(packet)->user[offset] = value;
}

/* ---- Headers --------------------------------------------------------------
 */

static inline bool click_has_network(const struct packet *packet)
{
    return click_notes_const(packet)->network != CLICK_NO_HEADER;
}

/* NULL if the header was not set. */
static inline void *click_mac_header(const struct packet *packet)
{
    int16_t at = click_notes_const(packet)->mac;

    return at == CLICK_NO_HEADER ? NULL : packet->data + at;
}

static inline void *click_network_header(const struct packet *packet)
{
    int16_t at = click_notes_const(packet)->network;

    return at == CLICK_NO_HEADER ? NULL : packet->data + at;
}

static inline void *click_transport_header(const struct packet *packet)
{
    int16_t at = click_notes_const(packet)->transport;

    return at == CLICK_NO_HEADER ? NULL : packet->data + at;
}

static inline void click_set_mac_header(struct packet *packet, int offset)
{
    click_notes(packet)->mac = (int16_t)offset;
}

/* Both; `length` is the network header's. */
static inline void click_set_network_header(struct packet *packet, int offset,
                                            int length)
{
    click_notes(packet)->network = (int16_t)offset;
    click_notes(packet)->transport = (int16_t)(offset + length);
}

/* If byte `offset` may begin an IP header: have it in the first piece, options
 * included, and set the network header. */
void mark_ip_header(struct packet *packet, unsigned int offset);

/* ---- Bytes in front -------------------------------------------------------
 *
 * Drop `count` bytes (there are so many); or have `count` more, as they were
 * if they had been dropped before: NULL and the packet freed if memory is
 * short. Headers move along, and one that is too far away is forgotten.
 */
void click_strip(struct packet *packet, unsigned int count);
MUST_CHECK void *click_push_bytes(struct packet *packet, unsigned int count);

/* packet_pull_up(), but a packet that has not so many bytes or no memory is
 * the caller's still: false. The headers stay right. */
MUST_CHECK bool click_pull_up(struct packet *packet, unsigned int count);

/* packet_alloc() of `length` bytes, `headroom` of room in front at least, and
 * clear notes. NULL if memory is short. */
MUST_CHECK struct packet *click_packet(unsigned int headroom,
                                       unsigned int length);

#endif
