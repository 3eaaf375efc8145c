/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.c: starting the CPUs.
 *
 * The boot CPU brings those others up that are wanted (vcpus=, of maxvcpus=),
 * from the main thread, all at once, and waits WAIT_TIME for them at most: each
 * sets itself up on the stack of its idle thread, joins the balancing
 * (balance.c), finds that it has nothing to do, and takes a waiting thread or
 * sleeps. One that has not joined after JOIN_TIME is reported; the others do
 * without it.
 *
 * The owner may take CPUs away and bring them back (xl vcpu-set), which he says
 * in cpu/N/availability. A CPU that is to leave is taken off the list of those
 * that threads may run on; its threads go elsewhere as it comes to them, and
 * when it has none its idle thread hands over the timers and stops the CPU.
 * Xen lets it go on at that place when it is wanted again. CPU 0 stays: it
 * handles all event channels that are not steered elsewhere.
 *
 * What a CPU has of its own: struct percpu with Xen's vcpu_info in it, a stack
 * for events, one for exceptions and one for its idle thread (each with guard
 * pages), a run queue, timers, and two event channels: VIRQ_TIMER and the kick.
 */
#include <stdatomic.h>
#include "arch/x86/fpu.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/setup.h"
#include "coracle/cpus.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/area.h"
#include "mm/magazine.h"
#include "sched/balance.h"
#include "sched/runqueue.h"
#include "xen/evtchn.h"
#include "xen/xenstore.h"

#define CPU_STACK_PAGES 2 /* entry.S knows the size of the fault stack */
#define WAIT_TIME       (100 * NS_PER_MS)
#define JOIN_TIME       (2 * NS_PER_S)
#define LEAVE_MS        2000

static struct thread boot_idle = {.name = "idle", .affinity = ~0UL};
static atomic_uint online;    /* take part now */
static atomic_ulong unwanted; /* a bit for each that shall take no part */
/* Held while a CPU is made to come or go. */
static struct mutex following = MUTEX_INIT(following);
static struct timer roll_call;

/* Which CPUs were started at boot and have not set themselves up yet; the main
 * thread waits for none to be left. */
static struct {
    struct spinlock lock; /* guards all here */
    unsigned long missing;
    struct waitq waiters;
} arrival = {SPINLOCK_INIT, 0, WAITQ_INIT(arrival.waiters)};

unsigned int cpu_count(void)
{
    return atomic_load(&online);
}

unsigned int cpu_current(void)
{
    return cpu_read(id);
}

/* This CPU takes part from now on. Events are masked. */
static void join(unsigned int id)
{
    evtchn_join(id);
    balance_join();
    atomic_fetch_add(&online, 1);
    /* The owner may have taken it away again on its way here: either we see it
     * now, or follow_availability() sees that we have joined. */
    if (atomic_load(&unwanted) >> id & 1)
        (void)balance_dismiss(id);
}

/* What every CPU does for itself as it starts, events masked. */
static int set_up(struct thread *idle)
{
    int error, port;

    error = switch_init(idle);
    if (!error)
        error = timer_init();
    if (!error)
        error = magazines_init();
    if (error)
        return error;
    port = evtchn_bind_ipi(wake_kicked, NULL);
    if (port < 0)
        return port;
    cpu_write(kick_port, (uint32_t)port);
    join(cpu_read(id));
    spin_lock(&arrival.lock);
    arrival.missing &= ~(1UL << cpu_read(id));
    waitq_wake_all(&arrival.waiters);
    spin_unlock(&arrival.lock);
    return 0;
}

int cpus_init(void)
{
    return set_up(&boot_idle);
}

/* Where another CPU begins: on its idle thread's stack, events masked. */
static void begin(void)
{
    struct percpu *cpu = cpu_this();
    int error;

    if (xen_vcpu_op(VCPUOP_stop_periodic_timer, cpu->id, NULL))
        panic("Xen cannot stop the periodic timer of CPU %u", cpu->id);
    fpu_init();
    error = set_up(cpu->idle_thread);
    if (error)
        panic("CPU %u cannot be set up: error %d", cpu->id, error);
    idle_loop();
}

static char *cpu_stack(const char *kind)
{
    char *base = area_alloc(CPU_STACK_PAGES, (struct area_label){kind, NULL});

    return base ? base + CPU_STACK_PAGES * PAGE_SIZE : NULL;
}

static void free_stack(char *top)
{
    if (top)
        area_free(top - CPU_STACK_PAGES * PAGE_SIZE);
}

static int start(unsigned int id)
{
    struct percpu *cpu = heap_alloc_aligned(64, sizeof(*cpu));
    struct thread *idle = heap_alloc_zeroed(1, sizeof(*idle));
    char *stack = cpu_stack("stack of an idle thread");
    int error = -K_ENOMEM;

    if (!cpu || !idle || !stack)
        goto free;
    memset(cpu, 0, sizeof(*cpu));
    cpu->self = cpu;
    cpu->id = id;
    cpu->mask_depth = 1;
    cpu->idle_thread = idle;
    cpu->current = idle;
    cpu->event_stack = cpu_stack("stack for events");
    cpu->fault_stack = cpu_stack("stack for exceptions");
    if (!cpu->event_stack || !cpu->fault_stack)
        goto free_stacks;
    string_format(idle->name, sizeof(idle->name), "idle %u", id);
    idle->affinity = 1UL << id;
    cpus[id] = cpu;
    error = cpu_start(cpu, begin, stack);
    if (!error)
        return 0;
    cpus[id] = NULL;
free_stacks:
    free_stack(cpu->event_stack);
    free_stack(cpu->fault_stack);
free:
    free_stack(stack);
    heap_free(idle);
    heap_free(cpu);
    return error;
}

