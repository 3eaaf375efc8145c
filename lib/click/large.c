/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * large.c: large TCP segments, cut where a graph needs them as packets.
 *
 * What a guest receives from its own machine may be up to 64 KiB of TCP with
 * one set of headers, for the last one who sends it to cut. Elements that
 * forward leave it as it is, and that is most of their speed. But what becomes
 * the payload of another packet nobody could cut behind that, and what depends
 * on where packets end must see them. Classes that do such things say so
 * (`cuts` of struct element_class), and get packets as they are on a wire: each
 * of their ports is called by a function of this file then, and all others are
 * called as ever.
 *
 * A push is a loop. To a pull one packet is the answer, and the element keeps
 * the rest for the next one. That comes: a queue says that it is empty not
 * before it was asked in vain, and it is not asked as long as there is a rest.
 *
 * Relies on coracle/packet.h, which cuts.
 */
#include "lib/click/large.h"
#include "lib/click/checksum.h"

struct packet *large_cut(struct packet **large)
{
    struct packet *packet = *large, *first = NULL;
    int mac = click_notes_const(packet)->mac;
    unsigned int before =
        mac < 0 && mac != CLICK_NO_HEADER ? (unsigned int)-mac : 0;
    int ip = packet_ip_at(packet) + (int)before;

    if (packet->gso_type == PACKET_GSO_NONE || ip < (int)before) {
        *large = NULL;
        return packet;
    }
    /* An Ethernet header that was stripped goes with each. */
    packet->data -= before;
    packet->length += before;
    packet->total += before;
    first = packet_cut_segment(large, (size_t)ip);
    packet_pull(packet, before);
    if (!first) {
        *large = NULL;
        return packet;
    }
    if (first != packet)
        packet_pull(first, before);
    return first;
}

uint32_t large_longest(const struct packet *packet)
{
    int ip = packet_ip_at(packet);
    uint32_t length;
    uint8_t byte;
    size_t tcp;

    if (packet->gso_type == PACKET_GSO_NONE || ip < 0 ||
        !packet_read(packet, (size_t)ip, &byte, 1))
        return packet->total;
    tcp = (size_t)ip + (byte >> 4 == 6 ? 40u : (byte & 15) * 4u);
    if (!packet_read(packet, tcp + 12, &byte, 1))
        return packet->total;
    length = (uint32_t)tcp + (byte >> 4) * 4u + packet->gso_size;
    return length < packet->total ? length : packet->total;
}

/* ---- For classes that cut -------------------------------------------------
 */

static struct packet *cut_for(const struct element *element,
                              struct packet **packet)
{
    struct packet *whole = *packet;

    if (!element->large->needless)
        return large_cut(packet);
    *packet = NULL;
    return whole;
}

void large_push(struct element *element, unsigned int port,
                struct packet *packet)
{
    (void)port;
    while (packet) {
        struct packet *first = cut_for(element, &packet);

        first = element->class->simple(element, first);
        if (first)
            element_push(element, 0, first);
    }
}

struct packet *large_pull(struct element *element, unsigned int port)
{
    struct click_large *large = element->large;
    struct packet *packet = NULL;

    (void)port;
    if (!large->rest)
        large->rest = element_pull(element, 0);
    if (large->rest)
        packet = cut_for(element, &large->rest);
    return packet ? element->class->simple(element, packet) : NULL;
}
