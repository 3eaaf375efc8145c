/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ether_filter.c: what an Ethernet card's own filter does.
 *
 * =c
 * HostEtherFilter(ETHER [, DROP_OWN, DROP_OTHER, KEYWORDS])
 * =s ethernet
 * drops packets that are for other machines
 * =d
 * Works as the card with address ETHER would. Sets the packet type annotation
 * (HOST, BROADCAST, MULTICAST, OTHERHOST) by the destination address. Drops
 * packets for other machines unless DROP_OTHER is false, and packets that ETHER
 * itself sent if DROP_OWN is true; what is dropped leaves by output 1 if there
 * is one.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item DROP_OWN
 * Boolean. Default is false.
 * =item DROP_OTHER
 * Boolean. Default is true.
 * =item OFFSET
 * Integer. Where the Ethernet header begins. Default is 0.
 * =back
 * =a DropBroadcasts
 *
 * =c
 * DropBroadcasts()
 * =s ethernet
 * drops packets that came as link-level broadcast or multicast
 * =d
 * Goes by the packet type annotation, which FromDevice and HostEtherFilter set.
 * Routers must not forward such packets (RFC 1812, 5.3.4).
 * =h drops read-only
 * Packets dropped so far.
 * =a HostEtherFilter
 *
 * =c
 * MarkMACHeader([OFFSET, LENGTH])
 * =s ethernet
 * says where the Ethernet header is
 * =d
 * Sets the MAC header annotation to byte OFFSET, by default 0. If LENGTH is
 * there and not 0, the MAC header has so many bytes: the network header
 * annotation is set to the byte behind them.
 * =a MarkIPHeader
 *
 * =c
 * EnsureEther([ETHERTYPE, SRC, DST])
 * =s ethernet
 * puts an Ethernet header in front of IP packets that have none
 * =d
 * A packet that begins like an IP packet (and not like an Ethernet packet of
 * type IP) gets a header: the one that was stripped off, if it had one of type
 * IP; else one with, by default, type 0x0800, source 0:0:0:0:0:0 and
 * destination 1:1:1:1:1:1. Others, too short for IP's header too, pass as they
 * are.
 * =a EtherEncap
 */
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/headers.h"

/* ---- HostEtherFilter ------------------------------------------------------
 */

struct host_filter {
    struct element element;
    uint8_t address[6];
    bool drop_own, drop_other;
    uint32_t offset;
};

static const struct click_param filter_params[] = {
    CLICK_PARAM("ETHER", struct host_filter, address, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DROP_OWN", struct host_filter, drop_own, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("DROP_OTHER", struct host_filter, drop_other, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("OFFSET", struct host_filter, offset, u32, 0),
    {0},
};

static void filter_defaults(struct element *element)
{
    ((struct host_filter *)element)->drop_other = true;
}

static int filter_configure(struct element *element, struct click_args *args)
{
    if (((struct host_filter *)element)->offset > PACKET_MAX)
        return click_args_error(args, "OFFSET: expected at most %u",
                                PACKET_MAX);
    return 0;
}

static uint8_t type_of(const struct host_filter *self, const uint8_t *to)
{
    static const uint8_t broadcast[6] = {255, 255, 255, 255, 255, 255};

    if (memcmp(to, self->address, 6) == 0)
        return CLICK_HOST;
    if (!(to[0] & 1))
        return CLICK_OTHERHOST;
    return memcmp(to, broadcast, 6) == 0 ? CLICK_BROADCAST : CLICK_MULTICAST;
}

static struct packet *filter(struct element *element, struct packet *packet)
{
    const struct host_filter *self = (struct host_filter *)element;
    const struct ether_header *header;
    uint8_t type;

    if (!click_pull_up(packet, self->offset + sizeof(*header))) {
        element_side(element, 1, packet);
        return NULL;
    }
    header = (const struct ether_header *)(packet->data + self->offset);
    type = type_of(self, header->to);
    click_notes(packet)->type = type;
    if ((self->drop_own && memcmp(header->from, self->address, 6) == 0) ||
        (self->drop_other && type == CLICK_OTHERHOST)) {
        element_side(element, 1, packet);
        return NULL;
    }
    return packet;
}

const struct element_class click_class_HostEtherFilter = {
    .name = "HostEtherFilter",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct host_filter),
    .params = filter_params,
    .defaults = filter_defaults,
    .configure = filter_configure,
    .simple = filter,
};

