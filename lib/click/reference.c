/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reference.c: elements as they stand in statements: names of elements that
 * were declared, declarations, elements without a name, groups; each with the
 * ports that are written before and behind it.
 *
 * In `a, b :: Class;` all names are declared, in `a, b :: Class -> c` only the
 * last. Which it is, shows behind the list: so what a name means is decided
 * there (references_find), unless something comes that has parts of its own,
 * which would be numbered too early.
 */
#include <ctype.h>
#include <string.h>
#include "lib/click/parse.h"

/* ---- Parts ----------------------------------------------------------------
 */

/* What compounds and groups have; they are found by the scope. */
static bool is_pseudo(const char *name)
{
    return !strcmp(name, "input") || !strcmp(name, "output");
}

unsigned int part_add(struct parser *parser, const char *name,
                      struct graph_class *class, const struct place *place)
{
    struct compound *compound = parser->scope->compound;
    unsigned int index = compound->part_count;
    struct part *part =
        ARENA_ADD(parser->arena, compound->parts, compound->part_count);

    part->name = name;
    part->class = class;
    part->config = "";
    part->landmark = parse_landmark(parser, place);
    part->tunnel = GRAPH_NO_PART;
    part->bindings = parser->bindings;
    if (class)
        part->number = ++compound->elements;
    if (name && (class || !is_pseudo(name)))
        name_table_add(parser->arena, &parser->scope->names, name, index);
    return index;
}

/* Which outputs (inputs) of a part the wires use; `count` is behind the last.
 */
struct port_use {
    bool *used;
    unsigned int count;
};

static struct port_use port_use(struct parser *parser, unsigned int part,
                                bool outputs)
{
    const struct compound *compound = parser->scope->compound;
    struct port_use use = {0};

    for (unsigned int pass = 0; pass < 2; pass++) {
        for (unsigned int i = 0; i < compound->wire_count; i++) {
            const struct wire *wire = &compound->wires[i];
            unsigned int port = outputs ? wire->from_port : wire->to_port;

            if ((outputs ? wire->from : wire->to) != part)
                continue;
            if (pass)
                use.used[port] = true;
            else if (port >= use.count)
                use.count = port + 1;
        }
        if (!pass)
            use.used = arena_alloc(parser->arena, use.count);
    }
    return use;
}

static unsigned int count_ports(struct parser *parser, unsigned int part,
                                const char *what, const char *side,
                                bool outputs)
{
    struct port_use use = port_use(parser, part, outputs);

    for (unsigned int i = 0; i < use.count; i++)
        if (!use.used[i])
            click_error(parser->errors,
                        parser->scope->compound->parts[part].landmark,
                        "%s %s %u unused", what, side, i);
    return use.count;
}

unsigned int part_outputs(struct parser *parser, unsigned int part,
                          const char *what)
{
    return count_ports(parser, part, what, "input", true);
}

unsigned int part_inputs(struct parser *parser, unsigned int part,
                         const char *what)
{
    return count_ports(parser, part, what, "output", false);
}

/* ---- What a reference means -----------------------------------------------
 */

/* Names are sequences of letters, digits, '_', '@', with slashes between them;
 * none is all digits. */
static bool good_name(const char *name)
{
    for (;;) {
        size_t length = strcspn(name, "/");

        if (strspn(name, "0123456789") >= length)
            return false;
        if (!name[length])
            return true;
        name += length + 1;
    }
}

static void declare(struct parser *parser, struct reference *reference)
{
    struct compound *compound = parser->scope->compound;
    const char *landmark = parse_landmark(parser, &reference->place);
    const char *name = reference->name;
    unsigned int *old =
        name ? name_table_find(&parser->scope->names, name) : NULL;

    reference->found = true;
    if (old) {
        click_error(parser->errors, landmark, "redeclaration of element '%s'",
                    name);
        click_error(parser->errors, compound->parts[*old].landmark,
                    "element '%s' previously declared here", name);
        reference->part = *old;
        return;
    }
    if (name && is_pseudo(name) && parser->scope->input != GRAPH_NO_PART)
        click_error(parser->errors, landmark, "redeclaration of element '%s'",
                    name);
    else if (name && parse_find_class(parser, name))
        click_error(parser->errors, landmark, "class '%s' used as element name",
                    name);
    else if (name && !good_name(name))
        click_error(parser->errors, landmark, "illegal element name '%s'",
                    name);
    reference->part =
        part_add(parser, name, reference->class, &reference->place);
    compound->parts[reference->part].config = reference->config;
    compound->parts[reference->part].variable = reference->variable;
}

