/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * percpu.h, as tests under ThreadSanitizer see it: a CPU is a pthread, its
 * percpu a thread's variable. Which one is asked anew at each access, for a
 * thread of the kernel may have moved (cpus.c).
 */
#ifndef CORACLE_ARCH_PERCPU_H
#define CORACLE_ARCH_PERCPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>

/* Where code writes it with an fs prefix; glibc keeps this word free. */
#define PERCPU_STACK_LIMIT 0x70

struct percpu {
    struct percpu *self;
    struct thread *current;
    void *event_stack;
    void *fault_stack;
    uint32_t mask_depth;
    uint32_t id;
    bool preempt;
    bool in_events;
    atomic_bool reclaim;
    struct thread *idle_thread;
    struct runqueue *runqueue;
    struct timer_queue *timers;
    struct magazines *magazines;
    uint32_t kick_port;
    uint32_t kicks;
    struct vcpu_info vcpu_info;
    /* The machine: */
    atomic_uint pending; /* events not yet delivered, a bit for each kind */
    uint64_t alarm;      /* 0: there is no clock */
    void *fiber;         /* the idle thread's */
};

#define CPU_MAX 64
extern struct percpu *cpus[CPU_MAX];

struct percpu *fake_cpu(void);
void events_mask(void);
void events_unmask(void);

#define cpu_read(field)         (fake_cpu()->field)
#define cpu_write(field, value) ((void)(fake_cpu()->field = (value)))
#define cpu_increment(field)    ((void)fake_cpu()->field++)

static inline struct percpu *cpu_this(void)
{
    return fake_cpu();
}

#endif
