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
    THREAD_READY,    /* in a run queue, or on its way from one to another */
    THREAD_SLEEPING, /* waiting for a wake-up or for its timer */
    THREAD_ENDED,    /* off its CPU for good */
};

/*
 * The structure lies at the top of the thread's own stack. Which lock guards
 * a field: [rq] that of its home's run queue, [wait] the lock given to
 * waitq_wait(), [own] used by the thread itself only, [threads] thread.c's,
 * [const] set once, [word] none: one word, read and written in one step.
 */
struct thread {
    unsigned long stack_pointer;   /* while it does not run [rq] */
    unsigned long stack_limit;     /* what fs:0x70 says [own] */
    struct stack stack;            /* [own] */
    void *fs_base;                 /* thread-local variables, or NULL [const] */
    void *fpu;                     /* room for fpu_save() [own] */
    void *local;                   /* the C library's [own] */
    enum thread_state state;       /* [rq] */
    struct runqueue *home;         /* whose [rq] is meant; see runqueue.h */
    unsigned long affinity;        /* a bit for each CPU it may run on [word] */
    bool urgent;                   /* woken by an event: goes first [rq] */
    uint64_t turns;                /* how often it was given a CPU [rq] */
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

/* Make what runs on this CPU its idle thread, and give it a run queue. */
MUST_CHECK int switch_init(struct thread *idle);

/* The first thing that a new thread does: finish the switch to it. */
void switch_finish(void);

/* Release `lock` and sleep until wake_sleeper(). `lock` is the one that whoever
 * wakes holds. Thread context, no other spinlock held. */
void switch_sleep(struct spinlock *lock);

/* Release `lock` and leave this CPU for good. */
_Noreturn void switch_end(struct spinlock *lock);

/* Wait until `thread`, which has ended, is off its CPU. */
void switch_wait_off(struct thread *thread);

/* Run other threads as long as there are any, then sleep in Xen. */
_Noreturn void idle_loop(void);

/* Note a new limit for the growing stack of the calling thread. */
void thread_set_stack_limit(struct thread *thread, unsigned long limit);

/* ---- wake.c ------------------------------------------------------------- */

/* Let a new thread run. It is in no queue and nobody else knows it. */
void wake_new(struct thread *thread);

/* Wake a thread that is in switch_sleep(). Its lock is held. Any context. */
void wake_sleeper(struct thread *thread);

/* The handler of a CPU's kick port. */
void wake_kicked(uint32_t port, void *argument);

/* ---- cpus.c ------------------------------------------------------------- */

/* Set up the boot CPU's scheduler; its boot stack becomes the idle thread. */
MUST_CHECK int cpus_init(void);

/* Start all other CPUs and wait a little for them. Thread context. */
void cpus_start(void);

/* This CPU, in its idle thread, was told to leave: sleep until wanted. Events
 * are masked. */
void cpus_leave(void);

/* ---- crash.c ------------------------------------------------------------ */

/* An event handler: if another CPU has crashed, stop here for its report. */
void crash_stop_if_begun(void);

/* ---- thread.c ----------------------------------------------------------- */

/* Free the threads that ended detached. Not in event handlers. */
void thread_reap(void);

/* Visit all threads, for reports; no lock is taken. */
struct thread *thread_next(struct thread *thread);

#endif
