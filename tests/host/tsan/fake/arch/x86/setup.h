/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup.h, as tests under ThreadSanitizer see it: a Xen that the test plays,
 * its CPUs and the page shared with it.
 */
#ifndef CORACLE_ARCH_SETUP_H
#define CORACLE_ARCH_SETUP_H

#include <stdbool.h>
#include <xen/xen.h>

extern union shared_info_page {
    struct shared_info info;
} shared_info_page;

struct percpu;
int cpu_start(struct percpu *cpu, void (*entry)(void), void *stack_top);
bool cpu_exists(unsigned int id);

#endif
