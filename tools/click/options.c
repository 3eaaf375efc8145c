/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.c: the command line, with the options that click(1) has.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/click/elements.h"
#include "tools/click/host.h"

#define SIMTIME_START 1000000000 /* seconds */

enum { OPTION_HELP = 256, OPTION_LIST, OPTION_SIMTIME, OPTION_WARNINGS };

static const struct option long_options[] = {
    {"file", required_argument, NULL, 'f'},
    {"expression", required_argument, NULL, 'e'},
    {"handler", required_argument, NULL, 'h'},
    {"exit-handler", required_argument, NULL, 'x'},
    {"output", required_argument, NULL, 'o'},
    {"port", required_argument, NULL, 'p'},
    {"unix-socket", required_argument, NULL, 'u'},
    {"allow-reconfigure", no_argument, NULL, 'R'},
    {"quit", no_argument, NULL, 'q'},
    {"threads", required_argument, NULL, 'j'},
    {"affinity", optional_argument, NULL, 'a'},
    {"time", no_argument, NULL, 't'},
    {"no-warnings", no_argument, NULL, 'w'},
    {"warnings", no_argument, NULL, OPTION_WARNINGS},
    {"simtime", optional_argument, NULL, OPTION_SIMTIME},
    {"clickpath", required_argument, NULL, 'C'},
    {"list", no_argument, NULL, OPTION_LIST},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, 'v'},
    {0},
};

static const char usage[] =
    "Usage: click [OPTION]... [PARAMETER=VALUE]... [FILE]\n"
    "Run a Click configuration.\n"
    "\n"
    "  -f, --file FILE            the configuration; - or none: standard "
    "input\n"
    "  -e, --expression TEXT      the configuration itself\n"
    "  -h, --handler E.HANDLER    print the handler's value at the end; E may "
    "be a\n"
    "                             pattern (*, ?, []) or a class; none: the "
    "router's\n"
    "  -x, --exit-handler E.H     exit with the handler's value\n"
    "  -q, --quit                 do not run, only check the configuration\n"
    "  -o, --output FILE          write the flattened configuration\n"
    "  -p, --port PORT            take control connections by TCP\n"
    "  -u, --unix-socket FILE     and by a socket\n"
    "  -R, --allow-reconfigure    provide the handler `hotconfig`\n"
    "  -j, --threads N            accepted: there is one thread\n"
    "  -a, --affinity[=CPU]       accepted, and not used\n"
    "  -t, --time                 print how long it ran\n"
    "  -w, --no-warnings          print no warnings\n"
    "      --simtime[=SECONDS]    simulated time, which does not wait; from "
    "SECONDS\n"
    "  -C, --clickpath PATH       accepted, and not used\n"
    "      --list                 list the classes of elements\n"
    "      --help                 print this\n"
    "  -v, --version              print the version\n"
    "\n"
    "docs/middleboxes.md is about the language, docs/elements.md about the "
    "elements.\n";

static const char **add_word(const char **list, unsigned int *count,
                             const char *word)
{
    list = realloc(list, (*count + 1) * sizeof(*list));
    if (!list) {
        fputs("click: out of memory\n", stderr);
        exit(1);
    }
    list[(*count)++] = word;
    return list;
}

static int fail(const char *what, const char *word)
{
    fprintf(stderr, "click: %s '%s'\nTry 'click --help'.\n", what, word);
    return 1 + 1;
}

/* "NAME=value", in place. False if the word is something else. */
static bool read_parameter(struct options *options, char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    struct click_parameter *list;

    if (!length || word[length] != '=')
        return false;
    list = realloc(options->parameters,
                   (options->parameter_count + 1) * sizeof(*list));
    if (!list)
        return false;
    word[length] = '\0';
    list[options->parameter_count++] =
        (struct click_parameter){word, word + length + 1};
    options->parameters = list;
    return true;
}

static int read_source(struct options *options, const char *file,
                       const char *expression)
{
    if (options->file || options->expression)
        return fail("more than one configuration:", file ? file : expression);
    options->file = file;
    options->expression = expression;
    return 0;
}

static int read_simtime(struct options *options, const char *start)
{
    double seconds = SIMTIME_START;
    char *end = NULL;

    if (start)
        seconds = strtod(start, &end);
    if (start && (end == start || *end || seconds < 0 || seconds > 9e9))
        return fail("--simtime: expected seconds, not", start);
    options->simtime = true;
    options->start = (int64_t)(seconds * 1e9);
    return 0;
}

static int read_threads(const char *word)
{
    char *end;
    unsigned long count = strtoul(word, &end, 10);

    return *end || !*word || *word == '-' || !count || count > 65536
               ? fail("--threads: expected a number, not", word)
               : 0;
}

static int read_option(struct options *options, int option)
{
    switch (option) {
    case 'f':
        return read_source(options, optarg, NULL);
    case 'e':
        return read_source(options, NULL, optarg);
    case 'h':
        options->handlers =
            add_word(options->handlers, &options->handler_count, optarg);
        return 0;
    case 'x':
        options->exit_handler = optarg;
        return 0;
    case 'o':
        options->output = optarg;
        return 0;
    case 'p':
        options->ports = add_word(options->ports, &options->port_count, optarg);
        return 0;
    case 'u':
        options->sockets =
            add_word(options->sockets, &options->socket_count, optarg);
        return 0;
    case 'R':
        options->hotconfig = true;
        return 0;
    case 'q':
        options->quit = true;
        return 0;
    case 't':
        options->time = true;
        return 0;
    case 'w':
    case OPTION_WARNINGS:
        options->no_warnings = option == 'w';
        return 0;
    case OPTION_SIMTIME:
        return read_simtime(options, optarg);
    case 'j':
        return read_threads(optarg);
    case 'a':
    case 'C':
        return 0;
    case OPTION_LIST:
        elements_list();
        return 1;
    case OPTION_HELP:
        fputs(usage, stdout);
        return 1;
    case 'v':
        puts("click (Coracle), for Click's configuration language 2.1");
        return 1;
    default:
        fputs("Try 'click --help'.\n", stderr);
        return 1 + 1;
    }
}

int options_read(struct options *options, int count, char **words)
{
    int option, status;

    memset(options, 0, sizeof(*options));
    while ((option = getopt_long(count, words, "f:e:h:x:o:p:u:Rqj:a::twC:v",
                                 long_options, NULL)) != -1) {
        status = read_option(options, option);
        if (status)
            return status;
    }
    for (; optind < count; optind++) {
        if (read_parameter(options, words[optind]))
            continue;
        status = read_source(options, words[optind], NULL);
        if (status)
            return status;
    }
    return 0;
}

void options_free(struct options *options)
{
    free(options->handlers);
    free(options->parameters);
    free(options->ports);
    free(options->sockets);
}
