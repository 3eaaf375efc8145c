/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthreads: do POSIX threads and all that synchronises them keep their word?
 *
 * Nothing here depends on how fast the machine is: a wait with a deadline must
 * not end before it, and may end any time after.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

#define THREADS 5

int pthread_setname_np(pthread_t, const char *);

/* Run `function` in THREADS threads with 0, 1, ... and wait for all. Returns
 * the sum of their results. */
static long in_threads(void *(*function)(void *))
{
    pthread_t threads[THREADS];
    long sum = 0;

    for (long i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, function, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;

        CHECK_EQUAL(pthread_join(threads[i], &result), 0);
        sum += (long)result;
    }
    return sum;
}

static struct timespec soon(clockid_t clock, long ms)
{
    struct timespec time;

    clock_gettime(clock, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static int is_past(clockid_t clock, const struct timespec *time)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec > time->tv_sec ||
           (now.tv_sec == time->tv_sec && now.tv_nsec >= time->tv_nsec);
}

/* ---- Threads ------------------------------------------------------------- */

static void *exit_deep(void *argument)
{
    pthread_exit((char *)argument + 1);
}

static void *check_self(void *argument)
{
    CHECK(pthread_equal(pthread_self(), *(pthread_t *)argument));
    CHECK_EQUAL(pthread_join(pthread_self(), NULL), EDEADLK);
    return NULL;
}

static sem_t detached_done;

static void *detached(void *argument)
{
    (void)argument;
    sem_post(&detached_done);
    return NULL;
}

static void lives(void)
{
    static pthread_t thread; /* the thread reads it too */
    pthread_attr_t attr;
    void *result;

    CHECK_EQUAL(in_threads(exit_deep), 0 + 1 + 2 + 3 + 4 + THREADS);
    sem_init(&detached_done, 0, 0);
    for (int i = 0; i < 100; i++) {
        CHECK_EQUAL(pthread_create(&thread, NULL, detached, NULL), 0);
        CHECK_EQUAL(pthread_detach(thread), 0);
    }
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 100; i++)
        CHECK_EQUAL(pthread_create(&thread, &attr, detached, NULL), 0);
    for (int i = 0; i < 200; i++)
        sem_wait(&detached_done);
    CHECK_EQUAL(pthread_create(&thread, NULL, check_self, &thread), 0);
    CHECK_EQUAL(pthread_setname_np(thread, "checker"), 0);
    CHECK_EQUAL(pthread_setname_np(thread, "much too long a name"), ERANGE);
    CHECK_EQUAL(pthread_cancel(thread), ENOTSUP);
    CHECK_EQUAL(pthread_join(thread, &result), 0);
}

/* A thread takes memory; a thousand one after the other must give it back. */
static void many_threads(void)
{
    long before = sysconf(_SC_AVPHYS_PAGES);

    for (int i = 0; i < 300; i++)
        in_threads(exit_deep);
    CHECK(sysconf(_SC_AVPHYS_PAGES) > before - 200);
}

static void *use_errno(void *argument)
{
    long number = (long)argument;

    for (int i = 0; i < 200; i++) {
        errno = (int)number + 1000;
        sched_yield();
        CHECK_EQUAL(errno, number + 1000);
    }
    return NULL;
}

static void errno_per_thread(void)
{
    errno = 5;
    in_threads(use_errno);
    CHECK_EQUAL(errno, 5);
}

/* Each thread computes with floats while the others do, across preemption. */
static void *compute(void *argument)
{
    double start = (double)(long)argument;
    volatile double sum = start;

    for (int i = 1; i <= 200000; i++)
        sum += 0.5;
    CHECK(sum == start + 100000.0);
    return NULL;
}

static void floats(void)
{
    in_threads(compute);
}

/* ---- Mutexes ------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long total;

static void *add_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++) {
        long seen;

        pthread_mutex_lock(&mutex);
        seen = total;
        if (i % 10 == 0)
            sched_yield();
        total = seen + 1;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *try_busy(void *argument)
{
    struct timespec deadline = soon(CLOCK_REALTIME, 3);

    CHECK_EQUAL(pthread_mutex_trylock(argument), EBUSY);
    CHECK_EQUAL(pthread_mutex_timedlock(argument, &deadline), ETIMEDOUT);
    CHECK(is_past(CLOCK_REALTIME, &deadline));
    return NULL;
}

static void with_other(void *(*function)(void *), void *argument)
{
    pthread_t thread;

    CHECK_EQUAL(pthread_create(&thread, NULL, function, argument), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

static void *unlock_foreign(void *argument)
{
    CHECK_EQUAL(pthread_mutex_unlock(argument), EPERM);
    return NULL;
}

static void *lock_and_unlock(void *argument)
{
    CHECK_EQUAL(pthread_mutex_lock(argument), 0);
    CHECK_EQUAL(pthread_mutex_unlock(argument), 0);
    return NULL;
}

/* Those who wait are not forgotten, if another gives up waiting, or takes the
 * mutex before them. */
