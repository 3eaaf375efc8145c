/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aggregate_counter.c: how many packets or bytes each aggregate has had.
 *
 * A hash table with free places between, twice as large whenever half of it is
 * in use. Each new aggregate costs 16 to 32 bytes; where memory is short, new
 * ones are not counted any more, as if the element were frozen.
 *
 * =c
 * AggregateCounter([KEYWORDS])
 * =s aggregates
 * counts packets for each aggregate annotation
 * =d
 * Has a counter for each value of the aggregate annotation that it sees. A
 * second input, if there is one, never makes new counters. With two outputs,
 * packets that were pushed and counted leave by the first, others by the
 * second.
 *
 * Once frozen (by FREEZE keywords or the handler `freeze`) it makes no new
 * counters, but those that there are go on.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item BYTES
 * Boolean. Count bytes, not packets. Default is false.
 * =item IP_BYTES
 * Boolean. Count bytes from the IP header on. Default is false.
 * =item MULTIPACKET
 * Boolean. Without BYTES: one packet counts as many as its extra packets
 * annotation says, and one. Default is true.
 * =item EXTRA_LENGTH
 * Boolean. With BYTES: add the extra length annotation. Default is true.
 * =item AGGREGATE_STOP, AGGREGATE_FREEZE
 * Unsigned. When there are so many counters, stop the router, or freeze.
 * =item AGGREGATE_CALL
 * "N HANDLER [VALUE]": when there are N counters, write to a handler. At most
 * one of the three AGGREGATE arguments may be given.
 * =item COUNT_STOP, COUNT_FREEZE, COUNT_CALL
 * The same, when so many packets or bytes were counted in all.
 * =item BANNER
 * String. Written to the head of each file. Default is empty.
 * =back
 * =h write_text_file write-only
 * Writes lines "AGGREGATE COUNT", by aggregate, to a file ("-": standard
 * output), below lines that begin with an exclamation mark.
 * =h write_ip_file write-only
 * The same, aggregates being written as IP addresses.
 * =h write_file write-only
 * The same in binary: below a line "!packed_le" or "!packed_be", which tells
 * the byte order, 4 bytes of aggregate and 4 of count each.
 * =h freeze read/write
 * whether it is frozen
 * =h active read/write
 * whether it counts at all (true)
 * =h stop write-only
 * sets `active` to false and stops the router
 * =h counts_pdf write-only
 * replaces all counters: the old counts are the new aggregates, and how many
 * counters had one is its count
 * =h clear write-only
 * forgets all counters
 * =h banner read/write
 * BANNER
 * =h aggregate_call, count_call read/write
 * AGGREGATE_CALL and COUNT_CALL
 * =h nagg read-only
 * counters so far
 * =h count read-only
 * packets or bytes counted so far
 * =e
 *   FromIPSummaryDump(-, STOP true) -> AggregateIP(ip dst)
 *     -> ac :: AggregateCounter -> Discard;
 *   DriverManager(pause, write ac.write_text_file -);
 * =a AggregateIP, AggregateIPFlows, FromIPSummaryDump
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/calls.h"
#include "lib/click/file.h"
#include "lib/click/router.h"

#define PLACES_FIRST 64u

struct count {
    uint32_t aggregate, count; /* count 0: a free place */
};

/* What is done once a number is reached. */
struct reaction {
    uint32_t stop, freeze; /* arguments: 0 for none */
    char *words;           /* "N HANDLER [VALUE]" */
    uint64_t at;           /* UINT64_MAX: never */
    bool done;
    struct click_call call;
};

struct counter {
    struct element element;
    bool bytes, ip_bytes, multipacket, extra_length, frozen, active;
    char *banner;
    struct reaction by_aggregates, by_count;
    struct count *places;
    uint32_t room, used; /* room is a power of 2, or 0 */
    uint64_t total;
};

/* ---- The table ------------------------------------------------------------
 */

/* The place of `aggregate`, or the free one where it would be. */
static struct count *place_of(const struct counter *self, uint32_t aggregate)
{
    uint32_t at = (uint32_t)(aggregate * 0x9e3779b97f4a7c15u >> 32);

    while (self->places[at & (self->room - 1)].count != 0 &&
           self->places[at & (self->room - 1)].aggregate != aggregate)
        at++;
    return &self->places[at & (self->room - 1)];
}

