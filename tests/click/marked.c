/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * marked.c: packets with the marks that interfaces of a guest give them,
 * through a graph: for test_marks.py and test_segments.py.
 *
 *     click-marked CONFIGURATION < packets
 *
 * The graph has elements `in`, which each packet is pushed out of, and `out`:
 * what leaves that does not go on but is printed. A line is a packet, both
 * ways: its flags (PACKET_CSUM_BLANK, PACKET_CSUM_VALID), its gso_size (0: no
 * large segment), its bytes. Pieces are short behind the first 128 bytes, which
 * is where FromDevice has headers. After the last packet, time passes until
 * nothing is left to do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "lib/click/router.h"

#define HEADERS 128u
#define PIECE   700u

static int64_t now = 1000000000000000000;

static int64_t marked_now(struct router_world *world)
{
    (void)world;
    return now;
}

static uint32_t marked_random(struct router_world *world)
{
    (void)world;
    return 4;
}

static void say(struct router_world *world, const char *line)
{
    (void)world;
    fprintf(stderr, "%s\n", line);
}

static void say_error(struct click_errors *errors, const char *line)
{
    (void)errors;
    fprintf(stderr, "%s\n", line);
}

static void print_packet(struct element *element, unsigned int port,
                         struct packet *packet)
{
    (void)element;
    (void)port;
    printf("%u %u ", packet->flags, packet->gso_type ? packet->gso_size : 0u);
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (unsigned int i = 0; i < piece->length; i++)
            printf("%02x", piece->data[i]);
    putchar('\n');
    packet_free(packet);
}

static size_t read_hex(const char *hex, uint8_t *bytes)
{
    size_t count = 0;

    for (; sscanf(hex, "%2hhx", &bytes[count]) == 1; hex += 2)
        count++;
    return count;
}

static struct packet *make_packet(const uint8_t *bytes, size_t length)
{
    size_t done = length < HEADERS ? length : HEADERS;
    struct packet *packet = click_packet(PACKET_HEADROOM, (unsigned int)done);

    memcpy(packet->data, bytes, done);
    while (done < length) {
        size_t some = length - done < PIECE ? length - done : PIECE;
        struct packet *piece = packet_alloc(some);

        memcpy(piece->data, bytes + done, some);
        packet_append(packet, piece);
        done += some;
    }
    click_set_mac_header(packet, 0);
    return packet;
}

/* Until nothing is left to do, but no longer than 1 s, which pass at once. */
static void settle(struct router *router)
{
    int64_t end = now + 1000000000, wakeup = 0;

    while (now < end && wakeup < INT64_MAX) {
        (void)!router_run(router, &wakeup);
        now = wakeup > now ? wakeup : now + 1000000;
    }
}

int main(int argc, char **argv)
{
    static struct router_world world = {.now = marked_now,
                                        .steady = marked_now,
                                        .say = say,
                                        .random = marked_random};
    struct click_errors errors = {.say = say_error};
    static char line[2 * PACKET_MAX + 100];
    static uint8_t bytes[PACKET_MAX + 50];
    struct router *router;

    if (argc != 2)
        return 2;
    router = router_create("config", argv[1], NULL, 0, NULL, &world, &errors);
    if (!router)
        return 1;
    router_find(router, "out")->output[0].push = print_packet;
    while (fgets(line, sizeof(line), stdin)) {
        unsigned int flags, gso;
        struct packet *packet;
        int at;

        if (sscanf(line, "%u %u %n", &flags, &gso, &at) != 2)
            return 2;
        packet = make_packet(bytes, read_hex(line + at, bytes));
        packet->flags = (uint8_t)flags;
        packet->gso_size = (uint16_t)gso;
        if (gso)
            packet->gso_type =
                bytes[12] == 0x86 ? PACKET_GSO_TCPV6 : PACKET_GSO_TCPV4;
        element_push(router_find(router, "in"), 0, packet);
    }
    settle(router);
    router_destroy(router);
    return 0;
}
