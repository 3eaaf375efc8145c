/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * from_dump.c: packets from a tcpdump file.
 *
 * =c
 * FromDump(FILENAME [, KEYWORDS])
 * =s traces
 * reads packets from a tcpdump file
 * =d
 * Gives the packets of FILENAME ("-": standard input), which tcpdump -w or
 * ToDump has written, by either byte order, in microseconds or nanoseconds.
 * Their timestamps are the file's, their extra length annotations what the file
 * has left out of them. Keyword arguments:
 *
 *   STOP         stop the router at the end; false
 *   TIMING       keep the time between packets; false
 *   SAMPLE       give each packet with this probability; 1
 *   FORCE_IP     give only IP packets, with their IP header marked; others
 *                leave by output 1, if there is one; false
 *   START        from this time on, in seconds since 1970
 *   START_AFTER  leave out the first so many seconds of the file
 *   END          until this time
 *   END_AFTER    until so long after the first packet of the file
 *   INTERVAL     until so long after the first packet that was given
 *   END_CALL     "HANDLER [VALUE]" to write at the end, instead of STOP
 *   ACTIVE       whether to give packets; true
 *   FILEPOS      begin at this byte of the file
 *   MMAP         for compatibility: without effect
 *
 * At most one of START and START_AFTER, and one of END, END_AFTER and INTERVAL.
 * Files packed by gzip, compress or bzip2 are unpacked, by these programs: not
 * in a guest. They have no positions.
 * =h count read-only
 * packets given
 * =h reset_counts write-only
 * sets count to 0
 * =h sampling_prob read-only
 * SAMPLE as it is
 * =h active read/write
 * the ACTIVE argument
 * =h encap read-only
 * the type of the file's packets: ETHER, IP, ...
 * =h filename read-only
 * the file's name
 * =h filesize read-only
 * the file's length; "-" if it has none
 * =h filepos read/write
 * the position in the file
 * =h packet_filepos read-only
 * where in the file the last packet was
 * =h extend_interval write-only
 * an interval: the end is so much later, and ACTIVE is true
 * =h reset_timing write-only
 * the next packet goes at once, TIMING begins anew
 * =a ToDump, FromIPSummaryDump
 *
 * A file is data: what is wrong in it ends it, with a message. Relies on
 * lib/click/dump_source.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/dump_source.h"
#include "lib/click/pcap.h"
#include "lib/click/types.h"

#define SECOND 1000000000ll

struct from_dump {
    struct dump_source source; /* first */
    bool force_ip, ignored;

    bool swapped;
    uint32_t unit; /* nanoseconds */
    uint32_t link;
    int64_t position; /* FILEPOS */
    int64_t packet_at;

    bool started; /* the times below are absolute */
    bool has_start, has_end;
    int64_t start, end;
    uint64_t start_after, end_after, interval;
    unsigned int start_ways, end_ways;
    bool start_relative, end_relative, end_interval;
};

/* ---- The file -------------------------------------------------------------
 */

static uint32_t number(const struct from_dump *dump, uint32_t value)
{
    return dump->swapped ? __builtin_bswap32(value) : value;
}

static int read_header(struct from_dump *dump, struct click_errors *errors)
{
    struct dump_source *source = &dump->source;
    struct pcap_header header;

    if (click_file_read(source->file, &header, sizeof(header)) < sizeof(header))
        return click_error(errors, source->element.landmark,
                           "%s: not a tcpdump file (too short)",
                           source->file_name);
    dump->swapped = header.magic == __builtin_bswap32(PCAP_MICRO) ||
                    header.magic == __builtin_bswap32(PCAP_NANO);
    header.magic = number(dump, header.magic);
    if (header.magic != PCAP_MICRO && header.magic != PCAP_NANO)
        return click_error(errors, source->element.landmark,
                           "%s: not a tcpdump file (bad magic number)",
                           source->file_name);
    dump->unit = header.magic == PCAP_MICRO ? 1000 : 1;
    dump->link = number(dump, header.link) & 0xffff;
    if (dump->position > 0 && !click_file_seek(source->file, dump->position))
        return click_error(errors, source->element.landmark,
                           "%s: FILEPOS out of range", source->file_name);
    return 0;
}

static struct packet *bad_file(struct from_dump *dump, const char *what)
{
    click_say(&dump->source.element, "%s: %s: %s", dump->source.element.name,
              dump->source.file_name, what);
    return NULL;
}

/* A packet of the file, whatever its time; NULL: there is none. */
static struct packet *read_packet(struct from_dump *dump)
{
    struct click_file *file = dump->source.file;
    struct pcap_record record;
    struct packet *packet;
    uint32_t captured, length;
    size_t there;

