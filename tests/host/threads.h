/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads.h: threads, wait queues, locks and one event channel for host tests.
 *
 * A test program that includes this has the kernel's threads, switched by hand
 * (ucontext) and only where one sleeps, so every run is the same. Time stands
 * still while anybody can run. When all sleep, the test's other_domain() is
 * asked to do something; if it returns false, time jumps to the next deadline;
 * if there is none, that is a deadlock and the test fails.
 *
 * It is a header with code because only some test programs want it.
 */
#ifndef CORACLE_TESTS_HOST_THREADS_H
#define CORACLE_TESTS_HOST_THREADS_H

#include <ucontext.h>
#include "test.h"
#include "arch/x86/percpu.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "xen/evtchn.h"

#define THREADS_MAX 64
#define STACK_SIZE  (256 * 1024)

/* The test's: what the other end of the event channel does when it runs. Says
 * whether it did anything; it sends an event with raise_event(). */
static bool other_domain(void);

struct thread {
    ucontext_t context;
    void (*entry)(void *);
    void *argument;
    struct list link; /* in a wait queue */
    bool sleeps, ended, timed_out;
    uint64_t deadline;
    struct thread *joiner;
};

static struct thread threads[THREADS_MAX] = {{.deadline = TIME_NEVER}};
static unsigned int thread_count = 1, current; /* number 0 is the test's */
static unsigned int notifications;             /* since the test reset it */

static evtchn_handler event_handler;
static void *event_argument;

static inline void raise_event(void)
{
    if (!event_handler)
        return;
    fake_masked++;
    event_handler(1, event_argument);
    fake_masked--;
}

/* ---- Switching ----------------------------------------------------------- */

static bool wake_by_time(void)
{
    struct thread *first = NULL;

    for (unsigned int i = 0; i < thread_count; i++) {
        struct thread *t = &threads[i];

        if (t->sleeps && t->deadline != TIME_NEVER &&
            (!first || t->deadline < first->deadline))
            first = t;
    }
    if (!first)
        return false;
    if (first->deadline > test_time)
        test_time = first->deadline;
    list_del(&first->link);
    first->timed_out = true;
    first->sleeps = false;
    return true;
}

/* Run the next thread that can run. */
static void switch_away(void)
{
    unsigned int from = current;

    CHECK_EQUAL(test_locks_held(), 0);
    for (;;) {
        for (unsigned int i = 1; i <= thread_count; i++) {
            unsigned int to = (from + i) % thread_count;

            if (threads[to].sleeps || threads[to].ended)
                continue;
            current = to;
            if (to != from)
                swapcontext(&threads[from].context, &threads[to].context);
            return;
        }
        if (!other_domain() && !wake_by_time())
            test_fail("threads", 0, "deadlock: all threads sleep for ever");
    }
}

/* ---- thread.h ------------------------------------------------------------ */

static inline void begin_thread(void)
{
    threads[current].entry(threads[current].argument);
    threads[current].ended = true;
    if (threads[current].joiner)
        threads[current].joiner->sleeps = false;
    switch_away();
}

struct thread *thread_create(const char *name, void (*entry)(void *),
                             void *argument, size_t stack_max)
{
    struct thread *t = &threads[thread_count];

    (void)name;
    (void)stack_max;
    CHECK(thread_count < THREADS_MAX);
    thread_count++;
    t->entry = entry;
    t->argument = argument;
    getcontext(&t->context);
    t->context.uc_stack.ss_sp = malloc(STACK_SIZE);
    t->context.uc_stack.ss_size = STACK_SIZE;
    makecontext(&t->context, begin_thread, 0);
    return t;
}

void thread_detach(struct thread *thread)
{
    (void)thread;
}

struct thread *thread_self(void)
{
    return &threads[current];
}

void thread_yield(void)
{
    switch_away();
}

