/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lockcheck: does the lock checker (sched/spinlock_checked.c) find mistakes?
 *
 * The argument names a mistake, which is then made; the guest must crash with
 * the checker's words. Two come in pairs with what is right: `wakeup` waits
 * without the monitor rule of coracle/thread.h and loses a wake-up, which a
 * watchdog notices (status 3); `monitor` does the same work by the rule and
 * ends well. `use` takes as many of the kernel's locks as a program can reach
 * and prints the order that the checker saw, for docs/locks.md.
 */
#include "tests/guest/guest.h"
#include "arch/x86/percpu.h"
#include "coracle/cpus.h"
#include "coracle/entropy.h"
#include "coracle/memory.h"
#include "coracle/spinlock.h"
#include "coracle/sync.h"
#include "lib/string.h"
#include "mm/area.h"
#include "sched/timer.h"
#include "xen/grant.h"

#define ROUNDS 2000

/* So long without a round is too long. */
#define QUIET   (500 * NS_PER_MS) /* where that is what shall happen */
#define PATIENT (30 * NS_PER_S)   /* where it shall not: the host may be busy */

static struct spinlock a, b, c;

/* ---- Mistakes that end in a panic ---------------------------------------- */

static void take_both(struct spinlock *first, struct spinlock *second)
{
    spin_lock(first);
    spin_lock(second);
    spin_unlock(second);
    spin_unlock(first);
}

/* a before b, b before c, and then, much later, c before a. */
static void order(void)
{
    spin_lock(&a);
    spin_lock(&b);
    spin_unlock(&b);
    spin_unlock(&a);
    spin_lock(&b);
    spin_lock(&c);
    spin_unlock(&c);
    spin_unlock(&b);
    take_both(&c, &a);
}

struct pair {
    struct spinlock lock;
};

/* Nothing says which of two equals comes first. */
static void equals(void)
{
    struct pair pairs[2] = {{SPINLOCK_INIT}, {SPINLOCK_INIT}};

    for (struct pair *pair = pairs; pair < pairs + 2; pair++)
        spin_lock(&pair->lock);
    for (struct pair *pair = pairs; pair < pairs + 2; pair++)
        spin_unlock(&pair->lock);
}

static void twice(void)
{
    spin_lock(&a);
    spin_lock(&a);
}

static void not_held(void)
{
    spin_unlock(&a);
}

static void hold_for_ever(void *argument)
{
    (void)argument;
    spin_lock(&a);
    WRITE_ONCE(c.held, 1); /* only a flag here */
    while (READ_ONCE(c.held))
        __builtin_ia32_pause();
}

/* Release what another CPU holds. */
static void foreign(void)
{
    struct thread *other;

    while (cpu_count() < 2)
        thread_sleep(NS_PER_MS);
    CHECK(!thread_set_affinity(thread_self(), 1));
    other = thread_create("other", hold_for_ever, NULL, 0);
    CHECK(other && !thread_set_affinity(other, 2));
    while (!READ_ONCE(c.held))
        thread_sleep(NS_PER_MS);
    spin_unlock(&a);
}

static void sleep_with_lock(void)
{
    spin_lock(&a);
    thread_sleep(NS_PER_MS);
}

static void yield_with_lock(void)
{
    spin_lock(&a);
    thread_yield();
}

/* The mutex is free, so that nobody sleeps; one day it will not be. */
static void mutex_with_lock(void)
{
    static struct mutex mutex = MUTEX_INIT(mutex);

    spin_lock(&a);
    mutex_lock(&mutex);
}

static void leave_locked(struct timer *timer)
{
    (void)timer;
    spin_lock(&a);
}

static void leave(void)
{
    static struct timer timer = {.expired = leave_locked};

    timer_start(&timer, time_monotonic() + NS_PER_MS);
    thread_sleep(NS_PER_S);
}

static void per_cpu(void)
{
    printk("CPU %u\n", cpu_this()->id);
}

/* ---- A wake-up that is lost ---------------------------------------------- */

static struct waitq wq = WAITQ_INIT(wq);
static bool full;
static unsigned int rounds;

