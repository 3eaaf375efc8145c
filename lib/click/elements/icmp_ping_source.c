/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * icmp_ping_source.c: ping.
 *
 * =c
 * ICMPPingSource(SRC, DST [, KEYWORDS])
 * =s icmp
 * sends echo requests periodically
 * =d
 * Sends ICMP echo requests from SRC to DST: one every INTERVAL, or, if its
 * output is pulled, one for each pull. Replies that come back to its input, if
 * it has one, are reported and counted. Keyword arguments:
 *
 *   INTERVAL    time between requests; 1 second
 *   IDENTIFIER  the ICMP identifier; 0
 *   LIMIT       how many requests; negative: no end; -1
 *   STOP        stop the router after LIMIT requests; false
 *   DATA        what is in them
 *   ACTIVE      whether to send; true
 *   MIRROR      answer each reply with the next request at once; false
 *   VERBOSE     report replies; true
 *
 * =h active read/write
 * the ACTIVE argument
 * =h count read-only
 * requests sent
 * =h limit write-only
 * sets LIMIT
 * =h interval write-only
 * sets INTERVAL
 * =h reset_counts write-only
 * sets all counts to 0
 * =h src read/write
 * the SRC argument
 * =h dst read/write
 * the DST argument
 * =h summary read-only
 * what ping says at its end; if there is an input, as the next three
 * =h rtt_min read-only
 * the shortest time from request to reply, in seconds; 0 if there was none
 * =h rtt_max read-only
 * the longest
 * =h rtt_avg read-only
 * their mean
 * =a ICMPPingEncap, ICMPPingResponder
 *
 * When a request was sent is remembered for the last 1,024 of them. RFC 792.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/router.h"
#include "lib/click/types.h"

#define REMEMBERED 1024u

struct ping {
    struct element element;
    uint32_t source, target;
    uint64_t interval;
    uint16_t id, ip_id;
    int32_t limit;
    bool stop, active, mirror, verbose;
    struct click_bytes data;
    uint64_t count;
    struct click_timer timer;
    struct click_notifier more;

    /* With an input only: */
    int64_t *sent; /* when, by sequence number; 0: answered, or long ago */
    uint64_t received, duplicates;
    uint64_t least, most, sum;
};

static bool is_done(const struct ping *ping)
{
    return !ping->mirror && ping->limit >= 0 &&
           ping->count >= (uint64_t)ping->limit;
}

/* The next request, around `payload` bytes of data. */
static struct packet *make_request(struct ping *ping, const void *data,
                                   size_t length)
{
    const unsigned int headers =
        sizeof(struct ip_header) + sizeof(struct icmp_header);
    struct packet *packet =
        click_packet(PACKET_HEADROOM, headers + (unsigned int)length);
    struct icmp_header *icmp;
    struct ip_header *ip;

    if (!packet)
        return NULL;
    ip = (struct ip_header *)packet->data;
    icmp = (struct icmp_header *)(ip + 1);
    memset(ip, 0, headers);
    if (length > 0)
        memcpy(icmp + 1, data, length);
    ip->version_length = 0x45;
    ip->total = htons((uint16_t)packet->total);
    ip->id = htons(ping->ip_id++);
    ip->ttl = 255;
    ip->protocol = PROTOCOL_ICMP;
    ip->from = ping->source;
    ip->to = ping->target;
    ip_set_checksum(ip, sizeof(*ip));
    icmp->type = ICMP_ECHO;
    icmp->id = htons(ping->id);
    icmp->sequence = htons((uint16_t)ping->count);
    icmp->checksum = (uint16_t)~checksum_packet(packet, sizeof(*ip),
                                                packet->total - sizeof(*ip));
    click_set_network_header(packet, 0, sizeof(*ip));
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    click_notes(packet)->time = click_now(&ping->element);
    if (ping->sent)
        ping->sent[ping->count % REMEMBERED] = click_steady(&ping->element) + 1;
    ping->count++;
    return packet;
}

static struct packet *next_request(struct ping *ping)
{
    return make_request(ping, ping->data.bytes, ping->data.length);
}

static void expired(struct click_timer *timer)
{
    struct ping *ping = (struct ping *)timer->element;
    struct packet *packet;

    if (!ping->active || is_done(ping))
        return;
    packet = next_request(ping);
    if (packet)
        element_push(timer->element, 0, packet);
    if (is_done(ping)) {
        if (ping->stop)
            router_stop(timer->element->router);
    } else if (timer_schedule_at(timer,
                                 timer->when + (int64_t)ping->interval)) {
        ping->active = false; /* out of memory */
    }
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct ping *ping = (struct ping *)element;
    struct packet *packet;

    (void)port;
    if (!ping->active || is_done(ping)) {
        notifier_set(&ping->more, false);
        return NULL;
    }
    packet = next_request(ping);
    if (is_done(ping) && ping->stop)
        router_stop(element->router);
    return packet;
}

