/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parse.c: statements, classes and compounds of the configuration language.
 *
 * The grammar is that of Click's manual, click(5). It is read from left to
 * right with one token of look-ahead by functions that call each other as the
 * grammar's rules do. What a word means is decided where it stands: a class is
 * visible from its `elementclass` to the end of the compound, and keeps its
 * meaning inside of compounds that were written before another one of the same
 * name; so each part remembers its class itself, not the class's name.
 *
 * After a syntax error the statement's rest is skipped, and parsing goes on:
 * all errors are found in one run.
 */
#include "lib/click/parse.h"
#include <string.h>
#include "lib/click/element.h"

const char *parse_landmark(const struct parser *parser,
                           const struct place *place)
{
    return lexer_landmark(parser->lexer, place);
}

/* Go to the next ';', or before the bracket that closes what is around. */
static void skip_statement(struct parser *parser)
{
    unsigned int depth = 0;

    for (;;) {
        unsigned int kind = lexer_peek(parser->lexer)->kind;

        if (kind == TOKEN_END ||
            (!depth && (kind == '}' || kind == ')' || kind == TOKEN_BARS)))
            return;
        lexer_next(parser->lexer);
        if (kind == '{' || kind == '(')
            depth++;
        else if (kind == '}' || kind == ')')
            depth--;
        else if (kind == ';' && !depth)
            return;
    }
}

void parse_syntax_error(struct parser *parser)
{
    struct token token = *lexer_peek(parser->lexer);
    const char *text = token.text;
    int length = (int)token.length;

    if (token.kind == TOKEN_VARIABLE) {
        text--; /* its dollar */
        length++;
    }
    click_error(parser->errors, parse_landmark(parser, &token.place),
                token.kind == TOKEN_END ? "syntax error near %.*s"
                                        : "syntax error near '%.*s'",
                length, text);
    skip_statement(parser);
}

bool parse_enter(struct parser *parser)
{
    if (parser->depth++ < GRAPH_DEPTH)
        return true;
    click_error(parser->errors,
                parse_landmark(parser, &lexer_peek(parser->lexer)->place),
                "compound elements and groups are nested too deeply");
    return false;
}

/* ---- Classes --------------------------------------------------------------
 */

const struct binding *binding_add(struct parser *parser,
                                  const struct binding *outer, const char *name,
                                  struct graph_class *class)
{
    struct binding *binding = arena_alloc(parser->arena, sizeof(*binding));

    binding->name = name;
    binding->class = class;
    binding->outer = outer;
    return binding;
}

const struct binding *binding_find(const struct binding *binding,
                                   const char *name)
{
    while (binding && strcmp(binding->name, name))
        binding = binding->outer;
    return binding;
}

struct graph_class *parse_assume_class(struct parser *parser, const char *name)
{
    struct graph_class *class = arena_alloc(parser->arena, sizeof(*class));

    class->name = name;
    parser->assumed = binding_add(parser, parser->assumed, name, class);
    return class;
}

struct graph_class *parse_find_class(struct parser *parser, const char *name)
{
    const struct binding *binding = binding_find(parser->bindings, name);

    if (!binding)
        binding = binding_find(parser->assumed, name);
    if (binding)
        return binding->class;
    if (name_table_find(&parser->elements, name))
        return parse_assume_class(parser, name);
    return NULL;
}

const char *parse_config(struct parser *parser)
{
    if (!lexer_take(parser->lexer, '('))
        return "";
    return lexer_config(parser->lexer);
}

/* ---- Compounds ------------------------------------------------------------
 */

static struct compound *compound_new(struct parser *parser,
                                     const struct place *place)
{
    struct compound *compound = arena_alloc(parser->arena, sizeof(*compound));

    compound->landmark = parse_landmark(parser, place);
    if (parser->scope)
        compound->enclosing = parser->scope->compound;
    return compound;
}

/* "$a, KEYWORD $b |", if that is what comes: a compound that begins with a
 * variable can also be a connection from `$class(...)`. */
static void read_formals(struct parser *parser, struct compound *compound)
{
    struct lexer before = *parser->lexer;

    while (lexer_peek(parser->lexer)->kind != '|') {
        struct formal formal = {0};
        struct token token = lexer_next(parser->lexer);

        if (token.kind == TOKEN_WORD) {
            formal.keyword = lexer_text(parser->lexer, &token);
            token = lexer_next(parser->lexer);
        }
        formal.name = lexer_text(parser->lexer, &token);
        if (token.kind != TOKEN_VARIABLE ||
            (lexer_peek(parser->lexer)->kind != '|' &&
             !lexer_take(parser->lexer, ','))) {
            *parser->lexer = before;
            compound->formal_count = 0;
            return;
        }
        *ARENA_ADD(parser->arena, compound->formals, compound->formal_count) =
            formal;
    }
    lexer_take(parser->lexer, '|');
    compound->has_formals = true;
}

