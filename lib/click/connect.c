/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connect.c: a statement of elements, with arrows between them or without.
 *
 * Each side of an arrow is a list of ends: ports of elements. One end and many
 * are connected one to each; many and many, as => allows, in pairs. A list of
 * ports may be open, `a []` or a lone `a` with =>: it takes as many ports as
 * the other side has ends.
 */
#include "lib/click/parse.h"

struct end {
    unsigned int part, port;
};

struct ends {
    struct end *list;
    unsigned int count;
    unsigned int open; /* lists that take more ports; at most one may */
};

/* `first` to `first + extra` of one that is open, in place of none. */
static void add_ends(struct parser *parser, struct ends *ends,
                     const struct reference *reference,
                     const struct ports *ports, unsigned int extra)
{
    unsigned int port = 0;

    for (unsigned int i = 0; i < ports->count; i++) {
        port = ports->list[i];
        *ARENA_ADD(parser->arena, ends->list, ends->count) =
            (struct end){reference->part, port++};
    }
    if (!ports->given)
        *ARENA_ADD(parser->arena, ends->list, ends->count) =
            (struct end){reference->part, port++};
    for (; extra && port < GRAPH_PORTS; extra--)
        *ARENA_ADD(parser->arena, ends->list, ends->count) =
            (struct end){reference->part, port++};
}

/* The ends of a side; the first open list gets `extra` more ports. */
static struct ends side_ends(struct parser *parser,
                             const struct references *side, bool outputs,
                             unsigned int extra)
{
    struct ends ends = {0};

    for (unsigned int i = 0; i < side->count; i++) {
        const struct reference *reference = &side->list[i];
        const struct ports *ports = outputs ? &reference->out : &reference->in;

        add_ends(parser, &ends, reference, ports, ports->open ? extra : 0);
        if (ports->open)
            ends.open++, extra = 0;
    }
    return ends;
}

/* With =>, an element alone and without ports is open. */
static bool lone(const struct references *side, bool outputs)
{
    const struct reference *only = &side->list[0];

    return side->count == 1 && !(outputs ? only->out : only->in).given;
}

static void set_open(struct references *side, bool outputs)
{
    struct ports *ports = outputs ? &side->list[0].out : &side->list[0].in;

    ports->open = true;
    ports->given = false; /* port 0 is one of them */
}

static void add_wire(struct parser *parser, struct end from, struct end to,
                     const char *landmark)
{
    struct compound *compound = parser->scope->compound;

    *ARENA_ADD(parser->arena, compound->wires, compound->wire_count) =
        (struct wire){from.part, from.port, to.part, to.port, landmark};
}

/* input and output of where we are, used from the wrong side. */
static void check_sides(struct parser *parser, const struct ends *from,
                        const struct ends *to, const char *landmark)
{
    const struct scope *scope = parser->scope;

    for (unsigned int i = 0; i < from->count; i++)
        if (from->list[i].part == scope->output &&
            scope->output != GRAPH_NO_PART)
            click_error(parser->errors, landmark,
                        "pseudoelement 'output' has no outputs");
    for (unsigned int i = 0; i < to->count; i++)
        if (to->list[i].part == scope->input && scope->input != GRAPH_NO_PART)
            click_error(parser->errors, landmark,
                        "pseudoelement 'input' has no inputs");
}

/* What is wrong with these numbers of ends, or NULL. */
static const char *mismatch(struct parser *parser, const struct ends *from,
                            const struct ends *to, bool many)
{
    if (from->open + to->open > 1)
        return "at most one expandable port allowed per connection";
    if (from->count > 1 && to->count > 1 && !many)
        return "syntax error: many-to-many connections require '=>'";
    if (!from->count || !to->count ||
        (from->count > 1 && to->count > 1 && from->count != to->count))
        return arena_printf(
            parser->arena,
            "connection mismatch: %u output%s connected to %u input%s",
            from->count, from->count == 1 ? "" : "s", to->count,
            to->count == 1 ? "" : "s");
    return NULL;
}

static void connect(struct parser *parser, struct references *left,
                    struct references *right, bool many,
                    const struct place *place)
{
    const char *landmark = parse_landmark(parser, place), *wrong;
    struct ends from = side_ends(parser, left, true, 0);
    struct ends to = side_ends(parser, right, false, 0);

    if (many && !from.open && !to.open) {
        if (lone(left, true) && to.count > 1)
            set_open(left, true);
        else if (lone(right, false) && from.count > 1)
            set_open(right, false);
    }
    if (from.count < to.count)
        from = side_ends(parser, left, true, to.count - from.count);
    else if (to.count < from.count)
        to = side_ends(parser, right, false, from.count - to.count);
    wrong = mismatch(parser, &from, &to, many);
    if (wrong)
        click_error(parser->errors, landmark, "%s", wrong);
    check_sides(parser, &from, &to, landmark);
    for (unsigned int i = 0; i < from.count || i < to.count; i++) {
        if (!from.count || !to.count)
            break;
        if ((i < from.count || from.count == 1) &&
            (i < to.count || to.count == 1))
            add_wire(parser, from.list[from.count == 1 ? 0 : i],
                     to.list[to.count == 1 ? 0 : i], landmark);
    }
}

