/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-libc: what two things cost that programs do all the time with the C
 * library: taking memory, and starting a thread. See bench/batches.h.
 */
#include <pthread.h>
#include <stdlib.h>
#include "bench/batches.h"

static void allocate(unsigned int rounds)
{
    while (rounds--) {
        void *volatile memory = malloc(64);

        if (!memory)
            give_up("no memory");
        free(memory);
    }
}

static void *return_at_once(void *argument)
{
    return argument;
}

static void create_and_join(unsigned int rounds)
{
    pthread_t thread;

    while (rounds--) {
        if (pthread_create(&thread, NULL, return_at_once, NULL) ||
            pthread_join(thread, NULL))
            give_up("no memory for a thread");
    }
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_and_unlock(unsigned int rounds)
{
    while (rounds--) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    measure("malloc", allocate, 1000, 1);
    measure("pthread", create_and_join, 20, 1);
    measure("pthread-mutex", lock_and_unlock, 1000, 1);
    return 0;
}
