/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counter.c: packets, bytes, and how many come in a second.
 *
 * =c
 * Counter([KEYWORDS])
 * =s counters
 * counts packets, measures their rate
 * =d
 * Passes packets on, and counts them and their bytes. Keyword arguments:
 *
 *   COUNT_CALL       "N HANDLER [VALUE]": when N packets have passed, write
 *                    VALUE to HANDLER, before the packet passes on
 *   BYTE_COUNT_CALL  the same for bytes
 *
 * =h count read-only
 * packets since the last reset
 * =h byte_count read-only
 * bytes since the last reset
 * =h rate read-only
 * packets a second: a moving average over about a second, which weighs recent
 * packets more
 * =h bit_rate read-only
 * bits a second, likewise
 * =h byte_rate read-only
 * bytes a second, likewise
 * =h reset write-only
 * sets all to 0, and lets the calls happen again
 * =h reset_counts write-only
 * the same
 * =h count_call write-only
 * a new COUNT_CALL: "N [HANDLER [VALUE]]"; without a HANDLER the old one stays
 * =h byte_count_call write-only
 * a new BYTE_COUNT_CALL
 * =e
 *   FromDevice(0) -> c :: Counter -> ToDevice(1)
 * =a AverageCounter
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/ewma.h"
#include "lib/click/router.h"
#include "lib/click/calls.h"

struct trigger {
    uint64_t at; /* 0 with no call: never */
    struct click_call call;
    bool done;
};

struct counter {
    struct element element;
    uint64_t packets, bytes;
    struct ewma packet_rate, byte_rate;
    char *packets_call, *bytes_call; /* the arguments */
    struct trigger at_packets, at_bytes;
};

/* "N [HANDLER [VALUE]]" */
static int set_trigger(struct element *element, struct trigger *trigger,
                       const char *words, struct click_errors *errors)
{
    size_t length = strcspn(words, " \t\n");
    char *number = strndup(words, length);
    uint64_t at;
    int error = -1;

    if (number)
        error = click_read_integer(number, 0, UINT64_MAX, &at);
    free(number);
    if (error)
        return click_error(errors, NULL, "expected 'N HANDLER [VALUE]'");
    words += length;
    words += strspn(words, " \t\n");
    if (*words && click_call_set(&trigger->call, element, words, errors))
        return -1;
    trigger->at = at;
    trigger->done = false;
    return 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct counter *counter = (struct counter *)element;

    if (counter->packets_call && set_trigger(element, &counter->at_packets,
                                             counter->packets_call, errors))
        return -1;
    if (counter->bytes_call &&
        set_trigger(element, &counter->at_bytes, counter->bytes_call, errors))
        return -1;
    return 0;
}

static void cleanup(struct element *element)
{
    struct counter *counter = (struct counter *)element;

    click_call_free(&counter->at_packets.call);
    click_call_free(&counter->at_bytes.call);
}

static void pull_trigger(struct element *element, struct trigger *trigger)
{
    trigger->done = true;
    click_call_make(&trigger->call, element);
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct counter *counter = (struct counter *)element;
    int64_t now = click_steady(element);

    counter->packets++;
    counter->bytes += packet->total;
    ewma_add(&counter->packet_rate, 1, now);
    ewma_add(&counter->byte_rate, packet->total, now);
    if (counter->at_packets.call.path && !counter->at_packets.done &&
        counter->packets == counter->at_packets.at)
        pull_trigger(element, &counter->at_packets);
    if (counter->at_bytes.call.path && !counter->at_bytes.done &&
        counter->bytes >= counter->at_bytes.at)
        pull_trigger(element, &counter->at_bytes);
    return packet;
}

static void take_state(struct element *element, struct element *old_element)
{
    struct counter *counter = (struct counter *)element;
    struct counter *old = (struct counter *)old_element;

    counter->packets = old->packets;
    counter->bytes = old->bytes;
    counter->packet_rate = old->packet_rate;
    counter->byte_rate = old->byte_rate;
    counter->at_packets.done = old->at_packets.done;
    counter->at_bytes.done = old->at_bytes.done;
}

static int read_rate(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    struct counter *counter = (struct counter *)element;
    struct ewma *rate =
        handler->data ? &counter->byte_rate : &counter->packet_rate;
    uint64_t scale = handler->data ? handler->data : 1;

    (void)param;
    ewma_write(rate, click_steady(element), scale, out);
    return 0;
}

static int write_reset(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct counter *counter = (struct counter *)element;

    (void)handler;
    (void)value;
    (void)errors;
    counter->packets = counter->bytes = 0;
    memset(&counter->packet_rate, 0, sizeof(counter->packet_rate));
    memset(&counter->byte_rate, 0, sizeof(counter->byte_rate));
    counter->at_packets.done = counter->at_bytes.done = false;
    return 0;
}

static int write_call(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    struct trigger *trigger =
        (struct trigger *)((char *)element + handler->data);

    return set_trigger(element, trigger, value, errors);
}

static const struct click_param params[] = {
    CLICK_PARAM("COUNT_CALL", struct counter, packets_call, word, 0),
    CLICK_PARAM("BYTE_COUNT_CALL", struct counter, bytes_call, word, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct counter, packets, u64),
    HANDLER_FIELD("byte_count", struct counter, bytes, u64),
    {.name = "rate", .read = read_rate},
    {.name = "bit_rate", .read = read_rate, .data = 8},
    {.name = "byte_rate", .read = read_rate, .data = 1},
    {.name = "reset", .write = write_reset, .flags = HANDLER_BUTTON},
    {.name = "reset_counts", .write = write_reset, .flags = HANDLER_BUTTON},
    {.name = "count_call",
     .write = write_call,
     .data = offsetof(struct counter, at_packets)},
    {.name = "byte_count_call",
     .write = write_call,
     .data = offsetof(struct counter, at_bytes)},
    {0},
};

const struct element_class click_class_Counter = {
    .name = "Counter",
    .ports = "1/1",
    .processing = "a/a",
    .passes = true,
    .size = sizeof(struct counter),
    .params = params,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};
