/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linux.c: what examples/httpd needs of a kernel, so that it runs as a Linux
 * program under the sanitizers: an inside that is made up (but has as many of
 * each as HTTPD_MANY says, and names that must be quoted). Its files are those
 * of a folder, as in a guest. tests/host/test_httpd_linux.py talks to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "coracle/inspect.h"
#include "coracle/memory.h"
#include "coracle/netdev.h"
#include "coracle/time.h"

const char coracle_version[] = "made-up";
const char program_name[] = "httpd";

unsigned long long boot_entry_time(void)
{
    return 0;
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t time_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t time_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

static unsigned int many(void)
{
    const char *text = getenv("HTTPD_MANY");

    return text ? (unsigned int)atoi(text) : 3;
}

unsigned int inspect_threads(struct inspect_thread to[], unsigned int room)
{
    for (unsigned int i = 0; i < many() && i < room; i++)
        to[i] = (struct inspect_thread){.name = "a \"quoted\\\t\" name",
                                        .state = "sleeping",
                                        .stack_size = 1 << 20,
                                        .stack_mapped = 16384,
                                        .turns = i};
    return many();
}

unsigned int inspect_cpus(struct inspect_cpu to[], unsigned int room)
{
    if (room > 0)
        to[0] = (struct inspect_cpu){.running = 1, .blocked = UINT64_MAX};
    return 1;
}

unsigned long inspect_frames(unsigned long first, unsigned long count,
                             uint8_t kinds[])
{
    unsigned long total = page_count_total();
    unsigned long i;

    if (first % 256)
        abort();
    for (i = 0; i < count && first + i < total; i++)
        kinds[i] = (uint8_t)((first + i) / 100 % INSPECT_FRAME_KINDS);
    return i;
}

static unsigned int some_ranges(struct inspect_range to[], unsigned int room)
{
    for (unsigned int i = 0; i < many() && i < room; i++) {
        to[i] = (struct inspect_range){.start = 4096 * i, .bytes = 4096};
        (void)snprintf(to[i].name, sizeof(to[i].name), "range %u", i);
    }
    return many();
}

unsigned int inspect_areas(struct inspect_range to[], unsigned int room)
{
    return some_ranges(to, room);
}

unsigned int inspect_image(struct inspect_range to[], unsigned int room)
{
    return some_ranges(to, room);
}

/* One more each time: what grows between two looks must not be too much. */
unsigned int inspect_ports(struct inspect_port to[], unsigned int room)
{
    static unsigned int more;
    unsigned int count = many() + ++more % 20;

    for (unsigned int i = 0; i < count && i < room; i++)
        to[i] =
            (struct inspect_port){.port = i, .handler = "f", .events = i * i};
    return count;
}

unsigned int inspect_grants(struct inspect_grant to[], unsigned int room)
{
    for (unsigned int i = 0; i < 512 && i < room; i++)
        to[i] = (struct inspect_grant){0, i % 3 == 0, i % 2 == 0, i % 6 == 0};
    return 512;
}

unsigned int inspect_tcp(struct inspect_tcp to[], unsigned int room,
                         unsigned int states[INSPECT_TCP_STATES])
{
    memset(states, 0, INSPECT_TCP_STATES * sizeof(states[0]));
    states[4] = many();
    for (unsigned int i = 0; i < many() && i < room; i++)
        to[i] = (struct inspect_tcp){"[::1]:80", "1.2.3.4:5", 4, 1, 2, 3, 4};
    return many();
}

const char *inspect_tcp_state(unsigned int state)
{
    static const char *const names[INSPECT_TCP_STATES] = {
        "a", "b", "c", "d", "established", "f", "g", "h", "i", "j", "k"};

    return names[state];
}

size_t page_count_total(void)
{
    return 1000u * many();
}

size_t page_count_free(void)
{
    return 500;
}

/* Interfaces 0 and 5. */
struct netdev *netdev_get(unsigned int index)
{
    static char devices[NETDEV_MAX];

    return index == 0 || index == 5 ? (struct netdev *)&devices[index] : NULL;
}

void netdev_describe(struct netdev *device, struct netdev_info *info)
{
    *info = (struct netdev_info){.index = device == netdev_get(5) ? 5 : 0,
                                 .mac = {0, 0x16, 0x3e, 1, 2, 3},
                                 .up = true,
                                 .mtu = 1500,
                                 .queues = 9};
}

void netdev_count(struct netdev *device, struct netdev_counters *counters)
{
    (void)device;
    *counters = (struct netdev_counters){.rx_packets = 1, .notifies = 9};
}

void netdev_look(struct netdev *device, unsigned int queue,
                 struct netdev_rings *rings)
{
    (void)device;
    (void)queue;
    *rings = (struct netdev_rings){256, 10, 5, 7, 256, 20, 20, 20};
}
