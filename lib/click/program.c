/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program.c: expressions become programs, and programs are run.
 *
 * An expression is compiled from its end: given where to go if it is true and
 * where if it is false, its last test can be made, and then what comes before
 * it. So every step leads to steps that were made earlier, and a program has no
 * circles. Patterns are compiled last to first; "false" of one is the beginning
 * of the next.
 *
 * Steps are then numbered such that a program reads from top to bottom, and
 * rows of steps that compare the same bytes with one value after the other (a
 * hundred rules, each for its own address) get a sorted table each.
 *
 * Running looks at lengths only if a packet may lack bytes that some step wants
 * or has them in several pieces. Pure logic; no locks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/program.h"

#define TABLE_LEAST 6u /* steps in a row that are worth a table */

enum { NODE_CONST, NODE_TEST, NODE_NOT, NODE_AND, NODE_OR, NODE_IF };

/* ---- Expressions ----------------------------------------------------------
 */

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

/* ---- Expressions to steps -------------------------------------------------
 */

struct compiler {
    const struct program_builder *builder;
    struct program_step *steps;
    unsigned int count, room;
    int error;
};

static uint32_t step_add(struct compiler *compiler,
                         const struct program_node *node, uint32_t yes,
                         uint32_t no)
{
    unsigned int place = node->offset / PROGRAM_NETWORK;
    struct program_step *step;

    if (yes == no || compiler->error)
        return yes;
    if (compiler->count == compiler->room) {
        unsigned int room = compiler->room ? 2 * compiler->room : 64;

        step = realloc(compiler->steps, room * sizeof(*step));
        if (!step || room > PROGRAM_MAX) {
            compiler->error = step ? -E2BIG : -ENOMEM;
            if (step)
                compiler->steps = step;
            return no;
        }
        compiler->steps = step;
        compiler->room = room;
    }
    if (place > 2)
        place = 2;
    step = &compiler->steps[compiler->count];
    *step = (struct program_step){
        .mask = node->mask,
        .value = node->value,
        .yes = yes,
        .no = no,
        .place = (uint8_t)place,
        .at = (uint16_t)(node->offset - place * PROGRAM_NETWORK),
        .bytes = (uint8_t)(4 - __builtin_ctz(node->mask) / 8),
        .short_yes = node->short_yes,
    };
    return compiler->count++;
}

/* Where packets go of which we want to know whether `expr` is true. What is on
 * the left of "and" and "or" may be long: no recursion there. */
static uint32_t compile(struct compiler *compiler, program_expr_t expr,
                        uint32_t yes, uint32_t no)
{
    for (;;) {
        const struct program_node *node = &compiler->builder->nodes[expr];
        uint32_t other;

        expr = node->a;
        switch (node->kind) {
        case NODE_CONST:
            return node->value ? yes : no;
        case NODE_TEST:
            return step_add(compiler, node, yes, no);
        case NODE_NOT:
            other = yes;
            yes = no;
            no = other;
            break;
        case NODE_AND:
            yes = compile(compiler, node->b, yes, no);
            break;
        case NODE_OR:
            no = compile(compiler, node->b, yes, no);
            break;
        default: /* NODE_IF */
            other = compile(compiler, node->c, yes, no);
            yes = compile(compiler, node->b, yes, no);
            no = other;
            break;
        }
    }
}

/* ---- Comparisons of fields ------------------------------------------------
 */

/* Some of a field's bits, all in one word. */
struct run {
    uint32_t offset, mask, value;
};

/* The bits of a field from its highest on, as runs within words; if `alike`,
 * all bits of a run's value are the same. At most 34. */
static unsigned int field_runs(struct run *runs, unsigned int place,
                               unsigned int at, unsigned int bits,
                               uint32_t mask, uint32_t value, bool alike)
{
    unsigned int count = 0;
    bool last_bit = false;

    for (unsigned int i = 0; i < bits; i++) {
        uint32_t field_bit = 1u << (bits - 1 - i);
        uint32_t offset = place + (at + i) / 32 * 4;
        uint32_t word_bit = 0x80000000u >> ((at + i) % 32);
        bool is_set = value & field_bit;

        if (!(mask & field_bit))
            continue;
        if (count == 0 || runs[count - 1].offset != offset ||
            (alike && is_set != last_bit))
            runs[count++] = (struct run){offset, 0, 0};
        runs[count - 1].mask |= word_bit;
        if (is_set)
            runs[count - 1].value |= word_bit;
        last_bit = is_set;
    }
    return count;
}

