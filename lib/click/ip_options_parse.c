/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_options_parse.c: words of IP summary dumps to IP and TCP options.
 *
 * The reverse of ip_options.c, whose head shows what the words look like. What
 * a word describes is written byte after byte into the 40 that a header has
 * room for; an option's length is filled in when its end is known, and the rest
 * of the last four bytes is END. The first thing that is wrong, or does not
 * fit, makes all of the word wrong.
 *
 * Pure logic.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/ip_summary.h"
#include "lib/click/option_kinds.h"

struct writer {
    const char *at;
    uint8_t *to;
    unsigned int count;
    bool failed;
};

static void put(struct writer *writer, unsigned int byte)
{
    if (writer->count == 40 || byte > 255)
        writer->failed = true;
    else
        writer->to[writer->count++] = (uint8_t)byte;
}

static void put_number(struct writer *writer, uint32_t value)
{
    for (unsigned int i = 0; i < 4; i++)
        put(writer, value >> (24 - 8 * i) & 255);
}

static bool take(struct writer *writer, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(writer->at, word, length))
        return false;
    writer->at += length;
    return true;
}

static uint32_t take_number(struct writer *writer)
{
    char *end;
    unsigned long value;

    if (!isdigit((unsigned char)*writer->at)) {
        writer->failed = true;
        return 0;
    }
    value = strtoul(writer->at, &end, 10);
    writer->at = end;
    if (value > UINT32_MAX)
        writer->failed = true;
    return (uint32_t)value;
}

static void take_address(struct writer *writer)
{
    for (unsigned int i = 0; i < 4; i++) {
        put(writer, take_number(writer));
        if (i < 3 && !take(writer, "."))
            writer->failed = true;
    }
}

/* "45", "!45", "?" */
static uint32_t take_stamp(struct writer *writer)
{
    if (take(writer, "?"))
        return 0;
    if (take(writer, "!"))
        return take_number(writer) | 0x80000000u;
    return take_number(writer);
}

/* "{A,B^C}+N" behind the option's name; `entry` takes one. Sets the length and
 * pointer of the option that begins at `start`. */
static void take_list(struct writer *writer, unsigned int start,
                      unsigned int size, unsigned int base, unsigned int kind,
                      void (*entry)(struct writer *writer, unsigned int kind))
{
    unsigned int entries = 0, pointer = ~0u, more = 0;

    if (!take(writer, "{"))
        writer->failed = true;
    while (!writer->failed && !take(writer, "}")) {
        if (take(writer, "^")) {
            if (pointer != ~0u)
                writer->failed = true;
            pointer = entries;
            if (take(writer, "}"))
                break;
        } else if (entries > 0 && !take(writer, ",")) {
            writer->failed = true;
            break;
        } else if (entries > 0 && take(writer, "^")) {
            pointer = entries;
        }
        entry(writer, kind);
        entries++;
    }
    if (pointer == ~0u)
        pointer = entries;
    if (writer->at[0] == '+' && writer->at[1] != '+' && take(writer, "+"))
        more = take_number(writer);
    if (more > 10)
        writer->failed = true;
    for (unsigned int i = 0; !writer->failed && i < more * size; i++)
        put(writer, 0);
    if (writer->failed)
        return;
    writer->to[start + 1] = (uint8_t)(writer->count - start);
    writer->to[start + 2] = (uint8_t)(base + pointer * size);
}

static void route_entry(struct writer *writer, unsigned int kind)
{
    (void)kind;
    take_address(writer);
}

static void take_route(struct writer *writer, unsigned int type)
{
    unsigned int start = writer->count;

    put(writer, type);
    put(writer, 0);
    put(writer, 0);
    take_list(writer, start, 4, 4, 0, route_entry);
}

static void stamp_entry(struct writer *writer, unsigned int kind)
{
    if (kind != 0) {
        take_address(writer);
        if (!take(writer, "=")) {
            put_number(writer, 0);
            return;
        }
    }
    put_number(writer, take_stamp(writer));
}

