/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary_print.c: values as words of a dump, and as bytes of a binary one.
 *
 * ip_summary_parse.c reads what is written here. Words hold no blanks, so that
 * a line can be cut at them; only a payload may, in quotes.
 *
 * Binary dumps spend a fixed number of bytes on each field, big-endian, so that
 * a reader needs no separators; what a packet lacks is zeros. Options alone
 * have a length before them.
 *
 * Pure logic; no locks.
 */
#include "lib/click/ip_names.h"
#include "lib/click/ip_summary_fields.h"

static void print_fragment(uint64_t field, bool offset, struct text *out)
{
    bool more = field & IP_MORE_FRAGMENTS, df = field & IP_DONT_FRAGMENT;
    uint64_t units = field & IP_OFFSET_MASK;

    if (offset)
        text_printf(out, "%u%s%s", (unsigned int)units * 8, more ? "+" : "",
                    df ? "!" : "");
    else
        text_puts(out, units ? "f" : more ? "F" : df ? "!" : ".");
}

/* 22 digits of six bits each. */
static void print_digest(const uint8_t *bytes, struct text *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
                                 "nopqrstuvwxyz0123456789_@";
    uint32_t bits = 0;
    unsigned int count = 0;

    for (unsigned int i = 0; i < 16; i++) {
        bits |= (uint32_t)bytes[i] << count;
        for (count += 8; count >= 6; count -= 6, bits >>= 6)
            text_add(out, &digits[bits & 63], 1);
    }
    text_add(out, &digits[bits & 63], 1);
}

static void print_payload(const struct ip_summary_value *value,
                          struct text *out)
{
    text_puts(out, "\"");
    for (size_t i = 0; i < value->length; i++) {
        unsigned char c = (unsigned char)value->payload[i];

        if (c == '"' || c == '\\')
            text_printf(out, "\\%c", c);
        else if (c == '\n')
            text_puts(out, "\\n");
        else if (c == '\t')
            text_puts(out, "\\t");
        else if (c == '\r')
            text_puts(out, "\\r");
        else if (c >= 32 && c < 127)
            text_printf(out, "%c", c);
        else
            text_printf(out, "\\%03o", c);
    }
    text_puts(out, "\"");
}

static void print_flags(uint64_t flags, struct text *out)
{
    if (flags == 0)
        text_puts(out, ".");
    for (unsigned int i = 0; i < TCP_FLAG_COUNT; i++)
        if (flags >> i & 1)
            text_add(out, &ip_summary_flags[i], 1);
}

static void print_named(const char *name, uint64_t number, struct text *out)
{
    if (name)
        text_puts(out, name);
    else
        text_printf(out, "%llu", (unsigned long long)number);
}

static void print_time(const struct ip_summary_field *field, uint64_t ns,
                       struct text *out)
{
    if ((int64_t)ns < 0) {
        text_puts(out, "-");
        ns = 0 - ns;
    }
    if (field->at) /* in nanoseconds */
        text_printf(out, "%llu.%09llu", (unsigned long long)(ns / SECOND),
                    (unsigned long long)(ns % SECOND));
    else
        text_printf(out, "%llu.%06llu", (unsigned long long)(ns / SECOND),
                    (unsigned long long)(ns % SECOND / 1000));
}

void ip_summary_print(const struct ip_summary_field *field,
                      const struct ip_summary_value *value, struct text *out)
{
    const uint8_t *bytes = value->bytes;
    uint64_t number = value->number;

    switch (field->style) {
    case STYLE_TIME:
        print_time(field, number, out);
        break;
    case STYLE_ADDRESS:
        text_ip(out, bytes);
        break;
    case STYLE_FRAGMENT:
    case STYLE_OFFSET:
        print_fragment(number, field->style == STYLE_OFFSET, out);
        break;
    case STYLE_PROTOCOL:
        print_named(number == PROTOCOL_TCP    ? "T"
                    : number == PROTOCOL_UDP  ? "U"
                    : number == PROTOCOL_ICMP ? "I"
                                              : NULL,
                    number, out);
        break;
    case STYLE_ECN:
        text_puts(out, ip_summary_ecn[number & 3]);
        break;
    case STYLE_FLAGS:
        print_flags(number, out);
        break;
    case STYLE_ICMP_TYPE:
        print_named(ip_icmp_type_text((uint8_t)number), number, out);
        break;
    case STYLE_ICMP_CODE:
        print_named(ip_icmp_code_text(value->icmp_type, (uint8_t)number),
                    number, out);
        break;
    case STYLE_DIRECTION:
        print_named(number == 0 ? ">" : number == 1 ? "<" : NULL, number, out);
        break;
    case STYLE_IP_OPTIONS:
        ip_options_print(bytes, (unsigned int)value->length, out);
        break;
    case STYLE_TCP_OPTIONS:
        tcp_options_print(bytes, (unsigned int)value->length, field->options,
                          out);
        break;
    case STYLE_ETHER:
        text_ether(out, bytes);
        break;
    case STYLE_PAYLOAD:
        print_payload(value, out);
        break;
    case STYLE_MD5:
        print_digest(bytes, out);
        break;
    case STYLE_MD5_HEX:
        for (unsigned int i = 0; i < 16; i++)
            text_printf(out, "%02x", bytes[i]);
        break;
    default:
        text_printf(out, "%llu", (unsigned long long)number);
        break;
    }
}

static void add_number(struct text *out, uint64_t number, unsigned int size)
{
    while (size-- > 0) {
        char byte = (char)(number >> (8 * size));

        text_add(out, &byte, 1);
    }
}

void ip_summary_print_binary(const struct ip_summary_field *field,
                             const struct ip_summary_value *value, bool there,
                             struct text *out)
{
    char letter;

    if (field->binary == 255) {
        size_t length = there ? value->length : 0;

        add_number(out, length, 1);
        text_add(out, (const char *)value->bytes, length);
    } else if (!there) {
        add_number(out, 0, field->binary < 8 ? field->binary : 8);
        if (field->binary > 8)
            add_number(out, 0, field->binary - 8u);
    } else if (field->style == STYLE_TIME) {
        add_number(out, value->number / SECOND, 4);
        add_number(out, value->number % SECOND / (field->at ? 1 : 1000), 4);
    } else if (field->style == STYLE_FRAGMENT) {
        struct text word = {0};

        print_fragment(value->number, false, &word);
        letter = *text_string(&word);
        text_add(out, &letter, 1);
        text_free(&word);
    } else if (field->style == STYLE_ADDRESS || field->style == STYLE_ETHER ||
               field->style == STYLE_MD5 || field->style == STYLE_MD5_HEX) {
        text_add(out, (const char *)value->bytes, field->binary);
    } else {
        add_number(out, value->number, field->binary);
    }
}
