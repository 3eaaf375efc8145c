/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.c: reads the command lines of click and click-flatten.
 *
 * A program's options are a table: what each is called and which function takes
 * it, most of which set a field of struct options. getopt_long() wants the same
 * in a form of its own, which is made of the table first.
 */
#include "tools/click/options.h"
#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/router.h"

#define RULES_MAX 24

/* ---- Taking options -------------------------------------------------------
 */

int option_fail(const struct options *options, const char *what,
                const char *word)
{
    fprintf(stderr, "%s: %s '%s'\nTry '%s --help'.\n", options->program->name,
            what, word, options->program->name);
    return 1 + 1;
}

void *option_field(struct options *options, const struct option_rule *rule)
{
    return (char *)options + rule->field;
}

int option_ignore(struct options *options, const struct option_rule *rule,
                  const char *word)
{
    (void)options;
    (void)rule;
    (void)word;
    return 0;
}

int option_set_letter(struct options *options, const struct option_rule *rule,
                      const char *word)
{
    (void)word;
    *(int *)option_field(options, rule) = rule->letter;
    return 0;
}

int option_set_word(struct options *options, const struct option_rule *rule,
                    const char *word)
{
    *(const char **)option_field(options, rule) = word;
    return 0;
}

static int take_source(struct options *options, const char **to,
                       const char *word)
{
    if (options->file || options->expression)
        return option_fail(options, "more than one configuration:", word);
    *to = word;
    return 0;
}

int option_source(struct options *options, const struct option_rule *rule,
                  const char *word)
{
    return take_source(options, option_field(options, rule), word);
}

int option_usage(struct options *options, const struct option_rule *rule,
                 const char *word)
{
    (void)rule;
    (void)word;
    fputs(options->program->usage, stdout);
    return 1;
}

int option_version(struct options *options, const struct option_rule *rule,
                   const char *word)
{
    (void)rule;
    (void)word;
    puts(options->program->version);
    return 1;
}

/* ---- Reading a command line -----------------------------------------------
 */

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

/* Only options: optind is then the number of the first other word. */
static int read_rules(struct options *options, int count, char **words)
{
    const struct option_rule *rules = options->program->rules;
    struct option longs[RULES_MAX + 1] = {0};
    char shorts[3 * RULES_MAX + 1] = "", *next = shorts;
    int index = 0, letter, status = 0;

    for (; rules[index].name; index++) {
        const struct option_rule *rule = &rules[index];

        assert(index < RULES_MAX);
        longs[index] =
            (struct option){rule->name, rule->argument, NULL, rule->letter};
        if (rule->letter >= OPTION_NO_LETTER)
            continue;
        *next++ = (char)rule->letter;
        for (int colons = 0; colons < rule->argument; colons++)
            *next++ = ':'; /* one: required; two: optional */
    }
    while (!status &&
           (letter = getopt_long(count, words, shorts, longs, NULL)) != -1) {
        if (letter == '?') {
            fprintf(stderr, "Try '%s --help'.\n", options->program->name);
            return 1 + 1;
        }
        for (index = 0; rules[index].letter != letter;)
            index++;
        status = rules[index].take(options, &rules[index], optarg);
    }
    return status;
}

int options_read(struct options *options, const struct option_program *program,
                 int count, char **words)
{
    int status;

    *options = (struct options){.program = program};
    status = read_rules(options, count, words);
    for (; !status && optind < count; optind++)
        if (!read_parameter(options, words[optind]))
            status = take_source(options, &options->file, words[optind]);
    return status;
}

void options_free(struct options *options)
{
    free(options->handlers.words);
    free(options->parameters);
    free(options->ports.words);
    free(options->sockets.words);
}
