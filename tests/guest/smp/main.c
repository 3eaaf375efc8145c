/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp: do several CPUs behave as several CPUs?
 *
 * What, by the word it is started with:
 *   check  two threads run at the very same time; threads run where they may
 *          and go where they are sent; a wake-up costs one IPI at most, and
 *          none if it is not needed; memory that another CPU keeps is found
 *          when there is no other; a CPU with nothing to do is not run
 *   work   a fixed amount of work with much locking, and how long it took
 *   print  lines from all CPUs at once
 *   crash  a panic while all CPUs are busy
 *
 * How: "at the same time" is shown by two threads that wait for each other's
 * counter to move with events masked: on one CPU none could ever get on. The
 * IPIs are those that sched/balance.c counts, from all CPUs; nothing else wakes
 * up meanwhile.
 */
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/cpus.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "lib/string.h"
#include "mm/magazine.h"
#include "sched/balance.h"
#include "tests/guest/cpus.h"
#include "tests/guest/guest.h"

#include <xen/vcpu.h>

static struct thread *start_on(unsigned long cpu_set, const char *name,
                               void (*entry)(void *), unsigned long argument)
{
    struct thread *thread = thread_create(name, entry, (void *)argument, 0);

    CHECK(thread);
    CHECK_EQUAL(thread_set_affinity(thread, cpu_set), 0);
    return thread;
}

/* ---- check: at the same time ----------------------------------------------
 */

#define HANDSHAKES 10000

static atomic_uint hands[2], present;

static void shake(void *argument)
{
    unsigned int me = (unsigned int)(unsigned long)argument;

    while (cpu_current() != me)
        thread_yield(); /* until we are where we belong */
    atomic_fetch_add(&present, 1);
    while (atomic_load(&present) < 2)
        thread_yield();
    events_mask();
    for (unsigned int n = 1; n <= HANDSHAKES; n++) {
        atomic_store(&hands[me], n);
        while (atomic_load(&hands[!me]) < n)
            __builtin_ia32_pause();
    }
    events_unmask();
}

static void check_parallel(void)
{
    struct thread *threads[2];

    for (unsigned long i = 0; i < 2; i++)
        threads[i] = start_on(1UL << i, "shake", shake, i);
    for (int i = 0; i < 2; i++)
        thread_join(threads[i]);
    printk("smp: two threads at the same time\n");
}

/* ---- check: affinity ------------------------------------------------------
 */

static atomic_ulong allowed; /* where the wanderer may be */
static atomic_bool leave;
static atomic_ulong looks, strays;

/* It is sent elsewhere by another thread, so its own look at `allowed` may be
 * late by one; two looks that agree are not. */
static void wander(void *argument)
{
    (void)argument;
    for (unsigned long n = 0; !atomic_load(&leave); n++) {
        unsigned long before = atomic_load(&allowed);
        unsigned int cpu = cpu_current();

        if (before == atomic_load(&allowed)) {
            atomic_fetch_add(&looks, 1);
            if (!(before >> cpu & 1))
                atomic_fetch_add(&strays, 1);
        }
        if (n % 3 == 0)
            thread_yield();
        else if (n % 100 == 1)
            thread_sleep(20 * NS_PER_US);
    }
}

/* Send it to `cpu_set`, wait until it is there, then count strays. */
static void send(struct thread *thread, unsigned long cpu_set)
{
    unsigned long seen;

    CHECK_EQUAL(thread_set_affinity(thread, cpu_set), 0);
    CHECK_EQUAL(thread_affinity(thread), cpu_set);
    atomic_store(&allowed, cpu_set);
    /* Any number of strays while it is on its way; then none. */
    do {
        seen = atomic_load(&strays);
        thread_sleep(2 * NS_PER_MS);
    } while (atomic_load(&strays) != seen);
    atomic_store(&looks, 0);
    while (atomic_load(&looks) < 300)
        thread_sleep(NS_PER_MS);
    CHECK_EQUAL(atomic_load(&strays), seen);
}

