/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status.c: the inside as JSON, which www/status.js draws.
 *
 * Frames and grants are a character each, in one string, because there are
 * thousands of them. Numbers that only grow are sent as they are: what happened
 * between two looks is for the reader to subtract.
 */
#include "connection.h"
#include "inside.h"
#include "output.h"

/* As enum inspect_frame has them. */
static const char frame_letters[INSPECT_FRAME_KINDS] = {'b', 'u', '.', 'p',
                                                        's', 'l', 'r'};

extern const char coracle_version[], program_name[];

/* Between the elements of a list. */
static void put_comma(struct text *text, unsigned int i)
{
    if (i > 0)
        text_put(text, ",");
}

static const char *boolean(bool value)
{
    return value ? "true" : "false";
}

static void put_cpus(const struct inside *inside, struct text *text)
{
    for (unsigned int i = 0; i < inside->cpus.count; i++) {
        const struct inspect_cpu *cpu = &inside->cpus.at[i];

        put_comma(text, i);
        text_format(text,
                    "{\"id\":%u,\"running\":%llu,\"runnable\":%llu,"
                    "\"blocked\":%llu,\"offline\":%llu}",
                    cpu->id, (unsigned long long)cpu->running,
                    (unsigned long long)cpu->runnable,
                    (unsigned long long)cpu->blocked,
                    (unsigned long long)cpu->offline);
    }
}

static void put_threads(const struct inside *inside, struct text *text)
{
    for (unsigned int i = 0; i < inside->threads.count; i++) {
        const struct inspect_thread *thread = &inside->threads.at[i];

        put_comma(text, i);
        text_put(text, "{\"name\":");
        text_quote(text, thread->name);
        text_format(text,
                    ",\"state\":\"%s\",\"cpu\":%u,\"stack\":%zu,"
                    "\"mapped\":%zu,\"turns\":%llu}",
                    thread->state, thread->cpu, thread->stack_size,
                    thread->stack_mapped, (unsigned long long)thread->turns);
    }
}

static void put_frames(const struct inside *inside, struct text *text)
{
    text_format(text,
                "\"total\":%llu,\"free\":%llu,\"per_cell\":%llu,\"cells\":\"",
                (unsigned long long)inside->frames,
                (unsigned long long)inside->frames_free,
                (unsigned long long)inside->cell_frames);
    for (unsigned int i = 0; i < inside->cells; i++)
        text_add(text, &frame_letters[inside->cell[i]], 1);
    text_put(text, "\"");
}

static void put_ranges(const struct inspect_range *ranges, unsigned int count,
                       struct text *text)
{
    for (unsigned int i = 0; i < count; i++) {
        put_comma(text, i);
        text_format(text, "{\"start\":\"%llx\",\"bytes\":%zu,\"name\":",
                    (unsigned long long)ranges[i].start, ranges[i].bytes);
        text_quote(text, ranges[i].name);
        text_format(text, ",\"write\":%s,\"execute\":%s}",
                    boolean(ranges[i].write), boolean(ranges[i].execute));
    }
}

static void put_ports(const struct inside *inside, struct text *text)
{
    for (unsigned int i = 0; i < inside->ports.count; i++) {
        const struct inspect_port *port = &inside->ports.at[i];

        put_comma(text, i);
        text_format(text,
                    "{\"port\":%u,\"cpu\":%u,\"handler\":\"%s\","
                    "\"events\":%llu,\"pending\":%s,\"masked\":%s}",
                    port->port, port->cpu, port->handler,
                    (unsigned long long)port->events, boolean(port->pending),
                    boolean(port->masked));
    }
}

/* '.': free; given read-only 'r', for writing 'w', and in capitals while the
 * other side has it. */
static void put_grants(const struct inside *inside, struct text *text)
{
    for (unsigned int i = 0; i < inside->grants.count; i++) {
        const struct inspect_grant *grant = &inside->grants.at[i];
        char letter = grant->readonly ? 'r' : 'w';

        if (!grant->given)
            letter = '.';
        else if (grant->in_use)
            letter = grant->readonly ? 'R' : 'W';
        text_add(text, &letter, 1);
    }
}

static void put_ring(struct text *text, const char *name, uint32_t size,
                     uint32_t produced, uint32_t answered, uint32_t consumed)
{
    text_format(text,
                "\"%s\":{\"size\":%u,\"produced\":%u,\"answered\":%u,"
                "\"consumed\":%u}",
                name, size, produced, answered, consumed);
}

