/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls_test: does each thread have thread-local variables of its own?
 *
 * What: they begin with their initial values, or zero, in every thread, also
 * one that has the stack of an ended thread; they keep what the thread wrote
 * while others run, whether it gave way or was interrupted; their alignment is
 * honoured; and the checks of a growing stack, which use the same segment
 * register, go on working.
 *
 * How: each thread writes values that only it can have, computes for some
 * slices, grows its stack, and looks again.
 */
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "tests/guest/guest.h"

#define THREADS 5
#define WORDS   100
#define SPELL   (30 * NS_PER_MS)

static _Thread_local unsigned long set = 0x1122334455667788;
static _Thread_local unsigned char byte = 7;
static _Thread_local unsigned long zeroes[WORDS];
static _Thread_local char aligned[64] __attribute__((aligned(64))) = "aligned";

static unsigned long addresses[THREADS];
static struct semaphore ready, go_on;

static __attribute__((noinline)) unsigned long dive(unsigned int depth)
{
    volatile unsigned long room[32];

    room[0] = set;
    return depth ? dive(depth - 1) : room[0];
}

static void check_fresh(void)
{
    CHECK_EQUAL(set, 0x1122334455667788);
    CHECK_EQUAL(byte, 7);
    for (unsigned int i = 0; i < WORDS; i++)
        CHECK_EQUAL(zeroes[i], 0);
    CHECK(aligned[0] == 'a' && aligned[6] == 'd' && aligned[7] == 0);
    CHECK_EQUAL((unsigned long)aligned % 64, 0);
}

static void write_own(unsigned long self)
{
    set = ~self;
    byte = (unsigned char)self;
    for (unsigned int i = 0; i < WORDS; i++)
        zeroes[i] = self * WORDS + i;
    aligned[63] = (char)self;
}

static void check_own(unsigned long self)
{
    CHECK_EQUAL(set, ~self);
    CHECK_EQUAL(byte, self);
    for (unsigned int i = 0; i < WORDS; i++)
        CHECK_EQUAL(zeroes[i], self * WORDS + i);
    CHECK_EQUAL(aligned[63], self);
}

static void live(void *argument)
{
    unsigned long self = (unsigned long)argument;
    uint64_t end;

    check_fresh();
    addresses[self] = (unsigned long)&set;
    write_own(self);
    semaphore_up(&ready);
    (void)semaphore_down(&go_on, TIME_NEVER);
    end = time_monotonic() + SPELL * THREADS;
    while (time_monotonic() < end)
        check_own(self);
    CHECK_EQUAL(dive(500), ~self);
    thread_sleep(NS_PER_MS);
    check_own(self);
}

static void run(void)
{
    struct thread *threads[THREADS];

    for (unsigned long i = 0; i < THREADS; i++) {
        threads[i] = thread_create("owner", live, (void *)i, 0);
        CHECK(threads[i]);
    }
    for (unsigned int i = 0; i < THREADS; i++)
        (void)semaphore_down(&ready, TIME_NEVER);
    for (unsigned int i = 0; i < THREADS; i++)
        for (unsigned int j = 0; j < i; j++)
            CHECK(addresses[i] != addresses[j]);
    for (unsigned int i = 0; i < THREADS; i++)
        semaphore_up(&go_on);
    for (unsigned int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    semaphore_init(&ready, 0);
    semaphore_init(&go_on, 0);
    check_fresh();
    write_own(77);
    run();
    run(); /* on the same stacks */
    check_own(77);
    printk("tls_test: all ok\n");
    return 0;
}