static void check_affinity(void)
{
    unsigned long all = (1UL << cpu_count()) - 1;
    struct thread *thread;

    CHECK_EQUAL(thread_set_affinity(thread_self(), 1UL << cpu_count()),
                -K_EINVAL);
    CHECK_EQUAL(thread_set_affinity(thread_self(), 0), -K_EINVAL);
    for (unsigned int cpu = 0; cpu < cpu_count(); cpu++) {
        CHECK_EQUAL(thread_set_affinity(thread_self(), 1UL << cpu), 0);
        CHECK_EQUAL(cpu_current(), cpu);
        thread_sleep(NS_PER_MS);
        CHECK_EQUAL(cpu_current(), cpu);
    }
    CHECK_EQUAL(thread_set_affinity(thread_self(), all), 0);
    atomic_store(&allowed, all);
    thread = start_on(all, "wanderer", wander, 0);
    for (int i = 0; i < 3; i++) {
        for (unsigned int cpu = 0; cpu < cpu_count(); cpu++)
            send(thread, 1UL << cpu);
        send(thread, all & ~1UL);
    }
    atomic_store(&leave, true);
    thread_join(thread);
    printk("smp: threads run where they may\n");
}

/* ---- check: how many IPIs a wake-up costs ---------------------------------
 */

#define PASSES  1000
#define SPEARS  8
#define VOLLEYS 20

static struct semaphore ball[2];
static unsigned long kicks;

/* Pass the ball to the other one and wait for it; number 0 counts. */
static void pass(void *argument)
{
    unsigned long me = (unsigned long)argument;
    unsigned long before = balance_count_kicks();

    for (int i = 0; i < PASSES; i++) {
        if (me == 0)
            semaphore_up(&ball[1]);
        CHECK_EQUAL(semaphore_down(&ball[me], TIME_NEVER), 0);
        if (me == 1)
            semaphore_up(&ball[0]);
    }
    if (me == 0)
        kicks = balance_count_kicks() - before;
}

static unsigned long kicks_of_passes(unsigned int cpu_of_0)
{
    struct thread *threads[2];

    semaphore_init(&ball[0], 0);
    semaphore_init(&ball[1], 0);
    threads[1] = start_on(1UL << 1, "pass", pass, 1);
    thread_sleep(NS_PER_MS); /* it waits, where it belongs */
    threads[0] = thread_create("pass", pass, (void *)0, 0);
    CHECK(threads[0]);
    CHECK_EQUAL(thread_set_affinity(threads[0], 1UL << cpu_of_0), 0);
    for (int i = 0; i < 2; i++)
        thread_join(threads[i]);
    return kicks;
}

static struct spinlock volley_lock;
static struct waitq volley_wait = WAITQ_INIT(volley_wait);
static unsigned int volleys, spears_ready; /* by volley_lock */

static void be_spear(void *argument)
{
    (void)argument;
    spin_lock(&volley_lock);
    for (unsigned int n = 0; n < VOLLEYS; n++) {
        spears_ready++;
        while (volleys == n)
            (void)waitq_wait(&volley_wait, &volley_lock, TIME_NEVER);
    }
    spin_unlock(&volley_lock);
}

static atomic_bool quiet;

static void compute(void *argument)
{
    (void)argument;
    while (!atomic_load(&quiet))
        atomic_signal_fence(memory_order_seq_cst);
}

