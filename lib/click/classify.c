/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * classify.c: elements that are decision programs.
 *
 * A program is built completely before it takes the place of the one that
 * works: a wrong pattern, written to the handler `config` of an element that
 * forwards packets, is an error for who wrote it and nothing else.
 *
 * No locks: an element belongs to its router.
 */
#include <errno.h>
#include "lib/click/classify.h"

static int build(struct click_args *args, classify_pattern *add,
                 struct program *program)
{
    struct program_builder builder = {0};
    int error = 0;

    for (unsigned int i = 0; i < args->count; i++) {
        int wrong = add(args, i, &builder);

        if (!error)
            error = wrong;
    }
    if (error) {
        program_builder_free(&builder);
        return error;
    }
    error = program_build(&builder, program);
    if (error)
        return click_args_error(args, error == -E2BIG ? "too many patterns"
                                                      : "out of memory");
    return 0;
}

int classify_set(struct element *element, struct click_args *args,
                 classify_pattern *add, bool outputs)
{
    struct classify *classify = (struct classify *)element;
    struct program program;
    int error;

    if (outputs && args->count != element->outputs)
        return click_args_error(args, "need %u argument%s, one per output port",
                                element->outputs,
                                element->outputs == 1 ? "" : "s");
    error = build(args, add, &program);
    if (error)
        return error;
    for (unsigned int i = 0; outputs && i < element->outputs; i++)
        if (!program_reaches(&program, i))
            click_warning(args->errors, element->landmark,
                          "pattern %u matches no packets", i);
    program_free(&classify->program);
    classify->program = program;
    return 0;
}

int classify_configure(struct element *element, struct click_args *args)
{
    ((struct classify *)element)->program.start = PROGRAM_DROP;
    return element_more(element->class)->reconfigure(element, args);
}

void classify_cleanup(struct element *element)
{
    program_free(&((struct classify *)element)->program);
}

static int read_program(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    (void)handler;
    (void)param;
    program_unparse(&((struct classify *)element)->program, out);
    return 0;
}

const struct click_handler classify_handlers[] = {
    {.name = "program", .read = read_program, .flags = HANDLER_CALM},
    {0},
};
