/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timed.c: pulls by the clock.
 *
 * =c
 * TimedUnqueue(INTERVAL [, BURST])
 * =s shaping
 * turns pull into push, now and then
 * =d
 * Pulls up to BURST packets (1, if not given) each INTERVAL and pushes them on.
 * =a Burster, RatedUnqueue
 *
 * =c
 * Burster(INTERVAL, BURST)
 * =s shaping
 * another name of TimedUnqueue
 * =d
 * Pulls up to BURST packets each INTERVAL and pushes them on.
 * =a TimedUnqueue
 *
 * =c
 * TimedSink(INTERVAL)
 * =s basicsources
 * drops a packet now and then
 * =d
 * Pulls a packet each INTERVAL (500 ms, if not given) and drops it.
 * =h interval read/write
 * the INTERVAL argument
 * =a Discard, TimedSource
 */
#include "lib/click/element.h"

struct timed {
    struct element element;
    uint64_t interval;
    uint32_t burst;
    struct click_timer timer;
};

static void defaults(struct element *element)
{
    struct timed *timed = (struct timed *)element;

    timed->interval = 500000000;
    timed->burst = 1;
}

static void expired(struct click_timer *timer)
{
    struct timed *timed = (struct timed *)timer->element;
    struct element *element = &timed->element;

    for (uint32_t i = 0; i < timed->burst; i++) {
        struct packet *packet = element_pull(element, 0);

        if (!packet)
            break;
        element_side(element, 0, packet);
    }
    if (timer_schedule_at(timer, timer->when + (int64_t)timed->interval))
        click_say(element, "%s: out of memory", element->name);
}

static int configure(struct element *element, struct click_args *args)
{
    if (((struct timed *)element)->interval == 0)
        return click_args_error(args, "INTERVAL: must be more than 0");
    return 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct timed *timed = (struct timed *)element;

    timer_init(&timed->timer, element, expired);
    if (timer_schedule_after(&timed->timer, (int64_t)timed->interval))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void cleanup(struct element *element)
{
    timer_unschedule(&((struct timed *)element)->timer);
}

static const struct click_param unqueue_params[] = {
    CLICK_PARAM("INTERVAL", struct timed, interval, interval,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("BURST", struct timed, burst, u32, CLICK_POSITIONAL),
    {0},
};

static const struct click_param sink_params[] = {
    CLICK_PARAM("INTERVAL", struct timed, interval, interval, CLICK_POSITIONAL),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_ARGUMENT("interval"),
    {0},
};

#define TIMED(id, table, ports_, processing_)                                  \
    const struct element_class click_class_##id = {                            \
        .name = #id,                                                           \
        .ports = (ports_),                                                     \
        .processing = (processing_),                                           \
        .size = sizeof(struct timed),                                          \
        .params = (table),                                                     \
        .defaults = defaults,                                                  \
        .configure = configure,                                                \
        .reconfigurable = true,                                                \
        .initialize = initialize,                                              \
        .cleanup = cleanup,                                                    \
        .handlers = handlers,                                                  \
    }

TIMED(TimedUnqueue, unqueue_params, "1/1", "l/h");
TIMED(Burster, unqueue_params, "1/1", "l/h");
TIMED(TimedSink, sink_params, "1/0", "l/h");
