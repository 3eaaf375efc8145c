/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnel.c: wires between elements, through the boundaries of compounds and
 * groups.
 *
 * A wire that leads to a tunnel's end goes on as all the wires that leave the
 * tunnel's other end by the same port. They are searched from each element
 * outwards; a tunnel's port is gone through once for each output where the
 * search begins, so circles end, and it takes linear time.
 */
#include <string.h>
#include "lib/click/flatten.h"

struct search {
    const struct flat *flat;
    const unsigned int *index;
    struct click_config *config;
    unsigned int *first, *next; /* wires by the part they leave */
    unsigned int *mark;         /* the last search that went by this wire */
    unsigned int run;
    unsigned int *stack, depth; /* wires to look at */
    /* For each part, the latest connection to it, and for each connection the
     * one before it to the same part. */
    unsigned int *latest, *before, before_count;
};

static unsigned int *numbers(struct arena *arena, unsigned int count)
{
    unsigned int *list = arena_alloc(arena, (count + 1) * sizeof(*list));

    memset(list, 0xff, (count + 1) * sizeof(*list));
    return list;
}

/* Lists of the wires that leave each part, in their order. */
static void sort_wires(struct search *search)
{
    const struct flat *flat = search->flat;

    search->latest = numbers(flat->arena, flat->part_count);
    search->first = numbers(flat->arena, flat->part_count);
    search->next = numbers(flat->arena, flat->wire_count);
    search->mark = numbers(flat->arena, flat->wire_count);
    search->stack = numbers(flat->arena, flat->wire_count);
    for (unsigned int i = flat->wire_count; i-- > 0;) {
        unsigned int *first = &search->first[flat->wires[i].from];

        search->next[i] = *first;
        *first = i;
    }
}

/* Repeated connections are one. */
static void add_connection(struct search *search, const struct wire *source,
                           const struct wire *last)
{
    struct arena *arena = search->flat->arena;
    struct click_config *config = search->config;
    struct config_connection connection = {
        .from = search->index[source->from],
        .from_port = source->from_port,
        .to = search->index[last->to],
        .to_port = last->to_port,
        .landmark = (char *)source->landmark,
    };
    unsigned int *latest = &search->latest[last->to];

    for (unsigned int i = *latest; i != ~0u; i = search->before[i]) {
        const struct config_connection *old = &config->connections[i];

        if (old->from != connection.from)
            break; /* older ones are other elements', too */
        if (old->from_port == connection.from_port &&
            old->to_port == connection.to_port)
            return;
    }
    *ARENA_ADD(arena, search->before, search->before_count) = *latest;
    *latest = config->connection_count;
    *ARENA_ADD(arena, config->connections, config->connection_count) =
        connection;
}

/* Look at the wires that leave `part` by `port`, the first one first. */
static void push_wires(struct search *search, unsigned int part,
                       unsigned int port)
{
    const struct wire *wires = search->flat->wires;
    unsigned int from = search->depth;

    for (unsigned int i = search->first[part]; i != ~0u; i = search->next[i])
        if (wires[i].from_port == port && search->mark[i] != search->run) {
            search->mark[i] = search->run;
            search->stack[search->depth++] = i;
        }
    for (unsigned int to = search->depth; from + 1 < to; from++) {
        unsigned int wire = search->stack[from];

        search->stack[from] = search->stack[--to];
        search->stack[to] = wire;
    }
}

/* Follow the wire `start`, which leaves an element. */
static void follow(struct search *search, unsigned int start)
{
    const struct flat *flat = search->flat;

    search->run = start;
    search->mark[start] = start;
    search->stack[0] = start;
    search->depth = 1;
    while (search->depth) {
        const struct wire *wire = &flat->wires[search->stack[--search->depth]];
        const struct flat_part *to = &flat->parts[wire->to];

        if (to->class)
            add_connection(search, &flat->wires[start], wire);
        else if (to->tunnel != GRAPH_NO_PART)
            push_wires(search, to->tunnel, wire->to_port);
    }
}

void tunnel_connect(const struct flat *flat, const unsigned int *index,
                    struct click_config *config)
{
    struct search search = {.flat = flat, .index = index, .config = config};

    sort_wires(&search);
    for (unsigned int part = 0; part < flat->part_count; part++) {
        if (!flat->parts[part].class)
            continue;
        for (unsigned int i = search.first[part]; i != ~0u; i = search.next[i])
            follow(&search, i);
    }
}
