/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drop.c: packets that do not pass, by chance, rate or decree.
 *
 * =c
 * RandomSample([P, KEYWORDS])
 * =s dropping
 * passes packets by chance
 * =d
 * Passes each packet with probability P to output 0; the others leave by output
 * 1, or are dropped. Keyword arguments, one of the first two if P is not given:
 *
 *   SAMPLE  P
 *   DROP    the probability that a packet does not pass
 *   ACTIVE  false: all pass; true, if not given
 *
 * =h sampling_prob read/write
 * P
 * =h drop_prob read/write
 * 1 - P
 * =h active read/write
 * the ACTIVE argument
 * =h drops read-only
 * packets that did not pass
 * =a ProbSplitter, RED
 *
 * =c
 * ProbSplitter(P)
 * =s classification
 * sends packets to two outputs by chance
 * =d
 * Pushes each packet out of output 1 with probability P, else out of output 0.
 * =h sampling_prob read/write
 * P
 * =a RandomSample
 *
 * =c
 * Suppressor
 * =s classification
 * passes packets port by port, or not
 * =d
 * Has as many outputs as inputs; packets pass from input I to output I. A port
 * may be shut: what is pushed there is dropped, what is pulled gives nothing.
 * =h active0...activeN read/write
 * whether port I is open
 * =h reset write-only
 * opens all ports
 * =a Switch
 *
 * =c
 * Block(THRESH)
 * =s dropping
 * splits packets by a rate annotation
 * =d
 * Packets whose FWD_RATE annotation is at most THRESH leave by output 0, others
 * by output 1; all by output 0 if THRESH is 0.
 * =h thresh read/write
 * the THRESH argument
 * =a Meter
 *
 * =c
 * Meter(RATE0, RATE1, ...)
 * =s shaping
 * sends packets to outputs by their rate
 * =d
 * Measures how many packets come a second, as Counter does. While that is less
 * than RATE0, packets leave by output 0; while it is less than RATE1, by output
 * 1; and so on. There is one output more than arguments.
 * =h rate read-only
 * packets a second
 * =h meters read-only
 * the arguments
 * =a BandwidthMeter, RatedSplitter
 *
 * =c
 * BandwidthMeter(RATE0, RATE1, ...)
 * =s shaping
 * sends packets to outputs by their bandwidth
 * =d
 * Meter for bytes.
 * =h rate read-only
 * bytes a second
 * =h meters read-only
 * the arguments
 * =a Meter, BandwidthRatedSplitter
 */
#include <inttypes.h>
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/ewma.h"
#include "lib/click/real.h"
#include "lib/click/types.h"
#include "lib/printf.h"

/* ---- By chance ------------------------------------------------------------
 */

struct sample {
    struct element element;
    double probability, drop;
    bool active;
    uint64_t drops;
};

static void sample_defaults(struct element *element)
{
    struct sample *sample = (struct sample *)element;

    sample->probability = sample->drop = -1;
    sample->active = true;
}

static int sample_configure(struct element *element, struct click_args *args)
{
    struct sample *sample = (struct sample *)element;

    if ((sample->probability >= 0) == (sample->drop >= 0))
        return click_args_error(args, "expected one probability, 0 to 1");
    if (sample->drop >= 0)
        sample->probability = 1 - sample->drop;
    sample->drop = -1;
    if (sample->probability < 0 || sample->probability > 1)
        return click_args_error(args, "a probability is 0 to 1");
    return 0;
}

static bool chosen(struct sample *sample)
{
    return click_random(&sample->element) < sample->probability * 4294967296.0;
}

static struct packet *sample_simple(struct element *element,
                                    struct packet *packet)
{
    struct sample *sample = (struct sample *)element;

    if (!sample->active || chosen(sample))
        return packet;
    sample->drops++;
    element_side(element, 1, packet);
    return NULL;
}

static void sample_take_state(struct element *element, struct element *old)
{
    ((struct sample *)element)->drops = ((struct sample *)old)->drops;
}

static void splitter_push(struct element *element, unsigned int port,
                          struct packet *packet)
{
    (void)port;
    element_push(element, chosen((struct sample *)element) ? 1 : 0, packet);
}