static bool grow(struct counter *self)
{
    struct count *old = self->places;
    uint32_t room = self->room;
    struct count *fresh =
        calloc(room ? (size_t)room * 2 : PLACES_FIRST, sizeof(*fresh));

    if (!fresh)
        return false;
    self->places = fresh;
    self->room = room ? room * 2 : PLACES_FIRST;
    for (uint32_t i = 0; i < room; i++)
        if (old[i].count != 0)
            *place_of(self, old[i].aggregate) = old[i];
    free(old);
    return true;
}

/* False: there is no such counter, and none is to be made. */
static bool count(struct counter *self, uint32_t aggregate, uint32_t amount,
                  bool fixed)
{
    struct count *place = self->room ? place_of(self, aggregate) : NULL;

    if (!place || place->count == 0) {
        if (fixed)
            return false;
        if (self->used >= self->room / 2) {
            if (!grow(self))
                return false;
            place = place_of(self, aggregate);
        }
        place->aggregate = aggregate;
        self->used += amount > 0;
    }
    place->count += amount;
    if (place->count < amount) /* at its end it stays there */
        place->count = UINT32_MAX;
    return true;
}

/* ---- Packets --------------------------------------------------------------
 */

static void react(struct counter *self, struct reaction *reaction,
                  uint64_t value)
{
    if (value < reaction->at || reaction->done)
        return;
    reaction->done = true;
    if (reaction->freeze)
        self->frozen = true;
    else if (reaction->stop)
        router_stop(self->element.router);
    else
        click_call_make(&reaction->call, &self->element);
}

static uint32_t amount_of(const struct counter *self,
                          const struct packet *packet)
{
    uint32_t amount;
    int at;

    if (!self->bytes)
        return self->multipacket
                   ? 1 + click_anno_u32(packet, CLICK_ANNO_EXTRA_PACKETS)
                   : 1;
    amount = packet->total;
    if (self->extra_length)
        amount += click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH);
    at = click_notes_const(packet)->network;
    if (self->ip_bytes && at != CLICK_NO_HEADER)
        amount = at < (int64_t)amount ? amount - (uint32_t)at : 0;
    return amount;
}

static bool update(struct counter *self, const struct packet *packet,
                   bool fixed)
{
    uint32_t amount = amount_of(self, packet);

    if (!self->active ||
        !count(self, click_anno_u32(packet, CLICK_ANNO_AGGREGATE), amount,
               fixed || self->frozen))
        return false;
    self->total += amount;
    react(self, &self->by_aggregates, self->used);
    react(self, &self->by_count, self->total);
    return true;
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    bool counted = update((struct counter *)element, packet, port == 1);

    element_push(element, !counted && element->outputs == 2, packet);
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct packet *packet =
        port < element->inputs ? element_pull(element, port) : NULL;

    if (packet)
        (void)update((struct counter *)element, packet, port == 1);
    return packet;
}

/* ---- Files ----------------------------------------------------------------
 */

enum { TEXT, ADDRESSES, BINARY };

static int by_aggregate(const void *a, const void *b)
{
    uint32_t x = ((const struct count *)a)->aggregate;
    uint32_t y = ((const struct count *)b)->aggregate;

    return x < y ? -1 : x > y;
}

static bool write_line(struct click_file *file, struct text *line)
{
    bool written =
        !line->failed && click_file_write(file, line->bytes, line->length);

    text_clear(line);
    return written;
}

static bool write_counts(struct click_file *file, const struct count *counts,
                         uint32_t used, uintptr_t form)
{
    struct text line = {0};
    bool written = true;

    for (uint32_t i = 0; i < used; i++) {
        uint32_t a = counts[i].aggregate;

        if (form == BINARY)
            text_add(&line, (const char *)&counts[i], sizeof(*counts));
        else if (form == TEXT)
            text_printf(&line, "%u %u\n", a, counts[i].count);
        else
            text_printf(&line, "%u.%u.%u.%u %u\n", a >> 24, a >> 16 & 255,
                        a >> 8 & 255, a & 255, counts[i].count);
        written &= write_line(file, &line);
    }
    text_free(&line);
    return written;
}

