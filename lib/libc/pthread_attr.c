/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_attr.c: the attribute objects of POSIX threads, and its scheduling
 * calls, of which there is one honest answer: all threads take turns, with one
 * policy and one priority.
 *
 * Concurrency: an attribute object belongs to whoever uses it.
 */
#include "lib/libc/libc.h"

#include <sched.h>
#include <string.h>
#include "coracle/memory.h"

#define UNUSED __attribute__((unused))

int pthread_attr_init(pthread_attr_t *attr)
{
    memset(attr, 0, sizeof(*attr));
    attr->stacksize = THREAD_STACK_MAX;
    attr->guardsize = PAGE_SIZE;
    attr->detachstate = PTHREAD_CREATE_JOINABLE;
    attr->inheritsched = PTHREAD_INHERIT_SCHED;
    attr->schedpolicy = SCHED_OTHER;
    return 0;
}

int pthread_attr_destroy(UNUSED pthread_attr_t *attr)
{
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
    if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
        return EINVAL;
    attr->detachstate = state;
    return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *state)
{
    *state = attr->detachstate;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    if (size < PTHREAD_STACK_MIN)
        return EINVAL;
    attr->stacksize = size;
    return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attr, size_t *size)
{
    *size = attr->stacksize;
    return 0;
}

/* Stacks are the kernel's: only they can grow and have a guard. */
int pthread_attr_setstack(UNUSED pthread_attr_t *attr, UNUSED void *stack,
                          UNUSED size_t size)
{
    return ENOTSUP;
}

/* There always is a guard page; more of them are promised by nobody. */
int pthread_attr_setguardsize(pthread_attr_t *attr, size_t size)
{
    attr->guardsize = size;
    return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *attr, size_t *size)
{
    *size = attr->guardsize;
    return 0;
}

int pthread_attr_setscope(pthread_attr_t *attr, int scope)
{
    if (scope != PTHREAD_SCOPE_SYSTEM && scope != PTHREAD_SCOPE_PROCESS)
        return EINVAL;
    attr->contentionscope = scope;
    return 0;
}

int pthread_attr_getscope(const pthread_attr_t *attr, int *scope)
{
    *scope = attr->contentionscope;
    return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attr, int inherit)
{
    attr->inheritsched = inherit;
    return 0;
}

int pthread_attr_getinheritsched(const pthread_attr_t *attr, int *inherit)
{
    *inherit = attr->inheritsched;
    return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy)
{
    if (policy != SCHED_OTHER && policy != SCHED_RR)
        return ENOTSUP;
    attr->schedpolicy = policy;
    return 0;
}

int pthread_attr_getschedpolicy(const pthread_attr_t *attr, int *policy)
{
    *policy = attr->schedpolicy;
    return 0;
}

int pthread_attr_setschedparam(pthread_attr_t *attr,
                               const struct sched_param *param)
{
    if (param->sched_priority != 0)
        return ENOTSUP;
    attr->schedparam = *param;
    return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *attr,
                               struct sched_param *param)
{
    *param = attr->schedparam;
    return 0;
}

/* ---- Mutex, condition, rwlock and barrier attributes --------------------- */

static int set_pshared(int *field, int pshared)
{
    if (pshared != PTHREAD_PROCESS_PRIVATE && pshared != PTHREAD_PROCESS_SHARED)
        return EINVAL;
    *field = pshared;
    return 0;
}

/* init, destroy, getpshared and setpshared of one kind of attributes. */
#define SHARED_ATTRIBUTES(kind)                                                \
    int kind##_init(kind##_t *attr)                                            \
    {                                                                          \
        memset(attr, 0, sizeof(*attr));                                        \
        return 0;                                                              \
    }                                                                          \
    int kind##_destroy(UNUSED kind##_t *attr)                                  \
    {                                                                          \
        return 0;                                                              \
    }                                                                          \
    int kind##_getpshared(const kind##_t *attr, int *pshared)                  \
    {                                                                          \
        *pshared = attr->pshared;                                              \
        return 0;                                                              \
    }                                                                          \
    int kind##_setpshared(kind##_t *attr, int pshared)                         \
    {                                                                          \
        return set_pshared(&attr->pshared, pshared);                           \
    }

SHARED_ATTRIBUTES(pthread_mutexattr)
SHARED_ATTRIBUTES(pthread_condattr)
SHARED_ATTRIBUTES(pthread_rwlockattr)
SHARED_ATTRIBUTES(pthread_barrierattr)

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attr->type = type;
    return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attr, int *type)
{
    *type = attr->type;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    attr->clock = (int)clock;
    return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attr,
                              clockid_t *restrict clock)
{
    *clock = attr->clock == 0 ? CLOCK_REALTIME : (clockid_t)attr->clock;
    return 0;
}

/* ---- Scheduling ---------------------------------------------------------- */

int pthread_getschedparam(UNUSED pthread_t thread, int *policy,
                          struct sched_param *param)
{
    memset(param, 0, sizeof(*param));
    *policy = SCHED_OTHER;
    return 0;
}

int pthread_setschedparam(UNUSED pthread_t thread, int policy,
                          const struct sched_param *param)
{
    return policy == SCHED_OTHER && param->sched_priority == 0 ? 0 : ENOTSUP;
}

int sched_get_priority_max(UNUSED int policy)
{
    return 0;
}

int sched_get_priority_min(UNUSED int policy)
{
    return 0;
}
