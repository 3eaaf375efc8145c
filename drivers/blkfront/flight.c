/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flight.c: transfers on the ring: pages, requests, responses.
 *
 * Data goes through pages of our own, into which it is copied before a write
 * and out of which after a read. That costs half an instruction a byte and buys
 * much: with "persistent" grants, which stay in force from one transfer to the
 * next, the backend maps our pages once and not for every request, which costs
 * it far more than a copy; callers' memory may lie anywhere, in any alignment;
 * and a backend that is broken or hostile reaches these pages only, with
 * nothing in them but what is on its disk (XSA-403: `trusted=0` asks for that
 * at last). The page used last is used next, so that a quiet guest has few.
 *
 * A request names up to 11 pages itself. For more, the list of them stands in a
 * page of its own, the "indirect" one.
 *
 * The backend is not believed. A response is a copy; its id must be that of a
 * flight, its operation that of the flight's request. What breaks the protocol
 * is a `breach`, after which the ring is used no more, until the next
 * connection. "Not supported" can come at any time: then a flush is tried as a
 * write barrier, and what does not work is remembered for the connection.
 *
 * Source: <xen/io/blkif.h>. Concurrency: as blkfront.h says of each function.
 */
#include "coracle/errno.h"
#include "drivers/blkfront/blkfront.h"
#include "lib/string.h"

#define DIRECT_MAX BLKIF_MAX_SEGMENTS_PER_REQUEST

_Static_assert(BLKFRONT_SEGMENTS_MAX * sizeof(struct blkif_request_segment) <=
                   PAGE_SIZE,
               "segments fit into one indirect page");

/* ---- Pages ----------------------------------------------------------------
 */

static struct flight_page *make_page(struct block_device *device)
{
    struct flight_page *page;

    if (device->page_count >= device->page_max)
        return NULL;
    page = heap_alloc_zeroed(1, sizeof(*page));
    if (!page)
        return NULL;
    page->page = page_alloc(0);
    if (!page->page) {
        heap_free(page);
        return NULL;
    }
    /* None of our old secrets. */
    memset(page->page, 0, PAGE_SIZE);
    device->page_count++;
    return page;
}

static void put_page(struct block_device *device, struct flight_page *page)
{
    page->next = device->free_pages;
    device->free_pages = page;
}

static struct flight_page *take_page(struct block_device *device)
{
    struct flight_page *page = device->free_pages;

    if (!page)
        return make_page(device);
    device->free_pages = page->next;
    return page;
}

bool flight_reserve_pages(struct block_device *device, unsigned int page_count)
{
    while (device->page_count < page_count) {
        struct flight_page *page = make_page(device);

        if (!page)
            return false;
        put_page(device, page);
    }
    return true;
}

/* How many of `wanted` pages could be had: they are in front of `*pages`. */
static unsigned int take_pages(struct block_device *device, unsigned int wanted,
                               struct flight_page **pages)
{
    unsigned int taken = 0;

    while (taken < wanted) {
        struct flight_page *page = take_page(device);

        if (!page)
            break;
        page->next = *pages;
        *pages = page;
        taken++;
    }
    return taken;
}

static void put_pages(struct block_device *device, struct flight_page *pages)
{
    while (pages) {
        struct flight_page *next = pages->next;

        put_page(device, pages);
        pages = next;
    }
}

/* ---- Beginning ------------------------------------------------------------
 */

static unsigned int pages_for(const struct block_transfer *transfer)
{
    return (unsigned int)((transfer->bytes + PAGE_SIZE - 1) / PAGE_SIZE);
}

static bool has_data(const struct block_transfer *transfer)
{
    return transfer->operation == BLOCK_READ ||
           transfer->operation == BLOCK_WRITE;
}

/* Pages for a planned transfer, which becomes shorter if there are not enough.
 * False: not even one. */
static bool equip(struct block_device *device, struct flight *flight)
{
    unsigned int wanted = pages_for(&flight->transfer), taken;

    if (wanted > DIRECT_MAX) {
        flight->indirect = take_page(device);
        if (!flight->indirect) {
            wanted = DIRECT_MAX;
            flight->transfer.bytes = DIRECT_MAX * PAGE_SIZE;
        }
    }
    taken = take_pages(device, wanted, &flight->pages);
    if (taken == wanted)
        return true;
    if (taken < DIRECT_MAX && flight->indirect) {
        /* Of more use as one of them. */
        flight->indirect->next = flight->pages;
        flight->pages = flight->indirect;
        flight->indirect = NULL;
        taken++;
    }
    flight->transfer.bytes = (uint64_t)taken * PAGE_SIZE;
    return taken > 0;
}

