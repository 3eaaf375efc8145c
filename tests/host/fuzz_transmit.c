/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_transmit.c: the transmit ring against a backend that does anything. The
 * input is a list of commands of a byte and four bytes of argument: send a
 * packet of some shape, write an answer, advance the counter, hold on to pages.
 * Each packet comes back at most once, and never while a page of it is lent.
 */
#include "net_world.h"
#include "drivers/checksum.c"
#include "drivers/segment.c"
#include "drivers/netfront/transmit.c"
#include "drivers/netfront/transmit_ring.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct transmit transmit;

static void check_not_lent(const struct packet *packet)
{
    for (; packet; packet = packet->more)
        for (unsigned int i = 0; i < GRANTS; i++)
            CHECK(!grants[i].lent || grants[i].page != (char *)packet->start ||
                  !packet->store);
}

static void free_done(struct packet *done)
{
    for (struct packet *packet = done; packet; packet = packet->next)
        check_not_lent(packet);
    transmit_free_list(done);
}

static struct packet *shape(uint32_t value)
{
    struct packet *packet = packet_alloc(value % 5000);

    for (unsigned int i = value >> 24 & 31; i > 0 && packet; i--) {
        struct packet *tail = packet_alloc(value >> 8 & 0x1fff);

        if (tail && packet->total + tail->total <= PACKET_MAX)
            packet_append(packet, tail);
        else
            packet_free(tail);
    }
    if (packet && value & 0x20000000) {
        packet->gso_type = value >> 30 & 3;
        packet->gso_size = value >> 16 & 1023;
    }
    if (packet)
        packet->flags = value >> 13 & 3;
    return packet;
}

static void send_some(uint32_t value)
{
    struct packet *packets[2] = {shape(value), NULL}, *done = NULL;
    unsigned int count = packets[0] != NULL;

    if (transmit_put(&transmit, packets, count, &done) < count)
        packet_free(packets[0]);
    (void)!transmit_push(&transmit);
    transmit.wanting = value & 1;
    (void)!transmit_arm(&transmit);
    free_done(done);
}

static void reap(void)
{
    struct packet *done = NULL;

    transmit_reap(&transmit, &done);
    free_done(done);
}

static void step(uint8_t command, uint32_t value)
{
    struct request_ring *ring = &transmit.ring;
    uint32_t slot = ring->shared->rsp_prod;

    switch (command % 8) {
    case 0: /* honest: as the request in this place says */
        value = *(uint32_t *)((char *)request_ring_slot(ring, slot) + 8);
        value &= 0xffff;
        /* fall through */
    case 1:
        memcpy(request_ring_slot(ring, slot), &value, 4);
        ring->shared->rsp_prod = slot + 1;
        break;
    case 2:
        ring->shared->rsp_prod = value;
        break;
    case 3:
        grants[value % GRANTS].busy = value >> 31;
        break;
    case 4:
        allocations_left = value & 1 ? ~0u : (value >> 1) % 64;
        break;
    case 5:
        reap();
        break;
    default:
        send_some(value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    allocations_left = ~0u;
    CHECK(transmit_init(&transmit, 1, size & 1, size >> 1 & 31) == 0);
    for (; size >= 5 && !transmit.breach; data += 5, size -= 5) {
        uint32_t value;

        memcpy(&value, data + 1, sizeof(value));
        step(data[0], value);
    }
    /* It lets go at the end, so that all can be accounted for. */
    for (unsigned int i = 0; i < GRANTS; i++)
        grants[i].busy = false;
    transmit_destroy(&transmit);
    drain_pools();
    CHECK(pages_out == 0 && blocks_out == 0 && grants_reserved() == 0);
    return 0;
}
