/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_options.c: IP and TCP options as words of IP summary dumps. The reverse is
 * in ip_options_parse.c.
 *
 *     rr{10.0.0.1,20.0.0.2}+5    ssrr{1.0.0.1,1.0.0.2^1.0.0.3}
 *     ts{1,10000,!45}+2++3       mss1400;wscale10;sackok;ts1:2
 *
 * "^" is where an option's pointer is, "+N" room behind it, "++N" the count of
 * hops that found no room. Options that are wrong make the whole word "?".
 * RFCs 791, 793, 1323, 2018. Pure logic.
 */
#include "lib/click/ip_summary.h"
#include "lib/click/option_kinds.h"

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

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
        text_ip(out, option + 3 + 4 * i);
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
            text_ip(out, entry);
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
