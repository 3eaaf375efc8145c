/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aggregate.c: which group of packets a packet belongs to, as a number in its
 * aggregate annotation, by one of its fields, its length or its paint.
 *
 * A field is a run of at most 32 bits, counted from the start of the IP header,
 * of the header behind it, or of the payload; names are short for such runs.
 *
 * =c
 * AggregateIP(FIELD [, KEYWORDS])
 * =s aggregates
 * sets the aggregate annotation to an IP packet's field
 * =d
 * FIELD is a name, or a header with an offset and a length: "ip[12:4]",
 * "ip[12-15]" and "ip[12]" are bytes, "transp{0:4}" bits. The header is "ip",
 * "transp" (what follows IP's; "tcp", "udp" and "icmp" are the same for that
 * protocol only) or "data" (TCP's or UDP's payload). Behind it may stand a
 * mask: "/8" means the field's first 8 bits, "& 0xf0" the bits of a mask
 * without gaps. The number is in host byte order.
 *
 * Names are "ip" with vers, hl, tos, dscp, ecn, len, id, off, rf, df, mf,
 * fragoff, ttl, proto, sum, src or dst; "udp" with sport, dport, len or sum;
 * "tcp" with sport, dport, seq, ack, hl, flags, fin, syn, rst, psh, ackf, urg,
 * win, sum or urp; "icmp" with type, code or sum; and "sport" and "dport" of
 * TCP or UDP.
 *
 * Packets without the field (too short, a later fragment, another protocol)
 * leave by output 1, or are dropped if there is none. IP header annotations
 * must be set.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item INCREMENTAL
 * Boolean. Add the field's bits behind those that the annotation has already.
 * Default is false.
 * =item UNSHIFT_IP_ADDR
 * Boolean. Leave the bits of a source or destination address where they are in
 * it: "ip src/8" of 1.2.3.4 is 16777216, not 1. Default is false.
 * =back
 * =h header read-only
 * ip, transp or payload
 * =h bit_offset read-only
 * where the field begins
 * =h bit_length read-only
 * its length
 * =e
 *   FromDump(t.dump, STOP true, FORCE_IP true)
 *     -> AggregateIP(ip dst/24) -> AggregateCounter -> Discard;
 * =a AggregateCounter, AggregateLength, AggregatePaint, AggregateIPFlows
 *
 * =c
 * AggregateLength([KEYWORDS])
 * =s aggregates
 * sets the aggregate annotation to the packet's length
 * =d
 * The length includes the extra length annotation. Keyword argument IP is a
 * boolean: if it is true, the length is counted from the IP header on, and
 * packets without one leave by output 1, or are dropped. Default is false.
 * =a AggregateIP, AggregateCounter
 *
 * =c
 * AggregatePaint([LENGTH, KEYWORDS])
 * =s aggregates
 * sets the aggregate annotation to the paint annotation
 * =d
 * To its lowest LENGTH bits, 1 to 8 (8). Keyword argument INCREMENTAL is as in
 * AggregateIP.
 * =a Paint, AggregateIP, AggregateCounter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

#define TCP_OR_UDP 255u

enum header { IP, TRANSPORT, PAYLOAD };

struct aggregate {
    struct element element;
    char *field;
    bool incremental, unshift, from_ip;
    uint8_t header, protocol; /* 0: any */
    uint32_t at, bits;
};

/* ---- Fields by name -------------------------------------------------------
 */

static const struct group {
    char name[7];
    uint8_t header, protocol;
} groups[] = {
    {"ip", IP, 0},
    {"udp", TRANSPORT, PROTOCOL_UDP},
    {"tcp", TRANSPORT, PROTOCOL_TCP},
    {"icmp", TRANSPORT, PROTOCOL_ICMP},
    {"transp", TRANSPORT, 0},
    {"data", PAYLOAD, TCP_OR_UDP},
    {"", TRANSPORT, TCP_OR_UDP},
};

static const struct name {
    uint8_t group;
    char name[8];
    uint8_t at, bits;
} names[] = {
    {0, "vers", 0, 4},    {0, "hl", 4, 4},      {0, "tos", 8, 8},
    {0, "dscp", 8, 6},    {0, "ecn", 14, 2},    {0, "len", 16, 16},
    {0, "id", 32, 16},    {0, "off", 48, 16},   {0, "rf", 48, 1},
    {0, "df", 49, 1},     {0, "mf", 50, 1},     {0, "fragoff", 51, 13},
    {0, "ttl", 64, 8},    {0, "proto", 72, 8},  {0, "sum", 80, 16},
    {0, "src", 96, 32},   {0, "dst", 128, 32},  {1, "sport", 0, 16},
    {1, "dport", 16, 16}, {1, "len", 32, 16},   {1, "sum", 48, 16},
    {2, "sport", 0, 16},  {2, "dport", 16, 16}, {2, "seq", 32, 32},
    {2, "seqno", 32, 32}, {2, "ack", 64, 32},   {2, "ackno", 64, 32},
    {2, "hl", 96, 4},     {2, "flags", 104, 8}, {2, "urg", 106, 1},
    {2, "ackf", 107, 1},  {2, "psh", 108, 1},   {2, "rst", 109, 1},
    {2, "syn", 110, 1},   {2, "fin", 111, 1},   {2, "win", 112, 16},
    {2, "sum", 128, 16},  {2, "urp", 144, 16},  {3, "type", 0, 8},
    {3, "code", 8, 8},    {3, "sum", 16, 16},   {6, "sport", 0, 16},
    {6, "dport", 16, 16},
};

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t\n");
}

