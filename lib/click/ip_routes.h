/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_routes.h: a table of IP routes: the longest prefix wins.
 *
 *     routes_add(&routes, &route, false, &old);
 *     index = routes_find(&routes, address);    // host byte order
 *     if (index != ROUTES_NONE) ... routes.routes[index] ...
 *
 * Concurrency: one owner.
 */
#ifndef CORACLE_CLICK_IP_ROUTES_H
#define CORACLE_CLICK_IP_ROUTES_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"

#define ROUTES_NONE 0xffffffffu

struct ip_route {
    uint32_t address; /* host byte order, as the next two; within the mask */
    uint32_t gateway; /* 0: none */
    uint32_t mask;
    uint32_t output;
    bool gone;
};

struct ip_routes {
    struct ip_route *routes; /* as they came; some may be `gone` */
    uint32_t count, room;
    uint32_t *hash; /* 1 + index by prefix; 0: free */
    uint32_t hash_size;

    /* What addresses mean: those from starts[i] up to the next start are
     * targets[i]'s (an index, or ROUTES_NONE). Made anew when it is stale. */
    bool stale;
    uint32_t *starts, *targets;
    uint32_t ranges;
    uint32_t first[257]; /* the range in which N.0.0.0 is */
};

/* 0; -EEXIST: there is a route for that prefix, index *old, and `replace` is
 * false; -ENOMEM. */
MUST_CHECK int routes_add(struct ip_routes *routes,
                          const struct ip_route *route, bool replace,
                          uint32_t *old);

/* The route of exactly this prefix, or ROUTES_NONE. */
uint32_t routes_exact(const struct ip_routes *routes, uint32_t address,
                      uint32_t mask);
void routes_remove(struct ip_routes *routes, uint32_t index);
void routes_clear(struct ip_routes *routes);

/* The route for `address`, or ROUTES_NONE. If memory is short, found slowly. */
uint32_t routes_find(struct ip_routes *routes, uint32_t address);

/* A copy, to go back to. */
MUST_CHECK int routes_copy(struct ip_routes *to, const struct ip_routes *from);

#endif
