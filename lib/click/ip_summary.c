/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary.c: the fields of IP summary dumps.
 *
 * Most fields are some bits of a header: the table says where, and the same
 * entry serves both directions. The others have a `what` of their own. A value
 * is a number, some bytes, or a payload; its style says how it is written.
 *
 * Words come from files: what means nothing is refused. Pure logic; no locks.
 */
#include "lib/click/ip_summary.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/args.h"
#include "lib/click/checksum.h"
#include "lib/click/ip_names.h"
#include "lib/click/types.h"

#define SECOND 1000000000ll

enum what {
    IN_IP, /* a header's field */
    IN_PORTS,
    IN_TCP,
    IN_UDP,
    IN_ICMP,
    IN_ICMP_ID, /* of messages that have an id */
    IN_ICMP_MTU,
    IN_ETHER,
    TIME,
    TIME_SECONDS,
    TIME_MICRO,
    TIME_ALL_MICRO,
    FIRST_TIME,
    IP_LENGTH,
    OPTIONS_OF_IP,
    OPTIONS_OF_TCP,
    PAYLOAD,
    PAYLOAD_LENGTH,
    CAPTURED,
    COUNT,
    PAINT,
    AGGREGATE,
    WIRE_LENGTH,
};

/* name, style, what, at, size, mask, shift, scale, binary, options */
static const struct ip_summary_field fields[] = {
    {"timestamp", STYLE_TIME, TIME, 0, 0, 0, 0, 1, 8, 0},
    {"utimestamp", STYLE_TIME, TIME, 0, 0, 0, 0, 1, 8, 0},
    {"ntimestamp", STYLE_TIME, TIME, 1, 0, 0, 0, 1, 8, 0},
    {"ts_sec", STYLE_NUMBER, TIME_SECONDS, 0, 0, 0, 0, 1, 4, 0},
    {"ts_usec", STYLE_NUMBER, TIME_MICRO, 0, 0, 0, 0, 1, 4, 0},
    {"ts_usec1", STYLE_NUMBER, TIME_ALL_MICRO, 0, 0, 0, 0, 1, 8, 0},
    {"first_timestamp", STYLE_TIME, FIRST_TIME, 0, 0, 0, 0, 1, 8, 0},
    {"ip_src", STYLE_ADDRESS, IN_IP, 12, 4, 0, 0, 1, 4, 0},
    {"ip_dst", STYLE_ADDRESS, IN_IP, 16, 4, 0, 0, 1, 4, 0},
    {"ip_frag", STYLE_FRAGMENT, IN_IP, 6, 2, 0xffff, 0, 1, 1, 0},
    {"ip_fragoff", STYLE_OFFSET, IN_IP, 6, 2, 0xffff, 0, 1, 2, 0},
    {"ip_len", STYLE_NUMBER, IP_LENGTH, 0, 0, 0, 0, 1, 4, 0},
    {"ip_proto", STYLE_PROTOCOL, IN_IP, 9, 1, 0xff, 0, 1, 1, 0},
    {"ip_hl", STYLE_NUMBER, IN_IP, 0, 1, 0x0f, 0, 4, 1, 0},
    {"ip_id", STYLE_NUMBER, IN_IP, 4, 2, 0xffff, 0, 1, 2, 0},
    {"ip_tos", STYLE_NUMBER, IN_IP, 1, 1, 0xff, 0, 1, 1, 0},
    {"ip_dscp", STYLE_NUMBER, IN_IP, 1, 1, 0xfc, 2, 1, 1, 0},
    {"ip_ecn", STYLE_ECN, IN_IP, 1, 1, 0x03, 0, 1, 1, 0},
    {"ip_ttl", STYLE_NUMBER, IN_IP, 8, 1, 0xff, 0, 1, 1, 0},
    {"ip_sum", STYLE_NUMBER, IN_IP, 10, 2, 0xffff, 0, 1, 2, 0},
    {"ip_opt", STYLE_IP_OPTIONS, OPTIONS_OF_IP, 0, 0, 0, 0, 1, 255, 0},
    {"sport", STYLE_NUMBER, IN_PORTS, 0, 2, 0xffff, 0, 1, 2, 0},
    {"dport", STYLE_NUMBER, IN_PORTS, 2, 2, 0xffff, 0, 1, 2, 0},
    {"tcp_seq", STYLE_NUMBER, IN_TCP, 4, 4, 0, 0, 1, 4, 0},
    {"tcp_ack", STYLE_NUMBER, IN_TCP, 8, 4, 0, 0, 1, 4, 0},
    {"tcp_off", STYLE_NUMBER, IN_TCP, 12, 1, 0xf0, 4, 4, 1, 0},
    {"tcp_flags", STYLE_FLAGS, IN_TCP, 12, 2, 0x01ff, 0, 1, 1, 0},
    {"tcp_opt", STYLE_TCP_OPTIONS, OPTIONS_OF_TCP, 0, 0, 0, 0, 1, 255,
     OPTIONS_ALL},
    {"tcp_ntopt", STYLE_TCP_OPTIONS, OPTIONS_OF_TCP, 0, 0, 0, 0, 1, 255,
     OPTIONS_NO_TIMES},
    {"tcp_sack", STYLE_TCP_OPTIONS, OPTIONS_OF_TCP, 0, 0, 0, 0, 1, 255,
     OPTIONS_SACK},
    {"tcp_window", STYLE_NUMBER, IN_TCP, 14, 2, 0xffff, 0, 1, 2, 0},
    {"tcp_urp", STYLE_NUMBER, IN_TCP, 18, 2, 0xffff, 0, 1, 2, 0},
    {"udp_len", STYLE_NUMBER, IN_UDP, 4, 2, 0xffff, 0, 1, 4, 0},
    {"icmp_type", STYLE_NUMBER, IN_ICMP, 0, 1, 0xff, 0, 1, 1, 0},
    {"icmp_code", STYLE_NUMBER, IN_ICMP, 1, 1, 0xff, 0, 1, 1, 0},
    {"icmp_type_name", STYLE_ICMP_TYPE, IN_ICMP, 0, 1, 0xff, 0, 1, 1, 0},
    {"icmp_code_name", STYLE_ICMP_CODE, IN_ICMP, 1, 1, 0xff, 0, 1, 1, 0},
    {"icmp_flowid", STYLE_NUMBER, IN_ICMP_ID, 4, 2, 0xffff, 0, 1, 2, 0},
    {"icmp_seq", STYLE_NUMBER, IN_ICMP_ID, 6, 2, 0xffff, 0, 1, 2, 0},
    {"icmp_nextmtu", STYLE_NUMBER, IN_ICMP_MTU, 6, 2, 0xffff, 0, 1, 2, 0},
    {"payload", STYLE_PAYLOAD, PAYLOAD, 0, 0, 0, 0, 1, 0, 0},
    {"payload_len", STYLE_NUMBER, PAYLOAD_LENGTH, 0, 0, 0, 0, 1, 4, 0},
    {"payload_md5", STYLE_MD5, PAYLOAD, 0, 0, 0, 0, 1, 16, 0},
    {"payload_md5_hex", STYLE_MD5_HEX, PAYLOAD, 0, 0, 0, 0, 1, 16, 0},
    {"ip_capture_len", STYLE_NUMBER, CAPTURED, 0, 0, 0, 0, 1, 4, 0},
    {"count", STYLE_NUMBER, COUNT, 0, 0, 0, 0, 1, 4, 0},
    {"direction", STYLE_DIRECTION, PAINT, 0, 0, 0, 0, 1, 1, 0},
    {"link", STYLE_NUMBER, PAINT, 0, 0, 0, 0, 1, 1, 0},
    {"aggregate", STYLE_NUMBER, AGGREGATE, 0, 0, 0, 0, 1, 4, 0},
    {"eth_src", STYLE_ETHER, IN_ETHER, 6, 6, 0, 0, 1, 6, 0},
    {"eth_dst", STYLE_ETHER, IN_ETHER, 0, 6, 0, 0, 1, 6, 0},
    {"wire_len", STYLE_NUMBER, WIRE_LENGTH, 0, 0, 0, 0, 1, 4, 0},
};

