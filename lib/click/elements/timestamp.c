/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timestamp.c: packets' timestamps, set and looked at.
 *
 * =c
 * SetTimestamp([TIMESTAMP, KEYWORDS])
 * =s timestamps
 * sets packets' timestamps
 * =d
 * Sets each packet's timestamp to TIMESTAMP, or to the time. Keyword arguments:
 *
 *   FIRST  true: set the first timestamp annotation instead
 *   DELTA  true: set the timestamp to what it is later than the first timestamp
 *          annotation
 *
 * =a AdjustTimestamp, SetTimestampDelta, StoreTimestamp
 *
 * =c
 * AdjustTimestamp(TIME, [KEYWORDS])
 * =s timestamps
 * moves packets' timestamps
 * =d
 * Adds TIME, which may be negative, to each packet's timestamp, if it has one.
 * Keyword arguments:
 *
 *   FIRST  true: to the first timestamp annotation instead
 *   ALL    true: also to timestamps that are 0
 *
 * =h time read/write
 * the TIME argument
 * =a SetTimestamp
 *
 * =c
 * SetTimestampDelta([KEYWORD])
 * =s timestamps
 * makes timestamps relative
 * =d
 * Packets' timestamps become what they are later than the first one that was
 * not 0. The keyword TYPE may be FIRST (this; if not given) or RANGE (the
 * same), or NOW: relative to the time.
 * =h first read-only
 * the first timestamp
 * =h reset write-only
 * begins anew
 * =a SetTimestamp
 *
 * =c
 * StoreTimestamp(KEYWORDS)
 * =s timestamps
 * writes timestamps into packets
 * =d
 * Writes each packet's timestamp, seconds and microseconds (or nanoseconds) as
 * two words in network byte order, into it. Exactly one keyword:
 *
 *   OFFSET  where; the packet becomes as long as it takes
 *   TAIL    true: behind its last byte
 *
 * =a SetTimestamp
 *
 * =c
 * TimeRange([KEYWORD])
 * =s timestamps
 * remembers the range of timestamps
 * =d
 * Passes packets, and remembers their earliest and latest timestamp. The
 * keyword SIMPLE true says that they come in order.
 * =h first read-only
 * the earliest one
 * =h last read-only
 * the latest one
 * =h range read-only
 * both
 * =h interval read-only
 * what lies between them
 * =h reset write-only
 * begins anew
 * =a TimeFilter
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

struct timestamp {
    struct element element;
    int64_t time, last;
    bool seen;
    bool given, first, delta, all;
    uint32_t offset;
    bool tail, simple;
    char *type;
};

static int64_t *stamp(struct packet *packet, bool first)
{
    /* FIRST_TIME lies at a multiple of 8 in the notes. */
    return first ? (int64_t *)(void *)(click_notes(packet)->user +
                                       CLICK_ANNO_FIRST_TIME)
                 : &click_notes(packet)->time;
}

static int set_configure(struct element *element, struct click_args *args)
{
    struct timestamp *timestamp = (struct timestamp *)element;

    timestamp->given = args->given & 1;
    if (timestamp->delta && (timestamp->given || timestamp->first))
        return click_args_error(args, "DELTA stands alone");
    return 0;
}

static struct packet *set_simple(struct element *element, struct packet *packet)
{
    const struct timestamp *timestamp = (struct timestamp *)element;

    if (timestamp->delta)
        *stamp(packet, false) -= *stamp(packet, true);
    else
        *stamp(packet, timestamp->first) =
            timestamp->given ? timestamp->time : click_now(element);
    return packet;
}

static struct packet *adjust_simple(struct element *element,
                                    struct packet *packet)
{
    const struct timestamp *timestamp = (struct timestamp *)element;
    int64_t *time = stamp(packet, timestamp->first);

    if (*time || timestamp->all)
        *time = (int64_t)((uint64_t)*time + (uint64_t)timestamp->time);
    return packet;
}

static int delta_configure(struct element *element, struct click_args *args)
{
    struct timestamp *timestamp = (struct timestamp *)element;
    const char *type = timestamp->type ? timestamp->type : "FIRST";

    timestamp->delta = !strcmp(type, "NOW");
    if (!timestamp->delta && strcmp(type, "FIRST") && strcmp(type, "RANGE"))
        return click_args_error(args, "TYPE: expected FIRST, RANGE or NOW");
    return 0;
}

static struct packet *delta_simple(struct element *element,
                                   struct packet *packet)
{
    struct timestamp *timestamp = (struct timestamp *)element;
    int64_t *time = stamp(packet, false);

    if (!*time)
        return packet;
    if (!timestamp->seen) {
        timestamp->seen = true;
        timestamp->time = *time;
    }
    *time =
        timestamp->delta ? click_now(element) - *time : *time - timestamp->time;
    return packet;
}

/* ---- StoreTimestamp -------------------------------------------------------
 */

