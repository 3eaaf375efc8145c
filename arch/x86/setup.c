/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup.c: from boot.S to a CPU that can take exceptions and events.
 *
 * arch_start() runs on the boot stack with events masked by Xen and the
 * builder's page tables. It sets up what every later step stands on: the gs
 * segment (percpu.h), the exception table, the event entry. The boot stack
 * becomes the stack of CPU 0's idle thread. The list of all later steps is in
 * sched/start.c. The other CPUs are given all of this in one structure, before
 * they run (cpu_start()).
 *
 * Sources: <xen/xen.h> (start_info), <xen/arch-x86/xen.h> (trap_info),
 * <xen/callback.h>, <xen/vcpu.h>.
 */
#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>
#include "arch/x86/frames.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/pagetable.h"
#include "arch/x86/percpu.h"
#include "arch/x86/setup.h"
#include "coracle/errno.h"
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
struct percpu *cpus[CPU_MAX];
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

/* Fill the first entries of a zeroed table. */
static void fill_trap_table(struct trap_info *table)
{
    for (unsigned int v = 0; v < VECTORS; v++) {
        table[v].vector = (uint8_t)v;
        /* A program may execute int3 and into by itself. */
        table[v].flags = v == BREAKPOINT || v == OVERFLOW ? 3 : 0;
        table[v].cs = FLAT_KERNEL_CS;
        table[v].address = exception_entries[v];
    }
}

static void set_trap_table(void)
{
    struct trap_info table[VECTORS + 1];

    memset(table, 0, sizeof(table));
    fill_trap_table(table);
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

/* Move Xen's vcpu_info for a vCPU, this one or one that is down, into its
 * struct percpu. */
static int register_vcpu_info(struct percpu *cpu)
{
    struct vcpu_register_vcpu_info where = {
        .mfn = mfn_of(&cpu->vcpu_info).n,
        .offset = (uint32_t)((unsigned long)&cpu->vcpu_info % PAGE_SIZE),
    };

    long result = xen_vcpu_op(VCPUOP_register_vcpu_info, cpu->id, &where);

    cpu->vcpu_info.evtchn_upcall_mask = 1;
    return xen_errno(result);
}

void cpu_init(void)
{
    struct percpu *cpu = &boot_cpu;

    set_callback(CALLBACKTYPE_event, event_callback);
    set_callback(CALLBACKTYPE_failsafe, failsafe_callback);
    if (register_vcpu_info(cpu))
        panic("Xen refuses vcpu_info of the boot CPU");
    /* Xen gives new guests a 100 Hz tick; we set our own alarms. */
    if (xen_vcpu_op(VCPUOP_stop_periodic_timer, cpu->id, NULL))
        panic("Xen cannot stop its periodic timer");
}

bool cpu_exists(unsigned int id)
{
    return id < CPU_MAX && xen_vcpu_op(VCPUOP_is_up, id, NULL) >= 0;
}

int cpu_start(struct percpu *cpu, void (*entry)(void), void *stack_top)
{
    struct vcpu_guest_context *context = heap_alloc_zeroed(1, sizeof(*context));
    long result;
    int error;

    if (!context)
        return -K_ENOMEM;
    context->flags = VGCF_in_kernel;
    context->user_regs.rip = (unsigned long)entry;
    /* As if called: 8 below a multiple of 16. */
    context->user_regs.rsp = (unsigned long)stack_top - 8;
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = FLAT_KERNEL_SS;
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = (unsigned long)stack_top;
    fill_trap_table(context->trap_ctxt);
    /* No GDT of our own: Xen's flat segments serve, as on the boot CPU. */
    context->ctrlreg[3] = xen_pfn_to_cr3(pt_top_mfn().n);
    context->event_callback_eip = (unsigned long)event_callback;
    context->failsafe_callback_eip = (unsigned long)failsafe_callback;
    context->gs_base_kernel = (unsigned long)cpu;
    context->fs_base = (unsigned long)cpu;
    error = register_vcpu_info(cpu);
    if (!error) {
        result = xen_vcpu_op(VCPUOP_initialise, cpu->id, context);
        if (!result)
            result = xen_vcpu_op(VCPUOP_up, cpu->id, NULL);
        error = xen_errno(result);
    }
    heap_free(context);
    return error;
}

_Noreturn void arch_start(const struct start_info *info)
{
    cpus[0] = &boot_cpu;
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