/* Wake SPEARS threads of CPU 1 at once, VOLLEYS times. */
static unsigned long kicks_of_volleys(void)
{
    struct thread *threads[SPEARS];
    unsigned long sum = 0;

    volleys = spears_ready = 0;
    for (unsigned int i = 0; i < SPEARS; i++)
        threads[i] = start_on(1UL << 1, "spear", be_spear, i);
    for (unsigned int n = 1; n <= VOLLEYS; n++) {
        unsigned long before;

        spin_lock(&volley_lock);
        while (spears_ready < n * SPEARS) {
            spin_unlock(&volley_lock);
            thread_sleep(NS_PER_MS);
            spin_lock(&volley_lock);
        }
        volleys = n;
        before = balance_count_kicks();
        waitq_wake_all(&volley_wait);
        sum += balance_count_kicks() - before;
        spin_unlock(&volley_lock);
    }
    for (unsigned int i = 0; i < SPEARS; i++)
        thread_join(threads[i]);
    return sum;
}

static void check_kicks(void)
{
    struct thread *busy[2];
    unsigned long apart, together, idle, working;

    CHECK_EQUAL(thread_set_affinity(thread_self(), 1), 0);
    apart = kicks_of_passes(0);
    together = kicks_of_passes(1);
    idle = kicks_of_volleys();
    /* One that computes and one that waits for it: the slice's end will come.
     */
    for (unsigned long i = 0; i < 2; i++)
        busy[i] = start_on(1UL << 1, "compute", compute, i);
    thread_sleep(NS_PER_MS);
    working = kicks_of_volleys();
    atomic_store(&quiet, true);
    for (unsigned long i = 0; i < 2; i++)
        thread_join(busy[i]);
    printk("smp: IPIs: %lu for %d wake-ups of an idle CPU, %lu for %d within "
           "one,\nsmp: %lu for %d at once on an idle CPU, %lu on a busy one\n",
           apart, 2 * PASSES, together, 2 * PASSES, idle, VOLLEYS * SPEARS,
           working);
    CHECK(apart >= PASSES && apart <= 2 * PASSES);
    CHECK_EQUAL(together, 0);
    /* Now and then CPU 1 is found before it has come to rest. */
    CHECK(idle >= VOLLEYS / 2 && idle <= VOLLEYS * SPEARS);
    CHECK_EQUAL(working, 0);
    CHECK_EQUAL(thread_set_affinity(thread_self(), (1UL << cpu_count()) - 1),
                0);
}

/* ---- check: memory that others keep ----------------------------------------
 */

static void keep_some(void *argument)
{
    void *objects[64];

    (void)argument;
    for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
        CHECK(objects[i] = heap_alloc(16 + i % 16 * 32));
    for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
        heap_free(objects[i]);
    CHECK_EQUAL(cpu_current(), 1);
}

/* Take all pages, chained; while there are any, nobody is asked for more. */
static void check_reclaim(void)
{
    const struct magazines *kept = cpus[1]->magazines;
    unsigned int before = 0, after = 0;
    void *chain = NULL, *page;

    CHECK_EQUAL(thread_set_affinity(thread_self(), 1), 0);
    thread_join(start_on(1UL << 1, "keeper", keep_some, 0));
    while ((page = page_alloc(0))) {
        *(void **)page = chain;
        chain = page;
        if (page_count_free() == 0)
            for (unsigned int i = 0; i < KEPT_CLASSES && !before; i++)
                before += kept->of[i].count;
    }
    for (unsigned int i = 0; i < KEPT_CLASSES; i++)
        after += kept->of[i].count;
    while (chain) {
        page = chain;
        chain = *(void **)page;
        page_free(page, 0);
    }
    printk("smp: when memory ran out, CPU 1 %s\n",
           before && !after ? "gave what it kept" : "kept on keeping");
    CHECK(before && !after);
    CHECK_EQUAL(thread_set_affinity(thread_self(), (1UL << cpu_count()) - 1),
                0);
}

/* ---- check: idle CPUs -----------------------------------------------------
 */

static uint64_t time_run(unsigned int cpu)
{
    struct vcpu_runstate_info info;

    CHECK_EQUAL(xen_vcpu_op(VCPUOP_get_runstate_info, cpu, &info), 0);
    return info.time[RUNSTATE_running];
}

