/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flatten.c: the program `click-flatten`: a configuration without compound
 * elements, or what is in it. It needs no elements to run: any class will do.
 */
#include "tools/click/flatten.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/config.h"
#include "tools/click/host.h"

enum { CLASSES = 'c', ELEMENTS = 'n', DECLARATIONS = 'd' };
enum { DRAWING = OPTION_NO_LETTER, CONFIGURATION, HELP };

static void say_error(struct click_errors *errors, const char *line)
{
    (void)errors;
    fprintf(stderr, "%s\n", line);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of classes or elements in alphabetical order, each once. */
static void add_names(const struct click_config *config, bool classes,
                      struct text *out)
{
    char **names = calloc(config->element_count + 1, sizeof(*names));

    if (!names) {
        out->failed = true;
        return;
    }
    for (unsigned int i = 0; i < config->element_count; i++)
        names[i] =
            classes ? config->elements[i].class : config->elements[i].name;
    qsort(names, config->element_count, sizeof(*names), compare);
    for (unsigned int i = 0; i < config->element_count; i++)
        if (!i || strcmp(names[i], names[i - 1]))
            text_printf(out, "%s\n", names[i]);
    free(names);
}

/* In the language of Graphviz. Ports but the first have numbers. */
static void add_drawing(const struct click_config *config, struct text *out)
{
    text_puts(out, "digraph click {\n    node [shape=box];\n");
    for (unsigned int i = 0; i < config->element_count; i++)
        text_printf(out, "    %u [label=\"%s\\n%s\"];\n", i,
                    config->elements[i].name, config->elements[i].class);
    for (unsigned int i = 0; i < config->connection_count; i++) {
        const struct config_connection *wire = &config->connections[i];

        text_printf(out, "    %u -> %u [", wire->from, wire->to);
        if (wire->from_port > 0)
            text_printf(out, "taillabel=%u ", wire->from_port);
        if (wire->to_port > 0)
            text_printf(out, "headlabel=%u", wire->to_port);
        text_puts(out, "];\n");
    }
    text_puts(out, "}\n");
}

static void add_result(int part, struct click_config *config, struct text *out)
{
    if (part == CLASSES || part == ELEMENTS) {
        add_names(config, part == CLASSES, out);
        return;
    }
    if (part == DRAWING) {
        add_drawing(config, out);
        return;
    }
    if (part == DECLARATIONS)
        config->connection_count = 0;
    config_unparse(config, out);
}

static int flatten(const struct options *options)
{
    struct click_errors errors = {.say = say_error};
    const char *file = options->file ? options->file : "-";
    char *text = options->expression ? NULL : read_whole_file(file);
    struct config_source source = {
        .text = text ? text : options->expression,
        .params = options->parameters,
        .count = options->parameter_count,
        .any_class = true,
        .library = library_text,
    };
    struct click_config *config;
    struct text out = {0};
    bool good = false;

    source.file = options->expression ? "config"
                  : strcmp(file, "-") ? file
                                      : "<stdin>";
    config = source.text ? config_parse_from(&source, &errors) : NULL;
    if (config) {
        add_result(options->part, config, &out);
        good = write_whole_file(options->output ? options->output : "-", &out);
    }
    config_free(config);
    text_free(&out);
    free(text);
    return good ? 0 : 1;
}

/* ---- The program ----------------------------------------------------------
 */

#define FIELD(name) offsetof(struct options, name)

static const struct option_rule rules[] = {
    {"file", 'f', required_argument, option_source, FIELD(file)},
    {"expression", 'e', required_argument, option_source, FIELD(expression)},
    {"output", 'o', required_argument, option_set_word, FIELD(output)},
    {"classes", CLASSES, no_argument, option_set_letter, FIELD(part)},
    {"elements", ELEMENTS, no_argument, option_set_letter, FIELD(part)},
    {"declarations", DECLARATIONS, no_argument, option_set_letter, FIELD(part)},
    {"dot", DRAWING, no_argument, option_set_letter, FIELD(part)},
    {"config", CONFIGURATION, no_argument, option_ignore, 0},
    {"clickpath", 'C', required_argument, option_ignore, 0},
    {"help", HELP, no_argument, option_usage, 0},
    {"version", 'v', no_argument, option_version, 0},
    {0},
};

static const char usage[] =
    "Usage: click-flatten [OPTION]... [PARAMETER=VALUE]... [FILE]\n"
    "Expand the compound elements of a Click configuration.\n"
    "\n"
    "  -f, --file FILE        the configuration; - or none: standard input\n"
    "  -e, --expression TEXT  the configuration itself\n"
    "  -o, --output FILE      where to write, not standard output\n"
    "  -c, --classes          write only the classes that it uses\n"
    "  -n, --elements         write only the names of its elements\n"
    "  -d, --declarations     write only the declarations\n"
    "      --dot              write a graph, for the program dot to draw\n"
    "      --help             print this\n"
    "  -v, --version          print the version\n";

static const struct option_program program = {
    .name = "click-flatten",
    .version = "click-flatten (Coracle)",
    .rules = rules,
    .usage = usage,
};

int flatten_main(int count, char **words)
{
    struct options options;
    int status = options_read(&options, &program, count, words);

    status = status ? status - 1 : flatten(&options);
    options_free(&options);
    return status;
}
