/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * receive.c: the receive ring: empty pages go out on it, filled ones come back.
 *
 * A request says "here is a page, its grant is G"; a response, in the same slot
 * of the ring, "I have filled so many bytes of it". A packet takes one response
 * for each 4 KiB; if it carries something to be known besides, such as a large
 * TCP segment's size, a response between the first and the second is not a
 * response at all but an "extra info", whose page comes back empty. Since that
 * has no id, buffers are found by their place on the ring, and ids, where there
 * are some, must agree with it.
 *
 * What is done with a filled page depends on how much is in it. A few bytes are
 * copied into a piece with a store of its own, and the page goes back on the
 * ring at once under the same grant. For more, the page itself becomes part of
 * the packet: its grant is ended first, so that the backend can change the
 * packet no more, and a fresh page takes its place under the same gref. In both
 * cases as many buffers are on the ring afterwards as before.
 *
 * How many that is grows with demand: when the backend has left fewer than one
 * large packet takes, and so perhaps waits, their number is doubled, until the
 * ring is full.
 *
 * The backend is not believed. All responses of a packet are copied out and
 * checked before anything is done with them. A page whose grant does not end
 * is never used again (XSA-396). Source: <xen/io/netif.h>.
 *
 * Concurrency: `lock` of the structure. Left out: the obsolete "GSO prefix",
 * hashes.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "drivers/netfront/netfront.h"
#include "drivers/packet_pool.h"
#include "lib/string.h"

#define BUFFERS_AT_FIRST 64u

/* Pages with at most so many bytes are copied. */
#define COPY_MAX 256u
_Static_assert(COPY_MAX <= PACKET_SMALL, "must fit into a piece");

/* 64 KiB in pages that are not aligned with it. */
#define PARTS_MAX  18u
/* We let the backend send one kind of extra info. */
#define EXTRAS_MAX 1u

/* A frame has at least its Ethernet header. */
#define FRAME_MIN 14u

/* Flags of responses that we know of. */
#define KNOWN_FLAGS                                                            \
    (NETRXF_data_validated | NETRXF_csum_blank | NETRXF_more_data |            \
     NETRXF_extra_info)

union response {
    uint64_t word;
    struct netif_rx_response data;
    struct netif_extra_info extra;
};
_Static_assert(sizeof(union response) == 8, "<xen/io/netif.h>");

/* One packet's responses, copied out and checked. */
struct arrival {
    unsigned int count; /* responses, the extra ones included */
    unsigned int parts;
    bool failed; /* the backend itself says so */
    uint8_t gso_type;
    uint16_t gso_size;
    struct netif_rx_response part[PARTS_MAX];
};

/* ---- Buffers --------------------------------------------------------------
 */

static struct receive_buffer *buffer_at(struct receive *receive,
                                        uint32_t counter)
{
    return &receive->buffers[counter & (receive->ring.size - 1)];
}

/* Put a buffer, whose grant is in force, on the ring. */
static void post(struct receive *receive, struct receive_buffer buffer)
{
    struct request_ring *ring = &receive->ring;
    uint32_t slot = ring->produced & (ring->size - 1);
    struct netif_rx_request request = {.id = (uint16_t)slot,
                                       .gref = buffer.gref};

    receive->buffers[slot] = buffer;
    request_ring_put(ring, &request, sizeof(request));
}

/* A fresh page. One that others can see has none of our old secrets. */
static void *fresh_page(const struct receive *receive)
{
    void *page = packet_page();

    if (page && receive->untrusted)
        memset(page, 0, PAGE_SIZE);
    return page;
}

/* One buffer more. */
static int add_buffer(struct receive *receive)
{
    struct receive_buffer buffer = {.page = fresh_page(receive)};
    int error;

    if (!buffer.page)
        return -K_ENOMEM;
    error = grant_give(receive->domain, buffer.page, false, &buffer.gref);
    if (error) {
        packet_page_free(buffer.page);
        return error;
    }
    post(receive, buffer);
    return 0;
}

/* As many buffers as are wanted, or as there is memory for. */
static int add_buffers(struct receive *receive)
{
    const struct request_ring *ring = &receive->ring;
    int error = 0;

    while (!error && ring->produced - ring->consumed < receive->wanted)
        error = add_buffer(receive);
    return error;
}

/* ---- One packet's responses -----------------------------------------------
 */

