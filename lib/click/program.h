/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program.h: decision programs: which of many patterns does a packet match?
 *
 * A pattern is an expression over tests; a test compares four bytes of the
 * packet with a value, under a mask. All patterns of a classifier are compiled
 * into one program, a graph of tests whose ends are outputs:
 *
 *     0  12/08060000%ffff0000  yes->step 1  no->step 3
 *     1  20/00010000%ffff0000  yes->[0]     no->step 2
 *     ...
 *
 * What was once asked on the way to a step is not asked again
 * (program_optimize.c). Building:
 *
 *     struct program_builder builder = {0};
 *     expr = program_and(&builder, program_test(...), program_not(...));
 *     program_pattern(&builder, expr, 0);  // first pattern: output 0
 *     ...
 *     error = program_build(&builder, &program);
 *
 * Offsets are a multiple of four. A test of an IP packet has one of three
 * places added to its offset: the MAC header (which begins at 2, so that the IP
 * header behind it is aligned), the network header, the transport header. For
 * other packets the offset is from the first byte.
 *
 * A test of bytes that a packet does not have is `short_yes`: usually false.
 * The opposite of such a test may have short_yes set: then "ip[9] != 6" is not
 * true of a packet without such a byte, while "not ip[9] == 6" is.
 *
 * No locks: a program belongs to one element.
 */
#ifndef CORACLE_CLICK_PROGRAM_H
#define CORACLE_CLICK_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "lib/click/notes.h"
#include "lib/click/text.h"

#define PROGRAM_MAC       0u
#define PROGRAM_NETWORK   256u
#define PROGRAM_TRANSPORT 512u

/* Targets of a step: another step's number, or an output. */
#define PROGRAM_OUTPUT 0x80000000u
#define PROGRAM_DROP   0xffffffffu

struct program_step {
    uint32_t mask, value; /* big-endian numbers; `value` is within `mask` */
    uint32_t yes, no;
    uint16_t at;   /* where the word is, from the header on */
    uint8_t place; /* which header: 256 * place is added in texts */
    uint8_t bytes; /* of the word, up to the last one that matters: 1 to 4 */
    bool short_yes;
    uint16_t table; /* 1 + index of the table to use instead; 0: none */
};

/* Steps in a row that ask the same bytes for different values, as one: values
 * in order, with their targets. */
struct program_table {
    uint32_t first, count; /* in `values` */
    uint32_t no;
};

struct program_value {
    uint32_t value, target;
};

struct program {
    struct program_step *steps; /* in the order of the "program" handler */
    unsigned int count;
    uint32_t start;   /* the first step, or the output of all packets */
    uint16_t need[3]; /* bytes of each header that must be there to look at no
                       * lengths; [0] counts from PROGRAM_MAC, see above */
    struct program_table *tables;
    struct program_value *values;
    unsigned int table_count, value_count;
};

/* ---- Building -------------------------------------------------------------
 *
 * Expressions are numbers. Memory that runs short is reported by
 * program_build(). Nesting on the right and in conditions is recursion: who
 * takes expressions from people limits how deep it goes.
 */
typedef uint32_t program_expr_t;

enum { NODE_CONST, NODE_TEST, NODE_NOT, NODE_AND, NODE_OR, NODE_IF };

struct program_node {
    uint8_t kind; /* NODE_... */
    bool short_yes;
    uint16_t offset;
    uint32_t mask, value;   /* of a test */
    program_expr_t a, b, c; /* operands */
};

struct program_builder {
    struct program_node *nodes;
    unsigned int count, room;
    struct program_pattern {
        program_expr_t expr;
        uint32_t target;
    } * patterns;
    unsigned int pattern_count, pattern_room;
    bool failed;
};

program_expr_t program_const(struct program_builder *builder, bool value);
program_expr_t program_test(struct program_builder *builder,
                            unsigned int offset, uint32_t mask, uint32_t value,
                            bool short_yes);
program_expr_t program_not(struct program_builder *builder, program_expr_t a);
program_expr_t program_and(struct program_builder *builder, program_expr_t a,
                           program_expr_t b);
program_expr_t program_or(struct program_builder *builder, program_expr_t a,
                          program_expr_t b);
/* a ? b : c */
program_expr_t program_if(struct program_builder *builder, program_expr_t a,
                          program_expr_t b, program_expr_t c);

/* Compare `bits` bits (at most 32) that begin `at` bits behind the header at
 * `place` with `value`, under `mask` (both like the field read as a number).
 * All are false for a packet that lacks some of the field; but of two fields
 * that go over the end of a word, the first word may say which is greater. */
enum program_relation {
    PROGRAM_EQUAL,
    PROGRAM_UNEQUAL,
    PROGRAM_GREATER,
    PROGRAM_LESS,
    PROGRAM_AT_LEAST,
    PROGRAM_AT_MOST,
};
program_expr_t program_compare(struct program_builder *builder,
                               unsigned int place, unsigned int at,
                               unsigned int bits, enum program_relation what,
                               uint32_t mask, uint32_t value);

/* One more pattern, after those before it: packets of which `expr` is true go
 * to `target` (PROGRAM_OUTPUT | output, or PROGRAM_DROP). */
void program_pattern(struct program_builder *builder, program_expr_t expr,
                     uint32_t target);

/* Make the program and empty the builder. 0; -ENOMEM; -E2BIG: more steps than
 * a program may have. */
#define PROGRAM_MAX 65536u
MUST_CHECK int program_build(struct program_builder *builder,
                             struct program *program);
/* The same as written, without optimisation: for tests. */
MUST_CHECK int program_build_plain(struct program_builder *builder,
                                   struct program *program);
void program_builder_free(struct program_builder *builder);

void program_free(struct program *program);

/* Can any packet reach `output`? */
bool program_reaches(const struct program *program, unsigned int output);

/* As the "program" handler shows it. */
void program_unparse(const struct program *program, struct text *out);

/* ---- Running --------------------------------------------------------------
 */

/* The target for a packet, by its first bytes. */
uint32_t program_match(const struct program *program,
                       const struct packet *packet);

/* The target for a packet with a network header (else PROGRAM_DROP). */
uint32_t program_match_ip(const struct program *program,
                          const struct packet *packet);

/* ---- Parts of program_build() ---------------------------------------------
 */

/* program_optimize.c: the same outcome with fewer tests on every way through
 * `steps`, each of which leads to earlier ones only. The new start. If memory
 * is short, some ways stay as long as they were. */
uint32_t program_optimize(struct program_step *steps, unsigned int count,
                          uint32_t start);

/* program_merge.c: the last part of that. */
uint32_t program_merge(struct program_step *steps, unsigned int count,
                       uint32_t start);

/* program_layout.c: `steps`, as far as they are reached from program->start,
 * into the program, in order. 0 or -ENOMEM. */
MUST_CHECK int program_lay_out(const struct program_step *steps,
                               unsigned int count, struct program *program);
/* A table for each long row of steps, at its first step. 0 or -ENOMEM. */
MUST_CHECK int program_make_tables(struct program *program);

#endif
