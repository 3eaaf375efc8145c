/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * variables.c: variables in configuration strings, as click(5) has them.
 *
 *   $name  ${name}     the value; nothing changes if there is no such variable
 *   ${name-default}    the default if there is none
 *   ${name[2]}         the value's third word, from 0
 *
 * Not inside of 'quotes' and comments. Inside of "quotes" a value loses its own
 * quotes, but not what they protect. A definition may use others of its
 * compound in any order; one that uses itself means the variable further out.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/flatten.h"
#include "lib/click/lexer.h"

struct expansion {
    struct arena *arena;
    const struct frame *frame;
    char *bytes;
    size_t length, room;
    unsigned int depth; /* expansions that wait for this one */
    bool failed;
};

#define DEPTH 64

static void add(struct expansion *out, const char *bytes, size_t length)
{
    if (length > FLAT_CONFIG - out->length) {
        out->failed = true;
        return;
    }
    if (out->length + length + 1 > out->room) {
        char *old = out->bytes;

        out->room = 2 * (out->length + length) + 32;
        out->bytes = arena_alloc(out->arena, out->room);
        memcpy(out->bytes, old, out->length);
    }
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
    out->bytes[out->length] = '\0';
}

/* One for something that `outer` needs (NULL: nobody). */
static struct expansion expansion(struct arena *arena,
                                  const struct frame *frame,
                                  const struct expansion *outer)
{
    struct expansion out = {.arena = arena, .frame = frame};

    out.depth = outer ? outer->depth + 1 : 0;
    out.failed = out.depth > DEPTH;
    out.bytes = arena_alloc(arena, 32);
    out.room = 32;
    return out;
}

static void expand(struct expansion *out, const char *text, const char *end);

/* ---- Values ---------------------------------------------------------------
 */

/* A definition is expanded when it is asked for, in its own frame. */
static const char *value_of(struct expansion *out, const struct frame *frame,
                            struct value *value)
{
    struct expansion inner;

    if (!value->raw)
        return value->text;
    inner = expansion(out->arena, frame, out);
    value->busy = true;
    expand(&inner, value->text, value->text + strlen(value->text));
    value->busy = false;
    value->raw = false;
    value->text = inner.bytes;
    out->failed |= inner.failed;
    return value->text;
}

static const char *look_up(struct expansion *out, const char *name,
                           size_t length)
{
    for (const struct frame *frame = out->frame; frame; frame = frame->outer)
        for (unsigned int i = 0; i < frame->count; i++) {
            struct value *value = &frame->values[i];

            if (!value->busy && strlen(value->name) == length &&
                !memcmp(value->name, name, length))
                return value_of(out, frame, value);
        }
    return NULL;
}

static bool is_space(char c)
{
    return isspace((unsigned char)c);
}

/* The value's word `index`, "" if it has not so many. */
static const char *word_of(struct expansion *out, const char *value,
                           unsigned long index)
{
    const char *end = value + strlen(value), *from;

    for (;;) {
        while (value < end && is_space(*value))
            value++;
        from = value;
        while (value < end && !is_space(*value))
            value = lexer_unit(value, end);
        if (from == value || !index--)
            return arena_copy(out->arena, from, (size_t)(value - from));
    }
}

/* Put in between double quotes what `value` stands for. */
static void add_quoted(struct expansion *out, const char *value)
{
    const char *end = value + strlen(value);

    while (value < end) {
        const char *unit = lexer_unit(value, end), *last = unit;
        bool quoted = *value == '"' || *value == '\'';

        if (quoted && last > value + 1 && last[-1] == *value)
            last--;
        if (*value == '"' || (*value == '\\' && value[1] == '<')) {
            add(out, value + quoted, (size_t)(last - value) - quoted);
        } else {
            for (const char *at = value + quoted; at < last; at++) {
                if (strchr("\\\"$", *at))
                    add(out, "\\", 1);
                add(out, at, 1);
            }
        }
        value = unit;
    }
}

/* ---- References to variables ----------------------------------------------
 */

static const char *name_end(const char *at, const char *end)
{
    while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
        at++;
    return at;
}

/* The bracket that closes what begins before `at`, or NULL. */
static const char *closing(const char *at, const char *end, char open,
                           char close)
{
    unsigned int depth = 0;

    for (; at < end; at++) {
        if (*at == open)
            depth++;
        else if (*at == close && !depth--)
            return at;
    }
    return NULL;
}