static const struct {
    const char *name, *field;
} synonyms[] = {
    {"src", "ip_src"},
    {"dst", "ip_dst"},
    {"ts", "timestamp"},
    {"usec_timestamp", "utimestamp"},
    {"sec", "ts_sec"},
    {"usec", "ts_usec"},
    {"len", "ip_len"},
    {"length", "ip_len"},
    {"proto", "ip_proto"},
    {"ip_p", "ip_proto"},
    {"hl", "ip_hl"},
    {"id", "ip_id"},
    {"tos", "ip_tos"},
    {"dscp", "ip_dscp"},
    {"ecn", "ip_ecn"},
    {"ttl", "ip_ttl"},
    {"frag", "ip_frag"},
    {"fragoff", "ip_fragoff"},
    {"opt", "ip_opt"},
    {"src_port", "sport"},
    {"dst_port", "dport"},
    {"tcp_flag", "tcp_flags"},
    {"tcp_win", "tcp_window"},
    {"ntopt", "tcp_ntopt"},
    {"sack", "tcp_sack"},
    {"payload_length", "payload_len"},
    {"paint", "link"},
    {"agg", "aggregate"},
    {"first_ts", "first_timestamp"},
    {"pkt_count", "count"},
    {"ip_caplen", "ip_capture_len"},
    {"ether_src", "eth_src"},
    {"ether_dst", "eth_dst"},
};

