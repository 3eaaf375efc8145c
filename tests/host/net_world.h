/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_world.h: what network drivers stand on, for host tests: pages and blocks
 * of host memory that are counted, and a grant table whose other end is played
 * by the test. Include it once, before the driver; the packets' own sources
 * come with it.
 */
#ifndef CORACLE_TESTS_HOST_NET_WORLD_H
#define CORACLE_TESTS_HOST_NET_WORLD_H

#include "test.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/packet.h"
#include "xen/grant.h"

#ifndef GRANTS
#define GRANTS 1024
#endif

static unsigned int pages_out, blocks_out;
static unsigned int allocations_left = ~0u; /* then memory is short */

static struct {
    bool reserved, lent, readonly;
    bool busy; /* the other end has it mapped */
    char *page;
    uint16_t domain;
} grants[GRANTS];

static bool is_short(void)
{
    return allocations_left == 0 || (allocations_left--, false);
}

static unsigned int order_max = PAGE_ORDER_MAX; /* that is free in a row */

void *page_alloc(unsigned int order)
{
    size_t size = PAGE_SIZE << order;

    if (order > order_max || is_short())
        return NULL;
    pages_out += 1u << order;
    return memset(aligned_alloc(PAGE_SIZE, size), 0xee, size);
}

void page_free(void *page, unsigned int order)
{
    size_t size = PAGE_SIZE << order;

    for (unsigned int i = 0; i < GRANTS; i++)
        CHECK(!grants[i].lent || grants[i].page < (char *)page ||
              grants[i].page >= (char *)page + size);
    pages_out -= 1u << order;
    free(page);
}

void *heap_alloc(size_t size)
{
    if (is_short())
        return NULL;
    blocks_out++;
    return malloc(size);
}

void *heap_alloc_zeroed(size_t count, size_t size)
{
    if (is_short())
        return NULL;
    blocks_out++;
    return calloc(count, size);
}

void heap_free(void *pointer)
{
    blocks_out -= pointer != NULL;
    free(pointer);
}

int grant_reserve(gref_t *gref)
{
    /* The toolstack has the first few. */
    for (*gref = 8; *gref < GRANTS; ++*gref) {
        if (!grants[*gref].reserved) {
            grants[*gref].reserved = true;
            return 0;
        }
    }
    return -K_ENOSPC;
}

void grant_release(gref_t gref)
{
    CHECK(gref < GRANTS && grants[gref].reserved && !grants[gref].lent);
    grants[gref].reserved = false;
}

int grant_lend(gref_t gref, uint16_t domain, const void *page, bool readonly)
{
    CHECK(gref < GRANTS && grants[gref].reserved && !grants[gref].lent);
    CHECK_EQUAL((uintptr_t)page % PAGE_SIZE, 0);
    grants[gref].lent = true;
    grants[gref].readonly = readonly;
    grants[gref].page = (char *)page;
    grants[gref].domain = domain;
    return 0;
}

int grant_end(gref_t gref)
{
    CHECK(gref < GRANTS && grants[gref].reserved && grants[gref].lent);
    if (grants[gref].busy)
        return -K_EBUSY;
    grants[gref].lent = false;
    return 0;
}

int grant_give(uint16_t domain, const void *page, bool readonly, gref_t *gref)
{
    int error = grant_reserve(gref);

    return error ? error : grant_lend(*gref, domain, page, readonly);
}

int grant_revoke(gref_t gref)
{
    int error = grant_end(gref);

    if (!error)
        grant_release(gref);
    return error;
}

static inline unsigned int grants_lent(void)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < GRANTS; i++)
        count += grants[i].lent;
    return count;
}

static inline unsigned int grants_reserved(void)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < GRANTS; i++)
        count += grants[i].reserved;
    return count;
}

static struct memory_shrinker *the_shrinker;

void memory_add_shrinker(struct memory_shrinker *one)
{
    the_shrinker = one;
}

#include "drivers/packet.c"
#include "drivers/packet_pool.c"

/* Empty what the CPU keeps, so that what is out is in use. */
static inline void drain_pools(void)
{
    void *thing;

    while ((thing = take(&pools[0].pages)))
        page_free(thing, 0);
    while ((thing = take(&pools[0].pieces)))
        heap_free(thing);
}

/* Byte `i` of a packet made with `seed`. */
static inline uint8_t pattern(unsigned int seed, size_t i)
{
    return (uint8_t)(seed * 31 + i * 7 + (i >> 8));
}

static inline void fill(struct packet *packet, unsigned int seed)
{
    size_t i = 0;

    for (; packet; packet = packet->more)
        for (uint32_t n = 0; n < packet->length; n++)
            packet->data[n] = pattern(seed, i++);
}

/* Whether the bytes from `skip` on of what was made with `seed` are there. */
static inline bool is_filled(const struct packet *packet, unsigned int seed,
                             size_t skip)
{
    uint32_t total = 0, stated = packet->total;
    size_t i = skip;

    for (; packet; packet = packet->more) {
        CHECK(packet->start <= packet->data);
        CHECK(packet->data + packet->length <= packet->end);
        total += packet->length;
        for (uint32_t n = 0; n < packet->length; n++)
            if (packet->data[n] != pattern(seed, i++))
                return false;
    }
    CHECK_EQUAL(total, stated);
    return true;
}

#endif