static bool write_all(const struct counter *self, struct click_file *file,
                      const struct count *counts, uintptr_t form)
{
    const char *banner = self->banner ? self->banner : "";
    size_t length = strlen(banner);
    struct text head = {0};
    bool written;

    text_printf(&head, "!IPAggregate 1.0\n%s%s!num_nonzero %u\n", banner,
                length > 0 && banner[length - 1] != '\n' ? "\n" : "",
                self->used);
    if (form == BINARY)
        text_puts(&head, htons(1) == 1 ? "!packed_be\n" : "!packed_le\n");
    else if (form == ADDRESSES)
        text_puts(&head, "!ip\n");
    written =
        write_line(file, &head) && write_counts(file, counts, self->used, form);
    text_free(&head);
    return written;
}

static int write_file(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    struct counter *self = (struct counter *)element;
    struct count *counts = calloc(self->used + 1, sizeof(*counts));
    struct click_file *file = click_file_open(value, CLICK_FILE_WRITE);
    uint32_t used = 0;
    bool wrong = !counts || !file;

    for (uint32_t i = 0; !wrong && i < self->room; i++)
        if (self->places[i].count != 0)
            counts[used++] = self->places[i];
    if (!wrong) {
        qsort(counts, used, sizeof(*counts), by_aggregate);
        wrong = !write_all(self, file, counts, handler->data);
    }
    if (file)
        wrong |= click_file_close(file) != 0;
    free(counts);
    return wrong ? click_error(errors, NULL, "%s: cannot be written", value)
                 : 0;
}

/* ---- Other handlers -------------------------------------------------------
 */

static void forget(struct counter *self)
{
    free(self->places);
    self->places = NULL;
    self->room = self->used = 0;
    self->total = 0;
}

static int write_clear(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    (void)handler;
    (void)value;
    (void)errors;
    forget((struct counter *)element);
    return 0;
}

static int write_stop(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    (void)handler;
    (void)value;
    (void)errors;
    ((struct counter *)element)->active = false;
    router_stop(element->router);
    return 0;
}

static int write_pdf(struct element *element,
                     const struct click_handler *handler, const char *value,
                     struct click_errors *errors)
{
    struct counter *self = (struct counter *)element;
    struct counter fresh = {0};

    (void)handler;
    (void)value;
    for (uint32_t i = 0; i < self->room; i++)
        if (self->places[i].count != 0 &&
            !count(&fresh, self->places[i].count, 1, false)) {
            free(fresh.places);
            return click_error(errors, NULL, "out of memory");
        }
    fresh.total = self->used;
    forget(self);
    self->places = fresh.places;
    self->room = fresh.room;
    self->used = fresh.used;
    self->total = fresh.total;
    return 0;
}

/* "N [HANDLER [VALUE]]"; without a handler the old one stays. */
static int set_call(struct element *element, struct reaction *reaction,
                    const char *words, struct click_errors *errors)
{
    size_t length = strcspn(words, " \t\n");
    char *number = strndup(words, length);
    const char *rest = words + length + strspn(words + length, " \t\n");
    int error = -1;
    uint64_t at;

    if (number)
        error = click_read_integer(number, 0, UINT64_MAX - 1, &at);
    free(number);
    if (error || (!*rest && !reaction->call.path))
        return click_error(errors, NULL, "expected 'N HANDLER [VALUE]'");
    if (*rest && click_call_set(&reaction->call, element, rest, errors))
        return -1;
    reaction->at = at;
    reaction->done = false;
    reaction->stop = reaction->freeze = 0;
    return 0;
}

static int write_call(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    struct reaction *reaction = (void *)((char *)element + handler->data);

    return set_call(element, reaction, value, errors);
}

static int read_call(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    struct reaction *reaction = (void *)((char *)element + handler->data);

    (void)param;
    if (reaction->call.path)
        text_printf(out, "%llu %s%s%s", (unsigned long long)reaction->at,
                    reaction->call.path, reaction->call.value ? " " : "",
                    reaction->call.value ? reaction->call.value : "");
    return 0;
}

/* ---- Life -----------------------------------------------------------------
 */

static void defaults(struct element *element)
{
    struct counter *self = (struct counter *)element;

    self->multipacket = self->extra_length = self->active = true;
}

