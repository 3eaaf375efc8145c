/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.h: what the files of sched/ share: the thread and the run queue.
 */
#ifndef CORACLE_SCHED_SCHED_H
#define CORACLE_SCHED_SCHED_H

#include "coracle/thread.h"
#include "sched/stack.h"
#include "sched/timer.h"

#define THREAD_NAME_SIZE 16

enum thread_state {
    THREAD_RUNNING,  /* on a CPU */
    THREAD_READY,    /* in the run queue */
    THREAD_SLEEPING, /* waiting for a wake-up or for its timer */
    THREAD_ENDED,    /* off its CPU for good */
};

/*
 * The structure lies at the top of the thread's own stack. Which lock guards
 * a field: [rq] the run queue's, [wait] the lock given to waitq_wait(),
 * [own] used by the thread itself only, [threads] thread.c's, [const] set once.
 */
struct thread {
    unsigned long stack_pointer;   /* while it does not run [rq] */
    unsigned long stack_limit;     /* what fs:0x70 says [own] */
    struct stack stack;            /* [own] */
    void *fs_base;                 /* thread-local variables, or NULL [const] */
    void *fpu;                     /* room for fpu_save() [own] */
    void *local;                   /* the C library's [own] */
    enum thread_state state;       /* [rq] */
    bool urgent;                   /* woken by an event: goes first [rq] */
    struct list queue_link;        /* in the run queue [rq] */
    struct list wait_link;         /* in a wait queue [wait] */
    bool waiting;                  /* whether wait_link is in one [wait] */
    bool timed_out;                /* [wait] */
    struct spinlock *wait_lock;    /* which lock [wait] is at present [own] */
    struct timer timer;            /* ends a wait */
    void (*entry)(void *argument); /* [const] */
    void *argument;                /* [const] */
    bool detached;                 /* [threads] */
    bool ended;                    /* [threads] */
    struct waitq joiner;           /* [threads] */
    struct list all_link;          /* in the list of all [threads] */
    char name[THREAD_NAME_SIZE];   /* [const] */
};

/* ---- switch.c ----------------------------------------------------------- */

/* Make the boot stack the idle thread of this CPU. */
void switch_init(struct thread *idle);

/* Take or give back the run queue's lock. */
void runqueue_lock(void);
void runqueue_unlock(void);

/* Let a thread run that is in no queue: a new or a woken one. Lock held. */
void runqueue_add(struct thread *thread);

/*
 * Run another thread; returns when the caller runs again. Its state says what
 * becomes of it. The run queue's lock is held before and after.
 */
void schedule(void);

/* The first thing that a new thread does: finish the switch to it. */
void switch_finish(void);

/* Run other threads as long as there are any, then sleep in Xen. */
_Noreturn void idle_loop(void);

/* Note a new limit for the growing stack of the calling thread. */
void thread_set_stack_limit(struct thread *thread, unsigned long limit);

/* ---- thread.c ----------------------------------------------------------- */

/* Free the threads that ended detached. Not in event handlers. */
void thread_reap(void);

/* Visit all threads, for reports; no lock is taken. */
struct thread *thread_next(struct thread *thread);

#endif
