/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time_test: do clocks and timers keep time?
 *
 * What: the monotonic clock never goes back, the wall clock is in our century
 * and goes at the same pace; timers fire in the order of their deadlines, none
 * early, also when they are set, moved, cancelled and set again in any order;
 * a sleep of 1 us to 1 ms ends at most 100 us late.
 *
 * How: many timers with random deadlines, then a look at what each of them
 * noted. Lateness is asked for only with the argument "exact", when the clock
 * counts the guest's own instructions (ICOUNT=1): a busy machine is no error.
 */
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "lib/string.h"
#include "sched/timer.h"
#include "tests/guest/guest.h"

#define READS    1000000
#define YEAR_S   31556952ULL
#define TIMERS   300
#define SPREAD   (20 * NS_PER_MS)
#define LATE_MAX (100 * NS_PER_US)
#define RESTARTS 50

static bool exact;
static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)random_state * limit >> 32);
}

/* How far the wall clock is ahead of the other: from `low` to `high`, because
 * the machine may stand still between two reads. */
struct ahead {
    uint64_t low, high;
};

static struct ahead wall_ahead(void)
{
    uint64_t before = time_monotonic();
    uint64_t wall = time_wall();

    return (struct ahead){wall - time_monotonic(), wall - before};
}

static void test_clocks(void)
{
    uint64_t last = time_monotonic(), first = last, now;
    uint64_t wall = time_wall() / NS_PER_S;
    struct ahead at_first = wall_ahead(), at_last;

    for (unsigned int i = 0; i < READS; i++) {
        now = time_monotonic();
        CHECK(now >= last);
        last = now;
    }
    CHECK(last > first);
    CHECK(wall > 50 * YEAR_S && wall < 130 * YEAR_S); /* 2020 to 2100 */
    at_last = wall_ahead();
    CHECK(at_last.low < at_first.high + NS_PER_MS);
    CHECK(at_first.low < at_last.high + NS_PER_MS);
    CHECK(boot_entry_time() < first);
    printk("time_test: a million reads in %u ms\n",
           (unsigned int)((last - first) / NS_PER_MS));
}

/* ---- Timers -------------------------------------------------------------- */

static struct probe {
    struct timer timer; /* the first field */
    uint64_t wanted, fired;
    unsigned int place, count;
} probes[TIMERS];

static unsigned int fired; /* event handlers only */

static void note(struct timer *timer)
{
    struct probe *probe = (struct probe *)timer;

    probe->fired = time_monotonic();
    probe->place = fired++;
    probe->count++;
}

static void set(struct probe *probe)
{
    probe->wanted = time_monotonic() + NS_PER_MS + random_below(SPREAD);
    probe->timer.expired = note;
    timer_start(&probe->timer, probe->wanted);
}

/* Who was due first fired first. */
static void check_order(void)
{
    for (unsigned int i = 0; i < TIMERS; i++)
        for (unsigned int j = 0; j < TIMERS; j++)
            if (probes[i].count && probes[j].count &&
                probes[i].wanted < probes[j].wanted)
                CHECK(probes[i].place < probes[j].place);
}

static void test_timers(void)
{
    uint64_t latest = 0;

    fired = 0;
    for (unsigned int i = 0; i < TIMERS; i++)
        set(&probes[i]);
    for (unsigned int i = 0; i < TIMERS; i += 5) /* moved while armed */
        set(&probes[i]);
    for (unsigned int i = 0; i < TIMERS; i += 3) {
        timer_cancel(&probes[i].timer);
        CHECK(!probes[i].timer.armed);
    }
    for (unsigned int i = 0; i < TIMERS; i += 6) /* and set after all */
        set(&probes[i]);
    thread_sleep(SPREAD + 10 * NS_PER_MS);
    for (unsigned int i = 0; i < TIMERS; i++) {
        struct probe *p = &probes[i];
        bool cancelled = i % 3 == 0 && i % 6 != 0;

        CHECK(!p->timer.armed);
        /* A slow machine may fire some before they could be cancelled. */
        if (exact)
            CHECK_EQUAL(p->count, !cancelled);
        if (p->count != 1)
            continue;
        CHECK(p->fired >= p->wanted);
        if (p->fired - p->wanted > latest)
            latest = p->fired - p->wanted;
    }
    if (exact) {
        check_order();
        CHECK(latest <= LATE_MAX);
    }
    printk("time_test: %u timers, at most %u us late\n", fired,
           (unsigned int)(latest / NS_PER_US));
}

/* ---- A timer that starts itself again ------------------------------------ */

static struct semaphore done;
static unsigned int restarts;

static void restart(struct timer *timer)
{
    if (++restarts < RESTARTS)
        timer_start(timer, timer->deadline + 100 * NS_PER_US);
    else
        semaphore_up(&done);
}

static void test_restart(void)
{
    struct timer timer = {.expired = restart};
    uint64_t begin = time_monotonic();

    semaphore_init(&done, 0);
    timer_start(&timer, begin);
    CHECK_EQUAL(semaphore_down(&done, TIME_NEVER), 0);
    CHECK_EQUAL(restarts, RESTARTS);
    CHECK(time_monotonic() >= begin + (RESTARTS - 1) * 100 * NS_PER_US);
    CHECK(!timer.armed);
    timer_cancel(&timer); /* not armed: nothing happens */
    timer_start(&timer, TIME_NEVER);
    CHECK(timer.armed);
    timer_cancel(&timer);
    CHECK(!timer.armed);
}

/* ---- Sleep --------------------------------------------------------------- */

static void test_sleep(void)
{
    static const unsigned int us[] = {1,   2,   5,   10,  20,  50,  99,
                                      100, 200, 333, 500, 777, 1000};
    uint64_t latest = 0;

    for (unsigned int round = 0; round < 10; round++)
        for (unsigned int i = 0; i < ARRAY_SIZE(us); i++) {
            uint64_t wanted = us[i] * NS_PER_US;
            uint64_t begin = time_monotonic(), slept;

            thread_sleep(wanted);
            slept = time_monotonic() - begin;
            CHECK(slept >= wanted);
            if (slept - wanted > latest)
                latest = slept - wanted;
        }
    printk("time_test: sleeps end at most %u us late\n",
           (unsigned int)(latest / NS_PER_US));
    CHECK(!exact || latest <= LATE_MAX);
    /* The past is over at once. */
    thread_sleep(0);
    thread_sleep_until(0);
    thread_sleep_until(time_monotonic() - 1);
}

int main(int argc, char **argv)
{
    exact = argc > 1 && !strcmp(argv[1], "exact");
    test_clocks();
    test_timers();
    test_restart();
    test_sleep();
    printk("time_test: all ok\n");
    return 0;
}