static void overtaken(void)
{
    pthread_t threads[2];

    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, lock_and_unlock, &mutex),
                    0);
    sched_yield(); /* they wait now */
    with_other(try_busy, &mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&mutex);
    with_other(try_busy, &mutex);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    CHECK_EQUAL(pthread_mutex_trylock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_trylock(&mutex), EBUSY);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
}

static void mutexes(void)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t recursive, checking;

    in_threads(add_many);
    CHECK_EQUAL(total, THREADS * 500);
    pthread_mutex_lock(&mutex);
    with_other(try_busy, &mutex);
    pthread_mutex_unlock(&mutex);
    overtaken();

    pthread_mutexattr_init(&attr);
    CHECK_EQUAL(pthread_mutexattr_settype(&attr, 99), EINVAL);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attr);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(pthread_mutex_lock(&recursive), 0);
    CHECK_EQUAL(pthread_mutex_trylock(&recursive), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(pthread_mutex_unlock(&recursive), 0);
    with_other(try_busy, &recursive);
    CHECK_EQUAL(pthread_mutex_unlock(&recursive), 0);
    CHECK_EQUAL(pthread_mutex_unlock(&recursive), EPERM);
    CHECK_EQUAL(pthread_mutex_destroy(&recursive), 0);

    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &attr);
    CHECK_EQUAL(pthread_mutex_lock(&checking), 0);
    CHECK_EQUAL(pthread_mutex_lock(&checking), EDEADLK);
    CHECK_EQUAL(pthread_mutex_destroy(&checking), EBUSY);
    with_other(unlock_foreign, &checking);
    CHECK_EQUAL(pthread_mutex_unlock(&checking), 0);
}

/* ---- Conditions ---------------------------------------------------------- */

static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int waiting, released;

static void *wait_for_release(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    waiting++;
    while (!released)
        pthread_cond_wait(&cond, &mutex);
    waiting--;
    pthread_mutex_unlock(&mutex);
    return (void *)1;
}

static void *release_all(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    while (waiting < THREADS) {
        pthread_mutex_unlock(&mutex);
        sched_yield();
        pthread_mutex_lock(&mutex);
    }
    released = 1;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void timed_wait(clockid_t clock)
{
    pthread_condattr_t attr;
    pthread_cond_t timed;
    struct timespec deadline;
    int error = 0;

    pthread_condattr_init(&attr);
    CHECK_EQUAL(pthread_condattr_setclock(&attr, clock), 0);
    pthread_cond_init(&timed, &attr);
    deadline = soon(clock, 4);
    pthread_mutex_lock(&mutex);
    while (error == 0)
        error = pthread_cond_timedwait(&timed, &mutex, &deadline);
    CHECK_EQUAL(error, ETIMEDOUT);
    CHECK(is_past(clock, &deadline));
    /* The mutex is ours again. */
    with_other(try_busy, &mutex);
    pthread_mutex_unlock(&mutex);
    CHECK_EQUAL(pthread_cond_destroy(&timed), 0);
}

static void conditions(void)
{
    pthread_t releaser;

    CHECK_EQUAL(pthread_create(&releaser, NULL, release_all, NULL), 0);
    CHECK_EQUAL(in_threads(wait_for_release), THREADS);
    pthread_join(releaser, NULL);
    CHECK_EQUAL(waiting, 0);
    timed_wait(CLOCK_REALTIME);
    timed_wait(CLOCK_MONOTONIC);
}

/* A pipe of one place: every value must come out once and in order. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int full;
    long value;
} cell = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void *produce(void *argument)
{
    (void)argument;
    for (long i = 1; i <= 2000; i++) {
        pthread_mutex_lock(&cell.lock);
        while (cell.full)
            pthread_cond_wait(&cell.changed, &cell.lock);
        cell.value = i;
        cell.full = 1;
        pthread_cond_signal(&cell.changed);
        pthread_mutex_unlock(&cell.lock);
    }
    return NULL;
}

static void producer_and_consumer(void)
{
    pthread_t producer;

    CHECK_EQUAL(pthread_create(&producer, NULL, produce, NULL), 0);
    for (long i = 1; i <= 2000; i++) {
        pthread_mutex_lock(&cell.lock);
        while (!cell.full)
            pthread_cond_wait(&cell.changed, &cell.lock);
        CHECK_EQUAL(cell.value, i);
        cell.full = 0;
        pthread_cond_signal(&cell.changed);
        pthread_mutex_unlock(&cell.lock);
    }
    pthread_join(producer, NULL);
}

/* ---- Read-write locks ---------------------------------------------------- */

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2]; /* equal whenever a reader looks */
static int readers_now, readers_most;

