/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * system.c: questions about the system, and who one is.
 *
 * There is one process, number 1, run by user 0, in a domain with some memory.
 *
 * Concurrency: no state.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "coracle/cpus.h"
#include "coracle/entropy.h"
#include "coracle/lifecycle.h"
#include "coracle/memory.h"
#include "coracle/time.h"
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

extern const char coracle_version[];

long sysconf(int name)
{
    switch (name) {
    case _SC_PAGESIZE:
        return PAGE_SIZE;
    case _SC_PHYS_PAGES:
        return (long)page_count_total();
    case _SC_AVPHYS_PAGES:
        return (long)page_count_free();
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return (long)cpu_count();
    case _SC_CLK_TCK:
        return CLOCKS_PER_SEC;
    case _SC_OPEN_MAX:
        return FILE_DESCRIPTORS_MAX;
    case _SC_IOV_MAX:
        return UIO_MAXIOV;
    case _SC_ARG_MAX:
        return ARG_MAX;
    case _SC_HOST_NAME_MAX:
        return HOST_NAME_MAX;
    case _SC_THREAD_STACK_MIN:
        return PTHREAD_STACK_MIN;
    case _SC_THREAD_KEYS_MAX:
        return PTHREAD_KEYS_MAX;
    case _SC_THREAD_DESTRUCTOR_ITERATIONS:
        return PTHREAD_DESTRUCTOR_ITERATIONS;
    case _SC_THREADS:
    case _SC_TIMERS:
    case _SC_MONOTONIC_CLOCK:
    case _SC_SEMAPHORES:
    case _SC_BARRIERS:
    case _SC_SPIN_LOCKS:
    case _SC_READER_WRITER_LOCKS:
    case _SC_VERSION:
        return _POSIX_VERSION;
    default:
        return libc_result(-EINVAL);
    }
}

int getpagesize(void)
{
    return (int)PAGE_SIZE;
}

int getdtablesize(void)
{
    return FILE_DESCRIPTORS_MAX;
}

static void copy_name(char *to, const char *from, size_t size)
{
    size_t length = strlen(from);

    if (length >= size)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

/* HOSTNAME in the environment, for want of anything else to go by. */
static const char *host_name(void)
{
    const char *name = getenv("HOSTNAME");

    return name == NULL ? "coracle" : name;
}

int uname(struct utsname *to)
{
    copy_name(to->sysname, "Coracle", sizeof(to->sysname));
    copy_name(to->nodename, host_name(), sizeof(to->nodename));
    copy_name(to->release, coracle_version, sizeof(to->release));
    copy_name(to->version, "Xen PV", sizeof(to->version));
    copy_name(to->machine, "x86_64", sizeof(to->machine));
    return 0;
}

int gethostname(char *name, size_t size)
{
    if (size == 0)
        return (int)libc_result(-EINVAL);
    copy_name(name, host_name(), size);
    return 0;
}

int getentropy(void *to, size_t size)
{
    if (size > 256)
        return (int)libc_result(-EIO);
    entropy_fill(to, size);
    return 0;
}

ssize_t getrandom(void *to, size_t size,
                  __attribute__((unused)) unsigned int flags)
{
    entropy_fill(to, size);
    return (ssize_t)size;
}

/* ---- Limits and use ------------------------------------------------------ */

int getrlimit(int resource, struct rlimit *limit)
{
    rlim_t most = RLIM_INFINITY;

    if (resource == RLIMIT_NOFILE)
        most = FILE_DESCRIPTORS_MAX;
    else if (resource == RLIMIT_STACK)
        most = THREAD_STACK_MAX;
    else if (resource == RLIMIT_AS || resource == RLIMIT_DATA)
        most = page_count_total() * PAGE_SIZE;
    else if (resource == RLIMIT_CORE)
        most = 0;
    limit->rlim_cur = limit->rlim_max = most;
    return 0;
}

/* The limits are what the machine has; a program may only ask for less. */
int setrlimit(int resource, const struct rlimit *limit)
{
    struct rlimit present;

    getrlimit(resource, &present);
    return (int)libc_result(limit->rlim_cur > present.rlim_max ? -EPERM : 0);
}

int getrusage(int who, struct rusage *usage)
{
    uint64_t us = (time_monotonic() - boot_entry_time()) / NS_PER_US;

    memset(usage, 0, sizeof(*usage));
    if (who != RUSAGE_SELF)
        return 0;
    usage->ru_utime.tv_sec = (time_t)(us / 1000000);
    usage->ru_utime.tv_usec = (suseconds_t)(us % 1000000);
    usage->ru_maxrss =
        (long)((page_count_total() - page_count_free()) * PAGE_SIZE / 1024);
    return 0;
}

/* ---- Where and who one is ------------------------------------------------ */

pid_t getpid(void)
{
    return 1;
}

pid_t getppid(void)
{
    return 0;
}

pid_t getpgrp(void)
{
    return 1;
}

uid_t getuid(void)
{
    return 0;
}

uid_t geteuid(void)
{
    return 0;
}

gid_t getgid(void)
{
    return 0;
}

gid_t getegid(void)
{
    return 0;
}

int sched_getcpu(void);
