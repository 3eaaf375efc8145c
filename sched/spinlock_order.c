/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spinlock_order.c: kinds of locks, and the order in which they are taken; the
 * lock checker's half with a memory (spinlock_checked.c is the other).
 *
 * The order is one of kinds of locks, not of locks: all run queues are alike.
 * A kind is a file and what stands after spin_lock( there: "sched/timer.c:
 * &queue->lock". Where that is no `&` but a pointer that came from elsewhere,
 * the lock is what it was when it was last taken by name. For each pair of
 * kinds the checker remembers, once and for all, whether the second was ever
 * taken with the first held. The pairs form a graph; one more that would close
 * a circle is the mistake.
 *
 * Some locks are called one thing here and another there; which, the table in
 * docs/locks.md says: tools/lock-names makes lock_names.h of it.
 *
 * Concurrency: kinds and pairs are added under `growth`, a bare word, and read
 * without. Events are masked, as they are while a lock is held.
 */
#include "arch/x86/percpu.h"
#include "coracle/compiler.h"
#include "coracle/print.h"
#include "coracle/time.h"
#include "lib/string.h"
#include "sched/spinlock_checked.h"

#define KINDS     192 /* kind 0 stands for none */
#define PAIRS_MAX 1024
#define WORDS     (KINDS / 64)
#define SEEN      1024 /* a power of two */
#define LONG_HOLD (5 * NS_PER_MS)

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

/* The kinds of locks lately taken by name: address << 8 | kind. */
static atomic_ulong seen[SEEN];

/* What one kind of lock is called elsewhere, and what it is called here. */
struct name {
    const char *file, *expression;
};

static const struct {
    struct name other, usual;
} also_known[] = {
#include "sched/lock_names.h"
};

/* ---- Names ----------------------------------------------------------------
 */

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
const char *lock_called(const struct hold *hold)
{
    struct name name =
        name_of(hold->kind ? kinds[hold->kind].site : hold->site);

    return name.expression + (name.expression[0] == '&');
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
unsigned int lock_kind(struct spinlock *lock, struct lock_site *site)
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
    if (lockcheck_first_mistake())
        panic("lock order: %s is taken in " PLACE ",\n"
              "  with %s held since " PLACE ";\n"
              "but %s was taken in " PLACE ",\n"
              "  with %s held since " PLACE "%s",
              lock_called(wanted), WHERE(wanted), lock_called(held),
              WHERE(held), lock_called(&step->taken), WHERE(&step->taken),
              lock_called(&step->held), WHERE(&step->held),
              step->first == wanted->kind
                  ? ""
                  : ",\n  and that one, by way of others, with the first");
}

void lock_order_check(const struct hold *held, const struct hold *wanted)
{
    const struct pair *step;
    unsigned int n;
    bool circle;

    if (!held->kind || !wanted->kind || is_pair(held->kind, wanted->kind))
        return;
    if (held->kind == wanted->kind && lockcheck_first_mistake())
        panic("lock order: two locks of one kind, %s, are taken: in " PLACE
              ",\n  and before that in " PLACE,
              lock_called(wanted), WHERE(wanted), WHERE(held));
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

/* ---- The report -----------------------------------------------------------
 */

void lock_note_event(unsigned int kind)
{
    atomic_store(&kinds[kind].in_events, true);
}

void lock_note_time(const struct hold *hold)
{
    atomic_ulong *longest = &kinds[hold->kind].longest;
    unsigned long time = time_monotonic() - hold->since;
    unsigned long before = atomic_load(longest);

    while (time > before &&
           !atomic_compare_exchange_weak(longest, &before, time))
        ;
}

static void print_kind(unsigned int kind, const char *end)
{
    struct hold hold = {.kind = kind};

    printk("%s:%s%s", name_of(kinds[kind].site).file, lock_called(&hold), end);
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
