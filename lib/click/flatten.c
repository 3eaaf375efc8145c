/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flatten.c: compounds replaced by what is in them, until only elements are
 * left. x in `c :: { ... x :: X ... }` becomes c/x.
 *
 * All parts of a compound come first, then the insides of those that are
 * compounds themselves, in the same order. Compounds cannot contain themselves,
 * but they can double at each level: FLAT_PARTS bounds what a text becomes.
 */
#include "lib/click/flatten.h"
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/router.h"

#define FLAT_PARTS (1u << 17)

static void expand_compound(struct flat *flat, const struct compound *compound,
                            unsigned int of, const struct frame *frame,
                            unsigned int depth);

/* ---- Parts ----------------------------------------------------------------
 */

/* The class that a part's variable names, as seen from where it stands. */
static const struct graph_class *variable_class(struct flat *flat,
                                                const struct frame *frame,
                                                const struct part *part)
{
    struct graph_class *class = arena_alloc(flat->arena, sizeof(*class));
    const struct binding *binding;
    const char *name = frame_expand(
        flat->arena, frame, arena_printf(flat->arena, "$%s", part->variable),
        part->landmark, flat->errors);

    for (binding = part->bindings; binding; binding = binding->outer)
        if (!strcmp(binding->name, name))
            return binding->class;
    if (!element_class_find(name))
        click_error(flat->errors, part->landmark, "unknown element class '%s'",
                    name);
    class->name = name;
    return class;
}

/* The variables in a use of `compound`, whose formals have `values`. */
static struct frame *frame_new(struct flat *flat, const struct frame *near,
                               const struct compound *compound,
                               struct value *values)
{
    struct frame *frame = arena_alloc(flat->arena, sizeof(*frame));

    frame->compound = compound;
    frame->values = values;
    frame->count = compound->formal_count;
    while (near && near->compound != compound->enclosing)
        near = near->outer;
    frame->outer = near;
    for (unsigned int i = 0; i < compound->define_count; i++)
        frame->values[frame->count++] = (struct value){
            .name = compound->defines[i].name,
            .text = compound->defines[i].value,
            .raw = true,
        };
    return frame;
}

/* Room for a class's formals and for definitions in any of its compounds. */
static struct value *values_new(struct flat *flat,
                                const struct graph_class *class)
{
    unsigned int most = overload_formals(class), defines = 0;

    for (const struct compound *compound = class->compound; compound;) {
        if (compound->define_count > defines)
            defines = compound->define_count;
        if (!compound->next && compound->extends)
            compound = compound->extends->compound;
        else
            compound = compound->next;
    }
    return arena_alloc(flat->arena,
                       (most + defines + 1) * sizeof(struct value));
}

/* Part `index`, of the class `class`, is a compound: choose one. NULL if it is
 * a class of elements all the same, or none fits. */
static const struct compound *choose(struct flat *flat, unsigned int index,
                                     const struct graph_class *class,
                                     struct value *values)
{
    struct flat_part *part = &flat->parts[index];
    struct usage usage = {
        .class = class,
        .landmark = part->part->landmark,
        .inputs = part->part->inputs,
        .outputs = part->part->outputs,
    };
    const struct compound *compound;

    usage.arguments = frame_split(flat->arena, part->config, &usage.count);
    compound =
        overload_choose(flat->arena, &usage, values, &class, flat->errors);
    if (!compound && class)
        part->class = class->name;
    return compound;
}

static void add_part(struct flat *flat, const struct part *part,
                     const char *prefix, const struct frame *frame,
                     unsigned int base)
{
    struct flat_part *new =
        ARENA_ADD(flat->arena, flat->parts, flat->part_count);
    unsigned int *old;

    new->part = part;
    new->frame = frame;
    new->tunnel =
        part->tunnel == GRAPH_NO_PART ? GRAPH_NO_PART : base + part->tunnel;
    if (!part->class)
        return;
    new->config = frame_expand(flat->arena, frame, part->config, part->landmark,
                               flat->errors);
    new->name = arena_join(flat->arena, prefix, part->name);
    old = name_table_find(&flat->names, new->name);
    if (!old) {
        name_table_add(flat->arena, &flat->names, new->name,
                       flat->part_count - 1);
        return;
    }
    click_error(flat->errors, part->landmark, "redeclaration of element '%s'",
                new->name);
    click_error(flat->errors, flat->parts[*old].part->landmark,
                "element '%s' previously declared here", new->name);
}

