/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time_filter.c: packets of a time.
 *
 * =c
 * TimeFilter([START, END, KEYWORDS])
 * =s timestamps
 * passes packets of a time
 * =d
 * Passes packets whose timestamps lie in a range; others leave by output 1, or
 * are dropped. Keyword arguments, at most one that begins with START, and one
 * of the others:
 *
 *   START, END              times, in seconds since 1970; what is of END itself
 *                           does not pass
 *   START_AFTER, END_AFTER  so long after the first packet's timestamp
 *   START_DELAY, END_DELAY  so long after the router began
 *   INTERVAL                the end is so long after the start
 *   STOP                    true: stop the router after the end
 *   END_CALL                "HANDLER [VALUE]", to be written then; $t in VALUE
 *                           is the packet's timestamp
 *
 * =h start read/write
 * the time it begins
 * =h end read/write
 * the time it ends
 * =h interval read/write
 * how long it is
 * =h extend_interval write-only
 * moves the end by so long; by END_CALL, the packet may pass after all
 * =a TimeRange, SetTimestamp
 */
#include <string.h>
#include "lib/click/calls.h"
#include "lib/click/element.h"

struct filter {
    struct element element;
    int64_t start, end;
    uint64_t start_after, end_after, start_delay, end_delay, interval;
    uint64_t given;
    bool stop, ready, ended;
    char *call_words;
    struct click_call call;
};

/* By the place in the table. */
enum { START, START_AFTER, START_DELAY, END, END_AFTER, END_DELAY, INTERVAL };

static bool has(const struct filter *filter, int what)
{
    return filter->given >> what & 1;
}

/* INT64_MAX, the end of those that have none, is also what lies beyond. */
static int64_t later(int64_t time, uint64_t by)
{
    return time > INT64_MAX - (int64_t)by ? INT64_MAX : time + (int64_t)by;
}

static int configure(struct element *element, struct click_args *args)
{
    struct filter *filter = (struct filter *)element;

    filter->given = args->given;
    if (has(filter, START) + has(filter, START_AFTER) +
            has(filter, START_DELAY) >
        1)
        return click_args_error(args, "the start is given twice");
    if (has(filter, END) + has(filter, END_AFTER) + has(filter, END_DELAY) +
            has(filter, INTERVAL) >
        1)
        return click_args_error(args, "the end is given twice");
    if (filter->stop && filter->call_words)
        return click_args_error(args,
                                "END_CALL and STOP are mutually exclusive");
    return 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct filter *filter = (struct filter *)element;
    int64_t now = click_now(element);

    if (!has(filter, START))
        filter->start = INT64_MIN;
    if (!has(filter, END))
        filter->end = INT64_MAX;
    if (has(filter, START_DELAY))
        filter->start = later(now, filter->start_delay);
    if (has(filter, END_DELAY))
        filter->end = later(now, filter->end_delay);
    if (filter->stop || filter->call_words)
        return click_call_set(&filter->call, element,
                              filter->stop ? "stop" : filter->call_words,
                              errors);
    return 0;
}

static void cleanup(struct element *element)
{
    click_call_free(&((struct filter *)element)->call);
}

/* What is relative to the first packet. */
static void see_first(struct filter *filter, int64_t time)
{
    filter->ready = true;
    if (has(filter, START_AFTER))
        filter->start = later(time, filter->start_after);
    if (has(filter, END_AFTER))
        filter->end = later(time, filter->end_after);
    if (has(filter, INTERVAL))
        filter->end = later(filter->start == INT64_MIN ? time : filter->start,
                            filter->interval);
}

/* END_CALL, with $t in its value replaced. */
static void call_end(struct filter *filter, int64_t time)
{
    char *value = filter->call.value;
    const char *found;
    struct text text = {0};

    for (const char *at = value ? value : ""; *at; at = found + 2) {
        found = strstr(at, "$t");
        text_add(&text, at, found ? (size_t)(found - at) : strlen(at));
        if (!found)
            break;
        text_time(&text, time);
    }
    filter->call.value = (char *)text_string(&text);
    click_call_make(&filter->call, &filter->element);
    filter->call.value = value;
    text_free(&text);
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct filter *filter = (struct filter *)element;
    int64_t time = click_notes(packet)->time;

    if (!filter->ready)
        see_first(filter, time);
    if (time >= filter->end && !filter->ended) {
        filter->ended = true;
        call_end(filter, time);
    }
    if (time >= filter->start && time < filter->end)
        return packet;
    element_side(element, 1, packet);
    return NULL;
}

static int read_interval(struct element *element,
                         const struct click_handler *handler, const char *param,
                         struct text *out)
{
    const struct filter *filter = (struct filter *)element;

    (void)handler;
    (void)param;
    text_time(out, (int64_t)((uint64_t)filter->end - (uint64_t)filter->start));
    return 0;
}

/* `data`: from the end, else from the start. */
static int write_interval(struct element *element,
                          const struct click_handler *handler,
                          const char *value, struct click_errors *errors)
{
    struct filter *filter = (struct filter *)element;
    struct click_handler field = {.data = offsetof(struct filter, interval)};
    int error = handler_write_interval(element, &field, value, errors);

    if (error)
        return error;
    filter->end =
        later(handler->data ? filter->end : filter->start, filter->interval);
    filter->ended = false;
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("START", struct filter, start, time, CLICK_POSITIONAL),
    CLICK_PARAM("START_AFTER", struct filter, start_after, interval, 0),
    CLICK_PARAM("START_DELAY", struct filter, start_delay, interval, 0),
    CLICK_PARAM("END", struct filter, end, time, CLICK_POSITIONAL),
    CLICK_PARAM("END_AFTER", struct filter, end_after, interval, 0),
    CLICK_PARAM("END_DELAY", struct filter, end_delay, interval, 0),
    CLICK_PARAM("INTERVAL", struct filter, interval, interval, 0),
    CLICK_PARAM("STOP", struct filter, stop, bool, 0),
    CLICK_PARAM("END_CALL", struct filter, call_words, word, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD_RW("start", struct filter, start, time),
    HANDLER_FIELD_RW("end", struct filter, end, time),
    {.name = "interval", .read = read_interval, .write = write_interval},
    {.name = "extend_interval", .write = write_interval, .data = 1},
    {0},
};

const struct element_class click_class_TimeFilter = {
    .name = "TimeFilter",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct filter),
    .params = params,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .simple = simple,
    .handlers = handlers,
};
