/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unparse.c: a flat configuration as text: declarations, then connections, in
 * chains as long as they get:
 *
 *     a :: Idle;
 *     b :: Discard;
 *
 *     a -> Print@3
 *         -> b;
 */
#include <stdlib.h>
#include "lib/click/config.h"

/* The connections as chains. */
struct chains {
    const struct click_config *config;
    unsigned int *next; /* the connection that a chain goes on with */
    bool *inner;        /* it is some other one's next */
    bool *said;
};

static const char *name_of(const struct chains *chains, unsigned int element)
{
    return chains->config->elements[element].name;
}

/* A chain goes on behind an element by its output 0. */
static void link_chains(struct chains *chains, unsigned int *first)
{
    const struct click_config *config = chains->config;

    for (unsigned int i = 0; i < config->element_count; i++)
        first[i] = ~0u;
    for (unsigned int i = config->connection_count; i-- > 0;)
        if (config->connections[i].from_port == 0)
            first[config->connections[i].from] = i;
    for (unsigned int i = 0; i < config->connection_count; i++) {
        chains->next[i] = first[config->connections[i].to];
        if (chains->next[i] != ~0u)
            chains->inner[chains->next[i]] = true;
    }
}

static void say_chain(struct chains *chains, unsigned int at, struct text *out)
{
    const struct config_connection *connection =
        &chains->config->connections[at];

    text_puts(out, name_of(chains, connection->from));
    if (connection->from_port)
        text_printf(out, " [%u]", connection->from_port);
    text_puts(out, " -> ");
    while (!chains->said[at]) {
        chains->said[at] = true;
        connection = &chains->config->connections[at];
        if (connection->to_port)
            text_printf(out, "[%u] ", connection->to_port);
        text_puts(out, name_of(chains, connection->to));
        at = chains->next[at];
        if (at == ~0u || chains->said[at])
            break;
        text_puts(out, "\n    -> ");
    }
    text_puts(out, ";\n");
}

static void say_connections(struct chains *chains, struct text *out)
{
    unsigned int count = chains->config->connection_count;

    for (unsigned int i = 0; i < count; i++)
        if (!chains->inner[i] && !chains->said[i])
            say_chain(chains, i, out);
    for (unsigned int i = 0; i < count; i++) /* circles have no beginning */
        if (!chains->said[i])
            say_chain(chains, i, out);
}

static void say_declarations(const struct click_config *config,
                             struct text *out)
{
    for (unsigned int i = 0; i < config->requirement_count; i++)
        text_printf(out, "%s%s", i ? ", " : "require(",
                    config->requirements[i]);
    if (config->requirement_count)
        text_puts(out, ");\n\n");
    for (unsigned int i = 0; i < config->element_count; i++) {
        const struct config_element *element = &config->elements[i];

        text_printf(out, "%s :: %s", element->name, element->class);
        if (*element->config)
            text_printf(out, "(%s)", element->config);
        text_puts(out, ";\n");
    }
    if (config->element_count && config->connection_count)
        text_puts(out, "\n");
}

void config_unparse(const struct click_config *config, struct text *out)
{
    unsigned int connections = config->connection_count + 1;
    unsigned int *first = calloc(config->element_count + 1, sizeof(*first));
    struct chains chains = {
        .config = config,
        .next = calloc(connections, sizeof(*chains.next)),
        .inner = calloc(connections, sizeof(*chains.inner)),
        .said = calloc(connections, sizeof(*chains.said)),
    };

    say_declarations(config, out);
    if (first && chains.next && chains.inner && chains.said) {
        link_chains(&chains, first);
        say_connections(&chains, out);
    } else {
        out->failed = true;
    }
    free(first);
    free(chains.next);
    free(chains.inner);
    free(chains.said);
}
