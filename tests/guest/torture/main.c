/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * torture: do all primitives keep their promises, all at once, on all CPUs?
 *
 * What: mutexes, condition variables, semaphores, wait queues, POSIX threads
 * and all that comes with them, timers, allocators, grants, event channels,
 * clocks and xenstore are used by many threads in pseudo-random order. What
 * each promises is checked all the time (the games, in the other files); a
 * watchdog reports who waits in vain (watch.c); and at the end of each round
 * no page, no grant and no thread may be missing.
 *
 * How: in rounds of two seconds in which all games run at once, at least one.
 * SEED decides what each thread does, though not how the CPUs interleave them.
 * By hand:
 *
 *     make qemu APP=tests/guest/torture VCPUS=4 MEM=64 ARGS="SEED=1 SECONDS=20"
 *
 * GAMES="mutex events" plays only those. With the lock checker it says at the
 * end in which order locks were taken; tools/check-locks knows the right one.
 * `make torture` runs it for minutes on 1, 2, 4 and 8 CPUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/cpus.h"
#include "coracle/entropy.h"
#include "coracle/lockcheck.h"
#include "coracle/memory.h"
#include "coracle/time.h"
#include "sched/sched.h"
#include "tests/guest/cpus.h"
#include "torture.h"
#include "xen/grant.h"

#define PLAYERS_MAX 128
#define ROUND       (2 * NS_PER_S)
#define WARM_UP     NS_PER_S

/* What caches may hold at one moment and not at another, in pages: the heap's
 * partly used slabs, and the stacks kept for the next threads. A leak of one
 * page in a thousand steps is more than this after one round. */
#define CACHES(cpus) (128 + 32 * (cpus))

static const struct game *const all_games[] = {
    kernel_games, wait_games,   posix_games, storm_games,
    timer_games,  memory_games, xen_games,   stall_games,
};

static struct player players[PLAYERS_MAX];
static atomic_uint player_count;
static unsigned long long steps_done;

struct stock {
    size_t pages;
    unsigned int grants;
    unsigned int threads;
};

static struct stock count_stock(void)
{
    struct stock stock = {0};

    thread_reap();
    stock.pages = page_count_free();
    stock.grants = grant_count_free();
    for (struct thread *t = thread_next(NULL); t; t = thread_next(t))
        stock.threads++;
    return stock;
}

static bool is_chosen(const struct game *game)
{
    const char *chosen = getenv("GAMES");

    return chosen ? strstr(chosen, game->name) != NULL : game != stall_games;
}

/* Call one of each game's functions, if it has it. */
#define FOR_EACH_GAME(game)                                                    \
    for (unsigned int list_ = 0; list_ < ARRAY_SIZE(all_games); list_++)       \
        for (const struct game *game = all_games[list_]; game->name; game++)   \
            if (is_chosen(game))

static void start_round(uint64_t seed)
{
    unsigned int count = 0;

    round_set_over(false);
    FOR_EACH_GAME(game)
    {
        if (game->begin)
            game->begin();
    }
    FOR_EACH_GAME(game)
    {
        for (unsigned int n = 0; n < game->players; n++) {
            CHECK(count < PLAYERS_MAX);
            player_start(&players[count], game, n, seed + count * 7919);
            atomic_store(&player_count, ++count);
        }
    }
}

static void stop_round(void)
{
    unsigned int count = atomic_load(&player_count);

    round_set_over(true);
    FOR_EACH_GAME(game)
    {
        if (game->stop)
            game->stop();
    }
    /* The watchdog sees whoever does not come. */
    for (unsigned int i = 0; i < count; i++) {
        while (!atomic_load(&players[i].ended))
            thread_sleep(NS_PER_MS);
    }
    atomic_store(&player_count, 0);
    for (unsigned int i = 0; i < count; i++) {
        thread_join(players[i].thread);
        steps_done += players[i].steps;
    }
    FOR_EACH_GAME(game)
    {
        if (game->end)
            game->end();
    }
}

static void check_stock(const struct stock *before)
{
    struct stock now = count_stock();

    /* Threads that ended detached leave the list a moment after their end. */
    for (int i = 0; i < 1000 && now.threads != before->threads; i++) {
        thread_sleep(NS_PER_MS);
        now = count_stock();
    }
    CHECK_EQUAL(now.threads, before->threads);
    CHECK_EQUAL(now.grants, before->grants);
    if (now.pages + CACHES(cpu_count()) < before->pages)
        panic("torture: %zu pages were free, now %zu are", before->pages,
              now.pages);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 0) : otherwise;
}

int main(void)
{
    uint64_t seed, end, seconds = number("SECONDS", 10);
    unsigned int round = 0;
    struct stock before;

    entropy_fill(&seed, sizeof(seed));
    seed = number("SEED", seed & 0xffffffff);
    await_cpus();
    printf("torture: SEED=%llu, %u CPUs, %llu s\n", (unsigned long long)seed,
           cpu_count(), (unsigned long long)seconds);
    watch_start(players, &player_count);
    end = time_monotonic() + seconds * NS_PER_S;

    start_round(seed);
    thread_sleep(WARM_UP); /* all caches are full and tables have grown */
    stop_round();
    before = count_stock();
    do {
        start_round(seed + ++round * 1000003);
        thread_sleep(ROUND);
        stop_round();
        check_stock(&before);
    } while (time_monotonic() < end);
    watch_stop();
    lockcheck_report();
    printf("torture: %u rounds, %llu steps, nothing lost\n", round, steps_done);
    return 0;
}
