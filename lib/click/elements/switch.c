/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * switch.c: one of several ways, chosen without a look at the packet, or by a
 * hash of its bytes.
 *
 * =c
 * Switch([OUTPUT])
 * =s classification
 * sends packets to the output that was set
 * =d
 * Pushes each packet out of output OUTPUT (0, if not given); drops it if that
 * is negative.
 * =h switch read/write
 * the OUTPUT argument
 * =h config read/write
 * the same
 * =a StaticSwitch, PullSwitch, RoundRobinSwitch, StrideSwitch, HashSwitch
 *
 * =c
 * StaticSwitch(OUTPUT)
 * =s classification
 * sends packets to one output
 * =d
 * Switch that cannot be switched.
 * =a Switch
 *
 * =c
 * RoundRobinSwitch
 * =s classification
 * sends packets to the outputs in turn
 * =d
 * Pushes each packet out of the output behind the last one's.
 * =a StrideSwitch, HashSwitch, RandomSwitch
 *
 * =c
 * RandomSwitch
 * =s classification
 * sends packets to outputs by chance
 * =d
 * Pushes each packet out of any of its outputs.
 * =a RoundRobinSwitch, HashSwitch
 *
 * =c
 * HashSwitch(OFFSET, LENGTH)
 * =s classification
 * sends packets to outputs by a hash
 * =d
 * Pushes each packet out of an output that a hash of LENGTH bytes from OFFSET
 * on says: packets that are equal there go the same way. One that is shorter
 * goes to output 0.
 * =e
 *   HashSwitch(12, 8) // by source and destination address of IP packets
 * =a RoundRobinSwitch, RandomSwitch
 *
 * =c
 * Bypass([ACTIVE])
 * =s classification
 * takes packets by another way, if wanted
 * =io
 * one or two inputs, one or two outputs
 * =d
 * Packets from input 0 leave by output 0, or by output 1 if ACTIVE is true.
 * Packets from input 1 leave by output 0. With pull ports the same: a pull at
 * output 0 goes to input 0, or to input 1 if ACTIVE is true; one at output 1 to
 * input 0. The keyword INLINE is taken and means nothing here.
 * =h active read/write
 * the ACTIVE argument
 * =a Switch, PullSwitch
 *
 * =c
 * Hub
 * =s basictransfer
 * copies packets to all other ports
 * =d
 * Pushes a copy of each packet out of each output but the one with the number
 * of the input that it came by.
 * =a Tee, EtherSwitch
 */
#include "lib/click/element.h"

/* What HashSwitch looks at. */
#define HASH_MAX 256

struct chooser {
    struct element element;
    int32_t output;
    uint32_t next;
    uint32_t offset, length;
    bool active, in_line;
};

static int configure(struct element *element, struct click_args *args)
{
    struct chooser *chooser = (struct chooser *)element;

    if (chooser->output >= (int32_t)element->outputs)
        return click_args_error(args, "OUTPUT: there is no output %d",
                                (int)chooser->output);
    return 0;
}

static void switch_push(struct element *element, unsigned int port,
                        struct packet *packet)
{
    int32_t output = ((struct chooser *)element)->output;

    (void)port;
    if (output < 0)
        packet_free(packet);
    else
        element_push(element, (unsigned int)output, packet);
}

static void round_robin_push(struct element *element, unsigned int port,
                             struct packet *packet)
{
    struct chooser *chooser = (struct chooser *)element;
    uint32_t output = chooser->next;

    (void)port;
    chooser->next = output + 1 < element->outputs ? output + 1 : 0;
    element_push(element, output, packet);
}

static void random_push(struct element *element, unsigned int port,
                        struct packet *packet)
{
    (void)port;
    element_push(element, click_random(element) % element->outputs, packet);
}

static int hash_configure(struct element *element, struct click_args *args)
{
    struct chooser *chooser = (struct chooser *)element;

    if (chooser->length == 0 || chooser->length > HASH_MAX)
        return click_args_error(args, "LENGTH: 1 to %d", HASH_MAX);
    return 0;
}

/* FNV-1a, by G. Fowler, L. Noll, K. Vo; its high bits are folded in. */
static uint32_t hash(const uint8_t *bytes, uint32_t length)
{
    uint32_t value = 2166136261;

    for (uint32_t i = 0; i < length; i++)
        value = (value ^ bytes[i]) * 16777619;
    return value ^ value >> 16;
}