static program_expr_t compare_equal(struct program_builder *builder,
                                    const struct run *runs, unsigned int count)
{
    program_expr_t all = program_const(builder, true);

    for (unsigned int i = 0; i < count; i++) {
        program_expr_t one = program_test(builder, runs[i].offset, runs[i].mask,
                                          runs[i].value, false);

        all = i == 0 ? one : program_and(builder, all, one);
    }
    return all;
}

/* Present, but not equal. The last word is asked first: if it is there, so is
 * all of the field. */
static program_expr_t compare_unequal(struct program_builder *builder,
                                      const struct run *runs,
                                      unsigned int count)
{
    program_expr_t rest = program_const(builder, false);

    for (unsigned int i = 0; i < count; i++) {
        program_expr_t differs = program_not(
            builder, program_test(builder, runs[i].offset, runs[i].mask,
                                  runs[i].value, true));

        if (i == 0)
            rest = differs;
        else
            rest = program_if(builder,
                              program_test(builder, runs[i].offset,
                                           runs[i].mask, runs[i].value, false),
                              rest, differs);
    }
    return rest;
}

/* Greater or less than the value of `runs`, each of which is all ones or all
 * zeros: the first run that differs decides, and says which it is. */
static program_expr_t compare_order(struct program_builder *builder,
                                    const struct run *runs, unsigned int count,
                                    bool greater)
{
    program_expr_t rest = program_const(builder, false);

    while (count-- > 0) {
        bool decides = greater == (runs[count].value == 0);
        program_expr_t same =
            program_test(builder, runs[count].offset, runs[count].mask,
                         runs[count].value, decides);

        rest = program_if(builder, same, rest, program_const(builder, decides));
    }
    return rest;
}

program_expr_t program_compare(struct program_builder *builder,
                               unsigned int place, unsigned int at,
                               unsigned int bits, enum program_relation what,
                               uint32_t mask, uint32_t value)
{
    bool orders = what != PROGRAM_EQUAL && what != PROGRAM_UNEQUAL;
    uint32_t full = bits < 32 ? (1u << bits) - 1 : ~0u;
    struct run runs[34];
    program_expr_t strict;
    unsigned int count;

    mask &= full;
    if (value & ~mask) { /* no masked field is equal to that */
        value &= full;
        if (!orders)
            return what == PROGRAM_EQUAL
                       ? program_const(builder, false)
                       : program_or(builder,
                                    program_compare(builder, place, at, bits,
                                                    PROGRAM_EQUAL, mask, 0),
                                    program_compare(builder, place, at, bits,
                                                    PROGRAM_UNEQUAL, mask, 0));
        /* The next smaller number that a masked field may be equal to. */
        {
            uint32_t wrong = value & ~mask;
            unsigned int top = 31 - (unsigned int)__builtin_clz(wrong);

            value = (value & mask & ~((2u << top) - 1)) |
                    (mask & ((1u << top) - 1));
            if (what == PROGRAM_AT_LEAST)
                what = PROGRAM_GREATER;
            if (what == PROGRAM_LESS)
                what = PROGRAM_AT_MOST;
        }
    }
    count = field_runs(runs, place, at, bits, mask, value, orders);
    if (what == PROGRAM_EQUAL)
        return compare_equal(builder, runs, count);
    if (what == PROGRAM_UNEQUAL)
        return compare_unequal(builder, runs, count);
    strict = compare_order(builder, runs, count,
                           what == PROGRAM_GREATER || what == PROGRAM_AT_LEAST);
    if (what == PROGRAM_GREATER || what == PROGRAM_LESS)
        return strict;
    if (what == PROGRAM_AT_LEAST && value != 0) {
        /* Shorter: greater than the number before. */
        value = (value - 1) & mask;
        count = field_runs(runs, place, at, bits, mask, value, true);
        return compare_order(builder, runs, count, true);
    }
    if (what == PROGRAM_AT_MOST && value != mask) {
        value = ((value | ~mask) + 1) & mask;
        count = field_runs(runs, place, at, bits, mask, value, true);
        return compare_order(builder, runs, count, false);
    }
    return program_or(builder, strict, compare_equal(builder, runs, count));
}

