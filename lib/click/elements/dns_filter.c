/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns_filter.c: questions to name servers, looked at on their way.
 *
 * A query's first name is read strictly (RFC 1035, 4.1): labels of up to 63
 * bytes, 255 in all, no pointers, one question. What cannot be read so counts
 * as malformed and goes where the user says, as do names that are filtered.
 *
 * =c
 * DNSFilter(NAME1, ..., NAMEn)
 * =s applications
 * picks out DNS queries for certain names
 * =d
 * Packets must have their IP header annotation set. A UDP packet to port 53
 * that asks for one of the NAMEs, or a name below it, leaves by output 1 (or is
 * dropped if there is none), as does one that is malformed; all others leave by
 * output 0. Case does not matter. Of a fragmented query the first fragment
 * counts: its question must be complete.
 * =h count read-only
 * Queries for the NAMEs so far.
 * =h malformed read-only
 * Queries that could not be read.
 * =h names read-only
 * The NAMEs, one a line.
 * =h add write-only
 * One more NAME.
 * =h remove write-only
 * Not this NAME any more.
 * =e
 *   ... -> CheckIPHeader(OFFSET 14) -> f :: DNSFilter(example.com, ads.test)
 *       -> ToDevice(eth1);
 *   f[1] -> DNSDeny -> back;
 * =a DNSDeny, IPClassifier
 *
 * =c
 * DNSDeny([RCODE])
 * =s applications
 * turns a DNS query into a refusal to who asked
 * =d
 * Swaps addresses and ports (and Ethernet addresses, if the packet has an
 * Ethernet header annotation) and makes the query an answer without records,
 * with response code RCODE; by default 3: no such name. Other packets are
 * dropped.
 * =h count read-only
 * Answers so far.
 * =a DNSFilter
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

#define DNS_PORT       53
#define NAME_MAX_BYTES 255

struct dns_header {
    uint16_t id, flags;
    uint16_t questions, answers, authorities, additionals;
} __attribute__((packed, may_alias));

#define DNS_RESPONSE  0x8000
#define DNS_OPCODE    0x7800
#define DNS_RECURSION 0x0100
#define DNS_AVAILABLE 0x0080

/* Where the DNS message of a query packet begins; 0: it is no UDP to port 53,
 * or a fragment but the first, or was stripped. */
static unsigned int message_of(struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    const struct udp_header *udp;

    if (!ip || ip->protocol != PROTOCOL_UDP || !ip_is_first(ip))
        return 0;
    udp = transport_pull_up(packet, sizeof(*udp));
    if (!udp || udp->to != htons(DNS_PORT) ||
        (const uint8_t *)(udp + 1) <= packet->data)
        return 0;
    return (unsigned int)((const uint8_t *)(udp + 1) - packet->data);
}

/* The name that is asked for, "a.b.c", lower case; false: malformed. *end is
 * where the question ends. */
static bool read_question(const struct packet *packet, unsigned int offset,
                          char name[NAME_MAX_BYTES + 1], unsigned int *end)
{
    struct dns_header header;
    unsigned int used = 0, all = 0;
    uint8_t length;

    if (!packet_read(packet, offset, &header, sizeof(header)) ||
        header.questions != htons(1) ||
        (header.flags & htons(DNS_RESPONSE | DNS_OPCODE)))
        return false;
    offset += sizeof(header);
    for (;;) {
        if (!packet_read(packet, offset, &length, 1) || length > 63)
            return false;
        offset++;
        all += 1u + length;
        if (all > NAME_MAX_BYTES)
            return false;
        if (length == 0)
            break;
        if (used > 0)
            name[used++] = '.';
        if (!packet_read(packet, offset, name + used, length))
            return false;
        used += length;
        offset += length;
    }
    name[used] = '\0';
    if (strlen(name) != used) /* a zero byte in a label */
        return false;
    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    *end = offset + 4; /* type and class */
    return *end <= packet->total;
}

/* ---- DNSFilter ------------------------------------------------------------
 */