static void *read_or_write(void *argument)
{
    long writer = (long)argument % 2;

    for (int i = 0; i < 200; i++) {
        if (writer) {
            pthread_rwlock_wrlock(&rwlock);
            pair[0]++;
            sched_yield();
            pair[1]++;
            pthread_rwlock_unlock(&rwlock);
        } else {
            pthread_rwlock_rdlock(&rwlock);
            __atomic_add_fetch(&readers_now, 1, __ATOMIC_SEQ_CST);
            if (readers_now > readers_most)
                readers_most = readers_now;
            CHECK_EQUAL(pair[0], pair[1]);
            sched_yield();
            CHECK_EQUAL(pair[0], pair[1]);
            __atomic_sub_fetch(&readers_now, 1, __ATOMIC_SEQ_CST);
            pthread_rwlock_unlock(&rwlock);
        }
    }
    return NULL;
}

static void *try_rwlock(void *argument)
{
    int shared = *(int *)argument;
    struct timespec deadline = soon(CLOCK_REALTIME, 2);

    CHECK_EQUAL(pthread_rwlock_trywrlock(&rwlock), EBUSY);
    CHECK_EQUAL(pthread_rwlock_timedwrlock(&rwlock, &deadline), ETIMEDOUT);
    CHECK_EQUAL(pthread_rwlock_tryrdlock(&rwlock), shared ? 0 : EBUSY);
    if (shared)
        CHECK_EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    return NULL;
}

static void rwlocks(void)
{
    int shared;

    in_threads(read_or_write);
    CHECK_EQUAL(pair[0], 2 * 200);
    CHECK(readers_most > 1);
    pthread_rwlock_wrlock(&rwlock);
    CHECK_EQUAL(pthread_rwlock_rdlock(&rwlock), EDEADLK);
    shared = 0;
    with_other(try_rwlock, &shared);
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_rdlock(&rwlock);
    shared = 1;
    with_other(try_rwlock, &shared);
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    CHECK_EQUAL(pthread_rwlock_unlock(&rwlock), EPERM);
}

/* ---- Barriers, once, spinlocks ------------------------------------------- */

static pthread_barrier_t barrier;
static int arrivals[20];

static void *meet(void *argument)
{
    long serial = 0;

    (void)argument;
    for (int i = 0; i < 20; i++) {
        int result;

        __atomic_add_fetch(&arrivals[i], 1, __ATOMIC_SEQ_CST);
        result = pthread_barrier_wait(&barrier);
        CHECK_EQUAL(arrivals[i], THREADS);
        if (result == PTHREAD_BARRIER_SERIAL_THREAD)
            serial++;
        else
            CHECK_EQUAL(result, 0);
    }
    return (void *)serial;
}

static void barriers(void)
{
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    CHECK_EQUAL(in_threads(meet), 20);
    CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile int once_runs, once_finished;

static void initialise(void)
{
    once_runs++;
    usleep(2000);
    once_finished = 1;
}

static void *call_once(void *argument)
{
    (void)argument;
    pthread_once(&once, initialise);
    CHECK_EQUAL(once_finished, 1);
    return NULL;
}

static void once_only(void)
{
    in_threads(call_once);
    CHECK_EQUAL(once_runs, 1);
}

static pthread_spinlock_t spin;
static long spun;

static void *spin_add(void *argument)
{
    (void)argument;
    for (int i = 0; i < 200; i++) {
        long seen;

        pthread_spin_lock(&spin);
        seen = spun;
        if (i % 20 == 0)
            sched_yield(); /* as if preempted with the lock held */
        spun = seen + 1;
        pthread_spin_unlock(&spin);
    }
    return NULL;
}

static void spinlocks(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    in_threads(spin_add);
    CHECK_EQUAL(spun, THREADS * 200);
    pthread_spin_lock(&spin);
    CHECK_EQUAL(pthread_spin_trylock(&spin), EBUSY);
    pthread_spin_unlock(&spin);
}

/* ---- Keys ---------------------------------------------------------------- */

static pthread_key_t key, again;
static atomic_int destroyed, destroyed_again;

static void destroy(void *value)
{
    CHECK(pthread_getspecific(key) == NULL);
    destroyed += *(int *)value;
    free(value);
    pthread_setspecific(again, (void *)1);
}

static void destroy_again(void *value)
{
    (void)value;
    destroyed_again++;
}

static void *use_key(void *argument)
{
    int *value = malloc(sizeof(*value));

    CHECK(pthread_getspecific(key) == NULL);
    *value = (int)(long)argument + 1;
    CHECK_EQUAL(pthread_setspecific(key, value), 0);
    sched_yield();
    CHECK(pthread_getspecific(key) == value);
    return NULL;
}

static void keys(void)
{
    pthread_key_t reused, last = 0;
    int count = 0;

    CHECK_EQUAL(pthread_key_create(&key, destroy), 0);
    CHECK_EQUAL(pthread_key_create(&again, destroy_again), 0);
    in_threads(use_key);
    CHECK_EQUAL(destroyed, 1 + 2 + 3 + 4 + 5);
    CHECK_EQUAL(destroyed_again, THREADS);
    CHECK_EQUAL(pthread_setspecific(key, &count), 0);
    CHECK_EQUAL(pthread_key_delete(key), 0);
    CHECK_EQUAL(pthread_key_delete(key), EINVAL);
    CHECK_EQUAL(pthread_setspecific(key, &count), EINVAL);
    /* A new key in the old place must not show the old value. */
    CHECK_EQUAL(pthread_key_create(&reused, NULL), 0);
    CHECK(pthread_getspecific(reused) == NULL);
    while (pthread_key_create(&last, NULL) == 0)
        count++;
    CHECK(count >= PTHREAD_KEYS_MAX - 5 && count < PTHREAD_KEYS_MAX);
}

/* ---- Semaphores ---------------------------------------------------------- */

static sem_t places, items;
static int taken;

static void *take_items(void *argument)
{
    (void)argument;
    for (int i = 0; i < 100; i++) {
        sem_wait(&items);
        __atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST);
        sem_post(&places);
    }
    return NULL;
}