static void check_formals(struct parser *parser,
                          const struct compound *compound)
{
    for (unsigned int i = 0; i < compound->formal_count; i++) {
        const struct formal *formal = &compound->formals[i];

        for (unsigned int j = 0; j < i; j++)
            if (!strcmp(compound->formals[j].name, formal->name))
                click_error(parser->errors, compound->landmark,
                            "redeclaration of formal parameter '$%s'",
                            formal->name);
        if (i && !formal->keyword && compound->formals[i - 1].keyword)
            click_error(parser->errors, compound->landmark,
                        "positional parameter '$%s' after keyword parameters",
                        formal->name);
        if (formal->keyword && !strcmp(formal->keyword, "__REST__") &&
            i + 1 < compound->formal_count)
            click_error(parser->errors, compound->landmark,
                        "'__REST__' parameter must be the last one");
    }
}

/* How many of their ports the wires use. */
static void count_ports(struct compound *compound)
{
    for (unsigned int i = 0; i < compound->wire_count; i++) {
        const struct wire *wire = &compound->wires[i];
        struct part *from = &compound->parts[wire->from];
        struct part *to = &compound->parts[wire->to];

        if (wire->from_port >= from->outputs)
            from->outputs = wire->from_port + 1;
        if (wire->to_port >= to->inputs)
            to->inputs = wire->to_port + 1;
    }
}

/*
 * When all of a compound was read. Names that nobody gave are Class@number,
 * numbered in the order of their appearance in this compound; others may have
 * such a name already.
 */
static void finish_parts(struct parser *parser, struct scope *scope)
{
    count_ports(scope->compound);
    for (unsigned int i = 0; i < scope->compound->part_count; i++) {
        struct part *part = &scope->compound->parts[i];
        unsigned int number = part->number;

        if (part->group)
            part_check_group(parser, i);
        if (part->name || !part->class)
            continue;
        do
            part->name =
                arena_number(parser->arena, part->class->name, '@', number++);
        while (name_table_find(&scope->names, part->name));
        name_table_add(parser->arena, &scope->names, part->name, i);
    }
}

/* What stands between the braces, up to "||" or "}". */
static struct compound *read_compound(struct parser *parser)
{
    struct place place = lexer_peek(parser->lexer)->place;
    struct compound *compound = compound_new(parser, &place);
    struct scope scope = {.compound = compound}, *outer = parser->scope;
    const struct binding *bindings = parser->bindings;

    read_formals(parser, compound);
    check_formals(parser, compound);
    parser->scope = &scope;
    scope.input = part_add(parser, "input", NULL, &place);
    scope.output = part_add(parser, "output", NULL, &place);
    parse_statements(parser);
    compound->inputs = part_outputs(parser, scope.input, "compound element");
    compound->outputs = part_inputs(parser, scope.output, "compound element");
    finish_parts(parser, &scope);
    parser->scope = outer;
    parser->bindings = bindings;
    return compound;
}

/* Behind "{". `extends`: what "..." stands for; NULL: nothing. */
static struct graph_class *read_braces(struct parser *parser, const char *name,
                                       struct graph_class *extends)
{
    struct graph_class *class = arena_alloc(parser->arena, sizeof(*class));
    struct compound **last = &class->compound, *latest = NULL;
    const struct token *token;

    class->name = name;
    do {
        if (latest && lexer_take(parser->lexer, TOKEN_DOTS)) {
            token = lexer_peek(parser->lexer);
            latest->extends = extends;
            if (!extends)
                click_error(parser->errors,
                            parse_landmark(parser, &token->place),
                            "cannot extend unknown element class '%s'", name);
            break;
        }
        latest = *last = read_compound(parser);
        last = &latest->next;
    } while (lexer_take(parser->lexer, TOKEN_BARS));
    if (!lexer_take(parser->lexer, '}')) {
        parse_syntax_error(parser);
        lexer_take(parser->lexer, '}');
    }
    return class;
}

static struct graph_class *parse_braces(struct parser *parser, const char *name,
                                        struct graph_class *extends)
{
    struct graph_class *class;

    if (parse_enter(parser)) {
        class = read_braces(parser, name, extends);
    } else {
        class = arena_alloc(parser->arena, sizeof(*class));
        class->name = name;
        skip_statement(parser);
    }
    parser->depth--;
    return class;
}

struct graph_class *parse_class(struct parser *parser)
{
    struct graph_class *class;
    struct token token;
    const char *name;