static int check_reaction(struct click_args *args, struct reaction *reaction,
                          const char *prefix)
{
    if (!!reaction->stop + !!reaction->freeze + !!reaction->words > 1)
        return click_args_error(
            args, "%s_STOP, %s_FREEZE and %s_CALL are mutually exclusive",
            prefix, prefix, prefix);
    reaction->at = reaction->stop + reaction->freeze;
    if (reaction->at == 0)
        reaction->at = UINT64_MAX;
    return 0;
}

static int configure(struct element *element, struct click_args *args)
{
    struct counter *self = (struct counter *)element;

    self->bytes |= self->ip_bytes;
    return check_reaction(args, &self->by_aggregates, "AGGREGATE") ||
                   check_reaction(args, &self->by_count, "COUNT")
               ? -1
               : 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct counter *self = (struct counter *)element;
    struct reaction *both[] = {&self->by_aggregates, &self->by_count};

    for (unsigned int i = 0; i < 2; i++)
        if (both[i]->words &&
            set_call(element, both[i], both[i]->words, errors))
            return -1;
    return 0;
}

static void cleanup(struct element *element)
{
    struct counter *self = (struct counter *)element;

    forget(self);
    click_call_free(&self->by_aggregates.call);
    click_call_free(&self->by_count.call);
}

static void take_state(struct element *element, struct element *old_element)
{
    struct counter *self = (struct counter *)element;
    struct counter *old = (struct counter *)old_element;

    self->places = old->places;
    self->room = old->room;
    self->used = old->used;
    self->total = old->total;
    self->frozen = old->frozen;
    self->active = old->active;
    self->by_aggregates.done = old->by_aggregates.done;
    self->by_count.done = old->by_count.done;
    old->places = NULL;
    old->room = 0;
}

#define REACTION(prefix, field)                                                \
    CLICK_PARAM(prefix "_STOP", struct counter, field.stop, u32, 0),           \
        CLICK_PARAM(prefix "_FREEZE", struct counter, field.freeze, u32, 0),   \
        CLICK_PARAM(prefix "_CALL", struct counter, field.words, word, 0)

static const struct click_param params[] = {
    CLICK_PARAM("BYTES", struct counter, bytes, bool, 0),
    CLICK_PARAM("IP_BYTES", struct counter, ip_bytes, bool, 0),
    CLICK_PARAM("MULTIPACKET", struct counter, multipacket, bool, 0),
    CLICK_PARAM("EXTRA_LENGTH", struct counter, extra_length, bool, 0),
    REACTION("AGGREGATE", by_aggregates),
    REACTION("COUNT", by_count),
    CLICK_PARAM("BANNER", struct counter, banner, string, 0),
    {0},
};

#define CALL(handler_name, field)                                              \
    {                                                                          \
        .name = (handler_name), .read = read_call, .write = write_call,        \
        .data = offsetof(struct counter, field)                                \
    }

static const struct click_handler handlers[] = {
    {.name = "write_text_file", .write = write_file, .data = TEXT},
    {.name = "write_ascii_file", .write = write_file, .data = TEXT},
    {.name = "write_ip_file", .write = write_file, .data = ADDRESSES},
    {.name = "write_file", .write = write_file, .data = BINARY},
    HANDLER_FIELD_RW("freeze", struct counter, frozen, bool),
    HANDLER_ACTIVE(struct counter, active),
    {.name = "stop", .write = write_stop, .flags = HANDLER_BUTTON},
    {.name = "counts_pdf", .write = write_pdf, .flags = HANDLER_BUTTON},
    {.name = "reaggregate_counts", .write = write_pdf, .flags = HANDLER_BUTTON},
    {.name = "clear", .write = write_clear, .flags = HANDLER_BUTTON},
    HANDLER_FIELD_RW("banner", struct counter, banner, string),
    CALL("aggregate_call", by_aggregates),
    CALL("count_call", by_count),
    HANDLER_FIELD("nagg", struct counter, used, u32),
    HANDLER_FIELD("count", struct counter, total, u64),
    {0},
};

const struct element_class click_class_AggregateCounter = {
    .name = "AggregateCounter",
    .ports = "1-2/1-2",
    .processing = "a/a",
    .size = sizeof(struct counter),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .pull = pull,
    .handlers = handlers,
};
