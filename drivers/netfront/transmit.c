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
 * nothing but packets and zeros (XSA-403).
 *
 * Ids are ours: an id that comes back is believed if a request with it is on
 * its way. A page whose grant does not end is never used again (XSA-396).
 * Source: <xen/io/netif.h>.
 *
 * Concurrency: `lock` of the structure. Packets that are done are collected in
 * a list and freed without it.
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

enum { FREE, COPIED, LENT };

union request {
    struct netif_tx_request data;
    struct netif_extra_info extra;
};
_Static_assert(sizeof(union request) == 12, "<xen/io/netif.h>");

static void breach(struct transmit *transmit, const char *how)
{
    if (!transmit->breach)
        transmit->breach = how;
}

/* ---- Slots ----------------------------------------------------------------
 */

/* There is one: the caller has counted. */
static uint16_t take_slot(struct transmit *transmit, uint8_t state)
{
    uint16_t id = transmit->free;
    struct transmit_slot *slot = &transmit->slots[id];

    transmit->free = slot->next;
    transmit->free_count--;
    slot->state = state;
    return id;
}

static void free_slot(struct transmit *transmit, uint16_t id)
{
    struct transmit_slot *slot = &transmit->slots[id];

    slot->state = FREE;
    slot->next = transmit->free;
    transmit->free = id;
    transmit->free_count++;
}

/* How many requests can be put now. */
static uint32_t room_of(const struct transmit *transmit)
{
    uint32_t room = request_ring_room(&transmit->ring);

    return room < transmit->free_count ? room : transmit->free_count;
}

/* ---- Answers --------------------------------------------------------------
 */

/* The request of slot `id` is answered. */
static void finish(struct transmit *transmit, uint16_t id, int16_t status,
                   struct packet **done)
{
    struct transmit_slot *slot = &transmit->slots[id];
    uint16_t head_id = slot->head;
    struct transmit_slot *head = &transmit->slots[head_id];

    if (slot->state == LENT) {
        if (grant_end(slot->gref)) {
            breach(transmit, "holds on to a page that it has answered");
            return;
        }
        transmit->lent--;
    }
    if (status != NETIF_RSP_OKAY && id == head_id)
        transmit->errors++;
    /* The head's slot stays until all parts are answered; its own must not be
     * answered twice. */
    slot->state = FREE;
    if (id != head_id)
        free_slot(transmit, id);
    if (--head->parts > 0)
        return;
    if (head->packet) {
        head->packet->next = *done;
        *done = head->packet;
        head->packet = NULL;
    }
    free_slot(transmit, head_id);
}

void transmit_reap(struct transmit *transmit, struct packet **done)
{
    struct request_ring *ring = &transmit->ring;
    int waiting = request_ring_waiting(ring);

    if (waiting < 0)
        breach(transmit, "has answered what was not asked");
    for (; waiting > 0 && !transmit->breach; waiting--) {
        uint32_t word =
            READ_ONCE(*(uint32_t *)request_ring_slot(ring, ring->consumed++));
        uint16_t id = (uint16_t)word;
        int16_t status = (int16_t)(word >> 16);

        if (status == NETIF_RSP_NULL && transmit->extras > 0)
            transmit->extras--; /* an extra info's; it has no id */
        else if (status == NETIF_RSP_NULL || id >= ring->size ||
                 transmit->slots[id].state == FREE)
            breach(transmit, "answers a transmit request that there is not");
        else
            finish(transmit, id, status, done);
    }
}

void transmit_free_list(struct packet *done)
{
    while (done) {
        struct packet *next = done->next;

        packet_free(done);
        done = next;
    }
}

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
    id = take_slot(transmit, COPIED);
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
    uint16_t id = take_slot(transmit, LENT);
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
        breach(transmit, "cannot be lent our memory");
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
 * it makes no sense. */
static unsigned int wants(const struct packet *packet)
{
    uint8_t type[2] = {0, 0};

    if (packet->gso_type == PACKET_GSO_NONE) {
        if (!(packet->flags & PACKET_CSUM_BLANK))
            return 0;
        if (!packet_read(packet, 12, type, sizeof(type)))
            return ~0u;
        return type[0] == 0x86 && type[1] == 0xdd ? NETDEV_CSUM_IPV6
                                                  : NETDEV_CSUM_IPV4;
    }
    if (packet->gso_size > 0 && packet->gso_type == PACKET_GSO_TCPV4)
        return NETDEV_GSO_TCPV4;
    if (packet->gso_size > 0 && packet->gso_type == PACKET_GSO_TCPV6)
        return NETDEV_GSO_TCPV6;
    return ~0u;
}

