/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_state.h: what lies in the words of POSIX's types.
 *
 * sys/_pthreadtypes.h shows programs arrays of words; here is their meaning.
 * All zeros must be a valid, unlocked object (the static initialisers), but an
 * empty wait queue points at itself: hence pthread_waitq(), which makes one of
 * zeros on its first use, under the object's lock.
 */
#ifndef CORACLE_LIBC_PTHREAD_STATE_H
#define CORACLE_LIBC_PTHREAD_STATE_H

#include "coracle/spinlock.h"
#include "coracle/thread.h"
#include "lib/libc/libc.h"

struct mutex_state {
    struct spinlock lock;   /* guards waiters */
    unsigned char type;     /* PTHREAD_MUTEX_* */
    unsigned int depth;     /* how often its owner has locked it again */
    atomic_uintptr_t owner; /* a thread and a flag: pthread_mutex.c; 0: free */
    struct waitq waiters;
};

struct cond_state {
    struct spinlock lock; /* guards the fields below */
    unsigned char clock;  /* of deadlines; 0: CLOCK_REALTIME */
    unsigned int inside;  /* threads in pthread_cond_wait() */
    struct waitq waiters;
};

struct rwlock_state {
    struct spinlock lock;  /* guards the fields below */
    unsigned int readers;  /* that hold it */
    struct thread *writer; /* that holds it */
    struct waitq waiters;
};

struct barrier_state {
    struct spinlock lock; /* guards the fields below */
    unsigned int count;   /* threads to wait for */
    unsigned int arrived; /* in this round */
    unsigned int inside;  /* threads in pthread_barrier_wait() */
    unsigned long round;
    struct waitq waiters;
};

struct once_state {
    struct spinlock lock; /* guards waiters and the way to ONCE_RUNNING */
    atomic_uchar state;
    struct waitq waiters;
};

#define FITS(type, state)                                                      \
    _Static_assert(sizeof(struct state) <= sizeof(type), #type)
FITS(pthread_mutex_t, mutex_state);
FITS(pthread_cond_t, cond_state);
FITS(pthread_rwlock_t, rwlock_state);
FITS(pthread_barrier_t, barrier_state);
FITS(pthread_once_t, once_state);

static inline struct waitq *pthread_waitq(struct waitq *wq)
{
    if (wq->waiters.next == NULL)
        waitq_init(wq);
    return wq;
}

/* Give up all of the calling thread's hold on it; returns how deep it was. */
unsigned int pthread_mutex_leave(struct mutex_state *mutex);
/* Take it back. */
void pthread_mutex_enter(struct mutex_state *mutex, unsigned int depth);

#endif
