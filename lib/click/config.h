/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h: a flattened configuration: names, classes, strings, connections.
 * What the parser (parse.c, flatten.c) gives and the router (router.c) takes.
 */
#ifndef CORACLE_CLICK_CONFIG_H
#define CORACLE_CLICK_CONFIG_H

#include <stdbool.h>
#include "coracle/compiler.h"
#include "lib/click/errors.h"
#include "lib/click/text.h"

struct config_element {
    char *name, *class, *config, *landmark;
};

struct config_connection {
    unsigned int from, from_port, to, to_port; /* elements by index */
    char *landmark;
};

struct click_config {
    struct config_element *elements;
    unsigned int element_count;
    struct config_connection *connections;
    unsigned int connection_count;
    char **requirements;
    unsigned int requirement_count;
};

struct click_parameter;

/* What to parse. */
struct config_source {
    const char *file, *text; /* `file` is what messages call it */
    const struct click_parameter *params;
    unsigned int count;
    /* Names that nobody declared are classes, whether known or not: for tools
     * that only look at a configuration. */
    bool any_class;
    /* Append the text of `require(library name)`, or return false. May be
     * NULL. */
    bool (*library)(const char *name, struct text *out);
};

/* Parse and flatten; NULL when errors were said. config_free() it. */
MUST_CHECK struct click_config *
config_parse_from(const struct config_source *source,
                  struct click_errors *errors);
void config_free(struct click_config *config);

/* Say an error for each of its requirements that nothing here provides. */
void config_check_requirements(const struct click_config *config,
                               const char *file, struct click_errors *errors);
bool config_requires(const struct click_config *config, const char *name);

/* As text again: click-flatten's output. */
void config_unparse(const struct click_config *config, struct text *out);

#endif
