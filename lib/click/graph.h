/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * graph.h: a configuration as it was written, between parse.c and flatten.c.
 *
 * A compound is what stands in braces, and the whole file is one, too. It has
 * parts (elements) and wires (connections), by index. A part is of a class: one
 * of elements, or a list of compounds, of which one will be chosen when it is
 * known how the part is connected and configured.
 *
 * Connections through a boundary are tunnels. A compound's first two parts are
 * its `input` and `output`; when an element of it is expanded, a wire to the
 * element goes on as the wires from `input`, and a wire to `output` as the
 * wires from the element. Groups ( ) and connectiontunnels are the same thing
 * inside of one compound.
 *
 * All of it lies in one arena.
 */
#ifndef CORACLE_CLICK_GRAPH_H
#define CORACLE_CLICK_GRAPH_H

#include <stdbool.h>
#include "lib/click/arena.h"
#include "lib/click/config.h"
#include "lib/click/errors.h"

#define GRAPH_NO_PART (~0u)
#define GRAPH_PORTS   4096 /* ports of an element are fewer */
#define GRAPH_DEPTH   64   /* compounds and groups in each other */

#define GRAPH_INPUT  0 /* the parts of a compound that are not elements */
#define GRAPH_OUTPUT 1

struct compound;

struct graph_class {
    const char *name;          /* "" for { ... } without a name */
    struct compound *compound; /* NULL: a class of elements */
};

/* Names of classes that can be seen at some place, innermost first. */
struct binding {
    const char *name;
    struct graph_class *class;
    const struct binding *outer;
};

struct part {
    const char *name;          /* NULL: Class@number */
    struct graph_class *class; /* NULL: no element, a tunnel's end */
    const char *variable;      /* or: the class is this one's value */
    const struct binding *bindings;
    const char *config, *landmark;
    unsigned int number;          /* from 1 */
    unsigned int inputs, outputs; /* that wires use */
    unsigned int tunnel; /* a wire to here goes on as the wires from there */
    bool group;
};

struct wire {
    unsigned int from, from_port, to, to_port;
    const char *landmark;
};

/* `define`s and formals: the value as written. */
struct variable {
    const char *name, *value, *landmark;
};

struct formal {
    const char *name, *keyword; /* NULL: positional; "__REST__" */
};

struct compound {
    struct compound *next;       /* behind || */
    struct graph_class *extends; /* "...", in the last one */
    const struct compound *enclosing;
    const char *landmark;
    struct part *parts;
    struct wire *wires;
    struct variable *defines;
    struct formal *formals;
    unsigned int part_count, wire_count, define_count, formal_count;
    unsigned int elements;        /* parts that count for the next @number */
    unsigned int inputs, outputs; /* its own ports */
    bool has_formals;             /* no formals is not the same as "|" */
};

struct graph {
    struct compound *top;
    const char **requirements;
    unsigned int requirement_count;
};

/* Parse. Errors are said; what there is of the graph is good to flatten only if
 * there were none. `scratch` holds the text of libraries. */
struct graph *graph_parse(struct arena *arena, const struct config_source *from,
                          struct text *scratch, struct click_errors *errors);

/* Expand all compounds; the strings are the arena's. */
void graph_flatten(struct arena *arena, const struct graph *graph,
                   const struct config_source *from,
                   struct click_config *config, struct click_errors *errors);

/* ---- Names ----------------------------------------------------------------
 *
 * A table from names to numbers. A zeroed one is empty.
 */
struct name_table {
    struct name_slot {
        const char *name;
        unsigned int value;
    } * slots;
    unsigned int room, used;
};

/* The number, or NULL. */
unsigned int *name_table_find(const struct name_table *table, const char *name);
/* `name`, which must stay and not be there yet. */
void name_table_add(struct arena *arena, struct name_table *table,
                    const char *name, unsigned int value);

#endif
