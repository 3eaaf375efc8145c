/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * length.c: packets' lengths and bytes.
 *
 * Large segments and blank checksums are about a whole packet: what is
 * shortened or changed is settled first (packet_settle()), a packet of a wire
 * each (the classes that cut).
 *
 * =c
 * Truncate(LENGTH, [KEYWORD])
 * =s basicmod
 * makes packets shorter
 * =d
 * Cuts packets that are longer than LENGTH. How much was cut is added to the
 * EXTRA_LENGTH annotation, unless the keyword EXTRA_LENGTH is false.
 * =h nbytes read/write
 * the LENGTH argument
 * =a Strip, Pad
 *
 * =c
 * Pad([LENGTH], [KEYWORD])
 * =s basicmod
 * makes packets longer
 * =d
 * Appends zeros to packets that are shorter than LENGTH. Without LENGTH,
 * appends as many as the EXTRA_LENGTH annotation says. The annotation is 0
 * afterwards. The keyword ZERO is taken; what is appended is zero in any case.
 * =a Truncate
 *
 * =c
 * Resize([HEAD, TAIL])
 * =s basicmod
 * adds or removes bytes at both ends
 * =d
 * Adds HEAD bytes in front and TAIL bytes at the end, or removes as many if
 * they are negative. Bytes that are added may be anything.
 * =a Strip, Unstrip, Truncate
 *
 * =c
 * CheckLength(LENGTH, [KEYWORD])
 * =s classification
 * passes packets that are not too long
 * =d
 * Packets of at most LENGTH bytes leave by output 0, the others by output 1, or
 * they are dropped. If the keyword EXTRA_LENGTH is true, the EXTRA_LENGTH
 * annotation counts too. A large segment that a device is to cut is as long as
 * its longest packet.
 * =h length read/write
 * the LENGTH argument
 * =a Truncate
 *
 * =c
 * StoreData(OFFSET, DATA, [KEYWORDS])
 * =s basicmod
 * changes packets' bytes
 * =d
 * Writes DATA over the bytes from OFFSET on, as far as the packet reaches. The
 * keyword MASK, as long as DATA or repeated, says which bits are written; with
 * GROW true, the packet becomes as long as it takes.
 * =e
 *   StoreData(12, \<0800>)
 *
 * =c
 * Clipboard(OFFSET/LENGTH, ...)
 * =s basicmod
 * copies bytes from packets into others
 * =io
 * two inputs, two outputs; each input with its output may push or be pulled
 * =d
 * Keeps the bytes of these ranges of each packet that goes from input 0 to
 * output 0; and writes them, as they were in the last one, into each packet
 * that goes from input 1 to output 1. A range that a packet has not in full is
 * left as it is.
 * =a StoreData
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/large.h"

struct length {
    struct element element;
    uint32_t length;
    bool extra, zero, given;
    int32_t head, tail;
    uint32_t offset;
    struct click_bytes data, mask;
    bool grow;
};

static uint32_t extra_length(const struct packet *packet)
{
    return click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH);
}

/* Have `total` bytes at the end, zeros. False: freed, memory is short. */
static bool extend(struct packet *packet, size_t total)
{
    struct packet *tail;

    if (total <= packet->total)
        return true;
    tail = packet_alloc(total - packet->total);
    if (!tail) {
        packet_free(packet);
        return false;
    }
    for (struct packet *piece = tail; piece; piece = piece->more)
        memset(piece->data, 0, piece->length);
    packet_append(packet, tail);
    return true;
}

static void shorten(struct packet *packet, uint32_t total)
{
    if (total < packet->total) {
        packet_settle_for_good(packet);
        packet_trim(packet, total);
        packet->flags &= (uint8_t)~PACKET_CSUM_BLANK;
        packet->gso_type = PACKET_GSO_NONE;
    }
}

static struct packet *truncate_simple(struct element *element,
                                      struct packet *packet)
{
    const struct length *length = (struct length *)element;
    uint32_t cut;

    if (packet->total <= length->length)
        return packet;
    cut = packet->total - length->length;
    shorten(packet, length->length);
    if (length->extra)
        click_anno_set_u32(packet, CLICK_ANNO_EXTRA_LENGTH,
                           extra_length(packet) + cut);
    return packet;
}

static int pad_configure(struct element *element, struct click_args *args)
{
    struct length *length = (struct length *)element;

    length->given = args->given & 1;
    if (length->length > PACKET_MAX)
        return click_args_error(args, "LENGTH: at most %u", PACKET_MAX);
    return 0;
}

static struct packet *pad_simple(struct element *element, struct packet *packet)
{
    const struct length *length = (struct length *)element;
    size_t total = length->length;

