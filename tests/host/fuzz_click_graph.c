/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_graph.c: any graph, any packets, any handlers, in any order.
 *
 * The bytes choose a graph: one of examples/click, or a chain of the stages in
 * click_stages.h, whose further outputs lead past the rest. Then they choose
 * what happens to it: packets, with or without a sensible start, in pieces,
 * with checksums left blank or large segments; time; handlers read and
 * written; and another router of the same configuration that takes over.
 *
 * A graph may be refused, with an error. One that runs touches nothing that is
 * no packet's, loses nothing, and ends.
 */
#include "click_stages.h"
#include "click_world.h"
#include "lib/click/checksum.h"
#include "lib/click/state.h"
#include "tools/click/device.h"

static const char *const examples[] = {
    "wire",  "mirror",   "switch",  "router",  "firewall", "nat",
    "cgnat", "balancer", "limiter", "monitor", "ids",      "dns"};

static const struct click_parameter params[] = {{"MAC0", "02:00:00:00:00:01"},
                                                {"MAC1", "02:00:00:00:00:02"},
                                                {"MAC2", "02:00:00:00:00:03"},
                                                {"FLOWS", "6"}};

/* ---- The bytes ------------------------------------------------------------
 */

static const uint8_t *bytes;
static size_t left;

static uint8_t next(void)
{
    if (left == 0)
        return 0;
    left--;
    return *bytes++;
}

static unsigned int below(unsigned int limit)
{
    return next() % limit;
}

/* ---- The graph ------------------------------------------------------------
 */

static void put_stage(struct text *out, const char *stage)
{
    for (; *stage; stage++)
        if (*stage == '#')
            text_puts(out, numbers[below(ARRAY_SIZE(numbers))]);
        else if (*stage == '@')
            text_puts(out, addresses[below(ARRAY_SIZE(addresses))]);
        else
            text_add(out, stage, 1);
}

static void make_chain(struct text *out)
{
    unsigned int count = 1 + below(6);
    const char *chosen[6];

    for (unsigned int i = 0; i < count; i++) {
        chosen[i] = stages[below(ARRAY_SIZE(stages))];
        text_printf(out, "e%u :: ", i);
        put_stage(out, chosen[i] + 1);
        text_puts(out, ";\n");
    }
    text_printf(
        out,
        "in :: Null; Idle -> in -> %s e0; Idle -> side :: Null -> Discard;\n"
        "e%u :: Discard;\n",
        beginnings[below(ARRAY_SIZE(beginnings))], count);
    for (unsigned int i = 0; i < count; i++) {
        text_printf(out, "e%u -> e%u;\n", i, i + 1);
        for (int port = 1; port < *chosen[i] - '0'; port++)
            text_printf(out, "e%u[%d] -> side;\n", i, port);
    }
}

static void make_example(struct text *out, unsigned int which)
{
    static char texts[ARRAY_SIZE(examples)][8192];
    char path[100];
    FILE *file;

    if (!*texts[which]) {
        snprintf(path, sizeof(path), "examples/click/%s.click",
                 examples[which]);
        file = fopen(path, "r");
        expect(file, "the examples are below this folder");
        expect(fread(texts[which], 1, sizeof(texts[0]) - 1, file) > 0,
               "they can be read");
        fclose(file);
    }
    text_puts(out, texts[which]);
}

static struct router *make_router(const char *text, struct router *old)
{
    return world_try(text, params, ARRAY_SIZE(params), old);
}

/* ---- Packets --------------------------------------------------------------
 */

static const uint32_t hosts[] = {0x0a000232, 0x0a000301, 0x0a000201,
                                 0x0a00034d, 0x0a00030b, 0xffffffff,
                                 0xe0000001, 0x0a424242};
static const uint16_t ports[] = {80, 53, 1024, 1025, 5001, 22, 0, 65535};

/* A PPPoE frame's head, an ARP packet, or an IP packet's first 40 bytes with a
 * right checksum; behind an Ethernet header or not. */
