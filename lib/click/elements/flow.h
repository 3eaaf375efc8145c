/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow.h: flows, and the table of how their packets are rewritten.
 *
 * A flow is what packets between two ends have in common: addresses, ports,
 * protocol. To rewrite it is to give its packets other ones, and those of the
 * replies the reverse. So a flow has two sides, each with the ID that packets
 * of that direction come with; what they leave with is the reverse of the other
 * side's ID:
 *
 *             comes with                    leaves as
 *     side 0  10.0.0.1:99 -> 5.5.5.5:80     1.1.1.1:1024 -> 5.5.5.5:80
 *     side 1  5.5.5.5:80 -> 1.1.1.1:1024    5.5.5.5:80 -> 10.0.0.1:99
 *
 * A budget says how many flows there may be, for one table or several; when it
 * is used up, the flow that would end first gives way, unless it was used just
 * now. All of a router's thread.
 */
#ifndef CORACLE_CLICK_FLOW_H
#define CORACLE_CLICK_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "lib/click/text.h"

struct element;

/* In network byte order. Elements that do not look at ports have 0 there. */
struct flow_id {
    uint32_t from, to;
    uint16_t from_port, to_port;
    uint32_t protocol;
};

static inline struct flow_id flow_reverse(struct flow_id id)
{
    return (struct flow_id){id.to, id.from, id.to_port, id.from_port,
                            id.protocol};
}

static inline bool flow_same(const struct flow_id *a, const struct flow_id *b)
{
    return a->from == b->from && a->to == b->to &&
           a->from_port == b->from_port && a->to_port == b->to_port &&
           a->protocol == b->protocol;
}

uint32_t flow_hash(const struct flow_id *id);

struct flow_side {
    struct flow_id id;
    struct flow_side *next; /* of the bucket */
    uint16_t addresses; /* what is added to a sum of 16-bit words when the */
    uint16_t all;       /* addresses change; the ports too */
    uint8_t output;     /* where packets of this side leave */
    uint8_t number;     /* 0 or 1 */
};

struct flow_table;

/* How far a side's TCP sequence numbers are moved, once an element changed the
 * length of what it says: those behind `at` by `by`, until the next place;
 * those before all places by `base`. Of many places the last few are kept.
 */
#define FLOW_SHIFTS 4
struct flow_shifts {
    uint32_t base, count;
    struct {
        uint32_t at, by;
    } places[FLOW_SHIFTS];
};

struct flow {
    struct flow_side sides[2];
    struct flow_shifts *shifts; /* of both sides, allocated; or NULL */
    struct flow_table *table;
    unsigned int place;  /* in the budget's heap */
    unsigned int input;  /* that it came in at first */
    int64_t used;        /* ns, steady */
    int64_t key;         /* what the heap goes by: not later than the end */
    uint64_t timeout;    /* ns after `used` */
    uint64_t guarantee;  /* ns after `used` in which it cannot be evicted */
    uint32_t reply_note; /* annotation for replies */
    uint8_t seen[2];     /* packets of each side, up to 255 */
    uint8_t data, ended; /* bits by side: TCP had data, FIN */
    bool done;           /* TCP: both FINs, or RST */
};

static inline struct flow *flow_of(struct flow_side *side)
{
    return container_of(side - side->number, struct flow, sides[0]);
}

/* The ID that packets of `side` leave with. */
static inline struct flow_id flow_target(struct flow_side *side)
{
    return flow_reverse(flow_of(side)->sides[!side->number].id);
}

/* Zeroed but for its capacity and element at first; empty, it has no memory.
 * Where memory does not hold so many flows, the capacity becomes what it does
 * hold, and a line says so. */
struct flow_budget {
    const struct element *element; /* whose it is */
    uint32_t capacity, count;
    struct flow **heap; /* the one that ends first on top; from 1 on */
    uint32_t room;
};

struct flow_table {
    struct flow_budget *budget;
    struct flow_side **buckets;
    uint32_t bucket_count; /* a power of 2 */
    uint32_t count;        /* flows */
};

MUST_CHECK int flow_table_init(struct flow_table *table,
                               struct flow_budget *budget);
void flow_table_free(struct flow_table *table);

/* The side whose packets have `id`, or NULL. */
struct flow_side *flow_find(const struct flow_table *table,
                            const struct flow_id *id);

/*
 * A new flow: packets like `from` become like `to`. Evicts another if it must.
 * NULL if no other can be evicted, or memory is short. `timeout` and
 * `guarantee` in ns.
 */
struct flow *flow_add(struct flow_table *table, const struct flow_id *from,
                      const struct flow_id *to, int64_t now, uint64_t timeout,
                      uint64_t guarantee);
void flow_remove(struct flow *flow);

/* It was used now, and ends `timeout` later. */
void flow_use(struct flow *flow, int64_t now, uint64_t timeout);

/* Remove flows that have ended: at most `most`. True if there may be more. */
bool flow_reap(struct flow_budget *budget, int64_t now, unsigned int most);

/* Evict until there are no more than `capacity`. */
void flow_limit(struct flow_budget *budget, uint32_t capacity);

/* Remove those of a table for which `gone` says so. */
void flow_remove_if(struct flow_table *table,
                    bool (*gone)(const struct flow *flow, void *argument),
                    void *argument);

/* Give the flows of `old` for which `keep` says so, as many as there may be, to
 * `table`, which is new; the others end. They are not looked up one by one. */
void flow_take(struct flow_table *table, struct flow_table *old,
               bool (*keep)(struct flow *flow, void *argument), void *argument);

/* The table's flows one after the other: NULL begins and ends. */
struct flow *flow_next(const struct flow_table *table,
                       const struct flow *before);

/* "(1.0.0.1, 20, 2.0.0.2, 80)" */
void flow_print_id(struct text *out, const struct flow_id *id);

#endif
