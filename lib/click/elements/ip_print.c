/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_print.c: IP packets for people.
 *
 * =c
 * IPPrint([LABEL, KEYWORDS])
 * =s ip
 * prints IP packets
 * =d
 * Prints a line for each packet, whose IP header must be marked, as tcpdump
 * does, after LABEL. Keyword arguments:
 *
 *   CONTENTS   the packet's bytes, too: NONE, HEX or ASCII; NONE
 *   PAYLOAD    the same for what is behind the headers
 *   MAXLENGTH  how many bytes at most; -1: all; 1500
 *   ID         the IP ID; false
 *   TTL        the time to live; false
 *   TOS        the type of service; false
 *   LENGTH     the IP length; false
 *   TIMESTAMP  the timestamp; true
 *   AGGREGATE  the aggregate annotation; false
 *   PAINT      the paint annotation; false
 *   SWAP       ICMP's id and sequence with their bytes swapped; false
 *   OUTFILE    a file to print to
 *   ACTIVE     whether to print; true
 *
 * =h active read/write
 * the ACTIVE argument
 * =a Print, CheckIPHeader
 *
 * Relies on lib/click/checksum.h.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/files.h"
#include "lib/click/ip_names.h"

enum { NOTHING, HEX, ASCII };

struct ip_print {
    struct element element;
    char *label;
    char *contents_word, *payload_word;
    int contents;
    bool payload;
    int32_t most;
    bool id, ttl, tos, length, timestamp, aggregate, paint, swap, active;
    char *file_name;
    struct click_file *file;
};

/* ---- Addresses and transports ---------------------------------------------
 */

static void add_pair(struct text *line, const struct ip_header *ip,
                     const uint8_t *ports)
{
    text_ip(line, &ip->from);
    if (ports)
        text_printf(line, ".%u", (unsigned)ports[0] << 8 | ports[1]);
    text_puts(line, " > ");
    text_ip(line, &ip->to);
    if (ports)
        text_printf(line, ".%u", (unsigned)ports[2] << 8 | ports[3]);
}

static void add_tcp(struct text *line, const struct ip_header *ip,
                    struct packet *packet, int there)
{
    static const struct {
        uint8_t flag;
        char letter;
    } flags[] = {{TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'}, {TCP_PSH, 'P'},
                 {TCP_URG, 'U'}, {128, 'W'},     {64, 'E'}};
    const struct tcp_header *tcp = transport_of(packet, sizeof(*tcp));
    int length = (int)ntohs(ip->total) - (int)ip_header_length(ip);
    unsigned int printed = 0;
    uint32_t first;
    int data;

    add_pair(line, ip, transport_of(packet, 4));
    text_puts(line, ": ");
    if (!tcp || there < (int)sizeof(*tcp)) {
        text_puts(line, "truncated-tcp");
        return;
    }
    data = length - (int)tcp_header_length(tcp);
    for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++)
        if (tcp->flags & flags[i].flag) {
            text_add(line, &flags[i].letter, 1);
            printed++;
        }
    if (!printed)
        text_puts(line, ".");
    /* SYN and FIN count as a byte each. */
    if (tcp->flags & TCP_SYN)
        data++;
    if (tcp->flags & TCP_FIN)
        data++;
    first = ntohl(tcp->sequence);
    text_printf(line, " %u:%u(%d,%d,%u)", first, first + (uint32_t)data, data,
                (int)packet->total, ntohs(ip->total));
    if (tcp->flags & TCP_ACK)
        text_printf(line, " ack %u", ntohl(tcp->acknowledged));
    text_printf(line, " win %u", ntohs(tcp->window));
    if (tcp->flags & TCP_URG)
        text_printf(line, " urg %u", ntohs(tcp->urgent));
}

static void add_udp(struct text *line, const struct ip_header *ip,
                    struct packet *packet)
{
    const struct udp_header *udp = transport_of(packet, sizeof(*udp));

    add_pair(line, ip, transport_of(packet, 4));
    if (udp)
        text_printf(line, ": udp %d", (int)ntohs(udp->length));
    else
        text_puts(line, ": truncated-udp");
}

static void add_icmp_code(struct text *line, const struct icmp_header *icmp)
{
    const char *code = ip_icmp_code_text(icmp->type, icmp->code);

    if (code)
        text_printf(line, " %s", code);
    else
        text_printf(line, " code %u", icmp->code);
}

static void add_icmp_unreachable(struct text *line,
                                 const struct icmp_header *icmp,
                                 struct packet *packet)
{
    const struct ip_header *about =
        transport_pull_up(packet, sizeof(*icmp) + sizeof(*about));

    icmp = transport_of(packet, sizeof(*icmp)); /* it may have moved */
    text_puts(line, "icmp ");
    if (about)
        about = (const struct ip_header *)((const char *)about + sizeof(*icmp));
    if (about)
        text_ip(line, &about->to);
    text_puts(line, " unreachable");
    add_icmp_code(line, icmp);
}