/* The word that "[index]" at `from` names; NULL: it is no number. */
static const char *index_value(struct expansion *out, const char *value,
                               const char *from, const char *to)
{
    struct expansion index = expansion(out->arena, out->frame, out);
    unsigned long number;
    char *rest;

    expand(&index, from, to);
    out->failed |= index.failed;
    if (!isdigit((unsigned char)*index.bytes))
        return NULL;
    number = strtoul(index.bytes, &rest, 10);
    return *rest ? NULL : word_of(out, value, number);
}

/* "${...}" between `from` and `to`, the closing bracket; NULL: no such
 * variable, or not one at all. */
static const char *braced_value(struct expansion *out, const char *from,
                                const char *to)
{
    const char *end = name_end(from, to);
    const char *value = look_up(out, from, (size_t)(end - from));
    struct expansion other;

    if (end == from)
        return NULL;
    if (end == to)
        return value;
    if (*end == '[' && closing(end + 1, to, '[', ']') == to - 1)
        return value ? index_value(out, value, end + 1, to - 1) : NULL;
    if (*end != '-' || value)
        return value && *end == '-' ? value : NULL;
    other = expansion(out->arena, out->frame, out);
    expand(&other, end + 1, to);
    out->failed |= other.failed;
    return other.bytes;
}

/* What stands at `at`, a dollar; behind it. */
static const char *add_variable(struct expansion *out, const char *at,
                                const char *end, bool quoted)
{
    const char *to, *value;

    if (at + 1 < end && at[1] == '{') {
        to = closing(at + 2, end, '{', '}');
        value = to ? braced_value(out, at + 2, to) : NULL;
        to = to ? to + 1 : at + 1;
    } else {
        to = name_end(at + 1, end);
        value =
            to > at + 1 ? look_up(out, at + 1, (size_t)(to - at - 1)) : NULL;
    }
    if (!value)
        add(out, at, (size_t)(to - at));
    else if (quoted)
        add_quoted(out, value);
    else
        add(out, value, strlen(value));
    return to;
}

/* ---- Texts ----------------------------------------------------------------
 */

/* What is between double quotes, and they. */
static void expand_quoted(struct expansion *out, const char *at,
                          const char *end)
{
    while (at < end && !out->failed) {
        size_t step = *at == '\\' && at + 1 < end ? 2 : 1;

        if (*at == '$') {
            at = add_variable(out, at, end, true);
            continue;
        }
        add(out, at, step);
        at += step;
    }
}

static void expand(struct expansion *out, const char *text, const char *end)
{
    while (text < end && !out->failed) {
        const char *unit = lexer_unit(text, end);

        if (*text == '$') {
            text = add_variable(out, text, end, false);
            continue;
        }
        if (*text == '"')
            expand_quoted(out, text, unit);
        else
            add(out, text, (size_t)(unit - text));
        text = unit;
    }
}

const char *frame_expand(struct arena *arena, const struct frame *frame,
                         const char *text, const char *landmark,
                         struct click_errors *errors)
{
    struct expansion out = expansion(arena, frame, NULL);

    if (!strchr(text, '$'))
        return text;
    expand(&out, text, text + strlen(text));
    if (out.failed)
        click_error(errors, landmark,
                    "variables make the configuration string too long or "
                    "are nested too deeply");
    return out.bytes;
}

const char **frame_split(struct arena *arena, const char *text,
                         unsigned int *count)
{
    const char *end = text + strlen(text);
    const char **words = NULL;
    struct expansion word = expansion(arena, NULL, NULL);
    bool more = false; /* an empty last word is none */

    *count = 0;
    while (text < end || more) {
        const char *unit = text < end ? lexer_unit(text, end) : text;
        bool comment = text < end && *text == '/' && unit > text + 1;

        if (text == end || *text == ',') {
            while (word.length && is_space(word.bytes[word.length - 1]))
                word.bytes[--word.length] = '\0';
            *ARENA_ADD(arena, words, *count) = word.bytes;
            word = expansion(arena, NULL, NULL);
            more = false;
            text = text == end ? end : unit;
            continue;
        }
        if (!comment && (word.length || !is_space(*text)))
            add(&word, text, (size_t)(unit - text));
        else if (comment && word.length)
            add(&word, " ", 1);
        more |= !comment && !is_space(*text);
        text = unit;
    }
    return words;
}
