/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lexer.c: cuts a configuration into tokens.
 *
 * A text is read once, front to back, with one token ahead at most. A place is
 * kept as numbers, and written out only where something can be said about it.
 * Any bytes may come: what cannot begin a token is a token of its own, and the
 * parser will say that it is a syntax error.
 */
#include "lib/click/lexer.h"
#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '@';
}

static bool is_space(char c)
{
    return isspace((unsigned char)c);
}

static bool starts(const char *at, const char *end, const char *with)
{
    size_t length = strlen(with);

    return (size_t)(end - at) >= length && !memcmp(at, with, length);
}

void lexer_init(struct lexer *lexer, struct arena *arena,
                struct click_errors *errors, const char *file, const char *text)
{
    memset(lexer, 0, sizeof(*lexer));
    lexer->arena = arena;
    lexer->errors = errors;
    lexer->at = lexer->line_start = text;
    lexer->end = text + strlen(text);
    lexer->place.file = file;
    lexer->place.line = 1;
}

const char *lexer_landmark(const struct lexer *lexer, const struct place *place)
{
    const char *line =
        arena_number(lexer->arena, place->file, ':', place->line);

    return arena_number(lexer->arena, line, ':', place->column);
}

const char *lexer_text(const struct lexer *lexer, const struct token *token)
{
    return arena_copy(lexer->arena, token->text, token->length);
}

/* ---- Configuration strings ------------------------------------------------
 */

static const char *line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    return at;
}

static const char *comment_end(const char *at, const char *end)
{
    for (at += 2; at < end; at++)
        if (starts(at, end, "*/"))
            return at + 2;
    return end;
}

/* Behind the `quote` that closes what begins before `at`. In data there may be
 * comments. */
static const char *quoted_end(const char *at, const char *end, char quote)
{
    while (at < end && *at != quote) {
        if (quote == '"' && starts(at, end, "\\<"))
            at = quoted_end(at + 2, end, '>');
        else if (quote == '"' && *at == '\\' && at + 1 < end)
            at += 2;
        else if (quote == '>' && starts(at, end, "//"))
            at = line_end(at, end);
        else if (quote == '>' && starts(at, end, "/*"))
            at = comment_end(at, end);
        else
            at++;
    }
    return at < end ? at + 1 : end;
}

const char *lexer_unit(const char *at, const char *end)
{
    if (*at == '"' || *at == '\'')
        return quoted_end(at + 1, end, *at);
    if (starts(at, end, "\\<"))
        return quoted_end(at + 2, end, '>');
    if (starts(at, end, "//"))
        return line_end(at, end);
    if (starts(at, end, "/*"))
        return comment_end(at, end);
    return at + 1;
}

/* ---- Lines and their directives -------------------------------------------
 */

/* Go on to `to`, counting lines: ended by \n, \r or \r\n. */
static void advance(struct lexer *lexer, const char *to)
{
    for (; lexer->at < to; lexer->at++) {
        char c = *lexer->at;

        if (c != '\n' && c != '\r')
            continue;
        if (c == '\r' && lexer->at + 1 < lexer->end && lexer->at[1] == '\n')
            continue;
        lexer->place.line++;
        lexer->line_start = lexer->at + 1;
    }
}

/* `# 12 "file"` or `#line 12`, if that begins with this '#': where its end is;
 * else NULL. `line` and `file` (if there is one) are set. */
static const char *directive(const struct lexer *lexer, unsigned int *line,
                             const char **file)
{
    const char *at = lexer->at, *end = line_end(at, lexer->end), *name;

    for (at++; at < end && (*at == ' ' || *at == '\t'); at++)
        ;
    if (starts(at, end, "line"))
        for (at += 4; at < end && (*at == ' ' || *at == '\t'); at++)
            ;
    if (at == end || !isdigit((unsigned char)*at))
        return NULL;
    for (*line = 0; at < end && isdigit((unsigned char)*at); at++)
        *line = *line > 99999999 ? *line : *line * 10 + (unsigned)(*at - '0');
    for (; at < end && (*at == ' ' || *at == '\t'); at++)
        ;
    if (at == end || *at != '"')
        return end;
    for (name = ++at; at < end && *at != '"'; at++)
        ;
    *file = arena_copy(lexer->arena, name, (size_t)(at - name));
    return end;
}

/* Take a directive, if one is here. The line behind it has its number. */
static bool take_directive(struct lexer *lexer)
{
    const char *file = lexer->place.file, *end;
    unsigned int line = 0;

    if (lexer->at != lexer->line_start || lexer->at == lexer->end ||
        *lexer->at != '#')
        return false;
    end = directive(lexer, &line, &file);
    if (!end)
        return false;
    advance(lexer, end);
    if (lexer->at < lexer->end && *lexer->at == '\r')
        lexer->at++;
    if (lexer->at < lexer->end && *lexer->at == '\n')
        lexer->at++;
    lexer->line_start = lexer->at;
    lexer->place.line = line;
    lexer->place.file = file;
    return true;
}

