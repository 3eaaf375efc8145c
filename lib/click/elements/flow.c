/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow.c: the table of flows.
 *
 * Two structures hold a flow: a hash table finds it by either ID, a heap finds
 * the one that ends first. A packet that uses a flow puts its end off; to move
 * it in the heap each time would cost more than all the rest. So the heap's key
 * is only a bound: the flow does not end before. Whoever takes the top looks
 * whether it has been put off since, and if so gives it its new key.
 *
 * Concurrency: all is of one router's thread.
 */
#include "lib/click/elements/flow.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/checksum.h"
#include "lib/click/element.h"
#include "lib/click/router.h"
#include "lib/printf.h"

#define BUCKETS_FIRST 64u
#define EVICT_TRIES   16u /* flows looked at before giving up */

/* ---- Hashing --------------------------------------------------------------
 */

uint32_t flow_hash(const struct flow_id *id)
{
    uint64_t ports = (uint64_t)id->from_port << 16 | id->to_port;
    uint64_t all = ((uint64_t)id->from << 32 | id->to) ^
                   (ports << 8 | id->protocol) * 0x9e3779b97f4a7c15u;

    all ^= all >> 29;
    all *= 0xbf58476d1ce4e5b9u;
    return (uint32_t)(all >> 32);
}

static struct flow_side **bucket_of(const struct flow_table *table,
                                    const struct flow_id *id)
{
    return &table->buckets[flow_hash(id) & (table->bucket_count - 1)];
}

struct flow_side *flow_find(const struct flow_table *table,
                            const struct flow_id *id)
{
    struct flow_side *side = *bucket_of(table, id);

    while (side && !flow_same(&side->id, id))
        side = side->next;
    return side;
}

static void hash_add(struct flow_table *table, struct flow_side *side)
{
    struct flow_side **bucket = bucket_of(table, &side->id);

    side->next = *bucket;
    *bucket = side;
}

static void hash_remove(struct flow_table *table, struct flow_side *side)
{
    struct flow_side **at = bucket_of(table, &side->id);

    while (*at != side)
        at = &(*at)->next;
    *at = side->next;
}

/* Twice as many buckets; stays as it is if memory is short. */
static void hash_grow(struct flow_table *table)
{
    struct flow_side **old = table->buckets;
    uint32_t count = table->bucket_count;
    struct flow_side **fresh = calloc((size_t)count * 2, sizeof(*fresh));

    if (!fresh)
        return;
    table->buckets = fresh;
    table->bucket_count = count * 2;
    for (uint32_t i = 0; i < count; i++) {
        while (old[i]) {
            struct flow_side *side = old[i];

            old[i] = side->next;
            hash_add(table, side);
        }
    }
    free(old);
}

/* ---- The heap -------------------------------------------------------------
 */

static void heap_set(struct flow_budget *budget, unsigned int place,
                     struct flow *flow)
{
    budget->heap[place] = flow;
    flow->place = place;
}

static void heap_up(struct flow_budget *budget, struct flow *flow)
{
    unsigned int place = flow->place;

    while (place > 1 && budget->heap[place / 2]->key > flow->key) {
        heap_set(budget, place, budget->heap[place / 2]);
        place /= 2;
    }
    heap_set(budget, place, flow);
}

static void heap_down(struct flow_budget *budget, struct flow *flow)
{
    unsigned int place = flow->place;

    for (;;) {
        unsigned int child = place * 2;

        if (child > budget->count)
            break;
        if (child < budget->count &&
            budget->heap[child + 1]->key < budget->heap[child]->key)
            child++;
        if (budget->heap[child]->key >= flow->key)
            break;
        heap_set(budget, place, budget->heap[child]);
        place = child;
    }
    heap_set(budget, place, flow);
}

static int heap_room(struct flow_budget *budget)
{
    uint32_t room = budget->room ? budget->room * 2 : 64;
    struct flow **heap;

    if (budget->count + 1 < budget->room)
        return 0;
    heap = realloc(budget->heap, (size_t)room * sizeof(struct flow *));
    if (!heap)
        return -ENOMEM;
    budget->heap = heap;
    budget->room = room;
    return 0;
}

static void heap_add(struct flow_budget *budget, struct flow *flow)
{
    budget->count++;
    heap_set(budget, budget->count, flow);
    heap_up(budget, flow);
}

