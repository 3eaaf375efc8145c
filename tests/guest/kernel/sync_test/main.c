/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sync_test: do mutexes, condition variables and semaphores exclude and wake?
 *
 * What: what a mutex guards is changed by one thread at a time; a bounded
 * buffer delivers each item once and never overflows; no more threads pass a
 * semaphore than it has room for; all of them give up at their deadline, not
 * before, and work on afterwards.
 *
 * How: threads give the CPU away in the very middle of what must not be
 * interrupted. The same without the mutex must go wrong: else the test could
 * not fail.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "sched/timer.h"
#include "tests/guest/guest.h"

#define THREADS 8
#define ROUNDS  300

static struct thread *start(const char *name, void (*entry)(void *),
                            unsigned long argument)
{
    struct thread *thread = thread_create(name, entry, (void *)argument, 0);

    CHECK(thread);
    return thread;
}

static void run_all(const char *name, void (*entry)(void *))
{
    struct thread *threads[THREADS];

    for (unsigned long i = 0; i < THREADS; i++)
        threads[i] = start(name, entry, i);
    for (unsigned int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
}

/* ---- Mutex --------------------------------------------------------------- */

static struct mutex mutex = MUTEX_INIT(mutex);
static volatile unsigned long counter;

static void count(void *argument)
{
    bool locked = argument;

    for (unsigned int i = 0; i < ROUNDS; i++) {
        unsigned long seen;

        if (locked)
            mutex_lock(&mutex);
        seen = counter;
        thread_yield();
        counter = seen + 1;
        if (locked)
            mutex_unlock(&mutex);
    }
}

static void count_locked(void *argument)
{
    (void)argument;
    count(&mutex);
}

static void count_freely(void *argument)
{
    (void)argument;
    count(NULL);
}

static struct semaphore held, let_go;

static void hold(void *argument)
{
    (void)argument;
    mutex_lock(&mutex);
    semaphore_up(&held);
    (void)semaphore_down(&let_go, TIME_NEVER);
    mutex_unlock(&mutex);
}

static void test_mutex(void)
{
    struct thread *holder;
    uint64_t deadline;

    counter = 0;
    run_all("counter", count_freely);
    CHECK(counter < THREADS * ROUNDS);
    counter = 0;
    run_all("counter", count_locked);
    CHECK_EQUAL(counter, THREADS * ROUNDS);

    semaphore_init(&held, 0);
    semaphore_init(&let_go, 0);
    holder = start("holder", hold, 0);
    CHECK_EQUAL(semaphore_down(&held, TIME_NEVER), 0);
    CHECK_EQUAL(mutex_trylock(&mutex), -K_EBUSY);
    deadline = time_monotonic() + 2 * NS_PER_MS;
    CHECK_EQUAL(mutex_lock_until(&mutex, deadline), -K_ETIMEDOUT);
    CHECK(time_monotonic() >= deadline);
    CHECK_EQUAL(mutex_lock_until(&mutex, 0), -K_ETIMEDOUT);
    semaphore_up(&let_go);
    mutex_lock(&mutex); /* waits for the holder's end */
    mutex_unlock(&mutex);
    CHECK_EQUAL(mutex_trylock(&mutex), 0);
    mutex_unlock(&mutex);
    CHECK_EQUAL(mutex_lock_until(&mutex, 0), 0); /* free: no wait, no error */
    mutex_unlock(&mutex);
    thread_join(holder);
}

/* ---- Bounded buffer ------------------------------------------------------ */

#define SLOTS 5
#define ITEMS 400 /* of each producer */

static struct cond not_full = COND_INIT(not_full);
static struct cond not_empty = COND_INIT(not_empty);
static unsigned long slots[SLOTS];
static unsigned int used, put_at, get_at;
static unsigned char seen[THREADS / 2 * ITEMS];

static void produce(unsigned long item)
{
    mutex_lock(&mutex);
    while (used == SLOTS)
        (void)cond_wait(&not_full, &mutex, TIME_NEVER);
    slots[put_at] = item;
    put_at = (put_at + 1) % SLOTS;
    used++;
    CHECK(used <= SLOTS);
    cond_signal(&not_empty);
    mutex_unlock(&mutex);
}

static unsigned long consume(void)
{
    unsigned long item;

    mutex_lock(&mutex);
    while (!used)
        (void)cond_wait(&not_empty, &mutex, TIME_NEVER);
    item = slots[get_at];
    get_at = (get_at + 1) % SLOTS;
    used--;
    cond_signal(&not_full);
    mutex_unlock(&mutex);
    return item;
}

/* Even numbers produce, odd ones consume. */
static void work(void *argument)
{
    unsigned long self = (unsigned long)argument;

    for (unsigned long i = 0; i < ITEMS; i++) {
        if (self % 2 == 0) {
            produce(self / 2 * ITEMS + i);
        } else {
            unsigned long item = consume();

            CHECK(item < sizeof(seen));
            CHECK(!seen[item]);
            seen[item] = 1;
        }
        if (i % (3 + self) == 0)
            thread_yield();
    }
}

static void test_buffer(void)
{
    run_all("worker", work);
    for (unsigned int i = 0; i < sizeof(seen); i++)
        CHECK(seen[i]);
    CHECK_EQUAL(used, 0);
}

/* ---- Condition variable -------------------------------------------------- */

static unsigned int waiting, passed, order[THREADS];

static void wait_for_go(void *argument)
{
    mutex_lock(&mutex);
    waiting++;
    CHECK_EQUAL(cond_wait(&not_empty, &mutex, TIME_NEVER), 0);
    order[passed++] = (unsigned int)(unsigned long)argument;
    mutex_unlock(&mutex);
}

static void test_cond(void)
{
    struct thread *threads[THREADS];
    uint64_t deadline = time_monotonic() + 2 * NS_PER_MS;

    mutex_lock(&mutex);
    CHECK_EQUAL(cond_wait(&not_full, &mutex, deadline), -K_ETIMEDOUT);
    CHECK(time_monotonic() >= deadline);
    CHECK_EQUAL(mutex_trylock(&mutex), -K_EBUSY); /* we have it again */
    mutex_unlock(&mutex);

    for (unsigned long i = 0; i < THREADS; i++)
        threads[i] = start("waiter", wait_for_go, i);
    while (waiting < THREADS)
        thread_yield();
    mutex_lock(&mutex);
    cond_signal(&not_empty); /* one, the first */
    mutex_unlock(&mutex);
    thread_sleep(2 * NS_PER_MS);
    CHECK_EQUAL(passed, 1);
    CHECK_EQUAL(order[0], 0);
    mutex_lock(&mutex);
    cond_broadcast(&not_empty); /* all the others */
    mutex_unlock(&mutex);
    for (unsigned int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
    CHECK_EQUAL(passed, THREADS);
    cond_signal(&not_empty); /* nobody waits: it is not kept */
    mutex_lock(&mutex);
    CHECK_EQUAL(cond_wait(&not_empty, &mutex, time_monotonic()), -K_ETIMEDOUT);
    mutex_unlock(&mutex);
}

/* ---- Semaphore ----------------------------------------------------------- */

#define ROOM 3

static struct semaphore semaphore;
static unsigned int inside, most_inside;

static void visit(void *argument)
{
    (void)argument;
    for (unsigned int i = 0; i < ROUNDS / 10; i++) {
        CHECK_EQUAL(semaphore_down(&semaphore, TIME_NEVER), 0);
        mutex_lock(&mutex);
        inside++;
        CHECK(inside <= ROOM);
        if (inside > most_inside)
            most_inside = inside;
        mutex_unlock(&mutex);
        thread_yield();
        mutex_lock(&mutex);
        inside--;
        mutex_unlock(&mutex);
        semaphore_up(&semaphore);
    }
}

static void up_later(struct timer *timer)
{
    (void)timer;
    semaphore_up(&semaphore); /* an event handler may */
}

static void test_semaphore(void)
{
    struct timer timer = {.expired = up_later};
    uint64_t deadline;

    semaphore_init(&semaphore, ROOM);
    run_all("visitor", visit);
    CHECK_EQUAL(most_inside, ROOM);

    semaphore_init(&semaphore, 1);
    CHECK_EQUAL(semaphore_down(&semaphore, 0), 0);
    CHECK_EQUAL(semaphore_down(&semaphore, 0), -K_ETIMEDOUT);
    deadline = time_monotonic() + 2 * NS_PER_MS;
    CHECK_EQUAL(semaphore_down(&semaphore, deadline), -K_ETIMEDOUT);
    CHECK(time_monotonic() >= deadline);
    timer_start(&timer, time_monotonic() + NS_PER_MS);
    CHECK_EQUAL(semaphore_down(&semaphore, TIME_NEVER), 0);
    for (unsigned int i = 0; i < ROUNDS; i++)
        semaphore_up(&semaphore);
    for (unsigned int i = 0; i < ROUNDS; i++)
        CHECK_EQUAL(semaphore_down(&semaphore, 0), 0);
    CHECK_EQUAL(semaphore_down(&semaphore, 0), -K_ETIMEDOUT);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    test_mutex();
    printk("sync_test: mutex: ok\n");
    test_buffer();
    printk("sync_test: bounded buffer: ok\n");
    test_cond();
    printk("sync_test: condition variable: ok\n");
    test_semaphore();
    printk("sync_test: semaphore: ok\n");
    printk("sync_test: all ok\n");
    return 0;
}
