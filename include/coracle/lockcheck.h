/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lockcheck.h: what the kernel tells the lock checker; here, nothing.
 *
 * `make LOCKCHECK=1` puts include/lockcheck/ before include/ in the include
 * path, so that its header of the same name stands in for this one, and links
 * sched/spinlock_checked.c, which says what is checked. Without it the hooks
 * are empty and cost nothing.
 */
#ifndef CORACLE_LOCKCHECK_H
#define CORACLE_LOCKCHECK_H

struct spinlock;

/* The caller uses what belongs to this CPU: events must be masked. */
static inline void lockcheck_cpu_access(void)
{
}

/* The caller may sleep, or leave the CPU: `lock` must be the only spinlock
 * that it holds; NULL: it must hold none. */
static inline void lockcheck_may_sleep(const struct spinlock *lock)
{
    (void)lock;
}

/* All event handlers have returned: they must have released their locks. */
static inline void lockcheck_events_end(void)
{
}

/* Print which lock was taken while which was held, and for how long. */
static inline void lockcheck_report(void)
{
}

#endif
