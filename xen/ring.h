/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.h: one direction of a byte stream in a page shared with another domain.
 *
 * The console and xenstore each have two of these in their page, laid out as
 * <xen/io/console.h> and <xen/io/xs_wire.h> say: a buffer whose size is a power
 * of two, and two counters that run freely through 32 bits. The producer has
 * written everything before `produced`, the consumer has taken everything
 * before `consumed`; their difference, 0 to size, is how much lies in between,
 * and a counter modulo the size is a place in the buffer.
 *
 * The page belongs to somebody else as much as to us. So we keep our own
 * counter in private memory (`mine`) and only ever write it to the page, and
 * the other end's counter is read once and believed only if the difference
 * makes sense. If it does not, the caller gets -K_EPROTO and no byte moves.
 *
 * Pure logic: no lock, no notification, no sleeping; those are the owner's.
 */
#ifndef CORACLE_XEN_RING_H
#define CORACLE_XEN_RING_H

#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

struct ring {
    char *buffer;           /* shared */
    uint32_t size;          /* of the buffer; a power of two */
    uint32_t mine;          /* private: the counter that we advance */
    uint32_t *mine_shared;  /* where the other end looks for it */
    const uint32_t *theirs; /* the other end's counter, shared */
};

/*
 * A ring that we write to (then `mine` is the producer's counter) or read from
 * (the consumer's). What is in the page already stays there.
 */
void ring_init(struct ring *ring, char *buffer, uint32_t size, uint32_t *mine,
               const uint32_t *theirs);

/* As the producer: how many bytes fit now, or -K_EPROTO. */
MUST_CHECK int ring_room(const struct ring *ring);

/* As the consumer: how many bytes wait now, or -K_EPROTO. */
MUST_CHECK int ring_waiting(const struct ring *ring);

/*
 * Copy in or out as much of `count` bytes as goes, and let the other end see
 * it. Return how many bytes that was (perhaps 0), or -K_EPROTO.
 */
MUST_CHECK int ring_put(struct ring *ring, const void *from, size_t count);
MUST_CHECK int ring_get(struct ring *ring, void *to, size_t count);

#endif