static bool can_send(const struct transmit *transmit,
                     const struct packet *packet)
{
    return packet->total >= FRAME_MIN &&
           packet->total <= XEN_NETIF_MAX_TX_SIZE &&
           !(wants(packet) & ~transmit->features);
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
        if (room_of(transmit) < parts + gso)
            return FULL;
        copy = copy_apart(transmit, packet);
        if (!copy)
            return UNFIT;
    } else if (room_of(transmit) < parts + gso) {
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
    if (!can_send(transmit, packet))
        return UNFIT;
    if (packet->total > BOUNCE_SIZE || packet->gso_type != PACKET_GSO_NONE)
        return put_large(transmit, packet, done);
    if (room_of(transmit) == 0)
        return FULL;
    if (!put_copied(transmit, packet))
        return UNFIT;
    finish_early(packet, done);
    return PUT;
}

unsigned int transmit_put(struct transmit *transmit,
                          struct packet *const packets[], unsigned int count,
                          struct packet **done)
{
    unsigned int taken = 0;

    for (; taken < count && !transmit->breach; taken++) {
        struct packet *packet = packets[taken];
        uint32_t total = packet->total;
        enum outcome outcome = put_one(transmit, packet, done);

        if (outcome == FULL)
            break;
        if (outcome == UNFIT) {
            transmit->errors++;
            finish_early(packet, done);
        } else {
            transmit->packets++;
            transmit->bytes += total;
        }
    }
    return taken;
}

bool transmit_has_room(const struct transmit *transmit)
{
    return room_of(transmit) >= transmit->ring.size / 2;
}

bool transmit_push(struct transmit *transmit)
{
    struct request_ring *ring = &transmit->ring;

    return ring->produced != ring->pushed && request_ring_push(ring);
}

bool transmit_arm(struct transmit *transmit)
{
    struct request_ring *ring = &transmit->ring;
    uint32_t open = ring->produced - ring->consumed;

    /* Somebody waits for room: when half of it is there. Otherwise an event is
     * worth its price only for packets that are somebody's memory. */
    if (transmit->wanting && open > 0)
        return request_ring_sleep(ring, (open + 1) / 2);
    if (transmit->lent > 0 &&
        transmit->lent_position - ring->consumed - 1 < open)
        return request_ring_sleep(ring,
                                  transmit->lent_position - ring->consumed);
    return false;
}

/* ---- The ring's life ------------------------------------------------------
 */

int transmit_init(struct transmit *transmit, uint16_t domain, bool untrusted,
                  unsigned int features)
{
    void *page = page_alloc(0);
    int error = -K_ENOMEM;

    if (!page)
        return error;
    request_ring_init(&transmit->ring, page, PAGE_SIZE,
                      sizeof(union netif_tx_sring_entry));
    transmit->slots =
        heap_alloc_zeroed(transmit->ring.size, sizeof(*transmit->slots));
    if (!transmit->slots)
        goto free_page;
    error = grant_give(domain, page, false, &transmit->ring_gref);
    if (error)
        goto free_slots;
    transmit->wanting = false;
    transmit->breach = NULL;
    transmit->free_count = 0;
    for (uint16_t id = (uint16_t)transmit->ring.size; id-- > 0;)
        free_slot(transmit, id);
    transmit->extras = 0;
    transmit->lent = 0;
    memset(transmit->bounce, 0, sizeof(transmit->bounce));
    transmit->domain = domain;
    transmit->untrusted = untrusted;
    transmit->features = features;
    return 0;

free_slots:
    heap_free(transmit->slots);
free_page:
    page_free(page, 0);
    return error;
}

/* End the grants of the slots that are on their way, and free the packets whose
 * grants have ended all. A packet that the backend holds on to is lost. */
static void drop_packets(struct transmit *transmit)
{
    struct transmit_slot *slots = transmit->slots;

    for (uint32_t id = 0; id < transmit->ring.size; id++) {
        struct transmit_slot *slot = &slots[id];

        if (slot->state != LENT)
            continue;
        if (grant_end(slot->gref)) {
            slots[slot->head].packet = NULL;
            slot->gref = 0;
        }
    }
    for (uint32_t id = 0; id < transmit->ring.size; id++) {
        packet_free(slots[id].packet);
        if (slots[id].gref)
            grant_release(slots[id].gref);
    }
}

void transmit_destroy(struct transmit *transmit)
{
    drop_packets(transmit);
    for (unsigned int i = 0; i < BOUNCE_PAGES; i++)
        if (transmit->bounce[i].page && !grant_revoke(transmit->bounce[i].gref))
            page_free(transmit->bounce[i].page, 0);
    heap_free(transmit->slots);
    if (!grant_revoke(transmit->ring_gref))
        page_free(transmit->ring.shared, 0);
}
