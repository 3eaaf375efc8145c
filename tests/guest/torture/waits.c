/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * waits.c: wait queues, sleeping and the clock.
 *
 * race: waits with deadlines against wake-ups at about the same time, from
 * threads and from timers: each wake-up that says it woke somebody is one wait
 * that says it was woken. ring: tokens go round, each thread waiting without
 * limit for the one before it: one lost wake-up and they stand. sleep: nobody
 * wakes too early. clock: time does not go back, neither for one thread that
 * moves between CPUs nor between threads.
 */
#include "coracle/errno.h"
#include "sched/timer.h"
#include "torture.h"

/* ---- race -----------------------------------------------------------------
 */

static struct spinlock race_lock;
static struct waitq race_queue = WAITQ_INIT(race_queue);
static unsigned long wakes_given, wakes_taken; /* race_lock */
static struct timer race_timer;
static atomic_bool race_timer_busy;

static void race_wait(struct player *player)
{
    uint64_t deadline = random_deadline(player, 300);
    int error;

    doing(player, "waitq_wait() until a deadline");
    spin_lock(&race_lock);
    error = waitq_wait(&race_queue, &race_lock, deadline);
    if (!error)
        wakes_taken++;
    spin_unlock(&race_lock);
    CHECK(error == 0 ||
          (error == -K_ETIMEDOUT && time_monotonic() >= deadline));
}

static void race_wake(bool all)
{
    spin_lock(&race_lock);
    do {
        if (!waitq_wake_one(&race_queue))
            break;
        wakes_given++;
    } while (all);
    spin_unlock(&race_lock);
}

EVENT_CONTEXT static void race_expired(struct timer *timer)
{
    (void)timer;
    spin_lock(&race_lock);
    if (waitq_wake_one(&race_queue))
        wakes_given++;
    spin_unlock(&race_lock);
    atomic_store(&race_timer_busy, false);
}

static void play_race(struct player *player)
{
    if (player->number % 2) {
        race_wait(player);
        return;
    }
    doing(player, "wakes waiters");
    thread_sleep(random_below(player, 200) * NS_PER_US);
    if (random_below(player, 3) > 0) {
        race_wake(random_below(player, 4) == 0);
    } else if (!atomic_exchange(&race_timer_busy, true)) {
        race_timer.expired = race_expired;
        timer_start(&race_timer, random_deadline(player, 100));
    }
}

static void end_race(void)
{
    timer_cancel(&race_timer);
    atomic_store(&race_timer_busy, false);
    CHECK(list_empty(&race_queue.waiters));
    CHECK_EQUAL(wakes_taken, wakes_given);
}

/* ---- ring -----------------------------------------------------------------
 */

#define RING   8
#define TOKENS 3

static struct place {
    struct spinlock lock;
    struct waitq waiter;
    unsigned int tokens; /* lock */
} ring[RING];

static void begin_ring(void)
{
    for (int i = 0; i < RING; i++) {
        ring[i] = (struct place){0};
        waitq_init(&ring[i].waiter);
    }
    ring[0].tokens = TOKENS;
}

static void play_ring(struct player *player)
{
    struct place *here = &ring[player->number];
    struct place *there = &ring[(player->number + 1) % RING];
    bool got;

    doing(player, "waitq_wait() for a token, no limit");
    spin_lock(&here->lock);
    while (here->tokens == 0 && !round_over())
        (void)waitq_wait(&here->waiter, &here->lock, TIME_NEVER);
    got = here->tokens > 0;
    here->tokens -= got;
    spin_unlock(&here->lock);
    if (!got)
        return;
    spin_lock(&there->lock);
    there->tokens++;
    (void)waitq_wake_one(&there->waiter);
    spin_unlock(&there->lock);
}

static void stop_ring(void)
{
    for (int i = 0; i < RING; i++) {
        spin_lock(&ring[i].lock);
        waitq_wake_all(&ring[i].waiter);
        spin_unlock(&ring[i].lock);
    }
}

static void end_ring(void)
{
    unsigned int tokens = 0;

    for (int i = 0; i < RING; i++)
        tokens += ring[i].tokens;
    CHECK_EQUAL(tokens, TOKENS);
}

/* ---- sleep ----------------------------------------------------------------
 */

static void play_sleep(struct player *player)
{
    uint64_t deadline = random_deadline(player, 3000);

    if (random_below(player, 4) == 0) {
        doing(player, "thread_yield()");
        thread_yield();
        return;
    }
    doing(player, "thread_sleep_until()");
    thread_sleep_until(deadline);
    CHECK(time_monotonic() >= deadline);
}

/* ---- clock ----------------------------------------------------------------
 */

static _Atomic uint64_t latest; /* that any player has seen */

static void play_clock(struct player *player)
{
    doing(player, "time_monotonic()");
    for (int i = 0; i < 200; i++) {
        uint64_t seen = atomic_load(&latest);
        uint64_t now = time_monotonic();

        CHECK(now >= seen);
        while (seen < now && !atomic_compare_exchange_weak(&latest, &seen, now))
            ;
    }
}

const struct game wait_games[] = {
    {"race", 6, NULL, play_race, NULL, end_race},
    {"ring", RING, begin_ring, play_ring, stop_ring, end_ring},
    {"sleep", 3, NULL, play_sleep, NULL, NULL},
    {"clock", 2, NULL, play_clock, NULL, NULL},
    {0},
};
