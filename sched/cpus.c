/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.c: starting the CPUs.
 *
 * The boot CPU brings the others up from the main thread and does not wait for
 * them: each sets itself up on the stack of its idle thread, joins the
 * balancing (balance.c), finds that it has nothing to do, and takes a waiting
 * thread or sleeps. One that has not joined after JOIN_TIME is reported; the
 * others do without it.
 *
 * What a CPU has of its own: struct percpu with Xen's vcpu_info in it, a stack
 * for events, one for exceptions and one for its idle thread (each with guard
 * pages), a run queue, timers, and two event channels: VIRQ_TIMER and the kick.
 */
#include <stdatomic.h>
#include "arch/x86/hypercall.h"
#include "arch/x86/setup.h"
#include "coracle/cpus.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/area.h"
#include "sched/balance.h"
#include "sched/sched.h"
#include "xen/evtchn.h"

#define CPU_STACK_PAGES 2 /* entry.S knows the size of the fault stack */
#define JOIN_TIME       (2 * NS_PER_S)

static struct thread boot_idle = {.name = "idle", .affinity = ~0UL};
static atomic_uint online;
static unsigned int started = 1;
static struct timer roll_call;

unsigned int cpu_count(void)
{
    return atomic_load(&online);
}

/* What every CPU does for itself as it starts, events masked. */
static int set_up(struct thread *idle)
{
    int error, port;

    error = switch_init(idle);
    if (!error)
        error = timer_init();
    if (error)
        return error;
    port = evtchn_bind_ipi(switch_kicked, NULL);
    if (port < 0)
        return port;
    cpu_write(kick_port, (uint32_t)port);
    balance_join();
    atomic_fetch_add(&online, 1);
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

/* An event handler: who is not here by now is left out. */
static void report_missing(struct timer *timer)
{
    unsigned int missing = started - atomic_load(&online);

    (void)timer;
    if (missing)
        printk("cpus: %u of %u CPUs did not come up\n", missing, started);
}

void cpus_start(void)
{
    for (unsigned int id = 1; cpu_exists(id); id++) {
        int error = start(id);

        if (error)
            printk("cpus: CPU %u cannot be started: error %d\n", id, error);
        else
            started++;
    }
    if (started > 1) {
        roll_call.expired = report_missing;
        timer_start(&roll_call, time_monotonic() + JOIN_TIME);
    }
}