static int store_configure(struct element *element, struct click_args *args)
{
    struct timestamp *timestamp = (struct timestamp *)element;
    bool offset = args->given & 1;

    if (offset == timestamp->tail)
        return click_args_error(args, "supply exactly one of OFFSET and TAIL");
    if (timestamp->offset > PACKET_MAX - 8)
        return click_args_error(args, "OFFSET: too large");
    return 0;
}

static struct packet *store_simple(struct element *element,
                                   struct packet *packet)
{
    const struct timestamp *timestamp = (struct timestamp *)element;
    int64_t time = *stamp(packet, false);
    size_t offset = timestamp->tail ? packet->total : timestamp->offset, at = 0;
    uint32_t words[2] = {
        __builtin_bswap32((uint32_t)(time / 1000000000)),
        __builtin_bswap32((uint32_t)(time % 1000000000 / 1000)),
    };
    const uint8_t *bytes = (const uint8_t *)words;

    packet_settle_for_good(packet);
    if (offset + sizeof(words) > packet->total) {
        struct packet *more =
            packet_alloc(offset + sizeof(words) - packet->total);

        if (!more) {
            packet_free(packet);
            return NULL;
        }
        for (struct packet *piece = more; piece; piece = piece->more)
            memset(piece->data, 0, piece->length);
        packet_append(packet, more);
    }
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length; i++, at++)
            if (at >= offset && at < offset + sizeof(words))
                piece->data[i] = bytes[at - offset];
    return packet;
}

/* ---- TimeRange ------------------------------------------------------------
 */

static struct packet *range_simple(struct element *element,
                                   struct packet *packet)
{
    struct timestamp *range = (struct timestamp *)element;
    int64_t time = *stamp(packet, false);

    if (!range->seen || time < range->time)
        range->time = time;
    if (!range->seen || time > range->last)
        range->last = time;
    range->seen = true;
    return packet;
}

enum { FIRST, LAST, RANGE, INTERVAL };

static int read_range(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct timestamp *range = (struct timestamp *)element;

    (void)param;
    if (handler->data == FIRST || handler->data == RANGE)
        text_time(out, range->time);
    if (handler->data == RANGE)
        text_puts(out, " ");
    if (handler->data == LAST || handler->data == RANGE)
        text_time(out, range->last);
    if (handler->data == INTERVAL)
        text_time(out,
                  (int64_t)((uint64_t)range->last - (uint64_t)range->time));
    return 0;
}

/* ---- Classes --------------------------------------------------------------
 */

static const struct click_param set_params[] = {
    CLICK_PARAM("TIMESTAMP", struct timestamp, time, time, CLICK_POSITIONAL),
    CLICK_PARAM("FIRST", struct timestamp, first, bool, 0),
    CLICK_PARAM("DELTA", struct timestamp, delta, bool, 0),
    {0},
};

static const struct click_param adjust_params[] = {
    CLICK_PARAM("TIME", struct timestamp, time, time,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("FIRST", struct timestamp, first, bool, 0),
    CLICK_PARAM("ALL", struct timestamp, all, bool, 0),
    {0},
};

static const struct click_param delta_params[] = {
    CLICK_PARAM("TYPE", struct timestamp, type, word, 0),
    {0},
};

static const struct click_param store_params[] = {
    CLICK_PARAM("OFFSET", struct timestamp, offset, u32, 0),
    CLICK_PARAM("TAIL", struct timestamp, tail, bool, 0),
    {0},
};

static const struct click_param range_params[] = {
    CLICK_PARAM("SIMPLE", struct timestamp, simple, bool, 0),
    {0},
};

static const struct click_handler adjust_handlers[] = {
    HANDLER_FIELD_RW("time", struct timestamp, time, time),
    {0},
};

static const struct click_handler range_handlers[] = {
    {.name = "first", .read = read_range, .data = FIRST},
    {.name = "last", .read = read_range, .data = LAST},
    {.name = "range", .read = read_range, .data = RANGE},
    {.name = "interval", .read = read_range, .data = INTERVAL},
    HANDLER_RESET("reset", struct timestamp, time, seen, 0),
    {0},
};

#define TIMESTAMP(id, cuts_, params_, configure_, simple_, handlers_)          \
    const struct element_class click_class_##id = {                            \
        .name = #id,                                                           \
        .cuts = (cuts_),                                                       \
        .ports = "1/1",                                                        \
        .processing = "a/a",                                                   \
        .size = sizeof(struct timestamp),                                      \
        .params = (params_),                                                   \
        .configure = (configure_),                                             \
        .simple = (simple_),                                                   \
        .handlers = (handlers_),                                               \
    }

TIMESTAMP(SetTimestamp, false, set_params, set_configure, set_simple, NULL);
TIMESTAMP(AdjustTimestamp, false, adjust_params, NULL, adjust_simple,
          adjust_handlers);
TIMESTAMP(SetTimestampDelta, false, delta_params, delta_configure, delta_simple,
          range_handlers);
TIMESTAMP(StoreTimestamp, true, store_params, store_configure, store_simple,
          NULL);
TIMESTAMP(TimeRange, false, range_params, NULL, range_simple, range_handlers);
