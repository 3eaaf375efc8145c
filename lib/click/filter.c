/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.c: reads the filter language: its grammar.
 *
 *     expr   := or [ "?" expr ":" expr ]
 *     or     := and { ("or" | "||") and }
 *     and    := factor { ["and" | "&&"] factor }
 *     factor := ("not" | "!") factor | "(" expr ")" | test
 *     test   := { "src" | "dst" | type | protocol } ["&" mask] [relation] data
 *
 * Each line of the grammar is a function, which calls those of the lines below
 * it: recursive descent. The words of a test are for filter_subject.c and
 * filter_data.c: most of them may be left out, and what is missing is known
 * from the data ("syn" is a TCP flag) or from the test before ("src port 80 or
 * 81"). A test is first gathered word by word in a struct filter_test; whether
 * it makes sense is looked at when it is complete.
 *
 * Bad text is refused with a reason; nesting is limited, since parser and
 * compiler follow it by recursion. Pure logic; no locks.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/filter_parser.h"
#include "lib/click/headers.h"
#include "lib/printf.h"

#define NESTING_MAX 64u

PRINTF_LIKE(2, 3)
program_expr_t filter_fail(struct filter_parser *parser, const char *format,
                           ...)
{
    va_list arguments;

    if (!parser->failed) {
        va_start(arguments, format);
        string_vformat(parser->why, parser->why_size, format, arguments);
        va_end(arguments);
    }
    parser->failed = true;
    return 0;
}

/* ---- Tests ----------------------------------------------------------------
 */

static bool take_relation(struct filter_parser *parser,
                          enum program_relation *to)
{
    static const struct {
        const char *word;
        enum program_relation relation;
    } relations[] = {
        {"==", PROGRAM_EQUAL},   {"=", PROGRAM_EQUAL}, {"!=", PROGRAM_UNEQUAL},
        {">", PROGRAM_GREATER},  {"<", PROGRAM_LESS},  {">=", PROGRAM_AT_LEAST},
        {"<=", PROGRAM_AT_MOST},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(relations); i++)
        if (is(peek(parser), relations[i].word)) {
            *to = relations[i].relation;
            parser->at++;
            return true;
        }
    return false;
}

static program_expr_t finish_test(struct filter_parser *parser,
                                  struct filter_test *test)
{
    bool orders =
        test->relation != PROGRAM_EQUAL && test->relation != PROGRAM_UNEQUAL;
    bool sided = filter_is_address(test->type) || test->type == FILTER_ETHER ||
                 test->type == FILTER_PORT;

    if (orders && (filter_is_address(test->type) ||
                   test->type == FILTER_ETHER || test->type == FILTER_PROTO))
        return filter_fail(parser, "addresses and protocols have no order: use "
                                   "'==' or '!='");
    if (test->side != SIDE_NONE && !sided)
        return filter_fail(parser,
                           "'src' and 'dst' are for addresses and ports");
    if (test->type == FILTER_PORT && test->proto != FILTER_TCP_UDP &&
        test->proto != PROTOCOL_TCP && test->proto != PROTOCOL_UDP) {
        if (test->proto != FILTER_ANY_PROTO && test->proto != FILTER_TRANSPORT)
            return filter_fail(parser, "only TCP and UDP have ports");
        test->proto = FILTER_TCP_UDP;
    }
    if ((test->type == FILTER_TCP_FLAG && test->proto != PROTOCOL_TCP) ||
        (test->type == FILTER_ICMP_TYPE && test->proto != PROTOCOL_ICMP))
        return filter_fail(parser, "that protocol has no such field");
    parser->last = *test;
    if (sided && test->side == SIDE_NONE)
        test->side = SIDE_OR;
    return filter_test_expr(parser->builder, test);
}

static program_expr_t parse_comparison(struct filter_parser *parser,
                                       struct filter_test *test)
{
    const char *mask = NULL, *word;
    bool related, taken;

    if (filter_take(parser, "&", "&")) {
        mask = peek(parser);
        if (is_end(mask))
            return filter_fail(parser, "expected a mask behind '&'");
        parser->at++;
    }
    related = take_relation(parser, &test->relation);
    /* "!= 80" is about what was before; "dst != 1.0.0.1" may be new. */
    if ((mask || (related && test->side == SIDE_NONE)) &&
        test->type == FILTER_NONE) {
        if (parser->last.type == FILTER_NONE)
            return filter_fail(parser, "'%s' of what?",
                               mask ? "&" : "relation");
        filter_inherit(parser, test);
    }
    if (mask && !filter_read_mask(parser, test, mask))
        return filter_fail(parser, "bad mask '%s'", mask);
    word = peek(parser);
    if (mask && !related && (is_end(word) || is(word, "!"))) {
        test->relation = PROGRAM_UNEQUAL; /* some bit is set */
        return finish_test(parser, test);
    }
    if (is_end(word))
        return word ? filter_fail(parser, "expected a value before '%s'", word)
                    : filter_fail(parser, "expected a value at the end");
    if (related && test->type == FILTER_TCP_FLAG)
        return filter_fail(parser, "'tcp opt' takes no relation");
    parser->at++;
    taken = test->type == FILTER_NONE
                ? filter_guess_data(parser, test, word)
                : filter_read_data(parser, test, test->type, word);
    if (!taken && test->type == FILTER_HOST) {
        test->type = FILTER_ETHER;
        taken = filter_read_data(parser, test, test->type, word);
    }
    if (!taken)
        return filter_fail(parser, "'%s' is not understood", word);
    return finish_test(parser, test);
}

static program_expr_t parse_test(struct filter_parser *parser)
{
    struct filter_test test = {
        .proto = FILTER_ANY_PROTO,
        .mask = ~0u,
        .ether_mask = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    };
    bool after_ip = filter_take(parser, "ip", "ip");
    unsigned int start = parser->at;
    program_expr_t expr;

    if (filter_take_whole(parser, &expr))
        return expr;
    filter_take_subject(parser, &test);
    if (parser->at == start && after_ip && is_end(peek(parser)))
        return filter_fail(parser, "'ip' alone says nothing");
    if (!filter_take_bytes(parser, &test) && filter_is_alone(parser, &test)) {
        parser->last = test;
        parser->last.type = FILTER_NONE;
        return test.proto == FILTER_TRANSPORT
                   ? filter_fail(parser, "'transp' alone says nothing")
                   : filter_test_expr(parser->builder, &test);
    }
    return parser->failed ? 0 : parse_comparison(parser, &test);
}

/* ---- Expressions ----------------------------------------------------------
 */

static program_expr_t parse_expr(struct filter_parser *parser);

static program_expr_t parse_factor(struct filter_parser *parser)
{
    program_expr_t expr;
    bool negated = false;

    while (filter_take(parser, "!", "not"))
        negated = !negated;
    if (parser->failed)
        return 0;
    if (filter_take(parser, "(", "(")) {
        expr = parse_expr(parser);
        if (!parser->failed && !filter_take(parser, ")", ")"))
            return filter_fail(parser, "missing ')'");
    } else if (is_end(peek(parser))) {
        return peek(parser) ? filter_fail(parser, "expected a test before '%s'",
                                          peek(parser))
                            : filter_fail(parser, "expected a test at the end");
    } else {
        expr = parse_test(parser);
    }
    return negated ? program_not(parser->builder, expr) : expr;
}

static program_expr_t parse_and(struct filter_parser *parser)
{
    program_expr_t expr = parse_factor(parser);

    while (!parser->failed &&
           (filter_take(parser, "and", "&&") || !is_end(peek(parser))))
        expr = program_and(parser->builder, expr, parse_factor(parser));
    return expr;
}

static program_expr_t parse_or(struct filter_parser *parser)
{
    program_expr_t expr = parse_and(parser);

    while (!parser->failed && filter_take(parser, "or", "||"))
        expr = program_or(parser->builder, expr, parse_and(parser));
    return expr;
}

static program_expr_t parse_expr(struct filter_parser *parser)
{
    program_expr_t expr, yes;

    if (parser->depth++ == NESTING_MAX)
        return filter_fail(parser, "nested too deeply");
    expr = parse_or(parser);
    if (!parser->failed && filter_take(parser, "?", "?")) {
        yes = parse_expr(parser);
        if (!parser->failed && !filter_take(parser, ":", ":"))
            return filter_fail(parser, "missing ':' behind '?'");
        if (!parser->failed)
            expr = program_if(parser->builder, expr, yes, parse_expr(parser));
    }
    parser->depth--;
    return expr;
}

int filter_parse(struct program_builder *builder, const struct element *near,
                 const char *text, program_expr_t *expr, char *why,
                 size_t why_size)
{
    struct filter_parser parser = {
        .builder = builder,
        .near = near,
        .words = filter_split(text),
        .last = {.type = FILTER_NONE, .proto = FILTER_ANY_PROTO},
        .why = why,
        .why_size = why_size,
    };

    if (!parser.words)
        return -ENOMEM;
    if (!parser.words[0]) {
        filter_fail(&parser, "empty pattern");
    } else if (!parser.words[1] && (is(parser.words[0], "-") ||
                                    is_either(parser.words[0], "any", "all"))) {
        *expr = program_const(builder, true);
    } else {
        *expr = parse_expr(&parser);
        if (!parser.failed && peek(&parser))
            filter_fail(&parser, "'%s' is one too many", peek(&parser));
    }
    free(parser.words);
    return parser.failed ? -EINVAL : builder->failed ? -ENOMEM : 0;
}
