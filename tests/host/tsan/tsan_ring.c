/* SPDX-License-Identifier: BSD-2-Clause */
// uses: xen/ring.c
/*
 * tsan_ring.c: a ring (xen/ring.h) between one that writes and one that reads,
 * at once, in pieces of random length. Each byte must arrive, in its order,
 * and the fences must put the accesses to the buffer in order.
 */
#include <sched.h>
#include "cpus.h"
#include "xen/ring.h"

#define SIZE  64u
#define BYTES 200000u
#define PIECE 100u
#define START 0xfffff000u /* so that the counters wrap */

static char buffer[SIZE];
static uint32_t produced = START, consumed = START;

static char byte_number(unsigned int n)
{
    return (char)(n * 7 + n / 251);
}

static unsigned int next_length(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 16) % PIECE + 1;
}

static void produce(void)
{
    struct ring ring;
    uint32_t random = 1;

    ring_init(&ring, buffer, SIZE, &produced, &consumed);
    for (unsigned int n = 0; n < BYTES;) {
        char piece[PIECE];
        unsigned int length = next_length(&random);
        int moved;

        for (unsigned int i = 0; i < length; i++)
            piece[i] = byte_number(n + i);
        moved = ring_put(&ring, piece, length);
        CHECK(moved >= 0);
        n += (unsigned int)moved;
        if (!moved)
            sched_yield();
    }
}

static void consume(void)
{
    struct ring ring;
    uint32_t random = 2;

    ring_init(&ring, buffer, SIZE, &consumed, &produced);
    for (unsigned int n = 0; n < BYTES;) {
        char piece[PIECE];
        int moved = ring_get(&ring, piece, next_length(&random));

        CHECK(moved >= 0);
        for (int i = 0; i < moved; i++, n++)
            CHECK_EQUAL(piece[i], byte_number(n));
        if (!moved)
            sched_yield();
        if (n > BYTES) /* what the producer wrote beyond */
            break;
    }
}

static void produce_or_consume(unsigned int number)
{
    if (number == 0)
        produce();
    else
        consume();
}

TEST(one_writes_and_one_reads)
{
    cpus_all(2, produce_or_consume);
}