static void add_icmp(struct text *line, const struct ip_print *print,
                     const struct ip_header *ip, struct packet *packet)
{
    const struct icmp_header *icmp = transport_of(packet, sizeof(*icmp));
    uint16_t id, sequence;

    add_pair(line, ip, NULL);
    text_puts(line, ": ");
    if (!icmp) {
        text_puts(line, "truncated-icmp");
        return;
    }
    id = ntohs(icmp->id);
    sequence = ntohs(icmp->sequence);
    if (print->swap) {
        id = __builtin_bswap16(id);
        sequence = __builtin_bswap16(sequence);
    }
    switch (icmp->type) {
    case ICMP_ECHO:
        text_printf(line, "icmp echo (%u, %u)", id, sequence);
        break;
    case ICMP_ECHO_REPLY:
        text_printf(line, "icmp echo-reply (%u, %u)", id, sequence);
        break;
    case ICMP_UNREACHABLE:
        add_icmp_unreachable(line, icmp, packet);
        break;
    default:
        if (ip_icmp_type_text(icmp->type))
            text_printf(line, "icmp %s", ip_icmp_type_text(icmp->type));
        else
            text_printf(line, "icmp type %u", icmp->type);
        add_icmp_code(line, icmp);
        break;
    }
}

/* ---- The line -------------------------------------------------------------
 */

static void add_protocol(struct text *line, const struct ip_header *ip)
{
    switch (ip->protocol) {
    case PROTOCOL_TCP:
        text_puts(line, "tcp");
        break;
    case PROTOCOL_UDP:
        text_puts(line, "udp");
        break;
    case PROTOCOL_ICMP:
        text_puts(line, "icmp");
        break;
    default:
        text_printf(line, "ip-proto-%u", ip->protocol);
        break;
    }
}

static void add_fragment(struct text *line, const struct ip_header *ip,
                         int there)
{
    uint16_t field = ntohs(ip->fragment);
    int length = (int)ntohs(ip->total) - (int)ip_header_length(ip);

    (void)there;
    if (ip_is_fragment(ip))
        text_printf(line, " (frag %u:%d@%u%s)", ntohs(ip->id), length,
                    (field & IP_OFFSET_MASK) * 8u,
                    field & IP_MORE_FRAGMENTS ? "+" : "");
}

static void add_packet(struct text *line, const struct ip_print *print,
                       struct packet *packet)
{
    const struct ip_header *ip;
    int there;

    /* What is looked at should be in one piece; if not, it prints as cut. */
    (void)transport_pull_up(packet, 20);
    (void)transport_pull_up(packet, 8);
    ip = ip_of(packet);
    if (!ip) {
        text_puts(line, "(Not an IP packet)");
        return;
    }
    there = transport_length(packet, ip);
    if (print->id)
        text_printf(line, "id %u ", ntohs(ip->id));
    if (print->ttl)
        text_printf(line, "ttl %u ", ip->ttl);
    if (print->tos)
        text_printf(line, "tos %u ", ip->tos);
    if (print->length)
        text_printf(line, "length %u ", ntohs(ip->total));
    if (!ip_is_first(ip)) {
        add_pair(line, ip, NULL);
        text_puts(line, ": ");
        add_protocol(line, ip);
    } else if (ip->protocol == PROTOCOL_TCP) {
        add_tcp(line, ip, packet, there);
    } else if (ip->protocol == PROTOCOL_UDP) {
        add_udp(line, ip, packet);
    } else if (ip->protocol == PROTOCOL_ICMP) {
        add_icmp(line, print, ip, packet);
        ip = ip_of(packet);
    } else {
        add_pair(line, ip, NULL);
        text_puts(line, ": ");
        add_protocol(line, ip);
    }
    add_fragment(line, ip, there);
}

/* ---- Bytes ----------------------------------------------------------------
 */

/* Where the payload begins. */
static size_t payload_at(const struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    int at = click_notes_const(packet)->transport;
    const struct tcp_header *tcp;

    if (!ip || at < 0)
        return 0;
    if (ip_is_first(ip) && ip->protocol == PROTOCOL_UDP)
        at += (int)sizeof(struct udp_header);
    if (ip_is_first(ip) && ip->protocol == PROTOCOL_TCP) {
        tcp = transport_of(packet, sizeof(*tcp));
        at += tcp ? (int)tcp_header_length(tcp) : 0;
    }
    return (size_t)at;
}

static void add_bytes(struct text *line, const struct ip_print *print,
                      const struct packet *packet)
{
    size_t at = print->payload ? payload_at(packet) : 0;
    size_t end = packet->total;
    const unsigned int per_line = print->contents == HEX ? 16 : 48;
    const unsigned int per_group = print->contents == HEX ? 2 : 8;

    if (at > end)
        at = end;
    if (print->most >= 0 && end - at > (size_t)print->most)
        end = at + (size_t)print->most;
    for (unsigned int i = 0; at < end; i++, at++) {
        uint8_t byte = 0;

        if (!packet_read(packet, at, &byte, 1))
            return;
        if (i % per_line == 0)
            text_puts(line, "\n  ");
        else if (i % per_group == 0)
            text_puts(line, " ");
        if (print->contents == HEX)
            text_printf(line, "%02x", byte);
        else
            text_printf(line, "%c", byte >= 32 && byte < 127 ? byte : '.');
    }
}

