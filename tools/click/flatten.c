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

enum { CONFIGURATION, CLASSES = 'c', ELEMENTS = 'n', DECLARATIONS = 'd' };
enum { OPTION_HELP = 256, OPTION_CONFIG, DRAWING };

static const struct option long_options[] = {
    {"file", required_argument, NULL, 'f'},
    {"expression", required_argument, NULL, 'e'},
    {"output", required_argument, NULL, 'o'},
    {"classes", no_argument, NULL, 'c'},
    {"elements", no_argument, NULL, 'n'},
    {"declarations", no_argument, NULL, 'd'},
    {"dot", no_argument, NULL, DRAWING},
    {"clickpath", required_argument, NULL, 'C'},
    {"config", no_argument, NULL, OPTION_CONFIG},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, 'v'},
    {0},
};

static const char usage[] =
    "Usage: click-flatten [OPTION]... [FILE]\n"
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

struct job {
    const char *file, *expression, *output;
    int what;
};

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

static void add_result(const struct job *job, struct click_config *config,
                       struct text *out)
{
    if (job->what == CLASSES || job->what == ELEMENTS) {
        add_names(config, job->what == CLASSES, out);
        return;
    }
    if (job->what == DRAWING) {
        add_drawing(config, out);
        return;
    }
    if (job->what == DECLARATIONS)
        config->connection_count = 0;
    config_unparse(config, out);
}

static bool write_text(const struct text *text, const char *name)
{
    bool standard = !name || !strcmp(name, "-"), good;
    FILE *file = standard ? stdout : fopen(name, "w");

    if (!file) {
        perror(name);
        return false;
    }
    good = !text->failed &&
           fwrite(text_string(text), 1, text->length, file) == text->length;
    if (!standard && fclose(file))
        good = false;
    if (!good)
        fprintf(stderr, "click-flatten: the result could not be written\n");
    return good;
}

static int flatten(const struct job *job)
{
    struct click_errors errors = {.say = say_error};
    const char *file = job->file ? job->file : "-";
    char *text = job->expression ? NULL : read_whole_file(file);
    struct config_source source = {
        .text = text ? text : job->expression,
        .any_class = true,
        .library = library_text,
    };
    struct click_config *config;
    struct text out = {0};
    bool good = false;

    source.file = job->expression     ? "config"
                  : strcmp(file, "-") ? file
                                      : "<stdin>";
    config = source.text ? config_parse_from(&source, &errors) : NULL;
    if (config) {
        add_result(job, config, &out);
        good = write_text(&out, job->output);
    }
    config_free(config);
    text_free(&out);
    free(text);
    return good ? 0 : 1;
}

int flatten_main(int count, char **words)
{
    struct job job = {0};
    int option;

    while ((option = getopt_long(count, words, "f:e:o:cndC:v", long_options,
                                 NULL)) != -1) {
        switch (option) {
        case 'f':
            job.file = optarg;
            break;
        case 'e':
            job.expression = optarg;
            break;
        case 'o':
            job.output = optarg;
            break;
        case 'c':
        case 'n':
        case 'd':
        case DRAWING:
            job.what = option;
            break;
        case 'C':
        case OPTION_CONFIG:
            break;
        case OPTION_HELP:
            fputs(usage, stdout);
            return 0;
        case 'v':
            puts("click-flatten (Coracle)");
            return 0;
        default:
            return 1;
        }
    }
    if (optind < count)
        job.file = words[optind];
    return flatten(&job);
}