    if (!length->given)
        total = packet->total + (size_t)extra_length(packet);
    if (total > PACKET_MAX)
        total = PACKET_MAX;
    if (!extend(packet, total))
        return NULL;
    click_anno_set_u32(packet, CLICK_ANNO_EXTRA_LENGTH, 0);
    return packet;
}

static int resize_configure(struct element *element, struct click_args *args)
{
    const struct length *length = (struct length *)element;

    if (length->head > 4000 || length->tail > 60000)
        return click_args_error(args, "HEAD is at most 4000, TAIL 60000");
    element->large->needless =
        length->tail == 0 && length->head >= -(int)sizeof(struct ether_header);
    return 0;
}

static struct packet *resize_simple(struct element *element,
                                    struct packet *packet)
{
    const struct length *length = (struct length *)element;
    uint32_t less = length->head < 0 ? 0 - (uint32_t)length->head : 0;

    if (less > sizeof(struct ether_header))
        packet_settle_for_good(packet); /* what is inside is another */
    if (length->head < 0)
        click_strip(packet, less < packet->total ? less : packet->total);
    else if (length->head > 0 &&
             !click_push_bytes(packet, (unsigned int)length->head))
        return NULL;
    less = length->tail < 0 ? 0 - (uint32_t)length->tail : 0;
    if (length->tail < 0)
        shorten(packet, less < packet->total ? packet->total - less : 0);
    else if (!extend(packet, packet->total + (size_t)length->tail))
        return NULL;
    return packet;
}

static struct packet *check_simple(struct element *element,
                                   struct packet *packet)
{
    const struct length *length = (struct length *)element;
    uint64_t total = large_longest(packet);

    if (length->extra)
        total += extra_length(packet);
    if (total <= length->length)
        return packet;
    element_side(element, 1, packet);
    return NULL;
}

/* ---- StoreData ------------------------------------------------------------
 */

static int store_configure(struct element *element, struct click_args *args)
{
    const struct length *length = (struct length *)element;

    if (length->mask.bytes && length->mask.length == 0)
        return click_args_error(args, "MASK: must not be empty");
    if ((uint64_t)length->offset + length->data.length > PACKET_MAX)
        return click_args_error(args, "OFFSET: too large");
    /* What is in front of everything, all packets have. */
    element->large->needless =
        length->offset + length->data.length <= sizeof(struct ether_header);
    return 0;
}

static struct packet *store_simple(struct element *element,
                                   struct packet *packet)
{
    const struct length *length = (struct length *)element;
    size_t at = 0, end = length->offset + length->data.length;

    packet_settle_for_good(packet);
    if (length->grow && !extend(packet, end))
        return NULL;
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length && at < end; i++, at++) {
            size_t place = at - length->offset;
            uint8_t mask = 0xff;

            if (at < length->offset)
                continue;
            if (length->mask.bytes)
                mask = length->mask.bytes[place % length->mask.length];
            piece->data[i] = (uint8_t)((piece->data[i] & ~mask) |
                                       (length->data.bytes[place] & mask));
        }
    return packet;
}

/* ---- Clipboard ------------------------------------------------------------
 */

struct clip_range {
    uint32_t offset, length, place; /* in the buffer */
};

struct clipboard {
    struct element element;
    struct clip_range *ranges;
    uint8_t *bytes; /* of all ranges, one behind the other */
    unsigned int count;
};

static void clipboard_cleanup(struct element *element)
{
    struct clipboard *self = (struct clipboard *)element;

    free(self->ranges);
    free(self->bytes);
    self->ranges = NULL;
    self->bytes = NULL;
    self->count = 0;
}

/* "OFFSET/LENGTH" */
static int read_range(struct click_args *args, char *word,
                      struct clip_range *range)
{
    char *slash = strchr(word, '/');
    uint64_t offset, length;

    if (!slash)
        return click_args_error(args, "'%s': expected OFFSET/LENGTH", word);
    *slash = '\0';
    if (click_read_integer(word, 0, PACKET_MAX, &offset) ||
        click_read_integer(slash + 1, 1, PACKET_MAX, &length))
        return click_args_error(args, "'%s/%s': expected OFFSET/LENGTH", word,
                                slash + 1);
    range->offset = (uint32_t)offset;
    range->length = (uint32_t)length;
    return 0;
}

static int clipboard_configure(struct element *element, struct click_args *args)
{
    struct clipboard *self = (struct clipboard *)element;
    uint32_t total = 0;

    if (args->count == 0)
        return click_args_error(args, "expected OFFSET/LENGTH");
    self->ranges = calloc(args->count, sizeof(*self->ranges));
    if (!self->ranges)
        return click_args_error(args, "out of memory");
    for (; self->count < args->count; self->count++) {
        struct clip_range *range = &self->ranges[self->count];

        if (read_range(args, args->words[self->count], range))
            return -1;
        range->place = total;
        total += range->length;
        if (total > PACKET_MAX)
            return click_args_error(args, "too many bytes");
    }
    self->bytes = calloc(1, total);
    return self->bytes ? 0 : click_args_error(args, "out of memory");
}

