/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_routes.c: the longest prefix, as a search for a number.
 *
 * Prefixes either lie within one another or have nothing in common, so a table
 * of them cuts the line of all addresses into ranges, each of which belongs to
 * one route:
 *
 *     0/0 A, 10/8 B, 10.1/16 C:
 *
 *     0.0.0.0   A
 *     10.0.0.0  B
 *     10.1.0.0  C
 *     10.2.0.0  B
 *     11.0.0.0  A
 *
 * A lookup is a binary search for the last range that begins at or before the
 * address; an index by the address' first byte leaves few steps of it. Eight
 * bytes a range, two ranges a route at most. The ranges are made when they are
 * first needed after a change, by one sweep over the sorted prefixes, so a
 * thousand changes in a row cost one sweep. Exact prefixes are found by a hash.
 *
 * Pure logic; one owner.
 */
#include "lib/click/ip_routes.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Exact prefixes -------------------------------------------------------
 */

static uint32_t hash_of(const struct ip_routes *routes, uint32_t address,
                        uint32_t mask)
{
    uint32_t hash = (address ^ mask >> 7) * 0x9e3779b1u;

    return (hash ^ hash >> 15) & (routes->hash_size - 1);
}

static void hash_put(struct ip_routes *routes, uint32_t index)
{
    const struct ip_route *route = &routes->routes[index];
    uint32_t slot = hash_of(routes, route->address, route->mask);

    while (routes->hash[slot])
        slot = (slot + 1) & (routes->hash_size - 1);
    routes->hash[slot] = index + 1;
}

uint32_t routes_exact(const struct ip_routes *routes, uint32_t address,
                      uint32_t mask)
{
    uint32_t slot;

    if (!routes->hash_size)
        return ROUTES_NONE;
    slot = hash_of(routes, address, mask);
    for (; routes->hash[slot]; slot = (slot + 1) & (routes->hash_size - 1)) {
        uint32_t index = routes->hash[slot] - 1;
        const struct ip_route *route = &routes->routes[index];

        if (!route->gone && route->address == address && route->mask == mask)
            return index;
    }
    return ROUTES_NONE;
}

/* Room for one more; routes that are gone make room first. */
static int make_room(struct ip_routes *routes)
{
    uint32_t kept = 0, room = routes->room ? routes->room : 16;
    struct ip_route *array;
    uint32_t *hash;

    if (routes->count < routes->room)
        return 0;
    for (uint32_t i = 0; i < routes->count; i++)
        kept += !routes->routes[i].gone;
    if (kept > room / 2)
        room *= 2;
    array = malloc(room * sizeof(*array));
    hash = calloc(2 * (size_t)room, sizeof(*hash));
    if (!array || !hash) {
        free(array);
        free(hash);
        return -ENOMEM;
    }
    kept = 0;
    for (uint32_t i = 0; i < routes->count; i++)
        if (!routes->routes[i].gone)
            array[kept++] = routes->routes[i];
    free(routes->routes);
    free(routes->hash);
    routes->routes = array;
    routes->hash = hash;
    routes->room = room;
    routes->hash_size = 2 * room;
    routes->count = kept;
    routes->stale = true;
    for (uint32_t i = 0; i < kept; i++)
        hash_put(routes, i);
    return 0;
}

int routes_add(struct ip_routes *routes, const struct ip_route *route,
               bool replace, uint32_t *old)
{
    int error;

    *old = routes_exact(routes, route->address, route->mask);
    if (*old != ROUTES_NONE) {
        if (!replace)
            return -EEXIST;
        routes->routes[*old] = *route;
        return 0;
    }
    error = make_room(routes);
    if (error)
        return error;
    routes->routes[routes->count] = *route;
    routes->routes[routes->count].gone = false;
    hash_put(routes, routes->count++);
    routes->stale = true;
    return 0;
}

/* It stays in the hash, so that those behind it are found. */
void routes_remove(struct ip_routes *routes, uint32_t index)
{
    routes->routes[index].gone = true;
    routes->stale = true;
}

void routes_clear(struct ip_routes *routes)
{
    free(routes->routes);
    free(routes->hash);
    free(routes->starts);
    free(routes->targets);
    memset(routes, 0, sizeof(*routes));
}

