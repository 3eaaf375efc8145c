/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_options.c: IP and TCP options as words of IP summary dumps.
 *
 *     rr{10.0.0.1,20.0.0.2}+5    ssrr{1.0.0.1,1.0.0.2^1.0.0.3}
 *     ts{1,10000,!45}+2++3       mss1400;wscale10;sackok;ts1:2
 *
 * "^" is where an option's pointer is, "+N" room behind it, "++N" the count of
 * hops that found no room. Options that are wrong make the whole word "?".
 * RFCs 791, 793, 1323, 2018. Pure logic.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/ip_summary.h"

enum { END, NOP, RR = 7, TS = 68, LSRR = 131, SSRR = 137 };
enum { MSS = 2, WSCALE = 3, SACK_OK = 4, SACK = 5, TIMES = 8 };

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

static void add_address(struct text *out, const uint8_t *bytes)
{
    text_printf(out, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* ---- Printing -------------------------------------------------------------
 */

/* Record route, source routes. */
static bool print_route(const uint8_t *option, struct text *out)
{
    unsigned int count, at;
    unsigned int length = option[1], pointer = length >= 3 ? option[2] : 0;

    if (length < 3 || length % 4 != 3 || pointer < 4 || pointer % 4 != 0)
        return false;
    text_puts(out, option[0] == RR     ? "rr{"
                   : option[0] == LSRR ? "lsrr{"
                                       : "ssrr{");
    count = (length - 3) / 4;
    at = (pointer - 4) / 4;
    if (at > count)
        at = count;
    for (unsigned int i = 0; i < (option[0] == RR ? at : count); i++) {
        if (i == at)
            text_puts(out, "^");
        else if (i > 0)
            text_puts(out, ",");
        add_address(out, option + 3 + 4 * i);
    }
    if (option[0] != RR && at == count)
        text_puts(out, "^");
    text_puts(out, "}");
    if (option[0] == RR && at < count)
        text_printf(out, "+%u", count - at);
    return true;
}

static void print_stamp(const uint8_t *bytes, struct text *out)
{
    uint32_t stamp = get32(bytes);

    text_printf(out, "%s%u", stamp >> 31 ? "!" : "", stamp & 0x7fffffff);
}

static bool print_stamps(const uint8_t *option, struct text *out)
{
    static const char *const names[] = {"ts{", "ts.ip{", NULL, "ts.preip{"};
    unsigned int length = option[1], kind, size, count, at;
    bool rest_matters, zeros = true;

    if (length < 4)
        return false;
    kind = option[3] & 15;
    size = kind == 0 ? 4 : 8;
    if (kind > 3 || !names[kind] || (length - 4) % size != 0 || option[2] < 5 ||
        (option[2] - 5u) % size != 0)
        return false;
    count = (length - 4) / size;
    at = (option[2] - 5u) / size;
    if (at > count)
        at = count;
    for (unsigned int i = 4 + at * size; i < length; i++)
        zeros = zeros && option[i] == 0;
    rest_matters = kind == 3 || !zeros;
    text_puts(out, names[kind]);
    for (unsigned int i = 0; i < (rest_matters ? count : at); i++) {
        const uint8_t *entry = option + 4 + i * size;

        if (i == at)
            text_puts(out, "^");
        else if (i > 0)
            text_puts(out, ",");
        if (kind != 0)
            add_address(out, entry);
        if (kind != 0 && (i < at || (kind == 3 && get32(entry + 4))))
            text_puts(out, "=");
        if (kind == 0)
            print_stamp(entry, out);
        else if (i < at || (kind == 3 && get32(entry + 4)))
            print_stamp(entry + 4, out);
    }
    if (at == count)
        text_puts(out, "^");
    text_puts(out, "}");
    if (!rest_matters && at < count)
        text_printf(out, "+%u", count - at);
    if (option[3] >> 4)
        text_printf(out, "++%u", option[3] >> 4);
    return true;
}

static void print_other(const uint8_t *option, struct text *out)
{
    text_printf(out, "%u", option[0]);
    for (unsigned int i = 2; i < option[1]; i++)
        text_printf(out, "%c%u", i == 2 ? '=' : ':', option[i]);
}

/* All options with `print`, which says false of a bad one. */
static void print_all(const uint8_t *options, unsigned int length,
                      bool (*print)(const uint8_t *option, unsigned int which,
                                    struct text *out),
                      unsigned int which, struct text *out)
{
    size_t begin = out->length;

    for (unsigned int at = 0; at < length && options[at] != END;) {
        size_t before = out->length;

        if (options[at] == NOP) {
            at++;
            continue;
        }
        if (at + 1 >= length || options[at + 1] < 2 ||
            at + options[at + 1] > length) {
            out->length = begin;
            text_puts(out, "?");
            return;
        }
        if (before > begin)
            text_puts(out, ";");
        if (!print(options + at, which, out)) {
            out->length = begin;
            text_puts(out, "?");
            return;
        }
        if (out->length == before + (before > begin))
            out->length = before; /* it was left out */
        at += options[at + 1];
    }
    if (out->length == begin)
        text_puts(out, ".");
}

static bool print_ip_option(const uint8_t *option, unsigned int which,
                            struct text *out)
{
    (void)which;
    switch (option[0]) {
    case RR:
    case LSRR:
    case SSRR:
        return print_route(option, out);
    case TS:
        return print_stamps(option, out);
    default:
        print_other(option, out);
        return true;
    }
}

void ip_options_print(const uint8_t *options, unsigned int length,
                      struct text *out)
{
    print_all(options, length, print_ip_option, OPTIONS_ALL, out);
}

static bool print_sacks(const uint8_t *option, struct text *out)
{
    if ((option[1] - 2) % 8 != 0)
        return false;
    for (unsigned int i = 2; i < option[1]; i += 8)
        text_printf(out, "%ssack%u-%u", i == 2 ? "" : ";", get32(option + i),
                    get32(option + i + 4));
    return true;
}

static bool print_tcp_option(const uint8_t *option, unsigned int which,
                             struct text *out)
{
    unsigned int length = option[1];

    if (which == OPTIONS_SACK && option[0] != SACK && option[0] != SACK_OK)
        return true;
    switch (option[0]) {
    case MSS:
        text_printf(out, "mss%u", (unsigned)option[2] << 8 | option[3]);
        return length == 4;
    case WSCALE:
        text_printf(out, "wscale%u", option[2]);
        return length == 3;
    case SACK_OK:
        text_puts(out, "sackok");
        return length == 2;
    case SACK:
        return print_sacks(option, out);
    case TIMES:
        if (length == 10 && which == OPTIONS_ALL)
            text_printf(out, "ts%u:%u", get32(option + 2), get32(option + 6));
        return length == 10;
    default:
        print_other(option, out);
        return true;
    }
}

void tcp_options_print(const uint8_t *options, unsigned int length,
                       unsigned int which, struct text *out)
{
    /* Options' data is looked at before its length is: room behind them. */
    uint8_t copy[60] = {0};

    if (length > 40)
        length = 40;
    memcpy(copy, options, length);
    print_all(copy, length, print_tcp_option, which, out);
}

/* ---- Parsing --------------------------------------------------------------
 */

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
