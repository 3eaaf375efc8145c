/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posix.c: what POSIX threads synchronise with.
 *
 * pmutex: a mutex of each kind, in all ways in. gate: threads meet, round after
 * round, by a condition variable and broadcast. rwlock: readers see two words
 * that agree, writers change both. barrier: of each round exactly one thread is
 * the serial one, and all see what the others wrote before it; there a
 * pthread_once() routine runs once. tokens: a POSIX semaphore as a bounded
 * number of users.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>
#include "torture.h"

static struct timespec soon(struct player *player, uint32_t us)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += random_below(player, us) * 1000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* ---- pmutex ---------------------------------------------------------------
 */

static struct guarded {
    pthread_mutex_t mutex;
    struct player *inside;
    unsigned long count;
} guarded[3];

static void begin_pmutex(void)
{
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                PTHREAD_MUTEX_ERRORCHECK};

    for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
        pthread_mutexattr_t attr;

        CHECK_EQUAL(pthread_mutexattr_init(&attr), 0);
        CHECK_EQUAL(pthread_mutexattr_settype(&attr, types[i]), 0);
        CHECK_EQUAL(pthread_mutex_init(&guarded[i].mutex, &attr), 0);
    }
}

static int enter(struct player *player, pthread_mutex_t *mutex)
{
    struct timespec deadline;
    int error;

    switch (random_below(player, 4)) {
    case 0:
        doing(player, "pthread_mutex_trylock()");
        error = pthread_mutex_trylock(mutex);
        CHECK(error == 0 || error == EBUSY);
        return error;
    case 1:
        doing(player, "pthread_mutex_timedlock()");
        deadline = soon(player, 200);
        error = pthread_mutex_timedlock(mutex, &deadline);
        CHECK(error == 0 || error == ETIMEDOUT);
        return error;
    default:
        doing(player, "pthread_mutex_lock()");
        return pthread_mutex_lock(mutex);
    }
}

static void play_pmutex(struct player *player)
{
    unsigned int which = random_below(player, 3);
    struct guarded *g = &guarded[which];

    if (enter(player, &g->mutex))
        return;
    CHECK(g->inside == NULL);
    g->inside = player;
    g->count++;
    if (which == 1) {
        CHECK_EQUAL(pthread_mutex_lock(&g->mutex), 0);
        CHECK_EQUAL(pthread_mutex_unlock(&g->mutex), 0);
    } else if (which == 2) {
        CHECK_EQUAL(pthread_mutex_lock(&g->mutex), EDEADLK);
    }
    if (random_below(player, 8) == 0)
        thread_yield();
    CHECK(g->inside == player);
    g->inside = NULL;
    CHECK_EQUAL(pthread_mutex_unlock(&g->mutex), 0);
}

static void end_pmutex(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(guarded); i++)
        CHECK_EQUAL(pthread_mutex_destroy(&guarded[i].mutex), 0);
}

/* ---- gate -----------------------------------------------------------------
 */

#define GATE 4

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_open = PTHREAD_COND_INITIALIZER;
static unsigned int gate_arrived;
static unsigned long gate_round;

static void gate_wait(struct player *player)
{
    struct timespec deadline;
    int error;

    if (random_below(player, 8)) {
        doing(player, "pthread_cond_wait(), no limit");
        CHECK_EQUAL(pthread_cond_wait(&gate_open, &gate_lock), 0);
        return;
    }
    doing(player, "pthread_cond_timedwait()");
    deadline = soon(player, 300);
    error = pthread_cond_timedwait(&gate_open, &gate_lock, &deadline);
    CHECK(error == 0 || error == ETIMEDOUT);
}

static void play_gate(struct player *player)
{
    unsigned long round;

    doing(player, "pthread_mutex_lock() of the gate");
    pthread_mutex_lock(&gate_lock);
    round = gate_round;
    CHECK(gate_arrived < GATE);
    if (++gate_arrived == GATE) {
        gate_arrived = 0;
        gate_round++;
        pthread_cond_broadcast(&gate_open);
    }
    while (gate_round == round && !round_over())
        gate_wait(player);
    CHECK(gate_round == round || gate_round == round + 1 || round_over());
    pthread_mutex_unlock(&gate_lock);
}

static void stop_gate(void)
{
    pthread_mutex_lock(&gate_lock);
    pthread_cond_broadcast(&gate_open);
    pthread_mutex_unlock(&gate_lock);
}

static void end_gate(void)
{
    gate_arrived = 0; /* those who left did not take their arrival back */
    CHECK_EQUAL(pthread_cond_destroy(&gate_open), 0);
}

/* ---- rwlock ---------------------------------------------------------------
 */

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile unsigned long left, right;
static atomic_int readers, writers;

