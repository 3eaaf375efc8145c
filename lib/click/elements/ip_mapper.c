/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_mapper.c: which of several servers a new flow gets.
 *
 * =c
 * RoundRobinIPMapper(PATTERN1, ..., PATTERNn)
 * =s nat
 * gives rewriters one pattern after the other
 * =d
 * For IPRewriter's INPUTSPECs. Each argument is "SADDR SPORT DADDR DPORT
 * FOUTPUT ROUTPUT"; flows get them in turn. A pattern without a free port is
 * passed over.
 * =e
 *   lb :: RoundRobinIPMapper(- - 10.0.0.1 - 0 1, - - 10.0.0.2 - 0 1);
 *   rw :: IPRewriter(lb, drop);
 * =a IPRewriter, SourceIPHashMapper
 *
 * =c
 * SourceIPHashMapper(NODES SEED, PATTERN1 HASHID1, ..., PATTERNn HASHIDn)
 * =s nat
 * gives rewriters patterns by a hash of the source address
 * =d
 * As RoundRobinIPMapper, but the flows of one source address always get the
 * same pattern, and most of them keep it when a pattern is added or taken away:
 * each pattern stands at NODES places of a circle (consistent hashing), which
 * its HASHID and SEED choose.
 * =a RoundRobinIPMapper
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/elements/rewriter.h"

struct choice {
    struct pattern *pattern;
    unsigned int outputs[2];
    uint32_t id;
};

struct node {
    uint32_t place;
    unsigned int choice;
};

struct mapper {
    struct element element;
    struct ip_mapper mapper;
    struct choice *choices;
    unsigned int count, next;
    struct node *nodes; /* by place */
    unsigned int node_count;
};

/* ---- Arguments ------------------------------------------------------------
 */

/* "SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT" and, `hashed`, an ID. */
static int read_choice(struct mapper *self, struct click_args *args,
                       char *const *words, unsigned int count, bool hashed)
{
    struct choice *choice = &self->choices[self->count];
    uint64_t numbers[3] = {0, 0, 0};

    if (count != 6u + hashed)
        return click_args_error(args,
                                "expected 'SADDR SPORT DADDR DPORT FOUTPUT "
                                "ROUTPUT%s'",
                                hashed ? " HASHID" : "");
    for (unsigned int i = 0; i < 2u + hashed; i++) {
        if (click_read_integer(words[4 + i], 0, i < 2 ? 255 : UINT32_MAX,
                               &numbers[i]) != 0)
            return click_args_error(args, "expected a number, not '%s'",
                                    words[4 + i]);
    }
    choice->pattern = pattern_parse(args, PATTERN_PORTS, words, 4);
    if (!choice->pattern)
        return -EINVAL;
    choice->outputs[0] = (unsigned int)numbers[0];
    choice->outputs[1] = (unsigned int)numbers[1];
    choice->id = (uint32_t)numbers[2];
    self->count++;
    return 0;
}

static int read_choices(struct mapper *self, struct click_args *args,
                        unsigned int first, bool hashed)
{
    int error = 0;

    if (args->count <= first)
        return click_args_error(args, "expected a pattern");
    self->choices = calloc(args->count, sizeof(*self->choices));
    if (!self->choices)
        return -ENOMEM;
    for (unsigned int i = first; i < args->count && error == 0; i++) {
        unsigned int count;
        char **words = click_split_words(args->words[i], &count);

        if (!words)
            return -ENOMEM;
        error = read_choice(self, args, words, count, hashed);
        click_words_free(words, count);
    }
    return error;
}

static void cleanup(struct element *element)
{
    struct mapper *self = (struct mapper *)element;

    for (unsigned int i = 0; i < self->count; i++)
        free(self->choices[i].pattern);
    free(self->choices);
    free(self->nodes);
}

static void *cast(struct element *element, const char *interface)
{
    if (strcmp(interface, "IPMapper") == 0)
        return &((struct mapper *)element)->mapper;
    return NULL;
}

/* ---- In turn --------------------------------------------------------------
 */

