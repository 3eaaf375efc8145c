/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.h, as host tests see it in place of arch/x86/hypercall.h: a test
 * of a file that calls Xen defines the calls and plays Xen.
 */
#ifndef CORACLE_ARCH_HYPERCALL_H
#define CORACLE_ARCH_HYPERCALL_H

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/sched.h>

long xen_grant_table_op(unsigned int command, void *operations,
                        unsigned int count);

long xen_sched_op(int command, void *argument);

long xen_console_io(int command, unsigned long count, char *text);

#endif
