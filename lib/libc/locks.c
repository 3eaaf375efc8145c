/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locks.c: the locks inside newlib.
 *
 * newlib protects its own data (each stream, the list of streams, the
 * environment, atexit's list) with locks that the system supplies: a few
 * static ones, and one per stream that it asks for. They are the kernel's
 * mutexes; the recursive ones count how often their owner has entered.
 *
 * Concurrency: `owner` is read without the mutex. Only the owner itself can
 * find its own thread there, and nobody else changes the field then, so the
 * answer to "is it me?" is always right. `depth` is the owner's.
 */
#include "lib/libc/libc.h"

#include <sys/lock.h>
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/sync.h"

struct __lock {
    struct mutex mutex;
    struct thread *owner; /* of a recursive lock */
    unsigned int depth;
};

#define LOCK(name)                                                             \
    struct __lock __lock_##name = {MUTEX_INIT(__lock_##name.mutex), NULL, 0}

extern struct __lock __lock___sinit_recursive_mutex;
extern struct __lock __lock___sfp_recursive_mutex;
extern struct __lock __lock___atexit_recursive_mutex;
extern struct __lock __lock___at_quick_exit_mutex;
extern struct __lock __lock___malloc_recursive_mutex;
extern struct __lock __lock___env_recursive_mutex;
extern struct __lock __lock___tz_mutex;
extern struct __lock __lock___dd_hash_mutex;
extern struct __lock __lock___arc4random_mutex;

LOCK(__sinit_recursive_mutex);
LOCK(__sfp_recursive_mutex);
LOCK(__atexit_recursive_mutex);
LOCK(__at_quick_exit_mutex);
LOCK(__malloc_recursive_mutex);
LOCK(__env_recursive_mutex);
LOCK(__tz_mutex);
LOCK(__dd_hash_mutex);
LOCK(__arc4random_mutex);

void __retarget_lock_init(_LOCK_T *lock)
{
    *lock = heap_alloc_zeroed(1, sizeof(**lock));
    /* newlib has no way to hear of it, and no stream works without. */
    if (*lock == NULL)
        panic("libc: out of memory for the lock of a stream");
    mutex_init(&(*lock)->mutex);
}

void __retarget_lock_close(_LOCK_T lock)
{
    heap_free(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    mutex_lock(&lock->mutex);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return mutex_trylock(&lock->mutex) == 0;
}

void __retarget_lock_release(_LOCK_T lock)
{
    mutex_unlock(&lock->mutex);
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    __retarget_lock_init(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    __retarget_lock_close(lock);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    struct thread *self = thread_self();

    if (READ_ONCE(lock->owner) != self) {
        mutex_lock(&lock->mutex);
        WRITE_ONCE(lock->owner, self);
    }
    lock->depth++;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    struct thread *self = thread_self();

    if (READ_ONCE(lock->owner) != self) {
        if (mutex_trylock(&lock->mutex) != 0)
            return 0;
        WRITE_ONCE(lock->owner, self);
    }
    lock->depth++;
    return 1;
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    if (--lock->depth > 0)
        return;
    WRITE_ONCE(lock->owner, NULL);
    mutex_unlock(&lock->mutex);
}