#define REST (500 * NS_PER_MS)

static uint64_t time_run_at_rest(void)
{
    uint64_t before = 0, after = 0;

    for (unsigned int cpu = 0; cpu < cpu_count(); cpu++)
        before += time_run(cpu);
    thread_sleep(REST);
    for (unsigned int cpu = 0; cpu < cpu_count(); cpu++)
        after += time_run(cpu);
    return after - before;
}

/* One that does not block would run for all of it, each time. Being off a real
 * CPU that others use counts as running here, hence the limit, and the tries.
 */
static void check_idle(void)
{
    uint64_t ran = REST;

    for (int i = 0; i < 20 && ran >= REST / 4; i++)
        ran = time_run_at_rest();
    printk("smp: %u idle CPUs ran %llu us in %llu ms\n", cpu_count(),
           ran / NS_PER_US, REST / NS_PER_MS);
    CHECK(ran < REST / 4);
}

/* ---- work -----------------------------------------------------------------
 */

#define WORKERS 8
#define PIECES  5000

static struct mutex mutex = MUTEX_INIT(mutex);
static struct spinlock lock;
static unsigned long done, done_too; /* mutex; lock */

static void work(void *argument)
{
    volatile unsigned long sum = (unsigned long)argument;

    for (int piece = 0; piece < PIECES; piece++) {
        for (unsigned int i = 0; i < 500; i++)
            sum += i;
        spin_lock(&lock);
        done_too++;
        spin_unlock(&lock);
        mutex_lock(&mutex);
        done++;
        mutex_unlock(&mutex);
    }
}

static void do_work(void)
{
    struct thread *threads[WORKERS];
    uint64_t start = time_monotonic();

    for (unsigned long i = 0; i < WORKERS; i++) {
        threads[i] = thread_create("worker", work, (void *)i, 0);
        CHECK(threads[i]);
    }
    for (int i = 0; i < WORKERS; i++)
        thread_join(threads[i]);
    CHECK_EQUAL(done, WORKERS * PIECES);
    CHECK_EQUAL(done_too, WORKERS * PIECES);
    printk("smp: work of %u CPUs took %llu ms\n", cpu_count(),
           (time_monotonic() - start) / NS_PER_MS);
}

/* ---- print, crash ---------------------------------------------------------
 */

#define LINES 200

static void speak(void *argument)
{
    for (int i = 0; i < LINES; i++) {
        printk("line %03d of thread %lu: 0123456789 abcdefghijklmnopqrstuvwxyz "
               "ABCDEFGHIJKLMNOPQRSTUVWXYZ end\n",
               i, (unsigned long)argument);
        thread_yield();
    }
}

static void do_print(void)
{
    struct thread *threads[8];

    for (unsigned long i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = start_on(1UL << i % cpu_count(), "speaker", speak, i);
    for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
        thread_join(threads[i]);
}

static atomic_uint busy;

static void spin(void *argument)
{
    (void)argument;
    while (cpu_current() == 0)
        thread_yield();
    atomic_fetch_add(&busy, 1);
    for (;;)
        atomic_signal_fence(memory_order_seq_cst);
}

static void do_crash(void)
{
    CHECK_EQUAL(thread_set_affinity(thread_self(), 1), 0);
    for (unsigned int cpu = 1; cpu < cpu_count(); cpu++)
        (void)start_on(1UL << cpu, "spinner", spin, 0);
    while (atomic_load(&busy) < cpu_count() - 1)
        thread_yield();
    panic("as asked for");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "check";

    await_cpus();
    printk("smp: %u CPUs\n", cpu_count());
    if (!strcmp(what, "work")) {
        do_work();
    } else if (!strcmp(what, "print")) {
        do_print();
    } else if (!strcmp(what, "crash")) {
        do_crash();
    } else {
        check_parallel();
        check_affinity();
        check_kicks();
        check_reclaim();
        check_idle();
    }
    return 0;
}
