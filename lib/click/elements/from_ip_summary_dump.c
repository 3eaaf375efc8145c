/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * from_ip_summary_dump.c: packets from descriptions of them.
 *
 * =c
 * FromIPSummaryDump(FILENAME [, KEYWORDS])
 * =s traces
 * reads packets from an IP summary dump
 * =d
 * Makes a packet of each line of FILENAME ("-": standard input), as
 * ToIPSummaryDump writes them or people do; its manual has the format. Packets
 * are IP packets with their header marked, TCP unless the file says otherwise,
 * with a time to live of 100. What the file does not say is 0. They are only as
 * long as what is known of them; the extra length annotation makes up for what
 * their IP length says. Keyword arguments:
 *
 *   STOP               stop the router at the end; false
 *   TIMING             keep the time between packets; false
 *   ACTIVE             whether to give packets; true
 *   ZERO               whether what is not known is 0: it always is
 *   CHECKSUM           give packets all bytes of their IP length, and right
 *                      checksums; false
 *   PROTO              the protocol, if the file says nothing; 6
 *   MULTIPACKET        give a packet as often as its count says; false
 *   SAMPLE             give each packet with this probability; 1
 *   FIELDS             the fields of lines, if the file says nothing; also
 *                      CONTENTS
 *   FLOWID             "SADDR SPORT DADDR DPORT [PROTO]" of packets of which
 *                      the file does not say it
 *   DATA               the lines themselves, instead of FILENAME
 *   ALLOW_NONEXISTENT  a file that is not there, or empty, is no error; false
 *
 * Lines that begin with "!" are about the file: !data FIELDS, !proto PROTO,
 * !flowid SADDR SPORT DADDR DPORT [PROTO], !aggregate N, !binary; "#" begins a
 * comment. Compressed files are not read.
 * =h sampling_prob read-only
 * SAMPLE as it is
 * =h active read/write
 * the ACTIVE argument
 * =h encap read-only
 * "IP", for ToDump
 * =h count read-only
 * packets given
 * =h filesize read-only
 * the file's length; "-" if it has none
 * =h filepos read-only
 * the position in the file
 * =h stop write-only
 * sets ACTIVE to false and stops the router
 * =a ToIPSummaryDump, FromDump
 *
 * A file is data: a line that means nothing is reported once and left out.
 * Relies on lib/click/dump_source.h, ip_summary.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/dump_source.h"
#include "lib/click/ip_names.h"
#include "lib/click/ip_summary.h"
#include "lib/click/types.h"

#define LINE_MAX_BYTES (1u << 17)
#define FIELDS_MAX     64u

struct from_summary {
    struct dump_source source; /* first */
    bool zero, checksum, multipacket, allow_nonexistent;
    uint8_t proto;
    char *field_words, *flow_words, *data;

    const struct ip_summary_field *fields[FIELDS_MAX]; /* NULL: unknown */
    unsigned int field_count;
    struct ip_summary flow; /* what lines begin with */
    bool binary, complained;
    struct text line;
    struct packet *again; /* another `more` times */
    uint32_t more;
};

static void complain(struct from_summary *from, const char *what)
{
    if (!from->complained)
        click_say(
            &from->source.element, "%s: %s: %s", from->source.element.name,
            from->source.file_name ? from->source.file_name : "DATA", what);
    from->complained = true;
}

/* ---- Lines ----------------------------------------------------------------
 */

/* The next line, without its end. False: there is none. */
static bool read_line(struct from_summary *from)
{
    char byte;

    text_clear(&from->line);
    while (click_file_read(from->source.file, &byte, 1)) {
        if (byte == '\n')
            return true;
        if (from->line.length < LINE_MAX_BYTES)
            text_add(&from->line, &byte, 1);
    }
    return from->line.length > 0;
}

/* The next word at *at, cut out; quotes stay, blanks within them too. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " \t\r"), *end = word;
    bool quoted = false;

    if (!*word)
        return NULL;
    for (; *end && (quoted || !strchr(" \t\r", *end)); end++) {
        if (*end == '\\' && quoted && end[1])
            end++;
        else if (*end == '"')
            quoted = !quoted;
    }
    *at = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static void set_fields(struct from_summary *from, char *words)
{
    char *word;

    from->field_count = 0;
    while ((word = next_word(&words)) != NULL) {
        size_t length = strlen(word);

        if (from->field_count == FIELDS_MAX) {
            complain(from, "too many fields");
            return;
        }
        if (length > 1 && word[0] == '"' && word[length - 1] == '"') {
            word[length - 1] = '\0';
            word++;
        }
        from->fields[from->field_count] = ip_summary_field(word);
        if (!from->fields[from->field_count++] && strcmp(word, "none")) {
            complain(from, "unknown field");
            from->complained = false;
        }
    }
}

static bool set_flow(struct from_summary *from, char *words)
{
    static const char *const names[] = {"ip_src", "sport", "ip_dst", "dport",
                                        "ip_proto"};
    unsigned int count = 0;
    char *word;

    for (; (word = next_word(&words)) != NULL && count < 5; count++) {
        const struct ip_summary_field *field = ip_summary_field(names[count]);
        struct ip_summary_value value;

        if (!strcmp(word, "-"))
            continue;
        if (!ip_summary_parse(field, &from->source.element, word, &value))
            return false;
        ip_summary_set(field, &value, &from->flow);
    }
    return count >= 4 && !word;
}

static void directive(struct from_summary *from, char *line)
{
    char *word = next_word(&line);
    struct ip_summary_value value;
    const struct ip_summary_field *field = NULL;

    if (!word)
        return;
    if (!strcmp(word, "!data") || !strcmp(word, "!contents")) {
        set_fields(from, line);
    } else if (!strcmp(word, "!flowid")) {
        if (!set_flow(from, line))
            complain(from, "bad !flowid");
    } else if (!strcmp(word, "!binary")) {
        from->binary = true;
    } else if (!strcmp(word, "!proto")) {
        field = ip_summary_field("ip_proto");
    } else if (!strcmp(word, "!aggregate")) {
        field = ip_summary_field("aggregate");
    }
    if (!field)
        return;
    word = next_word(&line);
    if (word && ip_summary_parse(field, &from->source.element, word, &value))
        ip_summary_set(field, &value, &from->flow);
    else
        complain(from, "bad directive");
}

/* ---- Packets --------------------------------------------------------------
 */