static void read_both(struct player *player)
{
    struct timespec deadline = soon(player, 200);
    uint32_t how = random_below(player, 3);

    doing(player, "takes the rwlock to read");
    if (how == 0   ? pthread_rwlock_tryrdlock(&rwlock)
        : how == 1 ? pthread_rwlock_timedrdlock(&rwlock, &deadline)
                   : pthread_rwlock_rdlock(&rwlock))
        return;
    atomic_fetch_add(&readers, 1);
    CHECK_EQUAL(left, right);
    if (random_below(player, 8) == 0)
        thread_yield();
    CHECK_EQUAL(atomic_load(&writers), 0);
    CHECK_EQUAL(left, right);
    atomic_fetch_sub(&readers, 1);
    CHECK_EQUAL(pthread_rwlock_unlock(&rwlock), 0);
}

static void write_both(struct player *player)
{
    struct timespec deadline = soon(player, 200);
    uint32_t how = random_below(player, 3);

    doing(player, "takes the rwlock to write");
    if (how == 0   ? pthread_rwlock_trywrlock(&rwlock)
        : how == 1 ? pthread_rwlock_timedwrlock(&rwlock, &deadline)
                   : pthread_rwlock_wrlock(&rwlock))
        return;
    CHECK_EQUAL(atomic_fetch_add(&writers, 1), 0);
    CHECK_EQUAL(atomic_load(&readers), 0);
    left++;
    if (random_below(player, 4) == 0)
        thread_yield();
    right++;
    atomic_fetch_sub(&writers, 1);
    CHECK_EQUAL(pthread_rwlock_unlock(&rwlock), 0);
}

/* Readers go first, so they must pause for a writer to have its turn. */
static void play_rwlock(struct player *player)
{
    if (player->number == 0 || random_below(player, 8) == 0)
        write_both(player);
    else
        read_both(player);
    thread_sleep(random_below(player, 100) * NS_PER_US);
}

static void end_rwlock(void)
{
    CHECK_EQUAL(left, right);
    CHECK_EQUAL(pthread_rwlock_destroy(&rwlock), 0);
}

/* ---- barrier --------------------------------------------------------------
 */

#define MEETERS 4

static pthread_barrier_t barrier;
static unsigned long written[MEETERS];
static pthread_once_t once;
static atomic_uint once_count, serial_count;
static bool all_leave; /* written by the serial thread between two meetings */

static void routine(void)
{
    atomic_fetch_add(&once_count, 1);
}

static bool meet(struct player *player)
{
    int result;

    doing(player, "pthread_barrier_wait()");
    result = pthread_barrier_wait(&barrier);
    CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
    return result != 0;
}

static void begin_barrier(void)
{
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, MEETERS), 0);
    memset(written, 0, sizeof(written));
    all_leave = false;
}

/* All must leave together: so one step lasts until the serial thread has seen
 * that the round is over. */
static void play_barrier(struct player *player)
{
    for (unsigned long n = 1; !all_leave; n++) {
        written[player->number] = n;
        if (meet(player)) {
            atomic_store(&serial_count, 1);
            memset(&once, 0, sizeof(once));
            atomic_store(&once_count, 0);
        }
        for (int i = 0; i < MEETERS; i++)
            CHECK_EQUAL(written[i], n);
        meet(player);
        doing(player, "pthread_once()");
        CHECK_EQUAL(pthread_once(&once, routine), 0);
        CHECK_EQUAL(atomic_load(&once_count), 1);
        CHECK_EQUAL(atomic_load(&serial_count), 1);
        if (meet(player))
            all_leave = round_over();
        meet(player);
        atomic_fetch_add(&player->steps, 1);
    }
}

static void end_barrier(void)
{
    CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
}

/* ---- tokens ---------------------------------------------------------------
 */

#define TOKENS 3

static sem_t tokens;
static atomic_int token_users;

static void begin_tokens(void)
{
    CHECK_EQUAL(sem_init(&tokens, 0, TOKENS), 0);
}

static void play_tokens(struct player *player)
{
    struct timespec deadline = soon(player, 200);
    uint32_t how = random_below(player, 3);

    doing(player, how == 2 ? "sem_wait()" : "sem_timedwait()");
    if (how == 0   ? sem_trywait(&tokens)
        : how == 1 ? sem_timedwait(&tokens, &deadline)
                   : sem_wait(&tokens)) {
        CHECK(errno == EAGAIN || errno == ETIMEDOUT);
        return;
    }
    CHECK(atomic_fetch_add(&token_users, 1) < TOKENS);
    if (random_below(player, 4) == 0)
        thread_yield();
    atomic_fetch_sub(&token_users, 1);
    CHECK_EQUAL(sem_post(&tokens), 0);
}

static void end_tokens(void)
{
    int value;

    CHECK_EQUAL(sem_getvalue(&tokens, &value), 0);
    CHECK_EQUAL(value, TOKENS);
}

const struct game posix_games[] = {
    {"pmutex", 4, begin_pmutex, play_pmutex, NULL, end_pmutex},
    {"gate", GATE, NULL, play_gate, stop_gate, end_gate},
    {"rwlock", 5, NULL, play_rwlock, NULL, end_rwlock},
    {"barrier", MEETERS, begin_barrier, play_barrier, NULL, end_barrier},
    {"tokens", 5, begin_tokens, play_tokens, NULL, end_tokens},
    {0},
};