/* An empty one has no memory: so nobody has to end a budget. */
static void heap_trim(struct flow_budget *budget)
{
    if (budget->count > 0)
        return;
    free(budget->heap);
    budget->heap = NULL;
    budget->room = 0;
}

static void heap_remove(struct flow_budget *budget, struct flow *flow)
{
    struct flow *last = budget->heap[budget->count];

    budget->count--;
    heap_trim(budget);
    if (last == flow)
        return;
    heap_set(budget, flow->place, last);
    heap_up(budget, last);
    heap_down(budget, last);
}

static int64_t end_of(const struct flow *flow)
{
    return flow->used + (int64_t)flow->timeout;
}

/* The flow that ends first, its key being its end; NULL if there is none. */
static struct flow *heap_top(struct flow_budget *budget)
{
    while (budget->count > 0) {
        struct flow *flow = budget->heap[1];

        if (flow->key == end_of(flow))
            return flow;
        flow->key = end_of(flow);
        heap_down(budget, flow);
    }
    return NULL;
}

/* ---- Tables ---------------------------------------------------------------
 */

int flow_table_init(struct flow_table *table, struct flow_budget *budget)
{
    table->budget = budget;
    table->count = 0;
    table->bucket_count = BUCKETS_FIRST;
    table->buckets = calloc(BUCKETS_FIRST, sizeof(struct flow_side *));
    return table->buckets ? 0 : -ENOMEM;
}

static bool every(const struct flow *flow, void *argument)
{
    (void)flow;
    (void)argument;
    return true;
}

void flow_table_free(struct flow_table *table)
{
    if (!table->buckets)
        return;
    flow_remove_if(table, every, NULL);
    free(table->buckets);
    table->buckets = NULL;
}

/* It is in no heap. */
static void forget(struct flow *flow)
{
    struct flow_table *table = flow->table;

    hash_remove(table, &flow->sides[0]);
    hash_remove(table, &flow->sides[1]);
    table->count--;
    free(flow->shifts);
    free(flow);
}

void flow_remove(struct flow *flow)
{
    heap_remove(flow->table->budget, flow);
    forget(flow);
}

struct flow *flow_next(const struct flow_table *table,
                       const struct flow *before)
{
    uint32_t bucket = 0;
    struct flow_side *side = NULL;

    if (before) {
        bucket = flow_hash(&before->sides[0].id) & (table->bucket_count - 1);
        side = before->sides[0].next;
    } else if (table->count > 0) {
        side = table->buckets[0];
    } else {
        return NULL;
    }
    for (;;) {
        while (side && side->number != 0)
            side = side->next;
        if (side)
            return flow_of(side);
        if (++bucket == table->bucket_count)
            return NULL;
        side = table->buckets[bucket];
    }
}

void flow_remove_if(struct flow_table *table,
                    bool (*gone)(const struct flow *flow, void *argument),
                    void *argument)
{
    struct flow *flow = flow_next(table, NULL);

    while (flow) {
        struct flow *next = flow_next(table, flow);

        if (gone(flow, argument))
            flow_remove(flow);
        flow = next;
    }
}

/* ---- Flows ----------------------------------------------------------------
 */

/* What the sum of 16-bit words grows by from `from` to `to`. */
static void set_deltas(struct flow_side *side, const struct flow_id *from,
                       const struct flow_id *to)
{
    uint64_t sum = 0;
    uint32_t words[2] = {to->from, to->to};
    uint32_t gone[2] = {~from->from, ~from->to};
    uint16_t ports[2] = {to->from_port, to->to_port};
    uint16_t gone_ports[2] = {(uint16_t)~from->from_port,
                              (uint16_t)~from->to_port};

    sum = checksum_add(sum, words, sizeof(words));
    sum = checksum_add(sum, gone, sizeof(gone));
    side->addresses = checksum_fold(sum);
    sum = checksum_add(sum, ports, sizeof(ports));
    sum = checksum_add(sum, gone_ports, sizeof(gone_ports));
    side->all = checksum_fold(sum);
}

/* Make room for one more flow. Those that were used within their guarantee
 * stay; so many of them on top that we give up mean that all are busy. */
