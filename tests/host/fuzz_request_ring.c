/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_request_ring.c: the request ring with a hostile backend on the same
 * page. The input is a list of commands: a byte, and four bytes of argument.
 * The backend may write any byte of the page at any time. The frontend does
 * what a driver does: it looks at a device until the first -EPROTO. No step may
 * leave the page (a heap block of its own, for the sanitizer's eyes), and there
 * are never more responses than requests that the backend was shown.
 */
#include "test.h"
#include "request_backend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t put, shown, answered;

/* Take the waiting responses, at most `max`. False: the device is broken. */
static bool take(struct request_ring *ring, uint32_t max)
{
    struct played_response response;
    int waiting = request_ring_waiting(ring);

    if (waiting < 0) {
        CHECK(waiting == -K_EPROTO);
        return false;
    }
    CHECK((uint32_t)waiting <= shown - answered);
    for (; waiting && max; waiting--, max--, answered++)
        request_ring_get(ring, &response, sizeof(response));
    return true;
}

static void put_some(struct request_ring *ring, uint32_t count)
{
    struct played_request request = {.id = count};

    CHECK(request_ring_room(ring) == ring->size - (put - answered));
    for (; count && request_ring_room(ring); count--, put++)
        request_ring_put(ring, &request, sizeof(request));
}

/* One command; false when the backend has broken the protocol. */
static bool step(struct request_ring *ring, uint8_t command, uint32_t value)
{
    struct request_ring_shared *shared = ring->shared;

    switch (command % 8) {
    case 0:
        shared->rsp_prod = value;
        break;
    case 1: /* mostly right */
        shared->rsp_prod = answered + value % 300;
        break;
    case 2:
        shared->req_prod = value;
        shared->req_event = value >> 8;
        break;
    case 3:
        memset((char *)shared + value % PAGE, (int)(value >> 24), 1);
        break;
    case 4:
        put_some(ring, value % 300);
        break;
    case 5:
        shown = put;
        (void)!request_ring_push(ring);
        CHECK(shared->req_prod == ring->produced);
        break;
    case 6:
        return take(ring, value % 300);
    default:
        /* Either we may sleep, or there is something to look at. */
        if (request_ring_sleep(ring, value % 256 + 1))
            CHECK(request_ring_waiting(ring) != 0);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *page = malloc(PAGE);
    struct request_ring ring;
    uint32_t value;

    request_ring_init(&ring, page, PAGE, sizeof(union played_sring_entry));
    put = shown = answered = 0;
    for (; size >= 5; data += 5, size -= 5) {
        memcpy(&value, data + 1, sizeof(value));
        if (!step(&ring, data[0], value))
            break;
    }
    free(page);
    return 0;
}
