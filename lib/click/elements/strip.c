/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strip.c: bytes taken off and put back in front.
 *
 * =c
 * Strip(LENGTH)
 * =s basicmod
 * removes bytes in front
 * =d
 * Removes the first LENGTH bytes of each packet. One that has not so many
 * becomes empty.
 * =e
 *   Strip(14)   gets rid of the Ethernet header
 * =a Unstrip, StripToNetworkHeader, Truncate
 *
 * =c
 * Unstrip(LENGTH)
 * =s basicmod
 * puts bytes back in front
 * =d
 * Puts LENGTH bytes in front of each packet. If they were there before and were
 * stripped, they are what they were; else they may be anything.
 * =a Strip
 */
#include "lib/click/checksum.h"
#include "lib/click/element.h"

/* What one push can add: click_push_bytes(). */
#define UNSTRIP_MAX 4000

struct strip {
    struct element element;
    uint32_t length;
};

static struct packet *strip_simple(struct element *element,
                                   struct packet *packet)
{
    uint32_t length = ((struct strip *)element)->length;

    if (length > sizeof(struct ether_header)) /* what is inside is another */
        packet_settle_for_good(packet);
    click_strip(packet, length < packet->total ? length : packet->total);
    return packet;
}

static int unstrip_configure(struct element *element, struct click_args *args)
{
    if (((struct strip *)element)->length > UNSTRIP_MAX)
        return click_args_error(args, "LENGTH: at most %d", UNSTRIP_MAX);
    return 0;
}

static struct packet *unstrip_simple(struct element *element,
                                     struct packet *packet)
{
    return click_push_bytes(packet, ((struct strip *)element)->length) ? packet
                                                                       : NULL;
}

static const struct click_param params[] = {
    CLICK_PARAM("LENGTH", struct strip, length, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

const struct element_class click_class_Strip = {
    .name = "Strip",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct strip),
    .params = params,
    .reconfigurable = true,
    .simple = strip_simple,
};

const struct element_class click_class_Unstrip = {
    .name = "Unstrip",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct strip),
    .params = params,
    .configure = unstrip_configure,
    .reconfigurable = true,
    .simple = unstrip_simple,
};