const struct ip_summary_field *ip_summary_field(const char *name)
{
    char plain[40];
    size_t i;

    for (i = 0; name[i] && i + 1 < sizeof(plain); i++)
        plain[i] = name[i] == ' ' || name[i] == '-' ? '_' : name[i];
    plain[i] = '\0';
    for (i = 0; i < ARRAY_SIZE(synonyms); i++)
        if (!strcmp(plain, synonyms[i].name))
            return ip_summary_field(synonyms[i].field);
    for (i = 0; i < ARRAY_SIZE(fields); i++)
        if (!strcmp(plain, fields[i].name))
            return &fields[i];
    return NULL;
}

/* ---- Reading packets ------------------------------------------------------
 */

/* Bytes of a packet from `at` on, which may be before its first one. */
static bool fetch(const struct packet *packet, int at, void *to, size_t count)
{
    if (at == CLICK_NO_HEADER || at < packet->start - packet->data)
        return false;
    if (at >= 0)
        return packet_read(packet, (size_t)at, to, count);
    if (at + (int)count > (int)packet->length)
        return false;
    memcpy(to, packet->data + at, count);
    return true;
}

static uint64_t big_endian(const uint8_t *bytes, unsigned int count)
{
    uint64_t value = 0;

    while (count-- > 0)
        value = value << 8 | *bytes++;
    return value;
}

/* A byte of the IP header. */
static bool ip_byte(const struct packet *packet, unsigned int at, uint8_t *byte)
{
    int header = click_notes_const(packet)->network;

    return header != CLICK_NO_HEADER &&
           fetch(packet, header + (int)at, byte, 1);
}

/* Is it a first fragment of one of these protocols (0: none)? */
static bool is_proto(const struct packet *packet, uint8_t one, uint8_t other)
{
    uint8_t fragment[2], proto;

    if (!ip_byte(packet, 9, &proto) || !ip_byte(packet, 6, fragment) ||
        !ip_byte(packet, 7, fragment + 1))
        return false;
    return (proto == one || proto == other) &&
           !((fragment[0] & 0x1f) | fragment[1]);
}

/* Where the header of `what` is; CLICK_NO_HEADER: the packet has none. */
static int header_of(enum what what, const struct packet *packet)
{
    const struct click_notes *notes = click_notes_const(packet);
    uint8_t type, code;
    bool there;

    switch (what) {
    case IN_IP:
        return notes->network;
    case IN_ETHER:
        return notes->mac;
    case IN_PORTS:
        there = is_proto(packet, PROTOCOL_TCP, PROTOCOL_UDP);
        break;
    case IN_TCP:
        there = is_proto(packet, PROTOCOL_TCP, PROTOCOL_TCP);
        break;
    case IN_UDP:
        there = is_proto(packet, PROTOCOL_UDP, PROTOCOL_UDP);
        break;
    default:
        there = is_proto(packet, PROTOCOL_ICMP, PROTOCOL_ICMP);
        break;
    }
    if (there && (what == IN_ICMP_ID || what == IN_ICMP_MTU)) {
        if (!fetch(packet, notes->transport, &type, 1) ||
            !fetch(packet, notes->transport + 1, &code, 1))
            return CLICK_NO_HEADER;
        there = what == IN_ICMP_ID
                    ? type == ICMP_ECHO || type == ICMP_ECHO_REPLY ||
                          (type >= ICMP_TIMESTAMP && type <= 18)
                    : type == ICMP_UNREACHABLE && code == 4;
    }
    return there ? notes->transport : CLICK_NO_HEADER;
}

