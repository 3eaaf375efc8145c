/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * large.h: large TCP segments (coracle/packet.h) in the graph, and where they
 * end. See large.c.
 */
#ifndef CORACLE_CLICK_LARGE_H
#define CORACLE_CLICK_LARGE_H

#include "lib/click/element.h"

/* What elements of a class that `cuts` have besides. */
struct click_large {
    struct packet *rest; /* of what was pulled */
    bool needless;       /* configure() may say so: cut nothing */
};

/* The next packet that `*packet` is on a wire: itself if it is no large
 * segment; `*packet` is then NULL, else what is left. One that cannot be cut
 * (its headers are not what it says, or memory is short) is given whole, and a
 * large segment still. */
struct packet *large_cut(struct packet **packet);

/* How long the longest of these packets is. */
uint32_t large_longest(const struct packet *packet);

/* What the ports of a class that `cuts` are called by. */
void large_push(struct element *element, unsigned int port,
                struct packet *packet);
struct packet *large_pull(struct element *element, unsigned int port);

#endif
