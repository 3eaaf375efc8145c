/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpus: does a program go on while its CPUs come and go?
 *
 * Threads of three kinds count: some compute, some sleep for a millisecond at
 * a time, and two hand a token to each other through a condition variable. For
 * each number on standard input the program waits until it has so many CPUs,
 * then until every thread has counted on, and says so. A thread, timer or
 * wake-up that was lost with a CPU keeps it waiting for ever. At the end of
 * the input it stops and joins them all.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EACH    4
#define THREADS (2 * EACH + 2)
#define MORE    20

static atomic_ulong counts[THREADS];
static atomic_bool stop;

static void *compute(void *count)
{
    while (!stop) {
        for (volatile int i = 0; i < 1000; i++)
            ;
        ++*(atomic_ulong *)count;
    }
    return NULL;
}

static void *sleep_often(void *count)
{
    while (!stop) {
        usleep(1000);
        ++*(atomic_ulong *)count;
    }
    return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static int turn;

static void *hand_over(void *count)
{
    int own = (atomic_ulong *)count == &counts[THREADS - 1];

    pthread_mutex_lock(&mutex);
    while (!stop) {
        if (turn != own) {
            pthread_cond_wait(&moved, &mutex);
            continue;
        }
        turn = !own;
        pthread_cond_signal(&moved);
        ++*(atomic_ulong *)count;
    }
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void await_cpus(long wanted)
{
    unsigned long before[THREADS];

    while (sysconf(_SC_NPROCESSORS_ONLN) != wanted)
        usleep(1000);
    for (int i = 0; i < THREADS; i++)
        before[i] = counts[i];
    for (int i = 0; i < THREADS; i++)
        while (counts[i] < before[i] + MORE)
            usleep(1000);
    printf("all go on with %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
}

int main(void)
{
    pthread_t threads[THREADS];
    char line[32];

    for (int i = 0; i < THREADS; i++) {
        void *(*work)(void *) = i < EACH       ? compute
                                : i < 2 * EACH ? sleep_often
                                               : hand_over;

        if (pthread_create(&threads[i], NULL, work, &counts[i]) != 0)
            return 1;
    }
    printf("begun with %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
    while (fgets(line, sizeof(line), stdin))
        await_cpus(atol(line));
    stop = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("all have ended\n");
    return 0;
}