/* ---- Replies --------------------------------------------------------------
 */

static void count_reply(struct ping *ping, const struct packet *packet,
                        const struct ip_header *ip,
                        const struct icmp_header *icmp)
{
    int64_t *sent = &ping->sent[ntohs(icmp->sequence) % REMEMBERED];
    const uint8_t *from = (const uint8_t *)&ip->from;
    int length = transport_length(packet, ip);
    uint64_t took;

    if (*sent == 0) {
        ping->duplicates++;
        return;
    }
    took = (uint64_t)(click_steady(&ping->element) + 1 - *sent);
    *sent = 0;
    if (ping->received++ == 0 || took < ping->least)
        ping->least = took;
    if (took > ping->most)
        ping->most = took;
    ping->sum += took;
    if (ping->verbose)
        click_say(&ping->element,
                  "%s: %d bytes from %u.%u.%u.%u: icmp_seq=%u ttl=%u "
                  "time=%llu.%03llu ms",
                  ping->element.name, length, from[0], from[1], from[2],
                  from[3], ntohs(icmp->sequence), ip->ttl,
                  (unsigned long long)(took / 1000000),
                  (unsigned long long)(took / 1000 % 1000));
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct ping *ping = (struct ping *)element;
    struct icmp_header *icmp = transport_pull_up(packet, sizeof(*icmp));
    const struct ip_header *ip = ip_of(packet);
    struct packet *request = NULL;

    (void)port;
    if (ip && icmp && ip->protocol == PROTOCOL_ICMP && ip_is_first(ip) &&
        icmp->type == ICMP_ECHO_REPLY && icmp->id == htons(ping->id)) {
        count_reply(ping, packet, ip, icmp);
        if (ping->mirror && ping->active && element->output_push[0])
            request = next_request(ping);
    }
    packet_free(packet);
    if (request)
        element_push(element, 0, request);
}

/* ---- The element ----------------------------------------------------------
 */

static void defaults(struct element *element)
{
    struct ping *ping = (struct ping *)element;

    ping->interval = 1000000000;
    ping->limit = -1;
    ping->active = ping->verbose = true;
}

static int configure(struct element *element, struct click_args *args)
{
    struct ping *ping = (struct ping *)element;

    if (ping->data.length > 4000 - 28)
        return click_args_error(args, "DATA: too long");
    if (ping->interval == 0)
        return click_args_error(args, "INTERVAL: must be positive");
    return 0;
}

static int add_input_handlers(struct element *element);

static int initialize(struct element *element, struct click_errors *errors)
{
    struct ping *ping = (struct ping *)element;

    ping->more.active = ping->active;
    timer_init(&ping->timer, element, expired);
    if (element->inputs > 0) {
        ping->sent = element_alloc(element, REMEMBERED * sizeof(*ping->sent));
        if (!ping->sent || add_input_handlers(element))
            return click_error(errors, element->landmark, "out of memory");
    }
    return element->output_push[0] && ping->active && !is_done(ping) &&
                   timer_schedule_after(&ping->timer, (int64_t)ping->interval)
               ? click_error(errors, element->landmark, "out of memory")
               : 0;
}

static void take_state(struct element *element, struct element *old_element)
{
    struct ping *ping = (struct ping *)element;
    const struct ping *old = (struct ping *)old_element;

    ping->ip_id = old->ip_id;
    ping->count = old->count;
    if (!ping->sent || !old->sent)
        return;
    memcpy(ping->sent, old->sent, REMEMBERED * sizeof(*ping->sent));
    ping->received = old->received;
    ping->duplicates = old->duplicates;
    ping->least = old->least;
    ping->most = old->most;
    ping->sum = old->sum;
}

static void cleanup(struct element *element)
{
    struct ping *ping = (struct ping *)element;

    timer_unschedule(&ping->timer);
    notifier_free(&ping->more);
}

static struct click_notifier *notifier(struct element *element, bool at_output,
                                       unsigned int port)
{
    (void)port;
    return at_output ? &((struct ping *)element)->more : NULL;
}

/* ---- Handlers -------------------------------------------------------------
 */

enum { LEAST, MOST, MEAN };

