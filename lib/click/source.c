/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.c: packets made from a string: what sources share.
 */
#include "lib/click/source.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/router.h"

/* What packets have that nobody chose the bytes of: Click's own, because people
 * compare what they print. */
static const char filler[] = "Random bullshit in a packet, at least 64 bytes "
                             "long. Well, now it is.";

void click_source_defaults(struct click_source *source)
{
    source->length = -1;
    source->limit = -1;
    source->active = true;
    source->timestamp = true;
}

/* Byte after byte of DATA, over and over, into all pieces. */
static void fill(struct packet *packet, const uint8_t *data, size_t length)
{
    size_t at = 0;

    for (struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length; i++) {
            piece->data[i] = length ? data[at] : 0;
            at = at + 1 < length ? at + 1 : 0;
        }
}

int click_source_prepare(struct click_source *source,
                         struct click_errors *errors)
{
    const uint8_t *data = source->data.bytes;
    size_t length = source->data.length, total;
    struct packet *packet;

    if (!data) {
        data = (const uint8_t *)filler;
        length = sizeof(filler) - 1;
    }
    total = source->length >= 0 ? (size_t)source->length : length;
    if (total > PACKET_MAX)
        return click_error(errors, NULL, "packets have %u bytes at most",
                           PACKET_MAX);
    packet = click_packet(PACKET_HEADROOM, (unsigned int)total);
    if (!packet) {
        (void)click_error(errors, NULL, "out of memory");
        return -ENOMEM;
    }
    fill(packet, data, length);
    packet_free(source->packet);
    source->packet = packet;
    return 0;
}

int click_source_begin(struct click_source *source, struct click_errors *errors)
{
    struct element *element = &source->element;

    if (source->end && source->stop)
        return click_error(errors, NULL,
                           "END_CALL and STOP are mutually exclusive");
    if (source->stop)
        return click_call_set(&source->end_call, element, "stop", errors);
    return source->end
               ? click_call_set(&source->end_call, element, source->end, errors)
               : 0;
}

void click_source_end(struct click_source *source)
{
    packet_free(source->packet);
    click_call_free(&source->end_call);
}

struct packet *click_source_make(struct click_source *source)
{
    struct packet *packet = packet_copy(source->packet);

    if (!packet)
        return NULL;
    source->count++;
    source->finished = false;
    if (source->timestamp)
        click_notes(packet)->time = click_now(&source->element);
    return packet;
}

void click_source_finish(struct click_source *source)
{
    if (source->finished)
        return;
    source->finished = true;
    click_call_make(&source->end_call, &source->element);
}

int click_source_read_data(struct element *element,
                           const struct click_handler *handler,
                           const char *param, struct text *out)
{
    const struct click_source *source = (struct click_source *)element;
    bool given = source->data.bytes;

    (void)handler;
    (void)param;
    text_add(out, given ? (const char *)source->data.bytes : filler,
             given ? source->data.length : sizeof(filler) - 1);
    return 0;
}

int click_source_write_data(struct element *element,
                            const struct click_handler *handler,
                            const char *value, struct click_errors *errors)
{
    struct click_source *source = (struct click_source *)element;
    struct click_bytes old = source->data;
    size_t length;
    char *bytes = click_unquote(value, &length);
    int error = -ENOMEM;

    (void)handler;
    source->data.bytes = bytes ? element_alloc(element, length + 1) : NULL;
    if (source->data.bytes) {
        memcpy(source->data.bytes, bytes, length);
        source->data.length = length;
        error = click_source_prepare(source, errors);
    } else {
        (void)click_error(errors, NULL, "out of memory");
    }
    free(bytes);
    if (error) {
        element_free(element, source->data.bytes);
        source->data = old;
    } else {
        element_free(element, old.bytes);
    }
    return error;
}
