/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h: threads, and the wait queues they sleep on.
 *
 * Threads are preemptive. The scheduler is a round robin with a 10 ms slice
 * in which a thread woken by an event goes first; docs/threads.md says why.
 *
 * The monitor rule. Whoever waits for a condition holds a spinlock that guards
 * both the condition and the wait queue; so does whoever makes it true:
 *
 *     spin_lock(&lock);                      spin_lock(&lock);
 *     while (!ready)                         ready = true;
 *         waitq_wait(&wq, &lock, TIME_NEVER);    waitq_wake_all(&wq);
 *     spin_unlock(&lock);                    spin_unlock(&lock);
 *
 * waitq_wait() gives the lock up and falls asleep in one step, so that no
 * wake-up is lost in between. An event handler may be on the right-hand side.
 */
#ifndef CORACLE_THREAD_H
#define CORACLE_THREAD_H

#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/list.h"
#include "coracle/spinlock.h"
#include "coracle/time.h"

struct thread;

struct waitq {
    struct list waiters;
};

/* For static definitions: struct waitq wq = WAITQ_INIT(wq); */
#define WAITQ_INIT(name)                                                       \
    {                                                                          \
        LIST_INIT((name).waiters)                                              \
    }

/*
 * Start `entry(argument)` in a new thread. The name (cut at 15 bytes) is for
 * people. `stack_max` is how far its stack may grow, in bytes; 0 means
 * THREAD_STACK_MAX. Returns NULL if memory is short. The thread must be joined
 * or detached, once. Thread context.
 */
#define THREAD_STACK_MAX (1UL << 20)
struct thread *thread_create(const char *name, void (*entry)(void *),
                             void *argument, size_t stack_max);

/* Wait until `thread` has ended and free it. Thread context. */
void thread_join(struct thread *thread);

/* Nobody will join `thread`: it frees itself. Thread context. */
void thread_detach(struct thread *thread);

/* End the calling thread; returning from its entry does the same. */
_Noreturn void thread_exit(void);

struct thread *thread_self(void);
const char *thread_name(const struct thread *thread);

/* Call it something else from now on; cut at 15 bytes. */
void thread_set_name(struct thread *thread, const char *name);

/* Let others run first. Thread context. */
void thread_yield(void);

/*
 * Let `thread` run only on the CPUs whose bits are set (CPU 0 is bit 0; all at
 * first; a new thread inherits its creator's set). If none of them takes part,
 * -K_EINVAL; should the last of them leave later, the thread runs anywhere.
 * Thread context.
 */
MUST_CHECK int thread_set_affinity(struct thread *thread,
                                   unsigned long cpu_set);
unsigned long thread_affinity(const struct thread *thread);

/* Sleep until time_monotonic() has reached `deadline`, or for `ns`. */
void thread_sleep_until(uint64_t deadline);
void thread_sleep(uint64_t ns);

/*
 * One pointer per thread that belongs to the C library (lib/libc keeps errno
 * and newlib's struct _reent behind it). NULL in a new thread. When a thread
 * ends, the kernel calls `thread_local_free` (if it is not NULL) with it, in
 * the ending thread.
 */
void *thread_local_get(void);
void thread_local_set(void *local);
extern void (*thread_local_free)(void *local);

/*
 * Release `lock`, sleep until woken or until `deadline` (absolute, as in
 * time_monotonic(); TIME_NEVER: no limit), take `lock` again. Returns 0 when
 * woken, -K_ETIMEDOUT when not. `lock` must be the only spinlock held.
 * Thread context. The result may be ignored: callers loop on their condition.
 */
int waitq_wait(struct waitq *wq, struct spinlock *lock, uint64_t deadline);

/*
 * Wake the thread that has waited longest, or all. The caller holds the lock
 * that guards the queue. Any context. wake_one returns whether one was there.
 */
bool waitq_wake_one(struct waitq *wq);
void waitq_wake_all(struct waitq *wq);

static inline void waitq_init(struct waitq *wq)
{
    list_init(&wq->waiters);
}

#endif
