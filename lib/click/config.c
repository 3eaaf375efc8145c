/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.c: a configuration's way from text to a flat list and back.
 *
 * Parsing and flattening work in one arena, which is larger than what comes out
 * of it; the result is copied to one of its own.
 */
#include "lib/click/config.h"
#include <stdlib.h>
#include <string.h>
#include "lib/click/graph.h"

/* What a parse may use, and its result. */
#define PARSE_LIMIT (64u << 20)

/* The public part comes first: they have one address. */
struct kept_config {
    struct click_config config;
    struct arena arena;
};

void config_free(struct click_config *config)
{
    struct kept_config *kept = (struct kept_config *)config;

    if (!kept)
        return;
    arena_free(&kept->arena);
    free(kept);
}

/* ---- Keeping the result ---------------------------------------------------
 */

/* Landmarks are often the same one. */
static char *keep(struct arena *arena, const char *string, const char *last,
                  char *kept)
{
    if (string == last)
        return kept;
    return arena_copy(arena, string, strlen(string));
}

static void keep_all(struct kept_config *kept, const struct click_config *from)
{
    struct arena *arena = &kept->arena;
    struct click_config *to = &kept->config;
    const char *last = NULL;
    char *landmark = NULL;

    *to = *from;
    to->elements =
        arena_alloc(arena, from->element_count * sizeof(*to->elements));
    for (unsigned int i = 0; i < from->element_count; i++) {
        const struct config_element *element = &from->elements[i];

        to->elements[i] = (struct config_element){
            keep(arena, element->name, NULL, NULL),
            keep(arena, element->class, NULL, NULL),
            keep(arena, element->config, NULL, NULL),
            keep(arena, element->landmark, NULL, NULL),
        };
    }
    to->connections =
        arena_alloc(arena, from->connection_count * sizeof(*to->connections));
    for (unsigned int i = 0; i < from->connection_count; i++) {
        to->connections[i] = from->connections[i];
        landmark = keep(arena, from->connections[i].landmark, last, landmark);
        last = from->connections[i].landmark;
        to->connections[i].landmark = landmark;
    }
    to->requirements =
        arena_alloc(arena, from->requirement_count * sizeof(char *));
    for (unsigned int i = 0; i < from->requirement_count; i++)
        to->requirements[i] = keep(arena, from->requirements[i], NULL, NULL);
}

static struct click_config *keep_config(const struct click_config *from,
                                        struct click_errors *errors,
                                        const char *file)
{
    struct kept_config *kept = calloc(1, sizeof(*kept));

    if (kept) {
        arena_init(&kept->arena, PARSE_LIMIT);
        if (!setjmp(kept->arena.short_of_memory)) {
            keep_all(kept, from);
            return &kept->config;
        }
        config_free(&kept->config);
    }
    click_error(errors, file, "out of memory");
    return NULL;
}

/* ---- Parsing --------------------------------------------------------------
 */

/* In a function of its own: what setjmp() returns to twice. */
static void parse(struct arena *arena, const struct config_source *source,
                  struct text *scratch, struct click_config *config,
                  struct click_errors *errors)
{
    unsigned int before = errors->count;
    const struct graph *graph = graph_parse(arena, source, scratch, errors);

    if (errors->count == before)
        graph_flatten(arena, graph, source, config, errors);
    if (!source->any_class)
        config_check_requirements(config, source->file, errors);
}

struct click_config *config_parse_from(const struct config_source *source,
                                       struct click_errors *errors)
{
    unsigned int before = errors->count;
    struct click_config config = {0}, *kept;
    struct text scratch = {0};
    struct arena arena;

    arena_init(&arena, PARSE_LIMIT);
    if (setjmp(arena.short_of_memory))
        click_error(errors, source->file,
                    "out of memory: the configuration is too large");
    else
        parse(&arena, source, &scratch, &config, errors);
    kept = errors->count == before ? keep_config(&config, errors, source->file)
                                   : NULL;
    arena_free(&arena);
    text_free(&scratch);
    return kept;
}
