/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * infinite_source.c: as many packets as one likes.
 *
 * =c
 * InfiniteSource([DATA, LIMIT, BURST, ACTIVE, KEYWORDS])
 * =s basicsources
 * makes packets whenever it can
 * =d
 * Makes packets with the bytes DATA; BURST of them each time it is scheduled,
 * LIMIT altogether. Its output is agnostic. While the queue that it fills is
 * full it sleeps. Arguments, also as keywords:
 *
 *   DATA    a string; if not given, some text of at least 64 bytes
 *   LIMIT   how many packets; no limit, if negative or not given
 *   BURST   how many each time; 1, if not given
 *   ACTIVE  false: make none; true, if not given
 *
 * Keyword arguments:
 *
 *   LENGTH     how long the packets are: DATA is cut, or repeated
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
 * =h limit read/write
 * the LIMIT argument
 * =h burst read/write
 * the BURST argument
 * =h active read/write
 * the ACTIVE argument
 * =e
 *   InfiniteSource(\<0800>) -> Queue -> ...
 * =a RatedSource, TimedSource, RandomSource, Script
 *
 * =c
 * RandomSource(LENGTH, [LIMIT, BURST, ACTIVE, KEYWORDS])
 * =s basicsources
 * makes packets of any bytes
 * =d
 * InfiniteSource whose packets have LENGTH random bytes. Arguments, keywords
 * and handlers as InfiniteSource, but for DATA.
 * =a InfiniteSource
 */
#include "lib/click/router.h"
#include "lib/click/source.h"

struct infinite {
    struct click_source source;
    struct click_task task;
    struct click_signal nonfull; /* push */
    struct click_notifier more;  /* pull */
    int32_t burst;
};

extern const struct element_class click_class_RandomSource;

static void defaults(struct element *element)
{
    struct infinite *infinite = (struct infinite *)element;

    click_source_defaults(&infinite->source);
    infinite->burst = 1;
}

static int configure(struct element *element, struct click_args *args)
{
    struct infinite *infinite = (struct infinite *)element;

    if (infinite->burst < 1)
        return click_args_error(args, "BURST: must be at least 1");
    return click_source_prepare(&infinite->source, args->errors);
}

/* The next packet. */
static struct packet *make(struct click_source *source)
{
    struct packet *packet = click_source_make(source);
    uint32_t word = 0;

    if (source->element.class != &click_class_RandomSource)
        return packet;
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length; i++, word >>= 8) {
            if (i % 4 == 0)
                word = click_random(&source->element);
            piece->data[i] = (uint8_t)word;
        }
    return packet;
}

static bool run(struct click_task *task)
{
    struct infinite *infinite = (struct infinite *)task->element;
    struct click_source *source = &infinite->source;
    int32_t made = 0;

    if (!source->active || !signal_active(&infinite->nonfull))
        return false;
    if (click_source_done(source)) {
        click_source_finish(source);
        return false;
    }
    for (; made < infinite->burst && !click_source_done(source); made++) {
        struct packet *packet = make(source);

        if (!packet)
            break;
        element_push(&source->element, 0, packet);
    }
    task_schedule(task);
    return made > 0;
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct infinite *infinite = (struct infinite *)element;
    struct click_source *source = &infinite->source;

    (void)port;
    if (source->active && !click_source_done(source))
        return make(source);
    if (infinite->more.active) {
        notifier_set(&infinite->more, false);
        if (source->active)
            click_source_finish(source);
    }
    return NULL;
}

static struct click_notifier *notifier(struct element *element, bool at_output,
                                       unsigned int port)
{
    (void)port;
    return at_output ? &((struct infinite *)element)->more : NULL;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct infinite *infinite = (struct infinite *)element;

    if (click_source_begin(&infinite->source, errors))
        return -1;
    if (!element->output_push[0]) {
        infinite->more.active = infinite->source.active;
        return 0;
    }
    task_init(&infinite->task, element, run, infinite->source.active);
    if (signal_downstream(&infinite->nonfull, element, 0, &infinite->task))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void cleanup(struct element *element)
{
    struct infinite *infinite = (struct infinite *)element;

    click_source_end(&infinite->source);
    signal_free(&infinite->nonfull);
    notifier_free(&infinite->more);
}

static void take_state(struct element *element, struct element *old)
{
    ((struct click_source *)element)->count =
        ((struct click_source *)old)->count;
}

/* After a change there may be more to make. */
static int wake(struct element *element, struct click_errors *errors)
{
    struct infinite *infinite = (struct infinite *)element;

    (void)errors;
    if (element->task)
        task_schedule(element->task);
    else
        notifier_set(&infinite->more, infinite->source.active);
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("DATA", struct infinite, source.data, bytes, CLICK_POSITIONAL),
    CLICK_PARAM("LIMIT", struct infinite, source.limit, i64, CLICK_POSITIONAL),
    CLICK_PARAM("BURST", struct infinite, burst, i32, CLICK_POSITIONAL),
    CLICK_PARAM("ACTIVE", struct infinite, source.active, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("LENGTH", struct infinite, source.length, i32, 0),
    CLICK_PARAM("DATASIZE", struct infinite, source.length, i32, 0),
    CLICK_PARAM("STOP", struct infinite, source.stop, bool, 0),
    CLICK_PARAM("END_CALL", struct infinite, source.end, word, 0),
    CLICK_PARAM("TIMESTAMP", struct infinite, source.timestamp, bool, 0),
    {0},
};

static const struct click_param random_params[] = {
    CLICK_PARAM("LENGTH", struct infinite, source.length, i32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("LIMIT", struct infinite, source.limit, i64, CLICK_POSITIONAL),
    CLICK_PARAM("BURST", struct infinite, burst, i32, CLICK_POSITIONAL),
    CLICK_PARAM("ACTIVE", struct infinite, source.active, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("STOP", struct infinite, source.stop, bool, 0),
    CLICK_PARAM("END_CALL", struct infinite, source.end, word, 0),
    CLICK_PARAM("TIMESTAMP", struct infinite, source.timestamp, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct infinite, source.count, u64),
    HANDLER_RESET("reset", struct infinite, source.count, source.count,
                  HANDLER_WAKES),
    {.name = "data",
     .read = click_source_read_data,
     .write = click_source_write_data,
     .flags = HANDLER_RAW},
    {.name = "length",
     .read = handler_read_argument,
     .write = handler_write_argument,
     .flags = HANDLER_WAKES},
    {.name = "limit",
     .read = handler_read_argument,
     .write = handler_write_argument,
     .flags = HANDLER_WAKES},
    {.name = "burst",
     .read = handler_read_argument,
     .write = handler_write_argument,
     .flags = HANDLER_WAKES},
    HANDLER_ACTIVE(struct infinite, source.active),
    {0},
};

const struct element_class click_class_InfiniteSource = {
    .name = "InfiniteSource",
    .ports = "0/1",
    .processing = "a/a",
    .size = sizeof(struct infinite),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .reconfigurable = true,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .pull = pull,
    .handlers = handlers,
    .more = CLICK_MORE(.wake = wake, .notifier = notifier),
};

const struct element_class click_class_RandomSource = {
    .name = "RandomSource",
    .ports = "0/1",
    .processing = "a/a",
    .size = sizeof(struct infinite),
    .params = random_params,
    .defaults = defaults,
    .configure = configure,
    .reconfigurable = true,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .pull = pull,
    .handlers = handlers,
    .more = CLICK_MORE(.wake = wake, .notifier = notifier),
};
