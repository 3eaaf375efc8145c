/* SPDX-License-Identifier: BSD-2-Clause */
// uses: sched/spinlock.c sched/switch.c sched/balance.c sched/timer.c
// uses: sched/wake.c sched/wait.c sched/thread.c sched/sync.c sched/cpus.c
// uses: lib/printf.c
/*
 * tsan_cpus.c: CPUs that start, leave and come back (sched/cpus.c) under
 * threads that compute, sleep and wait for each other. A CPU is a pthread; one
 * that is down waits for VCPUOP_up. What the toolstack wants stands in a played
 * xenstore; hypercalls put nothing in order. A thread, a timer or a wake-up
 * that is lost with a CPU keeps the test waiting until it is ended.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "arch/x86/fpu.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "arch/x86/setup.h"
#include "coracle/cpus.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "cpus.h"
#include "mm/area.h"
#include "mm/magazine.h"
#include "sched/sched.h"
#include "xen/evtchn.h"
#include "xen/xenstore.h"

#define CPUS    4
#define WORKERS 9
#define CHANGES 20

/* ---- Xen's CPUs ---------------------------------------------------------- */

static atomic_uint up[CPUS]; /* also a futex */
static unsigned int wanted_at_first;

bool cpu_exists(unsigned int id)
{
    return id < CPUS;
}

struct start {
    struct percpu *cpu;
    void (*entry)(void);
};

static void *start_here(void *argument)
{
    struct start start = *(struct start *)argument;

    free(argument);
    cpus_enter(start.cpu);
    start.entry();
    return NULL;
}

int cpu_start(struct percpu *cpu, void (*entry)(void), void *stack_top)
{
    struct start *start = malloc(sizeof(*start));
    pthread_t thread;

    (void)stack_top;
    *start = (struct start){cpu, entry};
    CHECK(!atomic_exchange(&up[cpu->id], 1));
    CHECK(!pthread_create(&thread, NULL, start_here, start));
    pthread_detach(thread);
    return 0;
}

static void be_down(unsigned int id)
{
    atomic_store_explicit(&up[id], 0, memory_order_relaxed);
    while (!atomic_load_explicit(&up[id], memory_order_relaxed))
        syscall(SYS_futex, &up[id], FUTEX_WAIT, 0, NULL);
}

long xen_vcpu_op(int command, unsigned int vcpu, void *argument)
{
    (void)argument;
    switch (command) {
    case VCPUOP_stop_periodic_timer:
        return 0;
    case VCPUOP_is_up:
        return atomic_load_explicit(&up[vcpu], memory_order_relaxed);
    case VCPUOP_down:
        CHECK_EQUAL(vcpu, cpu_read(id));
        be_down(vcpu);
        return 0;
    case VCPUOP_up:
        atomic_store_explicit(&up[vcpu], 1, memory_order_relaxed);
        syscall(SYS_futex, &up[vcpu], FUTEX_WAKE, 1, NULL);
        return 0;
    }
    test_fail(__FILE__, __LINE__, "VCPUOP %d", command);
}

/* ---- xenstore ------------------------------------------------------------ */

static atomic_bool offline[CPUS];
static _Atomic(void *) changed;

static unsigned int number_in(const char *path)
{
    unsigned int id;

    CHECK_EQUAL(sscanf(path, "cpu/%u/availability", &id), 1);
    CHECK(id > 0 && id < CPUS);
    return id;
}

/* Of two threads that look after CPU 2 at the same time, none goes on before
 * the other is here, too; nor much later, should it never come. */
static bool slow;

static void meet(void)
{
    static atomic_uint present;

    atomic_fetch_add(&present, 1);
    for (int i = 0; i < 50 && atomic_load(&present) < 2; i++)
        thread_sleep(NS_PER_MS);
}

int xenstore_read(struct xenstore_tx *tx, const char *path, char **value,
                  size_t *size)
{
    unsigned int id = number_in(path);

    CHECK(!tx && !size);
    if (id == 2 && slow && atomic_load(&changed))
        meet();
    *value = strdup(atomic_load_explicit(&offline[id], memory_order_relaxed)
                        ? "offline"
                        : "online");
    return 0;
}

int xenstore_watch(const char *path,
                   void (*function)(const char *path, void *argument),
                   void *argument, struct xenstore_watch **watch)
{
    CHECK(!strcmp(path, "cpu"));
    CHECK(!argument);
    atomic_store(&changed, (void *)function);
    function(path, NULL);
    *watch = NULL;
    return 0;
}

