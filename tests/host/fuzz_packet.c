/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_packet.c: packet_resolve() and packet_cut_segment() with any frame, in
 * pieces of any size. The frame that comes out of the first differs from the
 * one that went in by two bytes at most, and only if it was said to be
 * resolved; of the second comes all of the payload, in order, or the frame as
 * it was.
 */
#include "net_world.h"
#include "drivers/checksum.c"
#include "drivers/segment.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct packet *in_pieces(const uint8_t *data, size_t size, size_t step)
{
    struct packet *packet = packet_alloc(0);

    for (size_t at = 0; at < size;) {
        size_t some = size - at < step ? size - at : step;
        struct packet *tail = packet_alloc(some);

        memcpy(tail->data, data + at, some);
        tail->end = tail->data + some; /* no room: copies are made */
        packet_append(packet, tail);
        at += some;
    }
    return packet;
}

static void resolve(struct packet *packet)
{
    uint8_t before[4096], after[4096];
    size_t different = 0, size = packet->total;
    int error;

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
}

static void cut(struct packet *packet, unsigned int how)
{
    static uint8_t before[4096], after[4096];
    struct packet *whole = packet, *first;
    struct headers headers = {.ip = how & 63};
    size_t size = packet->total, done = 0;

    CHECK(packet_read(packet, 0, before, size));
    packet->gso_type = how & 64 ? PACKET_GSO_TCPV4 : PACKET_GSO_TCPV6;
    packet->gso_size = (uint16_t)(how >> 7);
    if (find_headers(packet, &headers)) {
        CHECK(!packet_cut_segment(&packet, headers.ip) && packet == whole);
        CHECK(packet_read(packet, 0, after, size) &&
              !memcmp(before, after, size));
        packet_free(packet);
        return;
    }
    do {
        first = packet_cut_segment(&packet, headers.ip);
        CHECK(first && !packet == (first == whole));
        CHECK(!first->gso_type && first->total >= headers.length);
        size = first->total - headers.length;
        CHECK(size <= (how >> 7) && (size == (how >> 7) || !packet));
        CHECK(packet_read(first, headers.length, after + done, size));
        done += size;
        packet_free(first);
    } while (packet);
    CHECK(done == headers.tcp.end - headers.length &&
          !memcmp(before + headers.length, after, done));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4 || size > 4096)
        return 0;
    if (data[0] & 128)
        cut(in_pieces(data + 3, size - 3, (data[0] & 127) + 1u),
            (unsigned int)(data[1] << 8 | data[2]));
    else
        resolve(in_pieces(data + 1, size - 1, data[0] + 1u));
    drain_pools();
    CHECK(pages_out == 0 && blocks_out == 0);
    return 0;
}