/* ---- DropBroadcasts -------------------------------------------------------
 */

struct drop_broadcasts {
    struct element element;
    uint64_t drops;
};

static struct packet *drop_broadcast(struct element *element,
                                     struct packet *packet)
{
    uint8_t type = click_notes(packet)->type;

    if (type != CLICK_BROADCAST && type != CLICK_MULTICAST)
        return packet;
    ((struct drop_broadcasts *)element)->drops++;
    packet_free(packet);
    return NULL;
}

static const struct click_handler drop_handlers[] = {
    HANDLER_FIELD("drops", struct drop_broadcasts, drops, u64),
    {0},
};

const struct element_class click_class_DropBroadcasts = {
    .name = "DropBroadcasts",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct drop_broadcasts),
    .simple = drop_broadcast,
    .handlers = drop_handlers,
};

/* ---- MarkMACHeader --------------------------------------------------------
 */

struct mark_mac {
    struct element element;
    uint16_t offset, length;
};

static const struct click_param mark_params[] = {
    CLICK_PARAM("OFFSET", struct mark_mac, offset, u16, CLICK_POSITIONAL),
    CLICK_PARAM("LENGTH", struct mark_mac, length, u16, CLICK_POSITIONAL),
    {0},
};

static int mark_configure(struct element *element, struct click_args *args)
{
    if (((struct mark_mac *)element)->offset > INT16_MAX)
        return click_args_error(args, "OFFSET: expected at most %d", INT16_MAX);
    return 0;
}

static struct packet *mark(struct element *element, struct packet *packet)
{
    const struct mark_mac *self = (struct mark_mac *)element;

    /* Who reads it relies on its being there. */
    if (click_pull_up(packet, self->offset + sizeof(struct ether_header)))
        click_set_mac_header(packet, self->offset);
    if (self->length)
        mark_ip_header(packet, (unsigned int)self->offset + self->length);
    return packet;
}

const struct element_class click_class_MarkMACHeader = {
    .name = "MarkMACHeader",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct mark_mac),
    .params = mark_params,
    .configure = mark_configure,
    .simple = mark,
};

/* ---- EnsureEther ----------------------------------------------------------
 */

struct ensure_ether {
    struct element element;
    uint16_t type;
    uint8_t from[6], to[6];
};

static const struct click_param ensure_params[] = {
    CLICK_PARAM("ETHERTYPE", struct ensure_ether, type, u16, CLICK_POSITIONAL),
    CLICK_PARAM("SRC", struct ensure_ether, from, ether, CLICK_POSITIONAL),
    CLICK_PARAM("DST", struct ensure_ether, to, ether, CLICK_POSITIONAL),
    {0},
};

static void ensure_defaults(struct element *element)
{
    struct ensure_ether *self = (struct ensure_ether *)element;

    self->type = ETHER_IP;
    memset(self->to, 1, sizeof(self->to));
}

static bool has_ether(struct packet *packet)
{
    const struct ether_header *header;

    if (!click_pull_up(packet, sizeof(struct ip_header)))
        return true; /* at least it is no IP packet */
    header = (const struct ether_header *)packet->data;
    /* An Ethernet header, if it says IP and its first byte is no IPv4's. */
    return header->type == htons(ETHER_IP) || packet->data[0] >> 4 != 4;
}

static struct packet *ensure(struct element *element, struct packet *packet)
{
    const struct ensure_ether *self = (struct ensure_ether *)element;
    struct ether_header *header;
    bool had = click_notes(packet)->mac == -(int)sizeof(*header);

    if (has_ether(packet))
        return packet;
    header = click_push_bytes(packet, sizeof(*header));
    if (!header || (had && header->type == htons(ETHER_IP)))
        return header ? packet : NULL;
    memcpy(header->to, self->to, 6);
    memcpy(header->from, self->from, 6);
    header->type = htons(self->type);
    click_set_mac_header(packet, 0);
    return packet;
}

const struct element_class click_class_EnsureEther = {
    .name = "EnsureEther",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct ensure_ether),
    .params = ensure_params,
    .defaults = ensure_defaults,
    .simple = ensure,
};