struct flight *flight_begin(struct block_device *device)
{
    struct flight *flight = device->free_flights;

    if (!flight || request_ring_room(&device->ring) == 0)
        return NULL;
    if (!block_queue_plan(&device->queue,
                          device->features.segments_max * PAGE_SIZE,
                          &flight->transfer))
        return NULL;
    flight->pages = flight->indirect = NULL;
    flight->status = 0;
    if (has_data(&flight->transfer) && !equip(device, flight))
        return NULL; /* some will come back */
    device->free_flights = flight->next;
    flight->used = true;
    device->flying++;
    device->counters.transfers++;
    device->counters.merged +=
        block_queue_advance(&device->queue, &flight->transfer);
    return flight;
}

/* ---- The ring's request ---------------------------------------------------
 */

static int lend(struct block_device *device, struct flight_page *page)
{
    if (page->gref)
        return 0;
    return grant_give(device->domain, page->page, false, &page->gref);
}

static int lend_all(struct block_device *device, struct flight *flight)
{
    int error = flight->indirect ? lend(device, flight->indirect) : 0;

    for (struct flight_page *page = flight->pages; page && !error;
         page = page->next)
        error = lend(device, page);
    /* To the caller: that grants are used up is no full disk. */
    return error == -K_ENOSPC ? -K_ENOMEM : error;
}

/* The segments of a flight, its data copied where it is to be written. */
static unsigned int fill_segments(struct flight *flight,
                                  struct blkif_request_segment *segments)
{
    struct block_cursor from = flight->transfer.start;
    uint64_t left = flight->transfer.bytes;
    unsigned int count = 0;

    for (struct flight_page *page = flight->pages; page; page = page->next) {
        size_t part = left < PAGE_SIZE ? (size_t)left : PAGE_SIZE;

        if (flight->transfer.operation == BLOCK_WRITE)
            block_cursor_read(&from, page->page, part);
        segments[count++] = (struct blkif_request_segment){
            .gref = page->gref,
            .last_sect = (uint8_t)(part / BLOCK_SECTOR - 1)};
        left -= part;
    }
    return count;
}

static uint64_t id_of(const struct block_device *device,
                      const struct flight *flight)
{
    return (uint64_t)(flight - device->flights);
}

static void fill_data(struct block_device *device, struct flight *flight,
                      union flight_request *request)
{
    blkif_vdev_t handle = (blkif_vdev_t)device->info.number;
    uint64_t sector = flight->transfer.sector;

    flight->operation = flight->transfer.operation == BLOCK_READ
                            ? BLKIF_OP_READ
                            : BLKIF_OP_WRITE;
    if (!flight->indirect) {
        request->direct = (struct blkif_request){.operation = flight->operation,
                                                 .handle = handle,
                                                 .id = id_of(device, flight),
                                                 .sector_number = sector};
        request->direct.nr_segments =
            (uint8_t)fill_segments(flight, request->direct.seg);
        return;
    }
    request->indirect = (struct blkif_request_indirect){
        .operation = BLKIF_OP_INDIRECT,
        .indirect_op = flight->operation,
        .id = id_of(device, flight),
        .sector_number = sector,
        .handle = handle,
        .indirect_grefs = {flight->indirect->gref}};
    request->indirect.nr_segments =
        (uint16_t)fill_segments(flight, flight->indirect->page);
}

static void fill_other(struct block_device *device, struct flight *flight,
                       union flight_request *request)
{
    const struct block_request *asked = flight->transfer.start.request;

    if (flight->transfer.operation == BLOCK_DISCARD) {
        flight->operation = BLKIF_OP_DISCARD;
        request->discard = (struct blkif_request_discard){
            .operation = BLKIF_OP_DISCARD,
            .handle = (blkif_vdev_t)device->info.number,
            .id = id_of(device, flight),
            .sector_number = asked->sector,
            .nr_sectors = asked->sectors};
        return;
    }
    /* Either makes all safe that was written before it. */
    flight->operation = device->features.flush ? BLKIF_OP_FLUSH_DISKCACHE
                                               : BLKIF_OP_WRITE_BARRIER;
    request->direct =
        (struct blkif_request){.operation = flight->operation,
                               .handle = (blkif_vdev_t)device->info.number,
                               .id = id_of(device, flight)};
}

