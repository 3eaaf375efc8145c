/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow_monitor.c: who talks to whom, and how much: what routers report as
 * NetFlow, as a table to read.
 *
 * The table is a fixed number of places with a few flows each (as in
 * EtherSwitch): whatever addresses somebody makes up, it costs no more memory
 * and no more time. A new flow takes the place of the one that was silent for
 * longest among the few of its place.
 *
 * =c
 * FlowMonitor([CAPACITY, KEYWORDS])
 * =s counters
 * counts packets and bytes of each IP flow
 * =d
 * Packets must have their IP header annotation set; they pass as they are. A
 * flow is a protocol, two addresses and, with TCP and UDP, two ports; each
 * direction is one. A large segment counts as the packets that it will become.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item CAPACITY
 * Unsigned integer. Flows remembered. Default is 4096.
 * =item TIMEOUT
 * Time. A flow that is silent for so long is shown no more, and begins anew.
 * Default is one minute.
 * =back
 * =h table read-only
 * A line for each flow: protocol, source, source port, destination, destination
 * port, packets, bytes, seconds since the first and since the last packet.
 * =h top "read with parameters"
 * The so many flows (10) with most bytes, in the same form.
 * =h count read-only
 * Flows in the table.
 * =h packets read-only
 * Packets so far.
 * =h bytes read-only
 * Their bytes, IP headers included. A large segment counts as what it becomes.
 * =h evicted read-only
 * Flows that lost their place to others.
 * =h clear write-only
 * Forget all flows.
 * =e
 *   FromDevice(eth0) -> MarkIPHeader(14) -> m :: FlowMonitor -> ToDevice(eth1);
 * =a AggregateIPFlows, Counter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/elements/flow.h"

#define WAYS   4u
#define SECOND 1000000000LL

struct record {
    struct flow_id id;
    uint64_t packets, bytes;
    int64_t first, last; /* steady; packets 0: free */
};

struct monitor {
    struct element element;
    uint32_t capacity;
    uint64_t timeout;
    struct record *records;
    uint32_t places; /* a power of 2, each of WAYS */
    uint64_t packets, bytes, evicted;
};

static const struct click_param params[] = {
    CLICK_PARAM("CAPACITY", struct monitor, capacity, u32, CLICK_POSITIONAL),
    CLICK_PARAM("TIMEOUT", struct monitor, timeout, interval, 0),
    {0},
};

static void defaults(struct element *element)
{
    struct monitor *self = (struct monitor *)element;

    self->capacity = 4096;
    self->timeout = 60 * (uint64_t)SECOND;
}

static int configure(struct element *element, struct click_args *args)
{
    struct monitor *self = (struct monitor *)element;

    if (self->capacity == 0 || self->capacity > 1u << 20)
        return click_args_error(args, "CAPACITY: expected 1 to %u", 1u << 20);
    self->places = 1;
    while (self->places * WAYS < self->capacity)
        self->places *= 2;
    self->records = calloc((size_t)self->places * WAYS, sizeof(struct record));
    return self->records ? 0 : -ENOMEM;
}

static void cleanup(struct element *element)
{
    free(((struct monitor *)element)->records);
}

/* ---- Packets --------------------------------------------------------------
 */

static struct record *place_of(const struct monitor *self,
                               const struct flow_id *id)
{
    return &self->records[(size_t)(flow_hash(id) & (self->places - 1)) * WAYS];
}

static bool alive(const struct monitor *self, const struct record *record,
                  int64_t now)
{
    return record->packets > 0 && now - record->last <= (int64_t)self->timeout;
}

/* The record of `id`, a fresh one if it has none. */
static struct record *record_of(struct monitor *self, const struct flow_id *id,
                                int64_t now)
{
    struct record *place = place_of(self, id), *oldest = place;

    for (unsigned int i = 0; i < WAYS; i++) {
        if (place[i].packets > 0 && flow_same(&place[i].id, id)) {
            if (!alive(self, &place[i], now))
                place[i].packets = place[i].bytes = 0;
            return &place[i];
        }
        if (place[i].packets == 0 ||
            (oldest->packets > 0 && place[i].last < oldest->last))
            oldest = &place[i];
    }
    self->evicted += alive(self, oldest, now);
    *oldest = (struct record){.id = *id};
    return oldest;
}

static struct flow_id id_of(const struct packet *packet,
                            const struct ip_header *ip)
{
    struct flow_id id = {ip->from, ip->to, 0, 0, ip->protocol};
    const uint8_t *ports = (const uint8_t *)ip + ip_header_length(ip);

    if ((ip->protocol == PROTOCOL_TCP || ip->protocol == PROTOCOL_UDP) &&
        ip_is_first(ip) && ports + 4 <= packet->data + packet->length) {
        memcpy(&id.from_port, ports, 2);
        memcpy(&id.to_port, ports + 2, 2);
    }
    return id;
}

