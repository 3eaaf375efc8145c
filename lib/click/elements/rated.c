/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rated.c: packets at a rate.
 *
 * All count with token buckets (bucket.h). Where packets are counted, each
 * costs a token. Where bytes are, a packet may pass as long as the bucket is
 * not below empty, and then costs its length: so packets larger than the bucket
 * pass, and the rate is right.
 *
 * =c
 * RatedUnqueue(RATE, [KEYWORDS])
 * =s shaping
 * turns pull into push, at a rate
 * =d
 * Pulls RATE packets a second, if there are so many, and pushes them on. It may
 * catch up what it missed, as far as its token bucket reaches. Keyword
 * arguments:
 *
 *   RATE            packets a second
 *   BURST_DURATION  the bucket holds what comes in so long; 20 ms, if not given
 *   BURST_SIZE      or so many packets
 *   ACTIVE          false: pull nothing; true, if not given
 *
 * =h rate read/write
 * the RATE argument
 * =h active read/write
 * the ACTIVE argument
 * =a Unqueue, BandwidthRatedUnqueue, Shaper, RatedSplitter
 *
 * =c
 * BandwidthRatedUnqueue(RATE, [KEYWORDS])
 * =s shaping
 * turns pull into push, at a bandwidth
 * =d
 * RatedUnqueue for bytes: RATE is a bandwidth, like 384kbps. Keyword arguments:
 *
 *   RATE            bytes a second
 *   BURST_DURATION  the bucket holds what comes in so long; 20 ms, if not given
 *   BURST_BYTES     or so many bytes
 *   ACTIVE          false: pull nothing; true, if not given
 *
 * =h rate read/write
 * the RATE argument
 * =h active read/write
 * the ACTIVE argument
 * =a RatedUnqueue, BandwidthShaper, BandwidthRatedSplitter
 *
 * =c
 * Shaper(RATE, [KEYWORDS])
 * =s shaping
 * lets packets be pulled at a rate
 * =io
 * a pull input, one or two pull outputs
 * =d
 * Passes at most RATE packets a second from its input to those who pull from
 * output 0. Who pulls from output 1 gets the packets that are too many for
 * output 0. Keyword arguments as RatedUnqueue; the bucket holds what comes in
 * 1 ms, if nothing is said.
 * =h rate read/write
 * the RATE argument
 * =h reset write-only
 * fills the token bucket
 * =a BandwidthShaper, RatedUnqueue, RatedSplitter
 *
 * =c
 * BandwidthShaper(RATE, [KEYWORDS])
 * =s shaping
 * lets packets be pulled at a bandwidth
 * =d
 * Shaper for bytes. Keyword arguments as BandwidthRatedUnqueue.
 * =h rate read/write
 * the RATE argument
 * =h reset write-only
 * fills the token bucket
 * =a Shaper
 *
 * =c
 * RatedSplitter(RATE, [KEYWORDS])
 * =s shaping
 * splits a stream at a rate
 * =d
 * Pushes at most RATE packets a second out of output 0, and the others out of
 * output 1, or drops them if there is none. Keyword arguments as RatedUnqueue.
 * =h rate read/write
 * the RATE argument
 * =a BandwidthRatedSplitter, Shaper, Meter
 *
 * =c
 * BandwidthRatedSplitter(RATE, [KEYWORDS])
 * =s shaping
 * splits a stream at a bandwidth
 * =d
 * RatedSplitter for bytes. Keyword arguments as BandwidthRatedUnqueue.
 * =h rate read/write
 * the RATE argument
 * =a RatedSplitter, BandwidthMeter
 */
#include "lib/click/bucket.h"
#include "lib/click/element.h"

/* What a Shaper's bucket holds: few packets, as it is to be smooth. */
#define SHAPER_DURATION 1000000

struct rated {
    struct element element;
    struct click_bucket_args args;
    bool active;
    struct click_bucket bucket;
    struct click_task task;
    struct click_timer timer;
    struct click_signal signal;
};

/* What the bucket must hold for a packet to pass. */
static int64_t least(const struct element *element)
{
    return element->class->name[0] == 'B'
               ? 0
               : ((const struct rated *)element)->bucket.token;
}

static uint32_t cost(const struct element *element, const struct packet *packet)
{
    return element->class->name[0] == 'B' ? packet->total : 1;
}

static void defaults(struct element *element)
{
    ((struct rated *)element)->active = true;
}

static int configure(struct element *element, struct click_args *args)
{
    struct rated *rated = (struct rated *)element;

    if (rated->args.size && rated->args.duration)
        return click_args_error(args, "the bucket's size is given twice");
    rated->args.bytes = element->class->name[0] == 'B';
    rated->args.smooth = element->class->pull;
    if (element->class->pull && !rated->args.size && !rated->args.duration)
        rated->args.duration = SHAPER_DURATION;
    bucket_set(&rated->bucket, &rated->args, click_steady(element));
    if (element->task && rated->active) /* at work: there may be more to do */
        task_schedule(element->task);
    return 0;
}

/* ---- Unqueue --------------------------------------------------------------
 */

/* Sleep until a packet may pass. */
static void sleep_on(struct rated *rated)
{
    int64_t wait = bucket_wait(&rated->bucket, least(&rated->element));

    if (wait < INT64_MAX && timer_schedule_after(&rated->timer, wait))
        task_schedule(&rated->task);
}