/* The owner says how many CPUs there shall be. The watch is delivered here. */
static void want(unsigned int count)
{
    void (*function)(const char *, void *) =
        (void (*)(const char *, void *))atomic_load(&changed);

    for (unsigned int id = 1; id < CPUS; id++) {
        char path[32];

        snprintf(path, sizeof(path), "cpu/%u/availability", id);
        atomic_store_explicit(&offline[id], id >= count, memory_order_relaxed);
        function(path, NULL);
    }
}

/* ---- What else sched/cpus.c asks for ------------------------------------- */

void *heap_alloc_aligned(size_t align, size_t size)
{
    return aligned_alloc(align, (size + align - 1) & -align);
}

void *area_alloc(size_t pages, struct area_label label)
{
    (void)label;
    return malloc(pages * 4096);
}

void area_free(void *base)
{
    free(base);
}

int magazines_init(void)
{
    return 0;
}

bool magazines_flush(void)
{
    return false;
}

void fpu_init(void)
{
}

void evtchn_join(unsigned int cpu)
{
    CHECK_EQUAL(cpu, cpu_read(id));
}

void evtchn_leave(unsigned int cpu)
{
    CHECK_EQUAL(cpu, cpu_read(id));
}

void printk(const char *format, ...)
{
    test_fail(__FILE__, __LINE__, "the kernel says: %s", format);
}

/* ---- Threads that go on whatever becomes of their CPUs ------------------- */

static struct mutex mutex = MUTEX_INIT(mutex);
static struct cond moved = COND_INIT(moved);
static unsigned long turns[WORKERS]; /* by mutex */
static unsigned int turn;
static bool leave;

static void work(void *argument)
{
    unsigned int me = (unsigned int)(uintptr_t)argument;

    mutex_lock(&mutex);
    while (!leave) {
        if (me % 3 == 2) { /* hand a token around */
            while (turn != me && !leave)
                (void)cond_wait(&moved, &mutex, TIME_NEVER);
            turn = me + 3 < WORKERS ? me + 3 : 2;
            cond_broadcast(&moved);
        }
        turns[me]++;
        mutex_unlock(&mutex);
        if (me % 3 == 0)
            thread_sleep(50 * NS_PER_US);
        else
            for (int i = 0; i < 200; i++)
                cpus_point();
        mutex_lock(&mutex);
    }
    mutex_unlock(&mutex);
}

static void await_turns(void)
{
    unsigned long before[WORKERS];
    bool all = false;

    mutex_lock(&mutex);
    memcpy(before, turns, sizeof(turns));
    while (!all) {
        mutex_unlock(&mutex);
        thread_sleep(NS_PER_MS);
        mutex_lock(&mutex);
        all = true;
        for (unsigned int i = 0; i < WORKERS; i++)
            all &= turns[i] > before[i];
    }
    mutex_unlock(&mutex);
}

static void await_count(unsigned int count)
{
    while (cpu_count() != count)
        thread_sleep(NS_PER_MS);
    CHECK_EQUAL(cpus_online(), (1UL << count) - 1);
}

static void change_main(void)
{
    struct thread *threads[WORKERS];
    unsigned int random = 1;

    cpus_start();
    await_count(wanted_at_first);
    turn = 2;
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(threads[i] = thread_create("work", work, (void *)i, 0));
    while (!atomic_load(&changed))
        thread_sleep(NS_PER_MS);
    for (int i = 0; i < CHANGES; i++) {
        unsigned int count =
            1 + (random = random * 1103515245 + 12345) / 65536 % CPUS;

        want(count);
        if (i % 4)
            continue; /* at once the next */
        await_count(count);
        await_turns();
    }
    mutex_lock(&mutex);
    leave = true;
    cond_broadcast(&moved);
    mutex_unlock(&mutex);
    for (unsigned int i = 0; i < WORKERS; i++)
        thread_join(threads[i]);
}

TEST(all_are_started)
{
    wanted_at_first = CPUS;
    cpus_boot(change_main);
}

TEST(only_those_that_are_wanted)
{
    wanted_at_first = 2;
    atomic_store(&offline[2], true);
    atomic_store(&offline[3], true);
    cpus_boot(change_main);
}

/* The owner changes his mind while the kernel still looks for the first time.
 */
static void early_main(void)
{
    cpus_start();
    while (!atomic_load(&changed))
        thread_yield();
    want(4);
    await_count(4);
}

TEST(changes_from_the_beginning)
{
    atomic_store(&offline[2], true);
    atomic_store(&offline[3], true);
    slow = true;
    cpus_boot(early_main);
}
