/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_packet.c: packet_resolve() with any frame, cut into pieces in any way.
 * The frame that comes out differs from the one that went in by two bytes at
 * most, and only if it was said to be resolved.
 */
#include "net_world.h"
#include "drivers/checksum.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t before[4096], after[4096];
    struct packet *packet = packet_alloc(0);
    size_t at = 0, step, different = 0;
    int error;

    if (size < 1 || size > sizeof(before)) {
        packet_free(packet);
        return 0;
    }
    step = data[0] + 1u;
    data++;
    size--;
    while (at < size) {
        size_t some = size - at < step ? size - at : step;
        struct packet *tail = packet_alloc(some);

        memcpy(tail->data, data + at, some);
        tail->end = tail->data + some; /* no room: copies are made */
        packet_append(packet, tail);
        at += some;
    }
    CHECK(packet_read(packet, 0, before, size));
    packet->flags = PACKET_CSUM_BLANK;
    error = packet_resolve(packet);
    CHECK(packet->total == size);
    CHECK(packet_read(packet, 0, after, size));
    for (size_t i = 0; i < size; i++)
        different += before[i] != after[i];
    CHECK(different <= (error ? 0 : 2));
    CHECK(!(packet->flags & PACKET_CSUM_BLANK) == !error);
    packet_free(packet);
    drain_pools();
    CHECK(pages_out == 0 && blocks_out == 0);
    return 0;
}