static struct packet *clip(struct clipboard *self, unsigned int port,
                           struct packet *packet)
{
    if (port == 1)
        packet_settle_for_good(packet);
    for (unsigned int i = 0; i < self->count; i++) {
        const struct clip_range *range = &self->ranges[i];
        uint32_t end = range->offset + range->length, at = 0;

        if (end > packet->total)
            continue;
        for (struct packet *piece = packet; piece; piece = piece->more)
            for (uint32_t j = 0; j < piece->length && at < end; j++, at++) {
                uint8_t *byte = &self->bytes[range->place + at - range->offset];

                if (at < range->offset)
                    continue;
                if (port == 0)
                    *byte = piece->data[j];
                else
                    piece->data[j] = *byte;
            }
    }
    return packet;
}

static void clipboard_push(struct element *element, unsigned int port,
                           struct packet *packet)
{
    element_push(element, port,
                 clip((struct clipboard *)element, port, packet));
}

static struct packet *clipboard_pull(struct element *element, unsigned int port)
{
    struct packet *packet = element_pull(element, port);

    return packet ? clip((struct clipboard *)element, port, packet) : NULL;
}

/* ---- Classes --------------------------------------------------------------
 */

static void truncate_defaults(struct element *element)
{
    ((struct length *)element)->extra = true;
}

static const struct click_param truncate_params[] = {
    CLICK_PARAM("LENGTH", struct length, length, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("EXTRA_LENGTH", struct length, extra, bool, 0),
    {0},
};

static const struct click_param pad_params[] = {
    CLICK_PARAM("LENGTH", struct length, length, u32, CLICK_POSITIONAL),
    CLICK_PARAM("ZERO", struct length, zero, bool, 0),
    {0},
};

static const struct click_param resize_params[] = {
    CLICK_PARAM("HEAD", struct length, head, i32, CLICK_POSITIONAL),
    CLICK_PARAM("TAIL", struct length, tail, i32, CLICK_POSITIONAL),
    {0},
};

static const struct click_param store_params[] = {
    CLICK_PARAM("OFFSET", struct length, offset, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DATA", struct length, data, bytes,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("MASK", struct length, mask, bytes, 0),
    CLICK_PARAM("GROW", struct length, grow, bool, 0),
    {0},
};

static const struct click_handler truncate_handlers[] = {
    HANDLER_FIELD_RW("nbytes", struct length, length, u32),
    {0},
};

static const struct click_handler check_handlers[] = {
    HANDLER_FIELD_RW("length", struct length, length, u32),
    {0},
};

static const struct click_handler resize_handlers[] = {
    HANDLER_ARGUMENT("head"),
    HANDLER_ARGUMENT("tail"),
    {0},
};

#define LENGTH(id, cuts_, ports_, processing_, params_, defaults_, configure_, \
               simple_, handlers_)                                             \
    const struct element_class click_class_##id = {                            \
        .name = #id,                                                           \
        .cuts = (cuts_),                                                       \
        .ports = (ports_),                                                     \
        .processing = (processing_),                                           \
        .size = sizeof(struct length),                                         \
        .params = (params_),                                                   \
        .defaults = (defaults_),                                               \
        .configure = (configure_),                                             \
        .reconfigurable = true,                                                \
        .simple = (simple_),                                                   \
        .handlers = (handlers_),                                               \
    }

LENGTH(Truncate, true, "1/1", "a/a", truncate_params, truncate_defaults, NULL,
       truncate_simple, truncate_handlers);
LENGTH(Pad, false, "1/1", "a/a", pad_params, NULL, pad_configure, pad_simple,
       NULL);
LENGTH(Resize, true, "1/1", "a/a", resize_params, NULL, resize_configure,
       resize_simple, resize_handlers);
LENGTH(CheckLength, false, "1/1-2", "a/ah", truncate_params, NULL, NULL,
       check_simple, check_handlers);
LENGTH(StoreData, true, "1/1", "a/a", store_params, NULL, store_configure,
       store_simple, NULL);

const struct element_class click_class_Clipboard = {
    .name = "Clipboard",
    .ports = "2/2",
    .processing = "a/a",
    .more = CLICK_MORE(.flow = "#/#"),
    .size = sizeof(struct clipboard),
    .params = (const struct click_param[]){CLICK_REST},
    .configure = clipboard_configure,
    .cleanup = clipboard_cleanup,
    .push = clipboard_push,
    .pull = clipboard_pull,
};
