/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libc.h: what the files of lib/libc know of each other.
 *
 * Each thread has a struct libc_thread behind the kernel's thread_local_get():
 * newlib's state (errno among it) and that of POSIX threads. The main thread's
 * is static, pthread_create() allocates one, and a thread that the kernel made
 * gets one when it first calls into the C library.
 */
#ifndef CORACLE_LIBC_LIBC_H
#define CORACLE_LIBC_LIBC_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <reent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include "coracle/compiler.h"
#include "coracle/thread.h"

struct key_value;

struct libc_thread {
    struct _reent reent;
    struct thread *thread; /* the kernel's; NULL: it has not begun to run */

    /* Written by pthread_create() before the thread starts. */
    bool created; /* by it: not the main thread, nor one of the kernel's own */
    void *(*start)(void *);
    void *argument;

    /* Guarded by the lock of lib/libc/pthread.c. */
    void *result;
    bool detached;
    bool joining; /* somebody is in pthread_join() */
    bool ended;
    struct waitq joiners;

    /* Of the thread itself alone. */
    struct key_value *values; /* of pthread_key.c; NULL: none yet */
    struct _pthread_cleanup_context *cleanup;
    sigset_t blocked;
    sigset_t pending;
    char name[16];
};

extern struct libc_thread libc_main_thread;

/* The image's name, argv[0]; the Makefile makes it. */
extern const char program_name[];

/* Make the calling thread the main one; before anything of newlib is used. */
void libc_main_thread_init(void);

/* The calling thread's. Never NULL. Thread context. */
struct libc_thread *libc_thread_self(void);

/* A zeroed one with newlib's part set up; NULL if memory is short. */
MUST_CHECK struct libc_thread *libc_thread_new(void);
/* The opposite; not for the calling thread. */
void libc_thread_delete(struct libc_thread *self);

/* The kernel's thread under a POSIX one; waits until that has begun to run. */
struct thread *pthread_kernel_thread(pthread_t handle);
/* A POSIX thread is about to end: the rest of its life (pthread.c). */
void pthread_finish(struct libc_thread *self);
/* Run the destructors of the thread's keys (pthread_key.c). */
void pthread_keys_run_destructors(struct libc_thread *self);

/*
 * What a system call returns: `result` itself, or -1 with errno set if it is a
 * negative error number.
 */
long libc_result(long result);

/*
 * "libc: NAME() is not supported" on the console, the first time only
 * (*said); sets errno to ENOSYS and returns -1.
 */
int libc_unsupported(const char *name, atomic_bool *said);

/* Is it a proper struct timespec, not negative? */
bool libc_timespec_valid(const struct timespec *time);
/* A proper one in ns, or 146 years: so much can be added to any time. */
uint64_t libc_nanoseconds(const struct timespec *time);
/* An absolute time of a clock as a kernel deadline (time_monotonic()). */
uint64_t libc_deadline(clockid_t clock, const struct timespec *time);

/* exit() reaches the kernel here; `xl reboot` turns it into a reboot. */
void libc_reboot_on_exit(void);

#endif
