/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request_ring.h: the ring on which a frontend puts requests and a backend
 * answers, as all of Xen's split drivers have it (<xen/io/ring.h>).
 *
 *     shared:   req_prod req_event rsp_prod rsp_event | slot slot slot ...
 *
 * The slots serve both ways: a response overwrites a request that the backend
 * has read. Four counters run freely through 32 bits; a counter modulo the
 * number of slots is a place. We write req_prod and rsp_event, the backend
 * writes the others. An event counter is a wish: "notify me when your counter
 * reaches this", so that whoever is awake is not notified.
 *
 *     consumed <= rsp_prod <= req_prod <= produced <= consumed + size
 *
 * is what an honest backend keeps to. Ours are kept in private and only written
 * to the shared page; rsp_prod is read once and believed only within these
 * bounds. Slots are shared memory too: write a request in private and copy it
 * in, copy a response out and then look at it.
 *
 * Pure logic, no lock: the owner's lock guards a ring.
 */
#ifndef CORACLE_DRIVERS_REQUEST_RING_H
#define CORACLE_DRIVERS_REQUEST_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/errno.h"
#include "lib/string.h"

/* What the pages begin with; the slots follow at byte 64. */
struct request_ring_shared {
    uint32_t req_prod, req_event;
    uint32_t rsp_prod, rsp_event;
    uint8_t unused[48];
};

_Static_assert(sizeof(struct request_ring_shared) == 64, "<xen/io/ring.h>");

struct request_ring {
    struct request_ring_shared *shared;
    uint32_t slot_size; /* bytes */
    uint32_t size;      /* slots, a power of two */
    uint32_t produced;  /* requests written */
    uint32_t pushed;    /* of these, shown to the backend: req_prod */
    uint32_t consumed;  /* responses read */
};

/* A fresh ring in `bytes` bytes of whole pages; `slot_size` is that of the
 * larger of request and response. */
static inline void request_ring_init(struct request_ring *ring, void *pages,
                                     size_t bytes, size_t slot_size)
{
    size_t fit = (bytes - sizeof(*ring->shared)) / slot_size;

    memset(pages, 0, bytes);
    ring->shared = pages;
    ring->slot_size = (uint32_t)slot_size;
    ring->size = 1u << (31 - __builtin_clz((uint32_t)fit));
    ring->produced = 0;
    ring->pushed = 0;
    ring->consumed = 0;
    ring->shared->req_event = 1;
    ring->shared->rsp_event = 1;
}

static inline void *request_ring_slot(const struct request_ring *ring,
                                      uint32_t counter)
{
    return (char *)(ring->shared + 1) +
           (size_t)(counter & (ring->size - 1)) * ring->slot_size;
}

/* How many requests can be put now. */
static inline uint32_t request_ring_room(const struct request_ring *ring)
{
    return ring->size - (ring->produced - ring->consumed);
}

/* Put one request of `size` bytes (at most slot_size); there must be room. The
 * backend sees it after request_ring_push(). */
static inline void request_ring_put(struct request_ring *ring,
                                    const void *request, size_t size)
{
    __builtin_memcpy(request_ring_slot(ring, ring->produced++), request, size);
}

/* Show the backend all that was put. Returns whether it wants to be notified;
 * once for a whole batch. */
MUST_CHECK static inline bool request_ring_push(struct request_ring *ring)
{
    uint32_t old = ring->pushed;
    uint32_t now = ring->produced;

    ring->pushed = now;
    /* The requests are there before the counter says so. Partner: the
     * backend's fence after it has read req_prod. */
    atomic_thread_fence(memory_order_release);
    WRITE_ONCE(ring->shared->req_prod, now);
    /* Our counter is visible before we look at its wish. Partner: the fence
     * between the backend's wish and its last look at req_prod. */
    atomic_thread_fence(memory_order_seq_cst);
    return now - READ_ONCE(ring->shared->req_event) < now - old;
}

/* How many responses wait, or -K_EPROTO: the backend's counter is beyond what
 * it was shown or has gone back. */
MUST_CHECK static inline int
request_ring_waiting(const struct request_ring *ring)
{
    uint32_t waiting = READ_ONCE(ring->shared->rsp_prod) - ring->consumed;

    if (waiting > ring->pushed - ring->consumed)
        return -K_EPROTO;
    /* The counter was read before the responses are. Partner: the backend's
     * fence before it stores rsp_prod. */
    atomic_thread_fence(memory_order_acquire);
    return (int)waiting;
}

/* Copy the next response of `size` bytes out; one must wait. What the backend
 * writes later does not change the copy. */
static inline void request_ring_get(struct request_ring *ring, void *response,
                                    size_t size)
{
    __builtin_memcpy(response, request_ring_slot(ring, ring->consumed++), size);
    /* The compiler may not go back to the slot for what is in the copy. */
    atomic_signal_fence(memory_order_seq_cst);
}

/*
 * Ask for a notification when `more` more responses are there (1: the next one;
 * at most as many as the backend still owes), and look a last time: true if
 * that many have come meanwhile, and there may be no notification for them, or
 * if the backend's counter is wrong.
 */
MUST_CHECK static inline bool request_ring_sleep(struct request_ring *ring,
                                                 uint32_t more)
{
    WRITE_ONCE(ring->shared->rsp_event, ring->consumed + more);
    /* The wish is visible before the last look. Partner: the fence between the
     * backend's store of rsp_prod and its look at rsp_event. */
    atomic_thread_fence(memory_order_seq_cst);
    return READ_ONCE(ring->shared->rsp_prod) - ring->consumed >= more;
}

#endif