static bool get_bits(const struct ip_summary_field *field,
                     const struct packet *packet,
                     struct ip_summary_value *value)
{
    int header = header_of(field->what, packet);

    if (header == CLICK_NO_HEADER ||
        !fetch(packet, header + field->at, value->bytes, field->size))
        return false;
    value->length = field->size;
    value->number = big_endian(value->bytes, field->size);
    if (field->mask)
        value->number = (value->number & field->mask) >> field->shift;
    value->number *= field->scale;
    if (field->style == STYLE_ICMP_CODE &&
        !fetch(packet, header, &value->icmp_type, 1))
        return false;
    return true;
}

/* How long the IP packet says it is; without one, how long it was. */
static uint32_t ip_length(const struct packet *packet, bool extra)
{
    uint8_t high, low;

    if (ip_byte(packet, 2, &high) && ip_byte(packet, 3, &low))
        return (uint32_t)high << 8 | low;
    return packet->total +
           (extra ? click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH) : 0);
}

/* How long headers are: IP's, and TCP's or UDP's. */
static uint32_t headers_length(const struct packet *packet)
{
    int transport = click_notes_const(packet)->transport;
    uint8_t byte;
    uint32_t length;

    if (!ip_byte(packet, 0, &byte))
        return 0;
    length = (byte & 15u) * 4;
    if (is_proto(packet, PROTOCOL_UDP, PROTOCOL_UDP))
        return length + (uint32_t)sizeof(struct udp_header);
    if (is_proto(packet, PROTOCOL_TCP, PROTOCOL_TCP) &&
        fetch(packet, transport + 12, &byte, 1))
        return length + (byte >> 4) * 4u;
    return length;
}

static bool get_payload(const struct ip_summary_field *field,
                        const struct packet *packet,
                        struct ip_summary_value *value)
{
    const struct click_notes *notes = click_notes_const(packet);
    bool is_ip = notes->network != CLICK_NO_HEADER;
    uint32_t headers = headers_length(packet);
    int64_t at = is_ip ? notes->network + (int64_t)headers : 0;
    int64_t end = packet->total;

    if (is_ip && notes->network + (int64_t)ip_length(packet, false) < end)
        end = notes->network + (int64_t)ip_length(packet, false);
    if (at < 0 || at > end)
        return false;
    value->length = (size_t)(end - at);
    value->payload = malloc(value->length + 1);
    if (!value->payload ||
        !packet_read(packet, (size_t)at, value->payload, value->length)) {
        free(value->payload);
        value->payload = NULL;
        return false;
    }
    if (field->style != STYLE_PAYLOAD) {
        md5((const uint8_t *)value->payload, value->length, value->bytes);
        free(value->payload);
        value->payload = NULL;
        value->length = 16;
    }
    return true;
}

static bool get_options(const struct ip_summary_field *field,
                        const struct packet *packet,
                        struct ip_summary_value *value)
{
    const struct click_notes *notes = click_notes_const(packet);
    int header =
        field->what == OPTIONS_OF_IP ? notes->network : notes->transport;
    uint32_t length = 0;
    uint8_t byte;

    if (field->what == OPTIONS_OF_IP) {
        if (ip_byte(packet, 0, &byte))
            length = (byte & 15u) * 4;
    } else if (is_proto(packet, PROTOCOL_TCP, PROTOCOL_TCP) &&
               fetch(packet, header + 12, &byte, 1)) {
        length = (byte >> 4) * 4u;
    }
    if (length < 20)
        return false;
    value->length = length - 20;
    return value->length == 0 ||
           fetch(packet, header + 20, value->bytes, value->length);
}

static bool get_payload_length(const struct packet *packet, bool extra,
                               uint64_t *number)
{
    uint32_t all = ip_length(packet, extra), headers = headers_length(packet);

    *number = all > headers ? all - headers : 0;
    return true;
}

static bool get_captured(const struct packet *packet, uint64_t *number)
{
    int at = click_notes_const(packet)->network;
    int64_t there = (int64_t)packet->total - (at == CLICK_NO_HEADER ? 0 : at);
    uint32_t length = ip_length(packet, false);

    *number = there < 0 ? 0 : there < length ? (uint64_t)there : length;
    return true;
}

