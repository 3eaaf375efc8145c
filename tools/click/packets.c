/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packets.c: what packets are made of on the host, where drivers/packet.c
 * stands on malloc() instead of pages: so that the sanitizers see each of them.
 * New ones are zeroed, so that a run is like the one before.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "coracle/memory.h"
#include "coracle/print.h"
#include "drivers/packet_pool.h"

struct piece {
    struct packet packet;
    uint8_t bytes[PACKET_HEADROOM + PACKET_SMALL];
};

void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

void *packet_page(void)
{
    return calloc(1, PAGE_SIZE);
}

void packet_page_free(void *page)
{
    free(page);
}

static void release(struct packet *packet)
{
    free(packet->store);
    free(packet);
}

struct packet *packet_piece(void)
{
    struct piece *piece = calloc(1, sizeof(*piece));

    if (!piece)
        return NULL;
    packet_wrap(&piece->packet, piece->bytes + PACKET_HEADROOM, 0, release);
    piece->packet.start = piece->bytes;
    piece->packet.end = piece->bytes + sizeof(piece->bytes);
    return &piece->packet;
}

void packet_set_page(struct packet *piece, void *page, size_t offset,
                     size_t length)
{
    piece->store = page;
    piece->start = page;
    piece->end = piece->start + PAGE_SIZE;
    piece->data = piece->start + offset;
    piece->length = piece->total = (uint32_t)length;
}