int flight_fill(struct block_device *device, struct flight *flight,
                union flight_request *request)
{
    int error = lend_all(device, flight);

    if (error)
        return error;
    if (has_data(&flight->transfer))
        fill_data(device, flight, request);
    else
        fill_other(device, flight, request);
    return 0;
}

/* ---- Answers --------------------------------------------------------------
 */

static void breach(struct block_device *device, const char *how)
{
    if (!device->breach)
        device->breach = how;
}

/* The backend cannot do what it said it could. Whether there is another way,
 * which is in *again. */
static bool fall_back(struct block_device *device, struct flight *flight,
                      union flight_request *again)
{
    struct blkfront_features *features = &device->features;

    if (flight->operation == BLKIF_OP_FLUSH_DISKCACHE) {
        features->flush = false;
        if (features->barrier) {
            fill_other(device, flight, again);
            return true;
        }
        flight->status = 0; /* there is nothing to be flushed */
    } else if (flight->operation == BLKIF_OP_WRITE_BARRIER) {
        features->barrier = false;
        flight->status = 0;
    } else if (flight->operation == BLKIF_OP_DISCARD) {
        features->discard = false;
        flight->status = -K_ENOTSUP;
    } else {
        flight->status = -K_EIO;
    }
    device->info.flush = features->flush || features->barrier;
    device->info.discard = features->discard;
    return false;
}

struct flight *flight_answered(struct block_device *device,
                               const struct blkif_response *response,
                               union flight_request *again)
{
    struct flight *flight;

    if (response->id >= device->ring.size ||
        !device->flights[response->id].used) {
        breach(device, "answers a request that was not made");
        return NULL;
    }
    flight = &device->flights[response->id];
    if (response->operation != flight->operation) {
        breach(device, "answers with another operation");
        return NULL;
    }
    again->direct.operation = BLKIF_OP_RESERVED_1;
    if (response->status == BLKIF_RSP_EOPNOTSUPP) {
        if (fall_back(device, flight, again))
            return NULL;
    } else {
        flight->status = response->status == BLKIF_RSP_OKAY ? 0 : -K_EIO;
    }
    /* A second response to it is to none. */
    flight->used = false;
    return flight;
}

static int take_back(struct flight_page *page)
{
    int error = page->gref ? grant_revoke(page->gref) : 0;

    if (!error)
        page->gref = 0;
    return error;
}

/* Drop pages that the backend holds on to. */
static struct flight_page *without_held(struct block_device *device,
                                        struct flight_page *pages)
{
    struct flight_page *rest = NULL;

    while (pages) {
        struct flight_page *page = pages;

        pages = page->next;
        if (take_back(page)) {
            heap_free(page); /* its page is not ours any more */
            device->page_count--;
        } else {
            page->next = rest;
            rest = page;
        }
    }
    return rest;
}

void flight_empty(struct block_device *device, struct flight *flight)
{
    struct block_cursor to = flight->transfer.start;
    uint64_t left = flight->transfer.bytes;
    int error = 0;

    if (flight->transfer.operation == BLOCK_READ && !flight->status)
        for (struct flight_page *page = flight->pages; page;
             page = page->next) {
            size_t part = left < PAGE_SIZE ? (size_t)left : PAGE_SIZE;

            block_cursor_write(&to, page->page, part);
            left -= part;
        }
    if (device->features.persistent)
        return;
    if (flight->indirect)
        error = take_back(flight->indirect);
    for (struct flight_page *page = flight->pages; page; page = page->next)
        error = take_back(page) ? -K_EBUSY : error;
    if (error)
        flight->status = -K_EPROTO;
}

void flight_end(struct block_device *device, struct flight *flight,
                struct list *finished)
{
    if (flight->status == -K_EPROTO)
        breach(device, "holds on to pages that it has answered for");
    block_queue_credit(&device->queue, &flight->transfer, flight->status,
                       finished);
    put_pages(device, flight->pages);
    if (flight->indirect)
        put_page(device, flight->indirect);
    flight->used = false;
    flight->next = device->free_flights;
    device->free_flights = flight;
    device->flying--;
}

void flight_reclaim(struct block_device *device)
{
    for (uint32_t i = 0; i < device->ring.size; i++) {
        struct flight *flight = &device->flights[i];

        if (!flight->used)
            continue;
        put_pages(device, flight->pages);
        if (flight->indirect)
            put_page(device, flight->indirect);
        flight->used = false;
    }
    device->flying = 0;
    device->free_pages = without_held(device, device->free_pages);
}
