/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rated_source.c: packets made by the clock.
 *
 * =c
 * RatedSource([DATA, RATE, LIMIT, ACTIVE, KEYWORDS])
 * =s basicsources
 * makes packets at a rate
 * =d
 * Makes packets with the bytes DATA, RATE of them a second (10, if not given),
 * LIMIT altogether. Its output is agnostic. Arguments, also as keywords: DATA,
 * RATE, LIMIT and ACTIVE as InfiniteSource has them. Keyword arguments:
 *
 *   LENGTH     how long the packets are: DATA is cut, or repeated
 *   BANDWIDTH  instead of RATE: so many bytes a second
 *   STOP       true: stop the router after LIMIT packets
 *   END_CALL   "HANDLER [VALUE]", to be written after LIMIT packets
 *   TIMESTAMP  false: packets have no timestamp; true, if not given
 *
 * =h count read-only
 * packets made so far
 * =h reset write-only
 * sets count to 0; LIMIT packets are made again
 * =h data read/write
 * the DATA argument
 * =h length read/write
 * the LENGTH argument
 * =h rate read/write
 * the RATE argument
 * =h limit read/write
 * the LIMIT argument
 * =h active read/write
 * the ACTIVE argument
 * =a InfiniteSource, TimedSource
 *
 * =c
 * TimedSource([INTERVAL, DATA, KEYWORDS])
 * =s basicsources
 * makes a packet now and then
 * =d
 * Pushes a packet with the bytes DATA each INTERVAL (500 ms, if not given).
 * Keyword arguments: DATA, INTERVAL, LIMIT, STOP, END_CALL, ACTIVE, LENGTH as
 * RatedSource; HEADROOM is taken and means nothing here.
 * =h count read-only
 * packets made so far
 * =h reset write-only
 * sets count to 0
 * =h data read/write
 * the DATA argument
 * =h interval read/write
 * the INTERVAL argument
 * =h active read/write
 * the ACTIVE argument
 * =a RatedSource
 */
#include "lib/click/bucket.h"
#include "lib/click/source.h"

struct rated_source {
    struct click_source source;
    struct click_bucket_args args;
    uint64_t bandwidth, interval;
    struct click_bucket bucket;
    struct click_task task;
    struct click_timer timer;
    bool finished;
    uint32_t ignored;
};

static void rated_defaults(struct element *element)
{
    struct rated_source *rated = (struct rated_source *)element;

    click_source_defaults(&rated->source);
    rated->args.rate = 10;
}

static int rated_configure(struct element *element, struct click_args *args)
{
    struct rated_source *rated = (struct rated_source *)element;
    int error = click_source_prepare(&rated->source, args->errors);

    if (error)
        return error;
    if (rated->bandwidth && rated->source.packet->total) {
        rated->args.rate = rated->bandwidth / rated->source.packet->total;
        if (!rated->args.rate)
            rated->args.rate = 1;
    }
    rated->args.duration = 0;
    rated->args.size = 1 + rated->args.rate / 100;
    rated->args.smooth = true;
    bucket_set(&rated->bucket, &rated->args, click_steady(element));
    if (element->task && rated->source.active)
        task_schedule(element->task);
    return 0;
}

static bool finish(struct rated_source *rated)
{
    if (!click_source_done(&rated->source))
        return false;
    if (!rated->finished) {
        rated->finished = true;
        click_source_finish(&rated->source);
    }
    return true;
}

static bool rated_run(struct click_task *task)
{
    struct rated_source *rated = (struct rated_source *)task->element;
    struct element *element = &rated->source.element;
    struct packet *packet;
    int64_t wait;

    if (!rated->source.active || finish(rated))
        return false;
    if (!bucket_holds(&rated->bucket, rated->bucket.token,
                      click_steady(element))) {
        wait = bucket_wait(&rated->bucket, rated->bucket.token);
        if (wait < INT64_MAX && timer_schedule_after(&rated->timer, wait))
            task_schedule(task);
        return false;
    }
    packet = click_source_make(&rated->source);
    bucket_take(&rated->bucket, 1);
    task_schedule(task);
    if (packet)
        element_push(element, 0, packet);
    return packet;
}

static struct packet *rated_pull(struct element *element, unsigned int port)
{
    struct rated_source *rated = (struct rated_source *)element;

    (void)port;
    if (!rated->source.active || finish(rated) ||
        !bucket_holds(&rated->bucket, rated->bucket.token,
                      click_steady(element)))
        return NULL;
    bucket_take(&rated->bucket, 1);
    return click_source_make(&rated->source);
}

static void rated_expired(struct click_timer *timer)
{
    task_schedule(&((struct rated_source *)timer->element)->task);
}

static int rated_initialize(struct element *element,
                            struct click_errors *errors)
{
    struct rated_source *rated = (struct rated_source *)element;

    timer_init(&rated->timer, element, rated_expired);
    if (element->output_push[0])
        task_init(&rated->task, element, rated_run, rated->source.active);
    return click_source_begin(&rated->source, errors);
}

static void cleanup(struct element *element)
{
    struct rated_source *rated = (struct rated_source *)element;

    timer_unschedule(&rated->timer);
    click_source_end(&rated->source);
}