/* How many packets on the wire this one stands for; *bytes: of all of them. */
static uint64_t wire_packets(const struct packet *packet,
                             const struct ip_header *ip, uint64_t *bytes)
{
    const struct tcp_header *tcp = transport_of(packet, sizeof(*tcp));
    unsigned int headers =
        ip_header_length(ip) + (tcp ? tcp_header_length(tcp) : 0);
    uint64_t packets;

    *bytes = ntohs(ip->total);
    if (packet->gso_type == PACKET_GSO_NONE || packet->gso_size == 0 ||
        *bytes <= headers)
        return 1;
    packets = (*bytes - headers + packet->gso_size - 1) / packet->gso_size;
    *bytes += (packets - 1) * headers;
    return packets;
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct monitor *self = (struct monitor *)element;
    const struct ip_header *ip = ip_of(packet);
    int64_t now = click_steady(element);
    struct record *record;
    struct flow_id id;
    uint64_t packets, bytes;

    if (!ip)
        return packet;
    id = id_of(packet, ip);
    packets = wire_packets(packet, ip, &bytes);
    record = record_of(self, &id, now);
    if (record->packets == 0)
        record->first = now;
    record->last = now;
    record->packets += packets;
    record->bytes += bytes;
    self->packets += packets;
    self->bytes += bytes;
    return packet;
}

/* ---- Handlers -------------------------------------------------------------
 */

static void print_record(struct text *out, const struct record *record,
                         int64_t now)
{
    text_printf(out, "%u ", record->id.protocol);
    text_ip(out, &record->id.from);
    text_printf(out, " %u ", ntohs(record->id.from_port));
    text_ip(out, &record->id.to);
    text_printf(out, " %u %llu %llu %lld %lld\n", ntohs(record->id.to_port),
                (unsigned long long)record->packets,
                (unsigned long long)record->bytes,
                (long long)((now - record->first) / SECOND),
                (long long)((now - record->last) / SECOND));
}

static int read_table(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct monitor *self = (struct monitor *)element;
    int64_t now = click_steady(element);

    (void)handler;
    (void)param;
    for (size_t i = 0; i < (size_t)self->places * WAYS; i++) {
        if (alive(self, &self->records[i], now))
            print_record(out, &self->records[i], now);
    }
    return 0;
}

static int read_count(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct monitor *self = (struct monitor *)element;
    int64_t now = click_steady(element);
    unsigned int count = 0;

    (void)handler;
    (void)param;
    for (size_t i = 0; i < (size_t)self->places * WAYS; i++)
        count += alive(self, &self->records[i], now);
    text_printf(out, "%u", count);
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    uint64_t x = (*(const struct record *const *)a)->bytes;
    uint64_t y = (*(const struct record *const *)b)->bytes;

    return x > y ? -1 : x < y;
}

static int read_top(struct element *element,
                    const struct click_handler *handler, const char *param,
                    struct text *out)
{
    const struct monitor *self = (struct monitor *)element;
    size_t all = (size_t)self->places * WAYS, count = 0;
    const struct record **list;
    int64_t now = click_steady(element);
    uint64_t most = 10;

    (void)handler;
    if (*param && click_read_integer(param, 1, UINT32_MAX, &most) != 0) {
        text_printf(out, "expected a number, not '%s'", param);
        return -EINVAL;
    }
    list = malloc(all * sizeof(*list));
    if (!list)
        return -ENOMEM;
    for (size_t i = 0; i < all; i++) {
        if (alive(self, &self->records[i], now))
            list[count++] = &self->records[i];
    }
    qsort(list, count, sizeof(*list), by_bytes);
    for (size_t i = 0; i < count && i < most; i++)
        print_record(out, list[i], now);
    free(list);
    return 0;
}

static int write_clear(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct monitor *self = (struct monitor *)element;

    (void)handler;
    (void)value;
    (void)errors;
    memset(self->records, 0,
           (size_t)self->places * WAYS * sizeof(struct record));
    return 0;
}

static void take_state(struct element *element, struct element *old)
{
    struct monitor *self = (struct monitor *)element;
    const struct monitor *before = (struct monitor *)old;

    for (size_t i = 0; i < (size_t)before->places * WAYS; i++) {
        const struct record *record = &before->records[i];

        if (record->packets > 0)
            *record_of(self, &record->id, record->last) = *record;
    }
    self->packets = before->packets;
    self->bytes = before->bytes;
    self->evicted = before->evicted;
}

static const struct click_handler handlers[] = {
    {.name = "table", .read = read_table},
    {.name = "top", .read = read_top, .flags = HANDLER_PARAM},
    {.name = "count", .read = read_count},
    HANDLER_FIELD("packets", struct monitor, packets, u64),
    HANDLER_FIELD("bytes", struct monitor, bytes, u64),
    HANDLER_FIELD("evicted", struct monitor, evicted, u64),
    {.name = "clear", .write = write_clear, .flags = HANDLER_BUTTON},
    {0},
};

const struct element_class click_class_FlowMonitor = {
    .name = "FlowMonitor",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct monitor),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .cleanup = cleanup,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};