static void put_counters(const struct netdev_counters *c, struct text *text)
{
    text_format(
        text,
        ",\"rx_packets\":%llu,\"rx_bytes\":%llu,\"rx_errors\":%llu,"
        "\"tx_packets\":%llu,\"tx_bytes\":%llu,\"tx_errors\":%llu,"
        "\"rx_notified\":%llu,\"tx_notified\":%llu,\"notifies\":%llu",
        (unsigned long long)c->rx_packets, (unsigned long long)c->rx_bytes,
        (unsigned long long)c->rx_errors, (unsigned long long)c->tx_packets,
        (unsigned long long)c->tx_bytes, (unsigned long long)c->tx_errors,
        (unsigned long long)c->rx_notified, (unsigned long long)c->tx_notified,
        (unsigned long long)c->notifies);
}

static void put_interface(const struct inside_interface *interface,
                          struct text *text)
{
    const struct netdev_info *info = &interface->info;

    text_format(text,
                "{\"index\":%u,\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\","
                "\"up\":%s,\"mtu\":%u",
                info->index, info->mac[0], info->mac[1], info->mac[2],
                info->mac[3], info->mac[4], info->mac[5], boolean(info->up),
                info->mtu);
    put_counters(&interface->counters, text);
    text_put(text, ",\"queues\":[");
    for (unsigned int i = 0; i < interface->queues; i++) {
        const struct netdev_rings *rings = &interface->rings[i];

        put_comma(text, i);
        text_put(text, "{");
        put_ring(text, "rx", rings->rx_size, rings->rx_produced,
                 rings->rx_answered, rings->rx_consumed);
        text_put(text, ",");
        put_ring(text, "tx", rings->tx_size, rings->tx_produced,
                 rings->tx_answered, rings->tx_consumed);
        text_put(text, "}");
    }
    text_put(text, "]}");
}

static void put_tcp(const struct inside *inside, struct text *text)
{
    for (unsigned int i = 0; i < inside->tcp.count; i++) {
        const struct inspect_tcp *tcp = &inside->tcp.at[i];

        put_comma(text, i);
        text_format(text,
                    "{\"local\":\"%s\",\"remote\":\"%s\",\"state\":\"%s\","
                    "\"queued\":%u,\"window\":%u,\"congestion\":%u,"
                    "\"receive_window\":%u}",
                    tcp->local, tcp->remote, inspect_tcp_state(tcp->state),
                    tcp->queued, tcp->window, tcp->congestion,
                    tcp->receive_window);
    }
}

static void put_http(struct text *text)
{
    const struct connection_counters *counters = connections_counters();

    text_format(text,
                "\"idle\":%u,\"head\":%u,\"send\":%u,\"drain\":%u,"
                "\"accepted\":%llu,\"requests\":%llu,\"bytes_sent\":%llu,"
                "\"timed_out\":%llu,\"evicted\":%llu",
                connections_count(PHASE_IDLE), connections_count(PHASE_HEAD),
                connections_count(PHASE_SEND), connections_count(PHASE_DRAIN),
                (unsigned long long)counters->accepted,
                (unsigned long long)counters->requests,
                (unsigned long long)output_sent(),
                (unsigned long long)counters->timed_out,
                (unsigned long long)counters->evicted);
}

void inside_write_json(const struct inside *inside, struct text *text)
{
    text_put(text, "{\"program\":");
    text_quote(text, program_name);
    text_put(text, ",\"version\":");
    text_quote(text, coracle_version);
    text_format(text, ",\"uptime\":%llu,\"time\":%llu,\"cpus\":[",
                (unsigned long long)inside->uptime,
                (unsigned long long)inside->time);
    put_cpus(inside, text);
    text_put(text, "],\"threads\":[");
    put_threads(inside, text);
    text_put(text, "],\"frames\":{");
    put_frames(inside, text);
    text_put(text, "},\"image\":[");
    put_ranges(inside->image.at, inside->image.count, text);
    text_put(text, "],\"areas\":[");
    put_ranges(inside->areas.at, inside->areas.count, text);
    text_put(text, "],\"ports\":[");
    put_ports(inside, text);
    text_put(text, "],\"grants\":\"");
    put_grants(inside, text);
    text_put(text, "\",\"interfaces\":[");
    for (unsigned int i = 0; i < inside->interfaces.count; i++) {
        put_comma(text, i);
        put_interface(&inside->interfaces.at[i], text);
    }
    text_put(text, "],\"tcp\":[");
    put_tcp(inside, text);
    text_put(text, "],\"http\":{");
    put_http(text);
    text_put(text, "}}\n");
}
