/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_receive.c: the receive ring against a backend that does anything. The
 * input is a list of commands of a byte and eight bytes of argument: write a
 * response anywhere, advance the counter, hold on to pages, take packets, keep
 * or free them. Every byte of a packet that is handed out is touched, and at
 * the end all is taken back but what was held on to.
 */
#include "net_world.h"
#include "drivers/netfront/receive.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HELD 8

static struct receive receive;
static struct packet *held[HELD];
static unsigned int next_held;

static void keep_packet(struct packet *packet)
{
    uint32_t total = 0;

    for (struct packet *piece = packet; piece; piece = piece->more) {
        CHECK(piece->start <= piece->data);
        CHECK(piece->data + piece->length <= piece->end);
        memset(piece->data, 0x77, piece->length);
        for (unsigned int i = 0; i < GRANTS; i++)
            CHECK(!grants[i].lent || grants[i].page != (char *)piece->start);
        total += piece->length;
    }
    CHECK(total == packet->total && total >= 14 && total <= PACKET_MAX);
    CHECK(packet->gso_type <= 2 && !packet->gso_size == !packet->gso_type);
    packet_free(held[next_held]);
    held[next_held] = packet;
    next_held = (next_held + 1) % HELD;
}

static void take_some(unsigned int max)
{
    struct packet *packets[32];
    unsigned int got = receive_take(&receive, packets, max % 32 + 1);

    CHECK(got <= max % 32 + 1);
    for (unsigned int i = 0; i < got; i++)
        keep_packet(packets[i]);
    if (!receive.breach) {
        (void)!receive_push(&receive);
        CHECK(receive.ring.produced - receive.ring.consumed == receive.wanted);
        (void)!receive_sleep(&receive);
    }
}

static void step(uint8_t command, uint64_t value)
{
    struct request_ring *ring = &receive.ring;
    uint32_t slot = ring->shared->rsp_prod;
    union response response = {.word = value};

    switch (command % 8) {
    case 0: /* a response that makes some sense */
        response.data.id = (uint16_t)(slot & 255);
        response.data.offset %= 4096;
        response.data.status =
            (int16_t)(response.data.status % (4097 - response.data.offset));
        response.data.flags &= 15;
        /* fall through */
    case 1:
        memcpy(request_ring_slot(ring, slot), &response, 8);
        ring->shared->rsp_prod = slot + 1;
        break;
    case 2: /* and an extra info */
        response.extra.type = 1;
        response.extra.flags = 0;
        response.extra.u.gso.type = 1 + (value >> 40) % 2;
        memcpy(request_ring_slot(ring, slot), &response, 8);
        ring->shared->rsp_prod = slot + 1;
        break;
    case 3:
        ring->shared->rsp_prod += (uint32_t)(value % 3);
        break;
    case 4:
        ring->shared->rsp_prod = (uint32_t)value;
        break;
    case 5:
        grants[value % GRANTS].busy = value >> 32 & 1;
        break;
    case 6:
        allocations_left = value & 1 ? ~0u : (unsigned int)(value >> 1) % 64;
        break;
    default:
        take_some((unsigned int)value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned int lost = 0;

    allocations_left = ~0u;
    receive.packets = receive.bytes = receive.errors = 0;
    CHECK(receive_init(&receive, 1, size & 1) == 0);
    for (; size >= 9 && !receive.breach; data += 9, size -= 9) {
        uint64_t value;

        memcpy(&value, data + 1, sizeof(value));
        step(data[0], value);
    }
    for (unsigned int i = 0; i < HELD; i++) {
        packet_free(held[i]);
        held[i] = NULL;
    }
    receive_destroy(&receive);
    drain_pools();
    for (unsigned int i = 0; i < GRANTS; i++) {
        if (grants[i].lent) {
            CHECK(grants[i].busy);
            free(grants[i].page);
            lost++;
        }
        memset(&grants[i], 0, sizeof(grants[i]));
    }
    CHECK(pages_out == lost && blocks_out == 0);
    pages_out = 0;
    return 0;
}