bool ip_summary_get(const struct ip_summary_field *field,
                    const struct packet *packet, bool extra_length,
                    struct ip_summary_value *value)
{
    int64_t time = click_notes_const(packet)->time;
    uint32_t extra =
        extra_length ? click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH) : 0;

    memset(value, 0, sizeof(*value));
    switch ((enum what)field->what) {
    case TIME:
        value->number = (uint64_t)time;
        return true;
    case TIME_SECONDS:
        value->number = (uint64_t)(time / SECOND);
        return true;
    case TIME_MICRO:
        value->number = (uint64_t)(time % SECOND / 1000);
        return true;
    case TIME_ALL_MICRO:
        value->number = (uint64_t)(time / 1000);
        return true;
    case FIRST_TIME:
        memcpy(&value->number,
               click_notes_const(packet)->user + CLICK_ANNO_FIRST_TIME, 8);
        return true;
    case IP_LENGTH:
        value->number = ip_length(packet, extra_length);
        return true;
    case OPTIONS_OF_IP:
    case OPTIONS_OF_TCP:
        return get_options(field, packet, value);
    case PAYLOAD:
        return get_payload(field, packet, value);
    case PAYLOAD_LENGTH:
        return get_payload_length(packet, extra_length, &value->number);
    case CAPTURED:
        return get_captured(packet, &value->number);
    case COUNT:
        value->number = 1ull + click_anno_u32(packet, CLICK_ANNO_EXTRA_PACKETS);
        return true;
    case PAINT:
        value->number = click_anno_u8(packet, CLICK_ANNO_PAINT);
        return true;
    case AGGREGATE:
        value->number = click_anno_u32(packet, CLICK_ANNO_AGGREGATE);
        return true;
    case WIRE_LENGTH:
        value->number = packet->total + extra;
        return true;
    default:
        return get_bits(field, packet, value);
    }
}

/* ---- Words ----------------------------------------------------------------
 */

