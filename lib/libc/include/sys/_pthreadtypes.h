/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys/_pthreadtypes.h: the types of POSIX threads, in place of newlib's, whose
 * mutexes are 32-bit numbers.
 *
 * An object is its own memory: nothing is allocated behind a program's back,
 * and all zeros is a valid unlocked object, which makes the static
 * initialisers. The words belong to lib/libc/pthread.h, which checks that its
 * structures fit; they are hidden so that a program's name space stays clean.
 */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/features.h>
#include <sys/sched.h>

typedef unsigned long pthread_t;
typedef unsigned int pthread_key_t;

typedef struct {
    unsigned long __words[4];
} pthread_mutex_t;

typedef struct {
    unsigned long __words[4];
} pthread_cond_t;

typedef struct {
    unsigned long __words[8];
} pthread_rwlock_t;

typedef struct {
    unsigned long __words[5];
} pthread_barrier_t;

typedef struct {
    unsigned long __words[3];
} pthread_once_t;

typedef unsigned int pthread_spinlock_t;

typedef struct {
    size_t stacksize;
    size_t guardsize;
    int detachstate;
    int contentionscope;
    int inheritsched;
    int schedpolicy;
    struct sched_param schedparam;
} pthread_attr_t;

typedef struct {
    int type;
    int pshared;
} pthread_mutexattr_t;

typedef struct {
    int clock;
    int pshared;
} pthread_condattr_t;

typedef struct {
    int pshared;
} pthread_rwlockattr_t;

typedef struct {
    int pshared;
} pthread_barrierattr_t;

#define _PTHREAD_MUTEX_INITIALIZER                                             \
    {                                                                          \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }
#define _PTHREAD_COND_INITIALIZER   _PTHREAD_MUTEX_INITIALIZER
#define _PTHREAD_RWLOCK_INITIALIZER _PTHREAD_MUTEX_INITIALIZER
#define _PTHREAD_ONCE_INIT          _PTHREAD_MUTEX_INITIALIZER

#define PTHREAD_CREATE_DETACHED 0
#define PTHREAD_CREATE_JOINABLE 1
#define PTHREAD_SCOPE_PROCESS   0
#define PTHREAD_SCOPE_SYSTEM    1
#define PTHREAD_INHERIT_SCHED   1
#define PTHREAD_EXPLICIT_SCHED  2
#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED  1

/* A zeroed mutex is a normal one. */
#define PTHREAD_MUTEX_NORMAL     0
#define PTHREAD_MUTEX_RECURSIVE  1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT    PTHREAD_MUTEX_NORMAL

/* newlib declares these for one other system only. */
#if __GNU_VISIBLE
#include <stddef.h>
#include <sys/cpuset.h>
int pthread_setaffinity_np(pthread_t __handle, size_t __size,
                           const cpu_set_t *__set);
int pthread_getaffinity_np(pthread_t __handle, size_t __size, cpu_set_t *__set);
#endif

#endif
