/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program_layout.c: the order of a program's steps, and tables instead of rows.
 *
 * Steps are made from the end, and optimising leaves some that nothing leads to
 * any more. program_lay_out() throws those away and numbers the rest such that
 * a program reads from top to bottom: depth first, "no" before "yes"; who is
 * left last comes first.
 *
 * A hundred rules, each for its own address, are a row of steps that compare
 * the same bytes with one value after the other. program_make_tables() finds
 * such rows; a packet then takes a binary search instead of fifty steps. A
 * table hangs on the first step of its row. The steps stay: others may lead
 * into the middle, and the "program" handler shows steps.
 *
 * Pure logic; no locks.
 */
#include <errno.h>
#include <stdlib.h>
#include "lib/click/program.h"

#define TABLE_LEAST 6u /* steps in a row that are worth a table */

/* ---- The order of steps ---------------------------------------------------
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

int program_lay_out(const struct program_step *steps, unsigned int count,
                    struct program *program)
{
    uint32_t *number = malloc((count + 1) * sizeof(*number));
    int reached = -ENOMEM;

    if (number)
        reached = number_steps(steps, count, program->start, number);
    if (reached >= 0)
        program->steps =
            malloc(((unsigned int)reached + 1) * sizeof(*program->steps));
    if (reached < 0 || !program->steps) {
        free(number);
        return -ENOMEM;
    }
    for (unsigned int i = 0; i < count; i++)
        if (number[i] != PROGRAM_DROP)
            program->steps[number[i]] = steps[i];
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

int program_make_tables(struct program *program)
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