/* An event handler: who has not set itself up by now is left out. */
static void report_missing(struct timer *timer)
{
    unsigned long missing;

    (void)timer;
    spin_lock(&arrival.lock);
    missing = arrival.missing;
    spin_unlock(&arrival.lock);
    for (; missing; missing &= missing - 1)
        printk("cpus: CPU %d did not come up\n", __builtin_ctzl(missing));
}

void cpus_leave(void)
{
    unsigned int id = cpu_read(id);

    timer_cancel(&cpu_read(runqueue)->slice);
    timer_hand_over();
    evtchn_leave(id);
    balance_set_idle(false);
    (void)magazines_flush();
    atomic_fetch_sub(&online, 1);
    if (xen_vcpu_op(VCPUOP_down, id, NULL))
        panic("Xen cannot stop CPU %u", id);
    /* ... time passes until VCPUOP_up ... */
    join(id);
}

/* Bring CPU `id` up, for the first time or again. */
static int bring_up(unsigned int id)
{
    if (!cpus[id])
        return start(id);
    /* It may still be on its way out, or in. */
    for (int i = 0; i < LEAVE_MS && xen_vcpu_op(VCPUOP_is_up, id, NULL); i++) {
        if (balance_possible(1UL << id))
            return 0;
        thread_sleep(NS_PER_MS);
    }
    if (xen_vcpu_op(VCPUOP_is_up, id, NULL))
        return -K_ETIMEDOUT;
    return xen_errno(xen_vcpu_op(VCPUOP_up, id, NULL));
}

/* What cpu/N/availability says, for the caller to free; NULL: nothing. */
static char *availability(unsigned int id)
{
    char path[32], *value;

    string_format(path, sizeof(path), "cpu/%u/availability", id);
    return xenstore_read(XENSTORE_NO_TX, path, &value, NULL) ? NULL : value;
}

/* Do what it says. */
static void follow_availability(unsigned int id)
{
    unsigned long bit = 1UL << id;
    int error = 0;
    char *value;

    mutex_lock(&following);
    value = availability(id);
    if (value && !strcmp(value, "offline")) {
        atomic_fetch_or(&unwanted, bit);
        (void)balance_dismiss(id);
    } else if (value && !strcmp(value, "online")) {
        atomic_fetch_and(&unwanted, ~bit);
        if (!balance_possible(bit))
            error = bring_up(id);
    }
    mutex_unlock(&following);
    if (error)
        printk("cpus: CPU %u cannot be brought up: error %d\n", id, error);
    heap_free(value);
}

/* A watch: somebody has changed cpu/N/availability. */
static void availability_changed(const char *path, void *argument)
{
    const char *number = path + strlen("cpu/");
    unsigned int id = 0;

    (void)argument;
    if (strncmp(path, "cpu/", 4))
        return;
    while (*number >= '0' && *number <= '9' && id < CPU_MAX)
        id = 10 * id + (unsigned int)(*number++ - '0');
    if (!strcmp(number, "/availability") && id > 0 && cpu_exists(id))
        follow_availability(id);
}

static void watch_availability(void *argument)
{
    struct xenstore_watch *watch;
    unsigned int id = 1;
    int error = xenstore_watch("cpu", availability_changed, NULL, &watch);

    (void)argument;
    if (error && error != -K_ENODEV)
        printk("cpus: no word of CPUs coming and going: error %d\n", error);
    /* Watches tell of changes; this is how things stand. */
    for (; !error && cpu_exists(id); id++)
        follow_availability(id);
}

/* Programs ask for the number of CPUs first of all, so wait for those that come
 * at once; one that has no real CPU yet may come later. */
static void await_all(void)
{
    uint64_t deadline = time_monotonic() + WAIT_TIME;
    int error = 0;

    spin_lock(&arrival.lock);
    while (arrival.missing && !error)
        error = waitq_wait(&arrival.waiters, &arrival.lock, deadline);
    spin_unlock(&arrival.lock);
}

static bool is_offline(unsigned int id)
{
    char *value = availability(id);
    bool offline = value && !strcmp(value, "offline");

    heap_free(value);
    return offline;
}

/*
 * Start the CPUs that are wanted; with maxvcpus that need not be all. xl leaves
 * out the last ones, so one question to xenstore will do where all are wanted,
 * and each costs as much as starting a CPU. Should there be other gaps, the
 * watch closes them.
 */
static void start_wanted(void)
{
    unsigned int last = 1;

    while (cpu_exists(last + 1))
        last++;
    while (last > 0 && is_offline(last))
        last--;
    arrival.missing =
        (2UL << last) - 2; /* bits 1 to `last`; nobody looks yet */
    for (unsigned int id = 1; id <= last; id++) {
        int error = start(id);

        if (!error)
            continue;
        printk("cpus: CPU %u cannot be started: error %d\n", id, error);
        spin_lock(&arrival.lock);
        arrival.missing &= ~(1UL << id);
        spin_unlock(&arrival.lock);
    }
}

void cpus_start(void)
{
    struct thread *watcher;

    if (!cpu_exists(1))
        return;
    start_wanted();
    await_all();
    roll_call.expired = report_missing;
    timer_start(&roll_call, time_monotonic() + JOIN_TIME);
    watcher = thread_create("cpus", watch_availability, NULL, 0);
    if (watcher)
        thread_detach(watcher);
    else
        printk("cpus: no memory to watch for CPUs coming and going\n");
}
