/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * to_ip_summary_dump.c: packets as lines of text.
 *
 * =c
 * ToIPSummaryDump(FILENAME [, KEYWORDS])
 * =s traces
 * writes what packets are as text
 * =d
 * Writes a line for each packet to FILENAME ("-": standard output; packed as
 * ToDump does it), with the FIELDS of it that one likes to have; "-" for what a
 * packet has not. Packets pass if there is an output. Keyword arguments:
 *
 *   FIELDS         names of fields, with blanks between; "ip_src ip_dst"; also
 *                  CONTENTS, DATA
 *   HEADER         begin with lines that say what the fields are; true
 *   VERBOSE        also host and time; false
 *   BANNER         a text for a "!creator" line
 *   BINARY         binary records instead of lines; false
 *   MULTIPACKET    a line for each of a packet's count, if that is no field;
 *                  false
 *   BAD_PACKETS    a line "!bad REASON" before packets with bad headers; false
 *   CAREFUL_TRUNC  also before packets shorter than their IP length; true
 *   EXTRA_LENGTH   whether lengths include the extra length annotation; true
 *
 * Fields, with examples:
 *
 *   timestamp        996033261.451094        ntimestamp: in nanoseconds
 *   ts_sec, ts_usec  996033261, 451094       ts_usec1: all, in microseconds
 *   ip_src, ip_dst   192.150.187.37
 *   ip_frag          F (first fragment), f (later one), ! (DF), .
 *   ip_fragoff       0, 1480+ (more follow), 0! (DF); in bytes
 *   ip_len, ip_hl    132, 20                 bytes
 *   ip_proto         T (TCP), U (UDP), I (ICMP), 50
 *   ip_id, ip_tos, ip_dscp, ip_ttl, ip_sum   numbers
 *   ip_ecn           no, ect1, ect2, ce
 *   ip_opt           rr{1.0.0.1}+3;ts{1,!2^0}  (see below)
 *   sport, dport     22                      of TCP and UDP
 *   tcp_seq, tcp_ack, tcp_off, tcp_window, tcp_urp   numbers
 *   tcp_flags        SA, or . for none: FSRPAUECN
 *   tcp_opt          mss1400;wscale10;sackok;sack95-98;ts1:2
 *   tcp_ntopt        the same without timestamps; tcp_sack: SACK only
 *   udp_len          34
 *   icmp_type, icmp_code, icmp_flowid, icmp_seq, icmp_nextmtu   numbers
 *   icmp_type_name, icmp_code_name           echo, host
 *   payload          "GET /"                 payload_len: its length
 *   payload_md5, payload_md5_hex             its MD5 digest
 *   ip_capture_len   34                      bytes of the IP packet there are
 *   count            1                       packets that this one stands for
 *   direction        > (paint 0), < (1), 2   link, paint: as a number
 *   aggregate        973                     the aggregate annotation
 *   first_timestamp  996033261.451094        the annotation
 *   eth_src, eth_dst 00-0A-95-A6-D9-BC
 *   wire_len         54
 *
 * "src", "proto", "tcp seq" and some more are other names of these. IP options
 * are rr, lsrr, ssrr (addresses), ts, ts.ip, ts.preip (timestamps, "!" if
 * nonstandard), others "98" or "99=0:5"; "^" is where the pointer is, "+3" room
 * for three more, "++2" the overflow count.
 * =h flush write-only
 * writes what is in buffers
 * =h count read-only
 * packets written
 * =e
 *   FromDump(-, STOP true, FORCE_IP true)
 *       -> ToIPSummaryDump(-, FIELDS timestamp src sport dst dport proto)
 * =a FromIPSummaryDump, ToDump
 *
 * Relies on lib/click/ip_summary.h.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/files.h"
#include "lib/click/ip_summary.h"

#define SECOND     1000000000ll
#define FIELDS_MAX 64u

struct to_summary {
    struct element element;
    char *file_name, *field_words, *banner;
    bool header, verbose, binary, multipacket, bad_packets, careful,
        extra_length, failed;
    const struct ip_summary_field *fields[FIELDS_MAX];
    unsigned int field_count;
    bool has_count;
    struct click_file *file;
    uint64_t count;
    struct text line;
    struct click_task task;
    struct click_signal signal;
};

/* ---- Writing --------------------------------------------------------------
 */

