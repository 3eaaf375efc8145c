/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet_pool.h: what packets are made of: pieces and pages, kept for each CPU.
 *
 * For packet.c and network drivers; all others use coracle/packet.h. Any
 * context but event handlers.
 */
#ifndef CORACLE_DRIVERS_PACKET_POOL_H
#define CORACLE_DRIVERS_PACKET_POOL_H

#include "coracle/compiler.h"
#include "coracle/packet.h"

/* What fits into a piece's own store behind PACKET_HEADROOM. */
#define PACKET_SMALL 312u

/* An empty packet of one piece, whose store is its own; NULL if memory is
 * short. */
MUST_CHECK struct packet *packet_piece(void);

/* A page with any content; NULL if memory is short. */
MUST_CHECK void *packet_page(void);
void packet_page_free(void *page);

/* Let `page`, which is then the piece's, be the store of a fresh piece whose
 * bytes begin at `offset` of it. */
void packet_set_page(struct packet *piece, void *page, size_t offset,
                     size_t length);

/* A packet of `total` bytes, with any content, in as few pages as it needs,
 * which hold nothing else and, if asked for, zeros. NULL if memory is short. */
MUST_CHECK struct packet *packet_apart(size_t total, bool zeroed);

#endif
