/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overload.c: which of a compound element's definitions a use of it means: the
 * first one with as many inputs and outputs as are connected, whose formals
 * take the arguments. `...` goes on with what the class was before.
 *
 * If it is clear all the same which one was meant, because there is only one
 * that takes the arguments, then ports may stay unconnected: if the elements
 * inside need them, they will say so themselves.
 */
#include <ctype.h>
#include <string.h>
#include "lib/click/flatten.h"

/* The next definition behind `last` (NULL: the first) in `*class`, which
 * changes when a definition ends with "...". NULL: no more. `*class` is then a
 * class of elements if it is one. */
static const struct compound *next_definition(const struct graph_class **class,
                                              const struct compound *last)
{
    const struct compound *next = last ? last->next : (*class)->compound;

    if (!next && last && last->extends) {
        *class = last->extends;
        next = (*class)->compound;
    }
    return next;
}

unsigned int overload_formals(const struct graph_class *class)
{
    const struct compound *compound = NULL;
    unsigned int most = 0;

    while ((compound = next_definition(&class, compound)))
        if (compound->formal_count > most)
            most = compound->formal_count;
    return most;
}

/* ---- Arguments ------------------------------------------------------------
 */

static bool is_rest(const struct formal *formal)
{
    return formal->keyword && !strcmp(formal->keyword, "__REST__");
}

/* The formal whose keyword `argument` begins with, or formal_count. */
static unsigned int keyword_of(const struct compound *compound,
                               const char *argument)
{
    unsigned int i;

    for (i = 0; i < compound->formal_count; i++) {
        const char *keyword = compound->formals[i].keyword;
        size_t length = keyword ? strlen(keyword) : 0;

        if (length && !is_rest(&compound->formals[i]) &&
            !strncmp(argument, keyword, length) &&
            (!argument[length] || isspace((unsigned char)argument[length])))
            break;
    }
    return i;
}

static const char *behind_word(const char *argument)
{
    while (*argument && !isspace((unsigned char)*argument))
        argument++;
    while (isspace((unsigned char)*argument))
        argument++;
    return argument;
}

static const char *joined(struct arena *arena, const char *list,
                          const char *item)
{
    return list ? arena_printf(arena, "%s, %s", list, item) : item;
}

/* What is not given, or NULL. */
static const char *missing(struct arena *arena, const struct compound *compound,
                           const struct value *values)
{
    for (unsigned int i = 0; i < compound->formal_count; i++) {
        if (values[i].text || is_rest(&compound->formals[i]))
            continue;
        if (compound->formals[i].keyword)
            return arena_printf(arena, "missing '%s' parameter",
                                compound->formals[i].keyword);
        return "too few arguments";
    }
    return NULL;
}

/* Give the formals their values; what is wrong, or NULL. */
static const char *assign(struct arena *arena, const struct compound *compound,
                          const struct usage *usage, struct value *values)
{
    unsigned int formals = compound->formal_count, next = 0;
    bool rest = formals && is_rest(&compound->formals[formals - 1]);
    const char *others = NULL;

    for (unsigned int i = 0; i < formals; i++)
        values[i] = (struct value){.name = compound->formals[i].name};
    for (unsigned int i = 0; i < usage->count; i++) {
        const char *argument = usage->arguments[i];
        unsigned int formal = keyword_of(compound, argument);

        if (formal < formals)
            values[formal].text = behind_word(argument);
        else if (next < formals && !compound->formals[next].keyword)
            values[next++].text = argument;
        else if (rest)
            others = joined(arena, others, argument);
        else
            return "too many arguments";
    }
    if (rest)
        values[formals - 1].text = others ? others : "";
    return missing(arena, compound, values);
}

/* ---- Choice ---------------------------------------------------------------
 */

static const char *plural(unsigned int count)
{
    return count == 1 ? "" : "s";
}

/* "Name[1 input, 2 outputs]" */
static const char *signature(struct arena *arena, const char *name,
                             unsigned int inputs, unsigned int outputs)
{
    return arena_printf(arena, "%s[%u input%s, %u output%s]",
                        *name ? name : "<anonymous>", inputs, plural(inputs),
                        outputs, plural(outputs));
}

static const char *formals_text(struct arena *arena,
                                const struct compound *compound)
{
    const char *text = NULL;

    for (unsigned int i = 0; i < compound->formal_count; i++) {
        const struct formal *formal = &compound->formals[i];
        const char *item =
            formal->keyword
                ? arena_printf(arena, "%s $%s", formal->keyword, formal->name)
                : arena_printf(arena, "$%s", formal->name);

        text = joined(arena, text, item);
    }
    return text ? arena_printf(arena, "(%s)", text) : "";
}

static void say_no_match(struct arena *arena, const struct usage *usage,
                         struct click_errors *errors)
{
    const struct graph_class *class = usage->class;
    const struct compound *compound = NULL;

    click_error(errors, usage->landmark, "no match for '%s' with %u argument%s",
                signature(arena, class->name, usage->inputs, usage->outputs),
                usage->count, plural(usage->count));
    click_errors_enter(errors, usage->landmark, "candidates are:");
    while ((compound = next_definition(&class, compound)))
        click_error(errors, compound->landmark, "%s%s",
                    signature(arena, usage->class->name, compound->inputs,
                              compound->outputs),
                    formals_text(arena, compound));
    click_errors_leave(errors);
}

/* Only one definition: what is wrong with its arguments can be said. */
static void say_mismatch(struct arena *arena, const struct usage *usage,
                         struct value *values, struct click_errors *errors)
{
    const struct compound *only = usage->class->compound;
    const char *wrong;

    if (only->next || only->extends) {
        say_no_match(arena, usage, errors);
        return;
    }
    wrong = assign(arena, only, usage, values);
    if (wrong)
        click_error(errors, usage->landmark, "'%s': %s",
                    *usage->class->name ? usage->class->name : "<anonymous>",
                    wrong);
    else
        say_no_match(arena, usage, errors);
}

const struct compound *overload_choose(struct arena *arena,
                                       const struct usage *usage,
                                       struct value *values,
                                       const struct graph_class **class,
                                       struct click_errors *errors)
{
    const struct compound *compound = NULL, *likely = NULL;
    unsigned int likely_count = 0;

    *class = usage->class;
    while ((compound = next_definition(class, compound))) {
        if (assign(arena, compound, usage, values))
            continue;
        if (compound->inputs == usage->inputs &&
            compound->outputs == usage->outputs)
            return compound;
        if (compound->inputs >= usage->inputs &&
            compound->outputs >= usage->outputs) {
            likely = compound;
            likely_count++;
        }
    }
    if (!(*class)->compound)
        return NULL; /* it extends a class of elements: that one */
    *class = NULL;
    if (likely_count == 1 && !assign(arena, likely, usage, values))
        return likely;
    say_mismatch(arena, usage, values, errors);
    return NULL;
}