    if (lexer_take(parser->lexer, '{'))
        return parse_braces(parser, "", NULL);
    if (lexer_peek(parser->lexer)->kind != TOKEN_WORD)
        return NULL;
    token = lexer_next(parser->lexer);
    name = lexer_text(parser->lexer, &token);
    class = parse_find_class(parser, name);
    if (!class && !parser->from->any_class)
        click_error(parser->errors, parse_landmark(parser, &token.place),
                    "unknown element class '%s'", name);
    return class ? class : parse_assume_class(parser, name);
}

/* elementclass NAME { ... } or elementclass NAME OTHER */
static void parse_elementclass(struct parser *parser)
{
    struct token token = *lexer_peek(parser->lexer);
    struct graph_class *class;
    const char *name;

    if (token.kind != TOKEN_WORD) {
        parse_syntax_error(parser);
        return;
    }
    lexer_next(parser->lexer);
    name = lexer_text(parser->lexer, &token);
    if (name_table_find(&parser->scope->names, name))
        click_error(parser->errors, parse_landmark(parser, &token.place),
                    "element name '%s' used as class", name);
    if (lexer_take(parser->lexer, '{'))
        class = parse_braces(parser, name, parse_find_class(parser, name));
    else
        class = parse_class(parser);
    if (class)
        parser->bindings = binding_add(parser, parser->bindings, name, class);
    else
        parse_syntax_error(parser);
}

/* ---- Statements -----------------------------------------------------------
 */

/* connectiontunnel a -> b, c -> d: the parts are no elements. */
static void parse_tunnels(struct parser *parser)
{
    do {
        unsigned int ends[2];

        for (unsigned int i = 0; i < 2; i++) {
            struct token token = *lexer_peek(parser->lexer);
            const char *name = lexer_text(parser->lexer, &token);
            unsigned int *part;

            if (token.kind != TOKEN_WORD) {
                parse_syntax_error(parser);
                return;
            }
            lexer_next(parser->lexer);
            part = name_table_find(&parser->scope->names, name);
            if (part && parser->scope->compound->parts[*part].class)
                click_error(parser->errors,
                            parse_landmark(parser, &token.place),
                            "redeclaration of element '%s'", name);
            ends[i] = part ? *part : part_add(parser, name, NULL, &token.place);
            if (!i && !lexer_take(parser->lexer, TOKEN_ARROW)) {
                parse_syntax_error(parser);
                return;
            }
        }
        parser->scope->compound->parts[ends[0]].tunnel = ends[1];
    } while (lexer_take(parser->lexer, ','));
}

void parse_statements(struct parser *parser)
{
    for (;;) {
        struct token token = *lexer_peek(parser->lexer);

        switch (token.kind) {
        case TOKEN_END:
        case TOKEN_BARS:
        case '}':
        case ')':
            return;
        case ';':
            lexer_next(parser->lexer);
            break;
        case TOKEN_ELEMENTCLASS:
            lexer_next(parser->lexer);
            parse_elementclass(parser);
            break;
        case TOKEN_TUNNEL:
            lexer_next(parser->lexer);
            parse_tunnels(parser);
            break;
        case TOKEN_REQUIRE:
        case TOKEN_PROVIDE:
        case TOKEN_DEFINE:
            lexer_next(parser->lexer);
            parse_directive(parser, &token);
            break;
        default:
            parse_connections(parser);
        }
    }
}

/* All classes of elements: names are compared with them all the time. */
static void list_classes(struct parser *parser)
{
    const struct element_class *class;

    for (unsigned int i = 0; (class = element_class_at(i)); i++)
        name_table_add(parser->arena, &parser->elements, class->name, i);
}

struct graph *graph_parse(struct arena *arena, const struct config_source *from,
                          struct text *scratch, struct click_errors *errors)
{
    struct lexer lexer;
    struct scope scope = {.input = GRAPH_NO_PART, .output = GRAPH_NO_PART};
    struct parser parser = {
        .arena = arena,
        .errors = errors,
        .from = from,
        .scratch = scratch,
        .graph = arena_alloc(arena, sizeof(*parser.graph)),
        .lexer = &lexer,
    };

    lexer_init(&lexer, arena, errors, from->file, from->text);
    list_classes(&parser);
    scope.compound = compound_new(&parser, &lexer.place);
    parser.graph->top = scope.compound;
    parser.scope = &scope;
    for (;;) {
        parse_statements(&parser);
        if (lexer_peek(&lexer)->kind == TOKEN_END)
            break;
        parse_syntax_error(&parser); /* a bracket too many */
        lexer_next(&lexer);
    }
    finish_parts(&parser, &scope);
    return parser.graph;
}
