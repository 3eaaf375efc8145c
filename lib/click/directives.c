/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * directives.c: require(...), provide(...) and define(...), whose lists have
 * the form of configuration strings: items between commas, comments between
 * them.
 */
#include <string.h>
#include "lib/click/parse.h"
#include "lib/click/text.h"

static const char *trim(struct parser *parser, const char *from, const char *to)
{
    while (from < to && strchr(" \t\r\n\f\v", *from))
        from++;
    while (from < to && strchr(" \t\r\n\f\v", to[-1]))
        to--;
    return arena_copy(parser->arena, from, (size_t)(to - from));
}

/* The next of a list's items, or NULL; comments become white space. */
static const char *next_item(struct parser *parser, const char **list)
{
    const char *at = *list, *end = at + strlen(at);
    const char *stop = at;
    size_t length = 0;
    char *item;

    if (at == end)
        return NULL;
    while (stop < end && *stop != ',')
        stop = lexer_unit(stop, end);
    item = arena_alloc(parser->arena, (size_t)(stop - at) + 1);
    while (at < stop) {
        const char *unit = lexer_unit(at, end);

        if (*at == '/' && unit > at + 1) {
            item[length++] = ' ';
        } else {
            memcpy(item + length, at, (size_t)(unit - at));
            length += (size_t)(unit - at);
        }
        at = unit;
    }
    *list = stop < end ? stop + 1 : stop;
    return trim(parser, item, item + length);
}

/* A library's text is read as if it stood here, once. */
static void read_library(struct parser *parser, const char *name,
                         const struct place *place)
{
    struct lexer *outer = parser->lexer, inner;
    const char *text;

    if (binding_find(parser->libraries, name))
        return;
    parser->libraries = binding_add(parser, parser->libraries, name, NULL);
    text_clear(parser->scratch);
    if (!parser->from->library ||
        !parser->from->library(name, parser->scratch) ||
        parser->scratch->failed) {
        click_error(parser->errors, parse_landmark(parser, place),
                    "library '%s' not found", name);
        return;
    }
    text = text_string(parser->scratch);
    text = arena_copy(parser->arena, text, strlen(text));
    lexer_init(&inner, parser->arena, parser->errors, name, text);
    parser->lexer = &inner;
    if (parse_enter(parser)) {
        parse_statements(parser);
        if (lexer_peek(&inner)->kind != TOKEN_END)
            parse_syntax_error(parser);
    }
    parser->depth--;
    parser->lexer = outer;
}

static void parse_require(struct parser *parser, const struct place *place)
{
    struct graph *graph = parser->graph;
    const char *list = parse_config(parser), *item;

    while ((item = next_item(parser, &list))) {
        if (!strncmp(item, "library ", 8)) {
            item = trim(parser, item + 8, item + strlen(item));
            if (parser->scope->compound != graph->top)
                click_error(parser->errors, parse_landmark(parser, place),
                            "'require(library)' only works at file scope");
            else
                read_library(parser, item, place);
            continue;
        }
        if (!strncmp(item, "package ", 8))
            item = trim(parser, item + 8, item + strlen(item));
        if (*item)
            *ARENA_ADD(parser->arena, graph->requirements,
                       graph->requirement_count) = item;
    }
}

/* "$name value" */
static void parse_definition(struct parser *parser, const char *item,
                             const struct place *place)
{
    struct compound *compound = parser->scope->compound;
    struct variable variable = {.landmark = parse_landmark(parser, place)};
    size_t length = strcspn(item, " \t\r\n\f\v");

    if (*item != '$' || length < 2 ||
        strspn(item + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_") != length - 1) {
        click_error(parser->errors, variable.landmark,
                    "define: expected '$NAME VALUE', not '%s'", item);
        return;
    }
    variable.name = arena_copy(parser->arena, item + 1, length - 1);
    variable.value = trim(parser, item + length, item + strlen(item));
    for (unsigned int i = 0; i < compound->define_count; i++)
        if (!strcmp(compound->defines[i].name, variable.name)) {
            click_error(parser->errors, variable.landmark,
                        "parameter '$%s' multiply defined", variable.name);
            return;
        }
    for (unsigned int i = 0; i < compound->formal_count; i++)
        if (!strcmp(compound->formals[i].name, variable.name)) {
            click_error(parser->errors, variable.landmark,
                        "parameter '$%s' multiply defined", variable.name);
            return;
        }
    *ARENA_ADD(parser->arena, compound->defines, compound->define_count) =
        variable;
}

static void parse_define(struct parser *parser, const struct place *place)
{
    const char *list = parse_config(parser), *item;

    while ((item = next_item(parser, &list)))
        if (*item)
            parse_definition(parser, item, place);
}

void parse_directive(struct parser *parser, const struct token *token)
{
    if (lexer_peek(parser->lexer)->kind != '(')
        parse_syntax_error(parser);
    else if (token->kind == TOKEN_REQUIRE)
        parse_require(parser, &token->place);
    else if (token->kind == TOKEN_DEFINE)
        parse_define(parser, &token->place);
    else
        parse_config(parser); /* what a file provides, nobody asks for */
}
