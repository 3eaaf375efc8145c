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

int pthread_setaffinity_np(pthread_t handle, size_t size, const cpu_set_t *set)
{
    if (size < sizeof(*set))
        return EINVAL;
    return -thread_set_affinity(pthread_kernel_thread(handle), set->__bits);
}

/* Only CPUs that take part are in the answer, as on Linux. */
int pthread_getaffinity_np(pthread_t handle, size_t size, cpu_set_t *set)
{
    unsigned long online = cpus_online(), own;

    if (size < sizeof(*set))
        return EINVAL;
    own = thread_affinity(pthread_kernel_thread(handle)) & online;
    set->__bits = own ? own : online;
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