static void hash_push(struct element *element, unsigned int port,
                      struct packet *packet)
{
    const struct chooser *chooser = (struct chooser *)element;
    uint8_t bytes[HASH_MAX];
    uint32_t output = 0;

    (void)port;
    if (packet_read(packet, chooser->offset, bytes, chooser->length))
        output = hash(bytes, chooser->length) % element->outputs;
    element_push(element, output, packet);
}

/* ---- Bypass and Hub -------------------------------------------------------
 */

static void bypass_push(struct element *element, unsigned int port,
                        struct packet *packet)
{
    bool other = ((struct chooser *)element)->active && port == 0;

    element_side(element, other ? 1 : 0, packet);
}

static struct packet *bypass_pull(struct element *element, unsigned int port)
{
    bool other = ((struct chooser *)element)->active && port == 0;

    return !other || element->inputs > 1 ? element_pull(element, other) : NULL;
}

static void hub_push(struct element *element, unsigned int port,
                     struct packet *packet)
{
    unsigned int last = element->outputs - 1;

    if (last == port && last > 0)
        last--;
    for (unsigned int i = 0; i < last; i++) {
        struct packet *copy = i != port ? packet_copy(packet) : NULL;

        if (copy)
            element_push(element, i, copy);
    }
    if (last != port)
        element_push(element, last, packet);
    else
        packet_free(packet); /* there is no other port */
}

/* ---- Classes --------------------------------------------------------------
 */

static const struct click_param switch_params[] = {
    CLICK_PARAM("OUTPUT", struct chooser, output, i32, CLICK_POSITIONAL),
    {0},
};

static const struct click_param static_params[] = {
    CLICK_PARAM("OUTPUT", struct chooser, output, i32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_param hash_params[] = {
    CLICK_PARAM("OFFSET", struct chooser, offset, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("LENGTH", struct chooser, length, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_param bypass_params[] = {
    CLICK_PARAM("ACTIVE", struct chooser, active, bool, CLICK_POSITIONAL),
    CLICK_PARAM("INLINE", struct chooser, in_line, bool, 0),
    {0},
};

static const struct click_param no_params[] = {{0}};

static const struct click_handler switch_handlers[] = {
    HANDLER_ARGUMENT("switch"),
    {0},
};

static const struct click_handler bypass_handlers[] = {
    HANDLER_ARGUMENT("active"),
    {0},
};

const struct element_class click_class_Switch = {
    .name = "Switch",
    .ports = "1/-",
    .processing = "h/h",
    .size = sizeof(struct chooser),
    .params = switch_params,
    .configure = configure,
    .reconfigurable = true,
    .push = switch_push,
    .handlers = switch_handlers,
};

const struct element_class click_class_StaticSwitch = {
    .name = "StaticSwitch",
    .ports = "1/-",
    .processing = "h/h",
    .size = sizeof(struct chooser),
    .params = static_params,
    .configure = configure,
    .push = switch_push,
};

const struct element_class click_class_RoundRobinSwitch = {
    .name = "RoundRobinSwitch",
    .ports = "1/1-",
    .processing = "h/h",
    .size = sizeof(struct chooser),
    .params = no_params,
    .push = round_robin_push,
};

const struct element_class click_class_RandomSwitch = {
    .name = "RandomSwitch",
    .ports = "1/1-",
    .processing = "h/h",
    .size = sizeof(struct chooser),
    .params = no_params,
    .push = random_push,
};

const struct element_class click_class_HashSwitch = {
    .name = "HashSwitch",
    .ports = "1/1-",
    .processing = "h/h",
    .size = sizeof(struct chooser),
    .params = hash_params,
    .configure = hash_configure,
    .push = hash_push,
};

const struct element_class click_class_Bypass = {
    .name = "Bypass",
    .ports = "1-2/1-2",
    .processing = "a/a",
    .more = CLICK_MORE(.flow = "xy/[xy]x"),
    .size = sizeof(struct chooser),
    .params = bypass_params,
    .reconfigurable = true,
    .push = bypass_push,
    .pull = bypass_pull,
    .handlers = bypass_handlers,
};

const struct element_class click_class_Hub = {
    .name = "Hub",
    .ports = "-/=",
    .processing = "h/h",
    .more = CLICK_MORE(.flow = "#/[^#]"),
    .size = sizeof(struct chooser),
    .params = no_params,
    .push = hub_push,
};