int routes_copy(struct ip_routes *to, const struct ip_routes *from)
{
    uint32_t old;

    memset(to, 0, sizeof(*to));
    for (uint32_t i = 0; i < from->count; i++)
        if (!from->routes[i].gone &&
            routes_add(to, &from->routes[i], true, &old)) {
            routes_clear(to);
            return -ENOMEM;
        }
    return 0;
}

/* ---- Ranges ---------------------------------------------------------------
 */

struct sorted {
    uint32_t address, mask, index;
};

/* By address; of prefixes that begin at the same one, the outer first. */
static int compare(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;

    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return a->mask < b->mask ? -1 : a->mask > b->mask;
}

static void range_add(struct ip_routes *routes, uint32_t start, uint32_t target)
{
    if (routes->ranges > 0 && routes->starts[routes->ranges - 1] == start)
        routes->ranges--;
    routes->starts[routes->ranges] = start;
    routes->targets[routes->ranges++] = target;
}

/* The prefixes in which we are, the innermost last: at most 33. */
static void sweep(struct ip_routes *routes, const struct sorted *sorted,
                  uint32_t count)
{
    const struct sorted *open[34];
    unsigned int depth = 0;

    range_add(routes, 0, ROUTES_NONE);
    for (uint32_t i = 0; i <= count; i++) {
        /* Close what ends before the next one begins. */
        while (depth > 0) {
            uint32_t last = open[depth - 1]->address | ~open[depth - 1]->mask;

            if (i < count && last >= sorted[i].address)
                break;
            depth--;
            if (last != ~0u)
                range_add(routes, last + 1,
                          depth > 0 ? open[depth - 1]->index : ROUTES_NONE);
        }
        if (i == count)
            break;
        range_add(routes, sorted[i].address, sorted[i].index);
        open[depth++] = &sorted[i];
    }
}

static void make_index(struct ip_routes *routes)
{
    uint32_t range = 0;

    for (uint32_t byte = 0; byte < 256; byte++) {
        while (range + 1 < routes->ranges &&
               routes->starts[range + 1] <= byte << 24)
            range++;
        routes->first[byte] = range;
    }
    routes->first[256] = routes->ranges - 1;
}

static bool make_ranges(struct ip_routes *routes)
{
    struct sorted *sorted = malloc((routes->count + 1) * sizeof(*sorted));
    uint32_t count = 0, most = 2 * routes->count + 1;

    free(routes->starts);
    free(routes->targets);
    routes->starts = malloc(most * sizeof(*routes->starts));
    routes->targets = malloc(most * sizeof(*routes->targets));
    routes->ranges = 0;
    if (!sorted || !routes->starts || !routes->targets) {
        free(sorted);
        return false;
    }
    for (uint32_t i = 0; i < routes->count; i++)
        if (!routes->routes[i].gone)
            sorted[count++] = (struct sorted){routes->routes[i].address,
                                              routes->routes[i].mask, i};
    qsort(sorted, count, sizeof(*sorted), compare);
    sweep(routes, sorted, count);
    make_index(routes);
    free(sorted);
    routes->stale = false;
    return true;
}

/* ---- Lookups --------------------------------------------------------------
 */

static uint32_t find_slowly(const struct ip_routes *routes, uint32_t address)
{
    uint32_t best = ROUTES_NONE;

    for (uint32_t i = 0; i < routes->count; i++) {
        const struct ip_route *route = &routes->routes[i];

        if (!route->gone && (address & route->mask) == route->address &&
            (best == ROUTES_NONE || route->mask > routes->routes[best].mask))
            best = i;
    }
    return best;
}

uint32_t routes_find(struct ip_routes *routes, uint32_t address)
{
    uint32_t low, high;

    if (__builtin_expect(routes->stale || !routes->starts, 0)) {
        if (routes->count == 0)
            return ROUTES_NONE;
        if (!make_ranges(routes))
            return find_slowly(routes, address);
    }
    low = routes->first[address >> 24];
    high = routes->first[(address >> 24) + 1];
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;

        if (routes->starts[middle] <= address)
            low = middle;
        else
            high = middle - 1;
    }
    return routes->targets[low];
}
