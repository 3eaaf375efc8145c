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
 * The order is one of kinds of locks, not of locks: all run queues are alike.
 * A kind is a file and what stands after spin_lock( there: "sched/timer.c:
 * &queue->lock". Where that is no `&` but a pointer that came from elsewhere,
 * the lock is what it was when it was last taken by name. For each pair of
 * kinds the checker remembers, once and for all, whether the second was ever
 * taken with the first held. The pairs form a graph; one more that would close
 * a circle is the mistake.
 *
 * Concurrency: what a CPU holds is its own, with events masked, as they are
 * while a lock is held. Kinds and pairs are added under `growth`, a bare word,
 * and read without. Left out: mutexes, which are checked only for being taken
 * with a spinlock held; the order in which several locks are released, which
 * cannot deadlock.
 */
#include "coracle/spinlock.h"
#undef spin_lock
#undef spin_lock_masked
#undef spin_unlock
#include "sched/spinlock.c"

#include "coracle/print.h"
#include "coracle/time.h"
#include "lib/string.h"
#include "lib/symbols.h"

#define HELD_MAX  16
#define KINDS     192 /* kind 0 stands for none */
#define PAIRS_MAX 1024
#define WORDS     (KINDS / 64)
#define SEEN      1024 /* a power of two */
#define LONG_HOLD (5 * NS_PER_MS)
#define CALLER    __builtin_return_address(0)

/* A lock that this CPU holds, and where it was taken. */
struct hold {
    struct spinlock *lock;
    const struct lock_site *site;
    const void *caller;
    unsigned int kind;
    uint64_t since;
};

static struct holds {
    struct hold held[HELD_MAX];
    unsigned int count;
} holds[CPU_MAX];

struct kind {
    const struct lock_site *site; /* the first one */
    atomic_ulong longest;         /* ns for which one was held at most */
    atomic_bool in_events;        /* event handlers take it */
};

/* `second` was taken with `first` held, here for the first time. */
struct pair {
    unsigned int first, second;
    struct hold held, taken;
};

static struct kind kinds[KINDS];
static struct pair pairs[PAIRS_MAX];
static unsigned int kind_count = 1;
static atomic_uint pair_count;
static atomic_ulong follows[KINDS][WORDS]; /* bits: which pairs there are */
static atomic_uchar growth;
static atomic_bool found; /* a mistake: say no more */

/* The kinds of locks lately taken by name: address << 8 | kind. */
static atomic_ulong seen[SEEN];

/* What one kind of lock is called elsewhere, and what it is called here. */
struct name {
    const char *file, *expression;
};

static const struct {
    struct name other, usual;
} also_known[] = {
    {{"sched/switch.c", "&rq->lock"}, {"sched/runqueue.h", "&rq->lock"}},
    {{"sched/switch.c", "&home->lock"}, {"sched/runqueue.h", "&rq->lock"}},
    {{"sched/wake.c", "&rq->lock"}, {"sched/runqueue.h", "&rq->lock"}},
    {{"sched/wake.c", "&home->lock"}, {"sched/runqueue.h", "&rq->lock"}},
    {{"sched/wake.c", "&from->lock"}, {"sched/runqueue.h", "&rq->lock"}},
    {{"sched/timer.c", "&from->lock"}, {"sched/timer.c", "&queue->lock"}},
    {{"lib/libc/semaphore.c", "&state->lock"},
     {"sched/sync.c", "&semaphore->lock"}},
};

/* ---- Saying where -------------------------------------------------------- */

#define PLACE "%s (%s:%d)"

static bool is_name(const struct name *a, const struct name *b)
{
    return !strcmp(a->expression, b->expression) && !strcmp(a->file, b->file);
}

static struct name name_of(const struct lock_site *site)
{
    struct name name = {site->file, site->expression};

    for (unsigned int i = 0; i < ARRAY_SIZE(also_known); i++)
        if (is_name(&name, &also_known[i].other))
            return also_known[i].usual;
    return name;
}

/* The lock's name, by its kind if that is known. */
static const char *called(const struct hold *hold)
{
    struct name name =
        name_of(hold->kind ? kinds[hold->kind].site : hold->site);

    return name.expression + (name.expression[0] == '&');
}

static const char *function(const void *caller)
{
    size_t offset;
    const char *name = symbol_find(caller, &offset);

    return name ? name : "?";
}

#define WHERE(hold)                                                            \
    function((hold)->caller), (hold)->site->file, (hold)->site->line

/* Only the first mistake is told: the report itself takes locks. */
static bool first_mistake(void)
{
    return !atomic_exchange(&found, true);
}

static bool quiet(void)
{
    return atomic_load_explicit(&found, memory_order_relaxed);
}

/* ---- Kinds --------------------------------------------------------------- */

static void growth_lock(void)
{
    while (atomic_exchange_explicit(&growth, 1, memory_order_acquire))
        __builtin_ia32_pause();
}

static void growth_unlock(void)
{
    atomic_store_explicit(&growth, 0, memory_order_release);
}

static unsigned int find_kind(struct lock_site *site)
{
    struct name name = name_of(site);
    unsigned int kind = 1;

    growth_lock();
    while (kind < kind_count) {
        struct name other = name_of(kinds[kind].site);

        if (is_name(&name, &other))
            break;
        kind++;
    }
    if (kind == kind_count && kind < KINDS) {
        kinds[kind].site = site;
        kind_count++;
    }
    growth_unlock();
    return kind < KINDS ? kind : 0;
}

/* 0: unknown. */
static unsigned int kind_of(struct spinlock *lock, struct lock_site *site)
{
    unsigned long address = (unsigned long)lock;
    atomic_ulong *place = &seen[(address ^ address >> 10) % SEEN];
    unsigned long entry = atomic_load(place);

    if (site->expression[0] != '&')
        return entry >> 8 == address << 8 >> 8 ? entry & 0xff : 0;
    if (!READ_ONCE(site->class))
        WRITE_ONCE(site->class, (unsigned char)find_kind(site));
    if (entry != (address << 8 | site->class))
        atomic_store(place, address << 8 | site->class);
    return site->class;
}

/* ---- The order ----------------------------------------------------------- */

static bool is_pair(unsigned int first, unsigned int second)
{
    return atomic_load(&follows[first][second / 64]) >> second % 64 & 1;
}

/*
 * Whether `to` was taken, through any number of others, with `from` held;
 * then *step is the last pair on the way there. Growth is locked.
 */
static bool leads_to(unsigned int from, unsigned int to,
                     const struct pair **step)
{
    unsigned long reached[WORDS] = {0};
    bool more = true;

    reached[from / 64] |= 1UL << from % 64;
    while (more) {
        more = false;
        for (unsigned int i = 0; i < pair_count; i++) {
            unsigned int first = pairs[i].first, second = pairs[i].second;

            if (!(reached[first / 64] >> first % 64 & 1) ||
                reached[second / 64] >> second % 64 & 1)
                continue;
            reached[second / 64] |= 1UL << second % 64;
            *step = &pairs[i];
            if (second == to)
                return true;
            more = true;
        }
    }
    return false;
}

static void report_order(const struct hold *held, const struct hold *wanted,
                         const struct pair *step)
{
    if (first_mistake())
        panic("lock order: %s is taken in " PLACE ",\n"
              "  with %s held since " PLACE ";\n"
              "but %s was taken in " PLACE ",\n"
              "  with %s held since " PLACE "%s",
              called(wanted), WHERE(wanted), called(held), WHERE(held),
              called(&step->taken), WHERE(&step->taken), called(&step->held),
              WHERE(&step->held),
              step->first == wanted->kind
                  ? ""
                  : ",\n  and that one, by way of others, with the first");
}

static void check_pair(const struct hold *held, const struct hold *wanted)
{
    const struct pair *step;
    unsigned int n;
    bool circle;

    if (!held->kind || !wanted->kind || is_pair(held->kind, wanted->kind))
        return;
    if (held->kind == wanted->kind && first_mistake())
        panic("lock order: two locks of one kind, %s, are taken: in " PLACE
              ",\n  and before that in " PLACE,
              called(wanted), WHERE(wanted), WHERE(held));
    growth_lock();
    n = pair_count;
    circle = leads_to(wanted->kind, held->kind, &step);
    if (!circle && n < PAIRS_MAX && !is_pair(held->kind, wanted->kind)) {
        pairs[n] = (struct pair){held->kind, wanted->kind, *held, *wanted};
        atomic_store(&pair_count, n + 1);
        atomic_fetch_or(&follows[held->kind][wanted->kind / 64],
                        1UL << wanted->kind % 64);
    }
    growth_unlock();
    if (circle)
        report_order(held, wanted, step);
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

    if (twice && first_mistake())
        panic("lock taken twice: %s in " PLACE ",\n  held since " PLACE,
              called(wanted), WHERE(wanted), WHERE(twice));
    if (own->count == HELD_MAX && first_mistake())
        panic("too many locks held in " PLACE, WHERE(wanted));
    for (unsigned int i = 0; i < own->count; i++)
        check_pair(&own->held[i], wanted);
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
    wanted.kind = kind_of(lock, site);
    check_taking(own, &wanted);
    if (cpu_read(in_events))
        atomic_store(&kinds[wanted.kind].in_events, true);
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
    if (!events_masked() && !quiet() && first_mistake())
        panic("%s takes a lock with events not masked", function(CALLER));
    take_checked(lock, site, CALLER);
}

static void note_time(const struct hold *hold)
{
    atomic_ulong *longest = &kinds[hold->kind].longest;
    unsigned long time = time_monotonic() - hold->since;
    unsigned long before = atomic_load(longest);

    while (time > before &&
           !atomic_compare_exchange_weak(longest, &before, time))
        ;
}

/* Somebody releases a lock that this CPU does not hold. */
static void report_foreign(const struct spinlock *lock, const struct hold *here)
{
    for (unsigned int cpu = 0; cpu < CPU_MAX; cpu++) {
        struct hold *hold = find_hold(&holds[cpu], lock);

        if (hold && first_mistake())
            panic("unlock of a lock of CPU %u: %s in " PLACE
                  ",\n  held since " PLACE,
                  cpu, called(here), WHERE(here), WHERE(hold));
    }
    if (first_mistake())
        panic("unlock of a lock that nobody holds: %s in " PLACE, called(here),
              WHERE(here));
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
        note_time(hold);
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
    if (!events_masked() && !quiet() && first_mistake())
        panic("%s uses cpu_this() with events not masked", function(CALLER));
}

void lockcheck_may_sleep(const struct spinlock *lock)
{
    struct holds *own;

    events_mask();
    own = own_holds();
    for (unsigned int i = 0; i < own->count && !quiet(); i++) {
        const struct hold *hold = &own->held[i];

        if (hold->lock != lock && first_mistake())
            panic("%s, called by %s, may sleep\n"
                  "  with %s held since " PLACE,
                  function(CALLER),
                  function(((void **)__builtin_frame_address(0))[0]
                               ? ((void ***)__builtin_frame_address(0))[0][1]
                               : NULL),
                  called(hold), WHERE(hold));
    }
    if (lock && !quiet() && !find_hold(own, lock) && first_mistake())
        panic("%s gives up a lock that this CPU does not hold",
              function(CALLER));
    events_unmask();
}

void lockcheck_events_end(void)
{
    struct holds *own = own_holds();

    if (own->count && !quiet() && first_mistake())
        panic("event handlers leave %s held since " PLACE,
              called(&own->held[0]), WHERE(&own->held[0]));
}

static void print_kind(unsigned int kind, const char *end)
{
    struct hold hold = {.kind = kind};

    printk("%s:%s%s", name_of(kinds[kind].site).file, called(&hold), end);
}

void lockcheck_report(void)
{
    unsigned int n = atomic_load(&pair_count);

    for (unsigned int i = 0; i < n; i++) {
        printk("lockcheck: ");
        print_kind(pairs[i].first, " > ");
        print_kind(pairs[i].second, "\n");
    }
    for (unsigned int i = 1; i < kind_count; i++) {
        if (atomic_load(&kinds[i].in_events)) {
            printk("lockcheck: in events: ");
            print_kind(i, "\n");
        }
        if (atomic_load(&kinds[i].longest) > LONG_HOLD) {
            printk("lockcheck: held for %lu us: ",
                   atomic_load(&kinds[i].longest) / 1000);
            print_kind(i, "\n");
        }
    }
}