static const char flag_letters[] = "FSRPAUECN";
static const char *const ecn_names[] = {"no", "ect1", "ect2", "ce"};

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
    for (unsigned int i = 0; i < 9; i++)
        if (flags >> i & 1)
            text_add(out, &flag_letters[i], 1);
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
        text_printf(out, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
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
        text_puts(out, ecn_names[number & 3]);
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
        for (unsigned int i = 0; i < 6; i++)
            text_printf(out, "%s%02X", i ? "-" : "", bytes[i]);
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

/* ---- Words to values ------------------------------------------------------
 */

static bool parse_time(const char *word, uint64_t *number)
{
    char *end;
    unsigned long long seconds;
    uint64_t fraction = 0, unit = SECOND / 10;

    if (!isdigit((unsigned char)*word))
        return false;
    errno = 0;
    seconds = strtoull(word, &end, 10);
    if (errno || seconds > INT64_MAX / SECOND - 1)
        return false;
    if (*end == '.')
        for (end++; isdigit((unsigned char)*end); end++, unit /= 10)
            fraction += (uint64_t)(*end - '0') * unit;
    *number = seconds * SECOND + fraction;
    return *end == '\0';
}

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
        const char *letter = strchr(flag_letters, *word);
        const char *other = strchr(old, *word);

        if (letter)
            *number |= 1u << (letter - flag_letters);
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
    uint16_t port;
    uint8_t byte = 0;
    bool known;

    memset(value, 0, sizeof(*value));
    switch (field->style) {
    case STYLE_TIME:
        return parse_time(word, &value->number);
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
            if (!strcmp(word, ecn_names[i])) {
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

/* ---- Values to a packet ---------------------------------------------------
 */

void ip_summary_begin(struct ip_summary *summary)
{
    memset(summary, 0, sizeof(*summary));
    summary->notes.mac = summary->notes.network = summary->notes.transport =
        CLICK_NO_HEADER;
    summary->ip[0] = 0x45;
    summary->ip[8] = 100;
    summary->transport[12] = 0x50;
}

static void set_bits(const struct ip_summary_field *field,
                     const struct ip_summary_value *value, uint8_t *header)
{
    uint64_t bits = value->number / field->scale << field->shift;
    uint64_t mask = field->mask ? field->mask : ~0ull;

    if (field->style == STYLE_ADDRESS || field->style == STYLE_ETHER) {
        memcpy(header + field->at, value->bytes, field->size);
        return;
    }
    for (unsigned int i = 0; i < field->size; i++) {
        unsigned int shift = 8 * (field->size - 1u - i);
        uint8_t *byte = header + field->at + i;

        *byte = (uint8_t)((*byte & ~(mask >> shift)) |
                          (bits >> shift & mask >> shift));
    }
}

static void set_note32(struct ip_summary *summary, unsigned int at,
                       uint64_t number)
{
    uint32_t value = (uint32_t)number;

    memcpy(summary->notes.user + at, &value, sizeof(value));
}

static void set_payload(struct ip_summary *summary,
                        struct ip_summary_value *value)
{
    free(summary->payload);
    summary->payload = value->payload;
    summary->payload_size = value->length;
    value->payload = NULL;
}

static void set_header(const struct ip_summary_field *field,
                       const struct ip_summary_value *value,
                       struct ip_summary *summary)
{
    if (field->what == IN_ETHER) {
        set_bits(field, value, summary->ether);
        summary->has_ether = true;
    } else if (field->what == IN_IP) {
        set_bits(field, value, summary->ip);
        summary->has_protocol |= field->at == 9;
        summary->has_header_length |= field->at == 0;
    } else {
        set_bits(field, value, summary->transport);
        summary->has_transport = true;
        summary->has_offset |=
            field->what == IN_TCP && field->at == 12 && field->size == 1;
    }
}

void ip_summary_set(const struct ip_summary_field *field,
                    struct ip_summary_value *value, struct ip_summary *summary)
{
    int64_t *time = &summary->notes.time;

    switch ((enum what)field->what) {
    case TIME:
        *time = (int64_t)value->number;
        break;
    case TIME_SECONDS:
        *time = (int64_t)value->number * SECOND + *time % SECOND;
        break;
    case TIME_MICRO:
        *time = *time / SECOND * SECOND + (int64_t)value->number * 1000;
        break;
    case TIME_ALL_MICRO:
        *time = (int64_t)value->number * 1000;
        break;
    case FIRST_TIME:
        memcpy(summary->notes.user + CLICK_ANNO_FIRST_TIME, &value->number, 8);
        break;
    case IP_LENGTH:
        summary->ip_length = (uint32_t)value->number;
        summary->has_ip_length = true;
        break;
    case PAYLOAD_LENGTH:
        summary->payload_length = (uint32_t)value->number;
        summary->has_payload_length = true;
        break;
    case OPTIONS_OF_IP:
        memcpy(summary->ip + 20, value->bytes, 40);
        summary->ip_options = (unsigned int)value->length;
        break;
    case OPTIONS_OF_TCP:
        memcpy(summary->transport + 20, value->bytes, 40);
        summary->tcp_options = (unsigned int)value->length;
        summary->has_transport = true;
        break;
    case PAYLOAD:
        if (field->style == STYLE_PAYLOAD)
            set_payload(summary, value);
        break;
    case COUNT:
        set_note32(summary, CLICK_ANNO_EXTRA_PACKETS,
                   value->number ? value->number - 1 : 0);
        break;
    case PAINT:
        summary->notes.user[CLICK_ANNO_PAINT] = (uint8_t)value->number;
        break;
    case AGGREGATE:
        set_note32(summary, CLICK_ANNO_AGGREGATE, value->number);
        break;
    case CAPTURED:
    case WIRE_LENGTH:
        break; /* a packet that is made has what it has */
    default:
        set_header(field, value, summary);
        break;
    }
}

/* Settle the lengths of the headers. */
static void settle_headers(struct ip_summary *summary, unsigned int *ip,
                           unsigned int *transport)
{
    uint8_t *header = summary->ip, *tcp = summary->transport;
    bool later =
        ((unsigned)header[6] << 8 | header[7]) & IP_OFFSET_MASK ? true : false;

    *ip = summary->has_header_length ? (header[0] & 15u) * 4 : 20;
    if (*ip < 20 + summary->ip_options)
        *ip = 20 + summary->ip_options;
    header[0] = (uint8_t)(0x40 | *ip / 4);
    *transport = 0;
    if (!summary->has_transport || later)
        return;
    if (header[9] == PROTOCOL_TCP) {
        *transport = summary->has_offset ? (tcp[12] >> 4) * 4u : 20;
        if (*transport < 20 + summary->tcp_options)
            *transport = 20 + summary->tcp_options;
        tcp[12] = (uint8_t)((tcp[12] & 15) | *transport / 4 << 4);
    } else if (header[9] == PROTOCOL_UDP || header[9] == PROTOCOL_ICMP) {
        *transport = 8;
    }
}

static void put_checksums(struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    int length = transport_length(packet, ip);
    struct tcp_header *tcp;
    struct udp_header *udp;
    struct icmp_header *icmp;

    ip_set_checksum(ip, ip_header_length(ip));
    if (ip_is_fragment(ip))
        return;
    if (ip->protocol == PROTOCOL_TCP && length >= (int)sizeof(*tcp) &&
        (tcp = transport_of(packet, sizeof(*tcp))) != NULL) {
        tcp->checksum = 0;
        tcp->checksum =
            (uint16_t)~transport_sum(packet, ip, PROTOCOL_TCP, (size_t)length);
    } else if (ip->protocol == PROTOCOL_UDP && length >= (int)sizeof(*udp) &&
               (udp = transport_of(packet, sizeof(*udp))) != NULL &&
               ntohs(udp->length) >= sizeof(*udp) &&
               ntohs(udp->length) <= length) {
        udp->checksum = 0;
        udp->checksum = (uint16_t)~transport_sum(packet, ip, PROTOCOL_UDP,
                                                 ntohs(udp->length));
        if (udp->checksum == 0)
            udp->checksum = 0xffff;
    } else if (ip->protocol == PROTOCOL_ICMP && length >= (int)sizeof(*icmp) &&
               (icmp = transport_of(packet, sizeof(*icmp))) != NULL) {
        icmp->checksum = 0;
        icmp->checksum = (uint16_t)~checksum_packet(
            packet, (size_t)click_notes(packet)->transport, (size_t)length);
    }
}

/* Bytes into a packet in pieces; `bytes` NULL: zeros. */
static void put_bytes(struct packet *packet, size_t at, const void *bytes,
                      size_t count)
{
    const uint8_t *from = bytes;

    for (; packet && count > 0; packet = packet->more) {
        size_t some;

        if (at >= packet->length) {
            at -= packet->length;
            continue;
        }
        some = packet->length - at < count ? packet->length - at : count;
        if (from)
            memcpy(packet->data + at, from, some);
        else
            memset(packet->data + at, 0, some);
        from = from ? from + some : NULL;
        count -= some;
        at = 0;
    }
}

struct packet *ip_summary_packet(struct ip_summary *summary, bool complete)
{
    unsigned int ip, transport, ether, length, there;
    struct packet *packet;

    settle_headers(summary, &ip, &transport);
    length = there = ip + transport + (unsigned int)summary->payload_size;
    if (summary->has_payload_length)
        length = ip + transport + summary->payload_length;
    if (summary->has_ip_length)
        length = summary->ip_length;
    if (length > 65535)
        length = 65535;
    if (there > 65535)
        there = 65535;
    if (complete && there < length)
        there = length;
    ether = summary->has_ether ? 14 : 0;
    packet = click_packet(PACKET_HEADROOM, ether + there);
    if (packet) {
        summary->ip[2] = (uint8_t)(length >> 8);
        summary->ip[3] = (uint8_t)length;
        if (summary->ip[9] == PROTOCOL_UDP && transport &&
            !(summary->transport[4] | summary->transport[5])) {
            summary->transport[4] = (uint8_t)((length - ip) >> 8);
            summary->transport[5] = (uint8_t)(length - ip);
        }
        summary->ether[12] = 0x08;
        memcpy(packet->notes, &summary->notes, sizeof(summary->notes));
        put_bytes(packet, 0, NULL, ether + there);
        put_bytes(packet, 0, summary->ether, ether);
        put_bytes(packet, ether, summary->ip, ip);
        put_bytes(packet, ether + ip, summary->transport, transport);
        if (summary->payload)
            put_bytes(packet, ether + ip + transport, summary->payload,
                      summary->payload_size);
        click_strip(packet, ether);
        if (ether)
            click_set_mac_header(packet, -14);
        click_set_network_header(packet, 0, (int)ip);
        click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip_of(packet)->to);
        if (length > there)
            click_anno_set_u32(packet, CLICK_ANNO_EXTRA_LENGTH, length - there);
        if (complete)
            put_checksums(packet);
    }
    free(summary->payload);
    summary->payload = NULL;
    return packet;
}
