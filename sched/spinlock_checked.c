/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spinlock_checked.c: spinlocks that notice misuse; `make LOCKCHECK=1` links
 * this file in place of spinlock.c, which it includes.
 *
 * It panics, naming the places, when
 * - a lock is taken in an order that, with an order seen before, could end in
 *   a deadlock, even if none happens in this run;
 * - a CPU takes a lock that it holds, or releases one that it does not hold;
 * - a thread may sleep or leave its CPU with a lock held (lockcheck_may_sleep);
 * - event handlers leave a lock held (lockcheck_events_end);
 * - what belongs to a CPU is used with events let through (cpu_this()).
 *
 * The order is one of kinds of locks: spinlock_order.c.
 *
 * Concurrency: what a CPU holds is its own, with events masked, as they are
 * while a lock is held. Left out: mutexes, which are checked only for being
 * taken with a spinlock held; the order in which several locks are released,
 * which cannot deadlock.
 */
#include "coracle/spinlock.h"
#undef spin_lock
#undef spin_lock_masked
#undef spin_unlock
#include "sched/spinlock.c"

#include "coracle/print.h"
#include "coracle/time.h"
#include "lib/symbols.h"
#include "sched/spinlock_checked.h"

#define HELD_MAX 16
#define CALLER   __builtin_return_address(0)

static struct holds {
    struct hold held[HELD_MAX];
    unsigned int count;
} holds[CPU_MAX];

static atomic_bool found; /* a mistake: say no more */

/* ---- Mistakes ------------------------------------------------------------ */

const char *lockcheck_function(const void *address)
{
    static struct symbol symbols[8]; /* more than one message has */
    static unsigned int used;
    struct symbol *symbol = &symbols[used++ % ARRAY_SIZE(symbols)];

    return symbol_find(address, symbol) ? symbol->name : "?";
}

bool lockcheck_first_mistake(void)
{
    return !atomic_exchange(&found, true);
}

static bool quiet(void)
{
    return atomic_load_explicit(&found, memory_order_relaxed);
}

/* ---- Taking and releasing ------------------------------------------------ */

static bool events_masked(void)
{
    bool masked;

    __asm__ volatile("cmpb $0, %%gs:%c1\n\t"
                     "setne %0"
                     : "=q"(masked)
                     : "i"(PERCPU_MASK)
                     : "cc");
    return masked;
}

/* What this CPU holds; events are masked. */
static struct holds *own_holds(void)
{
    return &holds[cpu_read(id)];
}

static struct hold *find_hold(struct holds *own, const struct spinlock *lock)
{
    for (unsigned int i = 0; i < own->count; i++)
        if (own->held[i].lock == lock)
            return &own->held[i];
    return NULL;
}

static void check_taking(struct holds *own, const struct hold *wanted)
{
    const struct hold *twice = find_hold(own, wanted->lock);

    if (twice && lockcheck_first_mistake())
        panic("lock taken twice: %s in " PLACE ",\n  held since " PLACE,
              lock_called(wanted), WHERE(wanted), WHERE(twice));
    if (own->count == HELD_MAX && lockcheck_first_mistake())
        panic("too many locks held in " PLACE, WHERE(wanted));
    for (unsigned int i = 0; i < own->count; i++)
        lock_order_check(&own->held[i], wanted);
}

/* Events are masked on behalf of the lock. */
static void take_checked(struct spinlock *lock, struct lock_site *site,
                         const void *caller)
{
    struct hold wanted = {.lock = lock, .site = site, .caller = caller};
    struct holds *own = own_holds();

    if (quiet()) {
        spin_lock_masked(lock);
        return;
    }
    wanted.kind = lock_kind(lock, site);
    check_taking(own, &wanted);
    if (cpu_read(in_events))
        lock_note_event(wanted.kind);
    spin_lock_masked(lock);
    wanted.since = time_monotonic();
    own->held[own->count++] = wanted;
}

void spin_lock_at(struct spinlock *lock, struct lock_site *site)
{
    events_mask();
    take_checked(lock, site, CALLER);
}

void spin_lock_masked_at(struct spinlock *lock, struct lock_site *site)
{
    if (!events_masked() && !quiet() && lockcheck_first_mistake())
        panic("%s takes a lock with events not masked",
              lockcheck_function(CALLER));
    take_checked(lock, site, CALLER);
}

/* Somebody releases a lock that this CPU does not hold. */
static void report_foreign(const struct spinlock *lock, const struct hold *here)
{
    for (unsigned int cpu = 0; cpu < CPU_MAX; cpu++) {
        struct hold *hold = find_hold(&holds[cpu], lock);

        if (hold && lockcheck_first_mistake())
            panic("unlock of a lock of CPU %u: %s in " PLACE
                  ",\n  held since " PLACE,
                  cpu, lock_called(here), WHERE(here), WHERE(hold));
    }
    if (lockcheck_first_mistake())
        panic("unlock of a lock that nobody holds: %s in " PLACE,
              lock_called(here), WHERE(here));
}

void spin_unlock_at(struct spinlock *lock, struct lock_site *site)
{
    struct hold here = {.lock = lock, .site = site, .caller = CALLER};
    struct holds *own;
    struct hold *hold;

    events_mask();
    own = own_holds();
    hold = find_hold(own, lock);
    if (hold) {
        lock_note_time(hold);
        *hold = own->held[--own->count];
    } else if (!quiet()) {
        report_foreign(lock, &here);
    }
    spin_unlock(lock); /* and events_unmask() */
    events_unmask();
}

/* ---- What else the kernel tells ------------------------------------------ */

void lockcheck_cpu_access(void)
{
    if (!events_masked() && !quiet() && lockcheck_first_mistake())
        panic("%s uses cpu_this() with events not masked",
              lockcheck_function(CALLER));
}

void lockcheck_may_sleep(const struct spinlock *lock)
{
    struct holds *own;

    events_mask();
    own = own_holds();
    for (unsigned int i = 0; i < own->count && !quiet(); i++) {
        const struct hold *hold = &own->held[i];

        if (hold->lock != lock && lockcheck_first_mistake())
            panic("%s, called by %s, may sleep\n"
                  "  with %s held since " PLACE,
                  lockcheck_function(CALLER),
                  lockcheck_function(
                      ((void **)__builtin_frame_address(0))[0]
                          ? ((void ***)__builtin_frame_address(0))[0][1]
                          : NULL),
                  lock_called(hold), WHERE(hold));
    }
    if (lock && !quiet() && !find_hold(own, lock) && lockcheck_first_mistake())
        panic("%s gives up a lock that this CPU does not hold",
              lockcheck_function(CALLER));
    events_unmask();
}

void lockcheck_events_end(void)
{
    struct holds *own = own_holds();

    if (own->count && !quiet() && lockcheck_first_mistake())
        panic("event handlers leave %s held since " PLACE,
              lock_called(&own->held[0]), WHERE(&own->held[0]));
}
