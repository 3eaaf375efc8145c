/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys/cpuset.h: sets of CPUs, with Linux's names. CPU_SETSIZE is the kernel's
 * limit. Included by <pthread.h> and <sched.h> for programs that define
 * _GNU_SOURCE.
 */
#ifndef _SYS_CPUSET_H_
#define _SYS_CPUSET_H_

#define CPU_SETSIZE 64

typedef struct {
    unsigned long __bits;
} cpu_set_t;

/* Not the compiler's builtin: without an instruction it wants libgcc. */
static inline int __cpu_count(const cpu_set_t *__set)
{
    int __count = 0;

    for (unsigned long __rest = __set->__bits; __rest; __rest &= __rest - 1)
        __count++;
    return __count;
}

#define CPU_ZERO(set)       ((set)->__bits = 0)
#define CPU_SET(cpu, set)   ((set)->__bits |= 1UL << (cpu))
#define CPU_CLR(cpu, set)   ((set)->__bits &= ~(1UL << (cpu)))
#define CPU_ISSET(cpu, set) ((int)((set)->__bits >> (cpu)&1))
#define CPU_COUNT(set)      __cpu_count(set)
#define CPU_EQUAL(a, b)     ((a)->__bits == (b)->__bits)

#endif