static union response response_at(const struct receive *receive,
                                  uint32_t counter)
{
    union response copy;

    copy.word =
        READ_ONCE(*(uint64_t *)request_ring_slot(&receive->ring, counter));
    return copy;
}

static void breach(struct receive *receive, const char *how)
{
    if (!receive->breach)
        receive->breach = how;
}

static bool read_extra(struct receive *receive, union response extra,
                       struct arrival *arrival)
{
    if (extra.extra.type != XEN_NETIF_EXTRA_TYPE_GSO ||
        extra.extra.flags & XEN_NETIF_EXTRA_FLAG_MORE) {
        breach(receive, "sends extra info that was not asked for");
        return false;
    }
    arrival->gso_type = extra.extra.u.gso.type;
    arrival->gso_size = extra.extra.u.gso.size;
    if ((arrival->gso_type != XEN_NETIF_GSO_TYPE_TCPV4 &&
         arrival->gso_type != XEN_NETIF_GSO_TYPE_TCPV6) ||
        arrival->gso_size == 0) {
        breach(receive, "sends a large segment of no known kind or size");
        return false;
    }
    return true;
}

static bool check_part(struct receive *receive, uint32_t counter,
                       struct netif_rx_response part)
{
    if (part.id != (counter & (receive->ring.size - 1)))
        breach(receive, "answers a receive request in another's place");
    else if (part.flags & ~KNOWN_FLAGS)
        breach(receive, "sets flags that do not exist");
    else if (part.status > 0 && part.offset + part.status > (int)PAGE_SIZE)
        breach(receive, "has filled more than a page");
    return !receive->breach;
}

/*
 * Read the next packet's responses, `waiting` of which are there, and consume
 * none. False: it is not there as a whole, or there is a breach.
 */
static bool read_arrival(struct receive *receive, unsigned int waiting,
                         struct arrival *arrival)
{
    uint32_t counter = receive->ring.consumed;
    bool extra, more;

    arrival->parts = 0;
    arrival->failed = false;
    arrival->gso_type = PACKET_GSO_NONE;
    arrival->gso_size = 0;
    do {
        struct netif_rx_response part;

        if (counter - receive->ring.consumed == waiting)
            return false;
        part = response_at(receive, counter).data;
        if (!check_part(receive, counter++, part))
            return false;
        extra = arrival->parts == 0 && part.flags & NETRXF_extra_info;
        more = part.flags & NETRXF_more_data;
        arrival->failed |= part.status < 0;
        if (arrival->parts == PARTS_MAX) {
            breach(receive, "sends a packet in too many parts");
            return false;
        }
        arrival->part[arrival->parts++] = part;
        if (extra && counter - receive->ring.consumed == waiting)
            return false;
        if (extra &&
            !read_extra(receive, response_at(receive, counter++), arrival))
            return false;
    } while (more);
    arrival->count = counter - receive->ring.consumed;
    return true;
}

/* ---- A packet from them ---------------------------------------------------
 */

/*
 * A piece with the `length` bytes at `offset` of a buffer's page, which is
 * replaced if the piece keeps it. NULL if memory is short, or with a breach;
 * then the buffer has no page any more.
 */
static struct packet *take_part(struct receive *receive,
                                struct receive_buffer *buffer,
                                unsigned int offset, unsigned int length)
{
    struct packet *piece = packet_piece();
    void *fresh;

    if (!piece)
        return NULL;
    if (length <= COPY_MAX) {
        memcpy(piece->data, (char *)buffer->page + offset, length);
        piece->length = piece->total = length;
        return piece;
    }
    fresh = fresh_page(receive);
    if (!fresh) {
        packet_free(piece);
        return NULL;
    }
    if (grant_end(buffer->gref)) {
        breach(receive, "holds on to a page that it has answered");
        buffer->page = NULL;
    } else {
        packet_set_page(piece, buffer->page, offset, length);
        buffer->page = fresh;
        if (!grant_lend(buffer->gref, receive->domain, fresh, false))
            return piece;
        breach(receive, "cannot be lent our memory");
        grant_release(buffer->gref);
        buffer->page = NULL;
    }
    packet_page_free(fresh);
    packet_free(piece);
    return NULL;
}

/* What the flags of the first response mean for the whole packet. */
static void describe(struct packet *packet, const struct arrival *arrival)
{
    unsigned int flags = arrival->part[0].flags;

    packet->flags = 0;
    if (flags & NETRXF_csum_blank || arrival->gso_type != PACKET_GSO_NONE)
        packet->flags |= PACKET_CSUM_BLANK | PACKET_CSUM_VALID;
    else if (flags & NETRXF_data_validated)
        packet->flags |= PACKET_CSUM_VALID;
    packet->gso_type = arrival->gso_type;
    packet->gso_size = arrival->gso_size;
}

