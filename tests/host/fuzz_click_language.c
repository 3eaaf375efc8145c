/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_language.c: any text as a Click configuration.
 *
 * Whatever it is, parsing and flattening come to an end, within the memory that
 * they may have, and say an error or give a configuration. What is flat is a
 * configuration again, and is the same when it is flattened again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/config.h"
#include "lib/click/router.h"

static unsigned int lines;

static void count_line(struct click_errors *errors, const char *line)
{
    (void)errors;
    lines += *line != '\0';
}

static bool library(const char *name, struct text *out)
{
    text_printf(out, "elementclass %s { input -> output }", name);
    return *name;
}

static void expect(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "fuzz_click_language: not so: %s\n", what);
        abort();
    }
}

/* Connections lead between ports that can be. */
static void check(const struct click_config *config)
{
    for (unsigned int i = 0; i < config->connection_count; i++) {
        const struct config_connection *c = &config->connections[i];

        expect(c->from < config->element_count, "connected from an element");
        expect(c->to < config->element_count, "connected to an element");
        expect(c->from_port < 4096 && c->to_port < 4096, "ports are few");
    }
}

static struct click_config *flatten(const char *text, bool any_class)
{
    static const struct click_parameter params[] = {
        {"a", "1, 2"}, {"b", "\"$a\""}, {"c", "Queue"}};
    struct config_source source = {
        .file = "fuzz",
        .text = text,
        .params = params,
        .count = ARRAY_SIZE(params),
        .any_class = any_class,
        .library = library,
    };
    struct click_errors errors = {.say = count_line};
    struct click_config *config;

    lines = 0;
    config = config_parse_from(&source, &errors);
    expect(!config == (errors.count > 0), "no configuration without an error");
    expect((lines > 0) == (errors.count > 0), "errors are said");
    if (config)
        check(config);
    return config;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = strndup((const char *)bytes, size);
    struct click_config *config = flatten(text, size & 1), *again;
    struct text flat = {0}, flatter = {0};

    if (config && config->element_count < 5000) {
        config_unparse(config, &flat);
        expect(!flat.failed, "there is memory");
        /* Variables that nobody defined would be defined by us, and what they
         * stood for may hold others. */
        if (!strchr(text_string(&flat), '$')) {
            again = flatten(text_string(&flat), true);
            expect(again, "what is flat is a configuration");
            config_unparse(again, &flatter);
            expect(!strcmp(text_string(&flat), text_string(&flatter)),
                   "what is flat stays as it is");
            config_free(again);
        }
    }
    config_free(config);
    text_free(&flat);
    text_free(&flatter);
    free(text);
    return 0;
}