static void say_lines(const struct ip_print *print, const char *lines)
{
    if (print->file) {
        (void)click_file_write(print->file, lines, strlen(lines));
        (void)click_file_write(print->file, "\n", 1);
        (void)click_file_flush(print->file);
        return;
    }
    while (lines) {
        const char *end = strchr(lines, '\n');
        int length = end ? (int)(end - lines) : (int)strlen(lines);

        click_say(&print->element, "%.*s", length, lines);
        lines = end ? end + 1 : NULL;
    }
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct ip_print *print = (struct ip_print *)element;
    struct text line = {0};

    if (!print->active)
        return packet;
    if (print->label && *print->label)
        text_printf(&line, "%s: ", print->label);
    if (print->timestamp) {
        text_time(&line, click_notes(packet)->time);
        text_puts(&line, ": ");
    }
    if (print->aggregate)
        text_printf(&line, "#%u ",
                    click_anno_u32(packet, CLICK_ANNO_AGGREGATE));
    if (print->paint)
        text_printf(&line,
                    "paint %u: ", click_anno_u8(packet, CLICK_ANNO_PAINT));
    add_packet(&line, print, packet);
    if (print->contents != NOTHING)
        add_bytes(&line, print, packet);
    say_lines(print, text_string(&line));
    text_free(&line);
    return packet;
}

/* ---- Arguments ------------------------------------------------------------
 */

static int read_contents(struct click_args *args, const char *name,
                         const char *word, int *to)
{
    bool boolean;

    if (!strcasecmp(word, "none"))
        *to = NOTHING;
    else if (!strcasecmp(word, "hex"))
        *to = HEX;
    else if (!strcasecmp(word, "ascii"))
        *to = ASCII;
    else if (!click_read_bool(word, &boolean))
        *to = boolean ? HEX : NOTHING;
    else
        return click_args_error(
            args, "%s: expected 'none', 'hex' or 'ascii', not '%s'", name,
            word);
    return 0;
}

static int configure(struct element *element, struct click_args *args)
{
    struct ip_print *print = (struct ip_print *)element;
    int payload = NOTHING;

    if (print->contents_word &&
        read_contents(args, "CONTENTS", print->contents_word, &print->contents))
        return -1;
    if (print->payload_word &&
        read_contents(args, "PAYLOAD", print->payload_word, &payload))
        return -1;
    if (print->contents != NOTHING && payload != NOTHING)
        return click_args_error(args, "specify at most one of PAYLOAD and "
                                      "CONTENTS");
    print->payload = payload != NOTHING;
    if (print->payload)
        print->contents = payload;
    return 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct ip_print *print = (struct ip_print *)element;

    if (!print->file_name)
        return 0;
    return click_open_on(element, &print->file_name, &print->file, errors);
}

static void take_state(struct element *element, struct element *old)
{
    struct ip_print *print = (struct ip_print *)element;

    if (print->file_name)
        click_file_take(element, &print->file, old);
}

static void cleanup(struct element *element)
{
    struct ip_print *print = (struct ip_print *)element;

    click_close(element, print->file);
    print->file = NULL;
}

static void defaults(struct element *element)
{
    struct ip_print *print = (struct ip_print *)element;

    print->most = 1500;
    print->timestamp = print->active = true;
}

static const struct click_param params[] = {
    CLICK_PARAM("LABEL", struct ip_print, label, string, CLICK_POSITIONAL),
    CLICK_PARAM("CONTENTS", struct ip_print, contents_word, string, 0),
    CLICK_PARAM("PAYLOAD", struct ip_print, payload_word, string, 0),
    CLICK_PARAM("MAXLENGTH", struct ip_print, most, i32, 0),
    CLICK_PARAM("NBYTES", struct ip_print, most, i32, 0),
    CLICK_PARAM("ID", struct ip_print, id, bool, 0),
    CLICK_PARAM("TTL", struct ip_print, ttl, bool, 0),
    CLICK_PARAM("TOS", struct ip_print, tos, bool, 0),
    CLICK_PARAM("LENGTH", struct ip_print, length, bool, 0),
    CLICK_PARAM("TIMESTAMP", struct ip_print, timestamp, bool, 0),
    CLICK_PARAM("AGGREGATE", struct ip_print, aggregate, bool, 0),
    CLICK_PARAM("PAINT", struct ip_print, paint, bool, 0),
    CLICK_PARAM("SWAP", struct ip_print, swap, bool, 0),
    CLICK_PARAM("OUTFILE", struct ip_print, file_name, string, 0),
    CLICK_PARAM("ACTIVE", struct ip_print, active, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_ACTIVE(struct ip_print, active),
    {0},
};

const struct element_class click_class_IPPrint = {
    .name = "IPPrint",
    .ports = "1/1",
    .processing = "a/a",
    .passes = true,
    .size = sizeof(struct ip_print),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};