/* After a failure no more is written; it is said once. */
static void write_bytes(struct to_summary *to, const void *bytes, size_t length)
{
    if (to->failed || click_file_write(to->file, bytes, length))
        return;
    to->failed = true;
    click_say(&to->element, "%s: %s: cannot be written", to->element.name,
              to->file_name);
}

static void write_line(struct to_summary *to)
{
    write_bytes(to, to->line.bytes, to->line.length);
    text_clear(&to->line);
}

/* As asctime() has it, of Greenwich. */
static void add_date(struct text *text, time_t seconds)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;

    gmtime_r(&seconds, &tm);
    text_printf(text, "%.3s %.3s %2d %02d:%02d:%02d %d", days + 3 * tm.tm_wday,
                months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
                tm.tm_sec, 1900 + tm.tm_year);
}

/* A binary record's length goes in front of it. */
static void write_record(struct to_summary *to, bool is_text)
{
    uint32_t length = htonl((uint32_t)to->line.length + 4);

    if (is_text)
        length |= htonl(0x80000000u);
    write_bytes(to, &length, sizeof(length));
    write_line(to);
}

static void write_header(struct to_summary *to)
{
    int64_t now = click_now(&to->element);
    char host[64] = "";

    text_puts(&to->line, "!IPSummaryDump 1.3\n");
    if (to->banner)
        text_printf(&to->line, "!creator \"%s\"\n", to->banner);
    if (to->verbose) {
        if (gethostname(host, sizeof(host) - 1) == 0 && *host)
            text_printf(&to->line, "!host %s\n", host);
        text_printf(&to->line, "!runtime %lld.%06lld (",
                    (long long)(now / SECOND),
                    (long long)(now % SECOND / 1000));
        add_date(&to->line, (time_t)(now / SECOND));
        text_puts(&to->line, ")\n");
    }
    text_puts(&to->line, "!data ");
    for (unsigned int i = 0; i < to->field_count; i++)
        text_printf(&to->line, "%s%s", i ? " " : "", to->fields[i]->name);
    text_puts(&to->line, to->binary ? "\n!binary\n" : "\n");
    write_line(to);
}

/* What is wrong with a packet, or NULL. */
static const char *find_fault(const struct to_summary *to,
                              struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    const struct tcp_header *tcp;
    uint32_t extra = click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH);
    int at = click_notes(packet)->network;
    unsigned int there;

    if (at == CLICK_NO_HEADER)
        return "no IP header";
    if (!ip)
        return "truncated IP header";
    if (ip_version(ip) != 4)
        return "IP version";
    if (ip_header_length(ip) < sizeof(*ip))
        return "IP header length";
    if (ntohs(ip->total) < ip_header_length(ip))
        return "IP length";
    there = packet->total - (unsigned int)at + extra;
    if (to->careful && there < ntohs(ip->total))
        return "truncated IP length";
    if (ip->protocol != PROTOCOL_TCP || !ip_is_first(ip))
        return NULL;
    tcp = transport_of(packet, sizeof(*tcp));
    return tcp && tcp_header_length(tcp) < sizeof(*tcp) ? "TCP header length"
                                                        : NULL;
}

static void write_once(struct to_summary *to, const struct packet *packet)
{
    for (unsigned int i = 0; i < to->field_count; i++) {
        const struct ip_summary_field *field = to->fields[i];
        struct ip_summary_value value;
        bool there = ip_summary_get(field, packet, to->extra_length, &value);

        if (to->binary) {
            ip_summary_print_binary(field, &value, there, &to->line);
        } else {
            if (i > 0)
                text_puts(&to->line, " ");
            if (there)
                ip_summary_print(field, &value, &to->line);
            else
                text_puts(&to->line, "-");
        }
        free(value.payload);
    }
    if (to->binary) {
        write_record(to, false);
    } else {
        text_puts(&to->line, "\n");
        write_line(to);
    }
    to->count += !to->failed;
}

static void write_packet(struct to_summary *to, struct packet *packet)
{
    const char *fault = to->bad_packets ? find_fault(to, packet) : NULL;
    uint32_t more = to->multipacket && !to->has_count
                        ? click_anno_u32(packet, CLICK_ANNO_EXTRA_PACKETS)
                        : 0;

    if (fault) {
        text_printf(&to->line, "!bad %s\n", fault);
        if (to->binary)
            write_record(to, true);
        else
            write_line(to);
    }
    for (uint32_t i = 0; i <= more && i < 100000; i++)
        write_once(to, packet);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    (void)port;
    write_packet((struct to_summary *)element, packet);
    element_side(element, 0, packet);
}

