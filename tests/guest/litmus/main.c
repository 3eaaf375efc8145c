/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus: do loads and stores of several CPUs come in the order they promise?
 *
 * What: the four classic shapes, each many times over on two to four CPUs, with
 * C11's atomics and with the kernel's own spinlock and wait queue. One outcome
 * of each shape is forbidden and must never be seen:
 *
 *     sb    x = 1; a = y     |  y = 1; b = x        a == 0 and b == 0
 *     mp    x = 1; y = 1     |  a = y; b = x        a == 1 and b == 0
 *     lb    a = x; y = 1     |  b = y; x = 1        a == 1 and b == 1
 *     iriw  x = 1 | y = 1 | a = x; b = y | c = y; d = x   1 0 and 1 0
 *
 * With the wait queue, "mp" has a second one: the reader sleeps on while y is
 * 1, because its CPU went to sleep and the writer thought that it need not be
 * woken. It is seen as a wait that goes on until a timer wakes that CPU.
 *
 * "sb weak" is the control: without a fence x86 may show the outcome that is
 * forbidden with one. If it is seen, the machine can show weak orders and this
 * test them; if not (an emulator may be stricter), the line says so, and the
 * other shapes prove less.
 *
 * How: a row of cells, one round each, so that one barrier serves ROUNDS rounds
 * and the threads run free within it; each thread has a CPU of its own. Before
 * each cell the threads wait for each other for a few instructions, or they
 * would never meet.
 */
#include "coracle/cpus.h"
#include "coracle/memory.h"
#include "coracle/thread.h"
#include "tests/guest/cpus.h"
#include "tests/guest/guest.h"

#define THREADS_MAX 4
#define ROUNDS      2000 /* cells in a row */
#define ROWS_MAX    100000

struct cell {
    atomic_int x, y;
    char other_line[56];
    atomic_int z;
    int got[THREADS_MAX][2];
    struct spinlock lock;
    struct waitq waiters;
    atomic_int arrived;
};

struct shape {
    const char *name;
    unsigned int threads;
    void (*round)(struct cell *cell, unsigned int who);
    bool (*forbidden)(const struct cell *cell);
    bool control; /* may be seen */
};

static const struct shape *shape;
static struct cell *row;
static atomic_uint at_start, at_end; /* threads that came to a row's ends */
static atomic_uint turn;             /* the row that may be run */
static atomic_bool leave;

/* ---- The shapes -----------------------------------------------------------
 */

#define LOAD(from, order)       atomic_load_explicit(&cell->from, order)
#define STORE(to, value, order) atomic_store_explicit(&cell->to, value, order)
#define RELAXED                 memory_order_relaxed
#define ACQUIRE                 memory_order_acquire
#define RELEASE                 memory_order_release

static void sb_weak(struct cell *cell, unsigned int who)
{
    if (who == 0) {
        STORE(x, 1, RELAXED);
        cell->got[0][0] = LOAD(z, RELAXED);
    } else {
        STORE(z, 1, RELAXED);
        cell->got[1][0] = LOAD(x, RELAXED);
    }
}

static void sb_fence(struct cell *cell, unsigned int who)
{
    if (who == 0) {
        STORE(x, 1, RELAXED);
        atomic_thread_fence(memory_order_seq_cst);
        cell->got[0][0] = LOAD(z, RELAXED);
    } else {
        STORE(z, 1, RELAXED);
        atomic_thread_fence(memory_order_seq_cst);
        cell->got[1][0] = LOAD(x, RELAXED);
    }
}

/* By sequentially consistent stores, as balance.c and evtchn.c rely on. */
static void sb_seq_cst(struct cell *cell, unsigned int who)
{
    if (who == 0) {
        atomic_store(&cell->x, 1);
        cell->got[0][0] = atomic_load(&cell->z);
    } else {
        atomic_store(&cell->z, 1);
        cell->got[1][0] = atomic_load(&cell->x);
    }
}

static bool both_zero(const struct cell *cell)
{
    return cell->got[0][0] == 0 && cell->got[1][0] == 0;
}

static void mp(struct cell *cell, unsigned int who)
{
    if (who == 0) {
        STORE(x, 1, RELAXED);
        STORE(z, 1, RELEASE);
    } else {
        cell->got[1][0] = LOAD(z, ACQUIRE);
        cell->got[1][1] = LOAD(x, RELAXED);
    }
}

/* The words are not atomic: the spinlock is all that orders them. */
static void mp_spinlock(struct cell *cell, unsigned int who)
{
    spin_lock(&cell->lock);
    if (who == 0) {
        WRITE_ONCE(cell->got[2][0], 1);
        WRITE_ONCE(cell->got[2][1], 1);
    } else {
        cell->got[1][0] = READ_ONCE(cell->got[2][1]);
        cell->got[1][1] = READ_ONCE(cell->got[2][0]);
        if (!cell->got[1][0]) /* and none of two words alone */
            cell->got[1][0] = cell->got[1][1];
    }
    spin_unlock(&cell->lock);
}

#define LOST (20 * NS_PER_S)

/* x is plain; the wait, with its lock, is all that orders it. The writer comes
 * at all times of the reader's way to sleep, and its CPU's. */
static void mp_waitq(struct cell *cell, unsigned int who)
{
    static unsigned int delay;

    if (who == 0) {
        delay = (delay + 37) % 4096;
        for (volatile unsigned int i = 0; i < delay; i++)
            ;
        WRITE_ONCE(cell->got[2][0], 1);
        spin_lock(&cell->lock);
        cell->got[2][1] = 1;
        waitq_wake_all(&cell->waiters);
        spin_unlock(&cell->lock);
    } else {
        uint64_t deadline = time_monotonic() + LOST;

        spin_lock(&cell->lock);
        while (!cell->got[2][1] && time_monotonic() < deadline)
            (void)waitq_wait(&cell->waiters, &cell->lock, deadline);
        spin_unlock(&cell->lock);
        CHECK(time_monotonic() < deadline); /* or the wake-up was lost */
        cell->got[1][0] = 1;
        cell->got[1][1] = READ_ONCE(cell->got[2][0]);
    }
}

