/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash.c: the last words.
 *
 * An exception (every one is fatal: there is no paging to serve) or a panic
 * ends here: a report on the console, then SHUTDOWN_crash, so that the
 * toolstack's on_crash decides what becomes of the domain.
 *
 * The CPU that crashes first reports; it kicks the others, which stop where
 * they are, and shows their backtraces too.
 *
 * Runs with events masked, on the fault stack of the CPU or on that of the
 * panicking thread. Takes no lock: the holder will never release it. A fault
 * inside the report ends it at once.
 */
#include <stdatomic.h>
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "arch/x86/regs.h"
#include "coracle/cpus.h"
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/symbols.h"
#include "mm/area.h"
#include "mm/direct.h"
#include "sched/balance.h"
#include "sched/sched.h"
#include "xen/console.h"

#define LINES_MAX          32
#define STEPS_MAX          100000u
#define NULL_PAGE_SIZE     0x10000ul
#define PAGE_FAULT         14
#define GENERAL_PROTECTION 13
#define ERROR_PRESENT      1u
#define ERROR_WRITE        2u
#define ERROR_FETCH        16u
#define CALL_OPCODE        0xe8
#define CALL_LENGTH        5

extern const char image_start[], text_end[], rodata_end[], image_end[];

_Noreturn void exception_fatal(const struct regs *regs);

static const char *const causes[] = {
    "divide error",
    "debug trap",
    "NMI",
    "breakpoint",
    "overflow",
    "bounds exceeded",
    "invalid instruction",
    "device not available",
    "double fault",
    "exception 9",
    "invalid TSS",
    "segment not present",
    "stack fault",
    "general protection fault",
    "page fault",
    "exception 15",
    "x87 error",
    "alignment check",
    "machine check",
    "SIMD error",
};

/* ---- One CPU reports, all others stop ------------------------------------ */

#define STOP_TIME (2 * NS_PER_S)

static atomic_uint reporter; /* number of the reporting CPU plus 1 */

/* Stay here for ever, with the stack as it is. */
static _Noreturn void stop(void)
{
    struct percpu *cpu = cpu_this();

    cpu->stopped = __builtin_frame_address(0);
    for (;;)
        (void)xen_vcpu_op(VCPUOP_down, cpu->id, NULL);
}

void crash_stop_if_begun(void)
{
    if (atomic_load(&reporter))
        stop();
}

/* Only one report, and none about itself. */
static void begin_report(void)
{
    unsigned int nobody = 0, self = cpu_read(id) + 1;

    events_mask();
    if (!atomic_compare_exchange_strong(&reporter, &nobody, self)) {
        if (nobody == self)
            domain_crash();
        stop();
    }
    console_crash_begin();
    for (unsigned int id = 0; id < CPU_MAX; id++)
        if (cpus[id] && id + 1 != self)
            cpu_kick(id);
}

/* As a place in a function: `back` bytes before it is looked for. */
static void print_address(const char *what, unsigned long address,
                          unsigned int back)
{
    struct symbol symbol;

    if (symbol_find((void *)(address - back), &symbol))
        printk("  %s %016lx %s+0x%lx\n", what, address, symbol.name,
               symbol.offset + back);
    else
        printk("  %s %016lx\n", what, address);
}

static void print_place(const char *what, unsigned long address)
{
    print_address(what, address, 0);
}

/* A return address: the call stands before it, and may be the last instruction
 * of its function if what it calls never returns. */
static void print_return(unsigned long address)
{
    print_address("   ", address, 1);
}

/*
 * Follow the chain of saved frame pointers: at rbp stands the caller's rbp,
 * above it the return address. It may be broken anywhere, so every step is
 * checked. It may lead from one stack to another (from an event to the thread
 * it interrupted), so nothing says that addresses rise, and a limit on the
 * steps keeps a circle from going on for ever.
 */
static bool is_frame(const unsigned long *frame)
{
    return frame && (unsigned long)frame % sizeof(*frame) == 0 &&
           area_is_mapped(frame) && area_is_mapped(frame + 1) && frame[1];
}

static void print_backtrace(const unsigned long *frame)
{
    unsigned int lines = 0, steps = 0, repeated = 0;
    unsigned long last = 0;

    printk("Backtrace, innermost call first:\n");
    while (is_frame(frame) && lines < LINES_MAX && steps++ < STEPS_MAX) {
        const unsigned long *next = (const unsigned long *)frame[0];

        if (frame[1] == last) { /* recursion */
            repeated++;
        } else {
            if (repeated)
                printk("      ... %u more times\n", repeated);
            print_return(frame[1]);
            repeated = 0;
            lines++;
        }
        last = frame[1];
        frame = next;
    }
}

/* The other CPUs were called in begin_report(); show where they stopped. */
static void print_others(void)
{
    uint64_t deadline = time_monotonic() + STOP_TIME;

    for (unsigned int id = 0; id < CPU_MAX; id++) {
        const struct percpu *cpu = cpus[id];

        if (!cpu || cpu == cpu_this() || !balance_possible(1UL << id))
            continue;
        while (!READ_ONCE(cpu->stopped) && time_monotonic() < deadline)
            (void)xen_sched_op(SCHEDOP_yield, NULL);
        printk("CPU %u, in thread %s", id, cpu->current->name);
        if (cpu->stopped) {
            printk(". ");
            print_backtrace(cpu->stopped);
        } else {
            printk(", does not answer.\n");
        }
    }
}

