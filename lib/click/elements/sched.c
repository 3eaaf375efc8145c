/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.c: from which input the next packet comes.
 *
 * Schedulers have nothing to say themselves about what there is to pull: those
 * who pull look through them, at the queues above. An input that has nothing
 * costs one call.
 *
 * =c
 * RoundRobinSched
 * =s scheduling
 * pulls from its inputs in turn
 * =d
 * A pull at its output goes to the input behind the one that gave the last
 * packet, and on to the next ones until one gives a packet.
 * =a PrioSched, StrideSched, DRRSched, RoundRobinSwitch
 *
 * =c
 * SimpleRoundRobinSched
 * =s scheduling
 * another name of RoundRobinSched
 * =d
 * See RoundRobinSched.
 *
 * =c
 * PrioSched
 * =s scheduling
 * pulls from the first input that has something
 * =d
 * A pull at its output goes to input 0; if that gives nothing to input 1, and
 * so on.
 * =a RoundRobinSched, StrideSched, DRRSched
 *
 * =c
 * SimplePrioSched
 * =s scheduling
 * another name of PrioSched
 * =d
 * See PrioSched.
 *
 * =c
 * DRRSched([QUANTUM])
 * =s scheduling
 * pulls from its inputs by deficit round robin
 * =d
 * Shares its output among its inputs by bytes: each in turn may send QUANTUM
 * bytes (500, if not given), and what it could not use, as its next packet is
 * longer, it has the next time. (M. Shreedhar, G. Varghese: Efficient Fair
 * Queuing using Deficit Round Robin, 1995.)
 * =a PrioSched, StrideSched, RoundRobinSched
 *
 * =c
 * TimeSortedSched([KEYWORDS])
 * =s timestamps
 * merges streams by their timestamps
 * =d
 * Gives the packet with the earliest timestamp of those that are next at its
 * inputs. Keyword arguments:
 *
 *   STOP    true: stop the router when no input has packets any more
 *   BUFFER  packets to look at of each input (1, if not given): that many may
 *           be out of order
 *
 * =h well_ordered read-only
 * whether all packets left in the order of their timestamps
 * =a FromDump
 */
#include <stdlib.h>
#include "lib/click/element.h"
#include "lib/click/router.h"

struct sched {
    struct element element;
    unsigned int next;
    uint32_t quantum;
    struct packet **heads; /* DRRSched's, and how many bytes each may send */
    uint32_t *deficits;
};

static struct packet *round_robin_pull(struct element *element,
                                       unsigned int port)
{
    struct sched *sched = (struct sched *)element;
    unsigned int input = sched->next;

    (void)port;
    for (unsigned int i = 0; i < element->inputs; i++) {
        struct packet *packet = element_pull(element, input);

        input = input + 1 < element->inputs ? input + 1 : 0;
        if (packet) {
            sched->next = input;
            return packet;
        }
    }
    return NULL;
}

static struct packet *priority_pull(struct element *element, unsigned int port)
{
    (void)port;
    for (unsigned int i = 0; i < element->inputs; i++) {
        struct packet *packet = element_pull(element, i);

        if (packet)
            return packet;
    }
    return NULL;
}

/* ---- Deficit round robin --------------------------------------------------
 */

static void drr_defaults(struct element *element)
{
    ((struct sched *)element)->quantum = 500;
}

static int drr_configure(struct element *element, struct click_args *args)
{
    struct sched *sched = (struct sched *)element;
    size_t count = element->inputs + 1;

    if (sched->quantum == 0)
        return click_args_error(args, "QUANTUM: must be more than 0");
    sched->heads = element_alloc(element, count * sizeof(struct packet *));
    sched->deficits = element_alloc(element, count * sizeof(uint32_t));
    if (!sched->heads || !sched->deficits)
        return click_args_error(args, "out of memory");
    return 0;
}