/* ---- Statements -----------------------------------------------------------
 */

static struct references *one_reference(struct parser *parser)
{
    struct references *side = arena_alloc(parser->arena, sizeof(*side));
    struct reference *reference =
        ARENA_ADD(parser->arena, side->list, side->count);

    reference->place = lexer_peek(parser->lexer)->place;
    return side;
}

/* References that are only ports stand for `part`, which is implied at an end
 * of a connection. Outside of compounds and groups there is none. */
static bool imply(struct parser *parser, struct references *side,
                  unsigned int part, bool outputs)
{
    for (unsigned int i = 0; i < side->count; i++) {
        struct reference *reference = &side->list[i];

        if (reference->found)
            continue;
        if (part == GRAPH_NO_PART) {
            click_error(parser->errors,
                        parse_landmark(parser, &reference->place),
                        "syntax error near '['");
            return false;
        }
        reference->found = true;
        reference->part = part;
        if (outputs) {
            reference->out = reference->in;
            reference->in = (struct ports){.given = false};
        }
    }
    return true;
}

/* a, b, c :: Class; */
static void declare_all(struct references *all)
{
    const struct reference *last = &all->list[all->count - 1];

    if (!last->declared)
        return;
    for (unsigned int i = 0; i < all->count - 1; i++) {
        const struct reference *other = &all->list[i];

        if (!other->name || other->class || other->found || other->in.given ||
            other->out.given)
            return;
    }
    for (unsigned int i = 0; i < all->count - 1; i++) {
        all->list[i].class = last->class;
        all->list[i].config = last->config;
        all->list[i].variable = last->variable;
    }
}

/* Ports where nothing is connected. */
static void check_ends(struct parser *parser, const struct references *first,
                       const struct references *last)
{
    for (unsigned int i = 0; i < first->count; i++)
        if (first->list[i].in.given &&
            !parser->scope->compound->parts[first->list[i].part].group)
            click_error(parser->errors,
                        parse_landmark(parser, &first->list[i].place),
                        "input port useless at start of chain");
    for (unsigned int i = 0; i < last->count; i++)
        if (last->list[i].out.given &&
            !parser->scope->compound->parts[last->list[i].part].group)
            click_error(parser->errors,
                        parse_landmark(parser, &last->list[i].place),
                        "output port useless at end of chain");
}

static bool is_arrow(unsigned int kind)
{
    return kind == TOKEN_ARROW || kind == TOKEN_ARROWS;
}

/* Before an arrow, or alone: elements, only ports, or nothing. */
static struct references *read_first(struct parser *parser)
{
    struct references *first;
    bool arrow;

    if (!reference_starts(parser)) {
        if (!is_arrow(lexer_peek(parser->lexer)->kind) ||
            parser->scope->input == GRAPH_NO_PART) {
            parse_syntax_error(parser);
            return NULL;
        }
        first = one_reference(parser);
        imply(parser, first, parser->scope->input, true);
        return first;
    }
    first = arena_alloc(parser->arena, sizeof(*first));
    if (!references_read(parser, first))
        return NULL;
    arrow = is_arrow(lexer_peek(parser->lexer)->kind);
    if (!arrow)
        declare_all(first);
    references_find(parser, first);
    if (!imply(parser, first, arrow ? parser->scope->input : GRAPH_NO_PART,
               true))
        return NULL;
    return first;
}

/* Behind an arrow. */
static struct references *read_next(struct parser *parser)
{
    struct references *next;

    if (!reference_starts(parser)) {
        if (parser->scope->output == GRAPH_NO_PART) {
            parse_syntax_error(parser);
            return NULL;
        }
        next = one_reference(parser);
        imply(parser, next, parser->scope->output, false);
        return next;
    }
    next = arena_alloc(parser->arena, sizeof(*next));
    if (!references_read(parser, next))
        return NULL;
    references_find(parser, next);
    if (!imply(parser, next, parser->scope->output, false))
        return NULL;
    return next;
}

void parse_connections(struct parser *parser)
{
    struct references *first = read_first(parser), *left = first, *right;

    while (left && is_arrow(lexer_peek(parser->lexer)->kind)) {
        struct token arrow = lexer_next(parser->lexer);

        right = read_next(parser);
        if (!right)
            return;
        connect(parser, left, right, arrow.kind == TOKEN_ARROWS, &arrow.place);
        left = right;
    }
    if (left)
        check_ends(parser, first, left);
}