static void *fill_places(void *argument)
{
    (void)argument;
    for (int i = 0; i < THREADS * 100; i++) {
        sem_wait(&places);
        sem_post(&items);
    }
    return NULL;
}

static void semaphores(void)
{
    struct timespec deadline = soon(CLOCK_REALTIME, 3);
    pthread_t filler;
    int value;

    CHECK_EQUAL(sem_init(&places, 0, 3), 0);
    CHECK_EQUAL(sem_init(&items, 0, 0), 0);
    CHECK_EQUAL(pthread_create(&filler, NULL, fill_places, NULL), 0);
    in_threads(take_items);
    pthread_join(filler, NULL);
    CHECK_EQUAL(taken, THREADS * 100);
    CHECK_EQUAL(sem_getvalue(&places, &value), 0);
    CHECK_EQUAL(value, 3);
    errno = 0;
    CHECK(sem_trywait(&items) == -1 && errno == EAGAIN);
    errno = 0;
    CHECK(sem_timedwait(&items, &deadline) == -1 && errno == ETIMEDOUT);
    CHECK(is_past(CLOCK_REALTIME, &deadline));
    CHECK_EQUAL(sem_trywait(&places), 0);
}

/* ---- The rest ------------------------------------------------------------ */

static atomic_int cleaned;

static void clean(void *argument)
{
    cleaned = cleaned * 10 + (int)(long)argument;
}

static void *exit_with_handlers(void *argument)
{
    pthread_cleanup_push(clean, (void *)1L);
    pthread_cleanup_push(clean, (void *)2L);
    pthread_cleanup_push(clean, (void *)3L);
    pthread_cleanup_pop(0);
    if (argument != NULL)
        pthread_exit(NULL);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void cleanup_handlers(void)
{
    with_other(exit_with_handlers, NULL);
    CHECK_EQUAL(cleaned, 21);
    cleaned = 0;
    with_other(exit_with_handlers, &cleaned);
    CHECK_EQUAL(cleaned, 21);
}

static _Thread_local long own = 40;
static _Thread_local long own_zero;

static void *use_own(void *argument)
{
    CHECK_EQUAL(own, 40);
    own += (long)argument;
    own_zero -= (long)argument;
    sched_yield();
    CHECK_EQUAL(own, 40 + (long)argument);
    CHECK_EQUAL(own_zero, -(long)argument);
    return NULL;
}

static void thread_local_variables(void)
{
    own = 1;
    in_threads(use_own);
    CHECK_EQUAL(own, 1);
    CHECK_EQUAL(own_zero, 0);
}

/* The test reads these: each line must be whole. */
static void *print_lines(void *argument)
{
    for (int i = 0; i < 40; i++)
        printf("line %d of thread %ld: %s %.3f\n", i, (long)argument,
               "abcdefghijklmnopqrstuvwxyz", i / 8.0);
    return NULL;
}

static void printing(void)
{
    in_threads(print_lines);
}

int main(void)
{
    RUN(lives);
    RUN(errno_per_thread);
    RUN(floats);
    RUN(mutexes);
    RUN(conditions);
    RUN(producer_and_consumer);
    RUN(rwlocks);
    RUN(barriers);
    RUN(once_only);
    RUN(spinlocks);
    RUN(keys);
    RUN(semaphores);
    RUN(cleanup_handlers);
    RUN(thread_local_variables);
    RUN(printing);
    RUN(many_threads);
    return check_failures != 0;
}
