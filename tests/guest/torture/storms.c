/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * storms.c: threads that come and go, POSIX's and the kernel's.
 *
 * A step makes a few threads, joined or detached, before they ran or after they
 * ended. Each joined one gives back its own result. All set thread-specific
 * values, and in the end the destructors have run once for each.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "torture.h"

#define BATCH 6

/* ---- POSIX threads --------------------------------------------------------
 */

static pthread_key_t keys[2];
static atomic_ulong values_set, values_destroyed;
static atomic_ulong threads_made, threads_run;

static void destroy_value(void *value)
{
    free(value);
    atomic_fetch_add(&values_destroyed, 1);
}

static void set_value(pthread_key_t key)
{
    unsigned int *value = malloc(sizeof(*value));

    CHECK(value);
    *value = key;
    atomic_fetch_add(&values_set, 1);
    CHECK_EQUAL(pthread_setspecific(key, value), 0);
}

/* The argument's low bits say how: what happens is the creator's dice. */
static void *short_life(void *argument)
{
    unsigned long how = (unsigned long)argument;

    errno = (int)how;
    if (how & 1)
        set_value(keys[0]);
    if (how & 2)
        set_value(keys[1]);
    if (how & 4)
        thread_yield();
    if (how & 8)
        thread_sleep((how >> 4) % 200 * NS_PER_US);
    CHECK((how & 1) == (pthread_getspecific(keys[0]) != NULL));
    CHECK_EQUAL(errno, (int)how);
    atomic_fetch_add(&threads_run, 1);
    if (how & 16)
        pthread_exit((void *)(how + 1));
    return (void *)(how + 1);
}

static void begin_storm(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
        CHECK_EQUAL(pthread_key_create(&keys[i], destroy_value), 0);
}

static void make_detached(struct player *player, unsigned long how)
{
    pthread_attr_t attr;
    pthread_t thread;

    atomic_fetch_add(&threads_made, 1);
    if (random_below(player, 2)) {
        doing(player, "pthread_create(), then pthread_detach()");
        CHECK_EQUAL(pthread_create(&thread, NULL, short_life, (void *)how), 0);
        if (random_below(player, 2))
            thread_sleep(random_below(player, 200) * NS_PER_US);
        CHECK_EQUAL(pthread_detach(thread), 0);
        return;
    }
    doing(player, "pthread_create(), detached");
    CHECK_EQUAL(pthread_attr_init(&attr), 0);
    CHECK_EQUAL(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED), 0);
    CHECK_EQUAL(pthread_create(&thread, &attr, short_life, (void *)how), 0);
}

static void play_storm(struct player *player)
{
    pthread_t threads[BATCH];
    unsigned long how[BATCH];
    unsigned int count = 1 + random_below(player, BATCH);

    for (unsigned int i = 0; i < count; i++) {
        how[i] = random_below(player, 1 << 20);
        atomic_fetch_add(&threads_made, 1);
        doing(player, "pthread_create()");
        CHECK_EQUAL(
            pthread_create(&threads[i], NULL, short_life, (void *)how[i]), 0);
    }
    if (random_below(player, 4) == 0)
        make_detached(player, random_below(player, 1 << 20));
    for (unsigned int i = 0; i < count; i++) {
        void *result;

        doing(player, "pthread_join()");
        CHECK_EQUAL(pthread_join(threads[i], &result), 0);
        CHECK_EQUAL((unsigned long)result, how[i] + 1);
    }
}

/* Detached threads may still be on their way. */
static void end_storm(void)
{
    for (int i = 0; i < 5000; i++) {
        if (atomic_load(&threads_run) == atomic_load(&threads_made) &&
            atomic_load(&values_destroyed) == atomic_load(&values_set))
            break;
        thread_sleep(NS_PER_MS);
    }
    CHECK_EQUAL(atomic_load(&threads_run), atomic_load(&threads_made));
    CHECK_EQUAL(atomic_load(&values_destroyed), atomic_load(&values_set));
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
        CHECK_EQUAL(pthread_key_delete(keys[i]), 0);
}

/* ---- The kernel's threads -------------------------------------------------
 */

static atomic_ulong kernel_made, kernel_run;

static void kernel_life(void *argument)
{
    unsigned long how = (unsigned long)argument;

    if (how & 1)
        thread_yield();
    if (how & 2)
        thread_sleep((how >> 3) % 100 * NS_PER_US);
    atomic_fetch_add(&kernel_run, 1);
    if (how & 4)
        thread_exit();
}

static void play_births(struct player *player)
{
    struct thread *threads[BATCH];
    unsigned int count = 1 + random_below(player, BATCH);

    doing(player, "thread_create()");
    for (unsigned int i = 0; i < count; i++) {
        atomic_fetch_add(&kernel_made, 1);
        threads[i] =
            thread_create("born", kernel_life,
                          (void *)(unsigned long)random_below(player, 1 << 20),
                          random_below(player, 8) ? 0 : 1UL << (14 + i));
        CHECK(threads[i]);
    }
    if (random_below(player, 2))
        thread_sleep(random_below(player, 200) * NS_PER_US);
    for (unsigned int i = 0; i < count; i++) {
        doing(player, "thread_join() or thread_detach()");
        if (random_below(player, 3))
            thread_join(threads[i]);
        else
            thread_detach(threads[i]);
    }
}

static void end_births(void)
{
    for (int i = 0; i < 5000; i++) {
        if (atomic_load(&kernel_run) == atomic_load(&kernel_made))
            break;
        thread_sleep(NS_PER_MS);
    }
    CHECK_EQUAL(atomic_load(&kernel_run), atomic_load(&kernel_made));
}

const struct game storm_games[] = {
    {"storm", 3, begin_storm, play_storm, NULL, end_storm},
    {"births", 2, NULL, play_births, NULL, end_births},
    {0},
};
