/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * classifier.c: packets by their bytes.
 *
 * =c
 * Classifier(PATTERN_0, ..., PATTERN_N)
 * =s classification
 * sends packets to outputs by their bytes
 * =d
 * One output for each pattern: a packet goes to that of the first pattern that
 * matches it, and is dropped if there is none. A pattern is a list of clauses
 * with blanks between them, all of which must match. A clause is
 *
 *   OFFSET/VALUE        the bytes from OFFSET (decimal) on are VALUE: an even
 *                       number of hex digits; "?" is any digit
 *   OFFSET/VALUE%MASK   the same where MASK, with as many digits, has 1 bits
 *   !CLAUSE             the clause does not match
 *   -                   always matches: the usual last pattern
 *
 * A packet that is too short for a clause does not match it. All patterns
 * become one decision program, in which no question is asked twice; a pattern
 * that no packet can get to is warned of.
 *
 * =h program read-only
 * the program: at each step, four bytes of the packet are compared with a value
 * under a mask
 * =e
 * ARP requests, ARP replies, IP and all else of an Ethernet device:
 *
 *   Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -)
 * =a IPClassifier, IPFilter
 *
 * Relies on lib/click/program.h.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/classify.h"

#define OFFSET_MAX 65000u /* and the value behind it ends before 2^16 */

/* ---- Patterns -------------------------------------------------------------
 */

/* A hex digit's value, 16 for "?", or -1. */
static int digit(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    if (c == '?')
        return 16;
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "VALUE%MASK" from byte `offset` on. */
static int parse_bytes(struct click_args *args, unsigned int pattern,
                       struct program_builder *builder, unsigned int offset,
                       const char *value, program_expr_t *expr)
{
    size_t length = strcspn(value, "%");
    const char *mask = value[length] ? value + length + 1 : NULL;
    struct {
        uint32_t mask, value;
    } word = {0, 0};

    if (length == 0 || length % 2 || offset + length / 2 > 65536 - 8)
        return click_args_error(args,
                                "pattern %u: '%s': expected an even number of "
                                "hex digits",
                                pattern, value);
    if (mask && strlen(mask) != length)
        return click_args_error(
            args, "pattern %u: '%s': mask and value differ in length", pattern,
            value);
    *expr = program_const(builder, true);
    for (size_t i = 0; i < length; i++) {
        unsigned int at = offset + (unsigned int)i / 2;
        unsigned int shift = 28 - 8 * (at % 4) - 4 * (i % 2);
        int bits = digit(value[i]), care = mask ? digit(mask[i]) : 15;

        if (bits < 0 || care < 0 || care > 15)
            return click_args_error(args, "pattern %u: '%s': bad hex digit",
                                    pattern, value);
        if (bits < 16) {
            word.mask |= (uint32_t)care << shift;
            word.value |= (uint32_t)(bits & care) << shift;
        }
        if (shift != 0 && i + 1 < length)
            continue;
        if (word.mask)
            *expr = program_and(
                builder, *expr,
                program_test(builder, at & ~3u, word.mask, word.value, false));
        word.mask = word.value = 0;
    }
    return 0;
}

static int parse_clause(struct click_args *args, unsigned int pattern,
                        struct program_builder *builder, const char *clause,
                        program_expr_t *expr)
{
    char *end = NULL;
    unsigned long offset;
    bool negated = false;
    int error = 0;

    for (; *clause == '!'; clause++)
        negated = !negated;
    if (!strcmp(clause, "-")) {
        *expr = program_const(builder, true);
    } else {
        offset = isdigit((unsigned char)*clause) ? strtoul(clause, &end, 10)
                                                 : OFFSET_MAX + 1;
        if (!end || *end != '/' || offset > OFFSET_MAX)
            return click_args_error(
                args, "pattern %u: bad clause '%s': expected OFFSET/VALUE",
                pattern, clause);
        error = parse_bytes(args, pattern, builder, (unsigned int)offset,
                            end + 1, expr);
    }
    if (negated)
        *expr = program_not(builder, *expr);
    return error;
}

static int parse_pattern(struct click_args *args, unsigned int pattern,
                         struct program_builder *builder)
{
    unsigned int count, i;
    char **words = click_split_words(args->words[pattern], &count);
    program_expr_t all = program_const(builder, true), one = all;
    bool negate = false;
    int error = words ? 0 : -ENOMEM;

    if (words && count == 0)
        error = click_args_error(args, "pattern %u: empty pattern", pattern);
    for (i = 0; !error && i < count; i++) {
        if (!strcmp(words[i], "!")) {
            negate = !negate;
            continue;
        }
        error = parse_clause(args, pattern, builder, words[i], &one);
        if (!error)
            all = program_and(builder, all,
                              negate ? program_not(builder, one) : one);
        negate = false;
    }
    if (words)
        click_words_free(words, count);
    program_pattern(builder, all, PROGRAM_OUTPUT | pattern);
    return error;
}

/* ---- The element ----------------------------------------------------------
 */

static int reconfigure(struct element *element, struct click_args *args)
{
    return classify_set(element, args, parse_pattern, true);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct classify *classify = (struct classify *)element;

    (void)port;
    classify_give(element, program_match(&classify->program, packet), packet);
}

const struct element_class click_class_Classifier = {
    .name = "Classifier",
    .ports = "1/-",
    .processing = "h/h",
    .size = sizeof(struct classify),
    .configure = classify_configure,
    .more = CLICK_MORE(.reconfigure = reconfigure),
    .cleanup = classify_cleanup,
    .push = push,
    .handlers = classify_handlers,
};
