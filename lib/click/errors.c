/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errors.c: messages with places and contexts, in the form that errors.h shows.
 *
 * A context's own line is kept until something is said inside of it. When
 * memory is short, what is said is less exact, but something is said.
 */
#include "lib/click/errors.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/text.h"

static const char short_of_memory[] = "out of memory for an error's text";

/* One line: place, indentation, text. */
static void say_line(struct click_errors *errors, const char *landmark,
                     unsigned int depth, const char *text, size_t length)
{
    struct text line = {0};

    if (landmark && *landmark)
        text_printf(&line, "%s: ", landmark);
    text_printf(&line, "%*s%.*s", (int)(2 * depth), "", (int)length, text);
    errors->say(errors, line.failed ? short_of_memory : text_string(&line));
    text_free(&line);
}

static void say_lines(struct click_errors *errors, const char *landmark,
                      unsigned int depth, const char *text)
{
    do {
        size_t length = strcspn(text, "\n");

        say_line(errors, landmark, depth, text, length);
        text += length + (text[length] == '\n');
    } while (*text);
}

static void say_contexts(struct click_errors *errors)
{
    for (unsigned int i = 0; i < errors->depth && i < CLICK_CONTEXTS; i++) {
        if (errors->contexts[i].said)
            continue;
        errors->contexts[i].said = true;
        if (errors->contexts[i].line)
            say_lines(errors, i == 0 ? errors->contexts[i].landmark : NULL, i,
                      errors->contexts[i].line);
    }
}

/* The place to say: a line in a context has its context's, which stands just
 * above, unless it is about another. */
static const char *place(const struct click_errors *errors,
                         const char *landmark)
{
    for (unsigned int i = errors->depth; i > 0; i--) {
        const char *around =
            i <= CLICK_CONTEXTS ? errors->contexts[i - 1].landmark : NULL;

        if (around)
            return landmark && strcmp(landmark, around) != 0 ? landmark : NULL;
    }
    return landmark;
}

static void say_message(struct click_errors *errors, const char *landmark,
                        const char *prefix, const char *format,
                        va_list arguments)
{
    unsigned int depth =
        errors->depth < CLICK_CONTEXTS ? errors->depth : CLICK_CONTEXTS;
    struct text text = {0};

    text_puts(&text, prefix);
    text_vprintf(&text, format, arguments);
    say_contexts(errors);
    say_lines(errors, place(errors, landmark), depth,
              text.failed ? short_of_memory : text_string(&text));
    text_free(&text);
}

int click_error(struct click_errors *errors, const char *landmark,
                const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    errors->count++;
    say_message(errors, landmark, "", format, arguments);
    va_end(arguments);
    return -EINVAL;
}

void click_message(struct click_errors *errors, const char *landmark,
                   const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_message(errors, landmark, "", format, arguments);
    va_end(arguments);
}

void click_warning(struct click_errors *errors, const char *landmark,
                   const char *format, ...)
{
    va_list arguments;

    if (errors->no_warnings)
        return;
    va_start(arguments, format);
    say_message(errors, landmark, "warning: ", format, arguments);
    va_end(arguments);
}

void click_errors_enter(struct click_errors *errors, const char *landmark,
                        const char *format, ...)
{
    unsigned int depth = errors->depth++;
    struct text line = {0};
    va_list arguments;

    if (depth >= CLICK_CONTEXTS)
        return;
    va_start(arguments, format);
    text_vprintf(&line, format, arguments);
    va_end(arguments);
    errors->contexts[depth].line = text_take(&line);
    errors->contexts[depth].landmark = landmark ? strdup(landmark) : NULL;
    errors->contexts[depth].said = false;
}

void click_errors_leave(struct click_errors *errors)
{
    unsigned int depth = --errors->depth;

    if (depth >= CLICK_CONTEXTS)
        return;
    free(errors->contexts[depth].line);
    free(errors->contexts[depth].landmark);
    errors->contexts[depth].line = errors->contexts[depth].landmark = NULL;
}
