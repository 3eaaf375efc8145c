/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.h: the CPUs of this domain (vcpus= in its configuration).
 */
#ifndef CORACLE_CPUS_H
#define CORACLE_CPUS_H

/* How many take part at the moment. Any context. */
unsigned int cpu_count(void);

/* Which ones: bit N for CPU N. Who runs Xen may change it at any time, and need
 * not take away the last ones. Any context. */
unsigned long cpus_online(void);

/* The number of the one that runs the caller; it may be another soon. */
unsigned int cpu_current(void);

/* Let another CPU handle an event, in which it looks what there is to do for it
 * (sched/wake.c). Any context. */
void cpu_kick(unsigned int cpu);

#endif