/* `data`: of dropping. */
static int read_probability(struct element *element,
                            const struct click_handler *handler,
                            const char *param, struct text *out)
{
    double probability = ((struct sample *)element)->probability;

    (void)param;
    text_real(out, handler->data ? 1 - probability : probability, 'g', 6,
              false);
    return 0;
}

static int write_probability(struct element *element,
                             const struct click_handler *handler,
                             const char *value, struct click_errors *errors)
{
    double probability;

    if (click_read_double(value, &probability) || probability < 0 ||
        probability > 1)
        return click_error(errors, NULL, "a probability is 0 to 1");
    ((struct sample *)element)->probability =
        handler->data ? 1 - probability : probability;
    return 0;
}

/* ---- By decree ------------------------------------------------------------
 */

struct suppressor {
    struct element element;
    bool *shut;
    char (*names)[20];
};

static void suppressor_push(struct element *element, unsigned int port,
                            struct packet *packet)
{
    if (((struct suppressor *)element)->shut[port])
        packet_free(packet);
    else
        element_push(element, port, packet);
}

static struct packet *suppressor_pull(struct element *element,
                                      unsigned int port)
{
    return ((struct suppressor *)element)->shut[port]
               ? NULL
               : element_pull(element, port);
}

static int read_open(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    (void)param;
    text_puts(out, ((struct suppressor *)element)->shut[handler->data]
                       ? "false"
                       : "true");
    return 0;
}

static int write_open(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    bool open;

    if (click_read_bool(value, &open))
        return click_error(errors, NULL, "expected true or false");
    ((struct suppressor *)element)->shut[handler->data] = !open;
    return 0;
}

static int write_open_all(struct element *element,
                          const struct click_handler *handler,
                          const char *value, struct click_errors *errors)
{
    (void)handler;
    (void)value;
    (void)errors;
    memset(((struct suppressor *)element)->shut, 0, element->inputs);
    return 0;
}

static int suppressor_configure(struct element *element,
                                struct click_args *args)
{
    struct suppressor *suppressor = (struct suppressor *)element;
    size_t count = element->inputs + 1;

    suppressor->shut = element_alloc(element, count);
    suppressor->names = element_alloc(element, count * 20);
    if (!suppressor->shut || !suppressor->names)
        return click_args_error(args, "out of memory");
    for (unsigned int i = 0; i < element->inputs; i++) {
        struct click_handler handler = {.name = suppressor->names[i],
                                        .read = read_open,
                                        .write = write_open,
                                        .data = i};

        string_format(suppressor->names[i], 20, "active%u", i);
        if (element_add_handler(element, &handler))
            return click_args_error(args, "out of memory");
    }
    return 0;
}

/* ---- By rate --------------------------------------------------------------
 */

struct meter {
    struct element element;
    uint32_t threshold; /* Block's */
    struct ewma rate;
    uint64_t *limits;
    unsigned int count;
};

static void block_push(struct element *element, unsigned int port,
                       struct packet *packet)
{
    uint32_t threshold = ((struct meter *)element)->threshold;
    bool more =
        threshold && click_anno_u32(packet, CLICK_ANNO_FWD_RATE) > threshold;

    (void)port;
    element_push(element, more ? 1 : 0, packet);
}

static bool of_bytes(const struct element *element)
{
    return element->class->name[0] == 'B';
}

static int meter_configure(struct element *element, struct click_args *args)
{
    struct meter *meter = (struct meter *)element;
    bool unit;

    if (args->count == 0)
        return click_args_error(args, "expected rates");
    if (element->outputs != args->count + 1)
        return click_args_error(args, "%u rates need %u outputs", args->count,
                                args->count + 1);
    meter->limits = element_alloc(element, args->count * sizeof(uint64_t));
    if (!meter->limits)
        return click_args_error(args, "out of memory");
    meter->count = args->count;
    for (unsigned int i = 0; i < args->count; i++) {
        int error =
            of_bytes(element)
                ? click_read_bandwidth(args->words[i], &meter->limits[i], &unit)
                : click_read_integer(args->words[i], 0, UINT32_MAX,
                                     &meter->limits[i]);

        if (error)
            return click_args_error(args, "expected a rate, not '%s'",
                                    args->words[i]);
        if (i > 0 && meter->limits[i] <= meter->limits[i - 1])
            return click_args_error(args, "rates must grow");
    }
    return 0;
}