static void put(void *argument)
{
    (void)argument;
    for (unsigned int i = 0; i < ROUNDS; i++) {
        spin_lock(&a);
        while (full)
            waitq_wait(&wq, &a, TIME_NEVER);
        full = true;
        waitq_wake_all(&wq);
        spin_unlock(&a);
    }
}

static void get(void)
{
    spin_lock(&a);
    while (!full)
        waitq_wait(&wq, &a, TIME_NEVER);
    full = false;
    waitq_wake_all(&wq);
    spin_unlock(&a);
}

/* The mistake: looks, and only then takes the lock and waits, come what may.
 * The yield is where another CPU, or the end of a slice, could come between. */
static void get_badly(void)
{
    if (!READ_ONCE(full)) {
        thread_yield();
        spin_lock(&a);
        waitq_wait(&wq, &a, TIME_NEVER);
        spin_unlock(&a);
    }
    get();
}

static uint64_t quiet;

static void watch(struct timer *timer)
{
    static unsigned int last;

    if (READ_ONCE(rounds) == last && last < ROUNDS) {
        printk("watchdog: nothing happens after round %u, full %d\n", last,
               READ_ONCE(full));
        domain_exit(3);
    }
    last = READ_ONCE(rounds);
    timer_start(timer, time_monotonic() + quiet);
}

static void play(void (*get_one)(void), uint64_t patience)
{
    static struct timer dog = {.expired = watch};
    struct thread *putter;

    quiet = patience;
    timer_start(&dog, time_monotonic() + quiet);
    putter = thread_create("putter", put, NULL, 0);
    CHECK(putter);
    while (rounds < ROUNDS) {
        get_one();
        WRITE_ONCE(rounds, rounds + 1);
    }
    timer_cancel(&dog);
    thread_join(putter);
    printk("%u rounds\n", rounds);
}

static void wakeup(void)
{
    play(get_badly, QUIET);
}

static void monitor(void)
{
    play(get, PATIENT);
}

/* ---- No mistake ---------------------------------------------------------- */

static struct mutex mutex = MUTEX_INIT(mutex);
static struct cond cond = COND_INIT(cond);
static struct semaphore semaphore;

static void work(void *argument)
{
    (void)argument;
    for (int i = 0; i < 200; i++) {
        void *block = heap_alloc(1u + (unsigned int)i * 37u % 9000u);

        mutex_lock(&mutex);
        (void)cond_wait(&cond, &mutex, time_monotonic() + NS_PER_MS / 8);
        cond_signal(&cond);
        mutex_unlock(&mutex);
        semaphore_up(&semaphore);
        (void)semaphore_down(&semaphore, time_monotonic() + NS_PER_MS);
        thread_yield();
        heap_free(block);
    }
}

static void use(void)
{
    struct thread *threads[6];
    unsigned char random[64];
    void *area;

    semaphore_init(&semaphore, 1);
    for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++) {
        threads[i] = thread_create("worker", work, NULL, 0);
        CHECK(threads[i]);
    }
    for (int i = 0; i < 20; i++) {
        area = area_alloc(4, (struct area_label){"test", NULL});
        CHECK(area);
        entropy_fill(random, sizeof(random));
        area_free(area);
    }
    monitor();
    for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
        thread_join(threads[i]);
    lockcheck_report();
}

static const struct {
    const char *name;
    void (*run)(void);
} parts[] = {
    {"order", order},
    {"equals", equals},
    {"twice", twice},
    {"unlock", not_held},
    {"foreign", foreign},
    {"sleep", sleep_with_lock},
    {"mutex", mutex_with_lock},
    {"yield", yield_with_lock},
    {"leave", leave},
    {"percpu", per_cpu},
    {"wakeup", wakeup},
    {"monitor", monitor},
    {"use", use},
};

int main(int argc, char **argv)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
        if (argc == 2 && !strcmp(argv[1], parts[i].name)) {
            parts[i].run();
            return 0;
        }
    printk("no such part\n");
    return 2;
}