struct dns_filter {
    struct element element;
    char **names; /* lower case, no dot at the end */
    unsigned int count;
    uint64_t matched, malformed;
};

/* How long a name is, but for a dot at its end. */
static size_t without_dot(const char *name)
{
    size_t length = strlen(name);

    return length > 1 && name[length - 1] == '.' ? length - 1 : length;
}

static int add_name(struct dns_filter *self, const char *word,
                    struct click_errors *errors)
{
    size_t length = without_dot(word);
    char **names, *name;

    if (length == 0 || length > NAME_MAX_BYTES || strpbrk(word, " \t\n"))
        return click_error(errors, self->element.landmark,
                           "expected a domain name, not '%s'", word);
    name = strndup(word, length);
    names =
        name ? realloc(self->names, (self->count + 1) * sizeof(*names)) : NULL;
    if (!names) {
        free(name);
        return -ENOMEM;
    }
    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    self->names = names;
    names[self->count++] = name;
    return 0;
}

static int filter_configure(struct element *element, struct click_args *args)
{
    struct dns_filter *self = (struct dns_filter *)element;
    int error = 0;

    for (unsigned int i = 0; i < args->count && error == 0; i++) {
        char *word = click_unquote(args->words[i], NULL);

        error = word ? add_name(self, word, args->errors) : -ENOMEM;
        free(word);
    }
    return error;
}

static void filter_cleanup(struct element *element)
{
    struct dns_filter *self = (struct dns_filter *)element;

    for (unsigned int i = 0; i < self->count; i++)
        free(self->names[i]);
    free(self->names);
}

/* Is `name` `domain`, or below it? */
static bool lies_in(const char *name, const char *domain)
{
    size_t length = strlen(name), end = strlen(domain);

    return length >= end && strcmp(name + length - end, domain) == 0 &&
           (length == end || name[length - end - 1] == '.');
}

static bool is_filtered(const struct dns_filter *self, const char *name)
{
    for (unsigned int i = 0; i < self->count; i++) {
        if (lies_in(name, self->names[i]))
            return true;
    }
    return false;
}

static struct packet *filter(struct element *element, struct packet *packet)
{
    struct dns_filter *self = (struct dns_filter *)element;
    unsigned int offset = message_of(packet), end;
    char name[NAME_MAX_BYTES + 1];

    if (offset == 0)
        return packet;
    if (!read_question(packet, offset, name, &end))
        self->malformed++;
    else if (is_filtered(self, name))
        self->matched++;
    else
        return packet;
    element_side(element, 1, packet);
    return NULL;
}

static void filter_take_state(struct element *element, struct element *old)
{
    struct dns_filter *self = (struct dns_filter *)element;
    const struct dns_filter *before = (struct dns_filter *)old;

    self->matched = before->matched;
    self->malformed = before->malformed;
}

static int read_names(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct dns_filter *self = (struct dns_filter *)element;

    (void)handler;
    (void)param;
    for (unsigned int i = 0; i < self->count; i++)
        text_printf(out, "%s\n", self->names[i]);
    return 0;
}

static int write_add(struct element *element,
                     const struct click_handler *handler, const char *value,
                     struct click_errors *errors)
{
    (void)handler;
    return add_name((struct dns_filter *)element, value, errors);
}

static int write_remove(struct element *element,
                        const struct click_handler *handler, const char *value,
                        struct click_errors *errors)
{
    struct dns_filter *self = (struct dns_filter *)element;
    size_t length = without_dot(value);

    (void)handler;
    for (unsigned int i = 0; i < self->count; i++) {
        if (strncasecmp(self->names[i], value, length) == 0 &&
            self->names[i][length] == '\0') {
            free(self->names[i]);
            self->names[i] = self->names[--self->count];
            return 0;
        }
    }
    return click_error(errors, NULL, "'%s' is not filtered", value);
}