static void take_stamps(struct writer *writer)
{
    unsigned int start = writer->count, kind = 0, overflow = 0;
    const char *brace;

    if (take(writer, ".ip"))
        kind = 1;
    else if (take(writer, ".preip"))
        kind = 3;
    else if (take(writer, "."))
        kind = take_number(writer);
    if (kind != 0 && kind != 1 && kind != 3)
        writer->failed = true;
    /* "ts{1.0.0.1=5}" is "ts.ip". */
    brace = strchr(writer->at, '}');
    if (kind == 0 && brace &&
        memchr(writer->at, '=', (size_t)(brace - writer->at)))
        kind = 1;
    put(writer, TS);
    put(writer, 0);
    put(writer, 0);
    put(writer, kind);
    take_list(writer, start, kind == 0 ? 4 : 8, 5, kind, stamp_entry);
    if (!writer->failed && take(writer, "++"))
        overflow = take_number(writer);
    if (overflow > 15)
        writer->failed = true;
    if (!writer->failed)
        writer->to[start + 3] |= (uint8_t)(overflow << 4);
}

/* "99=0:5:10", "98" */
static void take_other(struct writer *writer)
{
    unsigned int start = writer->count;

    put(writer, take_number(writer));
    put(writer, 0);
    if (take(writer, "="))
        do
            put(writer, take_number(writer));
        while (!writer->failed && take(writer, ":"));
    if (!writer->failed)
        writer->to[start + 1] = (uint8_t)(writer->count - start);
}

static void take_ip_option(struct writer *writer)
{
    if (take(writer, "rr"))
        take_route(writer, RR);
    else if (take(writer, "ssrr"))
        take_route(writer, SSRR);
    else if (take(writer, "lsrr"))
        take_route(writer, LSRR);
    else if (take(writer, "ts"))
        take_stamps(writer);
    else if (take(writer, "nop"))
        put(writer, NOP);
    else if (take(writer, "eol"))
        put(writer, END);
    else
        take_other(writer);
}

static void take_tcp_option(struct writer *writer)
{
    uint32_t number;

    if (take(writer, "mss")) {
        number = take_number(writer);
        put(writer, MSS);
        put(writer, 4);
        put(writer, number >> 8);
        put(writer, number & 255);
    } else if (take(writer, "wscale")) {
        put(writer, WSCALE);
        put(writer, 3);
        put(writer, take_number(writer));
    } else if (take(writer, "sackok")) {
        put(writer, SACK_OK);
        put(writer, 2);
    } else if (take(writer, "sack")) {
        put(writer, SACK);
        put(writer, 10);
        put_number(writer, take_number(writer));
        if (!take(writer, "-") && !take(writer, ":"))
            writer->failed = true;
        put_number(writer, take_number(writer));
    } else if (take(writer, "ts")) {
        put(writer, TIMES);
        put(writer, 10);
        put_number(writer, take_number(writer));
        if (!take(writer, ":"))
            writer->failed = true;
        put_number(writer, take_number(writer));
    } else if (take(writer, "nop")) {
        put(writer, NOP);
    } else if (take(writer, "eol")) {
        put(writer, END);
    } else {
        take_other(writer);
    }
}

/* SACK blocks in a row are one option. */
static void join_sacks(struct writer *writer, unsigned int last,
                       unsigned int start)
{
    if (start + 10 == writer->count && last < start &&
        writer->to[start] == SACK && writer->to[last] == SACK &&
        last + writer->to[last + 1] == start) {
        memmove(writer->to + start, writer->to + start + 2, 8);
        writer->count -= 2;
        writer->to[last + 1] = (uint8_t)(writer->to[last + 1] + 8);
    }
}

static int parse_all(const char *word, uint8_t options[40],
                     void (*take_one)(struct writer *writer))
{
    struct writer writer = {.at = word, .to = options};
    unsigned int last = 40;

    memset(options, 0, 40);
    if (!strcmp(word, "."))
        return 0;
    do {
        unsigned int start = writer.count;

        take_one(&writer);
        if (take_one == take_tcp_option && !writer.failed) {
            unsigned int count = writer.count;

            join_sacks(&writer, last, start);
            if (writer.count == count)
                last = start;
        }
    } while (!writer.failed && (take(&writer, ";") || take(&writer, ",")));
    if (writer.failed || *writer.at)
        return -1;
    return (int)(writer.count + 3) & ~3;
}

int ip_options_parse(const char *word, uint8_t options[40])
{
    return parse_all(word, options, take_ip_option);
}

int tcp_options_parse(const char *word, uint8_t options[40])
{
    return parse_all(word, options, take_tcp_option);
}
