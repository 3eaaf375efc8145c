/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.c: byte rings; ring.h has the idea.
 *
 * Order is what matters here. Each side publishes its counter after it has
 * done its work on the buffer, and looks at the other side's counter before it
 * begins; the fences below say so, each names its partner on the other side
 * (xenconsoled and xenstored have theirs in the same places). On x86 they only
 * hold the compiler back: the CPU keeps these orders by itself.
 */
#include <stdatomic.h>
#include "coracle/errno.h"
#include "lib/string.h"
#include "xen/ring.h"

void ring_init(struct ring *ring, char *buffer, uint32_t size, uint32_t *mine,
               const uint32_t *theirs)
{
    ring->buffer = buffer;
    ring->size = size;
    ring->mine = READ_ONCE(*mine);
    ring->mine_shared = mine;
    ring->theirs = theirs;
}

int ring_room(const struct ring *ring)
{
    /* Unsigned differences stay right when the counters wrap. */
    uint32_t used = ring->mine - READ_ONCE(*ring->theirs);

    return used <= ring->size ? (int)(ring->size - used) : -K_EPROTO;
}

int ring_waiting(const struct ring *ring)
{
    uint32_t used = READ_ONCE(*ring->theirs) - ring->mine;

    return used <= ring->size ? (int)used : -K_EPROTO;
}

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

int ring_put(struct ring *ring, const void *from, size_t count)
{
    int room = ring_room(ring);
    size_t at = ring->mine & (ring->size - 1);
    size_t first;

    if (room <= 0)
        return room;
    count = min(count, (size_t)room);
    first = min(count, ring->size - at);
    /* We may overwrite what the consumer has taken: its counter was read
     * before. Partner: the consumer's fence before it stores its counter. */
    atomic_thread_fence(memory_order_acquire);
    memcpy(ring->buffer + at, from, first);
    memcpy(ring->buffer, (const char *)from + first, count - first);
    /* The bytes are there before the counter says so. Partner: the consumer's
     * fence after it has read the counter. */
    atomic_thread_fence(memory_order_release);
    ring->mine += (uint32_t)count;
    WRITE_ONCE(*ring->mine_shared, ring->mine);
    return (int)count;
}

int ring_get(struct ring *ring, void *to, size_t count)
{
    int waiting = ring_waiting(ring);
    size_t at = ring->mine & (ring->size - 1);
    size_t first;

    if (waiting <= 0)
        return waiting;
    count = min(count, (size_t)waiting);
    first = min(count, ring->size - at);
    /* The counter was read before the bytes are. Partner: the producer's
     * fence before it stores its counter. */
    atomic_thread_fence(memory_order_acquire);
    memcpy(to, ring->buffer + at, first);
    memcpy((char *)to + first, ring->buffer, count - first);
    /* The bytes are out before the counter gives their place away. Partner:
     * the producer's fence after it has read the counter. */
    atomic_thread_fence(memory_order_release);
    ring->mine += (uint32_t)count;
    WRITE_ONCE(*ring->mine_shared, ring->mine);
    return (int)count;
}