    dump->packet_at = click_file_position(file);
    there = click_file_read(file, &record, sizeof(record));
    if (there < sizeof(record))
        return there ? bad_file(dump, "truncated file") : NULL;
    captured = number(dump, record.captured);
    length = number(dump, record.length);
    if (captured > PACKET_MAX)
        return bad_file(dump, "packet too long");
    packet = click_packet(PACKET_HEADROOM, captured);
    if (!packet)
        return bad_file(dump, "out of memory");
    for (struct packet *piece = packet; piece; piece = piece->more)
        if (click_file_read(file, piece->data, piece->length) < piece->length) {
            packet_free(packet);
            return bad_file(dump, "truncated file");
        }
    click_notes(packet)->time =
        number(dump, record.seconds) * SECOND +
        (int64_t)number(dump, record.fraction) * dump->unit;
    if (length > captured)
        click_anno_set_u32(packet, CLICK_ANNO_EXTRA_LENGTH, length - captured);
    click_set_mac_header(packet, 0);
    return packet;
}

/* ---- Times ----------------------------------------------------------------
 */

/* With the first packet of the file, what is relative to it is known. */
static void begin_times(struct from_dump *dump, int64_t first)
{
    if (dump->start_relative)
        dump->start = first + (int64_t)dump->start_after;
    if (dump->end_relative)
        dump->end = first + (int64_t)dump->end_after;
    dump->started = true;
}

/* 0: leave it out; 1: give it; -1: this is the end. */
static int in_time(struct from_dump *dump, const struct packet *packet)
{
    int64_t time = click_notes_const(packet)->time;

    if (!dump->started)
        begin_times(dump, time);
    if (dump->has_start && time < dump->start)
        return 0;
    dump->has_start = false;
    if (dump->end_interval) {
        dump->end = time + (int64_t)dump->interval;
        dump->end_interval = false;
    }
    return dump->has_end && time >= dump->end ? -1 : 1;
}

/* ---- IP headers -----------------------------------------------------------
 */

/* Where the IP header of a packet is; -1: it is none of IP. */
static int find_ip(const struct from_dump *dump, struct packet *packet)
{
    unsigned int at = 0;
    uint8_t bytes[22];
    unsigned int there = packet->total < 22 ? packet->total : 22;
    uint16_t type = ETHER_IP;

    if (!packet_read(packet, 0, bytes, there))
        return -1;
    switch (dump->link) {
    case PCAP_ETHER:
        at = 14;
        break;
    case 113: /* SLL */
        at = 16;
        break;
    case 0: /* NULL */
        at = 4;
        break;
    case PCAP_IP:
    case PCAP_RAW:
    case PCAP_IPV4:
    case 14:
        return 0;
    default:
        return -1;
    }
    if (there < at)
        return -1;
    if (at >= 14)
        type = (uint16_t)(bytes[at - 2] << 8 | bytes[at - 1]);
    if (type == ETHER_VLAN && there >= at + 4) {
        type = (uint16_t)(bytes[at + 2] << 8 | bytes[at + 3]);
        at += 4;
    }
    return type == ETHER_IP ? (int)at : -1;
}

static bool mark_ip(const struct from_dump *dump, struct packet *packet)
{
    int at = find_ip(dump, packet);
    unsigned int header;

    if (at < 0 || packet->total < (unsigned int)at + sizeof(struct ip_header) ||
        !click_pull_up(packet, (unsigned int)at + sizeof(struct ip_header)) ||
        packet->data[at] >> 4 != 4)
        return false;
    header = (packet->data[at] & 15u) * 4;
    if (header < sizeof(struct ip_header) ||
        packet->total < (unsigned int)at + header ||
        !click_pull_up(packet, (unsigned int)at + header))
        return false;
    click_set_network_header(packet, at, (int)header);
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip_of(packet)->to);
    return true;
}

static struct packet *next(struct dump_source *source)
{
    struct from_dump *dump = (struct from_dump *)source;
    struct packet *packet;

    while ((packet = read_packet(dump)) != NULL) {
        int time = in_time(dump, packet);

        if (time < 0) {
            packet_free(packet);
            /* It will be there again if the interval is extended. */
            click_file_seek(source->file, dump->packet_at);
            return NULL;
        }
        if (time == 0 || !dump_source_wants(source))
            packet_free(packet);
        else if (!dump->force_ip || mark_ip(dump, packet))
            return packet;
        else
            element_side(&source->element, 1, packet);
    }
    return NULL;
}

/* ---- Arguments and handlers -----------------------------------------------
 */

static void defaults(struct element *element)
{
    struct from_dump *dump = (struct from_dump *)element;

    dump_source_defaults(&dump->source);
    dump->source.next = next;
}

/* In the table's order. */
#define GIVEN_START       (1u << 5)
#define GIVEN_START_AFTER (1u << 6)
#define GIVEN_END         (1u << 7)
#define GIVEN_END_AFTER   (1u << 8)
#define GIVEN_INTERVAL    (1u << 9)