/* Fields of transport headers mean what the protocol says, so that comes
 * first. */
static bool is_first_pass(const struct ip_summary_field *field)
{
    return !strcmp(field->name, "ip_proto");
}

static void describe(struct from_summary *from, struct ip_summary *summary,
                     char *line)
{
    char *words[FIELDS_MAX];
    unsigned int count = 0;

    while (count < from->field_count && (words[count] = next_word(&line)))
        count++;
    for (unsigned int pass = 0; pass < 2; pass++)
        for (unsigned int i = 0; i < count; i++) {
            const struct ip_summary_field *field = from->fields[i];
            struct ip_summary_value value;

            if (!field || is_first_pass(field) != (pass == 0) ||
                !strcmp(words[i], "-"))
                continue;
            if (ip_summary_parse(field, &from->source.element, words[i],
                                 &value))
                ip_summary_set(field, &value, summary);
            else
                complain(from, "a field is not understood");
            free(value.payload);
        }
}

/* A binary record. False: the end, or nothing that could be one. */
static bool read_record(struct from_summary *from, struct ip_summary *summary)
{
    struct click_file *file = from->source.file;
    uint8_t head[4], body[1280];
    uint32_t length;
    size_t at = 0;

    for (;;) {
        if (click_file_read(file, head, 4) < 4)
            return false;
        length = ((uint32_t)(head[0] & 127) << 24 | (uint32_t)head[1] << 16 |
                  (uint32_t)head[2] << 8 | head[3]);
        if (length < 4 || length - 4 > sizeof(body) ||
            click_file_read(file, body, length - 4) < length - 4) {
            complain(from, "bad binary record");
            return false;
        }
        if (!(head[0] & 128))
            break;
        if (length > 4) { /* a line of text */
            body[length - 5] = '\0';
            directive(from, (char *)body);
        }
    }
    for (unsigned int i = 0; i < from->field_count; i++) {
        struct ip_summary_value value;
        int size = from->fields[i]
                       ? ip_summary_parse_binary(from->fields[i], body + at,
                                                 length - 4 - at, &value)
                       : -1;

        if (size < 0) {
            complain(from, "bad binary record");
            break;
        }
        ip_summary_set(from->fields[i], &value, summary);
        at += (size_t)size;
    }
    return true;
}

/* The next line that is a packet. */
static bool read_description(struct from_summary *from,
                             struct ip_summary *summary)
{
    while (!from->binary) {
        char *line;

        if (!read_line(from))
            return false;
        line = from->line.bytes ? from->line.bytes : NULL;
        if (!line || !line[strspn(line, " \t\r")] || *line == '#')
            continue;
        if (*line == '!') {
            directive(from, line);
            continue;
        }
        *summary = from->flow;
        describe(from, summary, line);
        return true;
    }
    *summary = from->flow;
    return read_record(from, summary);
}

static struct packet *next(struct dump_source *source)
{
    struct from_summary *from = (struct from_summary *)source;
    struct ip_summary summary;
    struct packet *packet;

    for (;;) {
        if (from->more > 0) {
            packet = --from->more ? packet_copy(from->again) : from->again;
            if (from->more == 0)
                from->again = NULL;
        } else if (read_description(from, &summary)) {
            packet = ip_summary_packet(&summary, from->checksum);
        } else {
            return NULL;
        }
        if (!packet) {
            complain(from, "out of memory");
            return NULL;
        }
        if (from->multipacket && from->more == 0 &&
            click_anno_u32(packet, CLICK_ANNO_EXTRA_PACKETS) > 0) {
            from->more = click_anno_u32(packet, CLICK_ANNO_EXTRA_PACKETS) + 1;
            click_anno_set_u32(packet, CLICK_ANNO_EXTRA_PACKETS, 0);
            packet_free(from->again);
            from->again = packet;
            continue;
        }
        if (dump_source_wants(source))
            return packet;
        packet_free(packet);
    }
}