/* ---- Compounds ------------------------------------------------------------
 */

/* A part that may be a compound. */
static void expand_part(struct flat *flat, unsigned int index,
                        unsigned int depth)
{
    const struct part *part = flat->parts[index].part;
    const struct frame *frame = flat->parts[index].frame;
    const struct graph_class *class = part->class;
    const struct compound *chosen;
    struct value *values;

    if (part->variable)
        class = variable_class(flat, frame, part);
    if (!class->compound) {
        flat->parts[index].class = class->name;
        return;
    }
    values = values_new(flat, class);
    chosen = choose(flat, index, class, values);
    if (chosen)
        expand_compound(flat, chosen, index,
                        frame_new(flat, frame, chosen, values), depth + 1);
}

/* What is in `compound`, in place of the part `of`, if it is not the top. */
static void expand_compound(struct flat *flat, const struct compound *compound,
                            unsigned int of, const struct frame *frame,
                            unsigned int depth)
{
    unsigned int base = flat->part_count;
    const char *prefix = "";

    if (depth > GRAPH_DEPTH || compound->part_count > FLAT_PARTS - base) {
        if (!flat->full)
            click_error(flat->errors, compound->landmark,
                        "compound elements expand to too many elements");
        flat->full = true;
    }
    if (flat->full)
        return;
    if (of != GRAPH_NO_PART)
        prefix = arena_join(flat->arena, flat->parts[of].name, "/");
    for (unsigned int i = 0; i < compound->part_count; i++)
        add_part(flat, &compound->parts[i], prefix, frame, base);
    for (unsigned int i = 0; i < compound->wire_count; i++) {
        struct wire wire = compound->wires[i];

        wire.from += base;
        wire.to += base;
        *ARENA_ADD(flat->arena, flat->wires, flat->wire_count) = wire;
    }
    if (of != GRAPH_NO_PART) {
        flat->parts[of].tunnel = base + GRAPH_INPUT;
        flat->parts[base + GRAPH_OUTPUT].tunnel = of;
    }
    for (unsigned int i = 0; i < compound->part_count; i++)
        if (compound->parts[i].class)
            expand_part(flat, base + i, depth);
}

/* ---- The whole ------------------------------------------------------------
 */

/* The outermost variables: the user's, and definitions that the user did not
 * override. */
static struct frame *top_frame(struct flat *flat, const struct compound *top,
                               const struct config_source *from)
{
    struct frame *frame = arena_alloc(flat->arena, sizeof(*frame));
    size_t room = (size_t)from->count + top->define_count + 1;

    frame->compound = top;
    frame->values = arena_alloc(flat->arena, room * sizeof(*frame->values));
    for (unsigned int i = 0; i < from->count; i++)
        frame->values[frame->count++] = (struct value){
            .name = from->params[i].name,
            .text = from->params[i].value,
        };
    for (unsigned int i = 0; i < top->define_count; i++) {
        const struct variable *define = &top->defines[i];
        unsigned int other = 0;

        while (other < from->count &&
               strcmp(from->params[other].name, define->name))
            other++;
        if (other == from->count)
            frame->values[frame->count++] = (struct value){
                .name = define->name,
                .text = define->value,
                .raw = true,
            };
    }
    return frame;
}

/* The elements among the parts; `index` says which is which. */
static void list_elements(const struct flat *flat, unsigned int *index,
                          struct click_config *config)
{
    for (unsigned int i = 0; i < flat->part_count; i++) {
        const struct flat_part *part = &flat->parts[i];

        if (!part->class)
            continue;
        index[i] = config->element_count;
        *ARENA_ADD(flat->arena, config->elements, config->element_count) =
            (struct config_element){
                .name = (char *)part->name,
                .class = (char *)part->class,
                .config = (char *)part->config,
                .landmark = (char *)part->part->landmark,
            };
    }
}

void graph_flatten(struct arena *arena, const struct graph *graph,
                   const struct config_source *from,
                   struct click_config *config, struct click_errors *errors)
{
    struct flat flat = {.arena = arena, .errors = errors};
    unsigned int *index;

    expand_compound(&flat, graph->top, GRAPH_NO_PART,
                    top_frame(&flat, graph->top, from), 0);
    index = arena_alloc(arena, (flat.part_count + 1) * sizeof(*index));
    list_elements(&flat, index, config);
    tunnel_connect(&flat, index, config);
    config->requirements = (char **)graph->requirements;
    config->requirement_count = graph->requirement_count;
}