static const struct click_handler filter_handlers[] = {
    HANDLER_FIELD("count", struct dns_filter, matched, u64),
    HANDLER_FIELD("malformed", struct dns_filter, malformed, u64),
    {.name = "names", .read = read_names},
    {.name = "add", .write = write_add},
    {.name = "remove", .write = write_remove},
    {0},
};

const struct element_class click_class_DNSFilter = {
    .name = "DNSFilter",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct dns_filter),
    .configure = filter_configure,
    .cleanup = filter_cleanup,
    .take_state = filter_take_state,
    .simple = filter,
    .handlers = filter_handlers,
};

/* ---- DNSDeny --------------------------------------------------------------
 */

struct dns_deny {
    struct element element;
    uint8_t rcode;
    uint64_t count;
};

static const struct click_param deny_params[] = {
    CLICK_PARAM("RCODE", struct dns_deny, rcode, u8, CLICK_POSITIONAL),
    {0},
};

static void deny_defaults(struct element *element)
{
    ((struct dns_deny *)element)->rcode = 3;
}

static int deny_configure(struct element *element, struct click_args *args)
{
    if (((struct dns_deny *)element)->rcode > 15)
        return click_args_error(args, "RCODE: expected 0 to 15");
    return 0;
}

static void swap_macs(struct packet *packet)
{
    struct ether_header *header = click_mac_header(packet);
    uint8_t from[6];

    if (!header || (uint8_t *)header < packet->data)
        return;
    memcpy(from, header->from, 6);
    memcpy(header->from, header->to, 6);
    memcpy(header->to, from, 6);
}

/* Both ways round; lengths of what is left, `message` bytes of DNS. */
static void turn_round(struct packet *packet, unsigned int message)
{
    struct ip_header *ip = click_network_header(packet);
    unsigned int header = ip_header_length(ip);
    struct udp_header *udp = (struct udp_header *)((uint8_t *)ip + header);
    unsigned int length = (unsigned int)sizeof(*udp) + message;
    uint32_t from = ip->from;
    uint16_t port = udp->from;

    ip->from = ip->to;
    ip->to = from;
    ip->total = htons((uint16_t)(header + length));
    ip->ttl = 64;
    ip_set_checksum(ip, header);
    udp->from = udp->to;
    udp->to = port;
    udp->length = htons((uint16_t)length);
    udp->checksum = 0; /* none: allowed, and the answer is ours */
    packet->flags &= (uint8_t)~PACKET_CSUM_BLANK;
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, from);
}

static struct packet *deny(struct element *element, struct packet *packet)
{
    struct dns_deny *self = (struct dns_deny *)element;
    unsigned int offset = message_of(packet), end;
    char name[NAME_MAX_BYTES + 1];
    struct dns_header *dns;

    if (offset == 0 || ip_is_fragment(click_network_header(packet)) ||
        !read_question(packet, offset, name, &end) ||
        !click_pull_up(packet, end)) {
        packet_free(packet);
        return NULL;
    }
    packet_trim(packet, end); /* the question; nothing behind it */
    dns = (struct dns_header *)(packet->data + offset);
    dns->flags =
        htons((uint16_t)(DNS_RESPONSE | DNS_AVAILABLE |
                         (ntohs(dns->flags) & DNS_RECURSION) | self->rcode));
    dns->answers = dns->authorities = dns->additionals = 0;
    turn_round(packet, end - offset);
    swap_macs(packet);
    self->count++;
    return packet;
}

static void deny_take_state(struct element *element, struct element *old)
{
    ((struct dns_deny *)element)->count = ((struct dns_deny *)old)->count;
}

static const struct click_handler deny_handlers[] = {
    HANDLER_FIELD("count", struct dns_deny, count, u64),
    {0},
};

const struct element_class click_class_DNSDeny = {
    .name = "DNSDeny",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct dns_deny),
    .params = deny_params,
    .defaults = deny_defaults,
    .configure = deny_configure,
    .take_state = deny_take_state,
    .simple = deny,
    .handlers = deny_handlers,
};