static void drr_cleanup(struct element *element)
{
    struct sched *sched = (struct sched *)element;

    for (unsigned int i = 0; sched->heads && i < element->inputs; i++)
        packet_free(sched->heads[i]);
}

static void drr_next(struct sched *sched)
{
    sched->next = sched->next + 1 < sched->element.inputs ? sched->next + 1 : 0;
    sched->deficits[sched->next] += sched->quantum;
}

static struct packet *drr_pull(struct element *element, unsigned int port)
{
    struct sched *sched = (struct sched *)element;
    unsigned int empty = 0; /* inputs in a row */

    (void)port;
    while (empty < element->inputs) {
        unsigned int i = sched->next;
        struct packet *packet = sched->heads[i];

        if (!packet)
            packet = sched->heads[i] = element_pull(element, i);
        if (packet && packet->total <= sched->deficits[i]) {
            sched->deficits[i] -= packet->total;
            sched->heads[i] = NULL;
            return packet;
        }
        if (!packet)
            sched->deficits[i] = 0; /* who has nothing saves nothing */
        empty = packet ? 0 : empty + 1;
        drr_next(sched);
    }
    return NULL;
}

/* Packets of inputs that are no more are lost. */
static void drr_take_state(struct element *element, struct element *old)
{
    struct sched *sched = (struct sched *)element, *from = (struct sched *)old;

    for (unsigned int i = 0; i < element->inputs && i < old->inputs; i++) {
        sched->heads[i] = from->heads[i];
        sched->deficits[i] = from->deficits[i];
        from->heads[i] = NULL;
    }
    if (from->next < element->inputs)
        sched->next = from->next;
}

/* ---- By time --------------------------------------------------------------
 */

#define BUFFER_MAX 4096

struct time_sched {
    struct element element;
    bool stop, disordered, stopped;
    uint32_t buffer;
    struct packet **first; /* of each input, by time, linked */
    uint32_t *counts;
    struct click_signal *signals;
    int64_t last;
};

static void time_defaults(struct element *element)
{
    ((struct time_sched *)element)->buffer = 1;
}

static int time_configure(struct element *element, struct click_args *args)
{
    struct time_sched *sched = (struct time_sched *)element;
    size_t count = element->inputs + 1;

    if (sched->buffer < 1 || sched->buffer > BUFFER_MAX)
        return click_args_error(args, "BUFFER: 1 to %d", BUFFER_MAX);
    sched->first = element_alloc(element, count * sizeof(struct packet *));
    sched->counts = element_alloc(element, count * sizeof(uint32_t));
    sched->signals = element_alloc(element, count * sizeof(*sched->signals));
    if (!sched->first || !sched->counts || !sched->signals)
        return click_args_error(args, "out of memory");
    return 0;
}

static int time_initialize(struct element *element, struct click_errors *errors)
{
    struct time_sched *sched = (struct time_sched *)element;

    for (unsigned int i = 0; i < element->inputs; i++)
        if (signal_upstream(&sched->signals[i], element, i, NULL))
            return click_error(errors, NULL, "out of memory");
    return 0;
}

static void time_cleanup(struct element *element)
{
    struct time_sched *sched = (struct time_sched *)element;

    for (unsigned int i = 0; sched->signals && i < element->inputs; i++)
        signal_free(&sched->signals[i]);
    for (unsigned int i = 0; sched->first && i < element->inputs; i++)
        while (sched->first[i]) {
            struct packet *packet = sched->first[i];

            sched->first[i] = packet->next;
            packet_free(packet);
        }
}

static void time_take_state(struct element *element, struct element *old)
{
    struct time_sched *sched = (struct time_sched *)element;
    struct time_sched *from = (struct time_sched *)old;

    for (unsigned int i = 0; i < element->inputs && i < old->inputs; i++) {
        sched->first[i] = from->first[i];
        sched->counts[i] = from->counts[i];
        from->first[i] = NULL;
    }
    sched->disordered = from->disordered;
    sched->last = from->last;
}

static int64_t time_of(const struct packet *packet)
{
    return click_notes_const(packet)->time;
}