/* ---- The order of steps ---------------------------------------------------
 *
 * Depth first, "no" before "yes"; who is left last comes first.
 */

/* number[old] = new, PROGRAM_DROP for steps that `start` does not reach. How
 * many it reaches, or -ENOMEM. */
static int number_steps(const struct program_step *steps, unsigned int count,
                        uint32_t start, uint32_t *number)
{
    uint32_t *stack = malloc((count + 1) * sizeof(*stack));
    uint8_t *stage = calloc(count + 1, 1);
    unsigned int depth = 0, done = 0;

    if (!stack || !stage) {
        free(stack);
        free(stage);
        return -ENOMEM;
    }
    if (!(start & PROGRAM_OUTPUT))
        stack[depth++] = start;
    while (depth > 0) {
        uint32_t at = stack[depth - 1], next;

        if (stage[at] == 2) {
            number[at] = done++;
            depth--;
            stage[at] = 3;
            continue;
        }
        next = stage[at]++ == 0 ? steps[at].no : steps[at].yes;
        if (!(next & PROGRAM_OUTPUT) && stage[next] == 0)
            stack[depth++] = next;
    }
    for (unsigned int i = 0; i < count; i++)
        number[i] = stage[i] == 3 ? done - 1 - number[i] : PROGRAM_DROP;
    free(stack);
    free(stage);
    return (int)done;
}

static uint32_t renumbered(const uint32_t *number, uint32_t target)
{
    return target & PROGRAM_OUTPUT ? target : number[target];
}

/* Move the steps that are reached into the program, in order. */
static int lay_out(struct compiler *compiler, struct program *program)
{
    uint32_t *number = malloc((compiler->count + 1) * sizeof(*number));
    int reached = -ENOMEM;

    if (number)
        reached = number_steps(compiler->steps, compiler->count, program->start,
                               number);
    if (reached >= 0)
        program->steps =
            malloc(((unsigned int)reached + 1) * sizeof(*program->steps));
    if (reached < 0 || !program->steps) {
        free(number);
        return -ENOMEM;
    }
    for (unsigned int i = 0; i < compiler->count; i++)
        if (number[i] != PROGRAM_DROP)
            program->steps[number[i]] = compiler->steps[i];
    program->count = (unsigned int)reached;
    for (unsigned int i = 0; i < program->count; i++) {
        program->steps[i].yes = renumbered(number, program->steps[i].yes);
        program->steps[i].no = renumbered(number, program->steps[i].no);
    }
    program->start = renumbered(number, program->start);
    free(number);
    return 0;
}

/* ---- Tables ---------------------------------------------------------------
 */

static bool asks_the_same(const struct program_step *a,
                          const struct program_step *b)
{
    return a->at == b->at && a->place == b->place && a->mask == b->mask &&
           !a->short_yes && !b->short_yes;
}

/* How many steps ask the same, from `first` on by "no". */
static unsigned int row_length(const struct program *program, uint32_t first)
{
    const struct program_step *step = &program->steps[first];
    unsigned int length = 1;

    while (!(step->no & PROGRAM_OUTPUT) &&
           asks_the_same(step, &program->steps[step->no])) {
        step = &program->steps[step->no];
        length++;
    }
    return length;
}

static int compare_values(const void *left, const void *right)
{
    uint32_t a = ((const struct program_value *)left)->value;
    uint32_t b = ((const struct program_value *)right)->value;

    return a < b ? -1 : a > b;
}

static void table_make(struct program *program, uint32_t first)
{
    struct program_table *table = &program->tables[program->table_count];
    struct program_value *values = program->values + program->value_count;
    unsigned int count = 0;
    uint32_t at = first, no;

    do {
        struct program_step *step = &program->steps[at];
        unsigned int i;

        for (i = 0; i < count && values[i].value != step->value; i++)
            ;
        if (i == count) { /* else an earlier one has taken these packets */
            values[count].value = step->value;
            values[count++].target = step->yes;
        }
        step->table = 1; /* for now: it is in a table */
        no = step->no;
        if (no & PROGRAM_OUTPUT || !asks_the_same(step, &program->steps[no]))
            break;
        at = no;
    } while (true);
    qsort(values, count, sizeof(*values), compare_values);
    table->first = program->value_count;
    table->count = count;
    table->no = no;
    program->value_count += count;
    program->table_count++;
}

/* A table for each long row of steps, at its first step. Steps in the middle
 * are still asked by who comes from elsewhere. */