static bool make_room(struct flow_budget *budget, int64_t now, uint64_t timeout,
                      uint64_t guarantee)
{
    unsigned int tries = 0;

    while (tries < EVICT_TRIES) {
        struct flow *flow;

        if (budget->count < budget->capacity)
            return true;
        flow = heap_top(budget);
        if (!flow || (guarantee == 0 && now + (int64_t)timeout < flow->key))
            return false; /* the new one itself would be the first to go */
        if (now - flow->used >= (int64_t)flow->guarantee) {
            flow_remove(flow);
        } else { /* look at others; its key is set right when it is on top
                    again: until then the heap thinks it ends later */
            flow->key = flow->used + (int64_t)flow->guarantee + 1 +
                        (int64_t)flow->timeout;
            heap_down(budget, flow);
            tries++;
        }
    }
    return budget->count < budget->capacity;
}

/* Memory holds no more than there are: have fewer from now on, so that packets
 * find some, too. Flows are evicted one after the other, as new ones come. The
 * line is said without click_say(), which needs memory. */
static struct flow *have_fewer(struct flow_budget *budget)
{
    struct router_world *world = router_world(budget->element->router);
    uint32_t fewer = budget->count - budget->count / 8;
    char line[160];

    if (fewer > 0 && fewer < budget->capacity) {
        string_format(line, sizeof(line),
                      "%s: memory holds %u flows, not %u: CAPACITY is now %u",
                      budget->element->name, budget->count, budget->capacity,
                      fewer);
        world->say(world, line);
        budget->capacity = fewer;
    }
    return NULL;
}

struct flow *flow_add(struct flow_table *table, const struct flow_id *from,
                      const struct flow_id *to, int64_t now, uint64_t timeout,
                      uint64_t guarantee)
{
    struct flow *flow;

    if (!make_room(table->budget, now, timeout, guarantee))
        return NULL;
    if (heap_room(table->budget) != 0)
        return have_fewer(table->budget);
    flow = calloc(1, sizeof(*flow));
    if (!flow)
        return have_fewer(table->budget);
    flow->table = table;
    flow->sides[1].number = 1;
    flow->sides[0].id = *from;
    flow->sides[1].id = flow_reverse(*to);
    set_deltas(&flow->sides[0], from, to);
    set_deltas(&flow->sides[1], to, from);
    flow->used = now;
    flow->timeout = timeout;
    flow->guarantee = guarantee;
    flow->key = end_of(flow);
    if (table->count >= table->bucket_count / 2)
        hash_grow(table);
    /* The reply last: it is found first if both IDs are the same. */
    hash_add(table, &flow->sides[0]);
    hash_add(table, &flow->sides[1]);
    heap_add(table->budget, flow);
    table->count++;
    return flow;
}

void flow_use(struct flow *flow, int64_t now, uint64_t timeout)
{
    flow->used = now;
    flow->timeout = timeout;
    if (end_of(flow) < flow->key) { /* sooner than it seemed: a closed one */
        flow->key = end_of(flow);
        heap_up(flow->table->budget, flow);
    }
}

bool flow_reap(struct flow_budget *budget, int64_t now, unsigned int most)
{
    for (unsigned int i = 0; i < most; i++) {
        struct flow *flow = heap_top(budget);

        if (!flow || flow->key > now)
            return false;
        flow_remove(flow);
    }
    return true;
}

void flow_limit(struct flow_budget *budget, uint32_t capacity)
{
    budget->capacity = capacity;
    while (budget->count > capacity)
        flow_remove(heap_top(budget));
}

void flow_take(struct flow_table *table, struct flow_table *old,
               bool (*keep)(struct flow *flow, void *argument), void *argument)
{
    struct flow_budget *to = table->budget, *from = old->budget;
    struct flow_table empty = *table;
    uint32_t all = from->count;

    table->buckets = old->buckets;
    table->bucket_count = old->bucket_count;
    table->count = old->count;
    old->buckets = empty.buckets;
    old->bucket_count = empty.bucket_count;
    old->count = 0;
    /* In their order in one heap they mostly are a heap again. */
    from->count = 0;
    for (uint32_t i = 1; i <= all; i++) {
        struct flow *flow = from->heap[i];

        if (flow->table != old) {
            heap_add(from, flow);
            continue;
        }
        flow->table = table;
        if (to->count < to->capacity && keep(flow, argument) &&
            heap_room(to) == 0)
            heap_add(to, flow);
        else
            forget(flow);
    }
    heap_trim(from);
}

void flow_print_id(struct text *out, const struct flow_id *id)
{
    text_puts(out, "(");
    text_ip(out, &id->from);
    text_printf(out, ", %u, ", __builtin_bswap16(id->from_port));
    text_ip(out, &id->to);
    text_printf(out, ", %u)", __builtin_bswap16(id->to_port));
}