static int configure(struct element *element, struct click_args *args)
{
    struct from_dump *dump = (struct from_dump *)element;
    uint64_t ends =
        args->given & (GIVEN_END | GIVEN_END_AFTER | GIVEN_INTERVAL);

    dump->has_start = args->given & (GIVEN_START | GIVEN_START_AFTER);
    dump->start_relative = args->given & GIVEN_START_AFTER;
    dump->has_end = ends;
    dump->end_relative = args->given & GIVEN_END_AFTER;
    dump->end_interval = args->given & GIVEN_INTERVAL;
    if (dump->start_relative && (args->given & GIVEN_START))
        return click_args_error(args,
                                "give at most one of START and START_AFTER");
    if (ends & (ends - 1))
        return click_args_error(
            args, "give at most one of END, END_AFTER, and INTERVAL");
    return dump_source_configure(&dump->source, args);
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct from_dump *dump = (struct from_dump *)element;

    return dump_source_begin(&dump->source, errors) || read_header(dump, errors)
               ? -1
               : 0;
}

static void take_state(struct element *element, struct element *old_element)
{
    struct from_dump *dump = (struct from_dump *)element;
    struct from_dump *old = (struct from_dump *)old_element;
    size_t ours = offsetof(struct from_dump, swapped);

    /* The file's form, and which part of it is wanted. */
    if (dump_source_take(&dump->source, &old->source))
        memcpy((char *)dump + ours, (char *)old + ours, sizeof(*dump) - ours);
}

static void cleanup(struct element *element)
{
    dump_source_end((struct dump_source *)element);
}

static int read_encap(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    uint32_t link = ((struct from_dump *)element)->link;

    (void)handler;
    (void)param;
    if (link == PCAP_RAW || link == PCAP_IPV4 || link == 14)
        link = PCAP_IP;
    switch (link) {
#define LINK(name, value)                                                      \
    case value:                                                                \
        text_puts(out, #name);                                                 \
        break;
        PCAP_LINKS(LINK)
#undef LINK
    default:
        text_printf(out, "%u", link);
        break;
    }
    return 0;
}

static int read_packet_position(struct element *element,
                                const struct click_handler *handler,
                                const char *param, struct text *out)
{
    (void)handler;
    (void)param;
    text_printf(out, "%lld",
                (long long)((struct from_dump *)element)->packet_at);
    return 0;
}

static int write_position(struct element *element,
                          const struct click_handler *handler,
                          const char *value, struct click_errors *errors)
{
    struct dump_source *source = (struct dump_source *)element;
    uint64_t position;

    (void)handler;
    if (click_read_integer(value, 0, INT64_MAX, &position) || !source->file ||
        !click_file_seek(source->file, (int64_t)position))
        return click_error(errors, NULL, "bad file position");
    packet_free(source->waiting);
    source->waiting = NULL;
    return 0;
}

static int write_extend(struct element *element,
                        const struct click_handler *handler, const char *value,
                        struct click_errors *errors)
{
    struct from_dump *dump = (struct from_dump *)element;
    uint64_t interval;

    (void)handler;
    if (click_read_interval(value, &interval))
        return click_error(errors, NULL, "expected a time interval");
    dump->end += (int64_t)interval;
    dump->end_after += interval;
    dump->interval += interval;
    dump->source.active = true;
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("FILENAME", struct from_dump, source.file_name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("STOP", struct from_dump, source.stop, bool, 0),
    CLICK_PARAM("TIMING", struct from_dump, source.timing, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("SAMPLE", struct from_dump, source.sample, double, 0),
    CLICK_PARAM("FORCE_IP", struct from_dump, force_ip, bool, 0),
    CLICK_PARAM("START", struct from_dump, start, time, 0),
    CLICK_PARAM("START_AFTER", struct from_dump, start_after, interval, 0),
    CLICK_PARAM("END", struct from_dump, end, time, 0),
    CLICK_PARAM("END_AFTER", struct from_dump, end_after, interval, 0),
    CLICK_PARAM("INTERVAL", struct from_dump, interval, interval, 0),
    CLICK_PARAM("END_CALL", struct from_dump, source.end, word, 0),
    CLICK_PARAM("ACTIVE", struct from_dump, source.active, bool, 0),
    CLICK_PARAM("FILEPOS", struct from_dump, position, i64, 0),
    CLICK_PARAM("MMAP", struct from_dump, ignored, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct from_dump, source.count, u64),
    HANDLER_RESET("reset_counts", struct from_dump, source.count, source.count,
                  0),
    {.name = "sampling_prob", .read = dump_source_read_probability},
    HANDLER_ACTIVE(struct from_dump, source.active),
    {.name = "encap", .read = read_encap},
    HANDLER_FIELD("filename", struct from_dump, source.file_name, string),
    {.name = "filesize", .read = dump_source_read_size},
    {.name = "filepos",
     .read = dump_source_read_position,
     .write = write_position,
     .flags = HANDLER_WAKES},
    {.name = "packet_filepos", .read = read_packet_position},
    {.name = "extend_interval", .write = write_extend, .flags = HANDLER_WAKES},
    HANDLER_RESET("reset_timing", struct from_dump, source.timed, source.timed,
                  0),
    {.name = "stop", .write = dump_source_write_stop, .flags = HANDLER_BUTTON},
    {0},
};

const struct element_class click_class_FromDump = {
    .name = "FromDump",
    .ports = "0/1-2",
    .processing = "a/ah",
    .size = sizeof(struct from_dump),
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
