/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter_parser.h: what the parts of the filter language's parser share.
 *
 *     text -> filter_split() -> words              filter_words.c
 *     words -> what a test is about                filter_subject.c
 *           -> what it is compared with            filter_data.c
 *     struct filter_test -> expression             filter_test.c
 *     all of these, and "and", "or", "not"         filter.c
 *
 * Functions that "take" words step over them and say whether they did; what
 * they do not take stays for the next. After filter_fail() nothing matters but
 * to return.
 */
#ifndef CORACLE_CLICK_FILTER_PARSER_H
#define CORACLE_CLICK_FILTER_PARSER_H

#include <string.h>
#include "lib/click/filter.h"

struct filter_parser {
    struct program_builder *builder;
    const struct element *near;
    char **words; /* ends with a NULL */
    unsigned int at, depth;
    struct filter_test last; /* the test before */
    bool failed;
    char *why;
    size_t why_size;
};

/* Note why it is wrong, unless something was before. 0, for an expression. */
PRINTF_LIKE(2, 3)
program_expr_t filter_fail(struct filter_parser *parser, const char *format,
                           ...);

/* ---- filter_words.c: words ------------------------------------------------
 */

/* The words of `text`, to be freed as one block; NULL: no memory. */
char **filter_split(const char *text);
/* How long the operator is that `text` begins with; 0: with none. */
size_t filter_operator_length(const char *text);

/* The word to be read next; NULL: there is no more. */
static inline const char *peek(const struct filter_parser *parser)
{
    return parser->words[parser->at];
}

static inline bool is(const char *word, const char *what)
{
    return word && !strcmp(word, what);
}

static inline bool is_either(const char *word, const char *what,
                             const char *other)
{
    return is(word, what) || is(word, other);
}

static inline bool filter_take(struct filter_parser *parser, const char *what,
                               const char *other)
{
    if (!is_either(peek(parser), what, other))
        return false;
    parser->at++;
    return true;
}

/* Does the test, or the factor, end before this word? */
static inline bool is_end(const char *word)
{
    return !word || is(word, ")") || is(word, ":") || is(word, "?") ||
           is_either(word, "or", "||") || is_either(word, "and", "&&");
}

/* ---- filter_subject.c: what a test is about -------------------------------
 */

/* "src tcp port": sides, types, protocols, in any order. */
void filter_take_subject(struct filter_parser *parser,
                         struct filter_test *test);
/* "ip[6:2]", "transp[0]", "tcp[13]", "ether[12:2]" */
bool filter_take_bytes(struct filter_parser *parser, struct filter_test *test);
/* Is it a protocol alone? It is, unless what follows is its value. */
bool filter_is_alone(const struct filter_parser *parser,
                     const struct filter_test *test);
/* "frag", "true": tests that are complete in a word. */
bool filter_take_whole(struct filter_parser *parser, program_expr_t *expr);

/* ---- filter_data.c: what it is compared with ------------------------------
 */

static inline bool filter_is_address(enum filter_type type)
{
    return type == FILTER_HOST || type == FILTER_NET;
}

/* `word`, which was taken, as data of that type; false: it is none. A net's
 * mask may be in the words behind it, which are taken then. */
bool filter_read_data(struct filter_parser *parser, struct filter_test *test,
                      enum filter_type type, const char *word);
bool filter_read_mask(struct filter_parser *parser, struct filter_test *test,
                      const char *word);
/* Test as the one before was, where it does not say otherwise. */
void filter_inherit(const struct filter_parser *parser,
                    struct filter_test *test);
/* Find out what data without a type is, and read it. */
bool filter_guess_data(struct filter_parser *parser, struct filter_test *test,
                       const char *word);

#endif
