/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * affinity.c: which CPUs a thread may run on, with Linux's functions.
 *
 * A set is one word of the kernel's (coracle/thread.h). There is one process,
 * so sched_setaffinity() means the calling thread, as it does on Linux for
 * pid 0.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include "coracle/cpus.h"
#include "lib/libc/libc.h"

/* The kernel's thread, or NULL: the main thread is known only to itself. */
static struct thread *kernel_thread(pthread_t handle)
{
    if (handle == pthread_self())
        return thread_self();
    return ((struct libc_thread *)handle)->thread;
}

int pthread_setaffinity_np(pthread_t handle, size_t size, const cpu_set_t *set)
{
    struct thread *thread = kernel_thread(handle);

    if (size < sizeof(*set))
        return EINVAL;
    if (thread == NULL)
        return ESRCH;
    return -thread_set_affinity(thread, set->__bits);
}

int pthread_getaffinity_np(pthread_t handle, size_t size, cpu_set_t *set)
{
    struct thread *thread = kernel_thread(handle);
    unsigned int count = cpu_count();

    if (size < sizeof(*set))
        return EINVAL;
    if (thread == NULL)
        return ESRCH;
    set->__bits = thread_affinity(thread);
    if (count < CPU_SETSIZE)
        set->__bits &= (1UL << count) - 1;
    return 0;
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
    (void)pid;
    errno = pthread_setaffinity_np(pthread_self(), size, set);
    return errno ? -1 : 0;
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    (void)pid;
    errno = pthread_getaffinity_np(pthread_self(), size, set);
    return errno ? -1 : 0;
}

int sched_getcpu(void)
{
    return (int)cpu_current();
}
