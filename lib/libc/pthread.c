/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread.c: the life of a POSIX thread.
 *
 * A pthread_t is the address of a struct libc_thread; under it runs a kernel
 * thread. The structure outlives the run: what the thread returned stays there
 * until pthread_join() has fetched it. A detached thread frees its own.
 *
 *     pthread_create() -> run() -> start(argument) -> pthread_exit()
 *         -> the kernel's thread_exit() -> pthread_finish() -> joiner
 *
 * Concurrency: `lock` guards the fields of struct libc_thread that say so, and
 * the count of threads. pthread_create() does not touch the structure once the
 * kernel thread exists: by then it may be gone.
 *
 * Left out: cancellation. pthread_cancel() answers ENOTSUP.
 */
#include "lib/libc/libc.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/memory.h"

/* A smaller stack costs as much as a larger one: it grows as it is used. */
#define STACK_LEAST (64UL << 10)

static struct spinlock lock = SPINLOCK_INIT;
static unsigned int living; /* POSIX threads but the main one; by lock */
static struct waitq all_ended = WAITQ_INIT(all_ended);

static struct libc_thread *from_handle(pthread_t handle)
{
    return (struct libc_thread *)handle;
}

pthread_t pthread_self(void)
{
    return (pthread_t)libc_thread_self();
}

int pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

/* ---- Beginning ----------------------------------------------------------- */

static void run(void *argument)
{
    struct libc_thread *self = argument;

    thread_local_set(self);
    spin_lock(&lock);
    self->thread = thread_self();
    waitq_wake_all(&self->joiners);
    spin_unlock(&lock);
    pthread_exit(self->start(self->argument));
}

int pthread_create(pthread_t *handle, const pthread_attr_t *attr,
                   void *(*start)(void *), void *argument)
{
    struct libc_thread *self = libc_thread_new();
    size_t stack = attr == NULL ? 0 : attr->stacksize;
    bool detached =
        attr != NULL && attr->detachstate == PTHREAD_CREATE_DETACHED;
    struct thread *thread;

    if (self == NULL)
        return EAGAIN;
    if (stack != 0 && stack < STACK_LEAST)
        stack = STACK_LEAST;
    self->created = true;
    self->start = start;
    self->argument = argument;
    self->detached = detached;
    self->blocked = libc_thread_self()->blocked;
    strcpy(self->name, "pthread");
    *handle = (pthread_t)self;
    spin_lock(&lock);
    living++;
    spin_unlock(&lock);

    thread = thread_create("pthread", run, self, stack);
    if (thread != NULL) {
        /* `self` may be gone already, whether detached by us or by itself. */
        if (detached)
            thread_detach(thread);
        return 0;
    }
    spin_lock(&lock);
    living--;
    spin_unlock(&lock);
    libc_thread_delete(self);
    return EAGAIN;
}

/* ---- Ending -------------------------------------------------------------- */

/* The main thread has left; the program lasts as long as the others. */
static _Noreturn void wait_for_others(void)
{
    spin_lock(&lock);
    libc_main_thread.ended = true;
    waitq_wake_all(&libc_main_thread.joiners);
    while (living > 0)
        waitq_wait(&all_ended, &lock, TIME_NEVER);
    spin_unlock(&lock);
    exit(0);
}

void pthread_exit(void *result)
{
    struct libc_thread *self = libc_thread_self();

    while (self->cleanup != NULL) {
        struct _pthread_cleanup_context *cleanup = self->cleanup;

        self->cleanup = cleanup->_previous;
        cleanup->_routine(cleanup->_arg);
    }
    pthread_keys_run_destructors(self);
    self->result = result;
    if (self == &libc_main_thread)
        wait_for_others();
    thread_exit();
}

/*
 * Called by the kernel at the very end of each thread that has a struct
 * libc_thread. Threads that the kernel made come straight here.
 */
void pthread_finish(struct libc_thread *self)
{
    bool ours = self->created;
    bool delete = !ours;

    pthread_keys_run_destructors(self);
    spin_lock(&lock);
    if (ours) {
        /* From here on a joiner may free it, unless it is detached. */
        self->ended = true;
        delete = self->detached;
        waitq_wake_all(&self->joiners);
        if (--living == 0)
            waitq_wake_all(&all_ended);
    }
    spin_unlock(&lock);
    if (delete) {
        thread_local_set(NULL);
        libc_thread_delete(self);
    }
}