void thread_join(struct thread *thread)
{
    struct thread *me = &threads[current];

    if (thread->ended)
        return;
    thread->joiner = me;
    list_init(&me->link);
    me->deadline = TIME_NEVER;
    me->sleeps = true;
    switch_away();
    CHECK(thread->ended);
}

int waitq_wait(struct waitq *wq, struct spinlock *lock, uint64_t deadline)
{
    struct thread *me = &threads[current];

    CHECK_EQUAL(fake_mask_depth(), 1); /* the lock, and nothing else */
    me->sleeps = true;
    me->timed_out = false;
    me->deadline = deadline;
    list_add_tail(&wq->waiters, &me->link);
    spin_unlock(lock);
    switch_away();
    spin_lock(lock);
    return me->timed_out ? -K_ETIMEDOUT : 0;
}

bool waitq_wake_one(struct waitq *wq)
{
    struct thread *t = list_first(&wq->waiters, struct thread, link);

    if (!t)
        return false;
    list_del(&t->link);
    t->sleeps = false;
    return true;
}

void waitq_wake_all(struct waitq *wq)
{
    while (waitq_wake_one(wq))
        ;
}

/* ---- sync.h -------------------------------------------------------------- */

int mutex_lock_until(struct mutex *mutex, uint64_t deadline)
{
    int result = 0;

    spin_lock(&mutex->lock);
    while (mutex->owner && !result)
        result = waitq_wait(&mutex->waiters, &mutex->lock, deadline);
    if (!mutex->owner) {
        mutex->owner = thread_self();
        result = 0;
    }
    spin_unlock(&mutex->lock);
    return result;
}

void mutex_unlock(struct mutex *mutex)
{
    spin_lock(&mutex->lock);
    CHECK(mutex->owner == thread_self());
    mutex->owner = NULL;
    waitq_wake_one(&mutex->waiters);
    spin_unlock(&mutex->lock);
}

void semaphore_init(struct semaphore *semaphore, unsigned int count)
{
    semaphore->count = count;
    waitq_init(&semaphore->waiters);
}

int semaphore_down(struct semaphore *semaphore, uint64_t deadline)
{
    spin_lock(&semaphore->lock);
    while (semaphore->count == 0)
        waitq_wait(&semaphore->waiters, &semaphore->lock, deadline);
    semaphore->count--;
    spin_unlock(&semaphore->lock);
    return 0;
}

void semaphore_up(struct semaphore *semaphore)
{
    spin_lock(&semaphore->lock);
    semaphore->count++;
    waitq_wake_one(&semaphore->waiters);
    spin_unlock(&semaphore->lock);
}

/* ---- evtchn.h: one port -------------------------------------------------- */

int evtchn_bind_existing(uint32_t port, evtchn_handler handler, void *argument,
                         unsigned int flags)
{
    (void)flags;
    event_handler = handler;
    event_argument = argument;
    return (int)port;
}

int evtchn_bind_virq(uint32_t virq, evtchn_handler handler, void *argument)
{
    (void)virq;
    return evtchn_bind_existing(1, handler, argument, 0);
}

void evtchn_close(uint32_t port)
{
    (void)port;
    event_handler = NULL;
}

void evtchn_notify(uint32_t port)
{
    (void)port;
    notifications++;
}

/* Polling keeps events from the handler. */
void evtchn_poll(uint32_t port, uint64_t deadline)
{
    evtchn_handler handler = event_handler;

    (void)port;
    event_handler = NULL;
    if (!other_domain())
        test_time = deadline;
    event_handler = handler;
}

/* ---- memory.h: the host's ------------------------------------------------ */

/* After this many more allocations there is no memory; negative: never. */
static int allocations_left = -1;

void *heap_alloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    return malloc(size);
}

void *heap_alloc_zeroed(size_t count, size_t size)
{
    void *block = heap_alloc(count * size);

    return block ? memset(block, 0, count * size) : NULL;
}

void heap_free(void *block)
{
    free(block);
}

#endif
