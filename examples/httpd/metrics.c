/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metrics.c: the inside in the text format that Prometheus reads (version
 * 0.0.4: "# HELP", "# TYPE", then NAME{LABEL="VALUE"} NUMBER).
 *
 * The names follow its conventions: a prefix, the unit in full and in base
 * units (seconds, bytes), _total for what only grows. No two lines may have
 * the same name and labels, so there is nothing here per thread: threads can
 * have the same name.
 */
#include <stdio.h>
#include "connection.h"
#include "inside.h"
#include "output.h"

#define PAGE_BYTES 4096

extern const char coracle_version[], program_name[];

static void begin(struct text *text, const char *name, const char *type,
                  const char *help)
{
    text_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put(struct text *text, const char *name, uint64_t value)
{
    text_put(text, name);
    text_put(text, " ");
    text_number(text, value);
    text_put(text, "\n");
}

/* The same with a label; its value is one of ours and needs no escapes. */
static void put_for(struct text *text, const char *name, const char *label,
                    const char *value, uint64_t number)
{
    text_format(text, "%s{%s=\"%s\"} %llu\n", name, label, value,
                (unsigned long long)number);
}

static void put_seconds(struct text *text, const char *what, uint64_t ns)
{
    text_format(text, "%s %llu.%09llu\n", what,
                (unsigned long long)(ns / 1000000000),
                (unsigned long long)(ns % 1000000000));
}

/* ---- The kernel ---------------------------------------------------------- */

static void put_about(const struct inside *inside, struct text *text)
{
    begin(text, "coracle_info", "gauge", "What runs here; always 1.");
    text_format(text, "coracle_info{program=\"%s\",version=\"%s\"} 1\n",
                program_name, coracle_version);
    begin(text, "coracle_uptime_seconds", "gauge", "Time since the boot.");
    put_seconds(text, "coracle_uptime_seconds", inside->uptime);
}

static void put_cpu(struct text *text, unsigned int id, const char *state,
                    uint64_t ns)
{
    char what[64];

    (void)snprintf(what, sizeof(what),
                   "coracle_cpu_seconds_total{cpu=\"%u\",state=\"%s\"}", id,
                   state);
    put_seconds(text, what, ns);
}

static void put_cpus(const struct inside *inside, struct text *text)
{
    begin(text, "coracle_cpu_seconds_total", "counter",
          "What each virtual CPU did, as Xen counts it.");
    for (unsigned int i = 0; i < inside->cpus.count; i++) {
        const struct inspect_cpu *cpu = &inside->cpus.at[i];

        put_cpu(text, cpu->id, "running", cpu->running);
        put_cpu(text, cpu->id, "runnable", cpu->runnable);
        put_cpu(text, cpu->id, "blocked", cpu->blocked);
        put_cpu(text, cpu->id, "offline", cpu->offline);
    }
}

static void put_threads(const struct inside *inside, struct text *text)
{
    static const char *const states[] = {"running", "ready", "sleeping"};

    begin(text, "coracle_threads", "gauge", "Threads by state.");
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        unsigned int count = 0;

        for (unsigned int j = 0; j < inside->threads.count; j++)
            count += !strcmp(inside->threads.at[j].state, states[i]);
        put_for(text, "coracle_threads", "state", states[i], count);
    }
}

static void put_memory(const struct inside *inside, struct text *text)
{
    static const char *const uses[INSPECT_FRAME_KINDS] = {
        [INSPECT_FRAME_BOOT] = "boot",
        [INSPECT_FRAME_UNMAPPED] = "unmapped",
        [INSPECT_FRAME_FREE] = "free",
        [INSPECT_FRAME_PAGES] = "pages",
        [INSPECT_FRAME_SMALL] = "small",
        [INSPECT_FRAME_LARGE] = "large",
        [INSPECT_FRAME_RECORDS] = "records",
    };

    begin(text, "coracle_memory_bytes", "gauge", "Memory by use.");
    for (int i = 0; i < INSPECT_FRAME_KINDS; i++)
        put_for(text, "coracle_memory_bytes", "use", uses[i],
                inside->frames_of[i] * PAGE_BYTES);
    begin(text, "coracle_memory_available_bytes", "gauge",
          "Memory that could be allocated, mapped or not.");
    put(text, "coracle_memory_available_bytes",
        inside->frames_free * PAGE_BYTES);
}

static void put_ports(const struct inside *inside, struct text *text)
{
    begin(text, "coracle_events_total", "counter",
          "Events that were handled, by event channel.");
    for (unsigned int i = 0; i < inside->ports.count; i++)
        text_format(text,
                    "coracle_events_total{port=\"%u\",handler=\"%s\"} %llu\n",
                    inside->ports.at[i].port, inside->ports.at[i].handler,
                    (unsigned long long)inside->ports.at[i].events);
}

