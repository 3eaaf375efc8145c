/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program_expr.c: expressions, of which decision programs are made.
 *
 * An expression is a number, the index of a node in the builder's array;
 * operands are numbers, too. The array may move when it grows, while numbers
 * stay as they are, and all expressions are given back at once. Nodes are made
 * before those that use them, so there are no circles.
 *
 * Whoever builds need not look whether memory was short at each step: the
 * builder remembers it, and program_build() says so.
 *
 * Pure logic; no locks.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/program.h"

static program_expr_t node_add(struct program_builder *builder,
                               const struct program_node *node)
{
    if (builder->count == builder->room) {
        unsigned int room = builder->room ? 2 * builder->room : 64;
        struct program_node *nodes =
            realloc(builder->nodes, room * sizeof(*nodes));

        if (!nodes) {
            builder->failed = true;
            return 0;
        }
        builder->nodes = nodes;
        builder->room = room;
    }
    builder->nodes[builder->count] = *node;
    return builder->count++;
}

program_expr_t program_const(struct program_builder *builder, bool value)
{
    return node_add(builder,
                    &(struct program_node){.kind = NODE_CONST, .value = value});
}

program_expr_t program_test(struct program_builder *builder,
                            unsigned int offset, uint32_t mask, uint32_t value,
                            bool short_yes)
{
    if (mask == 0)
        return program_const(builder, true);
    return node_add(builder, &(struct program_node){.kind = NODE_TEST,
                                                    .short_yes = short_yes,
                                                    .offset = (uint16_t)offset,
                                                    .mask = mask,
                                                    .value = value & mask});
}

program_expr_t program_not(struct program_builder *builder, program_expr_t a)
{
    return node_add(builder, &(struct program_node){.kind = NODE_NOT, .a = a});
}

program_expr_t program_and(struct program_builder *builder, program_expr_t a,
                           program_expr_t b)
{
    return node_add(builder,
                    &(struct program_node){.kind = NODE_AND, .a = a, .b = b});
}

program_expr_t program_or(struct program_builder *builder, program_expr_t a,
                          program_expr_t b)
{
    return node_add(builder,
                    &(struct program_node){.kind = NODE_OR, .a = a, .b = b});
}

program_expr_t program_if(struct program_builder *builder, program_expr_t a,
                          program_expr_t b, program_expr_t c)
{
    return node_add(builder, &(struct program_node){
                                 .kind = NODE_IF, .a = a, .b = b, .c = c});
}

void program_pattern(struct program_builder *builder, program_expr_t expr,
                     uint32_t target)
{
    if (builder->pattern_count == builder->pattern_room) {
        unsigned int room =
            builder->pattern_room ? 2 * builder->pattern_room : 16;
        struct program_pattern *patterns =
            realloc(builder->patterns, room * sizeof(*patterns));

        if (!patterns) {
            builder->failed = true;
            return;
        }
        builder->patterns = patterns;
        builder->pattern_room = room;
    }
    builder->patterns[builder->pattern_count].expr = expr;
    builder->patterns[builder->pattern_count++].target = target;
}

void program_builder_free(struct program_builder *builder)
{
    free(builder->nodes);
    free(builder->patterns);
    memset(builder, 0, sizeof(*builder));
}
