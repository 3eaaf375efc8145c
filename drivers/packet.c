/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.c: what can be done with packets, whatever they are made of.
 *
 * The pieces of a packet are freed together and never before; a piece that no
 * byte is left in stays, with length 0. Therefore two pieces of one packet may
 * trade their bytes while each keeps the duty to give its own store back. That
 * is how bytes come before the first piece's, or grow together in it, although
 * the first piece must stay the same structure: a new piece is put behind it,
 * gets the bytes it wants to have in front, and trades.
 *
 *     first [ABCD]            first [xy|   ] -> in new's store
 *                     =>      new   [ABCD]   -> in first's store
 *
 * Pure logic above drivers/packet_pool.c. Concurrency: a packet has one owner.
 */
#include "coracle/packet.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "drivers/packet_pool.h"
#include "lib/string.h"

#define PAGE_ROOM (PAGE_SIZE - PACKET_HEADROOM)

/* ---- Making and ending them ---------------------------------------------- */

void packet_wrap(struct packet *piece, void *bytes, size_t length,
                 void (*release)(struct packet *piece))
{
    piece->next = NULL;
    piece->more = NULL;
    piece->data = piece->start = bytes;
    piece->end = piece->start + length;
    piece->length = piece->total = (uint32_t)length;
    piece->gso_size = 0;
    piece->gso_type = PACKET_GSO_NONE;
    piece->flags = 0;
    piece->release = release;
    piece->store = NULL;
}

/* A piece of `length` bytes, `headroom` behind its start. */
static struct packet *piece_of(size_t length, size_t headroom)
{
    struct packet *piece = packet_piece();
    void *page;

    if (!piece || headroom + length <= PACKET_HEADROOM + PACKET_SMALL) {
        if (piece) {
            piece->data = piece->start + headroom;
            piece->length = piece->total = (uint32_t)length;
        }
        return piece;
    }
    page = packet_page();
    if (!page) {
        packet_free(piece);
        return NULL;
    }
    packet_set_page(piece, page, headroom, length);
    return piece;
}

struct packet *packet_alloc(size_t total)
{
    struct packet *packet = NULL, **end = &packet;
    size_t left = total;

    if (total > PACKET_MAX)
        return NULL;
    do {
        size_t length = left < PAGE_ROOM ? left : PAGE_ROOM;

        *end = piece_of(length, PACKET_HEADROOM);
        if (!*end) {
            packet_free(packet);
            return NULL;
        }
        end = &(*end)->more;
        left -= length;
    } while (left > 0);
    packet->total = (uint32_t)total;
    return packet;
}

void packet_free(struct packet *packet)
{
    while (packet) {
        struct packet *more = packet->more;

        packet->release(packet);
        packet = more;
    }
}

void packet_append(struct packet *packet, struct packet *tail)
{
    struct packet *last = packet;

    while (last->more)
        last = last->more;
    last->more = tail;
    packet->total += tail->total;
}

struct packet *packet_copy(const struct packet *packet)
{
    struct packet *copy = packet_alloc(packet->total);
    size_t offset = 0;

    if (!copy)
        return NULL;
    for (struct packet *piece = copy; piece; piece = piece->more) {
        if (!packet_read(packet, offset, piece->data, piece->length))
            panic("packet: its pieces are shorter than its total");
        offset += piece->length;
    }
    copy->gso_size = packet->gso_size;
    copy->gso_type = packet->gso_type;
    copy->flags = packet->flags;
    memcpy(copy->notes, packet->notes, sizeof(copy->notes));
    return copy;
}

/* ---- Their bytes ----------------------------------------------------------
 */

bool packet_read(const struct packet *packet, size_t offset, void *to,
                 size_t count)
{
    uint8_t *at = to;

    if (offset > packet->total || count > packet->total - offset)
        return false;
    for (const struct packet *piece = packet; count > 0; piece = piece->more) {
        size_t some;

        if (offset >= piece->length) {
            offset -= piece->length;
            continue;
        }
        some = piece->length - offset;
        if (some > count)
            some = count;
        memcpy(at, piece->data + offset, some);
        at += some;
        count -= some;
        offset = 0;
    }
    return true;
}

/* Drop `count` bytes in front, not counting them. */
static void drop_front(struct packet *packet, size_t count)
{
    for (struct packet *piece = packet; count > 0; piece = piece->more) {
        size_t some = piece->length < count ? piece->length : count;

        piece->data += some;
        piece->length -= (uint32_t)some;
        count -= some;
    }
}

void packet_pull(struct packet *packet, size_t count)
{
    ASSERT(count <= packet->total);
    drop_front(packet, count);
    packet->total -= (uint32_t)count;
}

void packet_trim(struct packet *packet, size_t total)
{
    size_t left = total;

    ASSERT(total <= packet->total);
    for (struct packet *piece = packet; piece; piece = piece->more) {
        if (piece->length > left)
            piece->length = (uint32_t)left;
        left -= piece->length;
    }
    packet->total = (uint32_t)total;
}

/* Put `fresh` second, and let it and the first piece trade their bytes. */
static void insert_in_front(struct packet *first, struct packet *fresh)
{
    struct packet old = *first;

    first->data = fresh->data;
    first->start = fresh->start;
    first->end = fresh->end;
    first->length = fresh->length;
    fresh->data = old.data;
    fresh->start = old.start;
    fresh->end = old.end;
    fresh->length = old.length;
    fresh->more = first->more;
    first->more = fresh;
}

void *packet_push(struct packet *packet, size_t count)
{
    ASSERT(count <= PAGE_ROOM);
    if ((size_t)(packet->data - packet->start) >= count) {
        packet->data -= count;
        packet->length += (uint32_t)count;
    } else {
        struct packet *fresh = piece_of(count, PACKET_HEADROOM);

        if (!fresh)
            return NULL;
        /* At the end of its store: more will be pushed, nothing appended. */
        fresh->data = fresh->end - count;
        insert_in_front(packet, fresh);
    }
    packet->total += (uint32_t)count;
    return packet->data;
}

int packet_pull_up(struct packet *packet, size_t count)
{
    size_t missing = count - packet->length;
    struct packet *fresh;

    if (count <= packet->length)
        return 0;
    if (count > packet->total || count > PAGE_SIZE)
        return -K_EMSGSIZE;
    if ((size_t)(packet->end - packet->data) >= count) {
        if (!packet_read(packet, packet->length, packet->data + packet->length,
                         missing))
            return -K_EMSGSIZE; /* not reached: total says there are */
        drop_front(packet->more, missing);
        packet->length += (uint32_t)missing;
        return 0;
    }
    fresh = piece_of(count, count <= PAGE_ROOM ? PACKET_HEADROOM : 0);
    if (!fresh)
        return -K_ENOMEM;
    if (!packet_read(packet, 0, fresh->data, count)) {
        packet_free(fresh);
        return -K_EMSGSIZE; /* not reached either */
    }
    drop_front(packet, count);
    insert_in_front(packet, fresh);
    return 0;
}
