/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transmit.c: the transmit ring: packets go out on it, and come back as done.
 *
 * A packet takes one request for each run of bytes within one page. The first
 * request says how long the whole packet is and what its checksum lacks; if it
 * is a large TCP segment, an "extra info" in a request's place follows the
 * first. There is one response for each request, in any order, after which the
 * backend has no more to do with its page.
 *
 * A small packet is copied into a slice of a page that the backend may read for
 * as long as the connection lasts: no grant is given or ended for it, and the
 * packet is done with at once. There is a slice for each slot, 16 to a page;
 * since the slot freed last is taken first, few of these pages come into being
 * in a quiet guest. A larger packet is lent where it lies, read-only, each run
 * by the gref of its slot, and done with when all of its runs are answered.
 *
 * What cannot be lent as it is (in more runs than the backend takes, 18, or
 * than 1 if it takes no more) is copied into pages of its own first. So is
 * everything if the backend is not trusted: then pages that it sees hold
 * nothing but packets and zeros (XSA-403). And what the sender left to others
 * that this device does not do is done here: checksums, and large segments are
 * cut, one packet at a time as there is room.
 *
 * What comes of the answers is in transmit_ring.c. Source: <xen/io/netif.h>.
 *
 * Concurrency: `lock` of the structure. Packets that are done are collected in
 * a list and freed without it. Left out: the filter for multicast packets.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "drivers/netfront/netfront.h"
#include "drivers/packet_pool.h"
#include "lib/string.h"

/* Every backend takes so many requests for a packet. */
#define PARTS_MAX XEN_NETIF_NR_SLOTS_MIN

/* A frame has at least its Ethernet header. */
#define FRAME_MIN 14u

#define NONE 0xffffu

union request {
    struct netif_tx_request data;
    struct netif_extra_info extra;
};
_Static_assert(sizeof(union request) == 12, "<xen/io/netif.h>");

/* ---- Requests -------------------------------------------------------------
 */

static uint16_t flags_of(const struct packet *packet)
{
    uint16_t flags = 0;

    if (packet->flags & PACKET_CSUM_BLANK ||
        packet->gso_type != PACKET_GSO_NONE)
        flags |= NETTXF_csum_blank | NETTXF_data_validated;
    else if (packet->flags & PACKET_CSUM_VALID)
        flags |= NETTXF_data_validated;
    return flags;
}

static void put_request(struct transmit *transmit,
                        const struct netif_tx_request *request)
{
    request_ring_put(&transmit->ring, request, sizeof(*request));
}

/* The page with the slice for slot `id`, granted for good. False: no memory. */
static bool have_bounce(struct transmit *transmit, uint16_t id)
{
    unsigned int number = id / BOUNCE_PER_PAGE;
    void *page;

    if (transmit->bounce[number].page)
        return true;
    page = page_alloc(0);
    if (!page)
        return false;
    memset(page, 0, PAGE_SIZE);
    if (grant_give(transmit->domain, page, true,
                   &transmit->bounce[number].gref)) {
        page_free(page, 0);
        return false;
    }
    transmit->bounce[number].page = page;
    return true;
}

/* Send a packet of at most BOUNCE_SIZE bytes by copying it. False: no memory
 * for that. */
static bool put_copied(struct transmit *transmit, const struct packet *packet)
{
    struct netif_tx_request request;
    struct transmit_slot *slot;
    uint8_t *page;
    uint16_t id;

    if (!have_bounce(transmit, transmit->free))
        return false;
    id = transmit_take_slot(transmit, SLOT_COPIED);
    slot = &transmit->slots[id];
    slot->head = id;
    slot->parts = 1;
    slot->packet = NULL;
    page = transmit->bounce[id / BOUNCE_PER_PAGE].page;
    request.gref = transmit->bounce[id / BOUNCE_PER_PAGE].gref;
    request.offset = (uint16_t)(id % BOUNCE_PER_PAGE * BOUNCE_SIZE);
    request.flags = flags_of(packet);
    request.id = id;
    request.size = (uint16_t)packet->total;
    if (packet->length == packet->total)
        memcpy(page + request.offset, packet->data, packet->length);
    else if (!packet_read(packet, 0, page + request.offset, packet->total))
        request.size = 0; /* not reached */
    put_request(transmit, &request);
    return true;
}