/* Have BUFFER packets of an input, if it has so many, by time. */
static void fill(struct time_sched *sched, unsigned int i)
{
    while (sched->counts[i] < sched->buffer) {
        struct packet *packet = element_pull(&sched->element, i);
        struct packet **place = &sched->first[i];

        if (!packet)
            return;
        while (*place && time_of(*place) <= time_of(packet))
            place = &(*place)->next;
        packet->next = *place;
        *place = packet;
        sched->counts[i]++;
    }
}

static void see_to_end(struct time_sched *sched)
{
    for (unsigned int i = 0; i < sched->element.inputs; i++)
        if (signal_active(&sched->signals[i]))
            return;
    if (sched->stop && !sched->stopped) {
        sched->stopped = true;
        router_stop(sched->element.router);
    }
}

static struct packet *time_pull(struct element *element, unsigned int port)
{
    struct time_sched *sched = (struct time_sched *)element;
    struct packet *packet;
    unsigned int best = element->inputs;

    (void)port;
    for (unsigned int i = 0; i < element->inputs; i++) {
        fill(sched, i);
        if (sched->first[i] &&
            (best == element->inputs ||
             time_of(sched->first[i]) < time_of(sched->first[best])))
            best = i;
    }
    if (best == element->inputs) {
        see_to_end(sched);
        return NULL;
    }
    packet = sched->first[best];
    sched->first[best] = packet->next;
    sched->counts[best]--;
    packet->next = NULL;
    sched->stopped = false;
    sched->disordered |= time_of(packet) < sched->last;
    sched->last = time_of(packet);
    return packet;
}

static int read_well_ordered(struct element *element,
                             const struct click_handler *handler,
                             const char *param, struct text *out)
{
    (void)handler;
    (void)param;
    text_puts(out,
              ((struct time_sched *)element)->disordered ? "false" : "true");
    return 0;
}

/* ---- Classes --------------------------------------------------------------
 */

static const struct click_param no_params[] = {{0}};

static const struct click_param drr_params[] = {
    CLICK_PARAM("QUANTUM", struct sched, quantum, u32, CLICK_POSITIONAL),
    {0},
};

static const struct click_param time_params[] = {
    CLICK_PARAM("STOP", struct time_sched, stop, bool, 0),
    CLICK_PARAM("BUFFER", struct time_sched, buffer, u32, 0),
    {0},
};

static const struct click_handler time_handlers[] = {
    {.name = "well_ordered", .read = read_well_ordered},
    {0},
};

#define SIMPLE(id, pull_)                                                      \
    const struct element_class click_class_##id = {                            \
        .name = #id,                                                           \
        .ports = "-/1",                                                        \
        .processing = "l/l",                                                   \
        .size = sizeof(struct sched),                                          \
        .params = no_params,                                                   \
        .pull = (pull_),                                                       \
    }

SIMPLE(RoundRobinSched, round_robin_pull);
SIMPLE(SimpleRoundRobinSched, round_robin_pull);
SIMPLE(PrioSched, priority_pull);
SIMPLE(SimplePrioSched, priority_pull);

const struct element_class click_class_DRRSched = {
    .name = "DRRSched",
    .ports = "-/1",
    .processing = "l/l",
    .size = sizeof(struct sched),
    .params = drr_params,
    .defaults = drr_defaults,
    .configure = drr_configure,
    .cleanup = drr_cleanup,
    .take_state = drr_take_state,
    .pull = drr_pull,
};

const struct element_class click_class_TimeSortedSched = {
    .name = "TimeSortedSched",
    .ports = "-/1",
    .processing = "l/l",
    .size = sizeof(struct time_sched),
    .params = time_params,
    .defaults = time_defaults,
    .configure = time_configure,
    .initialize = time_initialize,
    .cleanup = time_cleanup,
    .take_state = time_take_state,
    .pull = time_pull,
    .handlers = time_handlers,
};
