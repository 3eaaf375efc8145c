/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h: the command lines of click and click-flatten.
 */
#ifndef CORACLE_TOOLS_CLICK_OPTIONS_H
#define CORACLE_TOOLS_CLICK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_words {
    const char **words;
    unsigned int count;
};

/* What a command line says. */
struct options {
    const struct option_program *program;
    const char *file;       /* NULL: standard input */
    const char *expression; /* or a configuration itself */
    const char *output;
    int part; /* of the configuration, click-flatten's; 0: all */
    bool quit, time, no_warnings, simtime, hotconfig;
    int64_t start; /* of simulated time, ns since 1970 */
    struct option_words handlers;
    const char *exit_handler;
    struct click_parameter *parameters;
    unsigned int parameter_count;
    struct option_words ports, sockets; /* of control connections */
};

/* One option: --name, and -letter if it has one. */
struct option_rule {
    const char *name;
    int letter;   /* or OPTION_NO_LETTER and up, each its own */
    int argument; /* getopt's: no_argument, required_argument... */
    /* `word` is its argument or NULL. 0; or an exit status, plus 1. */
    int (*take)(struct options *options, const struct option_rule *rule,
                const char *word);
    size_t field; /* of struct options, for take() */
};

#define OPTION_NO_LETTER 256

/* Ready-made take()s. */
#define OPTION_DECLARE(name)                                                   \
    int option_##name(struct options *, const struct option_rule *,            \
                      const char *);
OPTION_DECLARE(ignore)
OPTION_DECLARE(set_letter) /* an int */
OPTION_DECLARE(set_word)
OPTION_DECLARE(source) /* the same, for the one configuration there is */
OPTION_DECLARE(usage)
OPTION_DECLARE(version)
#undef OPTION_DECLARE

/* For others: the field; and an error about `word` (an exit status, plus 1). */
void *option_field(struct options *options, const struct option_rule *rule);
int option_fail(const struct options *options, const char *what,
                const char *word);

struct option_program {
    const char *name, *version, *usage;
    const struct option_rule *rules; /* ends with a zeroed one */
};

extern const struct option_program click_program; /* click_options.c */

/* 0; or an exit status for main(), plus 1. options_free() in any case. */
int options_read(struct options *options, const struct option_program *program,
                 int count, char **words);
void options_free(struct options *options);

#endif