/* The word of lower-case letters at `*at`, blanks around it left out; false if
 * it is longer than any that means something. */
static bool take_word(const char **at, char word[8])
{
    size_t length;

    skip_blanks(at);
    length = strspn(*at, "abcdefghijklmnopqrstuvwxyz");
    if (length > 7)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    skip_blanks(at);
    return true;
}

static bool take_number(const char **at, uint32_t *number)
{
    char *end;
    unsigned long value;

    skip_blanks(at);
    if (**at < '0' || **at > '9')
        return false;
    value = strtoul(*at, &end, 0);
    *at = end;
    *number = (uint32_t)value;
    skip_blanks(at);
    return value <= UINT32_MAX;
}

/* "[8:2]", "{96-103}", "[12]" */
static bool take_range(const char **at, struct aggregate *self)
{
    uint32_t unit = **at == '[' ? 8 : 1, last;
    char end = **at == '[' ? ']' : '}';

    ++*at;
    if (!take_number(at, &self->at) || self->at > PACKET_MAX * 8)
        return false;
    self->bits = 1;
    if (**at == ':' || **at == ',') {
        ++*at;
        if (!take_number(at, &self->bits) || self->bits > 32)
            return false;
    } else if (**at == '-') {
        ++*at;
        if (!take_number(at, &last) || last < self->at || last - self->at > 31)
            return false;
        self->bits = last - self->at + 1;
    }
    if (*(*at)++ != end)
        return false;
    self->at *= unit;
    self->bits *= unit;
    return true;
}

/* "/8", "& 0xf0" */
static bool take_mask(const char **at, struct aggregate *self)
{
    char kind = **at;
    uint32_t value, low, bits;

    ++*at;
    if (!take_number(at, &value) || value == 0)
        return false;
    if (kind == '/') {
        if (value > self->bits)
            return false;
        self->bits = value;
        return true;
    }
    low = (uint32_t)__builtin_ctz(value);
    value >>= low;
    bits = 32 - (uint32_t)__builtin_clz(value);
    if ((value & (value + 1)) != 0 || low + bits > self->bits)
        return false;
    self->at += self->bits - low - bits;
    self->bits = bits;
    return true;
}

/* `word` means a field. False: there is none of that name. */
static bool find_name(struct aggregate *self, unsigned int group,
                      const char *word)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].group == group && strcmp(names[i].name, word) == 0) {
            self->at = names[i].at;
            self->bits = names[i].bits;
            return true;
        }
    return false;
}

static bool read_field(struct aggregate *self, const char *at)
{
    unsigned int group = 0, last = ARRAY_SIZE(groups) - 1;
    char word[8];

    if (!take_word(&at, word))
        return false;
    while (group < last && strcmp(groups[group].name, word) != 0)
        group++;
    self->header = groups[group].header;
    self->protocol = groups[group].protocol;
    if (group != last && (*at == '[' || *at == '{')) {
        if (!take_range(&at, self))
            return false;
    } else if ((group != last && !take_word(&at, word)) ||
               !find_name(self, group, word)) {
        return false;
    }
    skip_blanks(&at);
    if ((*at == '/' || *at == '&') && !take_mask(&at, self))
        return false;
    return *at == '\0' && self->bits > 0 && self->bits <= 32;
}

/* ---- Packets --------------------------------------------------------------
 */

static void set(const struct aggregate *self, struct packet *packet,
                uint32_t value)
{
    uint64_t before = click_anno_u32(packet, CLICK_ANNO_AGGREGATE);

    if (self->incremental)
        value |= (uint32_t)(before << self->bits);
    click_anno_set_u32(packet, CLICK_ANNO_AGGREGATE, value);
}

static struct packet *other(struct element *element, struct packet *packet)
{
    element_side(element, 1, packet);
    return NULL;
}

