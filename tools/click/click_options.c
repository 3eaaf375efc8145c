/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * click_options.c: the options of the program `click`, those of click(1).
 */
#include <getopt.h>
#include <stdlib.h>
#include "tools/click/elements.h"
#include "tools/click/options.h"

#define SIMTIME_START 1000000000 /* seconds */

static int set_flag(struct options *options, const struct option_rule *rule,
                    const char *word)
{
    (void)word;
    *(bool *)option_field(options, rule) = true;
    return 0;
}

static int add_word(struct options *options, const struct option_rule *rule,
                    const char *word)
{
    struct option_words *list = option_field(options, rule);
    const char **words =
        realloc(list->words, (list->count + 1) * sizeof(*words));

    if (!words)
        return option_fail(options, "out of memory:", word);
    words[list->count++] = word;
    list->words = words;
    return 0;
}

static int clear_flag(struct options *options, const struct option_rule *rule,
                      const char *word)
{
    (void)word;
    *(bool *)option_field(options, rule) = false;
    return 0;
}

static int take_simtime(struct options *options, const struct option_rule *rule,
                        const char *start)
{
    double seconds = SIMTIME_START;
    char *end = NULL;

    (void)rule;
    if (start)
        seconds = strtod(start, &end);
    if (start && (end == start || *end || seconds < 0 || seconds > 9e9))
        return option_fail(options, "--simtime: expected seconds, not", start);
    options->simtime = true;
    options->start = (int64_t)(seconds * 1e9);
    return 0;
}

static int check_threads(struct options *options,
                         const struct option_rule *rule, const char *word)
{
    char *end;
    unsigned long count = strtoul(word, &end, 10);

    (void)rule;
    return *end || !*word || *word == '-' || !count || count > 65536
               ? option_fail(options, "--threads: expected a number, not", word)
               : 0;
}

static int say_elements(struct options *options, const struct option_rule *rule,
                        const char *word)
{
    (void)options;
    (void)rule;
    (void)word;
    elements_list();
    return 1;
}

enum { HELP = OPTION_NO_LETTER, LIST, SIMTIME, WARNINGS };

#define FIELD(name) offsetof(struct options, name)

static const struct option_rule rules[] = {
    {"file", 'f', required_argument, option_source, FIELD(file)},
    {"expression", 'e', required_argument, option_source, FIELD(expression)},
    {"handler", 'h', required_argument, add_word, FIELD(handlers)},
    {"exit-handler", 'x', required_argument, option_set_word,
     FIELD(exit_handler)},
    {"output", 'o', required_argument, option_set_word, FIELD(output)},
    {"port", 'p', required_argument, add_word, FIELD(ports)},
    {"unix-socket", 'u', required_argument, add_word, FIELD(sockets)},
    {"allow-reconfigure", 'R', no_argument, set_flag, FIELD(hotconfig)},
    {"quit", 'q', no_argument, set_flag, FIELD(quit)},
    {"threads", 'j', required_argument, check_threads, 0},
    {"affinity", 'a', optional_argument, option_ignore, 0},
    {"time", 't', no_argument, set_flag, FIELD(time)},
    {"no-warnings", 'w', no_argument, set_flag, FIELD(no_warnings)},
    {"warnings", WARNINGS, no_argument, clear_flag, FIELD(no_warnings)},
    {"simtime", SIMTIME, optional_argument, take_simtime, 0},
    {"clickpath", 'C', required_argument, option_ignore, 0},
    {"list", LIST, no_argument, say_elements, 0},
    {"help", HELP, no_argument, option_usage, 0},
    {"version", 'v', no_argument, option_version, 0},
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

const struct option_program click_program = {
    .name = "click",
    .version = "click (Coracle), for Click's configuration language 2.1",
    .rules = rules,
    .usage = usage,
};
