/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h: packets, as drivers, lwIP and the packet graph pass them on.
 *
 * A packet is a chain of pieces, each a struct packet; the first one stands for
 * the whole. A piece is a run of bytes, [data, data + length), inside a store
 * [start, end) in which it may grow at both ends:
 *
 *     start       data                     data + length        end
 *       | headroom | bytes of the packet      | tailroom         |
 *
 * The store is part of the piece itself (small packets), a page (what a network
 * device receives into), or somebody else's memory (packet_wrap()). All stores
 * lie in the direct map, so that a driver can lend their pages to a backend.
 *
 * What the wire needs to know goes along, so that a forwarder neither loses nor
 * recomputes it:
 *
 *   PACKET_CSUM_BLANK   the TCP or UDP checksum is not filled in; its field
 *                       holds the sum of the pseudo header. A device that can
 *                       do it will, else packet_resolve() must. It is implied
 *                       for packets with a gso_type.
 *   PACKET_CSUM_VALID   that checksum was verified, or never needs to be.
 *   gso_type, gso_size  one large TCP segment to be cut into packets with
 *                       gso_size bytes of payload each.
 *
 * Who has a packet owns it: handing it on gives it away. Any context but event
 * handlers; a packet has one owner at a time and needs no lock.
 */
#ifndef CORACLE_PACKET_H
#define CORACLE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

#define PACKET_CSUM_BLANK 1u
#define PACKET_CSUM_VALID 2u

#define PACKET_GSO_NONE  0u
#define PACKET_GSO_TCPV4 1u
#define PACKET_GSO_TCPV6 2u

/* No packet is larger than an IP packet with its Ethernet header. */
#define PACKET_MAX (65535u + 14u)

/* What packet_alloc() leaves free in front: for headers that come later. */
#define PACKET_HEADROOM 64u

#define PACKET_NOTES 8

struct packet {
    struct packet *next; /* of the owner's queue */
    struct packet *more; /* the next piece of this packet; NULL in the last */

    uint8_t *data;
    uint8_t *start, *end;
    uint32_t length; /* of this piece */

    /* Of the first piece only, for the whole packet. */
    uint32_t total; /* sum of the pieces' lengths */
    uint16_t gso_size;
    uint8_t gso_type;
    uint8_t flags;

    /* Gives this piece back, the structure too. */
    void (*release)(struct packet *piece);
    void *store; /* release's */

    /* For the owner: lwIP's pbuf, Click's annotations. */
    uint64_t notes[PACKET_NOTES];
};

/* A packet of `total` bytes (0 to PACKET_MAX), with any content, in as few
 * pieces as it needs, each at least PACKET_HEADROOM behind its start. NULL if
 * memory is short. */
MUST_CHECK struct packet *packet_alloc(size_t total);

/*
 * A packet of one piece around memory of the caller's (heap or pages), which
 * must stay as it is until `release` is called with the piece, perhaps on
 * another CPU or thread. `piece` is the caller's too (often embedded in a
 * structure of its own); every field is set.
 */
void packet_wrap(struct packet *piece, void *bytes, size_t length,
                 void (*release)(struct packet *piece));

/* Give all pieces back. NULL is allowed. */
void packet_free(struct packet *packet);

/* Append the pieces of `tail`, which stops being a packet. */
void packet_append(struct packet *packet, struct packet *tail);

/* Copy `count` bytes from byte `offset` on. False if there are not so many. */
MUST_CHECK bool packet_read(const struct packet *packet, size_t offset,
                            void *to, size_t count);

/* Have the first `count` bytes in the first piece, where they can be changed.
 * 0, -K_EMSGSIZE: there are not so many, or more than a page; -K_ENOMEM. */
MUST_CHECK int packet_pull_up(struct packet *packet, size_t count);

/*
 * Add `count` bytes (at most PAGE_SIZE - PACKET_HEADROOM) in front; NULL if
 * memory is short, else where they are, contiguous. The first piece stays the
 * same structure, so pointers to the packet stay right.
 */
MUST_CHECK void *packet_push(struct packet *packet, size_t count);

/* Drop `count` bytes in front, or all behind `total`. There must be so many. */
void packet_pull(struct packet *packet, size_t count);
void packet_trim(struct packet *packet, size_t total);

/* A copy with a store of its own, metadata and notes included. NULL if memory
 * is short. */
MUST_CHECK struct packet *packet_copy(const struct packet *packet);

/* Where the IP header of an Ethernet packet is, behind a VLAN tag perhaps; 0:
 * there is none. */
size_t packet_find_ip(const struct packet *packet);

/*
 * Compute the checksum of an Ethernet packet whose checksum is blank, and clear
 * the flag; or of a packet whose IP header begins at byte `ip`. 0; -K_EPROTO if
 * it is not TCP or UDP over IPv4 or IPv6 as a blank checksum wants, -K_ENOTSUP
 * if it is a large segment, -K_ENOMEM.
 */
MUST_CHECK int packet_resolve(struct packet *packet);
MUST_CHECK int packet_resolve_at(struct packet *packet, size_t ip);

/*
 * Cut the first packet off a large segment whose IP header begins at byte `ip`:
 * one with gso_size bytes of payload, or what there is, all headers and notes,
 * and its checksums computed. What is left is `*large` still, the same
 * structure; with the last packet, which is that structure, it becomes NULL.
 * NULL, and all is as it was: memory is short, or it is not the TCP segment
 * that gso_type says.
 */
MUST_CHECK struct packet *packet_cut_segment(struct packet **large, size_t ip);

#endif
