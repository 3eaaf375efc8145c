/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.c: the players' threads, and the watchdog that looks after them.
 *
 * The watchdog looks every half second. A player that has made no step for
 * STUCK seconds waits for something that does not come: a wake-up was lost, or
 * somebody who holds a lock never ran again. It prints the names of all such
 * players and what they were about to do, and ends the guest with a crash
 * report. The limit is far above what a busy machine needs for a step.
 *
 * The watchdog sleeps by the same timers that it watches. So the players look
 * at it in turn.
 */
#include <stdio.h>
#include <stdlib.h>
#include "coracle/cpus.h"
#include "coracle/time.h"
#include "torture.h"

#define LOOK_EVERY (500 * NS_PER_MS)
#define STUCK      25 /* seconds; the environment's STUCK changes it */

static atomic_bool over;
static atomic_bool no_watch;
static struct thread *watchdog;
static struct player *watched;
static const atomic_uint *watched_count;
static _Atomic uint64_t last_look;
static uint64_t stuck_after;

bool round_over(void)
{
    return atomic_load(&over);
}

void round_set_over(bool value)
{
    atomic_store(&over, value);
}

/* A linear congruential generator; its high bits are the better ones. */
uint32_t random_below(struct player *player, uint32_t limit)
{
    player->random = player->random * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)((player->random >> 32) * limit >> 32);
}

uint64_t random_deadline(struct player *player, uint32_t us)
{
    uint64_t now = time_monotonic();

    if (random_below(player, 8) == 0)
        return random_below(player, 2) == 0 ? 0 : now;
    return now + random_below(player, us) * NS_PER_US;
}

/* ---- Players --------------------------------------------------------------
 */

unsigned long random_cpus(struct player *player)
{
    unsigned long all = cpus_online();
    unsigned long some = random_below(player, UINT32_MAX) & all;

    return some ? some : all;
}

/* To some of the CPUs that there are; if these have left just then, to some of
 * those that there are now. */
static void move(struct player *player)
{
    doing(player, "moves to other CPUs");
    while (thread_set_affinity(thread_self(), random_cpus(player)))
        ;
}

static void rest_a_little(struct player *player)
{
    uint32_t dice = random_below(player, 64);

    if (dice < 8) {
        thread_yield();
    } else if (dice == 8) {
        doing(player, "sleeps between steps");
        thread_sleep(random_below(player, 300) * NS_PER_US);
    } else if (dice == 9 && random_below(player, 4) == 0) {
        move(player);
    } else if (dice == 10 &&
               atomic_load(&last_look) + 2 * stuck_after < time_monotonic()) {
        panic("torture: the watchdog itself sleeps");
    }
}

static void run(void *argument)
{
    struct player *player = argument;

    while (!round_over()) {
        player->game->play(player);
        atomic_fetch_add_explicit(&player->steps, 1, memory_order_relaxed);
        rest_a_little(player);
    }
    doing(player, "has ended");
    atomic_store(&player->ended, true);
}

void player_start(struct player *player, const struct game *game,
                  unsigned int number, uint64_t seed)
{
    *player = (struct player){.game = game, .number = number, .random = seed};
    for (int i = 0; i < 8; i++) /* seeds next to each other shall part */
        (void)random_below(player, 1);
    doing(player, "begins");
    player->watched_at = time_monotonic();
    snprintf(player->name, sizeof(player->name), "%s/%u", game->name, number);
    player->thread = thread_create(player->name, run, player, 0);
    CHECK(player->thread);
}

/* ---- The watchdog ---------------------------------------------------------
 */

static bool is_stuck(struct player *player, uint64_t now)
{
    unsigned long steps = atomic_load(&player->steps);

    if (steps != player->watched_steps || atomic_load(&player->ended)) {
        player->watched_steps = steps;
        player->watched_at = now;
    }
    return player->watched_at + stuck_after < now;
}

static void look(void)
{
    uint64_t now = time_monotonic();
    unsigned int stuck = 0;

    for (unsigned int i = 0; i < atomic_load(watched_count); i++) {
        struct player *player = &watched[i];

        if (!is_stuck(player, now))
            continue;
        stuck++;
        printk("torture: %s is stuck after %lu steps: %s\n", player->name,
               player->watched_steps, atomic_load(&player->doing));
    }
    if (stuck)
        panic("torture: %u threads made no step for %llu s", stuck,
              (unsigned long long)(stuck_after / NS_PER_S));
    atomic_store(&last_look, now);
}

static void watch(void *unused)
{
    (void)unused;
    while (!atomic_load(&no_watch)) {
        look();
        thread_sleep(LOOK_EVERY);
    }
}

void watch_start(struct player *players, const atomic_uint *count)
{
    const char *seconds = getenv("STUCK");

    stuck_after = (seconds ? strtoull(seconds, NULL, 10) : STUCK) * NS_PER_S;
    watched = players;
    watched_count = count;
    atomic_store(&last_look, time_monotonic());
    watchdog = thread_create("watchdog", watch, NULL, 0);
    CHECK(watchdog);
}

void watch_stop(void)
{
    atomic_store(&no_watch, true);
    thread_join(watchdog);
}

/* ---- A game that cannot go on, for the test of the watchdog ----------------
 */

static void play_stall(struct player *player)
{
    static struct spinlock lock;
    static struct waitq nobody = WAITQ_INIT(nobody);

    doing(player, "waits for nobody");
    spin_lock(&lock);
    (void)waitq_wait(&nobody, &lock, TIME_NEVER);
    spin_unlock(&lock);
}

const struct game stall_games[] = {
    {"stall", 1, NULL, play_stall, NULL, NULL},
    {0},
};
