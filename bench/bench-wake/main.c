/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-wake: how long it takes to wake a thread on another CPU.
 *
 * Two threads, each bound to a CPU of its own, pass a ball: one posts the
 * semaphore that the other waits for, and waits for its own. While one runs the
 * other CPU sleeps in Xen, so each pass is a post, an event to the other CPU,
 * its awakening, a switch to the thread there, and the end of its sem_wait().
 *
 * It is plain POSIX, and the same file is built for Linux too (bench.mk), where
 * a semaphore is a futex and it is the guest's first and only program: there it
 * stays ("stay"), because Linux does not bear its end. Lines are those of
 * bench/batches.h.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 11
#define ROUNDS  500
#define WAIT_US 1000000
#define LOOK_US 1000

static sem_t ping, pong;

static void give_up(const char *why)
{
    printf("not measured: %s\n", why);
    exit(1);
}

static void bind_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
        give_up("a thread cannot be bound to a CPU");
}

static void *answer(void *unused)
{
    bind_to(1);
    for (;;) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return unused;
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void pass_ball(int rounds)
{
    while (rounds--) {
        sem_post(&ping);
        sem_wait(&pong);
    }
}

int main(int argc, char **argv)
{
    long long begin, took[BATCHES];
    pthread_t partner;

    for (int i = 0; sysconf(_SC_NPROCESSORS_ONLN) < 2; i++) {
        if (i == WAIT_US / LOOK_US)
            give_up("there is one CPU");
        usleep(LOOK_US);
    }
    bind_to(0);
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    if (pthread_create(&partner, NULL, answer, NULL))
        give_up("no memory for a thread");
    pass_ball(ROUNDS);
    for (int i = 0; i < BATCHES; i++) {
        begin = now();
        pass_ball(ROUNDS);
        took[i] = now() - begin;
    }
    for (int i = 0; i < BATCHES; i++)
        printf("cost wake %d %lld\n", 2 * ROUNDS, took[i]);
    printf("bench-wake ends\n");
    fflush(stdout);
    while (argc > 1 && !strcmp(argv[1], "stay"))
        sleep(1000);
    return 0;
}