/* The choice `first`, or one behind it that has room. */
static bool map_from(struct mapper *self, unsigned int first,
                     const struct flow_table *table, const struct flow_id *from,
                     struct flow_id *to, unsigned int outputs[2])
{
    for (unsigned int i = 0; i < self->count; i++) {
        unsigned int at = (first + i) % self->count;
        struct choice *choice = &self->choices[at];

        if (pattern_apply(choice->pattern, table, &self->element, from, to)) {
            memcpy(outputs, choice->outputs, sizeof(choice->outputs));
            self->next = at + 1;
            return true;
        }
    }
    return false;
}

static bool map_in_turn(struct ip_mapper *mapper,
                        const struct flow_table *table,
                        const struct flow_id *from, struct flow_id *to,
                        unsigned int outputs[2])
{
    struct mapper *self = (struct mapper *)mapper->element;

    return map_from(self, self->next, table, from, to, outputs);
}

static int turn_configure(struct element *element, struct click_args *args)
{
    struct mapper *self = (struct mapper *)element;

    self->mapper = (struct ip_mapper){element, map_in_turn};
    return read_choices(self, args, 0, false);
}

const struct element_class click_class_RoundRobinIPMapper = {
    .name = "RoundRobinIPMapper",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct mapper),
    .configure = turn_configure,
    .cleanup = cleanup,
    .more = CLICK_MORE(.cast = cast),
};

/* ---- By hash --------------------------------------------------------------
 */

static uint32_t mix(uint32_t a, uint32_t b)
{
    uint64_t all = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u;

    all ^= all >> 32;
    all *= 0xbf58476d1ce4e5b9u;
    return (uint32_t)(all >> 32);
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = ((const struct node *)a)->place;
    uint32_t y = ((const struct node *)b)->place;

    return x < y ? -1 : x > y;
}

static bool map_hashed(struct ip_mapper *mapper, const struct flow_table *table,
                       const struct flow_id *from, struct flow_id *to,
                       unsigned int outputs[2])
{
    struct mapper *self = (struct mapper *)mapper->element;
    uint32_t place = mix(from->from, 0);
    unsigned int low = 0, high = self->node_count;

    while (low < high) { /* the first node at or behind `place` */
        unsigned int middle = (low + high) / 2;

        if (self->nodes[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return map_from(self, self->nodes[low % self->node_count].choice, table,
                    from, to, outputs);
}

static int make_nodes(struct mapper *self, unsigned int each, uint32_t seed)
{
    self->node_count = each * self->count;
    self->nodes = calloc(self->node_count, sizeof(*self->nodes));
    if (!self->nodes)
        return -ENOMEM;
    for (unsigned int i = 0; i < self->node_count; i++)
        self->nodes[i] = (struct node){
            mix(mix(self->choices[i / each].id, seed), i % each + 1), i / each};
    qsort(self->nodes, self->node_count, sizeof(*self->nodes), by_place);
    return 0;
}

static int hash_configure(struct element *element, struct click_args *args)
{
    struct mapper *self = (struct mapper *)element;
    uint64_t nodes = 0, seed = 0;
    unsigned int count = 0;
    char **words = NULL;
    int error = 0;

    self->mapper = (struct ip_mapper){element, map_hashed};
    if (args->count > 0)
        words = click_split_words(args->words[0], &count);
    if (!words || count != 2 ||
        click_read_integer(words[0], 1, 4096, &nodes) != 0 ||
        click_read_integer(words[1], 0, UINT32_MAX, &seed) != 0)
        error = click_args_error(args, "expected 'NODES SEED' first");
    if (words)
        click_words_free(words, count);
    error = error ? error : read_choices(self, args, 1, true);
    return error ? error
                 : make_nodes(self, (unsigned int)nodes, (uint32_t)seed);
}

const struct element_class click_class_SourceIPHashMapper = {
    .name = "SourceIPHashMapper",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct mapper),
    .configure = hash_configure,
    .cleanup = cleanup,
    .more = CLICK_MORE(.cast = cast),
};
