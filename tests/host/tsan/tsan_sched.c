/* SPDX-License-Identifier: BSD-2-Clause */
// uses: sched/spinlock.c sched/switch.c sched/balance.c sched/timer.c
// uses: sched/wake.c sched/wait.c sched/thread.c sched/sync.c
/*
 * tsan_sched.c: the scheduler itself, with its locks, queues, timers, threads
 * and what they synchronise with, on several CPUs under ThreadSanitizer. What
 * the threads share is plain memory: a lock that does not put accesses in
 * order is found, and so is a field of the scheduler used without its lock.
 */
#include "cpus.h"
#include "coracle/list.h"
#include "coracle/sync.h"
#include "coracle/thread.h"

#define CPUS    4
#define THREADS 12
#define TURNS   200

static struct thread *create(void (*entry)(void *), void *argument)
{
    struct thread *thread = thread_create("test", entry, argument, 0);

    CHECK(thread);
    return thread;
}

static void in_threads(void (*entry)(void *))
{
    struct thread *threads[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++)
        threads[i] = create(entry, (void *)i);
    for (unsigned int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
}

/* ---- Spinlocks ----------------------------------------------------------- */

static struct spinlock spin;
static struct mutex mutex = MUTEX_INIT(mutex);
static struct cond cond = COND_INIT(cond);
static struct semaphore semaphore;
static struct waitq wq = WAITQ_INIT(wq);
static unsigned long counter;

static void count_spinning(void *argument)
{
    (void)argument;
    for (int i = 0; i < 10 * TURNS; i++) {
        spin_lock(&spin);
        counter++;
        spin_unlock(&spin);
    }
}

static void spinlocks_main(void)
{
    in_threads(count_spinning);
    CHECK_EQUAL(counter, 10 * TURNS * THREADS);
}

TEST(spinlocks)
{
    cpus_run(CPUS, spinlocks_main);
}

/* ---- Mutexes ------------------------------------------------------------- */

static void count_locked(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        mutex_lock(&mutex);
        counter++;
        if (i % 8 == 0)
            thread_yield();
        counter++;
        mutex_unlock(&mutex);
        if (i % 16 == 0)
            thread_yield();
    }
}

static void mutexes_main(void)
{
    in_threads(count_locked);
    CHECK_EQUAL(counter, 2 * TURNS * THREADS);
}

TEST(mutexes)
{
    cpus_run(CPUS, mutexes_main);
}

/* ---- Condition variables: places in a ring ------------------------------- */

#define PLACES 4
static unsigned long places[PLACES], put_count, got_count, sum;

static void put_or_get(void *argument)
{
    bool puts = (uintptr_t)argument % 2;

    for (int i = 0; i < TURNS; i++) {
        mutex_lock(&mutex);
        while (puts ? put_count - got_count == PLACES : put_count == got_count)
            (void)cond_wait(&cond, &mutex, TIME_NEVER);
        if (puts) {
            places[put_count % PLACES] = put_count;
            put_count++;
        } else {
            sum += places[got_count++ % PLACES];
        }
        cond_broadcast(&cond);
        mutex_unlock(&mutex);
    }
}

static void conditions_main(void)
{
    unsigned long all = TURNS * THREADS / 2;

    in_threads(put_or_get);
    CHECK_EQUAL(sum, all * (all - 1) / 2);
}

TEST(conditions)
{
    cpus_run(CPUS, conditions_main);
}

/* ---- Semaphores and timers ----------------------------------------------- */

static void up_and_down(void *argument)
{
    unsigned int number = (unsigned int)(uintptr_t)argument;

    for (unsigned int i = 0; i < TURNS; i++) {
        uint64_t deadline = time_monotonic() + NS_PER_US * (i % 64);

        if (number % 2)
            semaphore_up(&semaphore);
        else if (semaphore_down(&semaphore, i % 2 ? TIME_NEVER : deadline))
            while (semaphore_down(&semaphore, TIME_NEVER))
                ;
    }
}

static void semaphores_main(void)
{
    semaphore_init(&semaphore, 0);
    in_threads(up_and_down);
    CHECK_EQUAL(semaphore.count, 0);
}

TEST(semaphores)
{
    cpus_run(CPUS, semaphores_main);
}

/* ---- Waits that end by a wake-up or by their deadline, at the same time ----
 */

static unsigned long woken, timed_out;

static void wait_briefly(void *argument)
{
    unsigned int number = (unsigned int)(uintptr_t)argument;

    for (unsigned int i = 0; i < TURNS; i++) {
        spin_lock(&spin);
        if (number % 3 == 0)
            waitq_wake_all(&wq);
        else if (waitq_wait(&wq, &spin, time_monotonic() + NS_PER_US * i))
            timed_out++;
        else
            woken++;
        spin_unlock(&spin);
        if (number % 3 == 0)
            thread_sleep(20 * NS_PER_US);
    }
}

static void waits_main(void)
{
    in_threads(wait_briefly);
    CHECK_EQUAL(woken + timed_out, TURNS * THREADS * 2 / 3);
    CHECK(timed_out);
}

TEST(timed_waits)
{
    cpus_run(CPUS, waits_main);
}

/* ---- Threads come and go ------------------------------------------------- */

static void end(void *argument)
{
    *(unsigned long *)argument += 1;
}

static void end_detached(void *argument)
{
    (void)argument;
    semaphore_up(&semaphore);
}

static void create_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS / 8; i++) {
        unsigned long result = 0;
        struct thread *thread = create(end, &result);

        thread_detach(create(end_detached, NULL));
        thread_join(thread);
        CHECK_EQUAL(result, 1);
    }
}

static void storms_main(void)
{
    semaphore_init(&semaphore, 0);
    in_threads(create_many);
    for (int i = 0; i < TURNS / 8 * THREADS; i++)
        CHECK(!semaphore_down(&semaphore, TIME_NEVER));
}

TEST(create_and_join_storms)
{
    cpus_run(CPUS, storms_main);
}

/* ---- Affinity ------------------------------------------------------------ */

static void wander(void *argument)
{
    unsigned int number = (unsigned int)(uintptr_t)argument;

    for (unsigned int i = 0; i < TURNS; i++) {
        CHECK(!thread_set_affinity(thread_self(), 1UL << (i + number) % CPUS));
        cpus_point();
        mutex_lock(&mutex);
        counter++;
        mutex_unlock(&mutex);
    }
}

static void affinity_main(void)
{
    while (thread_set_affinity(thread_self(), 1UL << (CPUS - 1)))
        thread_yield(); /* until the last CPU is there */
    CHECK(!thread_set_affinity(thread_self(), ~0UL));
    in_threads(wander);
    CHECK_EQUAL(counter, TURNS * THREADS);
}

TEST(affinity)
{
    cpus_run(CPUS, affinity_main);
}
