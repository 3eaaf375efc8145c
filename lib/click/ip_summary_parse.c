/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary_parse.c: words of a dump, and bytes of a binary one, to values.
 *
 * The other direction of ip_summary_print.c, and a little more: a file may come
 * from another program or from a person's hand, so names of ports, protocols
 * and addresses are understood, as are old letters for TCP flags. A word that
 * means nothing, or a number that the field has no room for, is refused; a
 * value of the parser always fits its field.
 *
 * Pure logic; no locks.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/args.h"
#include "lib/click/ip_names.h"
#include "lib/click/ip_summary_fields.h"
#include "lib/click/types.h"

static bool parse_fragment(const char *word, bool offset, uint64_t *number)
{
    char *end;
    unsigned long bytes;

    if (!offset) {
        if (strlen(word) != 1 || !strchr("Ff.!", *word))
            return false;
        *number = *word == 'F'   ? IP_MORE_FRAGMENTS
                  : *word == 'f' ? 100 /* some offset */
                  : *word == '!' ? IP_DONT_FRAGMENT
                                 : 0;
        return true;
    }
    if (!isdigit((unsigned char)*word))
        return false;
    bytes = strtoul(word, &end, 10);
    if (bytes % 8 || bytes > 65528)
        return false;
    *number = bytes / 8;
    for (; *end == '+' || *end == '!'; end++)
        *number |= *end == '+' ? IP_MORE_FRAGMENTS : IP_DONT_FRAGMENT;
    return *end == '\0';
}

static bool parse_flags(const char *word, uint64_t *number)
{
    *number = 0;
    if (!strcmp(word, "."))
        return true;
    if (!click_read_integer(word, 0, 511, number))
        return true;
    for (; *word; word++) {
        static const char old[] = "XYW"; /* ECE, CWR, CWR */
        const char *letter = strchr(ip_summary_flags, *word);
        const char *other = strchr(old, *word);

        if (letter)
            *number |= 1u << (letter - ip_summary_flags);
        else if (other)
            *number |= *other == 'X' ? 64 : 128;
        else
            return false;
    }
    return true;
}

static bool parse_payload(const char *word, struct ip_summary_value *value)
{
    const char *at = word + (*word == '"');
    char *to = malloc(strlen(word) + 1);

    value->payload = to;
    if (!to)
        return false;
    while (*at && !(*at == '"' && *word == '"' && !at[1])) {
        if (*at != '\\' || !at[1]) {
            *to++ = *at++;
            continue;
        }
        at++;
        if (*at >= '0' && *at <= '7') {
            unsigned int byte = 0;

            for (int i = 0; i < 3 && *at >= '0' && *at <= '7'; i++)
                byte = byte * 8 + (unsigned int)(*at++ - '0');
            *to++ = (char)byte;
        } else {
            *to++ = (char)(*at == 'n'   ? '\n'
                           : *at == 't' ? '\t'
                           : *at == 'r' ? '\r'
                                        : *at);
            at++;
        }
    }
    value->length = (size_t)(to - value->payload);
    return true;
}

static bool parse_options(const struct ip_summary_field *field,
                          const char *word, struct ip_summary_value *value)
{
    int length = field->style == STYLE_IP_OPTIONS
                     ? ip_options_parse(word, value->bytes)
                     : tcp_options_parse(word, value->bytes);

    value->length = length < 0 ? 0 : (size_t)length;
    return length >= 0;
}

static bool parse_number(const struct ip_summary_field *field, const char *word,
                         struct ip_summary_value *value)
{
    uint64_t most = field->size >= 1 && field->size < 4
                        ? (1ull << (8 * field->size)) - 1
                    : field->what == TIME_ALL_MICRO ? INT64_MAX / 1000
                                                    : UINT32_MAX;

    if (field->mask)
        most = (uint64_t)(field->mask >> field->shift) * field->scale;
    return !click_read_integer(word, 0, most, &value->number);
}

bool ip_summary_parse(const struct ip_summary_field *field,
                      const struct element *near, const char *word,
                      struct ip_summary_value *value)
{
    uint32_t address;
    int64_t time;
    uint16_t port;
    uint8_t byte = 0;
    bool known;

    memset(value, 0, sizeof(*value));
    switch (field->style) {
    case STYLE_TIME:
        if (click_read_time(word, &time))
            return false;
        value->number = (uint64_t)time;
        return true;
    case STYLE_ADDRESS:
        if (click_read_ip(near, word, &address))
            return false;
        memcpy(value->bytes, &address, 4);
        return true;
    case STYLE_FRAGMENT:
    case STYLE_OFFSET:
        return parse_fragment(word, field->style == STYLE_OFFSET,
                              &value->number);
    case STYLE_PROTOCOL:
        known = strlen(word) == 1 && strchr("TUI", *word);
        if (known)
            byte = *word == 'T'   ? PROTOCOL_TCP
                   : *word == 'U' ? PROTOCOL_UDP
                                  : PROTOCOL_ICMP;
        else
            known = ip_name_proto(near, word, &byte);
        value->number = byte;
        return known;
    case STYLE_ECN:
        for (unsigned int i = 0; i < 4; i++)
            if (!strcmp(word, ip_summary_ecn[i])) {
                value->number = i;
                return true;
            }
        return parse_number(field, word, value);
    case STYLE_FLAGS:
        return parse_flags(word, &value->number);
    case STYLE_DIRECTION:
        if (strlen(word) == 1 && strchr(">L<RX", *word)) {
            value->number = *word != '>' && *word != 'L';
            return true;
        }
        return !click_read_integer(word, 0, 255, &value->number);
    case STYLE_IP_OPTIONS:
    case STYLE_TCP_OPTIONS:
        return parse_options(field, word, value);
    case STYLE_ETHER:
        return !click_read_ether(near, word, value->bytes);
    case STYLE_PAYLOAD:
        return parse_payload(word, value);
    case STYLE_MD5:
    case STYLE_MD5_HEX:
        return true; /* nothing can be made of it */
    default:
        break;
    }
    if (field->what == IN_ICMP && field->at == 0) {
        known = ip_name_icmp_type(word, &byte);
        value->number = byte;
        return known;
    }
    if (field->what == IN_PORTS && !click_read_port(near, word, &port)) {
        value->number = port;
        return true;
    }
    return parse_number(field, word, value);
}

int ip_summary_parse_binary(const struct ip_summary_field *field,
                            const uint8_t *bytes, size_t length,
                            struct ip_summary_value *value)
{
    unsigned int size = field->binary;

    memset(value, 0, sizeof(*value));
    if (size == 255) {
        if (length < 1 || length < 1u + bytes[0] || bytes[0] > 40)
            return -1;
        memcpy(value->bytes, bytes + 1, bytes[0]);
        value->length = (bytes[0] + 3u) & ~3u;
        return 1 + bytes[0];
    }
    if (size == 0 || length < size)
        return -1;
    if (field->style == STYLE_TIME)
        value->number = big_endian(bytes, 4) * SECOND +
                        big_endian(bytes + 4, 4) * (field->at ? 1 : 1000);
    else if (field->style == STYLE_FRAGMENT)
        (void)parse_fragment((const char[]){(char)bytes[0], 0}, false,
                             &value->number);
    else if (size <= 16 && (field->style == STYLE_ADDRESS ||
                            field->style == STYLE_ETHER || size == 16))
        memcpy(value->bytes, bytes, size);
    else
        value->number = big_endian(bytes, size);
    return (int)size;
}
