/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ether_switch.c: a learning Ethernet switch.
 *
 * =c
 * EtherSwitch([TIMEOUT, KEYWORDS])
 * =s ethernet
 * a learning Ethernet switch
 * =d
 * Each input with the output of the same number is a port of the switch.
 * EtherSwitch learns from the source addresses behind which port a machine is,
 * and sends packets for it there only; packets for unknown machines and for
 * groups go to all ports but the one they came from. A packet that would go
 * back where it came from is dropped.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item TIMEOUT
 * Time in seconds after which a machine that was silent is forgotten. Default
 * is 300. With 0 nothing is learned: a hub.
 * =item CAPACITY
 * Unsigned integer. Machines remembered; beyond, one that was silent for longer
 * than others of its place in the table is forgotten. Default is 4096.
 * =back
 * =h table read-only
 * Lines "ETH PORT".
 * =h timeout read/write
 * The TIMEOUT argument.
 * =h drops read-only
 * Packets whose machine is behind the port they came from, and copies that no
 * memory was there for.
 * =a Tee, HostEtherFilter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/headers.h"

#define SECOND 1000000000LL
#define WAYS   4u /* machines at each place of the table */

/*
 * The table has fixed places, each for WAYS machines: whatever addresses are
 * made up by somebody, it needs no more memory and no more time.
 */
struct machine {
    uint8_t mac[6];
    uint16_t port;
    int64_t heard; /* steady; 0: nobody */
};

struct ether_switch {
    struct element element;
    uint64_t timeout; /* ns */
    uint32_t capacity;
    struct machine *machines;
    uint32_t places; /* a power of 2, each of WAYS */
    uint64_t drops;
};

static const struct click_param params[] = {
    CLICK_PARAM("TIMEOUT", struct ether_switch, timeout, interval,
                CLICK_POSITIONAL),
    CLICK_PARAM("CAPACITY", struct ether_switch, capacity, u32, 0),
    {0},
};

static void defaults(struct element *element)
{
    struct ether_switch *self = (struct ether_switch *)element;

    self->timeout = 300 * (uint64_t)SECOND;
    self->capacity = 4096;
}

static int configure(struct element *element, struct click_args *args)
{
    struct ether_switch *self = (struct ether_switch *)element;

    if (self->capacity == 0 || self->capacity > 1u << 20)
        return click_args_error(args, "CAPACITY: expected 1 to %u", 1u << 20);
    self->places = 1;
    while (self->places * WAYS < self->capacity)
        self->places *= 2;
    self->machines =
        calloc((size_t)self->places * WAYS, sizeof(*self->machines));
    return self->machines ? 0 : -ENOMEM;
}

static void cleanup(struct element *element)
{
    free(((struct ether_switch *)element)->machines);
}

/* ---- Machines -------------------------------------------------------------
 */

static struct machine *place_of(const struct ether_switch *self,
                                const uint8_t mac[6])
{
    uint32_t low, hash;
    uint16_t high;

    memcpy(&low, mac + 2, sizeof(low));
    memcpy(&high, mac, sizeof(high));
    hash = (low ^ high * 0x85ebca6bu) * 0x9e3779b1u;
    return &self->machines[(size_t)(hash >> 10 & (self->places - 1)) * WAYS];
}

static bool alive(const struct ether_switch *self,
                  const struct machine *machine, int64_t now)
{
    return machine->heard != 0 &&
           now - machine->heard <= (int64_t)self->timeout;
}

static struct machine *find(const struct ether_switch *self,
                            const uint8_t mac[6])
{
    struct machine *place = place_of(self, mac);

    for (unsigned int i = 0; i < WAYS; i++) {
        if (memcmp(place[i].mac, mac, 6) == 0 && place[i].heard != 0)
            return &place[i];
    }
    return NULL;
}

static void learn(struct ether_switch *self, const uint8_t mac[6],
                  unsigned int port, int64_t now)
{
    struct machine *machine = find(self, mac);

    if (!machine) { /* the one heard of longest ago, or nobody yet */
        machine = place_of(self, mac);
        for (unsigned int i = 1; i < WAYS; i++) {
            if (place_of(self, mac)[i].heard < machine->heard)
                machine = &place_of(self, mac)[i];
        }
        memcpy(machine->mac, mac, 6);
    }
    machine->port = (uint16_t)port;
    machine->heard = now ? now : 1;
}

/* ---- Packets --------------------------------------------------------------
 */

/* To all ports but `from`; the last gets the packet itself. */
static void flood(struct ether_switch *self, unsigned int from,
                  struct packet *packet)
{
    unsigned int outputs = self->element.outputs;
    unsigned int last = from == outputs - 1 ? outputs - 2 : outputs - 1;

    if (outputs < 2) {
        self->drops++;
        packet_free(packet);
        return;
    }
    for (unsigned int port = 0; port < last; port++) {
        struct packet *copy;

        if (port == from)
            continue;
        copy = packet_copy(packet);
        if (copy)
            element_push(&self->element, port, copy);
        else
            self->drops++;
    }
    element_push(&self->element, last, packet);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct ether_switch *self = (struct ether_switch *)element;
    const struct ether_header *header;
    const struct machine *machine = NULL;
    int64_t now = click_steady(element);

    if (!click_pull_up(packet, sizeof(*header))) {
        self->drops++;
        packet_free(packet);
        return;
    }
    header = (const struct ether_header *)packet->data;
    if (self->timeout != 0 && !(header->from[0] & 1))
        learn(self, header->from, port, now);
    if (self->timeout != 0 && !(header->to[0] & 1))
        machine = find(self, header->to);
    if (!machine || !alive(self, machine, now)) {
        flood(self, port, packet);
    } else if (machine->port == port) {
        self->drops++;
        packet_free(packet);
    } else {
        element_push(element, machine->port, packet);
    }
}

/* ---- Handlers -------------------------------------------------------------
 */

static void take_state(struct element *element, struct element *old)
{
    struct ether_switch *self = (struct ether_switch *)element;
    const struct ether_switch *before = (struct ether_switch *)old;

    for (size_t i = 0; i < (size_t)before->places * WAYS; i++) {
        const struct machine *machine = &before->machines[i];

        if (machine->heard != 0 && machine->port < element->outputs)
            learn(self, machine->mac, machine->port, machine->heard);
    }
    self->drops = before->drops;
}

static int read_table(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct ether_switch *self = (struct ether_switch *)element;
    int64_t now = click_steady(element);

    (void)handler;
    (void)param;
    for (size_t i = 0; i < (size_t)self->places * WAYS; i++) {
        const struct machine *machine = &self->machines[i];

        if (!alive(self, machine, now))
            continue;
        text_ether(out, machine->mac);
        text_printf(out, " %u\n", machine->port);
    }
    return 0;
}

static const struct click_handler handlers[] = {
    {.name = "table", .read = read_table},
    HANDLER_FIELD_RW("timeout", struct ether_switch, timeout, interval),
    HANDLER_FIELD("drops", struct ether_switch, drops, u64),
    {0},
};

const struct element_class click_class_EtherSwitch = {
    .name = "EtherSwitch",
    .ports = "1-/=",
    .processing = "h/h",
    .more = CLICK_MORE(.flow = "#/[^#]"),
    .size = sizeof(struct ether_switch),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .handlers = handlers,
};
