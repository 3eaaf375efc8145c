/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * average_counter.c: packets, and their rate over all the time.
 *
 * =c
 * AverageCounter([IGNORE])
 * =s counters
 * counts packets, measures their average rate
 * =d
 * Passes packets on, and counts them and their bytes. The rates are those
 * between the first and the last packet; packets of the first IGNORE seconds
 * (0, if not given) do not count for them.
 * =h count read-only
 * packets since the last reset
 * =h byte_count read-only
 * bytes since the last reset
 * =h rate read-only
 * packets a second
 * =h byte_rate read-only
 * bytes a second
 * =h bit_rate read-only
 * bits a second
 * =h reset write-only
 * sets all to 0
 * =a Counter
 */
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/real.h"

struct counts {
    uint64_t packets, bytes;
    uint64_t rated_packets, rated_bytes;
    int64_t first, last; /* of what is rated */
};

struct average {
    struct element element;
    uint64_t ignore;
    struct counts counts;
};

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct average *average = (struct average *)element;
    struct counts *counts = &average->counts;
    int64_t now = click_steady(element);

    if (counts->packets == 0)
        counts->first = now + (int64_t)average->ignore;
    counts->packets++;
    counts->bytes += packet->total;
    if (now >= counts->first) {
        counts->rated_packets++;
        counts->rated_bytes += packet->total;
        counts->last = now;
    }
    return packet;
}

static void take_state(struct element *element, struct element *old)
{
    ((struct average *)element)->counts = ((struct average *)old)->counts;
}

/* `data`: 0: packets, else bytes times that. */
static int read_rate(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    const struct counts *counts = &((struct average *)element)->counts;
    uint64_t amount = handler->data ? counts->rated_bytes * handler->data
                                    : counts->rated_packets;
    double seconds = (double)(counts->last - counts->first) / 1e9;

    (void)param;
    if (counts->rated_packets == 0)
        text_puts(out, "0");
    else /* all at one time: as if in a microsecond */
        text_real(out, (double)amount / (seconds > 1e-6 ? seconds : 1e-6), 'g',
                  12, false);
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("IGNORE", struct average, ignore, interval, CLICK_POSITIONAL),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct average, counts.packets, u64),
    HANDLER_FIELD("byte_count", struct average, counts.bytes, u64),
    {.name = "rate", .read = read_rate},
    {.name = "byte_rate", .read = read_rate, .data = 1},
    {.name = "bit_rate", .read = read_rate, .data = 8},
    HANDLER_RESET("reset", struct average, counts, counts, 0),
    HANDLER_RESET("reset_counts", struct average, counts, counts, 0),
    {0},
};

const struct element_class click_class_AverageCounter = {
    .name = "AverageCounter",
    .ports = "1/1",
    .processing = "a/a",
    .passes = true,
    .size = sizeof(struct average),
    .params = params,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};