static bool run(struct click_task *task)
{
    struct rated *rated = (struct rated *)task->element;
    struct element *element = &rated->element;
    struct packet *packet;

    if (!rated->active)
        return false;
    if (!bucket_holds(&rated->bucket, least(element), click_steady(element))) {
        sleep_on(rated);
        return false;
    }
    packet = element_pull(element, 0);
    if (packet) {
        bucket_take(&rated->bucket, cost(element, packet));
        element_push(element, 0, packet);
    }
    if (packet || signal_active(&rated->signal))
        task_schedule(task);
    return packet;
}

static void expired(struct click_timer *timer)
{
    task_schedule(&((struct rated *)timer->element)->task);
}

static int unqueue_initialize(struct element *element,
                              struct click_errors *errors)
{
    struct rated *rated = (struct rated *)element;

    task_init(&rated->task, element, run, true);
    timer_init(&rated->timer, element, expired);
    if (signal_upstream(&rated->signal, element, 0, &rated->task))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void unqueue_cleanup(struct element *element)
{
    struct rated *rated = (struct rated *)element;

    timer_unschedule(&rated->timer);
    signal_free(&rated->signal);
}

/* ---- Shaper and Splitter --------------------------------------------------
 */

static struct packet *pull(struct element *element, unsigned int port)
{
    struct rated *rated = (struct rated *)element;
    bool may =
        bucket_holds(&rated->bucket, least(element), click_steady(element));
    struct packet *packet;

    if (may != (port == 0))
        return NULL;
    packet = element_pull(element, 0);
    if (packet && port == 0)
        bucket_take(&rated->bucket, cost(element, packet));
    return packet;
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct rated *rated = (struct rated *)element;
    bool may =
        bucket_holds(&rated->bucket, least(element), click_steady(element));

    (void)port;
    if (may)
        bucket_take(&rated->bucket, cost(element, packet));
    if (may)
        element_push(element, 0, packet);
    else
        element_side(element, 1, packet);
}

static int write_reset(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    (void)handler;
    (void)value;
    (void)errors;
    bucket_fill(&((struct rated *)element)->bucket, click_steady(element));
    return 0;
}

static void take_state(struct element *element, struct element *old)
{
    bucket_inherit(&((struct rated *)element)->bucket,
                   &((struct rated *)old)->bucket);
}

/* ---- Classes --------------------------------------------------------------
 */

static const struct click_param packet_params[] = {
    CLICK_PARAM("RATE", struct rated, args.rate, u64,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("BURST_DURATION", struct rated, args.duration, interval, 0),
    CLICK_PARAM("BURST_SIZE", struct rated, args.size, u64, 0),
    CLICK_PARAM("ACTIVE", struct rated, active, bool, 0),
    {0},
};

static const struct click_param byte_params[] = {
    CLICK_PARAM("RATE", struct rated, args.rate, bandwidth,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("BURST_DURATION", struct rated, args.duration, interval, 0),
    CLICK_PARAM("BURST_BYTES", struct rated, args.size, u64, 0),
    CLICK_PARAM("BURST_SIZE", struct rated, args.size, u64, 0),
    CLICK_PARAM("ACTIVE", struct rated, active, bool, 0),
    {0},
};

static const struct click_handler unqueue_handlers[] = {
    HANDLER_ARGUMENT("rate"),
    HANDLER_ACTIVE(struct rated, active),
    {0},
};

static const struct click_handler shaper_handlers[] = {
    HANDLER_ARGUMENT("rate"),
    {.name = "reset", .write = write_reset, .flags = HANDLER_BUTTON},
    {0},
};

#define UNQUEUE(id, table)                                                     \
    const struct element_class click_class_##id = {                            \
        .name = #id,                                                           \
        .ports = "1/1",                                                        \
        .processing = "l/h",                                                   \
        .size = sizeof(struct rated),                                          \
        .params = (table),                                                     \
        .defaults = defaults,                                                  \
        .configure = configure,                                                \
        .reconfigurable = true,                                                \
        .initialize = unqueue_initialize,                                      \
        .cleanup = unqueue_cleanup,                                            \
        .take_state = take_state,                                              \
        .handlers = unqueue_handlers,                                          \
    }
#define SHAPER(id, table, ports_, processing_, push_, pull_)                   \
    const struct element_class click_class_##id = {                            \
        .name = #id,                                                           \
        .ports = (ports_),                                                     \
        .processing = (processing_),                                           \
        .size = sizeof(struct rated),                                          \
        .params = (table),                                                     \
        .defaults = defaults,                                                  \
        .configure = configure,                                                \
        .reconfigurable = true,                                                \
        .take_state = take_state,                                              \
        .push = (push_),                                                       \
        .pull = (pull_),                                                       \
        .handlers = shaper_handlers,                                           \
    }

UNQUEUE(RatedUnqueue, packet_params);
UNQUEUE(BandwidthRatedUnqueue, byte_params);
SHAPER(Shaper, packet_params, "1/1-2", "l/l", NULL, pull);
SHAPER(BandwidthShaper, byte_params, "1/1-2", "l/l", NULL, pull);
SHAPER(RatedSplitter, packet_params, "1/1-2", "h/h", push, NULL);
SHAPER(BandwidthRatedSplitter, byte_params, "1/1-2", "h/h", push, NULL);