/* ---- Arguments ------------------------------------------------------------
 */

static void defaults(struct element *element)
{
    struct from_summary *from = (struct from_summary *)element;

    dump_source_defaults(&from->source);
    from->source.next = next;
    from->zero = true;
    from->proto = PROTOCOL_TCP;
}

static int configure(struct element *element, struct click_args *args)
{
    struct from_summary *from = (struct from_summary *)element;
    char default_fields[] = "ip_src ip_dst";

    if (!from->source.file_name == !from->data)
        return click_args_error(args, "expected either FILENAME or DATA");
    ip_summary_begin(&from->flow);
    from->flow.ip[9] = from->proto;
    if (from->flow_words && !set_flow(from, from->flow_words))
        return click_args_error(args,
                                "FLOWID: expected 'SADDR SPORT DADDR DPORT'");
    set_fields(from, from->field_words ? from->field_words : default_fields);
    return dump_source_configure(&from->source, args);
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct from_summary *from = (struct from_summary *)element;
    struct dump_source *source = &from->source;

    if (from->data)
        source->file = click_file_of_bytes(from->data, strlen(from->data));
    else if (from->allow_nonexistent && strcmp(source->file_name, "-")) {
        source->file = click_file_open(source->file_name, CLICK_FILE_READ);
        if (!source->file && errno == ENOENT)
            source->file = click_file_of_bytes("", 0);
    }
    return dump_source_begin(source, errors);
}

static void take_state(struct element *element, struct element *old_element)
{
    struct from_summary *from = (struct from_summary *)element;
    struct from_summary *old = (struct from_summary *)old_element;

    if (!dump_source_take(&from->source, &old->source))
        return;
    memcpy(from->fields, old->fields, sizeof(from->fields));
    from->field_count = old->field_count;
    from->flow = old->flow;
    from->binary = old->binary;
    from->again = old->again;
    from->more = old->more;
    old->again = NULL;
    old->more = 0;
}

static void cleanup(struct element *element)
{
    struct from_summary *from = (struct from_summary *)element;

    dump_source_end(&from->source);
    packet_free(from->again);
    text_free(&from->line);
}

static int read_encap(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    (void)element;
    (void)handler;
    (void)param;
    text_puts(out, "IP");
    return 0;
}

static int proto_parse(struct click_args *args, const struct click_param *param,
                       const char *word, void *to)
{
    return ip_name_proto(args->element, word, to)
               ? 0
               : click_args_error(args, "%s: expected a protocol, not '%s'",
                                  param->name, word);
}

static const struct click_param params[] = {
    CLICK_PARAM("FILENAME", struct from_summary, source.file_name, string,
                CLICK_POSITIONAL),
    CLICK_PARAM("STOP", struct from_summary, source.stop, bool, 0),
    CLICK_PARAM("TIMING", struct from_summary, source.timing, bool, 0),
    CLICK_PARAM("ACTIVE", struct from_summary, source.active, bool, 0),
    CLICK_PARAM("ZERO", struct from_summary, zero, bool, 0),
    CLICK_PARAM("CHECKSUM", struct from_summary, checksum, bool, 0),
    {.name = "PROTO",
     .parse = proto_parse,
     .offset = offsetof(struct from_summary, proto),
     .size = 1},
    CLICK_PARAM("MULTIPACKET", struct from_summary, multipacket, bool, 0),
    CLICK_PARAM("SAMPLE", struct from_summary, source.sample, double, 0),
    CLICK_PARAM("FIELDS", struct from_summary, field_words, list, 0),
    CLICK_PARAM("CONTENTS", struct from_summary, field_words, list, 0),
    CLICK_PARAM("DEFAULT_CONTENTS", struct from_summary, field_words, list, 0),
    CLICK_PARAM("FLOWID", struct from_summary, flow_words, list, 0),
    CLICK_PARAM("DEFAULT_FLOWID", struct from_summary, flow_words, list, 0),
    CLICK_PARAM("DATA", struct from_summary, data, string, 0),
    CLICK_PARAM("ALLOW_NONEXISTENT", struct from_summary, allow_nonexistent,
                bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    {.name = "sampling_prob", .read = dump_source_read_probability},
    HANDLER_ACTIVE(struct from_summary, source.active),
    {.name = "encap", .read = read_encap},
    HANDLER_FIELD("count", struct from_summary, source.count, u64),
    {.name = "filesize", .read = dump_source_read_size},
    {.name = "filepos", .read = dump_source_read_position},
    {.name = "stop", .write = dump_source_write_stop, .flags = HANDLER_BUTTON},
    {0},
};

const struct element_class click_class_FromIPSummaryDump = {
    .name = "FromIPSummaryDump",
    .ports = "0/1",
    .processing = "a/a",
    .size = sizeof(struct from_summary),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .pull = dump_source_pull,
    .more =
        CLICK_MORE(.notifier = dump_source_notifier, .wake = dump_source_wake),
    .handlers = handlers,
};
