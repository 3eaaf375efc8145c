/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read.c: values of handlers that the command line asks for.
 *
 * ELEMENT.HANDLER names one; ELEMENT may be a pattern, or a class, and then
 * names those of many, if they have it. Unless there is only one, each value is
 * printed below its name, with a newline behind it.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/click/host.h"

/* Full names of handlers to read. */
struct reads {
    char **names;
    unsigned int count;
    bool failed;
    bool named; /* print names, too */
};

static void add(struct reads *reads, char *name)
{
    char **names = realloc(reads->names, (reads->count + 1) * sizeof(*names));

    if (names)
        reads->names = names;
    if (!names || !name) {
        free(name);
        reads->failed = true;
        return;
    }
    names[reads->count++] = name;
}

static void free_reads(struct reads *reads)
{
    for (unsigned int i = 0; i < reads->count; i++)
        free(reads->names[i]);
    free(reads->names);
}

/* All elements whose name or class is like `pattern`. */
static void add_matching(struct reads *reads, struct router *router,
                         const char *pattern, bool class, const char *handler)
{
    for (unsigned int i = 0; i < router_elements(router); i++) {
        struct element *element = router_element(router, i);
        const char *name = class ? element->class->name : element->name;
        struct text full = {0};

        if (class ? !!strcmp(pattern, name) : fnmatch(pattern, name, 0) != 0)
            continue;
        text_printf(&full, "%s.%s", element->name, handler);
        if (router_check(router, text_string(&full), false) == 0)
            add(reads, text_take(&full));
        text_free(&full);
    }
}

static void add_word(struct reads *reads, struct router *router,
                     const char *word)
{
    const char *dot = strchr(word, '.');
    char *element = dot ? strndup(word, (size_t)(dot - word)) : NULL;
    unsigned int before = reads->count;

    if (element && *element && !router_find(router, element)) {
        add_matching(reads, router, element, false, dot + 1);
        if (reads->count == before)
            add_matching(reads, router, element, true, dot + 1);
        reads->named = true;
    }
    if (reads->count == before)
        add(reads, strdup(word));
    free(element);
}

/* "name param" is a handler that takes a parameter. */
static bool read_value(struct host *host, const char *name, struct text *out)
{
    size_t length = strcspn(name, " ");
    char *handler = strndup(name, length);
    int error = -1;

    if (handler)
        error = router_read(host->router, handler,
                            name[length] ? name + length + 1 : "", out);
    free(handler);
    if (error)
        fprintf(stderr, "click: %s: %s\n", name, text_string(out));
    return !error;
}

bool host_read_handlers(struct host *host)
{
    const struct options *options = host->options;
    struct reads reads = {.named = options->handlers.count > 1};
    bool good;

    for (unsigned int i = 0; i < options->handlers.count; i++)
        add_word(&reads, host->router, options->handlers.words[i]);
    good = !reads.failed;
    for (unsigned int i = 0; i < reads.count; i++) {
        struct text value = {0};

        if (!read_value(host, reads.names[i], &value)) {
            good = false;
            text_free(&value);
            continue;
        }
        if (reads.named)
            printf("%s:\n", reads.names[i]);
        fwrite(text_string(&value), 1, value.length, stdout);
        if (reads.named ||
            (value.length && value.bytes[value.length - 1] != '\n'))
            putchar('\n');
        text_free(&value);
    }
    free_reads(&reads);
    return good;
}

int host_exit_status(struct host *host)
{
    const char *name = host->options->exit_handler;
    struct text value = {0};
    uint64_t number = 1;
    int status = 1;
    bool truth;
    char *word;

    if (read_value(host, name, &value)) {
        word = strtok(value.bytes ? value.bytes : (char[]){""}, " \n");
        if (word && !click_read_integer(word, 0, 255, &number))
            status = (int)number;
        else if (word && !click_read_bool(word, &truth))
            status = truth ? 0 : 1;
        else
            fprintf(stderr, "click: %s: expected a number or a boolean\n",
                    name);
    }
    text_free(&value);
    return status;
}
