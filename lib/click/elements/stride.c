/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stride.c: shares by tickets: stride scheduling of ports (see tasks.c).
 *
 * Of two ports with equal passes, the one whose pass was set later is first.
 *
 * =c
 * StrideSched(TICKETS0, ..., TICKETSN)
 * =s scheduling
 * pulls from its inputs in proportion
 * =d
 * Has as many inputs as arguments. A pull at its output goes to the input whose
 * turn it is, and on to the next ones until one gives a packet. Input I gives
 * packets in proportion to TICKETSI.
 * =h tickets0...ticketsN read/write
 * the tickets of one input
 * =a PrioSched, RoundRobinSched, DRRSched, StrideSwitch
 *
 * =c
 * StrideSwitch(TICKETS0, ..., TICKETSN)
 * =s classification
 * sends packets to its outputs in proportion
 * =d
 * Has as many outputs as arguments. Packets leave by output I in proportion to
 * TICKETSI.
 * =h tickets0...ticketsN read/write
 * the tickets of one output
 * =a StrideSched, RoundRobinSwitch
 */
#include <string.h>
#include "lib/click/element.h"
#include "lib/printf.h"

#define STRIDE_ONE  65536
#define TICKETS_MAX 32768

struct share {
    uint64_t pass;
    uint32_t tickets, turn; /* of equal passes, the greatest turn is first */
    char handler[20];
};

struct stride {
    struct element element;
    struct share *shares;
    unsigned int count;
    uint32_t turn;
    bool *tried;
};

static int configure(struct element *element, struct click_args *args)
{
    struct stride *stride = (struct stride *)element;
    bool sched = element->class->pull;
    unsigned int ports = sched ? element->inputs : element->outputs;

    if (args->count != ports)
        return click_args_error(args, "%u %s need as many arguments", ports,
                                sched ? "inputs" : "outputs");
    stride->count = ports;
    stride->shares = element_alloc(element, (ports + 1) * sizeof(struct share));
    stride->tried = element_alloc(element, ports + 1);
    if (!stride->shares || !stride->tried)
        return click_args_error(args, "out of memory");
    for (unsigned int i = 0; i < ports; i++) {
        uint64_t tickets;

        if (click_read_integer(args->words[i], 1, UINT32_MAX, &tickets))
            return click_args_error(args, "expected tickets, 1 to %d, not '%s'",
                                    TICKETS_MAX, args->words[i]);
        if (tickets > TICKETS_MAX) {
            click_warning(args->errors, NULL,
                          "tickets of port %u reduced to %d", i, TICKETS_MAX);
            tickets = TICKETS_MAX;
        }
        stride->shares[i].tickets = (uint32_t)tickets;
        stride->shares[i].pass = STRIDE_ONE / tickets;
        stride->shares[i].turn = stride->turn++;
    }
    return 0;
}

/* Whose turn it is of those not tried; `count`: nobody's. */
static unsigned int find_first(const struct stride *stride)
{
    unsigned int first = stride->count;

    for (unsigned int i = 0; i < stride->count; i++) {
        const struct share *share = &stride->shares[i];

        if (stride->tried[i])
            continue;
        if (first == stride->count ||
            share->pass < stride->shares[first].pass ||
            (share->pass == stride->shares[first].pass &&
             share->turn > stride->shares[first].turn))
            first = i;
    }
    return first;
}

static void pass_on(struct stride *stride, unsigned int i)
{
    stride->shares[i].pass += STRIDE_ONE / stride->shares[i].tickets;
    stride->shares[i].turn = stride->turn++;
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct stride *stride = (struct stride *)element;
    struct packet *packet = NULL;
    unsigned int i;

    (void)port;
    memset(stride->tried, 0, stride->count);
    while (!packet && (i = find_first(stride)) < stride->count) {
        packet = element_pull(element, i);
        stride->tried[i] = true;
        pass_on(stride, i);
    }
    return packet;
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct stride *stride = (struct stride *)element;
    unsigned int i = find_first(stride);

    (void)port;
    pass_on(stride, i);
    element_push(element, i, packet);
}

static int read_tickets(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    (void)param;
    text_printf(out, "%u",
                ((struct stride *)element)->shares[handler->data].tickets);
    return 0;
}

static int write_tickets(struct element *element,
                         const struct click_handler *handler, const char *value,
                         struct click_errors *errors)
{
    uint64_t tickets;

    if (click_read_integer(value, 1, TICKETS_MAX, &tickets))
        return click_error(errors, NULL, "expected tickets, 1 to %d",
                           TICKETS_MAX);
    ((struct stride *)element)->shares[handler->data].tickets =
        (uint32_t)tickets;
    return 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct stride *stride = (struct stride *)element;

    for (unsigned int i = 0; i < stride->count; i++) {
        struct click_handler handler = {.name = stride->shares[i].handler,
                                        .read = read_tickets,
                                        .write = write_tickets,
                                        .data = i};

        string_format(stride->shares[i].handler,
                      sizeof(stride->shares[i].handler), "tickets%u", i);
        if (element_add_handler(element, &handler))
            return click_error(errors, NULL, "out of memory");
    }
    return 0;
}

const struct element_class click_class_StrideSched = {
    .name = "StrideSched",
    .ports = "1-/1",
    .processing = "l/l",
    .size = sizeof(struct stride),
    .configure = configure,
    .initialize = initialize,
    .pull = pull,
};

const struct element_class click_class_StrideSwitch = {
    .name = "StrideSwitch",
    .ports = "1/1-",
    .processing = "h/h",
    .size = sizeof(struct stride),
    .configure = configure,
    .initialize = initialize,
    .push = push,
};
