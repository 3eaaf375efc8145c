/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transmit_ring.c: the transmit ring's slots: taken, answered, freed.
 *
 * A slot is an id that goes out with a request and comes back with its answer.
 * The free ones are a stack, so that those used last are used next. A packet in
 * several parts has a slot for each; the first is its head, which is freed last
 * and keeps the packet until then. An extra info has a place on the ring, and
 * an answer, but no id; so they are only counted.
 *
 * Ids are ours: one that comes back is believed if a request with it is on its
 * way. A page whose grant does not end is never used again (XSA-396). Source:
 * <xen/io/netif.h>.
 *
 * Concurrency: `lock` of the structure. Packets that are done are collected in
 * a list and freed without it.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "drivers/netfront/netfront.h"
#include "drivers/packet_pool.h"
#include "lib/string.h"

void transmit_breach(struct transmit *transmit, const char *how)
{
    if (!transmit->breach)
        transmit->breach = how;
}

/* ---- Slots ----------------------------------------------------------------
 */

uint16_t transmit_take_slot(struct transmit *transmit, uint8_t state)
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

    slot->state = SLOT_FREE;
    slot->next = transmit->free;
    transmit->free = id;
    transmit->free_count++;
}

uint32_t transmit_room(const struct transmit *transmit)
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

    if (slot->state == SLOT_LENT) {
        if (grant_end(slot->gref)) {
            transmit_breach(transmit,
                            "holds on to a page that it has answered");
            return;
        }
        transmit->lent--;
    }
    if (status != NETIF_RSP_OKAY && id == head_id)
        transmit->errors++;
    /* The head's slot stays until all parts are answered; its own must not be
     * answered twice. */
    slot->state = SLOT_FREE;
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
        transmit_breach(transmit, "has answered what was not asked");
    for (; waiting > 0 && !transmit->breach; waiting--) {
        uint32_t word =
            READ_ONCE(*(uint32_t *)request_ring_slot(ring, ring->consumed++));
        uint16_t id = (uint16_t)word;
        int16_t status = (int16_t)(word >> 16);

        if (status == NETIF_RSP_NULL && transmit->extras > 0)
            transmit->extras--; /* an extra info's; it has no id */
        else if (status == NETIF_RSP_NULL || id >= ring->size ||
                 transmit->slots[id].state == SLOT_FREE)
            transmit_breach(transmit,
                            "answers a transmit request that there is not");
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

/* ---- Events ---------------------------------------------------------------
 */

bool transmit_has_room(const struct transmit *transmit)
{
    return transmit_room(transmit) >= transmit->ring.size / 2;
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

        if (slot->state != SLOT_LENT)
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
