/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * to_dump.c: packets into a tcpdump file.
 *
 * =c
 * ToDump(FILENAME [, KEYWORDS])
 * =s traces
 * writes packets to a tcpdump file
 * =d
 * Writes packets to FILENAME ("-": standard output; one that ends in .gz, .Z or
 * .bz2 is packed, not in a guest), which tcpdump -r and FromDump read. If it
 * has an output, packets pass; else, if its input is pulled, it pulls. Keyword
 * arguments:
 *
 *   SNAPLEN         how many bytes of a packet at most; 0: all; 2000
 *   ENCAP           the packets' first header: ETHER, IP, FDDI, ATM, 802_11,
 *                   SLL, AIRONET, HDLC, PPP_HDLC, PPP, SUNATM, PRISM or NULL;
 *                   ETHER
 *   USE_ENCAP_FROM  elements whose "encap" handlers say it instead; they must
 *                   agree
 *   EXTRA_LENGTH    whether a packet's length includes its extra length
 *                   annotation; true
 *   UNBUFFERED      write each packet at once; false
 *   NANO            timestamps in nanoseconds; false
 *
 * A new configuration with the same FILENAME goes on writing to the file. A
 * packet without a timestamp gets the current time. In the file packets are as
 * they would be on a wire: checksums that are not yet computed are, and large
 * segments are cut.
 * =h count read-only
 * packets written
 * =h reset_counts write-only
 * sets count to 0
 * =h filename read-only
 * the file's name
 * =h flush write-only
 * writes what is in buffers
 * =a FromDump, ToIPSummaryDump
 *
 * Relies on lib/click/pcap.h, checksum.h.
 */
#include <string.h>
#include <strings.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/files.h"
#include "lib/click/large.h"
#include "lib/click/pcap.h"
#include "lib/click/router.h"

#define SECOND 1000000000ll

struct to_dump {
    struct element element;
    char *file_name;
    struct click_file *file;
    uint32_t snap_length;
    char *encap, *encap_from;
    uint32_t link;
    bool extra_length, unbuffered, nano, failed;
    uint64_t count;
    struct click_task task;
    struct click_signal signal;
};

/* ---- Writing --------------------------------------------------------------
 */

static void write_header(struct to_dump *dump)
{
    struct pcap_header header = {
        .magic = dump->nano ? PCAP_NANO : PCAP_MICRO,
        .major = 2,
        .minor = 4,
        .snap_length = dump->snap_length ? dump->snap_length : PACKET_MAX,
        .link = dump->link,
    };

    dump->failed = !click_file_write(dump->file, &header, sizeof(header));
}

static void write_bytes(struct to_dump *dump, const struct packet *packet,
                        uint32_t count)
{
    for (; packet && count > 0; packet = packet->more) {
        uint32_t some = packet->length < count ? packet->length : count;

        if (!click_file_write(dump->file, packet->data, some))
            dump->failed = true;
        count -= some;
    }
}

/* One packet of a wire. */
static void write_record(struct to_dump *dump, const struct packet *packet)
{
    int64_t time = click_notes_const(packet)->time;
    struct pcap_record record;

    if (dump->failed)
        return;
    if (time == 0)
        time = click_now(&dump->element);
    record.seconds = (uint32_t)(time / SECOND);
    record.fraction = (uint32_t)(time % SECOND / (dump->nano ? 1 : 1000));
    record.length = record.captured = packet->total;
    if (dump->snap_length && record.captured > dump->snap_length)
        record.captured = dump->snap_length;
    if (dump->extra_length)
        record.length += click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH);
    if (!click_file_write(dump->file, &record, sizeof(record)))
        dump->failed = true;
    write_bytes(dump, packet, record.captured);
    if (dump->failed)
        click_say(&dump->element, "%s: %s: cannot be written",
                  dump->element.name, dump->file_name);
    else
        dump->count++;
}

static void write_packet(struct to_dump *dump, const struct packet *packet)
{
    struct packet *copy = NULL, *each;

    if (packet->flags & PACKET_CSUM_BLANK ||
        packet->gso_type != PACKET_GSO_NONE)
        copy = packet_copy(packet);
    if (!copy)
        write_record(dump, packet);
    while (copy) {
        each = large_cut(&copy);
        (void)!packet_settle(each); /* what cannot be is written as it is */
        write_record(dump, each);
        packet_free(each);
    }
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    (void)port;
    write_packet((struct to_dump *)element, packet);
    element_side(element, 0, packet);
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct packet *packet = element_pull(element, 0);

    (void)port;
    if (packet)
        write_packet((struct to_dump *)element, packet);
    return packet;
}

static bool run(struct click_task *task)
{
    struct to_dump *dump = (struct to_dump *)task->element;
    struct packet *packet = element_pull(task->element, 0);

    if (packet) {
        write_packet(dump, packet);
        packet_free(packet);
    } else if (!signal_active(&dump->signal)) {
        return false;
    }
    task_schedule(task);
    return packet != NULL;
}

