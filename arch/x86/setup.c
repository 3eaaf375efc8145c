/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup.c: from boot.S to a CPU that can take exceptions and events.
 *
 * arch_start() runs on the boot stack with events masked by Xen and the
 * builder's page tables. It sets up what every later step stands on: the gs
 * segment (percpu.h), the exception table, the event entry. The boot stack
 * becomes the stack of CPU 0's idle thread. The list of all later steps is in
 * sched/start.c.
 *
 * Sources: <xen/xen.h> (start_info), <xen/arch-x86/xen.h> (trap_info),
 * <xen/callback.h>, <xen/vcpu.h>.
 */
#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>
#include "arch/x86/frames.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "arch/x86/setup.h"
#include "coracle/lifecycle.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "lib/string.h"

#define BOOT_STACK_SIZE  8192
#define EVENT_STACK_SIZE 8192
#define FAULT_STACK_SIZE 8192 /* entry.S knows this one */
#define VECTORS          20
#define BREAKPOINT       3
#define OVERFLOW         4

_Static_assert(offsetof(struct percpu, event_stack) == PERCPU_EVENT_STACK, "");
_Static_assert(offsetof(struct percpu, fault_stack) == PERCPU_FAULT_STACK, "");
_Static_assert(offsetof(struct percpu, mask_depth) == PERCPU_MASK_DEPTH, "");
_Static_assert(offsetof(struct percpu, stack_limit) == PERCPU_STACK_LIMIT, "");
_Static_assert(offsetof(struct percpu, vcpu_info) == PERCPU_VCPU_INFO, "");

_Noreturn void arch_start(const struct start_info *info);

struct start_info start_info;
union shared_info_page shared_info_page
    __attribute__((aligned(PAGE_SIZE), section(".bss.page_aligned")));

extern const unsigned long exception_entries[VECTORS];
extern const char event_callback[], failsafe_callback[];

/* CPU 0's structure and stacks; other CPUs allocate theirs. The guards are
 * pages that direct_init() leaves unmapped. */
static struct percpu boot_cpu;
struct boot_stacks {
    char boot_guard[PAGE_SIZE];
    char boot[BOOT_STACK_SIZE];
    char event_guard[PAGE_SIZE];
    char event[EVENT_STACK_SIZE];
    char fault_guard[PAGE_SIZE];
    char fault[FAULT_STACK_SIZE];
};
struct boot_stacks boot_stacks
    __attribute__((aligned(PAGE_SIZE), section(".bss.page_aligned")));
_Static_assert(offsetof(struct boot_stacks, event_guard) == BOOT_STACK_TOP,
               "boot.S begins there");

bool cpu_is_stack_guard(const void *page)
{
    return page == boot_stacks.boot_guard || page == boot_stacks.event_guard ||
           page == boot_stacks.fault_guard;
}

static void set_trap_table(void)
{
    struct trap_info table[VECTORS + 1];

    memset(table, 0, sizeof(table));
    for (unsigned int v = 0; v < VECTORS; v++) {
        table[v].vector = (uint8_t)v;
        /* A program may execute int3 and into by itself. */
        table[v].flags = v == BREAKPOINT || v == OVERFLOW ? 3 : 0;
        table[v].cs = FLAT_KERNEL_CS;
        table[v].address = exception_entries[v];
    }
    if (xen_set_trap_table(table))
        panic("Xen refuses the exception table");
}

static void set_callback(uint16_t type, const char *entry)
{
    struct callback_register callback = {
        .type = type,
        .flags = 0,
        .address = (unsigned long)entry,
    };

    if (xen_callback_op(CALLBACKOP_register, &callback))
        panic("Xen refuses callback %u", type);
}

/* Move Xen's vcpu_info for this vCPU into struct percpu. */
static void register_vcpu_info(struct percpu *cpu)
{
    struct vcpu_register_vcpu_info where = {
        .mfn = mfn_of(&cpu->vcpu_info).n,
        .offset = (uint32_t)((unsigned long)&cpu->vcpu_info % PAGE_SIZE),
    };

    if (xen_vcpu_op(VCPUOP_register_vcpu_info, cpu->id, &where))
        panic("Xen refuses vcpu_info of CPU %u", cpu->id);
}

void cpu_init(void)
{
    struct percpu *cpu = &boot_cpu;

    set_callback(CALLBACKTYPE_event, event_callback);
    set_callback(CALLBACKTYPE_failsafe, failsafe_callback);
    register_vcpu_info(cpu);
    cpu->vcpu_info.evtchn_upcall_mask = 1;
    /* Xen gives new guests a 100 Hz tick; we set our own alarms. */
    if (xen_vcpu_op(VCPUOP_stop_periodic_timer, cpu->id, NULL))
        panic("Xen cannot stop its periodic timer");
}

_Noreturn void arch_start(const struct start_info *info)
{
    boot_cpu.self = &boot_cpu;
    boot_cpu.event_stack = boot_stacks.fault_guard;
    boot_cpu.fault_stack = boot_stacks.fault + FAULT_STACK_SIZE;
    boot_cpu.mask_depth = 1; /* as Xen starts us */
    if (xen_set_segment_base(SEGBASE_GS_KERNEL, &boot_cpu) ||
        xen_set_segment_base(SEGBASE_FS, &boot_cpu))
        __builtin_trap(); /* nobody to tell: Xen will crash us */
    set_trap_table();
    start_info = *info;
    start_info.cmd_line[MAX_GUEST_CMDLINE - 1] = '\0';
    kernel_start();
}
