/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.c: the whole boot, as a list.
 *
 * arch/x86/boot.S and setup.c come before: a stack, the gs segment, the
 * exception table. Each step here stands on those above it. The boot ends when
 * this flow of control becomes CPU 0's idle thread and the main thread starts,
 * which finishes what needs threads, starts the other CPUs (cpus.c) and then
 * runs the program.
 */
#include "arch/x86/fpu.h"
#include "arch/x86/setup.h"
#include "coracle/entropy.h"
#include "coracle/lifecycle.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "mm/direct.h"
#include "mm/page.h"
#include "sched/sched.h"
#include "xen/console.h"
#include "xen/xenstore.h"

const char *boot_command_line(void)
{
    return (const char *)start_info.cmd_line;
}

/* The ramdisk lies in RAM behind the image: what the builder gave is its
 * address in its own mapping, and we know it in the direct map. */
const void *boot_ramdisk(unsigned long *size)
{
    *size = start_info.mod_len;
    if (!start_info.mod_len)
        return NULL;
    return direct_address(pfn_of((void *)start_info.mod_start));
}

/* In dom0's place (bare Xen) there is no console ring, only Xen's own. */
static void speak(void)
{
    if (start_info.flags & SIF_INITDOMAIN)
        console_init_early(NULL, 0);
    else
        console_init_early(
            direct_address(mfn_to_pfn((mfn_t){start_info.console.domU.mfn})),
            start_info.console.domU.evtchn);
}

static void main_thread(void *argument)
{
    (void)argument;
    if (console_init())
        panic("the console cannot be set up");
    if (xenstore_init())
        panic("xenstore cannot be set up");
    if (lifecycle_init())
        panic("the lifecycle cannot be set up");
    cpus_start();
    program_start(boot_command_line());
}

/* No canary: entropy_init() changes it. */
NO_CANARY _Noreturn void kernel_start(void)
{
    struct thread *thread;

    direct_init(&start_info); /* the final mapping; shared_info */
    cpu_init();               /* events have a place to arrive */
    speak();                  /* the console, by polling */
    page_init(direct_first_free(), direct_mapped_end(), total_pages);
    entropy_init();
    fpu_init();
    if (cpus_init()) /* run queue, timers: threads can exist */
        panic("the boot CPU cannot be set up");
    thread = thread_create("main", main_thread, NULL, 0);
    if (!thread)
        panic("no memory for the main thread");
    thread_detach(thread);
    idle_loop();
}