/* ---- Arguments ------------------------------------------------------------
 */

static bool find_link(const char *name, uint32_t *link)
{
    static const struct {
        const char *name;
        uint32_t link;
    } links[] = {
#define LINK(name, value) {#name, value},
        PCAP_LINKS(LINK)
#undef LINK
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(links); i++)
        if (!strcasecmp(links[i].name, name)) {
            *link = links[i].link;
            return true;
        }
    return false;
}

static int configure(struct element *element, struct click_args *args)
{
    struct to_dump *dump = (struct to_dump *)element;

    if (dump->encap && dump->encap_from)
        return click_args_error(
            args, "specify at most one of 'ENCAP' and 'USE_ENCAP_FROM'");
    dump->link = PCAP_ETHER;
    if (dump->encap && !find_link(dump->encap, &dump->link))
        return click_args_error(args, "ENCAP: bad encapsulation type '%s'",
                                dump->encap);
    return 0;
}

/* What the named elements' handlers say. */
static int ask_encap(struct to_dump *dump, struct click_errors *errors)
{
    struct element *element = &dump->element;
    unsigned int count;
    char **words = click_split_words(dump->encap_from, &count);
    int error = words ? 0 : -1;
    uint32_t link = 0;

    for (unsigned int i = 0; !error && i < count; i++) {
        struct element *other = element_find(element, words[i]);
        struct text name = {0}, value = {0};

        if (other)
            text_printf(&name, "%s.encap", other->name);
        if (!other ||
            router_read(element->router, text_string(&name), "", &value) ||
            !find_link(text_string(&value), &link))
            error = click_error(errors, element->landmark,
                                "USE_ENCAP_FROM: '%s' has no encap", words[i]);
        else if (i > 0 && link != dump->link)
            error = click_error(errors, element->landmark,
                                "USE_ENCAP_FROM: elements do not agree");
        dump->link = link;
        text_free(&name);
        text_free(&value);
    }
    if (words)
        click_words_free(words, count);
    return error;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct to_dump *dump = (struct to_dump *)element;

    if (dump->encap_from && ask_encap(dump, errors))
        return -1;
    if (click_open_on(element, &dump->file_name, &dump->file, errors))
        return -1;
    if (dump->file && dump->unbuffered)
        click_file_unbuffered(dump->file);
    if (dump->file)
        write_header(dump);
    if (element->outputs > 0 || element->input_push[0])
        return 0;
    task_init(&dump->task, element, run, true);
    return signal_upstream(&dump->signal, element, 0, &dump->task)
               ? click_error(errors, element->landmark, "out of memory")
               : 0;
}

static void take_state(struct element *element, struct element *old_element)
{
    struct to_dump *dump = (struct to_dump *)element;
    const struct to_dump *old = (struct to_dump *)old_element;

    if (!dump->file) { /* what the header says stays true */
        dump->link = old->link;
        dump->nano = old->nano;
        dump->failed = old->failed;
        dump->count = old->count;
    }
    click_file_take(element, &dump->file, old_element);
}

static void cleanup(struct element *element)
{
    struct to_dump *dump = (struct to_dump *)element;

    if (element->task)
        task_unschedule(&dump->task);
    signal_free(&dump->signal);
    if (click_close(element, dump->file))
        click_say(element, "%s: %s: cannot be written", element->name,
                  dump->file_name);
    dump->file = NULL;
}

static void defaults(struct element *element)
{
    struct to_dump *dump = (struct to_dump *)element;

    dump->snap_length = 2000;
    dump->extra_length = true;
}

static const struct click_param params[] = {
    CLICK_PARAM("FILENAME", struct to_dump, file_name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("SNAPLEN", struct to_dump, snap_length, u32, CLICK_POSITIONAL),
    CLICK_PARAM("ENCAP", struct to_dump, encap, string, CLICK_POSITIONAL),
    CLICK_PARAM("USE_ENCAP_FROM", struct to_dump, encap_from, string, 0),
    CLICK_PARAM("EXTRA_LENGTH", struct to_dump, extra_length, bool, 0),
    CLICK_PARAM("UNBUFFERED", struct to_dump, unbuffered, bool, 0),
    CLICK_PARAM("NANO", struct to_dump, nano, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct to_dump, count, u64),
    HANDLER_RESET("reset_counts", struct to_dump, count, count, 0),
    HANDLER_FIELD("filename", struct to_dump, file_name, string),
    HANDLER_FLUSH(struct to_dump, file, file_name),
    {0},
};

const struct element_class click_class_ToDump = {
    .name = "ToDump",
    .ports = "1/0-1",
    .processing = "a/a",
    .size = sizeof(struct to_dump),
    .params = params,
    .phase = 100,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .pull = pull,
    .handlers = handlers,
};
