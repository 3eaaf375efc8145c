/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ring.c: the byte ring, with ourselves as the other end.
 */
#include "test.h"
#include "coracle/errno.h"
#include "xen/ring.c"

#define SIZE 64

/* What lies in shared memory; the buffer is a block of its own, so that a
 * step beyond it is seen. */
static char *buffer;
static uint32_t produced, consumed;
static struct ring out, in;

static void set_up(uint32_t start)
{
    buffer = malloc(SIZE);
    produced = consumed = start;
    ring_init(&out, buffer, SIZE, &produced, &consumed);
    ring_init(&in, buffer, SIZE, &consumed, &produced);
}

TEST(bytes_come_out_as_they_went_in)
{
    char got[16];

    set_up(0);
    CHECK_EQUAL(ring_room(&out), SIZE);
    CHECK_EQUAL(ring_waiting(&in), 0);
    CHECK_EQUAL(ring_put(&out, "coracle", 7), 7);
    CHECK_EQUAL(produced, 7);
    CHECK_EQUAL(consumed, 0);
    CHECK(!memcmp(buffer, "coracle", 7));
    CHECK_EQUAL(ring_room(&out), SIZE - 7);
    CHECK_EQUAL(ring_waiting(&in), 7);
    CHECK_EQUAL(ring_get(&in, got, 3), 3);
    CHECK_EQUAL(consumed, 3);
    CHECK_EQUAL(ring_get(&in, got + 3, sizeof(got) - 3), 4);
    CHECK(!memcmp(got, "coracle", 7));
    CHECK_EQUAL(ring_get(&in, got, sizeof(got)), 0);
}

TEST(a_full_ring_takes_what_fits)
{
    char text[SIZE + 10], got[SIZE];

    memset(text, 'x', sizeof(text));
    text[SIZE - 1] = 'y';
    set_up(0);
    CHECK_EQUAL(ring_put(&out, text, sizeof(text)), SIZE);
    CHECK_EQUAL(ring_room(&out), 0);
    CHECK_EQUAL(ring_put(&out, text, 1), 0);
    CHECK_EQUAL(ring_get(&in, got, 1), 1);
    CHECK_EQUAL(ring_put(&out, "zz", 2), 1);
    CHECK_EQUAL(ring_get(&in, got, SIZE), SIZE);
    CHECK_EQUAL(got[SIZE - 2], 'y');
    CHECK_EQUAL(got[SIZE - 1], 'z');
}

/* Every offset in the buffer, and the 32-bit counters wrapping round. */
TEST(wrapping_loses_nothing)
{
    unsigned char sent = 0, expected = 0;

    set_up((uint32_t)-1000);
    for (int step = 0; step < 20000; step++) {
        unsigned char chunk[SIZE];
        size_t count = test_below(SIZE + 1);
        int room = ring_room(&out);
        int moved;

        for (size_t i = 0; i < count; i++)
            chunk[i] = (unsigned char)(sent + i);
        moved = ring_put(&out, chunk, count);
        CHECK_EQUAL(moved, (int)count < room ? (int)count : room);
        sent = (unsigned char)(sent + moved);
        moved = ring_get(&in, chunk, test_below(SIZE + 1));
        CHECK(moved >= 0);
        for (int i = 0; i < moved; i++)
            CHECK_EQUAL(chunk[i], expected++);
    }
    /* Far beyond the wrap, and still consistent. */
    CHECK(produced < 1000000);
    CHECK_EQUAL(out.mine, produced);
    CHECK_EQUAL(in.mine, consumed);
}

TEST(a_counter_out_of_range_moves_no_byte)
{
    char got[SIZE * 2] = "untouched";

    set_up(100);
    CHECK_EQUAL(ring_put(&out, "abc", 3), 3);
    produced = consumed + SIZE + 1; /* more than a ring ahead */
    CHECK_EQUAL(ring_waiting(&in), -K_EPROTO);
    CHECK_EQUAL(ring_get(&in, got, sizeof(got)), -K_EPROTO);
    produced = consumed - 1; /* backwards */
    CHECK_EQUAL(ring_get(&in, got, sizeof(got)), -K_EPROTO);
    CHECK_EQUAL(consumed, 100);
    CHECK_STRING(got, "untouched");

    consumed = 104; /* has taken what was never there */
    CHECK_EQUAL(ring_room(&out), -K_EPROTO);
    CHECK_EQUAL(ring_put(&out, "abc", 3), -K_EPROTO);
    consumed = 103 - SIZE - 1;
    CHECK_EQUAL(ring_put(&out, "abc", 3), -K_EPROTO);
    CHECK_EQUAL(out.mine, 103);
}

/* The other end may scribble over our counter: we do not look at it. */
TEST(our_own_counter_is_private)
{
    char got[SIZE];

    set_up(0);
    CHECK_EQUAL(ring_put(&out, "abc", 3), 3);
    produced = 12345;
    CHECK_EQUAL(ring_room(&out), SIZE - 3);
    CHECK_EQUAL(ring_put(&out, "def", 3), 3);
    CHECK_EQUAL(produced, 6);
    consumed = 54321;
    CHECK_EQUAL(ring_get(&in, got, SIZE), 6);
    CHECK(!memcmp(got, "abcdef", 6));
    CHECK_EQUAL(consumed, 6);
}
