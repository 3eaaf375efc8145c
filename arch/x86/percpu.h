/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * percpu.h: what each CPU has for itself, and how code finds it.
 *
 * The gs segment of every CPU begins at its struct percpu, so that one
 * instruction with a gs prefix reads or writes a field of "this CPU": nothing
 * can move the thread to another CPU in the middle. A pointer to the whole
 * structure (cpu_this()) only stays true while events are masked.
 *
 * The fs segment begins there too, unless the program has thread-local
 * variables: compiled programs compare their stack pointer with fs:0x70
 * (stack_limit) at every function's entry, and expect fs:0 to point to itself.
 *
 * Xen keeps this CPU's vcpu_info inside the structure as well (registered with
 * VCPUOP_register_vcpu_info), so that masking events is one such instruction.
 */
#ifndef CORACLE_ARCH_PERCPU_H
#define CORACLE_ARCH_PERCPU_H

/* Offsets for assembly; arch/x86/setup.c checks them against the structure. */
#define PERCPU_EVENT_STACK 0x10
#define PERCPU_FAULT_STACK 0x18
#define PERCPU_MASK_DEPTH  0x20
#define PERCPU_STACK_LIMIT 0x70
#define PERCPU_VCPU_INFO   0x80
#define PERCPU_PENDING     (PERCPU_VCPU_INFO + 0)
#define PERCPU_MASK        (PERCPU_VCPU_INFO + 1)

/* Where the boot stack ends in struct boot_stacks: a guard page, 8 KiB. */
#define BOOT_STACK_TOP 0x3000

#ifndef __ASSEMBLER__

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>
#include "coracle/lockcheck.h"

struct percpu {
    struct percpu *self;    /* at 0: fs:0 and gs:0 */
    struct thread *current; /* the thread running here */
    void *event_stack;      /* tops of this CPU's two special stacks: */
    void *fault_stack;      /* event handlers, and exceptions (all fatal) */
    uint32_t mask_depth;    /* how many times events are masked */
    uint32_t id;            /* number of this vCPU */
    bool preempt;           /* switch threads when the event is handled */
    bool in_events;         /* event handlers are running */
    atomic_bool reclaim;    /* it is asked for memory: mm/reclaim.c */
    struct thread *idle_thread;
    struct runqueue *runqueue;    /* sched/switch.c */
    struct timer_queue *timers;   /* sched/timer.c */
    const unsigned long *stopped; /* its frame, when stopped for a report */
    struct magazines *magazines;  /* mm/magazine.c */
    uint32_t kick_port;           /* other CPUs call for attention here */
    uint32_t kicks;               /* how many it has sent */
    uint32_t unused[4];
    unsigned long stack_limit; /* of the current thread; at 0x70 */
    uint64_t unused2;
    struct vcpu_info vcpu_info; /* at 0x80, shared with Xen */
} __attribute__((aligned(64)));

/* Read or write one field of this CPU's structure in one instruction. */
#define cpu_read(field)                                                        \
    ({                                                                         \
        __typeof__(((struct percpu *)0)->field) value_;                        \
        __asm__ volatile("mov %%gs:%c1, %0"                                    \
                         : "=r"(value_)                                        \
                         : "i"(offsetof(struct percpu, field)));               \
        value_;                                                                \
    })

#define cpu_write(field, value)                                                \
    do {                                                                       \
        __typeof__(((struct percpu *)0)->field) value_ = (value);              \
        __asm__ volatile("mov %0, %%gs:%c1"                                    \
                         :                                                     \
                         : "r"(value_), "i"(offsetof(struct percpu, field))    \
                         : "memory");                                          \
    } while (0)

/* Add 1 to a field of 32 bits. */
#define cpu_increment(field)                                                   \
    __asm__ volatile("incl %%gs:%c0"                                           \
                     :                                                         \
                     : "i"(offsetof(struct percpu, field))                     \
                     : "memory", "cc")

/* All CPUs by number; NULL for one that was never started. */
#define CPU_MAX 64
extern struct percpu *cpus[CPU_MAX];

/* This CPU's structure; events must be masked. */
static inline struct percpu *cpu_this(void)
{
    lockcheck_cpu_access();
    return cpu_read(self);
}

/*
 * Hold back events on this CPU, and let them through again. They nest. While
 * they are masked the thread is neither interrupted nor preempted; that keeps
 * out nothing on other CPUs: mutual exclusion is a spinlock's business.
 */
static inline void events_mask(void)
{
    __asm__ volatile("movb $1, %%gs:%c0\n\t"
                     "incl %%gs:%c1"
                     :
                     : "i"(PERCPU_MASK), "i"(PERCPU_MASK_DEPTH)
                     : "memory", "cc");
}

/* Deliver what came while events were masked. */
void events_deliver_pending(void);

static inline void events_unmask(void)
{
    bool pending = false;

    /* Unmask first, then look: an event between the two is delivered by Xen,
     * one before them is seen here. */
    __asm__ volatile("decl %%gs:%c1\n\t"
                     "jnz 1f\n\t"
                     "movb $0, %%gs:%c2\n\t"
                     "cmpb $0, %%gs:%c3\n\t"
                     "setne %0\n"
                     "1:"
                     : "+r"(pending)
                     : "i"(PERCPU_MASK_DEPTH), "i"(PERCPU_MASK),
                       "i"(PERCPU_PENDING)
                     : "memory", "cc");
    if (pending)
        events_deliver_pending();
}

#endif /* __ASSEMBLER__ */
#endif
