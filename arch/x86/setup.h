/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup.h: what the boot code of the CPU offers to the rest of the boot.
 */
#ifndef CORACLE_ARCH_SETUP_H
#define CORACLE_ARCH_SETUP_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include "arch/x86/percpu.h"
#include "coracle/compiler.h"
#include "coracle/memory.h"

/* A copy of what Xen told us; it stays true until the domain is resumed. */
extern struct start_info start_info;

/* The page that Xen shares with us. The image's own page of that name is
 * replaced by Xen's when direct_init() rewrites the page tables. */
extern union shared_info_page {
    struct shared_info info;
    char whole[PAGE_SIZE]; /* nothing of ours may lie behind it */
} shared_info_page;

struct percpu;

/* Install the boot CPU's event entries and vcpu_info. */
void cpu_init(void);

/*
 * Start vCPU `cpu->id`, whose structure is filled in, at `entry` on the stack
 * that ends at `stack_top`, with events masked. 0 or a negative errno. Thread
 * context.
 */
MUST_CHECK int cpu_start(struct percpu *cpu, void (*entry)(void),
                         void *stack_top);

/* Whether Xen has a vCPU of that number for us. */
bool cpu_exists(unsigned int id);

/* Whether `page` must stay unmapped to guard a stack of the boot CPU. */
bool cpu_is_stack_guard(const void *page);

/* The rest of the boot; sched/start.c. */
_Noreturn void kernel_start(void);

#endif