static size_t begin(uint8_t *at)
{
    static const uint8_t protocols[] = {1, 6, 17, 4};
    uint8_t kind = next(), way = next(), *first = at;
    uint8_t port = next();
    struct ether_header *ether = (void *)at;
    struct arp_header *arp;
    struct ip_header *ip;

    if (kind & 1) {
        memcpy(ether->to, (uint8_t[]){2, 0, 0, 0, 0, kind >> 6}, 6);
        memcpy(ether->from, (uint8_t[]){2, 0, 0, 0, 0, kind >> 5 & 3}, 6);
        ether->type = htons(kind & 2 ? ETHER_ARP : ETHER_IP);
        at += sizeof(*ether);
    }
    if ((kind & 0xc3) == 0xc1) { /* PPPoE: version, code, session */
        ether->type = htons(ETHER_PPPOE_DISCOVERY + (kind >> 2 & 1));
        at[0] = 0x11;
        at[1] = kind & 4 ? 0 : (uint8_t[]){9, 25, 167, 7}[kind >> 3 & 3];
        at[2] = 0;
        at[3] = way & 7;
        at[4] = 0;
        at[5] = next();
        return 20;
    }
    if (kind & 2) {
        arp = (void *)at;
        *arp = (struct arp_header){.hardware = htons(1),
                                   .protocol = htons(ETHER_IP),
                                   .hardware_length = 6,
                                   .protocol_length = 4,
                                   .operation = htons(port & 3),
                                   .sender_ip = htonl(hosts[way & 7]),
                                   .sender_mac = {2, 0, 0, 0, 1, port >> 2},
                                   .target_ip = htonl(hosts[way >> 3 & 7])};
        return (size_t)(at - first) + sizeof(*arp);
    }
    ip = (void *)at;
    memset(at, 0, 40);
    at[0] = kind & 4 ? 0x46 : 0x45;
    ip->total = htons(next() + 20);
    ip->id = htons(port & 1);
    ip->fragment = htons(kind & 8 ? (uint16_t)(next() << 8 | way) : 0);
    ip->ttl = way >> 6;
    ip->protocol = protocols[kind >> 4 & 3];
    ip->from = htonl(hosts[way & 7]);
    ip->to = htonl(hosts[way >> 3 & 7]);
    memcpy(at + 20,
           (uint16_t[]){htons(ports[port & 7]), htons(ports[port >> 3 & 7])},
           4);
    if (ip->protocol == 1)
        at[20] = (uint8_t[]){0, 8, 3, 11}[port >> 6];
    at[32] = 0x50;
    at[33] = way;
    ip->checksum =
        (uint16_t)~checksum_fold(checksum_add(0, at, (at[0] & 15) * 4));
    return (size_t)(at - first) + (ip->protocol == 6 ? 40 : 28);
}

static struct packet *make_packet(void)
{
    struct packet *packet;
    uint8_t how = next(), step = next() % 80 + 1, store[400];
    size_t length = how & 1 ? begin(store) : 0, more = next();

    for (; more > 0 && left > 0; more--)
        store[length++] = next();
    packet = world_packet(store, length, step);
    if (how & 2)
        packet->flags |= PACKET_CSUM_BLANK;
    if (how & 4)
        packet->flags |= PACKET_CSUM_VALID;
    if (how & 8) {
        packet->gso_type = PACKET_GSO_TCPV4;
        packet->gso_size = (uint16_t)(how << 4);
    }
    if (how & 16)
        click_anno_set_u8(packet, CLICK_ANNO_PAINT, how);
    return packet;
}

/* To a FromDevice, as if it had received it; or to the chain. */
static void give_packet(struct router *router)
{
    struct element *in = router_find(router, "in");
    struct packet *packet = make_packet();
    unsigned int which = next(), found = 0;

    for (unsigned int round = 0; !in && round <= which % 3; round++)
        for (unsigned int i = 0; !in && i < router_elements(router); i++) {
            struct element *element = router_element(router, i);

            if (!strcmp(element->class->name, "FromDevice") &&
                found++ == which % 3)
                in = element;
        }
    if (in)
        element_push(in, 0, packet);
    else
        packet_free(packet);
}

/* ---- Handlers -------------------------------------------------------------
 */

static void read_all(struct router *router)
{
    for (unsigned int i = 0; i < router_elements(router); i++) {
        struct element *element = router_element(router, i);
        const struct click_handler *each;

        for (unsigned int n = 0; (each = element_handler_at(element, n)); n++) {
            struct text out = {0};

            if (each->read && !(each->flags & HANDLER_HIDDEN))
                (void)!element_read(element, each->name, "1", &out);
            text_free(&out);
        }
    }
}

static void write_one(struct router *router)
{
    struct element *element =
        router_element(router, below(router_elements(router)));
    unsigned int which = below(40), length = below(24);
    const struct click_handler *handler = element_handler_at(element, which);
    struct click_errors errors = {.say = world_error};
    struct text value = {0};

    if (length < 8)
        put_stage(&value, (const char *[]){"#", "@", "# #", "@/24", "@ @ #",
                                           "@/16 @ #", "true", ""}[length]);
    else
        for (; length > 0; length--) {
            char letter = (char)next();

            if (letter && letter != '/') /* no files */
                text_add(&value, &letter, 1);
        }
    world_lines = 0;
    if (handler && handler->write &&
        element_write(element, handler->name, text_string(&value), &errors))
        expect(world_lines > 0, "a handler that fails says why");
    text_free(&value);
}

/* ---- All of it ------------------------------------------------------------
 */

static struct router *swap(const char *text, struct router *router)
{
    struct router *other = make_router(text, router);

    if (!other)
        return router;
    router_destroy(router);
    return other;
}

static void live(const char *text, struct router *router)
{
    int64_t wakeup;

    while (left > 0) {
        uint8_t what = next();

        if (what < 200)
            give_packet(router);
        else if (what < 215)
            world_time += next() * 40000000LL;
        else if (what < 245)
            write_one(router);
        else if (what < 248)
            read_all(router);
        else if (what < 252)
            router = swap(text, router);
        if (!router_run(router, &wakeup))
            break;
    }
    read_all(router);
    router_destroy(router);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = {0};
    struct router *router;
    unsigned int which;

    if (size > 4096)
        return 0;
    device_offline = true;
    world_time = 1000000000000000000;
    world_seed = 0;
    bytes = data;
    left = size;
    which = next();
    if (which < ARRAY_SIZE(examples))
        make_example(&text, which);
    else
        make_chain(&text);
    router = make_router(text_string(&text), NULL);
    if (router)
        live(text_string(&text), router);
    text_free(&text);
    return 0;
}