/* Where the header of the field begins; negative: there is none. */
static int find_header(const struct aggregate *self, struct packet *packet,
                       const struct ip_header *ip)
{
    int at = click_notes(packet)->transport;
    uint8_t offset;

    if (self->header == IP)
        return click_notes(packet)->network;
    if (!ip_is_first(ip))
        return -1;
    if (self->protocol == TCP_OR_UDP) {
        if (ip->protocol != PROTOCOL_TCP && ip->protocol != PROTOCOL_UDP)
            return -1;
    } else if (self->protocol != 0 && ip->protocol != self->protocol) {
        return -1;
    }
    if (self->header == TRANSPORT)
        return at;
    if (ip->protocol == PROTOCOL_UDP)
        return at + 8;
    return at >= 0 && packet_read(packet, (size_t)at + 12, &offset, 1)
               ? at + (offset >> 4) * 4
               : -1;
}

static struct packet *ip_simple(struct element *element, struct packet *packet)
{
    const struct aggregate *self = (struct aggregate *)element;
    const struct ip_header *ip = ip_of(packet);
    int start = ip ? find_header(self, packet, ip) : -1;
    uint32_t first = self->at / 8, last = (self->at + self->bits - 1) / 8;
    uint32_t behind = 7 - (self->at + self->bits - 1) % 8;
    uint8_t bytes[5];
    uint64_t value = 0;

    if (start < 0 ||
        !packet_read(packet, (uint32_t)start + first, bytes, last - first + 1))
        return other(element, packet);
    for (uint32_t i = 0; i <= last - first; i++)
        value = value << 8 | bytes[i];
    value = value >> behind & ((1ull << self->bits) - 1);
    if (self->unshift && self->header == IP && self->at >= 96 &&
        self->at + self->bits <= 160 &&
        self->at / 32 == (self->at + self->bits - 1) / 32)
        value <<= 32 - self->at % 32 - self->bits;
    set(self, packet, (uint32_t)value);
    return packet;
}

static struct packet *length_simple(struct element *element,
                                    struct packet *packet)
{
    const struct aggregate *self = (struct aggregate *)element;
    uint32_t length = packet->total;

    if (self->from_ip) {
        if (!click_has_network(packet))
            return other(element, packet);
        length -= (uint32_t)click_notes(packet)->network;
    }
    set(self, packet, length + click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH));
    return packet;
}

static struct packet *paint_simple(struct element *element,
                                   struct packet *packet)
{
    const struct aggregate *self = (struct aggregate *)element;

    set(self, packet,
        click_anno_u8(packet, CLICK_ANNO_PAINT) & ((1u << self->bits) - 1));
    return packet;
}

/* ---- Arguments and handlers -----------------------------------------------
 */

static int ip_configure(struct element *element, struct click_args *args)
{
    struct aggregate *self = (struct aggregate *)element;
    char *field = click_unquote(self->field, &(size_t){0});
    int error = field ? 0 : -ENOMEM;

    if (field && !read_field(self, field))
        error = click_args_error(args, "bad FIELD '%s'", field);
    free(field);
    return error;
}

static void paint_defaults(struct element *element)
{
    ((struct aggregate *)element)->bits = 8;
}

static int paint_configure(struct element *element, struct click_args *args)
{
    uint32_t bits = ((struct aggregate *)element)->bits;

    return bits >= 1 && bits <= 8
               ? 0
               : click_args_error(args, "LENGTH: expected 1 to 8");
}

static int read_header(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    static const char *const words[] = {"ip", "transp", "payload"};

    (void)handler;
    (void)param;
    text_puts(out, words[((struct aggregate *)element)->header]);
    return 0;
}

static const struct click_param ip_params[] = {
    CLICK_PARAM("FIELD", struct aggregate, field, word,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("INCREMENTAL", struct aggregate, incremental, bool, 0),
    CLICK_PARAM("UNSHIFT_IP_ADDR", struct aggregate, unshift, bool, 0),
    {0},
};

static const struct click_param length_params[] = {
    CLICK_PARAM("IP", struct aggregate, from_ip, bool, 0),
    {0},
};

static const struct click_param paint_params[] = {
    CLICK_PARAM("LENGTH", struct aggregate, bits, u32, CLICK_POSITIONAL),
    CLICK_PARAM("INCREMENTAL", struct aggregate, incremental, bool, 0),
    {0},
};

static const struct click_handler ip_handlers[] = {
    {.name = "header", .read = read_header},
    HANDLER_FIELD("bit_offset", struct aggregate, at, u32),
    HANDLER_FIELD("bit_length", struct aggregate, bits, u32),
    {0},
};

const struct element_class click_class_AggregateIP = {
    .name = "AggregateIP",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct aggregate),
    .params = ip_params,
    .configure = ip_configure,
    .simple = ip_simple,
    .handlers = ip_handlers,
};

const struct element_class click_class_AggregateLength = {
    .name = "AggregateLength",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct aggregate),
    .params = length_params,
    .simple = length_simple,
};

const struct element_class click_class_AggregatePaint = {
    .name = "AggregatePaint",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct aggregate),
    .params = paint_params,
    .defaults = paint_defaults,
    .configure = paint_configure,
    .simple = paint_simple,
};
