/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notes.c: packets whose headers are known, when bytes come and go in front.
 *
 * Headers are offsets from the packet's first byte, so each change there moves
 * them. One that would lie before the store's start, or farther than an
 * int16_t reaches, is forgotten: who needs it says that there is none.
 */
#include "lib/click/notes.h"
#include "coracle/memory.h"

#define MAC_HEADER 18
#define HEADER     120 /* options, and what stands behind an IP header */

/* `by` bytes more lie in front of what was first. */
static void move_headers(struct packet *packet, int by)
{
    struct click_notes *notes = click_notes(packet);
    int16_t *headers[] = {&notes->mac, &notes->network, &notes->transport};
    int room = (int)(packet->data - packet->start);

    for (unsigned int i = 0; i < 3; i++) {
        int at = *headers[i] + by;

        if (*headers[i] != CLICK_NO_HEADER)
            *headers[i] =
                at < -room || at > INT16_MAX ? CLICK_NO_HEADER : (int16_t)at;
    }
}

void click_strip(struct packet *packet, unsigned int count)
{
    packet_pull(packet, count);
    move_headers(packet, -(int)count);
}

/* How far the known headers reach, with the longest options they may have. */
static size_t headers_end(const struct packet *packet)
{
    const struct click_notes *notes = click_notes_const(packet);
    int end = 0;

    if (notes->mac != CLICK_NO_HEADER && notes->mac + MAC_HEADER > end)
        end = notes->mac + MAC_HEADER;
    if (notes->network != CLICK_NO_HEADER && notes->network + HEADER > end)
        end = notes->network + HEADER;
    if (notes->transport != CLICK_NO_HEADER && notes->transport + HEADER > end)
        end = notes->transport + HEADER;
    return (size_t)end;
}

void *click_push_bytes(struct packet *packet, unsigned int count)
{
    size_t length = packet->length, end;

    if (count > PAGE_SIZE - PACKET_HEADROOM || !packet_push(packet, count))
        goto failed;
    move_headers(packet, (int)count);
    if (packet->length == length + count)
        return packet->data;
    /* They came in a piece of their own: the headers have to follow. */
    end = headers_end(packet);
    if (end > length + count)
        end = length + count;
    if (end > PAGE_SIZE) { /* they cannot: nobody may find them any more */
        struct click_notes *notes = click_notes(packet);

        notes->mac = notes->network = notes->transport = CLICK_NO_HEADER;
        end = 0;
    }
    if (packet_pull_up(packet, end < count ? count : end))
        goto failed;
    return packet->data;

failed:
    packet_free(packet);
    return NULL;
}

bool click_pull_up(struct packet *packet, unsigned int count)
{
    uint8_t *data = packet->data, *start = packet->start;
    size_t stripped, room;

    if (packet_pull_up(packet, count))
        return false;
    if (packet->data == data)
        return true;
    /* Bytes that were stripped are in the old store, which still is there. */
    stripped = (size_t)(data - start);
    room = (size_t)(packet->data - packet->start);
    if (stripped > room)
        stripped = room;
    memcpy(packet->data - stripped, data - stripped, stripped);
    move_headers(packet, 0);
    return true;
}

struct packet *click_packet(unsigned int headroom, unsigned int length)
{
    struct packet *packet;

    /* A packet's first piece has PACKET_HEADROOM: more is bytes stripped. */
    headroom = headroom > PACKET_HEADROOM ? headroom - PACKET_HEADROOM : 0;
    packet = packet_alloc((size_t)headroom + length);
    if (!packet)
        return NULL;
    packet_pull(packet, headroom);
    click_notes_clear(packet);
    return packet;
}