static bool run(struct click_task *task)
{
    struct to_summary *to = (struct to_summary *)task->element;
    struct packet *packet = element_pull(task->element, 0);

    if (packet)
        push(task->element, 0, packet);
    else if (!signal_active(&to->signal))
        return false;
    task_schedule(task);
    return packet != NULL;
}

/* ---- Arguments ------------------------------------------------------------
 */

static int configure(struct element *element, struct click_args *args)
{
    struct to_summary *to = (struct to_summary *)element;
    unsigned int count;
    char **words = click_split_words(
        to->field_words ? to->field_words : "ip_src ip_dst", &count);
    int error = words ? 0 : -1;

    for (unsigned int i = 0; i < count && words; i++) {
        char *name = click_unquote(words[i], NULL);
        const struct ip_summary_field *field =
            name ? ip_summary_field(name) : NULL;

        if (!field)
            error =
                click_args_error(args, "FIELDS: unknown field '%s'", words[i]);
        else if (to->binary && field->binary == 0)
            error = click_args_error(
                args, "FIELDS: '%s' cannot be in a binary dump", words[i]);
        else if (to->field_count == FIELDS_MAX)
            error = click_args_error(args, "FIELDS: too many");
        else
            to->fields[to->field_count++] = field;
        to->has_count |= field && !strcmp(field->name, "count");
        free(name);
    }
    if (words)
        click_words_free(words, count);
    return error;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct to_summary *to = (struct to_summary *)element;

    if (click_open_on(element, &to->file_name, &to->file, errors))
        return -1;
    if (to->file && (to->header || to->binary))
        write_header(to);
    if (element->input_push[0])
        return 0;
    task_init(&to->task, element, run, true);
    return signal_upstream(&to->signal, element, 0, &to->task)
               ? click_error(errors, element->landmark, "out of memory")
               : 0;
}

/* Other fields begin with a header of their own. */
static void take_state(struct element *element, struct element *old_element)
{
    struct to_summary *to = (struct to_summary *)element;
    const struct to_summary *old = (struct to_summary *)old_element;

    to->count = old->count;
    if (to->file)
        return;
    to->failed = old->failed;
    click_file_take(element, &to->file, old_element);
    if (to->field_count != old->field_count || to->binary != old->binary ||
        memcmp(to->fields, old->fields, sizeof(to->fields)) != 0)
        write_header(to);
}

static void cleanup(struct element *element)
{
    struct to_summary *to = (struct to_summary *)element;

    if (element->task)
        task_unschedule(&to->task);
    signal_free(&to->signal);
    text_free(&to->line);
    if (click_close(element, to->file))
        click_say(element, "%s: %s: cannot be written", element->name,
                  to->file_name);
    to->file = NULL;
}

static void defaults(struct element *element)
{
    struct to_summary *to = (struct to_summary *)element;

    to->header = to->careful = to->extra_length = true;
}

static const struct click_param params[] = {
    CLICK_PARAM("FILENAME", struct to_summary, file_name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("FIELDS", struct to_summary, field_words, word, 0),
    CLICK_PARAM("CONTENTS", struct to_summary, field_words, word, 0),
    CLICK_PARAM("DATA", struct to_summary, field_words, word, 0),
    CLICK_PARAM("HEADER", struct to_summary, header, bool, 0),
    CLICK_PARAM("VERBOSE", struct to_summary, verbose, bool, 0),
    CLICK_PARAM("BANNER", struct to_summary, banner, string, 0),
    CLICK_PARAM("BINARY", struct to_summary, binary, bool, 0),
    CLICK_PARAM("MULTIPACKET", struct to_summary, multipacket, bool, 0),
    CLICK_PARAM("BAD_PACKETS", struct to_summary, bad_packets, bool, 0),
    CLICK_PARAM("CAREFUL_TRUNC", struct to_summary, careful, bool, 0),
    CLICK_PARAM("EXTRA_LENGTH", struct to_summary, extra_length, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FLUSH(struct to_summary, file, file_name),
    HANDLER_FIELD("count", struct to_summary, count, u64),
    {0},
};

const struct element_class click_class_ToIPSummaryDump = {
    .name = "ToIPSummaryDump",
    .ports = "1/0-1",
    .processing = "a/h",
    .size = sizeof(struct to_summary),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .handlers = handlers,
};
