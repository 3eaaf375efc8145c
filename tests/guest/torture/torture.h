/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * torture.h: what the games of the torture share.
 *
 * A game is a handful of threads, its players, that use one primitive against
 * each other and check what it promises. Each player repeats its game's step
 * until the round is over; main.c runs the rounds, watch.c the players and the
 * watchdog. Games of all kinds run at the same time and so disturb each other.
 */
#ifndef CORACLE_TESTS_TORTURE_H
#define CORACLE_TESTS_TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/print.h"
#include "coracle/thread.h"

struct player {
    const struct game *game;
    unsigned int number; /* among the players of its game, from 0 */
    uint64_t random;     /* state of its pseudo-random numbers */
    struct thread *thread;
    char name[16];
    atomic_ulong steps;        /* progress; this and doing: the watchdog */
    const char *_Atomic doing; /* reads them at any time */
    atomic_bool ended;
    unsigned long watched_steps; /* of the watchdog alone: the last look, */
    uint64_t watched_at;         /* and when steps were seen to change */
};

struct game {
    const char *name;
    unsigned int players;
    /* Any but play may be NULL. */
    void (*begin)(void);                 /* before the players start */
    void (*play)(struct player *player); /* one step */
    void (*stop)(void);                  /* the round is over: end waits */
    void (*end)(void);                   /* all have left: the last checks */
};

/* Each ends with a game without a name. */
extern const struct game kernel_games[], wait_games[], posix_games[],
    storm_games[], timer_games[], memory_games[], xen_games[];
/* Played only when asked for by name. */
extern const struct game stall_games[];

/* ---- For the games ------------------------------------------------------- */

/* No more steps; a step that waits for others should look. */
bool round_over(void);

/* 0 to limit - 1. */
uint32_t random_below(struct player *player, uint32_t limit);
/* Now, a deadline up to `us` microseconds ahead, or one that has passed. */
uint64_t random_deadline(struct player *player, uint32_t us);

/* Some of the CPUs, at least one: a bit for each. They may leave any time. */
unsigned long random_cpus(struct player *player);

/* What the player is about to do, for the watchdog's report. */
static inline void doing(struct player *player, const char *what)
{
    atomic_store_explicit(&player->doing, what, memory_order_relaxed);
}

/* A crash shows what all CPUs do, which is what one wants to see. */
#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition))                                                      \
            panic("torture: %s:%d: %s is false", __FILE__, __LINE__,           \
                  #condition);                                                 \
    } while (0)

#define CHECK_EQUAL(got, wanted)                                               \
    do {                                                                       \
        long long got_ = (long long)(got), wanted_ = (long long)(wanted);      \
        if (got_ != wanted_)                                                   \
            panic("torture: %s:%d: %s is %lld, not %lld", __FILE__, __LINE__,  \
                  #got, got_, wanted_);                                        \
    } while (0)

/* A function of ours that the kernel calls as an event handler does not run on
 * its thread's stack: it must not check it. */
#define EVENT_CONTEXT __attribute__((no_split_stack))

/* ---- watch.c, for main.c --------------------------------------------------
 */

/* Start a player; `seed` decides all that it does. */
void player_start(struct player *player, const struct game *game,
                  unsigned int number, uint64_t seed);
void round_set_over(bool over);

/* Start the watchdog. It reads players[0 .. *count - 1]. */
void watch_start(struct player *players, const atomic_uint *count);
void watch_stop(void);

#endif