int pthread_join(pthread_t handle, void **result)
{
    struct libc_thread *thread = from_handle(handle);

    if (thread == libc_thread_self())
        return EDEADLK;
    spin_lock(&lock);
    if (thread->detached || thread->joining) {
        spin_unlock(&lock);
        return EINVAL;
    }
    thread->joining = true;
    while (!thread->ended)
        waitq_wait(&thread->joiners, &lock, TIME_NEVER);
    spin_unlock(&lock);

    if (result != NULL)
        *result = thread->result;
    if (thread == &libc_main_thread)
        return 0;
    thread_join(thread->thread);
    libc_thread_delete(thread);
    return 0;
}

/* A thread knows its kernel thread only when it has begun to run. Lock held. */
static void await_begin(struct libc_thread *thread)
{
    while (thread->thread == NULL)
        waitq_wait(&thread->joiners, &lock, TIME_NEVER);
}

struct thread *pthread_kernel_thread(pthread_t handle)
{
    struct libc_thread *thread = from_handle(handle);

    spin_lock(&lock);
    await_begin(thread);
    spin_unlock(&lock);
    return thread->thread;
}

int pthread_detach(pthread_t handle)
{
    struct libc_thread *thread = from_handle(handle);
    struct thread *kernel_thread;
    bool ended, refused;

    spin_lock(&lock);
    await_begin(thread);
    refused = thread->detached || thread->joining;
    if (!refused)
        thread->detached = true;
    /* Read it now: a thread that has not ended may do so any moment. */
    kernel_thread = thread->thread;
    ended = thread->ended;
    spin_unlock(&lock);

    if (refused)
        return EINVAL;
    if (!thread->created) /* nobody frees what pthread_create() did not make */
        return 0;
    thread_detach(kernel_thread);
    if (ended)
        libc_thread_delete(thread);
    return 0;
}

/* ---- Cleanup handlers ---------------------------------------------------- */

void _pthread_cleanup_push(struct _pthread_cleanup_context *context,
                           void (*routine)(void *), void *argument)
{
    struct libc_thread *self = libc_thread_self();

    context->_routine = routine;
    context->_arg = argument;
    context->_previous = self->cleanup;
    self->cleanup = context;
}

void _pthread_cleanup_pop(struct _pthread_cleanup_context *context, int execute)
{
    libc_thread_self()->cleanup = context->_previous;
    if (execute)
        context->_routine(context->_arg);
}

int pthread_cancel(__attribute__((unused)) pthread_t thread)
{
    return ENOTSUP;
}

/* Nobody can cancel, so any state and type is as good as another. */
int pthread_setcancelstate(int state, int *old)
{
    if (old != NULL)
        *old = PTHREAD_CANCEL_ENABLE;
    return state == PTHREAD_CANCEL_ENABLE || state == PTHREAD_CANCEL_DISABLE
               ? 0
               : EINVAL;
}

int pthread_setcanceltype(int type, int *old)
{
    if (old != NULL)
        *old = PTHREAD_CANCEL_DEFERRED;
    return type == PTHREAD_CANCEL_DEFERRED ? 0 : ENOTSUP;
}

void pthread_testcancel(void)
{
}

/* ---- Names and turns ----------------------------------------------------- */

int pthread_setname_np(pthread_t handle, const char *name)
{
    struct libc_thread *thread = from_handle(handle);

    if (strlen(name) >= sizeof(thread->name))
        return ERANGE;
    strcpy(thread->name, name);
    if (handle == pthread_self())
        thread_set_name(thread_self(), name);
    else
        thread_set_name(pthread_kernel_thread(handle), name);
    return 0;
}

int pthread_getname_np(pthread_t handle, char *name, size_t size)
{
    struct libc_thread *thread = from_handle(handle);

    if (strlen(thread->name) >= size)
        return ERANGE;
    strcpy(name, thread->name);
    return 0;
}

int sched_yield(void)
{
    thread_yield();
    return 0;
}

void pthread_yield(void)
{
    thread_yield();
}

/* There is no fork(), so nothing has to be done around it. */
int pthread_atfork(__attribute__((unused)) void (*prepare)(void),
                   __attribute__((unused)) void (*parent)(void),
                   __attribute__((unused)) void (*child)(void))
{
    return 0;
}

int pthread_setconcurrency(int level)
{
    return level < 0 ? EINVAL : 0;
}

int pthread_getconcurrency(void)
{
    return 0;
}
