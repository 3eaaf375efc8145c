/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lockcheck.h, for `make LOCKCHECK=1`, in place of include/coracle/lockcheck.h,
 * which has the contracts. See sched/spinlock_checked.c.
 */
#ifndef CORACLE_LOCKCHECK_H
#define CORACLE_LOCKCHECK_H

#include "coracle/spinlock.h" /* the functions, before the macros */

/* A place in the source that takes or releases a lock. */
struct lock_site {
    const char *file;
    const char *expression; /* the lock as the source says it */
    int line;
    unsigned char class; /* what the checker found it to be; 0: nothing yet */
};

void spin_lock_at(struct spinlock *lock, struct lock_site *site);
void spin_lock_masked_at(struct spinlock *lock, struct lock_site *site);
void spin_unlock_at(struct spinlock *lock, struct lock_site *site);

#define LOCK_SITE(text)                                                        \
    ({                                                                         \
        static struct lock_site site_ = {__FILE__, text, __LINE__, 0};         \
        &site_;                                                                \
    })
#define spin_lock(lock)        spin_lock_at(lock, LOCK_SITE(#lock))
#define spin_lock_masked(lock) spin_lock_masked_at(lock, LOCK_SITE(#lock))
#define spin_unlock(lock)      spin_unlock_at(lock, LOCK_SITE(#lock))

void lockcheck_cpu_access(void);
void lockcheck_may_sleep(const struct spinlock *lock);
void lockcheck_events_end(void);
void lockcheck_report(void);

#endif
