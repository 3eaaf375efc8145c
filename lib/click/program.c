/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program.c: expressions become programs.
 *
 * An expression is compiled from its end: given where to go if it is true and
 * where if it is false, its last test can be made, and then what comes before
 * it. So every step leads to steps that were made earlier, and a program has no
 * circles. Patterns are compiled last to first; "false" of one is the beginning
 * of the next.
 *
 * What comes before is in program_expr.c and program_compare.c, what is done
 * with the steps then in program_optimize.c and program_layout.c, and how they
 * are run in program_run.c. Pure logic; no locks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/program.h"

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
        error = program_lay_out(compiler.steps, compiler.count, program);
    }
    free(compiler.steps);
    if (!error && optimize)
        error = program_make_tables(program);
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
