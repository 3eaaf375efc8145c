/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reent.c: the state of each thread in the C library.
 *
 * newlib was built to ask __getreent() for its state of the calling thread:
 * errno, strtok()'s place, the buffers of asctime() and of floating-point
 * conversion. The answer hangs on the one pointer that the kernel keeps for us
 * in every thread (include/coracle/thread.h).
 *
 * The main thread's state is also newlib's global one, where atexit()
 * functions and the list of open streams are. It is static, so errno works
 * before there is a heap.
 *
 * Concurrency: a struct libc_thread is used by its own thread only, but for
 * what pthread.c guards with a lock of its own.
 */
#include "lib/libc/libc.h"

#include <stdlib.h>
#include <string.h>
#include "coracle/memory.h"

/* Programs that use no streams have none: then these are NULL. */
#pragma weak __sf

struct libc_thread libc_main_thread; /* zeroed: it takes no room in images */

void libc_main_thread_init(void)
{
    _REENT_INIT_PTR_ZEROED(&libc_main_thread.reent);
    strcpy(libc_main_thread.name, "main");
    waitq_init(&libc_main_thread.joiners);
    libc_main_thread.thread = thread_self();
    thread_local_set(&libc_main_thread);
}

/* newlib's names for the main thread's state; they replace its impure.o. */
struct _reent *_impure_ptr = &libc_main_thread.reent;
struct _reent *const _global_impure_ptr = &libc_main_thread.reent;

struct libc_thread *libc_thread_new(void)
{
    struct libc_thread *self = heap_alloc_zeroed(1, sizeof(*self));

    if (self == NULL)
        return NULL;
    _REENT_INIT_PTR_ZEROED(&self->reent);
    waitq_init(&self->joiners);
    return self;
}

void libc_thread_delete(struct libc_thread *self)
{
    _reclaim_reent(&self->reent);
    heap_free(self);
}

struct libc_thread *libc_thread_self(void)
{
    struct libc_thread *self = thread_local_get();

    if (self != NULL)
        return self;
    /* A thread of the kernel's making, in the C library for the first time. */
    self = libc_thread_new();
    if (self == NULL)
        return &libc_main_thread; /* a shared errno is better than none */
    self->thread = thread_self();
    thread_local_set(self);
    return self;
}

struct _reent *__getreent(void);

struct _reent *__getreent(void)
{
    return &libc_thread_self()->reent;
}

long libc_result(long result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}
