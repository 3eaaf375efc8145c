/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.h, as host tests see it: the calls that a test needs, which it
 * defines itself.
 */
#ifndef CORACLE_ARCH_HYPERCALL_H
#define CORACLE_ARCH_HYPERCALL_H

#include <xen/xen.h>

long xen_console_io(int command, unsigned long count, char *text);

#endif