static bool flag_without_data(const struct cell *cell)
{
    return cell->got[1][0] != cell->got[1][1] && cell->got[1][0] == 1;
}

static void lb(struct cell *cell, unsigned int who)
{
    if (who == 0) {
        cell->got[0][0] = LOAD(x, ACQUIRE);
        STORE(z, 1, RELEASE);
    } else {
        cell->got[1][0] = LOAD(z, ACQUIRE);
        STORE(x, 1, RELEASE);
    }
}

static bool both_one(const struct cell *cell)
{
    return cell->got[0][0] == 1 && cell->got[1][0] == 1;
}

static void iriw(struct cell *cell, unsigned int who)
{
    switch (who) {
    case 0:
        atomic_store(&cell->x, 1);
        break;
    case 1:
        atomic_store(&cell->z, 1);
        break;
    case 2:
        cell->got[2][0] = atomic_load(&cell->x);
        cell->got[2][1] = atomic_load(&cell->z);
        break;
    default:
        cell->got[3][0] = atomic_load(&cell->z);
        cell->got[3][1] = atomic_load(&cell->x);
    }
}

static bool readers_disagree(const struct cell *cell)
{
    return cell->got[2][0] == 1 && cell->got[2][1] == 0 &&
           cell->got[3][0] == 1 && cell->got[3][1] == 0;
}

static const struct shape shapes[] = {
    {"sb weak", 2, sb_weak, both_zero, true},
    {"sb fence", 2, sb_fence, both_zero, false},
    {"sb seq_cst", 2, sb_seq_cst, both_zero, false},
    {"mp", 2, mp, flag_without_data, false},
    {"mp spinlock", 2, mp_spinlock, flag_without_data, false},
    {"mp waitq", 2, mp_waitq, flag_without_data, false},
    {"lb", 2, lb, both_one, false},
    {"iriw", 4, iriw, readers_disagree, false},
};

/* ---- Rounds ---------------------------------------------------------------
 */

/* Wait for the others, but not for long: one may be off its real CPU. */
static void meet(struct cell *cell)
{
    atomic_fetch_add_explicit(&cell->arrived, 1, RELAXED);
    for (int i = 0; i < 200; i++) {
        if (atomic_load_explicit(&cell->arrived, RELAXED) >=
            (int)shape->threads)
            break;
    }
}

static void run(void *argument)
{
    unsigned int who = (unsigned int)(unsigned long)argument;

    for (unsigned int mine = 1;; mine++) {
        atomic_fetch_add(&at_start, 1);
        while (atomic_load(&turn) < mine && !atomic_load(&leave))
            thread_yield();
        if (atomic_load(&leave))
            return;
        for (int i = 0; i < ROUNDS; i++) {
            meet(&row[i]);
            shape->round(&row[i], who);
        }
        atomic_fetch_add(&at_end, 1);
    }
}

static void wait_for(atomic_uint *counter)
{
    while (atomic_load(counter) < shape->threads)
        thread_yield();
    atomic_store(counter, 0);
}

static void clear(struct cell *cell)
{
    *cell = (struct cell){0};
    waitq_init(&cell->waiters);
}

static unsigned long count_row(void)
{
    unsigned long seen = 0;

    for (int i = 0; i < ROUNDS; i++) {
        seen += shape->forbidden(&row[i]);
        clear(&row[i]);
    }
    return seen;
}

static void run_shape(uint64_t until)
{
    struct thread *threads[THREADS_MAX];
    unsigned long rows = 0, seen = 0;

    atomic_store(&leave, false);
    atomic_store(&turn, 0);
    atomic_store(&at_start, 0);
    atomic_store(&at_end, 0);
    for (unsigned long i = 0; i < shape->threads; i++) {
        threads[i] = thread_create("litmus", run, (void *)i, 0);
        CHECK(threads[i]);
        CHECK_EQUAL(thread_set_affinity(threads[i], 1UL << i % cpu_count()), 0);
    }
    do {
        wait_for(&at_start);
        atomic_fetch_add(&turn, 1);
        wait_for(&at_end);
        seen += count_row();
    } while (++rows < ROWS_MAX && time_monotonic() < until);
    wait_for(&at_start);
    atomic_store(&leave, true);
    for (unsigned int i = 0; i < shape->threads; i++)
        thread_join(threads[i]);
    printk("litmus: %s: %lu rounds, %s %lu times\n", shape->name, rows * ROUNDS,
           shape->control ? "weak" : "forbidden", seen);
    CHECK(shape->control || seen == 0);
}

/* litmus [SECONDS]: how long each shape runs. */
int main(int argc, char **argv)
{
    uint64_t seconds = argc > 1 ? (uint64_t)(argv[1][0] - '0') : 1;

    await_cpus();
    row = heap_alloc_zeroed(ROUNDS, sizeof(*row));
    CHECK(row);
    for (int i = 0; i < ROUNDS; i++)
        clear(&row[i]);
    printk("litmus: %u CPUs\n", cpu_count());
    for (unsigned int i = 0; i < ARRAY_SIZE(shapes); i++) {
        shape = &shapes[i];
        run_shape(time_monotonic() + seconds * NS_PER_S);
    }
    heap_free(row);
    return 0;
}