static void put_grants(const struct inside *inside, struct text *text)
{
    unsigned int given = 0, in_use = 0;

    for (unsigned int i = 0; i < inside->grants.count; i++) {
        given += inside->grants.at[i].given;
        in_use += inside->grants.at[i].given && inside->grants.at[i].in_use;
    }
    begin(text, "coracle_grants", "gauge",
          "Entries of the grant table: given to others, and of these mapped"
          " by them now.");
    put_for(text, "coracle_grants", "state", "free",
            inside->grants.count - given);
    put_for(text, "coracle_grants", "state", "given", given - in_use);
    put_for(text, "coracle_grants", "state", "mapped", in_use);
}

/* ---- The network --------------------------------------------------------- */

/* One metric for all interfaces. `offset`: which of the counters. */
static void put_counter(const struct inside *inside, struct text *text,
                        const char *name, const char *help, size_t offset)
{
    begin(text, name, "counter", help);
    for (unsigned int i = 0; i < inside->interfaces.count; i++) {
        const struct inside_interface *interface = &inside->interfaces.at[i];
        uint64_t value;

        memcpy(&value, (const char *)&interface->counters + offset,
               sizeof(value));
        text_format(text, "%s{interface=\"%u\"} %llu\n", name,
                    interface->info.index, (unsigned long long)value);
    }
}

static void put_rings(const struct inside *inside, struct text *text)
{
    const char *name = "coracle_network_ring_requests";

    begin(text, name, "gauge",
          "Requests on a ring whose answer was not read yet.");
    for (unsigned int i = 0; i < inside->interfaces.count; i++) {
        const struct inside_interface *interface = &inside->interfaces.at[i];

        for (unsigned int q = 0; q < interface->queues; q++) {
            const struct netdev_rings *rings = &interface->rings[q];

            text_format(text,
                        "%s{interface=\"%u\",queue=\"%u\",ring=\"rx\"} %u\n"
                        "%s{interface=\"%u\",queue=\"%u\",ring=\"tx\"} %u\n",
                        name, interface->info.index, q,
                        rings->rx_produced - rings->rx_consumed, name,
                        interface->info.index, q,
                        rings->tx_produced - rings->tx_consumed);
        }
    }
}

#define COUNTER(name, help, field)                                             \
    put_counter(inside, text, "coracle_network_" name "_total", help,          \
                offsetof(struct netdev_counters, field))

static void put_network(const struct inside *inside, struct text *text)
{
    begin(text, "coracle_network_up", "gauge",
          "Whether the interface has a backend.");
    for (unsigned int i = 0; i < inside->interfaces.count; i++)
        text_format(text, "coracle_network_up{interface=\"%u\"} %d\n",
                    inside->interfaces.at[i].info.index,
                    inside->interfaces.at[i].info.up);
    COUNTER("receive_packets", "Packets received.", rx_packets);
    COUNTER("receive_bytes", "Bytes received.", rx_bytes);
    COUNTER("receive_errors", "Packets that came damaged.", rx_errors);
    COUNTER("transmit_packets", "Packets sent.", tx_packets);
    COUNTER("transmit_bytes", "Bytes sent.", tx_bytes);
    COUNTER("transmit_errors", "Packets that could not be sent.", tx_errors);
    COUNTER("notifications_sent", "Events sent to the backend.", notifies);
    put_rings(inside, text);
    begin(text, "coracle_tcp_connections", "gauge", "TCP connections.");
    for (unsigned int i = 0; i < INSPECT_TCP_STATES; i++)
        put_for(text, "coracle_tcp_connections", "state", inspect_tcp_state(i),
                inside->tcp_states[i]);
}

/* ---- The server ---------------------------------------------------------- */

static void put_http(struct text *text)
{
    static const char *const phases[PHASES] = {"idle", "head", "send", "drain"};
    static const char *const classes[] = {"0xx", "1xx", "2xx",
                                          "3xx", "4xx", "5xx"};
    const struct connection_counters *counters = connections_counters();

    begin(text, "httpd_connections", "gauge",
          "Clients, by what they are waited for.");
    for (int i = 0; i < PHASES; i++)
        put_for(text, "httpd_connections", "phase", phases[i],
                connections_count((enum phase)i));
    begin(text, "httpd_accepted_total", "counter", "Connections accepted.");
    put(text, "httpd_accepted_total", counters->accepted);
    begin(text, "httpd_requests_total", "counter",
          "Requests that were understood.");
    put(text, "httpd_requests_total", counters->requests);
    begin(text, "httpd_responses_total", "counter", "Responses by class.");
    for (int i = 2; i <= 5; i++)
        put_for(text, "httpd_responses_total", "class", classes[i],
                counters->status[i]);
    begin(text, "httpd_sent_bytes_total", "counter", "Bytes of responses.");
    put(text, "httpd_sent_bytes_total", output_sent());
    begin(text, "httpd_closed_total", "counter",
          "Connections closed before their client did.");
    put_for(text, "httpd_closed_total", "reason", "timeout",
            counters->timed_out);
    put_for(text, "httpd_closed_total", "reason", "evicted", counters->evicted);
}

void inside_write_metrics(const struct inside *inside, struct text *text)
{
    put_about(inside, text);
    put_cpus(inside, text);
    put_threads(inside, text);
    put_memory(inside, text);
    put_ports(inside, text);
    put_grants(inside, text);
    put_network(inside, text);
    put_http(text);
}
