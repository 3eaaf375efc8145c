/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timers.c: timers started, moved and cancelled from all CPUs.
 *
 * Calls for one timer must not overlap, so each has a mutex; its function runs
 * on the CPU that armed it last, at the same time as whatever the players do.
 * It never runs early, never more often than the timer was armed, never after
 * timer_cancel() has returned, and always in the end: a player that waits for
 * it does so without limit.
 */
#include "coracle/compiler.h"
#include "coracle/errno.h"
#include "coracle/sync.h"
#include "sched/timer.h"
#include "torture.h"

#define TIMERS 12

static struct tested {
    struct mutex mutex; /* held around calls; guards what is not atomic */
    struct timer timer;
    struct semaphore expired;
    _Atomic uint64_t deadline;
    atomic_ulong armed, fired;
    atomic_bool off;   /* cancelled: its function must not run */
    atomic_bool again; /* the function shall arm it once more */
} tested[TIMERS];

EVENT_CONTEXT static void on_time(struct timer *timer)
{
    struct tested *t = container_of(timer, struct tested, timer);
    uint64_t now = time_monotonic();

    CHECK(!atomic_load(&t->off));
    CHECK(now >= atomic_load(&t->deadline));
    CHECK(atomic_load(&t->fired) < atomic_load(&t->armed));
    atomic_fetch_add(&t->fired, 1);
    if (atomic_exchange(&t->again, false)) {
        atomic_store(&t->deadline, now + 20 * NS_PER_US);
        atomic_fetch_add(&t->armed, 1);
        timer_start(timer, now + 20 * NS_PER_US);
        return;
    }
    semaphore_up(&t->expired);
}

static void begin_timers(void)
{
    for (int i = 0; i < TIMERS; i++) {
        tested[i] = (struct tested){.timer.expired = on_time, .off = true};
        mutex_init(&tested[i].mutex);
        semaphore_init(&tested[i].expired, 0);
    }
}

static void drain(struct tested *t)
{
    while (!semaphore_down(&t->expired, 0))
        ;
}

static void cancel(struct tested *t)
{
    timer_cancel(&t->timer);
    atomic_store(&t->off, true); /* from here on nothing is forgiven */
    atomic_store(&t->again, false);
}

/* Sometimes early ones are moved back: the old time does not count then, but
 * the function may run at it while we are about to move it. */
static void start(struct player *player, struct tested *t, uint32_t us)
{
    uint64_t deadline = random_deadline(player, us);
    uint64_t old = atomic_load(&t->deadline);

    atomic_store(&t->off, false);
    atomic_fetch_add(&t->armed, 1);
    atomic_store(&t->deadline, old < deadline ? old : deadline);
    timer_start(&t->timer, deadline);
}

/* Arm it afresh and wait for it. */
static void start_and_wait(struct player *player, struct tested *t)
{
    uint64_t deadline = random_deadline(player, 500);

    cancel(t);
    drain(t);
    atomic_store(&t->deadline, deadline);
    atomic_store(&t->again, random_below(player, 2));
    atomic_fetch_add(&t->armed, 1);
    atomic_store(&t->off, false);
    timer_start(&t->timer, deadline);
    doing(player, "waits for a timer, no limit");
    CHECK_EQUAL(semaphore_down(&t->expired, TIME_NEVER), 0);
}

static void play_timers(struct player *player)
{
    struct tested *t = &tested[random_below(player, TIMERS)];

    doing(player, "takes a timer's mutex");
    if (mutex_trylock(&t->mutex))
        return;
    doing(player, "starts, moves or cancels a timer");
    switch (random_below(player, 4)) {
    case 0:
        cancel(t);
        break;
    case 1:
        start_and_wait(player, t);
        break;
    default:
        start(player, t, 2000);
    }
    mutex_unlock(&t->mutex);
}

static void end_timers(void)
{
    for (int i = 0; i < TIMERS; i++)
        cancel(&tested[i]);
}

const struct game timer_games[] = {
    {"timers", 5, begin_timers, play_timers, NULL, end_timers},
    {0},
};
