/* SPDX-License-Identifier: BSD-2-Clause */
// uses: sched/spinlock.c
/*
 * tsan_planted.c: does ThreadSanitizer, used as it is here, find a barrier
 * that is missing? Patterns of the kernel, each right and with one mistake.
 */
#include "arch/x86/percpu.h"
#include "coracle/compiler.h"
#include "coracle/spinlock.h"
#include "cpus.h"
#include "fences.h"

#define TURNS 1000

static unsigned long data, sum;

/* ---- A flag that says that data is there --------------------------------- */

static atomic_bool ready;
static memory_order put_order, get_order;

static void hand_over(unsigned int number)
{
    if (number == 0) {
        data = 42;
        atomic_store_explicit(&ready, true, put_order);
    } else {
        while (!atomic_load_explicit(&ready, get_order))
            ;
        CHECK_EQUAL(data, 42);
    }
}

static void hand_over_in_two(void)
{
    cpus_all(2, hand_over);
}

TEST(flag_needs_its_order)
{
    put_order = memory_order_release;
    get_order = memory_order_acquire;
    CHECK(!cpus_race_in(hand_over_in_two));
    get_order = memory_order_relaxed;
    CHECK(cpus_race_in(hand_over_in_two));
    put_order = memory_order_relaxed;
    get_order = memory_order_acquire;
    CHECK(cpus_race_in(hand_over_in_two));
}

/* ---- The same with fences, as the rings do it ---------------------------- */

static unsigned int counter;
static volatile bool fence_put, fence_get;

static void hand_over_fenced(unsigned int number)
{
    if (number == 0) {
        data = 42;
        if (fence_put)
            atomic_thread_fence(memory_order_release);
        WRITE_ONCE(counter, 1);
    } else {
        while (!READ_ONCE(counter))
            ;
        if (fence_get)
            atomic_thread_fence(memory_order_acquire);
        CHECK_EQUAL(data, 42);
    }
}

static void hand_over_fenced_in_two(void)
{
    cpus_all(2, hand_over_fenced);
}

TEST(counter_needs_its_fences)
{
    fence_put = fence_get = true;
    CHECK(!cpus_race_in(hand_over_fenced_in_two));
    fence_get = false;
    CHECK(cpus_race_in(hand_over_fenced_in_two));
    fence_put = false;
    fence_get = true;
    CHECK(cpus_race_in(hand_over_fenced_in_two));
}

/* ---- A lock that lets go without a release ------------------------------- */

static struct spinlock lock;
static memory_order unlock_order;

static void count(unsigned int number)
{
    (void)number;
    for (int i = 0; i < TURNS; i++) {
        spin_lock(&lock);
        sum++;
        /* As spin_unlock(), but for the order. */
        atomic_store_explicit(&lock.held, 0, unlock_order);
        fake_cpu()->mask_depth--;
    }
}

static void count_in_two(void)
{
    cpus_all(2, count);
}

TEST(unlock_needs_its_release)
{
    unlock_order = memory_order_release;
    CHECK(!cpus_race_in(count_in_two));
    unlock_order = memory_order_relaxed;
    CHECK(cpus_race_in(count_in_two));
}
