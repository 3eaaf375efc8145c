/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lexer.h: a configuration as tokens.
 *
 * Between tokens lie white space, comments and line directives (`# 12 "file"`),
 * which say where the text really comes from. What stands between parentheses
 * behind a class is not made of tokens: lexer_config() takes it as a whole.
 */
#ifndef CORACLE_CLICK_LEXER_H
#define CORACLE_CLICK_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include "lib/click/arena.h"
#include "lib/click/errors.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,     /* an element, a class, a keyword of a formal, a number */
    TOKEN_VARIABLE, /* $name; `text` is name */
    TOKEN_ARROW,    /* -> */
    TOKEN_ARROWS,   /* => */
    TOKEN_COLONS,   /* :: */
    TOKEN_BARS,     /* || */
    TOKEN_DOTS,     /* ... */
    TOKEN_ELEMENTCLASS,
    TOKEN_REQUIRE,
    TOKEN_PROVIDE,
    TOKEN_DEFINE,
    TOKEN_TUNNEL, /* connectiontunnel */
    /* Others are their one character. */
};

struct place {
    const char *file;
    unsigned int line, column;
};

struct token {
    unsigned int kind;
    const char *text;
    size_t length;
    struct place place;
};

struct lexer {
    struct arena *arena;
    struct click_errors *errors;
    const char *at, *end;
    const char *line_start;
    struct place place; /* of `at`, but for its column */
    struct token ahead; /* if `peeked` */
    bool peeked;
};

/* `file` and `text` must stay. */
void lexer_init(struct lexer *lexer, struct arena *arena,
                struct click_errors *errors, const char *file,
                const char *text);

struct token lexer_next(struct lexer *lexer);
const struct token *lexer_peek(struct lexer *lexer);

/* Take the next token if it is of this kind. */
bool lexer_take(struct lexer *lexer, unsigned int kind);

/* What stands up to the parenthesis that closes the one just taken, which is
 * taken too. Line directives are left out. */
const char *lexer_config(struct lexer *lexer);

/* "FILE:LINE:COLUMN" in the arena. */
const char *lexer_landmark(const struct lexer *lexer,
                           const struct place *place);

/* A token's text in the arena. */
const char *lexer_text(const struct lexer *lexer, const struct token *token);

/*
 * Behind what begins at `at` in a configuration string and belongs together: a
 * 'quoted' or "quoted" string, a comment, data \<00 01>, else one character.
 * One that is not closed ends at `end`.
 */
const char *lexer_unit(const char *at, const char *end);

#endif