static int make_tables(struct program *program)
{
    unsigned int room = program->count / TABLE_LEAST;
    uint32_t *heads;

    if (room == 0)
        return 0;
    heads = malloc(room * sizeof(*heads));
    program->tables = malloc(room * sizeof(*program->tables));
    program->values = malloc(program->count * sizeof(*program->values));
    if (!heads || !program->tables || !program->values) {
        free(heads);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < program->count; i++) {
        if (program->steps[i].table == 0 &&
            row_length(program, i) >= TABLE_LEAST &&
            program->table_count < room && program->table_count < 65535) {
            unsigned int length = row_length(program, i);

            if (program->value_count + length > program->count)
                break;
            heads[program->table_count] = i;
            table_make(program, i);
        }
    }
    for (uint32_t i = 0; i < program->count; i++)
        program->steps[i].table = 0;
    for (uint32_t i = 0; i < program->table_count; i++)
        program->steps[heads[i]].table = (uint16_t)(i + 1);
    free(heads);
    return 0;
}

/* ---- Making a program -----------------------------------------------------
 */

static void note_needs(struct program *program)
{
    for (unsigned int i = 0; i < program->count; i++) {
        const struct program_step *step = &program->steps[i];
        uint16_t need = (uint16_t)(step->at + step->bytes);

        if (program->need[step->place] < need)
            program->need[step->place] = need;
    }
}

static int build(struct program_builder *builder, struct program *program,
                 bool optimize)
{
    struct compiler compiler = {.builder = builder};
    uint32_t next = PROGRAM_DROP;
    int error = builder->failed ? -ENOMEM : 0;

    memset(program, 0, sizeof(*program));
    program->start = PROGRAM_DROP;
    for (unsigned int i = builder->pattern_count; !error && i-- > 0;) {
        next = compile(&compiler, builder->patterns[i].expr,
                       builder->patterns[i].target, next);
        error = compiler.error;
    }
    program_builder_free(builder);
    if (!error) {
        program->start =
            optimize ? program_optimize(compiler.steps, compiler.count, next)
                     : next;
        error = lay_out(&compiler, program);
    }
    free(compiler.steps);
    if (!error && optimize)
        error = make_tables(program);
    if (error)
        program_free(program);
    else
        note_needs(program);
    return error;
}

int program_build(struct program_builder *builder, struct program *program)
{
    return build(builder, program, true);
}

int program_build_plain(struct program_builder *builder,
                        struct program *program)
{
    return build(builder, program, false);
}

void program_free(struct program *program)
{
    free(program->steps);
    free(program->tables);
    free(program->values);
    memset(program, 0, sizeof(*program));
    program->start = PROGRAM_DROP;
}

bool program_reaches(const struct program *program, unsigned int output)
{
    uint32_t target = PROGRAM_OUTPUT | output;

    if (program->start == target)
        return true;
    for (unsigned int i = 0; i < program->count; i++)
        if (program->steps[i].yes == target || program->steps[i].no == target)
            return true;
    return false;
}

/* ---- Text -----------------------------------------------------------------
 */

static void unparse_target(struct text *out, const char *prefix,
                           uint32_t target)
{
    if (target == PROGRAM_DROP)
        text_printf(out, "%s[X]", prefix);
    else if (target & PROGRAM_OUTPUT)
        text_printf(out, "%s[%u]", prefix, target & ~PROGRAM_OUTPUT);
    else
        text_printf(out, "%sstep %u", prefix, target);
}

void program_unparse(const struct program *program, struct text *out)
{
    unsigned int safe = 0;

    if (program->start & PROGRAM_OUTPUT) {
        unparse_target(out, "all->", program->start);
        text_puts(out, "\n");
    }
    for (unsigned int i = 0; i < program->count; i++) {
        const struct program_step *step = &program->steps[i];
        unsigned int offset = step->place * PROGRAM_NETWORK + step->at;

        text_printf(out, "%2u %3u/%08x%%%08x", i, offset, step->value,
                    step->mask);
        unparse_target(out, "  yes->", step->yes);
        unparse_target(out, "  no->", step->no);
        text_puts(out, step->short_yes ? "  short->yes\n" : "\n");
        if (safe < offset + step->bytes)
            safe = offset + step->bytes;
    }
    text_printf(out, "safe length %u\nalignment offset 0\n", safe);
}
