/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ftp_mapper.c: FTP through address translation.
 *
 * An FTP client says with "PORT h1,h2,h3,h4,p1,p2" (RFC 959) where the server
 * shall connect to. Behind a rewriter nobody can: so the flow of that
 * connection is put into the rewriter's table before it comes, and the command
 * says the address and port that the rewriter chose. The command's length may
 * change: the rewriter then moves all later sequence numbers of the control
 * connection (rewriter_shift()).
 *
 * =c
 * FTPPortMapper(CONTROL_REWRITER, DATA_REWRITER, INPUT)
 * FTPPortMapper(CONTROL_REWRITER, DATA_REWRITER, PATTERN FOUTPUT ROUTPUT)
 * =s nat
 * prepares rewriters for FTP data connections
 * =d
 * Packets are those of FTP control connections on their way from the client,
 * before they pass CONTROL_REWRITER (a TCPRewriter or IPRewriter). For each
 * PORT command a flow is added to DATA_REWRITER, which may be the same: from
 * the command's address and port to the server's data port (one less than the
 * packet's destination port), rewritten by PATTERN, a pattern as IPRewriter's
 * or the name of an IPRewriterPatterns'. Packets of the client leave
 * DATA_REWRITER by FOUTPUT, those of the server by ROUTPUT. With INPUT it is as
 * that input of DATA_REWRITER has it, which must be a pattern. The command is
 * then changed to the new address and port, and checksums and later sequence
 * numbers with it.
 *
 * A command is recognized if it is whole and first in its packet. Packets
 * without one, and of connections that CONTROL_REWRITER does not know, pass as
 * they are.
 * =e
 *   rw :: IPRewriter(pattern 1.0.0.1 1024-65535 - - 0 1, drop);
 *   inside -> IPClassifier(tcp dst port ftp)
 *     -> FTPPortMapper(rw, rw, 1.0.0.1 40000-50000 - - 0 1) -> rw;
 * =a IPRewriter, TCPRewriter, IPRewriterPatterns
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/click/checksum.h"
#include "lib/click/elements/rewriter.h"
#include "lib/printf.h"

#define LINE_MAX_FTP 512u /* longer ones are no PORT command */
#define COMMAND_SIZE sizeof("PORT 255,255,255,255,255,255")

struct ftp_mapper {
    struct element element;
    struct element *control_element, *data_element;
    struct rewriter *control, *data;
    struct spec spec;
    uint64_t input; /* if `spec` is none: DATA_REWRITER's */
};

/* ---- Commands -------------------------------------------------------------
 */

/* The address and port of a command, in network byte order; its length, or 0:
 * it is none. */
static unsigned int read_command(const char *line, uint32_t *address,
                                 uint16_t *port)
{
    uint8_t bytes[6];
    const char *at = line;

    if (strncasecmp(at, "PORT ", 5) != 0)
        return 0;
    at += 5 + strspn(at + 5, " ");
    for (unsigned int i = 0; i < 6; i++) {
        char *end;
        unsigned long number = strtoul(at, &end, 10);

        if (*at < '0' || *at > '9' || number > 255 || (i < 5 && *end++ != ','))
            return 0;
        bytes[i] = (uint8_t)number;
        at = end;
    }
    if (*at != '\r' && *at != '\n')
        return 0;
    memcpy(address, bytes, 4);
    memcpy(port, bytes + 4, 2);
    return (unsigned int)(at - line);
}

static unsigned int write_command(char *line, uint32_t address, uint16_t port)
{
    const uint8_t *a = (const uint8_t *)&address, *p = (const uint8_t *)&port;

    return (unsigned int)string_format(line, COMMAND_SIZE,
                                       "PORT %u,%u,%u,%u,%u,%u", a[0], a[1],
                                       a[2], a[3], p[0], p[1]);
}

/* ---- Packets --------------------------------------------------------------
 */

/* What becomes of the data connection `id`; NULL: there is no room. */
static struct flow_side *data_side(struct ftp_mapper *self,
                                   const struct flow_id *id)
{
    const struct spec *spec = self->spec.action == SPEC_PATTERN
                                  ? &self->spec
                                  : &self->data->specs[self->input];
    struct rewriter *data = self->data;
    struct flow_side *side = flow_find(&data->table, id);
    struct flow *flow;
    struct flow_id to;

    if (side)
        return side;
    if (spec->action != SPEC_PATTERN ||
        !pattern_apply(spec->pattern, &data->table, &data->element, id, &to))
        return NULL;
    flow = flow_add(&data->table, id, &to, click_steady(&self->element),
                    data->tcp_nodata, data->tcp_guarantee);
    if (!flow)
        return NULL;
    flow->sides[0].output = (uint8_t)spec->outputs[0];
    flow->sides[1].output = (uint8_t)spec->outputs[1];
    return &flow->sides[0];
}

/* Put `tail` in place of what is behind byte `at`, where the payload begins. */
static void replace(struct packet *packet, unsigned int at, struct packet *tail)
{
    struct ip_header *ip = ip_of(packet);
    struct tcp_header *tcp = transport_of(packet, sizeof(*tcp));
    unsigned int headers;

    packet_trim(packet, at);
    packet_append(packet, tail);
    headers = (unsigned int)((uint8_t *)tcp - (uint8_t *)ip);
    ip->total = htons(
        (uint16_t)(packet->total - (unsigned int)click_notes(packet)->network));
    ip_set_checksum(ip, headers);
    tcp->checksum = 0;
    tcp->checksum = (uint16_t)~transport_sum(packet, ip, PROTOCOL_TCP,
                                             ntohs(ip->total) - headers);
}

/* A packet of a known control connection, which begins with a command of `old`
 * bytes in `line`, which has `length`. */
static void map(struct ftp_mapper *self, struct packet *packet, char *line,
                unsigned int length, unsigned int old, struct flow_id id)
{
    const struct ip_header *ip = ip_of(packet);
    struct tcp_header *tcp = transport_of(packet, sizeof(*tcp));
    unsigned int at =
        (unsigned int)click_notes(packet)->transport + tcp_header_length(tcp);
    char fresh[LINE_MAX_FTP + COMMAND_SIZE];
    struct flow_id control = {ip->from, ip->to, tcp->from, tcp->to,
                              PROTOCOL_TCP};
    struct flow_side *known = flow_find(&self->control->table, &control);
    struct flow_side *data;
    struct packet *tail;
    struct flow_id to;
    unsigned int command;

    id.to = ip->to;
    id.to_port = htons((uint16_t)(ntohs(tcp->to) - 1));
    data = known ? data_side(self, &id) : NULL;
    if (!data)
        return;
    to = flow_target(data);
    command = write_command(fresh, to.from, to.from_port);
    memcpy(fresh + command, line + old, length - old);
    length += command - old;
    tail = packet_alloc(length);
    if (tail && rewriter_shift(known, ntohl(tcp->sequence) + old - 1,
                               (int)(command - old)) == 0) {
        memcpy(tail->data, fresh, length);
        replace(packet, at, tail);
    } else if (tail) {
        packet_free(tail);
    }
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct tcp_header *tcp;
    const struct ip_header *ip = ip_of(packet);
    struct flow_id id = {.protocol = PROTOCOL_TCP};
    unsigned int headers, length, command;
    char line[LINE_MAX_FTP + 1];

    if (!ip || ip->protocol != PROTOCOL_TCP || ip_is_fragment(ip) ||
        !(tcp = transport_pull_up(packet, sizeof(*tcp))) ||
        tcp_header_length(tcp) < sizeof(*tcp) ||
        !(tcp = transport_pull_up(packet, tcp_header_length(tcp))))
        return packet;
    ip = ip_of(packet);
    headers = ip_header_length(ip) + tcp_header_length(tcp);
    if (ntohs(ip->total) <= headers)
        return packet;
    length = ntohs(ip->total) - headers;
    if (length > LINE_MAX_FTP ||
        !packet_read(packet, (size_t)click_notes(packet)->network + headers,
                     line, length))
        return packet;
    line[length] = '\0';
    command = read_command(line, &id.from, &id.from_port);
    if (command > 0 && transport_resolve(packet))
        map((struct ftp_mapper *)element, packet, line, length, command, id);
    return packet;
}

/* ---- Life -----------------------------------------------------------------
 */

static struct rewriter *rewriter_of(struct click_args *args,
                                    struct element *element, const char *what)
{
    struct rewriter *rewriter = element_cast(element, "Rewriter");

    if (rewriter && rewriter->kind == PATTERN_PORTS)
        return rewriter;
    (void)click_args_error(args, "%s: '%s' is no IPRewriter or TCPRewriter",
                           what, element->name);
    return NULL;
}

static int configure(struct element *element, struct click_args *args)
{
    struct ftp_mapper *self = (struct ftp_mapper *)element;
    struct click_args theirs = *args; /* outputs are the data rewriter's */
    struct text word = {0};
    int error;

    self->control =
        rewriter_of(args, self->control_element, "CONTROL_REWRITER");
    self->data = rewriter_of(args, self->data_element, "DATA_REWRITER");
    if (!self->control || !self->data)
        return -1;
    if (args->count != 1)
        return click_args_error(args, "expected 'PATTERN FOUTPUT ROUTPUT'");
    if (!click_read_integer(args->words[0], 0, UINT32_MAX, &self->input))
        return self->input < self->data->spec_count &&
                       self->data->specs[self->input].action == SPEC_PATTERN
                   ? 0
                   : click_args_error(args, "input %s of '%s' is not a pattern",
                                      args->words[0], self->data_element->name);
    theirs.element = self->data_element;
    text_printf(&word, "pattern %s", args->words[0]);
    error =
        spec_parse(&theirs, PATTERN_PORTS, text_string(&word), 0, &self->spec);
    text_free(&word);
    return error;
}

static void cleanup(struct element *element)
{
    spec_free(&((struct ftp_mapper *)element)->spec);
}

static const struct click_param params[] = {
    CLICK_PARAM("CONTROL_REWRITER", struct ftp_mapper, control_element, element,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DATA_REWRITER", struct ftp_mapper, data_element, element,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_REST,
};

const struct element_class click_class_FTPPortMapper = {
    .name = "FTPPortMapper",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct ftp_mapper),
    .params = params,
    .phase = CLICK_PHASE_REWRITER + 1, /* kinds are known then */
    .configure = configure,
    .cleanup = cleanup,
    .simple = simple,
};
