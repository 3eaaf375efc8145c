/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * paint.c: annotations of a byte, set and asked for.
 *
 * =c
 * Paint(COLOR [, ANNO])
 * =s paint
 * sets packets' paint
 * =d
 * Sets each packet's PAINT annotation, or the one-byte annotation ANNO, to
 * COLOR, 0 to 255.
 * =h color read/write
 * the COLOR argument
 * =a PaintTee, CheckPaint, PaintSwitch
 *
 * =c
 * PaintTee(COLOR [, ANNO])
 * =s paint
 * copies packets with a paint
 * =d
 * Passes all packets to output 0; a copy of those whose PAINT annotation (or
 * ANNO) is COLOR leaves by output 1 first.
 * =h color read/write
 * the COLOR argument
 * =a Paint, ICMPError
 *
 * =c
 * CheckPaint(COLOR [, ANNO])
 * =s paint
 * passes packets with a paint
 * =d
 * Passes packets whose PAINT annotation (or ANNO) is COLOR to output 0; the
 * others leave by output 1, or are dropped.
 * =h color read/write
 * the COLOR argument
 * =a Paint, PaintTee
 *
 * =c
 * PaintSwitch([ANNO])
 * =s paint
 * sends packets to the output that their paint says
 * =d
 * Pushes each packet out of the output whose number is its PAINT annotation
 * (or ANNO); with 255, a copy out of each. It is dropped if there is no such
 * output.
 * =a Paint, Switch
 *
 * =c
 * SetAnnoByte(ANNO, VALUE)
 * =s annotations
 * sets an annotation
 * =d
 * Sets byte ANNO (0 to 47, or a name) of each packet's annotations to VALUE.
 * =h anno read-only
 * the offset
 * =h value read/write
 * the VALUE argument
 * =a Paint
 *
 * =c
 * SetPacketType(TYPE)
 * =s annotations
 * says where packets were going
 * =d
 * Sets each packet's type to HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING or
 * LOOPBACK.
 * =a HostEtherFilter
 */
#include <string.h>
#include "lib/click/element.h"

struct paint {
    struct element element;
    struct click_anno anno;
    uint8_t color;
    char *type;
};

static void defaults(struct element *element)
{
    ((struct paint *)element)->anno.offset = CLICK_ANNO_PAINT;
}

static int configure(struct element *element, struct click_args *args)
{
    if (((struct paint *)element)->anno.size > 1)
        return click_args_error(args, "ANNO: must be one byte");
    return 0;
}

static struct packet *paint_simple(struct element *element,
                                   struct packet *packet)
{
    const struct paint *paint = (struct paint *)element;

    click_anno_set_u8(packet, paint->anno.offset, paint->color);
    return packet;
}

static struct packet *tee_simple(struct element *element, struct packet *packet)
{
    const struct paint *paint = (struct paint *)element;

    if (click_anno_u8(packet, paint->anno.offset) == paint->color) {
        struct packet *copy = packet_copy(packet);

        if (copy)
            element_push(element, 1, copy);
    }
    return packet;
}

static struct packet *check_simple(struct element *element,
                                   struct packet *packet)
{
    const struct paint *paint = (struct paint *)element;

    if (click_anno_u8(packet, paint->anno.offset) == paint->color)
        return packet;
    element_side(element, 1, packet);
    return NULL;
}

static void switch_push(struct element *element, unsigned int port,
                        struct packet *packet)
{
    uint8_t color =
        click_anno_u8(packet, ((struct paint *)element)->anno.offset);

    (void)port;
    if (color != 255 || element->outputs == 0) {
        element_side(element, color, packet);
        return;
    }
    for (unsigned int i = 0; i + 1 < element->outputs; i++) {
        struct packet *copy = packet_copy(packet);

        if (copy)
            element_push(element, i, copy);
    }
    element_push(element, element->outputs - 1, packet);
}

static int type_configure(struct element *element, struct click_args *args)
{
    static const char *const types[] = {
        [CLICK_HOST] = "HOST",           [CLICK_BROADCAST] = "BROADCAST",
        [CLICK_MULTICAST] = "MULTICAST", [CLICK_OTHERHOST] = "OTHERHOST",
        [CLICK_OUTGOING] = "OUTGOING",   [CLICK_LOOPBACK] = "LOOPBACK",
    };
    struct paint *paint = (struct paint *)element;

    for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (!strcmp(paint->type, types[i])) {
            paint->color = (uint8_t)i;
            return 0;
        }
    return click_args_error(args, "TYPE: there is no packet type '%s'",
                            paint->type);
}

static struct packet *type_simple(struct element *element,
                                  struct packet *packet)
{
    click_notes(packet)->type = ((struct paint *)element)->color;
    return packet;
}

static const struct click_param paint_params[] = {
    CLICK_PARAM("COLOR", struct paint, color, u8,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("ANNO", struct paint, anno, anno, CLICK_POSITIONAL),
    {0},
};

static const struct click_param switch_params[] = {
    CLICK_PARAM("ANNO", struct paint, anno, anno, CLICK_POSITIONAL),
    {0},
};

static const struct click_param byte_params[] = {
    CLICK_PARAM("ANNO", struct paint, anno, anno,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("VALUE", struct paint, color, u8,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_param type_params[] = {
    CLICK_PARAM("TYPE", struct paint, type, word,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_handler paint_handlers[] = {
    HANDLER_FIELD_RW("color", struct paint, color, u8),
    {0},
};

static const struct click_handler byte_handlers[] = {
    HANDLER_FIELD("anno", struct paint, anno.offset, u8),
    HANDLER_FIELD("offset", struct paint, anno.offset, u8),
    HANDLER_FIELD_RW("value", struct paint, color, u8),
    {0},
};

#define PAINT(id, ports_, processing_, params_, configure_, simple_, push_,    \
              handlers_)                                                       \
    const struct element_class click_class_##id = {                            \
        .name = #id,                                                           \
        .ports = (ports_),                                                     \
        .processing = (processing_),                                           \
        .size = sizeof(struct paint),                                          \
        .params = (params_),                                                   \
        .defaults = defaults,                                                  \
        .configure = (configure_),                                             \
        .reconfigurable = true,                                                \
        .simple = (simple_),                                                   \
        .push = (push_),                                                       \
        .handlers = (handlers_),                                               \
    }

PAINT(Paint, "1/1", "a/a", paint_params, configure, paint_simple, NULL,
      paint_handlers);
PAINT(PaintTee, "1/2", "a/ah", paint_params, configure, tee_simple, NULL,
      paint_handlers);
PAINT(CheckPaint, "1/1-2", "a/ah", paint_params, configure, check_simple, NULL,
      paint_handlers);
PAINT(PaintSwitch, "1/-", "h/h", switch_params, configure, NULL, switch_push,
      NULL);
PAINT(SetAnnoByte, "1/1", "a/a", byte_params, configure, paint_simple, NULL,
      byte_handlers);
PAINT(SetPacketType, "1/1", "a/a", type_params, type_configure, type_simple,
      NULL, NULL);
