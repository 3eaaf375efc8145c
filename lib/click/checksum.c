/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum.c: what happens to a transport checksum when a packet changes, and
 * how to compute one, whatever pieces the packet is in.
 *
 * Pure logic on coracle/checksum.h; no locks.
 */
#include "lib/click/checksum.h"

#define CHECKSUM_TCP 16u /* where it is in the header */
#define CHECKSUM_UDP 6u

void *transport_pull_up(struct packet *packet, size_t count)
{
    int at = click_notes_const(packet)->transport;

    if (at == CLICK_NO_HEADER || at + (int)count > (int)packet->total)
        return NULL;
    if (at + (int)count > (int)packet->length &&
        !click_pull_up(packet, (unsigned int)(at + (int)count)))
        return NULL;
    return transport_of(packet, count);
}

static bool is_blank(const struct packet *packet)
{
    return packet->flags & PACKET_CSUM_BLANK ||
           packet->gso_type != PACKET_GSO_NONE;
}

/* The checksum's field, or NULL: there is none to care for. */
static uint16_t *checksum_field(struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    unsigned int at;
    uint8_t *header;

    if (!ip || !ip_is_first(ip))
        return NULL;
    if (ip->protocol == PROTOCOL_TCP)
        at = CHECKSUM_TCP;
    else if (ip->protocol == PROTOCOL_UDP)
        at = CHECKSUM_UDP;
    else
        return NULL;
    header = transport_pull_up(packet, at + 2);
    return header ? (uint16_t *)(void *)(header + at) : NULL;
}

static uint16_t load(const uint16_t *field)
{
    uint16_t value;

    memcpy(&value, field, sizeof(value));
    return value;
}

/* UDP has no checksum if the field is 0, so that a sum of 0 is sent as ones. */
static void store(const struct packet *packet, uint16_t *field, uint16_t value)
{
    if (value == 0 && ip_of(packet)->protocol == PROTOCOL_UDP)
        value = 0xffff;
    memcpy(field, &value, sizeof(value));
}

static bool has_none(const struct packet *packet, uint16_t value)
{
    return value == 0 && ip_of(packet)->protocol == PROTOCOL_UDP;
}

void transport_address_changes(struct packet *packet, uint32_t old,
                               uint32_t new)
{
    uint16_t *field = checksum_field(packet);
    uint16_t value;

    if (!field)
        return;
    value = load(field);
    if (is_blank(packet)) {
        value = checksum_fold((uint64_t)value + (uint32_t)~old + new);
        memcpy(field, &value, sizeof(value));
    } else if (!has_none(packet, value)) {
        click_checksum_update32(&value, old, new);
        store(packet, field, value);
    }
}

uint64_t pseudo_header_sum(const struct ip_header *ip, uint8_t protocol,
                           size_t length)
{
    return (uint64_t)ip->from + ip->to + htons(protocol) +
           htons((uint16_t)length);
}

uint16_t transport_sum(const struct packet *packet, const struct ip_header *ip,
                       uint8_t protocol, size_t length)
{
    int at = click_notes_const(packet)->transport;
    uint64_t sum = pseudo_header_sum(ip, protocol, length);
    size_t before = at < 0 ? (size_t)-at : 0;

    if (before > 0) { /* stripped bytes are in front of the first piece's */
        if (before > length)
            before = length;
        sum += checksum_fold(checksum_add(0, packet->data + at, before));
        at = 0;
        if (before % 2) {
            uint16_t rest = checksum_packet(packet, 0, length - before);

            return checksum_fold(sum + __builtin_bswap16(rest));
        }
    }
    return checksum_fold(sum +
                         checksum_packet(packet, (size_t)at, length - before));
}

int transport_length(const struct packet *packet, const struct ip_header *ip)
{
    int there = (int)packet->total - click_notes_const(packet)->transport;
    int length = (int)ntohs(ip->total) - (int)ip_header_length(ip);

    return length < there ? length : there;
}

bool transport_resolve(struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    uint16_t *field, value;
    int length;

    if (packet->gso_type != PACKET_GSO_NONE)
        return false;
    if (!(packet->flags & PACKET_CSUM_BLANK))
        return true;
    field = ip && !ip_is_fragment(ip) ? checksum_field(packet) : NULL;
    if (!field)
        return false;
    ip = ip_of(packet);
    length = transport_length(packet, ip);
    if (length <= 0)
        return false; /* it says that it ends before what it has */
    value = 0;
    memcpy(field, &value, sizeof(value));
    value = (uint16_t)~transport_sum(packet, ip, ip->protocol, (size_t)length);
    store(packet, field, value);
    packet->flags &= (uint8_t)~PACKET_CSUM_BLANK;
    return true;
}

int packet_ip_at(const struct packet *packet)
{
    const struct click_notes *notes = click_notes_const(packet);
    const struct vlan_header *vlan;

    if (notes->network != CLICK_NO_HEADER)
        return notes->network;
    if (notes->mac == CLICK_NO_HEADER)
        return 0;
    vlan = (const struct vlan_header *)(packet->data + notes->mac);
    return notes->mac + (int)sizeof(*vlan) <= (int)packet->length &&
                   vlan->vlan_type == htons(ETHER_VLAN)
               ? notes->mac + (int)sizeof(*vlan)
               : notes->mac + (int)sizeof(struct ether_header);
}

bool packet_settle(struct packet *packet)
{
    int ip = packet_ip_at(packet);

    return !is_blank(packet) || transport_resolve(packet) ||
           (ip >= 0 && packet_resolve_at(packet, (size_t)ip) == 0);
}

void packet_settle_for_good(struct packet *packet)
{
    if (packet->gso_type != PACKET_GSO_NONE)
        return;
    (void)!packet_settle(packet);
    packet->flags &= (uint8_t) ~(PACKET_CSUM_BLANK | PACKET_CSUM_VALID);
}