/* What lies at `address`, in words. */
static void describe(unsigned long address, char *to, size_t size)
{
    const char *where = (const char *)address;
    struct symbol symbol;

    if (address < NULL_PAGE_SIZE)
        string_format(to, size, "null page");
    else if (address < 1UL << 47)
        string_format(to, size, "low half, where nothing is mapped");
    else if (symbol_find(where, &symbol))
        string_format(to, size, "read-only text, %s+0x%lx", symbol.name,
                      symbol.offset);
    else if (where >= text_end && where < rodata_end)
        string_format(to, size, "read-only data of the image");
    else if (where >= rodata_end && where < image_end)
        string_format(to, size,
                      area_is_mapped(where) ? "data of the image"
                                            : "guard page of a CPU's stack");
    else if (area_describe(where, to, size))
        return;
    else if (address - DIRECT_BASE < total_pages << PAGE_SHIFT)
        string_format(to, size,
                      area_is_mapped(where)
                          ? "memory, frame %lu"
                          : "memory not yet in use, frame %lu",
                      (address - DIRECT_BASE) >> PAGE_SHIFT);
    else
        string_format(to, size, "nothing is mapped there");
}

static void print_page_fault(const struct regs *regs)
{
    unsigned long address = cpu_this()->vcpu_info.arch.cr2;
    bool protection = regs->error & ERROR_PRESENT;
    const char *what = regs->error & ERROR_FETCH      ? "executing"
                       : !(regs->error & ERROR_WRITE) ? "reading"
                       : protection                   ? "writing to read-only"
                                                      : "writing to";
    char where[96];

    describe(address, where, sizeof(where));
    printk("Page fault %s address %016lx: %s\n", what, address, where);
}

static void print_registers(const struct regs *r)
{
    printk("  rax %016lx rbx %016lx rcx %016lx\n", r->rax, r->rbx, r->rcx);
    printk("  rdx %016lx rsi %016lx rdi %016lx\n", r->rdx, r->rsi, r->rdi);
    printk("  rbp %016lx rsp %016lx r8  %016lx\n", r->rbp, r->rsp, r->r8);
    printk("  r9  %016lx r10 %016lx r11 %016lx\n", r->r9, r->r10, r->r11);
    printk("  r12 %016lx r13 %016lx r14 %016lx\n", r->r12, r->r13, r->r14);
    printk("  r15 %016lx flags %lx error %lx\n", r->r15, r->rflags, r->error);
}

static void print_thread(void)
{
    struct thread *thread = thread_self();

    printk("in thread %s, CPU %u\n", thread ? thread->name : "(boot)",
           cpu_read(id));
}

/*
 * Whether `address` follows a call of the function that `rip` lies in:
 *     e8 xx xx xx xx    call, with the distance to the function's start
 */
static bool follows_call(unsigned long address, unsigned long rip)
{
    const unsigned char *call = (const unsigned char *)address - CALL_LENGTH;
    struct symbol symbol;
    int32_t distance;

    if ((char *)call < image_start || (char *)call >= text_end ||
        call[0] != CALL_OPCODE || !symbol_find((void *)rip, &symbol))
        return false;
    memcpy(&distance, call + 1, sizeof(distance));
    return address + (unsigned long)(long)distance == rip - symbol.offset;
}

/*
 * Small functions set up no frame, and then the chain of frames leaves out
 * their caller; so does a jump to what is no function at all. Its address is
 * on top of the stack then.
 */
static void print_caller(const struct regs *regs)
{
    const unsigned long *top = (const unsigned long *)regs->rsp;
    struct symbol symbol;

    if (area_is_mapped(top) && (!symbol_find((void *)regs->rip, &symbol) ||
                                follows_call(*top, regs->rip)))
        print_place("called from", *top);
}

/* Called by entry.S. */
_Noreturn void exception_fatal(const struct regs *regs)
{
    begin_report();
    printk("\nCoracle crashed: ");
    if (regs->vector == PAGE_FAULT)
        print_page_fault(regs);
    else
        printk("%s\n", causes[regs->vector]);
    if (regs->vector == GENERAL_PROTECTION)
        printk("(most often a pointer that is no address at all)\n");
    print_thread();
    print_place("at ", regs->rip);
    print_registers(regs);
    print_caller(regs);
    print_backtrace((const unsigned long *)regs->rbp);
    print_others();
    domain_crash();
}

_Noreturn void panic(const char *format, ...)
{
    va_list arguments;

    begin_report();
    printk("\nCoracle crashed: ");
    va_start(arguments, format);
    vprintk(format, arguments);
    va_end(arguments);
    printk("\n");
    print_thread();
    print_backtrace(__builtin_frame_address(0));
    print_others();
    domain_crash();
}

/* Called by code compiled with -fstack-protector. */
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    panic("stack smashing: a function wrote past an array on its stack");
}