static void meter_push(struct element *element, unsigned int port,
                       struct packet *packet)
{
    struct meter *meter = (struct meter *)element;
    int64_t now = click_steady(element);
    unsigned int output = 0;
    uint64_t rate;

    (void)port;
    ewma_add(&meter->rate, of_bytes(element) ? packet->total : 1, now);
    rate = ewma_rate(&meter->rate, now, 1);
    while (output < meter->count && rate >= meter->limits[output])
        output++;
    element_push(element, output, packet);
}

static int read_rate(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    (void)handler;
    (void)param;
    ewma_write(&((struct meter *)element)->rate, click_steady(element), 1, out);
    return 0;
}

static int read_meters(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    const struct meter *meter = (struct meter *)element;

    (void)handler;
    (void)param;
    for (unsigned int i = 0; i < meter->count; i++)
        text_printf(out, "%s%" PRIu64, i ? " " : "", meter->limits[i]);
    return 0;
}

/* ---- Classes --------------------------------------------------------------
 */

static const struct click_param sample_params[] = {
    CLICK_PARAM("SAMPLE", struct sample, probability, double, CLICK_POSITIONAL),
    CLICK_PARAM("P", struct sample, probability, double, 0),
    CLICK_PARAM("DROP", struct sample, drop, double, 0),
    CLICK_PARAM("ACTIVE", struct sample, active, bool, 0),
    {0},
};

static const struct click_param block_params[] = {
    CLICK_PARAM("THRESH", struct meter, threshold, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_param no_params[] = {{0}};

static const struct click_handler sample_handlers[] = {
    {.name = "sampling_prob",
     .read = read_probability,
     .write = write_probability},
    {.name = "drop_prob",
     .read = read_probability,
     .write = write_probability,
     .data = 1},
    HANDLER_FIELD_RW("active", struct sample, active, bool),
    HANDLER_FIELD("drops", struct sample, drops, u64),
    {0},
};

static const struct click_handler suppressor_handlers[] = {
    {.name = "reset", .write = write_open_all, .flags = HANDLER_BUTTON},
    {0},
};

static const struct click_handler block_handlers[] = {
    HANDLER_FIELD_RW("thresh", struct meter, threshold, u32),
    {0},
};

static const struct click_handler meter_handlers[] = {
    {.name = "rate", .read = read_rate},
    {.name = "meters", .read = read_meters},
    {0},
};

const struct element_class click_class_RandomSample = {
    .name = "RandomSample",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct sample),
    .params = sample_params,
    .defaults = sample_defaults,
    .configure = sample_configure,
    .reconfigurable = true,
    .take_state = sample_take_state,
    .simple = sample_simple,
    .handlers = sample_handlers,
};

const struct element_class click_class_ProbSplitter = {
    .name = "ProbSplitter",
    .ports = "1/2",
    .processing = "h/h",
    .size = sizeof(struct sample),
    .params = sample_params,
    .defaults = sample_defaults,
    .configure = sample_configure,
    .push = splitter_push,
    .handlers = sample_handlers,
};

const struct element_class click_class_Suppressor = {
    .name = "Suppressor",
    .ports = "-/=",
    .processing = "a/a",
    .more = CLICK_MORE(.flow = "#/#"),
    .size = sizeof(struct suppressor),
    .params = no_params,
    .configure = suppressor_configure,
    .push = suppressor_push,
    .pull = suppressor_pull,
    .handlers = suppressor_handlers,
};

const struct element_class click_class_Block = {
    .name = "Block",
    .ports = "1/2",
    .processing = "h/h",
    .size = sizeof(struct meter),
    .params = block_params,
    .push = block_push,
    .handlers = block_handlers,
};

const struct element_class click_class_Meter = {
    .name = "Meter",
    .ports = "1/2-",
    .processing = "h/h",
    .size = sizeof(struct meter),
    .configure = meter_configure,
    .push = meter_push,
    .handlers = meter_handlers,
};

const struct element_class click_class_BandwidthMeter = {
    .name = "BandwidthMeter",
    .ports = "1/2-",
    .processing = "h/h",
    .size = sizeof(struct meter),
    .configure = meter_configure,
    .push = meter_push,
    .handlers = meter_handlers,
};
