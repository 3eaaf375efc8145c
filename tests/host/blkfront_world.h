/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blkfront_world.h: what is around drivers/blkfront/queue.c and flight.c, for
 * host tests and a fuzzer: memory, grants, a disk, and a backend that serves
 * it. The backend knows a page only by a grant that is in force; what it does
 * with any other ends the test.
 */
#ifndef CORACLE_TESTS_HOST_BLKFRONT_WORLD_H
#define CORACLE_TESTS_HOST_BLKFRONT_WORLD_H

#include "test.h"
#include "drivers/blkfront/queue.c"
#include "drivers/blkfront/flight.c"

#define GREFS        4096u
#define DISK_SECTORS 4096u

/* ---- Memory and grants ----------------------------------------------------
 */

static unsigned int pages_left = GREFS, pages_out;
static const void *granted[GREFS];
static unsigned int grants_left = GREFS, grants_out;
static bool grants_held; /* the backend does not let go */

void *heap_alloc_zeroed(size_t count, size_t size)
{
    return calloc(count, size);
}

void heap_free(void *pointer)
{
    free(pointer);
}

void *page_alloc(unsigned int order)
{
    CHECK(order == 0);
    if (pages_out == pages_left)
        return NULL;
    pages_out++;
    return aligned_alloc(PAGE_SIZE, PAGE_SIZE);
}

int grant_give(uint16_t domain, const void *page, bool readonly, gref_t *gref)
{
    CHECK(domain == 7 && !readonly);
    if (grants_out == grants_left)
        return -K_ENOSPC;
    for (gref_t i = 8; i < GREFS; i++) {
        if (granted[i])
            continue;
        granted[i] = page;
        grants_out++;
        *gref = i;
        return 0;
    }
    return -K_ENOSPC;
}

int grant_revoke(gref_t gref)
{
    CHECK(gref >= 8 && gref < GREFS && granted[gref]);
    if (grants_held)
        return -K_EBUSY;
    granted[gref] = NULL;
    grants_out--;
    return 0;
}

static char *page_of(gref_t gref)
{
    CHECK(gref < GREFS && granted[gref]);
    return (char *)(uintptr_t)granted[gref];
}

/* ---- The device ------------------------------------------------------------
 */

static struct block_device device;
static char ring_pages[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static unsigned int finished_count;
static struct list finished = LIST_INIT(finished);

/* A fresh ring, none of whose requests are made. */
static void ring_begin(void)
{
    request_ring_init(&device.ring, ring_pages, sizeof(ring_pages),
                      sizeof(union flight_request));
    free(device.flights);
    device.flights = calloc(device.ring.size, sizeof(*device.flights));
    device.free_flights = NULL;
    for (uint32_t i = device.ring.size; i-- > 0;) {
        device.flights[i].next = device.free_flights;
        device.free_flights = &device.flights[i];
    }
}

static void device_init(unsigned int segments, bool persistent)
{
    block_queue_init(&device.queue);
    device.domain = 7;
    device.info.number = 51712;
    device.page_max = 1024;
    device.features = (struct blkfront_features){.persistent = persistent,
                                                 .segments_max = segments,
                                                 .flush = true,
                                                 .barrier = true,
                                                 .discard = true};
    device.info.flush = device.info.discard = true;
    ring_begin();
}

/* As device.c does. */
static void put(void)
{
    union flight_request request;
    struct flight *flight;

    while ((flight = flight_begin(&device)) != NULL) {
        int error = flight_fill(&device, flight, &request);

        if (error) {
            flight->status = error;
            flight_end(&device, flight, &finished);
        } else {
            request_ring_put(&device.ring, &request, sizeof(request));
        }
    }
    (void)!request_ring_push(&device.ring);
}

static void take(void)
{
    struct blkif_response response;
    union flight_request again;
    int waiting = request_ring_waiting(&device.ring);

    if (waiting < 0)
        device.breach = "has answered what was not asked";
    for (; waiting > 0 && !device.breach; waiting--) {
        struct flight *flight;

        request_ring_get(&device.ring, &response, sizeof(response));
        flight = flight_answered(&device, &response, &again);
        if (device.breach)
            break;
        if (flight) {
            flight_empty(&device, flight);
            flight_end(&device, flight, &finished);
        } else {
            request_ring_put(&device.ring, &again, sizeof(again));
            (void)!request_ring_push(&device.ring);
        }
    }
    while (!list_empty(&finished)) {
        struct block_request *request =
            list_first(&finished, struct block_request, link);

        list_del(&request->link);
        finished_count++;
        request->done(request);
    }
}

/* ---- The backend -----------------------------------------------------------
 */

static char disk[DISK_SECTORS * BLOCK_SECTOR];
static uint32_t served, answered_count;
static unsigned int ring_requests, segments_seen;
static int16_t answer_with[16]; /* by operation: a status, if it is not 0 */

static void serve_segments(const union flight_request *request, uint8_t kind,
                           const struct blkif_request_segment *segments,
                           unsigned int count)
{
    uint64_t sector = request->direct.sector_number;

    for (unsigned int i = 0; i < count; i++) {
        unsigned int first = segments[i].first_sect;
        unsigned int size = (segments[i].last_sect - first + 1u) * BLOCK_SECTOR;
        char *memory = page_of(segments[i].gref) + first * BLOCK_SECTOR;

        CHECK(segments[i].last_sect < 8 && segments[i].last_sect >= first);
        CHECK(sector + size / BLOCK_SECTOR <= DISK_SECTORS);
        if (kind == BLKIF_OP_READ)
            memcpy(memory, disk + sector * BLOCK_SECTOR, size);
        else
            memcpy(disk + sector * BLOCK_SECTOR, memory, size);
        sector += size / BLOCK_SECTOR;
    }
    segments_seen += count;
}

/* Serve one request; what the answer is. */
static struct blkif_response serve(const union flight_request *request)
{
    struct blkif_response response = {.id = request->direct.id,
                                      .operation = request->direct.operation};

    ring_requests++;
    if (response.operation == BLKIF_OP_INDIRECT) {
        response.operation = request->indirect.indirect_op;
        CHECK(request->indirect.nr_segments <= 256);
    }
    response.status = answer_with[response.operation];
    if (response.status)
        return response;
    if (request->direct.operation == BLKIF_OP_INDIRECT)
        serve_segments(
            request, response.operation,
            (const void *)page_of(request->indirect.indirect_grefs[0]),
            request->indirect.nr_segments);
    else if (response.operation <= BLKIF_OP_WRITE)
        serve_segments(request, response.operation, request->direct.seg,
                       request->direct.nr_segments);
    return response;
}

static void answer(const struct blkif_response *response)
{
    memcpy(request_ring_slot(&device.ring, answered_count++), response,
           sizeof(*response));
    device.ring.shared->rsp_prod = answered_count;
}

/* Serve up to `count` of those that were pushed, and answer them in a random
 * order. */
static void backend(unsigned int count)
{
    struct blkif_response answers[128];
    unsigned int some = 0;

    while (some < count && served != device.ring.shared->req_prod) {
        union flight_request request;

        memcpy(&request, request_ring_slot(&device.ring, served++),
               sizeof(request));
        answers[some++] = serve(&request);
    }
    while (some > 0) {
        unsigned int i = test_below(some);

        answer(&answers[i]);
        answers[i] = answers[--some];
    }
}

#endif
