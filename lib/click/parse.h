/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parse.h: what the parser's files share: parse.c (statements, classes),
 * directives.c (require, define), reference.c (elements as they stand in
 * statements), connect.c (connections).
 */
#ifndef CORACLE_CLICK_PARSE_H
#define CORACLE_CLICK_PARSE_H

#include "lib/click/graph.h"
#include "lib/click/lexer.h"

/* A compound that is being read. */
struct scope {
    struct compound *compound;
    struct name_table names;
    /* What "input" and "output" are here: the compound's, or those of the
     * innermost group. GRAPH_NO_PART: names like others. */
    unsigned int input, output;
};

struct parser {
    struct arena *arena;
    struct click_errors *errors;
    const struct config_source *from;
    struct text *scratch;
    struct graph *graph;
    struct lexer *lexer;
    struct scope *scope;
    struct name_table elements;      /* classes of elements, by name */
    const struct binding *bindings;  /* elementclass statements */
    const struct binding *assumed;   /* any_class's */
    const struct binding *libraries; /* that were read; no classes */
    unsigned int depth;
};

/* `[0, 2-4]`, `[]`. */
struct ports {
    unsigned int *list;
    unsigned int count;
    bool given;
    bool open; /* "[]", "[1,]": and as many as it takes */
};

/* An element as it stands in a statement, or none: only ports. */
struct reference {
    struct place place;
    const char *name;
    struct graph_class *class; /* of a declaration, of an anonymous element */
    const char *variable;
    const char *config;
    bool declared; /* name :: class */
    bool found;    /* it is `part` */
    unsigned int part;
    struct ports in, out;
};

struct references {
    struct reference *list;
    unsigned int count, found;
};

/* parse.c */
void parse_statements(struct parser *parser);
/* "{ ... }", or the name of a class; NULL: neither. */
struct graph_class *parse_class(struct parser *parser);
/* "(...)" if there is one, else "". */
const char *parse_config(struct parser *parser);
/* What `name` stands for here, or NULL. */
struct graph_class *parse_find_class(struct parser *parser, const char *name);
struct graph_class *parse_assume_class(struct parser *parser, const char *name);
const char *parse_landmark(const struct parser *parser,
                           const struct place *place);
/* Say so of the next token; skip what is left of the statement. */
void parse_syntax_error(struct parser *parser);
/* Enter something inside of itself; false, and an error, if it is too deep. */
bool parse_enter(struct parser *parser);

/* Lists of names, the newest first. */
const struct binding *binding_add(struct parser *parser,
                                  const struct binding *outer, const char *name,
                                  struct graph_class *class);
const struct binding *binding_find(const struct binding *binding,
                                   const char *name);

/* directives.c: what stands behind this token, require, provide or define. */
void parse_directive(struct parser *parser, const struct token *token);

/* reference.c */
bool reference_starts(struct parser *parser);
/* "a, b :: B, [1] C(...)". False when a syntax error was said. */
bool references_read(struct parser *parser, struct references *references);
/* See to it that all have a part. */
void references_find(struct parser *parser, struct references *references);
unsigned int part_add(struct parser *parser, const char *name,
                      struct graph_class *class, const struct place *place);
/* How many outputs (inputs) of `part` the wires use, an error said for each
 * between that they do not. */
unsigned int part_outputs(struct parser *parser, unsigned int part,
                          const char *what);
unsigned int part_inputs(struct parser *parser, unsigned int part,
                         const char *what);

/* All its ports are connected. */
void part_check_group(struct parser *parser, unsigned int group);

/* connect.c */
/* A declaration, or elements connected. */
void parse_connections(struct parser *parser);

#endif
