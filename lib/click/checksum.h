/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum.h: IP packets' headers and checksums, for elements that look at them
 * or change them.
 *
 * A header that was marked may have been cut since (Truncate), so ip_of() and
 * transport_of() look again: a comparison each. A transport checksum may not be
 * computed yet (PACKET_CSUM_BLANK, see coracle/packet.h): its field then has
 * the plain sum of the pseudo header, which changes with the addresses, but not
 * with what else changes in the packet. The functions here know.
 *
 * All values are as in the packet, in network byte order. No locks: a packet
 * has one owner.
 */
#ifndef CORACLE_CLICK_CHECKSUM_H
#define CORACLE_CLICK_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/checksum.h"
#include "coracle/compiler.h"
#include "lib/click/headers.h"
#include "lib/click/notes.h"

/* The IP header without options, or NULL: not marked, or not all there. */
static inline struct ip_header *ip_of(const struct packet *packet)
{
    int at = click_notes_const(packet)->network;

    if (at == CLICK_NO_HEADER ||
        at + (int)sizeof(struct ip_header) > (int)packet->length)
        return NULL;
    return (struct ip_header *)(packet->data + at);
}

/* The first `count` bytes behind the IP header, or NULL: not marked, or not so
 * many, or not in the first piece (click_pull_up() brings them there). */
static inline void *transport_of(const struct packet *packet, size_t count)
{
    int at = click_notes_const(packet)->transport;

    if (at == CLICK_NO_HEADER || at + (int)count > (int)packet->length)
        return NULL;
    return packet->data + at;
}

/* The same, after having brought them there. NULL: there are not so many, or
 * memory is short. */
void *transport_pull_up(struct packet *packet, size_t count);

/* A header's checksum when a value in that header changes (RFC 1624). */
static inline void click_checksum_update16(uint16_t *checksum, uint16_t old,
                                           uint16_t new)
{
    uint32_t sum = (uint16_t) ~*checksum + (uint32_t)(uint16_t)~old + new;

    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    *checksum = (uint16_t)~sum;
}

static inline void click_checksum_update32(uint16_t *checksum, uint32_t old,
                                           uint32_t new)
{
    uint64_t sum = (uint16_t) ~*checksum + (uint64_t)(uint32_t)~old + new;

    *checksum = (uint16_t)~checksum_fold(sum);
}

/* Compute the IP header's checksum; `length` is the header's. */
static inline void ip_set_checksum(struct ip_header *ip, unsigned int length)
{
    ip->checksum = 0;
    ip->checksum = (uint16_t)~checksum_fold(checksum_add(0, ip, length));
}

/* An address of the packet's IP header changes: what that does to the checksum
 * behind it. Nothing if there is none: other protocols, later fragments, UDP
 * without. The header itself is the caller's. */
void transport_address_changes(struct packet *packet, uint32_t old,
                               uint32_t new);

/* The sum of the pseudo header for `length` bytes of `protocol`. */
uint64_t pseudo_header_sum(const struct ip_header *ip, uint8_t protocol,
                           size_t length);

/* The folded sum over pseudo header and the `length` bytes behind the IP
 * header, of which there must be so many: 0xffff if the checksum is right. */
uint16_t transport_sum(const struct packet *packet, const struct ip_header *ip,
                       uint8_t protocol, size_t length);

/* How many bytes are behind the IP header: by the header, but no more than are
 * there. Negative: the header is longer than the packet. */
int transport_length(const struct packet *packet, const struct ip_header *ip);

/* Compute a checksum that is blank, of a packet whose IP header is marked. It
 * stays blank for large segments and where memory is short: false. */
MUST_CHECK bool transport_resolve(struct packet *packet);

/* Where the IP header is, marked or behind an Ethernet header; else it is what
 * the packet begins with, if it has one. Negative: it was stripped. */
int packet_ip_at(const struct packet *packet);

/* transport_resolve(), for an IP header that is not marked, and IPv6, too:
 * before it is put into another one, or its payload is looked at. */
MUST_CHECK bool packet_settle(struct packet *packet);

/* The same before bytes of it are changed or cut off: what was checked, or left
 * to be done, is not about what it will be. A large segment stays one: who cuts
 * it has checksums to compute in any case. */
void packet_settle_for_good(struct packet *packet);

#endif
