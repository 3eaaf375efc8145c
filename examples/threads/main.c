/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads: producers and consumers, with a race shown and then mended.
 *
 * Nothing here is special to Coracle; it compiles on Linux too:
 * `cc -pthread examples/threads/main.c`.
 *
 * First the race. Several threads add to one counter, and each addition is
 * three steps: read the counter, compute, write it back. A thread that loses
 * the CPU between reading and writing comes back with an old value, and the
 * additions of the others in between are lost. (The sched_yield() makes the
 * gap as wide as a slice of time, so that it shows at once; without it the
 * same happens, only rarely, which is worse.) Then the same with a mutex.
 *
 * Then the producers and consumers: a buffer of a few places, producers who
 * wait while it is full, consumers who wait while it is empty. Two condition
 * variables, one for each reason to wait. Every number produced must come out
 * exactly once, which the sum of all shows.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 4
#define ROUNDS  1000

static void start(pthread_t *thread, void *(*function)(void *), void *argument)
{
    if (pthread_create(thread, NULL, function, argument) != 0) {
        fprintf(stderr, "threads: no memory for a thread\n");
        exit(1);
    }
}

/* ---- The race ------------------------------------------------------------ */

static volatile long counter;
static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;

static void add_one(void)
{
    long value = counter; /* read ... */

    sched_yield();       /* ... lose the CPU ... */
    counter = value + 1; /* ... and write what was true a while ago */
}

static void *add_racing(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        add_one();
    return NULL;
}

static void *add_locked(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&counter_lock);
        add_one();
        pthread_mutex_unlock(&counter_lock);
    }
    return NULL;
}

static long count_with(void *(*function)(void *))
{
    pthread_t threads[THREADS];

    counter = 0;
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], function, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return counter;
}

/* ---- Producers and consumers --------------------------------------------- */

#define PLACES 4
#define ITEMS  5000 /* of each producer */

static struct {
    pthread_mutex_t lock; /* guards everything here */
    pthread_cond_t not_full;
    pthread_cond_t not_empty;
    long items[PLACES];
    int used;
    int first;     /* the oldest item */
    int producers; /* still at work */
} buffer = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .not_full = PTHREAD_COND_INITIALIZER,
    .not_empty = PTHREAD_COND_INITIALIZER,
};

static void put(long item)
{
    pthread_mutex_lock(&buffer.lock);
    while (buffer.used == PLACES)
        pthread_cond_wait(&buffer.not_full, &buffer.lock);
    buffer.items[(buffer.first + buffer.used++) % PLACES] = item;
    pthread_cond_signal(&buffer.not_empty);
    pthread_mutex_unlock(&buffer.lock);
}

/* The next item, or 0 when there will be no more. */
static long take(void)
{
    long item = 0;

    pthread_mutex_lock(&buffer.lock);
    while (buffer.used == 0 && buffer.producers > 0)
        pthread_cond_wait(&buffer.not_empty, &buffer.lock);
    if (buffer.used > 0) {
        item = buffer.items[buffer.first];
        buffer.first = (buffer.first + 1) % PLACES;
        buffer.used--;
        pthread_cond_signal(&buffer.not_full);
    }
    pthread_mutex_unlock(&buffer.lock);
    return item;
}

/* Producer number n makes n * ITEMS + 1 up to (n + 1) * ITEMS. */
static void *produce(void *number)
{
    long first = (long)number * ITEMS;

    for (long i = 1; i <= ITEMS; i++)
        put(first + i);
    pthread_mutex_lock(&buffer.lock);
    /* The last one to leave wakes every consumer that waits for more. */
    if (--buffer.producers == 0)
        pthread_cond_broadcast(&buffer.not_empty);
    pthread_mutex_unlock(&buffer.lock);
    return NULL;
}

/* Returns the sum of what it got. */
static void *consume(void *unused)
{
    long sum = 0;
    long item;

    (void)unused;
    while ((item = take()) != 0)
        sum += item;
    return (void *)sum;
}

static long run_buffer(void)
{
    pthread_t producers[THREADS];
    pthread_t consumers[THREADS];
    long sum = 0;

    buffer.producers = THREADS;
    for (long i = 0; i < THREADS; i++) {
        start(&producers[i], produce, (void *)i);
        start(&consumers[i], consume, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        void *part;

        pthread_join(producers[i], NULL);
        pthread_join(consumers[i], &part);
        sum += (long)part;
    }
    return sum;
}

int main(void)
{
    const long right = (long)THREADS * ROUNDS;
    const long last = (long)THREADS * ITEMS;
    const long sum = last * (last + 1) / 2;
    long racing, locked, consumed;

    printf("%d threads add 1 to a counter %d times each\n", THREADS, ROUNDS);
    racing = count_with(add_racing);
    printf("  without a lock: %ld, %ld additions were lost\n", racing,
           right - racing);
    locked = count_with(add_locked);
    printf("  with a mutex:   %ld, %s\n", locked,
           locked == right ? "as it should be" : "which is WRONG");

    printf("%d producers, %d consumers, %d places, %ld items\n", THREADS,
           THREADS, PLACES, last);
    consumed = run_buffer();
    printf("  sum of what came out: %ld, %s\n", consumed,
           consumed == sum ? "nothing lost, nothing twice" : "which is WRONG");
    return locked == right && consumed == sum ? 0 : 1;
}
