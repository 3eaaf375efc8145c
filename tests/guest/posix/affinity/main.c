/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * affinity: do threads run where pthread_setaffinity_np() sends them?
 *
 * What: a thread that sends itself, one that is sent by another (the main
 * thread too, and one that has not begun to run), the answers of the functions
 * that ask, and what must be refused.
 *
 * How: a thread that was sent looks where it is until it has arrived, which
 * takes for ever if it does not go; from then on it must stay.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>
#include "tests/guest/cpus.h"
#include "tests/guest/posix/check.h"

#define LOOKS 200

static int cpu_total;
static pthread_t main_thread;

static cpu_set_t only(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return set;
}

/* Wait until we are on `cpu`, then look whether we stay. */
static void arrive(int cpu)
{
    int strays = 0;

    while (sched_getcpu() != cpu)
        sched_yield();
    for (int i = 0; i < LOOKS; i++) {
        strays += sched_getcpu() != cpu;
        if (i % 10 == 0)
            usleep(10);
        else
            sched_yield();
    }
    CHECK_EQUAL(strays, 0);
}

static void check_set(pthread_t thread, int cpu)
{
    cpu_set_t set;

    CHECK_EQUAL(pthread_getaffinity_np(thread, sizeof(set), &set), 0);
    CHECK_EQUAL(CPU_COUNT(&set), 1);
    CHECK(CPU_ISSET(cpu, &set));
}

static void all_at_first(void)
{
    cpu_set_t set;

    CHECK_EQUAL(pthread_getaffinity_np(pthread_self(), sizeof(set), &set), 0);
    CHECK_EQUAL(CPU_COUNT(&set), cpu_total);
    for (int cpu = 0; cpu < cpu_total; cpu++)
        CHECK(CPU_ISSET(cpu, &set));
}

static void sends_itself(void)
{
    cpu_set_t all;

    CHECK_EQUAL(sched_getaffinity(0, sizeof(all), &all), 0);
    for (int cpu = 0; cpu < cpu_total; cpu++) {
        cpu_set_t set = only(cpu);

        CHECK_EQUAL(sched_setaffinity(0, sizeof(set), &set), 0);
        CHECK_EQUAL(sched_getcpu(), cpu); /* it is there when it returns */
        check_set(pthread_self(), cpu);
        arrive(cpu);
    }
    CHECK_EQUAL(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void *arrive_at(void *cpu)
{
    arrive((int)(long)cpu);
    return NULL;
}

static void others_are_sent(void)
{
    for (int cpu = 0; cpu < cpu_total; cpu++) {
        cpu_set_t set = only(cpu);
        pthread_t thread;

        CHECK_EQUAL(pthread_create(&thread, NULL, arrive_at, (void *)(long)cpu),
                    0);
        CHECK_EQUAL(pthread_setaffinity_np(thread, sizeof(set), &set), 0);
        check_set(thread, cpu);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
    }
}

static sem_t arrived;

static void *tell_arrival(void *cpu)
{
    arrive((int)(long)cpu);
    sem_post(&arrived);
    return NULL;
}

/* It has not begun when it is sent: it may begin on our CPU only. */
static void a_new_one_is_sent(void)
{
    int last = cpu_total - 1;
    cpu_set_t here = only(0), there = only(last), all;
    pthread_attr_t attr;
    pthread_t thread;

    CHECK_EQUAL(sched_getaffinity(0, sizeof(all), &all), 0);
    CHECK_EQUAL(sched_setaffinity(0, sizeof(here), &here), 0);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    CHECK_EQUAL(
        pthread_create(&thread, &attr, tell_arrival, (void *)(long)last), 0);
    CHECK_EQUAL(pthread_setaffinity_np(thread, sizeof(there), &there), 0);
    CHECK_EQUAL(sem_wait(&arrived), 0);
    pthread_attr_destroy(&attr);
    CHECK_EQUAL(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void *send_main(void *cpu)
{
    cpu_set_t set = only((int)(long)cpu);

    CHECK_EQUAL(pthread_setaffinity_np(main_thread, sizeof(set), &set), 0);
    check_set(main_thread, (int)(long)cpu);
    return NULL;
}

static void main_is_sent(void)
{
    cpu_set_t all;

    CHECK_EQUAL(sched_getaffinity(0, sizeof(all), &all), 0);
    for (int cpu = cpu_total - 1; cpu >= 0; cpu--) {
        pthread_t thread;

        CHECK_EQUAL(pthread_create(&thread, NULL, send_main, (void *)(long)cpu),
                    0);
        arrive(cpu);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        check_set(pthread_self(), cpu);
    }
    CHECK_EQUAL(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void mistakes(void)
{
    cpu_set_t set, none;

    CPU_ZERO(&none);
    set = only(cpu_total);
    CHECK_EQUAL(pthread_setaffinity_np(main_thread, sizeof(none), &none),
                EINVAL);
    CHECK_EQUAL(pthread_setaffinity_np(main_thread, sizeof(set), &set), EINVAL);
    CHECK_EQUAL(pthread_setaffinity_np(main_thread, 1, &set), EINVAL);
    CHECK_EQUAL(pthread_getaffinity_np(main_thread, 1, &set), EINVAL);
    CHECK_EQUAL(sched_setaffinity(0, sizeof(none), &none), -1);
    CHECK_EQUAL(errno, EINVAL);
    all_at_first(); /* nothing has changed */
}

int main(void)
{
    main_thread = pthread_self();
    await_cpus();
    cpu_total = (int)sysconf(_SC_NPROCESSORS_ONLN);
    sem_init(&arrived, 0, 0);
    printf("affinity: %d CPUs\n", cpu_total);
    RUN(all_at_first);
    RUN(sends_itself);
    RUN(others_are_sent);
    RUN(a_new_one_is_sent);
    RUN(main_is_sent);
    RUN(mistakes);
    return check_failures != 0;
}
