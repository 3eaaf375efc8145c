/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flatten.h: what flatten.c's helpers give it: values of variables
 * (variables.c), which compound a part becomes (overload.c), and connections
 * through boundaries (tunnel.c).
 */
#ifndef CORACLE_CLICK_FLATTEN_H
#define CORACLE_CLICK_FLATTEN_H

#include "lib/click/graph.h"

#define FLAT_CONFIG (1u << 20) /* bytes a configuration string may have */

/* ---- Variables ------------------------------------------------------------
 *
 * What variables are in one use of a compound: its arguments and definitions,
 * then those of the compound in whose text it stands, and so on.
 */
struct frame {
    const struct frame *outer;
    const struct compound *compound;
    struct value {
        const char *name, *text;
        bool raw, busy; /* `text` is yet to be expanded; it is being */
    } * values;
    unsigned int count;
};

/* `text` with its variables replaced, in the arena; those that nothing defines
 * stay. An error if it becomes larger than FLAT_CONFIG. */
const char *frame_expand(struct arena *arena, const struct frame *frame,
                         const char *text, const char *landmark,
                         struct click_errors *errors);

/* Arguments: between commas, without white space and comments around. */
const char **frame_split(struct arena *arena, const char *text,
                         unsigned int *count);

/* ---- Overloads ------------------------------------------------------------
 */

/* A use of a class. */
struct usage {
    const struct graph_class *class;
    const char *landmark;
    const char **arguments;
    unsigned int count, inputs, outputs;
};

/*
 * The definition that fits, its arguments in `values`, one for each formal.
 * NULL: the class of elements that it extends fits (`class` is it), or, with
 * `class` NULL, an error was said.
 */
const struct compound *overload_choose(struct arena *arena,
                                       const struct usage *usage,
                                       struct value *values,
                                       const struct graph_class **class,
                                       struct click_errors *errors);
/* How many `values` it needs room for. */
unsigned int overload_formals(const struct graph_class *class);

/* ---- Flat parts -----------------------------------------------------------
 */
struct flat_part {
    const struct part *part;
    const struct frame *frame;
    const char *name, *config;
    const char *class;   /* NULL: no element, a tunnel's end */
    unsigned int tunnel; /* as struct part's */
};

struct flat {
    struct arena *arena;
    struct click_errors *errors;
    struct flat_part *parts;
    struct wire *wires;
    unsigned int part_count, wire_count;
    struct name_table names;
    bool full; /* an error was said */
};

/* The connections between elements that wires through tunnels make; `index`
 * says which element a part is. */
void tunnel_connect(const struct flat *flat, const unsigned int *index,
                    struct click_config *config);

#endif