static void take_state(struct element *element, struct element *old)
{
    ((struct click_source *)element)->count =
        ((struct click_source *)old)->count;
}

/* ---- TimedSource ----------------------------------------------------------
 */

static void timed_defaults(struct element *element)
{
    struct rated_source *rated = (struct rated_source *)element;

    click_source_defaults(&rated->source);
    rated->interval = 500000000;
}

static int timed_configure(struct element *element, struct click_args *args)
{
    struct rated_source *rated = (struct rated_source *)element;

    return click_source_prepare(&rated->source, args->errors);
}

static void timed_expired(struct click_timer *timer)
{
    struct rated_source *rated = (struct rated_source *)timer->element;
    struct packet *packet;

    if (!rated->source.active || finish(rated))
        return;
    packet = click_source_make(&rated->source);
    if (packet)
        element_push(&rated->source.element, 0, packet);
    if (!finish(rated) &&
        timer_schedule_at(timer, timer->when + (int64_t)rated->interval))
        click_say(&rated->source.element, "%s: out of memory",
                  rated->source.element.name);
}

static int timed_initialize(struct element *element,
                            struct click_errors *errors)
{
    struct rated_source *rated = (struct rated_source *)element;

    timer_init(&rated->timer, element, timed_expired);
    if (timer_schedule_after(&rated->timer, (int64_t)rated->interval))
        return click_error(errors, NULL, "out of memory");
    return click_source_begin(&rated->source, errors);
}

/* ---- Handlers -------------------------------------------------------------
 */

static int wake(struct element *element, struct click_errors *errors)
{
    struct rated_source *rated = (struct rated_source *)element;

    rated->finished = false;
    if (element->task)
        task_schedule(element->task);
    else if (rated->interval && !rated->timer.place &&
             timer_schedule_after(&rated->timer, (int64_t)rated->interval))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

#define ARGUMENT(handler)                                                      \
    {                                                                          \
        .name = (handler), .read = handler_read_argument,                      \
        .write = handler_write_argument, .flags = HANDLER_WAKES                \
    }

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct rated_source, source.count, u64),
    HANDLER_RESET("reset", struct rated_source, source.count, source.count,
                  HANDLER_WAKES),
    {.name = "data",
     .read = click_source_read_data,
     .write = click_source_write_data,
     .flags = HANDLER_RAW},
    HANDLER_ACTIVE(struct rated_source, source.active),
    ARGUMENT("limit"),
    ARGUMENT("length"),
    {0},
};

static const struct click_handler rated_handlers[] = {
    ARGUMENT("rate"),
    {0},
};

static const struct click_handler timed_handlers[] = {
    ARGUMENT("interval"),
    {0},
};

#define COMMON                                                                 \
    CLICK_PARAM("LENGTH", struct rated_source, source.length, i32, 0),         \
        CLICK_PARAM("DATASIZE", struct rated_source, source.length, i32, 0),   \
        CLICK_PARAM("STOP", struct rated_source, source.stop, bool, 0),        \
        CLICK_PARAM("END_CALL", struct rated_source, source.end, word, 0),     \
        CLICK_PARAM("TIMESTAMP", struct rated_source, source.timestamp, bool,  \
                    0)

static const struct click_param rated_params[] = {
    CLICK_PARAM("DATA", struct rated_source, source.data, bytes,
                CLICK_POSITIONAL),
    CLICK_PARAM("RATE", struct rated_source, args.rate, u64, CLICK_POSITIONAL),
    CLICK_PARAM("LIMIT", struct rated_source, source.limit, i64,
                CLICK_POSITIONAL),
    CLICK_PARAM("ACTIVE", struct rated_source, source.active, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("BANDWIDTH", struct rated_source, bandwidth, bandwidth, 0),
    COMMON,
    {0},
};

static const struct click_param timed_params[] = {
    CLICK_PARAM("INTERVAL", struct rated_source, interval, interval,
                CLICK_POSITIONAL),
    CLICK_PARAM("DATA", struct rated_source, source.data, bytes,
                CLICK_POSITIONAL),
    CLICK_PARAM("LIMIT", struct rated_source, source.limit, i64, 0),
    CLICK_PARAM("ACTIVE", struct rated_source, source.active, bool, 0),
    CLICK_PARAM("HEADROOM", struct rated_source, ignored, u32, 0),
    COMMON,
    {0},
};

const struct element_class click_class_RatedSource = {
    .name = "RatedSource",
    .ports = "0/1",
    .processing = "a/a",
    .size = sizeof(struct rated_source),
    .params = rated_params,
    .defaults = rated_defaults,
    .configure = rated_configure,
    .reconfigurable = true,
    .initialize = rated_initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .pull = rated_pull,
    .handlers = handlers,
    .more = CLICK_MORE(.wake = wake, .handlers = rated_handlers),
};

const struct element_class click_class_TimedSource = {
    .name = "TimedSource",
    .ports = "0/1",
    .processing = "h/h",
    .size = sizeof(struct rated_source),
    .params = timed_params,
    .defaults = timed_defaults,
    .configure = timed_configure,
    .reconfigurable = true,
    .initialize = timed_initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .handlers = handlers,
    .more = CLICK_MORE(.wake = wake, .handlers = timed_handlers),
};