/* Consume a packet's responses and put all its buffers back. NULL if the
 * packet had to be dropped. */
static struct packet *take_packet(struct receive *receive,
                                  const struct arrival *arrival)
{
    struct packet *packet = NULL, **end = &packet;
    unsigned int total = 0, done = 0;
    bool dropped = arrival->failed;

    for (unsigned int i = 0; i < arrival->count; i++) {
        struct receive_buffer buffer =
            *buffer_at(receive, receive->ring.consumed);
        bool extra = i == 1 && arrival->gso_type != PACKET_GSO_NONE;

        receive->ring.consumed++;
        buffer_at(receive, receive->ring.consumed - 1)->page = NULL;
        if (!extra && !dropped) {
            const struct netif_rx_response *part = &arrival->part[done];

            *end = take_part(receive, &buffer, part->offset,
                             (unsigned int)part->status);
            dropped = !*end;
            total += (unsigned int)part->status;
            end = *end ? &(*end)->more : end;
        }
        done += !extra;
        if (buffer.page)
            post(receive, buffer);
    }
    if (dropped || total < FRAME_MIN || total > PACKET_MAX) {
        packet_free(packet);
        receive->errors++;
        return NULL;
    }
    packet->total = total;
    describe(packet, arrival);
    return packet;
}

unsigned int receive_take(struct receive *receive, struct packet *packets[],
                          unsigned int max)
{
    struct request_ring *ring = &receive->ring;
    struct arrival arrival;
    unsigned int taken = 0;
    int waiting = request_ring_waiting(ring);
    uint32_t left;

    receive->partial = 0;
    if (waiting < 0)
        breach(receive, "has answered what was not asked");
    left = ring->produced - ring->consumed - (uint32_t)waiting;
    if (waiting > 0 && left < PARTS_MAX + EXTRAS_MAX &&
        receive->wanted < ring->size)
        receive->wanted *= 2; /* it could have used more */
    while (!receive->breach && waiting > 0 && taken < max) {
        if (!read_arrival(receive, (unsigned int)waiting, &arrival)) {
            receive->partial = (uint32_t)waiting;
            break;
        }
        packets[taken] = take_packet(receive, &arrival);
        if (packets[taken]) {
            receive->packets++;
            receive->bytes += packets[taken]->total;
            taken++;
        }
        waiting -= (int)arrival.count;
    }
    if (!receive->breach)
        (void)!add_buffers(receive);
    return taken;
}

bool receive_sleep(struct receive *receive)
{
    return request_ring_sleep(&receive->ring, receive->partial + 1);
}

bool receive_push(struct receive *receive)
{
    struct request_ring *ring = &receive->ring;

    return ring->produced != ring->pushed && request_ring_push(ring);
}

/* ---- The ring's life ------------------------------------------------------
 */

int receive_init(struct receive *receive, uint16_t domain, bool untrusted)
{
    void *page = page_alloc(0);
    int error = -K_ENOMEM;

    if (!page)
        return error;
    request_ring_init(&receive->ring, page, PAGE_SIZE,
                      sizeof(union netif_rx_sring_entry));
    receive->breach = NULL;
    receive->wanted = BUFFERS_AT_FIRST;
    receive->domain = domain;
    receive->untrusted = untrusted;
    receive->buffers =
        heap_alloc_zeroed(receive->ring.size, sizeof(*receive->buffers));
    if (!receive->buffers)
        goto free_page;
    error = grant_give(domain, page, false, &receive->ring_gref);
    if (error)
        goto free_buffers;
    error = add_buffers(receive);
    if (error) {
        receive_destroy(receive);
        return error;
    }
    (void)!receive_push(receive);
    return 0;

free_buffers:
    heap_free(receive->buffers);
free_page:
    page_free(page, 0);
    return error;
}

void receive_destroy(struct receive *receive)
{
    for (uint32_t i = 0; i < receive->ring.size; i++) {
        struct receive_buffer *buffer = &receive->buffers[i];

        if (buffer->page && !grant_revoke(buffer->gref))
            packet_page_free(buffer->page);
    }
    heap_free(receive->buffers);
    if (!grant_revoke(receive->ring_gref))
        page_free(receive->ring.shared, 0);
}