static const char *appended(struct lexer *lexer, const char *config,
                            const char *from, const char *to)
{
    const char *more = arena_copy(lexer->arena, from, (size_t)(to - from));

    return *config ? arena_join(lexer->arena, config, more) : more;
}

const char *lexer_config(struct lexer *lexer)
{
    struct place place = lexer->place;
    const char *from = lexer->at, *config = "";
    unsigned int depth = 0;

    place.column = (unsigned int)(lexer->at - lexer->line_start);
    for (;;) {
        const char *here = lexer->at;

        if (here == lexer->end) {
            click_error(lexer->errors, lexer_landmark(lexer, &place),
                        "syntax error: missing ')'");
            return "";
        }
        if (take_directive(lexer)) {
            config = appended(lexer, config, from, here);
            from = lexer->at;
            continue;
        }
        if (*here == '(')
            depth++;
        else if (*here == ')' && depth-- == 0)
            break;
        advance(lexer, lexer_unit(here, lexer->end));
    }
    config = appended(lexer, config, from, lexer->at);
    lexer->at++;
    return config;
}

/* ---- Tokens ---------------------------------------------------------------
 */

static void skip_space(struct lexer *lexer)
{
    while (lexer->at < lexer->end) {
        const char *at = lexer->at;

        if (take_directive(lexer))
            continue;
        if (is_space(*at))
            advance(lexer, at + 1);
        else if (starts(at, lexer->end, "//") || starts(at, lexer->end, "/*"))
            advance(lexer, lexer_unit(at, lexer->end));
        else if (starts(at, lexer->end, "#!") && at == lexer->line_start)
            advance(lexer, line_end(at, lexer->end)); /* `#!/usr/bin/click` */
        else
            return;
    }
}

/* Slashes stand between the parts of a name; two begin a comment. */
static const char *word_end(const char *at, const char *end)
{
    while (at < end &&
           (is_word(*at) || (*at == '/' && at + 1 < end && is_word(at[1]))))
        at++;
    return at;
}

static const struct {
    const char *text;
    enum token_kind kind;
} signs[] =
    {
        {"->", TOKEN_ARROW}, {"=>", TOKEN_ARROWS}, {"::", TOKEN_COLONS},
        {"||", TOKEN_BARS},  {"...", TOKEN_DOTS},
},
  keywords[] = {
      {"elementclass", TOKEN_ELEMENTCLASS}, {"require", TOKEN_REQUIRE},
      {"provide", TOKEN_PROVIDE},           {"define", TOKEN_DEFINE},
      {"connectiontunnel", TOKEN_TUNNEL},
};

static void read_word(struct lexer *lexer, struct token *token)
{
    const char *end = word_end(lexer->at, lexer->end);

    token->kind = TOKEN_WORD;
    token->length = (size_t)(end - token->text);
    for (unsigned int i = 0; i < ARRAY_SIZE(keywords); i++)
        if (strlen(keywords[i].text) == token->length &&
            !memcmp(token->text, keywords[i].text, token->length))
            token->kind = keywords[i].kind;
    lexer->at = end;
}

/* The dollar is not in the token's text. */
static void read_variable(struct lexer *lexer, struct token *token)
{
    const char *at = lexer->at + 1;

    while (at < lexer->end && (isalnum((unsigned char)*at) || *at == '_'))
        at++;
    token->kind = TOKEN_VARIABLE;
    token->text++;
    token->length = (size_t)(at - token->text);
    lexer->at = at;
}

static void read_sign(struct lexer *lexer, struct token *token)
{
    token->kind = (unsigned char)*lexer->at;
    token->length = 1;
    for (unsigned int i = 0; i < ARRAY_SIZE(signs); i++)
        if (starts(lexer->at, lexer->end, signs[i].text)) {
            token->kind = signs[i].kind;
            token->length = strlen(signs[i].text);
        }
    /* Not to be mistaken for a kind that has a name. */
    if (token->length == 1 && token->kind <= TOKEN_TUNNEL)
        token->kind = '?';
    lexer->at += token->length;
}

struct token lexer_next(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_END, .text = "end of file"};

    if (lexer->peeked) {
        lexer->peeked = false;
        return lexer->ahead;
    }
    skip_space(lexer);
    token.place = lexer->place;
    token.place.column = (unsigned int)(lexer->at - lexer->line_start) + 1;
    if (lexer->at == lexer->end) {
        token.length = strlen(token.text);
        return token;
    }
    token.text = lexer->at;
    if (is_word(*lexer->at))
        read_word(lexer, &token);
    else if (*lexer->at == '$' && lexer->at + 1 < lexer->end &&
             (isalnum((unsigned char)lexer->at[1]) || lexer->at[1] == '_'))
        read_variable(lexer, &token);
    else
        read_sign(lexer, &token);
    return token;
}

const struct token *lexer_peek(struct lexer *lexer)
{
    if (!lexer->peeked) {
        lexer->ahead = lexer_next(lexer);
        lexer->peeked = true;
    }
    return &lexer->ahead;
}

bool lexer_take(struct lexer *lexer, unsigned int kind)
{
    if (lexer_peek(lexer)->kind != kind)
        return false;
    lexer->peeked = false;
    return true;
}
