/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel.c: the kernel's mutex, condition variable and semaphore.
 *
 * mutex: one at a time is inside, whatever way it came in; two counters, not
 * atomic, move in step. queue: producers and consumers around a buffer of few
 * places; most waits are without limit, so that a lost wake-up stops the game
 * for the watchdog to see; nothing is lost, nothing comes twice. semaphore:
 * never more users than it lets in, and in the end all are out.
 */
#include "coracle/errno.h"
#include "coracle/sync.h"
#include "torture.h"

/* ---- mutex ----------------------------------------------------------------
 */

static struct mutex mutex = MUTEX_INIT(mutex);
static struct player *inside;
static unsigned long first, second;
static atomic_ulong entered;

static int enter(struct player *player)
{
    uint64_t deadline;
    int error;

    switch (random_below(player, 4)) {
    case 0:
        doing(player, "mutex_trylock()");
        return mutex_trylock(&mutex);
    case 1:
        doing(player, "mutex_lock_until()");
        deadline = random_deadline(player, 200);
        error = mutex_lock_until(&mutex, deadline);
        CHECK(error == 0 || error == -K_ETIMEDOUT);
        CHECK(error == 0 || time_monotonic() >= deadline);
        return error;
    default:
        doing(player, "mutex_lock()");
        mutex_lock(&mutex);
        return 0;
    }
}

static void play_mutex(struct player *player)
{
    if (enter(player))
        return;
    CHECK(inside == NULL);
    inside = player;
    CHECK_EQUAL(first, second);
    first++;
    if (random_below(player, 8) == 0)
        thread_yield();
    if (random_below(player, 64) == 0)
        thread_sleep(50 * NS_PER_US);
    second++;
    CHECK(inside == player);
    inside = NULL;
    mutex_unlock(&mutex);
    atomic_fetch_add(&entered, 1);
}

static void end_mutex(void)
{
    CHECK_EQUAL(first, second);
    CHECK_EQUAL(first, atomic_load(&entered));
}

/* ---- queue ----------------------------------------------------------------
 */

#define PLACES 4

static struct mutex queue_lock = MUTEX_INIT(queue_lock);
static struct cond not_empty = COND_INIT(not_empty);
static struct cond not_full = COND_INIT(not_full);
static unsigned long queue[PLACES];
static unsigned int queue_first, queue_used; /* queue_lock */
static unsigned long put_sum, taken_sum;     /* queue_lock */

static void wait_for(struct player *player, struct cond *cond)
{
    uint64_t deadline = TIME_NEVER;
    int error;

    doing(player, cond == &not_full ? "cond_wait() for a place"
                                    : "cond_wait() for an item");
    if (random_below(player, 16) == 0)
        deadline = random_deadline(player, 500);
    error = cond_wait(cond, &queue_lock, deadline);
    CHECK(error == 0 ||
          (error == -K_ETIMEDOUT && time_monotonic() >= deadline));
}

/* With at most one waiter's worth of news, signal is enough. */
static void tell(struct player *player, struct cond *cond)
{
    if (random_below(player, 4) == 0)
        cond_broadcast(cond);
    else
        cond_signal(cond);
}

static void produce(struct player *player)
{
    unsigned long item = 1 + random_below(player, 1000);

    while (queue_used == PLACES && !round_over())
        wait_for(player, &not_full);
    if (queue_used == PLACES)
        return;
    queue[(queue_first + queue_used++) % PLACES] = item;
    put_sum += item;
    tell(player, &not_empty);
}

static void consume(struct player *player)
{
    while (queue_used == 0 && !round_over())
        wait_for(player, &not_empty);
    if (queue_used == 0)
        return;
    CHECK(queue[queue_first]);
    taken_sum += queue[queue_first];
    queue[queue_first] = 0;
    queue_first = (queue_first + 1) % PLACES;
    queue_used--;
    tell(player, &not_full);
}

static void play_queue(struct player *player)
{
    doing(player, "mutex_lock() of the queue");
    mutex_lock(&queue_lock);
    CHECK(queue_used <= PLACES);
    if (player->number % 2)
        produce(player);
    else
        consume(player);
    mutex_unlock(&queue_lock);
}

static void stop_queue(void)
{
    mutex_lock(&queue_lock);
    cond_broadcast(&not_empty);
    cond_broadcast(&not_full);
    mutex_unlock(&queue_lock);
}

static void end_queue(void)
{
    while (queue_used > 0) {
        taken_sum += queue[queue_first];
        queue_first = (queue_first + 1) % PLACES;
        queue_used--;
    }
    CHECK_EQUAL(taken_sum, put_sum);
}

/* ---- semaphore ------------------------------------------------------------
 */

#define TOKENS 2

static struct semaphore semaphore;
static atomic_uint users;

static void begin_semaphore(void)
{
    semaphore_init(&semaphore, TOKENS);
}

static void play_semaphore(struct player *player)
{
    uint64_t deadline = TIME_NEVER;

    if (random_below(player, 2))
        deadline = random_deadline(player, 200);
    doing(player, deadline == TIME_NEVER ? "semaphore_down()"
                                         : "semaphore_down(), limited");
    if (semaphore_down(&semaphore, deadline)) {
        CHECK(time_monotonic() >= deadline);
        return;
    }
    CHECK(atomic_fetch_add(&users, 1) < TOKENS);
    if (random_below(player, 4) == 0)
        thread_yield();
    atomic_fetch_sub(&users, 1);
    semaphore_up(&semaphore);
}

static void end_semaphore(void)
{
    CHECK_EQUAL(semaphore.count, TOKENS);
    CHECK(list_empty(&semaphore.waiters.waiters));
}

const struct game kernel_games[] = {
    {"mutex", 4, NULL, play_mutex, NULL, end_mutex},
    {"queue", 6, NULL, play_queue, stop_queue, end_queue},
    {"semaphore", 4, begin_semaphore, play_semaphore, NULL, end_semaphore},
    {0},
};