/* How many runs of bytes within a page a packet has. */
static unsigned int count_parts(const struct packet *packet)
{
    unsigned int parts = 0;

    for (; packet; packet = packet->more) {
        size_t offset = (uintptr_t)packet->data % PAGE_SIZE;

        if (packet->length > 0)
            parts += (unsigned int)((offset + packet->length + PAGE_SIZE - 1) /
                                    PAGE_SIZE);
    }
    return parts;
}

/* The large segment's size, in the request after the first. */
static void put_extra(struct transmit *transmit, const struct packet *packet)
{
    union request request = {
        .extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO,
                  .u.gso = {.size = packet->gso_size,
                            .type = packet->gso_type}},
    };

    request_ring_put(&transmit->ring, &request, sizeof(request));
    transmit->extras++;
}

/* Have grefs in the first `count` free slots. False: there are no more. */
static bool have_grefs(struct transmit *transmit, unsigned int count)
{
    uint16_t id = transmit->free;

    for (; count > 0; count--, id = transmit->slots[id].next) {
        struct transmit_slot *slot = &transmit->slots[id];

        if (slot->gref == 0 && grant_reserve(&slot->gref)) {
            slot->gref = 0;
            return false;
        }
    }
    return true;
}

/* Lend one run of bytes. The first of a packet is its head. */
static uint16_t put_part(struct transmit *transmit, uint16_t head,
                         const uint8_t *data, uint16_t flags, size_t size)
{
    uint16_t id = transmit_take_slot(transmit, SLOT_LENT);
    struct transmit_slot *slot = &transmit->slots[id];
    size_t offset = (uintptr_t)data % PAGE_SIZE;
    struct netif_tx_request request = {
        .gref = slot->gref,
        .offset = (uint16_t)offset,
        .flags = flags,
        .id = id,
        .size = (uint16_t)size,
    };

    slot->head = head == NONE ? id : head;
    slot->packet = NULL;
    if (grant_lend(slot->gref, transmit->domain, data - offset, true))
        transmit_breach(transmit, "cannot be lent our memory");
    transmit->lent++;
    put_request(transmit, &request);
    return slot->head;
}

/* Send a packet by lending it; there is room. False: there are no grefs. */
static bool put_lent(struct transmit *transmit, struct packet *packet,
                     unsigned int parts)
{
    unsigned int left = parts;
    uint16_t head = NONE;

    if (!have_grefs(transmit, parts))
        return false;
    for (struct packet *piece = packet; piece; piece = piece->more) {
        const uint8_t *data = piece->data;
        size_t rest = piece->length;

        while (rest > 0) {
            size_t length = PAGE_SIZE - (uintptr_t)data % PAGE_SIZE;
            uint16_t flags = --left > 0 ? NETTXF_more_data : 0;
            bool first = head == NONE;

            if (length > rest)
                length = rest;
            if (first)
                flags |= flags_of(packet);
            if (first && packet->gso_type != PACKET_GSO_NONE)
                flags |= NETTXF_extra_info;
            head = put_part(transmit, head, data, flags,
                            first ? packet->total : length);
            if (first && packet->gso_type != PACKET_GSO_NONE)
                put_extra(transmit, packet);
            data += length;
            rest -= length;
        }
    }
    transmit->slots[head].packet = packet;
    transmit->slots[head].parts = (uint16_t)parts;
    transmit->lent_position = transmit->ring.produced;
    return true;
}

/* ---- Packets --------------------------------------------------------------
 */

/* What the packet asks of the device, as NETDEV_...; one that there is not if
 * it makes no sense. No device looks behind a VLAN tag. */
static unsigned int wants(const struct packet *packet)
{
    uint8_t type[2] = {0, 0};

    if (packet->gso_type == PACKET_GSO_NONE &&
        !(packet->flags & PACKET_CSUM_BLANK))
        return 0;
    if (!packet_read(packet, 12, type, sizeof(type)) ||
        (type[0] == 0x81 && type[1] == 0))
        return ~0u;
    if (packet->gso_type == PACKET_GSO_NONE)
        return type[0] == 0x86 && type[1] == 0xdd ? NETDEV_CSUM_IPV6
                                                  : NETDEV_CSUM_IPV4;
    if (packet->gso_size > 0 && packet->gso_type == PACKET_GSO_TCPV4)
        return NETDEV_GSO_TCPV4;
    if (packet->gso_size > 0 && packet->gso_type == PACKET_GSO_TCPV6)
        return NETDEV_GSO_TCPV6;
    return ~0u;
}