static int read_time(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    struct ping *ping = (struct ping *)element;
    uint64_t ns = handler->data == LEAST  ? ping->least
                  : handler->data == MOST ? ping->most
                  : ping->received        ? ping->sum / ping->received
                                          : 0;

    (void)param;
    text_printf(out, "%llu.%06llu", (unsigned long long)(ns / 1000000000),
                (unsigned long long)(ns / 1000 % 1000000));
    return 0;
}

static void add_milliseconds(struct text *out, uint64_t ns)
{
    text_printf(out, "%llu.%03llu", (unsigned long long)(ns / 1000000),
                (unsigned long long)(ns / 1000 % 1000));
}

static int read_summary(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    struct ping *ping = (struct ping *)element;
    uint64_t lost =
        ping->count > ping->received ? ping->count - ping->received : 0;

    (void)handler;
    (void)param;
    text_printf(
        out, "%llu packets transmitted, %llu received, %llu%% packet loss\n",
        (unsigned long long)ping->count, (unsigned long long)ping->received,
        (unsigned long long)(ping->count ? 100 * lost / ping->count : 0));
    if (ping->received == 0)
        return 0;
    text_puts(out, "rtt min/avg/max = ");
    add_milliseconds(out, ping->least);
    text_puts(out, "/");
    add_milliseconds(out, ping->sum / ping->received);
    text_puts(out, "/");
    add_milliseconds(out, ping->most);
    text_puts(out, " ms\n");
    return 0;
}

static int add_input_handlers(struct element *element)
{
    static const struct click_handler handlers[] = {
        {.name = "summary", .read = read_summary},
        {.name = "rtt_min", .read = read_time, .data = LEAST},
        {.name = "rtt_max", .read = read_time, .data = MOST},
        {.name = "rtt_avg", .read = read_time, .data = MEAN},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++)
        if (element_add_handler(element, &handlers[i]))
            return -1;
    return 0;
}

/* After a change there may be more to send. */
static int wake(struct element *element, struct click_errors *errors)
{
    struct ping *ping = (struct ping *)element;

    if (!ping->active || is_done(ping)) {
        timer_unschedule(&ping->timer);
        return 0;
    }
    notifier_set(&ping->more, true);
    return element->output_push[0] && !ping->timer.place &&
                   timer_schedule_after(&ping->timer, (int64_t)ping->interval)
               ? click_error(errors, NULL, "out of memory")
               : 0;
}

static int write_interval(struct element *element,
                          const struct click_handler *handler,
                          const char *value, struct click_errors *errors)
{
    uint64_t interval;

    (void)handler;
    if (click_read_interval(value, &interval) || interval == 0)
        return click_error(errors, NULL, "expected a time interval");
    ((struct ping *)element)->interval = interval;
    return 0;
}

static int write_reset(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct ping *ping = (struct ping *)element;

    (void)handler;
    (void)value;
    (void)errors;
    ping->count = ping->received = ping->duplicates = 0;
    ping->least = ping->most = ping->sum = 0;
    if (ping->sent)
        memset(ping->sent, 0, REMEMBERED * sizeof(*ping->sent));
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("SRC", struct ping, source, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST", struct ping, target, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("INTERVAL", struct ping, interval, interval, 0),
    CLICK_PARAM("IDENTIFIER", struct ping, id, u16, 0),
    CLICK_PARAM("LIMIT", struct ping, limit, i32, 0),
    CLICK_PARAM("STOP", struct ping, stop, bool, 0),
    CLICK_PARAM("DATA", struct ping, data, bytes, 0),
    CLICK_PARAM("ACTIVE", struct ping, active, bool, 0),
    CLICK_PARAM("MIRROR", struct ping, mirror, bool, 0),
    CLICK_PARAM("VERBOSE", struct ping, verbose, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_ACTIVE(struct ping, active),
    HANDLER_FIELD("count", struct ping, count, u64),
    {.name = "limit",
     .write = handler_write_i32,
     .flags = HANDLER_WAKES,
     .data = offsetof(struct ping, limit)},
    {.name = "interval", .write = write_interval},
    {.name = "reset_counts",
     .write = write_reset,
     .flags = HANDLER_BUTTON | HANDLER_WAKES},
    HANDLER_FIELD_RW("src", struct ping, source, ip),
    HANDLER_FIELD_RW("dst", struct ping, target, ip),
    {0},
};

const struct element_class click_class_ICMPPingSource = {
    .name = "ICMPPingSource",
    .ports = "0-1/1",
    .processing = "h/a",
    .size = sizeof(struct ping),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .pull = pull,
    .more = CLICK_MORE(.notifier = notifier, .wake = wake),
    .handlers = handlers,
};