/* A word alone: an element, or a class of which there shall be one. */
static void look_up(struct parser *parser, struct reference *reference)
{
    struct scope *scope = parser->scope;
    const char *name = reference->name;
    unsigned int *part = name_table_find(&scope->names, name);

    reference->found = true;
    if (scope->input != GRAPH_NO_PART && !strcmp(name, "input")) {
        reference->part = scope->input;
    } else if (scope->output != GRAPH_NO_PART && !strcmp(name, "output")) {
        reference->part = scope->output;
    } else if (part) {
        reference->part = *part;
    } else {
        reference->class = parse_find_class(parser, name);
        if (!reference->class && !parser->from->any_class)
            click_error(parser->errors,
                        parse_landmark(parser, &reference->place),
                        "undeclared element '%s' (first use this block)", name);
        else
            reference->name = NULL;
        if (!reference->class)
            reference->class = parse_assume_class(parser, name);
        if (reference->name) /* said once: now it is an element */
            reference->part = part_add(parser, reference->name,
                                       reference->class, &reference->place);
        else
            declare(parser, reference);
    }
}

void references_find(struct parser *parser, struct references *references)
{
    for (; references->found < references->count; references->found++) {
        struct reference *reference = &references->list[references->found];

        if (reference->found || (!reference->name && !reference->class))
            continue; /* or only ports */
        if (reference->class)
            declare(parser, reference);
        else
            look_up(parser, reference);
    }
}

/* ---- Ports ----------------------------------------------------------------
 */

static bool read_number(struct parser *parser, unsigned int *number)
{
    struct token token = *lexer_peek(parser->lexer);

    *number = 0;
    if (token.kind != TOKEN_WORD)
        return false;
    for (size_t i = 0; i < token.length; i++) {
        if (!isdigit((unsigned char)token.text[i]))
            return false;
        if (*number < GRAPH_PORTS)
            *number = *number * 10 + (unsigned int)(token.text[i] - '0');
    }
    lexer_next(parser->lexer);
    if (*number >= GRAPH_PORTS) {
        click_error(parser->errors, parse_landmark(parser, &token.place),
                    "port number %.*s is too large", (int)token.length,
                    token.text);
        *number = 0;
    }
    return true;
}

/* "[1, 3-5]", "[]", "[1, ]" */
static bool read_ports(struct parser *parser, struct ports *ports)
{
    unsigned int from, to;

    if (!lexer_take(parser->lexer, '['))
        return true;
    ports->given = true;
    for (;;) {
        if (lexer_take(parser->lexer, ']')) {
            ports->open = true;
            return true;
        }
        if (!read_number(parser, &from))
            return false;
        to = from;
        if (lexer_take(parser->lexer, '-') && !read_number(parser, &to))
            return false;
        for (unsigned int port = from; port <= to; port++)
            *ARENA_ADD(parser->arena, ports->list, ports->count) = port;
        if (lexer_take(parser->lexer, ']'))
            return true;
        if (!lexer_take(parser->lexer, ','))
            return false;
    }
}

/* ---- Groups ---------------------------------------------------------------
 */

/* All of a group's ports, if none are written. */
static void imply_ports(struct parser *parser, struct ports *ports,
                        unsigned int count)
{
    if (ports->given)
        return;
    ports->given = true;
    for (unsigned int port = 0; port < count; port++)
        *ARENA_ADD(parser->arena, ports->list, ports->count) = port;
}

/* What is said of a group's ports `inside` that nothing `outside` is connected
 * to, and of the reverse. Those that are skipped inside were called unused. */
static void compare_ports(struct parser *parser, const struct part *group,
                          const char *side, const struct port_use *inside,
                          const struct port_use *outside)
{
    for (unsigned int port = 0; port < inside->count; port++)
        if (inside->used[port] &&
            (port >= outside->count || !outside->used[port]))
            click_error(parser->errors, group->landmark,
                        "element group %s %u unconnected", side, port);
    for (unsigned int port = inside->count; port < outside->count; port++)
        if (outside->used[port])
            click_error(parser->errors, group->landmark,
                        "element group has no %s %u", side, port);
}