static bool does_it(const struct transmit *transmit,
                    const struct packet *packet)
{
    return !(wants(packet) & ~transmit->features);
}

/* A copy in as few pages as it needs, with nothing else in them. */
static struct packet *copy_apart(const struct transmit *transmit,
                                 const struct packet *packet)
{
    struct packet *copy = packet_apart(packet->total, transmit->untrusted);
    size_t offset = 0;

    for (struct packet *piece = copy; piece; piece = piece->more) {
        if (!packet_read(packet, offset, piece->data, piece->length)) {
            packet_free(copy);
            return NULL; /* not reached: the lengths agree */
        }
        offset += piece->length;
    }
    if (copy) {
        copy->flags = packet->flags;
        copy->gso_type = packet->gso_type;
        copy->gso_size = packet->gso_size;
    }
    return copy;
}

enum outcome { PUT, FULL, UNFIT };

static void finish_early(struct packet *packet, struct packet **done)
{
    packet->next = *done;
    *done = packet;
}

static enum outcome put_large(struct transmit *transmit, struct packet *packet,
                              struct packet **done)
{
    unsigned int parts = count_parts(packet);
    unsigned int most = transmit->features & NETDEV_PIECES ? PARTS_MAX : 1;
    bool gso = packet->gso_type != PACKET_GSO_NONE;
    struct packet *copy = NULL;

    if (parts > most || transmit->untrusted) {
        /* What the copy will take. */
        parts = (unsigned int)((packet->total + PAGE_SIZE - 1) / PAGE_SIZE);
        if (parts > most)
            return UNFIT;
        if (transmit_room(transmit) < parts + gso)
            return FULL;
        copy = copy_apart(transmit, packet);
        if (!copy)
            return UNFIT;
    } else if (transmit_room(transmit) < parts + gso) {
        return FULL;
    }
    if (!put_lent(transmit, copy ? copy : packet, parts)) {
        packet_free(copy);
        return UNFIT;
    }
    if (copy)
        finish_early(packet, done);
    return PUT;
}

static enum outcome put_one(struct transmit *transmit, struct packet *packet,
                            struct packet **done)
{
    if (packet->total < FRAME_MIN || packet->total > XEN_NETIF_MAX_TX_SIZE ||
        (!does_it(transmit, packet) && packet_resolve(packet)))
        return UNFIT;
    if (packet->total > BOUNCE_SIZE || packet->gso_type != PACKET_GSO_NONE)
        return put_large(transmit, packet, done);
    if (transmit_room(transmit) == 0)
        return FULL;
    if (!put_copied(transmit, packet))
        return UNFIT;
    finish_early(packet, done);
    return PUT;
}

static void account(struct transmit *transmit, struct packet *packet,
                    enum outcome outcome, struct packet **done)
{
    if (outcome == UNFIT) {
        transmit->errors++;
        finish_early(packet, done);
    } else {
        transmit->packets++;
        transmit->bytes += packet->total; /* not yet freed */
    }
}

/* A large segment, as packets. If there is no room for all, it is what is left.
 */
static enum outcome put_cut(struct transmit *transmit, struct packet *large,
                            struct packet **done)
{
    size_t ip = packet_find_ip(large);
    struct packet *rest = large;

    for (;;) {
        struct packet *packet;
        enum outcome outcome;

        if (transmit_room(transmit) < PARTS_MAX)
            return FULL;
        packet = ip > 0 ? packet_cut_segment(&rest, ip) : NULL;
        if (!packet)
            return UNFIT;
        outcome = put_one(transmit, packet, done);
        if (!rest)
            return outcome; /* of the last, which is the structure we got */
        account(transmit, packet, outcome, done);
    }
}

unsigned int transmit_put(struct transmit *transmit,
                          struct packet *const packets[], unsigned int count,
                          struct packet **done)
{
    unsigned int taken = 0;

    for (; taken < count && !transmit->breach; taken++) {
        struct packet *packet = packets[taken];
        bool cut =
            packet->gso_type != PACKET_GSO_NONE && !does_it(transmit, packet);
        enum outcome outcome = cut ? put_cut(transmit, packet, done)
                                   : put_one(transmit, packet, done);

        if (outcome == FULL)
            break;
        transmit->unfit += outcome == UNFIT;
        account(transmit, packet, outcome, done);
    }
    return taken;
}
