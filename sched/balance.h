/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * balance.h: which CPU a thread runs on.
 */
#ifndef CORACLE_SCHED_BALANCE_H
#define CORACLE_SCHED_BALANCE_H

#include <stdatomic.h>
#include "sched/sched.h"

/* The CPUs that take part; balance.c. */
extern atomic_ulong balance_online;

/* Only the boot CPU takes part: nothing to balance. */
static inline bool balance_alone(void)
{
    return atomic_load_explicit(&balance_online, memory_order_relaxed) == 1;
}

/* Whether `thread` may run on CPU `cpu`, as things are. */
bool balance_allowed(const struct thread *thread, unsigned int cpu);

/* The queue for a thread that wakes or is new. Any context, no queue's lock
 * held. */
struct runqueue *balance_place(const struct thread *thread);

/* If CPU `cpu` sleeps in Xen or is about to, return true and let it count as
 * busy: the caller has work for it. */
bool balance_claim(unsigned int cpu);

/* A thread that may run on the CPUs of `affinity` was added to `rq`; `kick`:
 * its CPU is another and should look. */
void balance_announce(const struct runqueue *rq, unsigned long affinity,
                      bool kick);

/* This CPU has nothing to do, or has again. Before it blocks, an idle CPU
 * calls balance_steal(), which moves a thread of some other queue into its
 * own; events are masked. */
void balance_set_idle(bool idle);
bool balance_steal(void);

/* This CPU takes part from now on. */
void balance_join(void);

/* Tell CPU `cpu` to take part no more: its threads go elsewhere, then it calls
 * cpus_leave(). Returns false if it did not take part. Any context. */
bool balance_dismiss(unsigned int cpu);

/* Whether a CPU of the set takes part. */
bool balance_possible(unsigned long cpu_set);

/* How many kicks all CPUs have sent. */
unsigned long balance_count_kicks(void);

#endif