void part_check_group(struct parser *parser, unsigned int group)
{
    const struct part *part = &parser->scope->compound->parts[group];
    struct port_use inside = port_use(parser, group + 1, true);
    struct port_use outside = port_use(parser, group, false);

    compare_ports(parser, part, "input", &inside, &outside);
    inside = port_use(parser, group + 2, false);
    outside = port_use(parser, group, true);
    compare_ports(parser, part, "output", &inside, &outside);
}

/*
 * "( statements )", and the ports behind it. It is three parts: one that wires
 * from around it name, and its input and output, which tunnel from and to that.
 */
static bool read_group(struct parser *parser, struct reference *reference)
{
    struct scope *scope = parser->scope;
    unsigned int input = scope->input, output = scope->output;
    const struct place *place = &reference->place;
    unsigned int inputs, outputs;

    lexer_take(parser->lexer, '(');
    reference->found = true;
    reference->part = part_add(parser, NULL, NULL, place);
    scope->input = part_add(parser, NULL, NULL, place);
    scope->output = part_add(parser, NULL, NULL, place);
    scope->compound->parts[reference->part].tunnel = scope->input;
    scope->compound->parts[reference->part].group = true;
    scope->compound->parts[scope->output].tunnel = reference->part;
    parse_statements(parser);
    inputs = part_outputs(parser, scope->input, "element group");
    outputs = part_inputs(parser, scope->output, "element group");
    scope->input = input;
    scope->output = output;
    if (!lexer_take(parser->lexer, ')') || !read_ports(parser, &reference->out))
        return false;
    imply_ports(parser, &reference->in, inputs);
    imply_ports(parser, &reference->out, outputs);
    return true;
}

/* ---- References -----------------------------------------------------------
 */

bool reference_starts(struct parser *parser)
{
    unsigned int kind = lexer_peek(parser->lexer)->kind;

    return kind == TOKEN_WORD || kind == TOKEN_VARIABLE || kind == '[' ||
           kind == '{' || kind == '(';
}

/* "$class": which one it is, the compound's user says. */
static void read_variable_class(struct parser *parser,
                                struct reference *reference)
{
    struct token token = lexer_next(parser->lexer);

    reference->variable = lexer_text(parser->lexer, &token);
    reference->class = arena_alloc(parser->arena, sizeof(*reference->class));
    reference->class->name = reference->variable;
}

/* A class and perhaps its configuration. */
static bool read_class(struct parser *parser, struct reference *reference)
{
    if (lexer_peek(parser->lexer)->kind == TOKEN_VARIABLE)
        read_variable_class(parser, reference);
    else
        reference->class = parse_class(parser);
    if (!reference->class)
        return false;
    reference->config = parse_config(parser);
    return true;
}

/* "name", "name :: Class(...)", "Class(...)" */
static bool read_word(struct parser *parser, struct reference *reference)
{
    struct lexer before = *parser->lexer;
    struct token token = lexer_next(parser->lexer);
    unsigned int kind = lexer_peek(parser->lexer)->kind;

    if (kind == '(') {
        *parser->lexer = before;
        return read_class(parser, reference);
    }
    reference->name = lexer_text(parser->lexer, &token);
    if (kind != TOKEN_COLONS)
        return true;
    lexer_next(parser->lexer);
    reference->declared = true;
    return read_class(parser, reference);
}

static bool read_reference(struct parser *parser, struct references *references,
                           struct reference *reference)
{
    unsigned int kind;
    bool good = true;

    reference->place = lexer_peek(parser->lexer)->place;
    reference->config = "";
    if (!read_ports(parser, &reference->in)) {
        parse_syntax_error(parser);
        return false;
    }
    kind = lexer_peek(parser->lexer)->kind;
    if (kind == '(') {
        references_find(parser, references);
        if (parse_enter(parser))
            good = read_group(parser, reference);
        parser->depth--;
    } else if (kind == TOKEN_WORD) {
        good = read_word(parser, reference);
    } else if (kind == '{' || kind == TOKEN_VARIABLE) {
        good = read_class(parser, reference);
    } else {
        good = reference->in.given;
    }
    if (good && read_ports(parser, &reference->out))
        return true;
    parse_syntax_error(parser);
    return false;
}

bool references_read(struct parser *parser, struct references *references)
{
    do {
        struct reference reference = {.found = false};

        if (!read_reference(parser, references, &reference))
            return false;
        *ARENA_ADD(parser->arena, references->list, references->count) =
            reference;
    } while (lexer_take(parser->lexer, ','));
    return true;
}
