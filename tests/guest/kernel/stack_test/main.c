/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack_test: do stacks grow, come back, and end where they must?
 *
 * What: recursion may use nearly all of a thread's stack; whatever function
 * happens to be the one for which the stack must grow, its arguments arrive,
 * those in registers, those on the stack, and those of functions like printf;
 * large frames grow it too; threads grow theirs at the same time while they
 * are preempted. Memory comes back when the thread ends.
 *
 * How: every depth from 1 to 600 is tried with each kind of function at its
 * end, on a fresh stack each time (a thread), so that each of them meets the
 * limit. With an argument, the program makes one of the mistakes that must end
 * in a report: `overflow`, `large` (one frame larger than the stack), `thread`
 * (a small stack in a thread of its own) or `memory` (no page left to grow).
 */
#include <stdarg.h>
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "tests/guest/guest.h"

#define NOINLINE  __attribute__((noinline, noclone))
#define DEPTH_MAX 600
#define KINDS     3
#define THREADS   6

/* ---- The kinds of function ----------------------------------------------- */

static NOINLINE long sum_many(long a, long b, long c, long d, long e, long f,
                              long g, long h, long i, long j, long k, long l)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i +
           10 * j + 11 * k + 12 * l;
}

static NOINLINE long sum_list(unsigned int count, ...)
{
    volatile long copy[16];
    va_list list;
    long sum = 0;

    va_start(list, count);
    for (unsigned int i = 0; i < count; i++)
        copy[i] = va_arg(list, long);
    va_end(list);
    for (unsigned int i = 0; i < count; i++)
        sum += (long)(i + 1) * copy[i];
    return sum;
}

struct large {
    long words[20];
};

static NOINLINE struct large double_it(struct large in)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(in.words); i++)
        in.words[i] *= 2;
    return in;
}

static NOINLINE long large_frame(long a, long b)
{
    volatile char room[6000];

    for (unsigned int i = 0; i < sizeof(room); i += 100)
        room[i] = (char)a;
    return a + room[5900] + b;
}

static NOINLINE long huge_frame(long a, long b, long c, long d, long e, long f,
                                long g, long h)
{
    volatile char room[70000];

    room[0] = (char)a;
    room[sizeof(room) - 1] = (char)b;
    return room[0] + room[sizeof(room) - 1] + c + d + e + f + g + h;
}

static NOINLINE void check_kinds(long x)
{
    struct large in = {{0}}, out;

    CHECK_EQUAL(sum_list(12, x, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L),
                x + 4 + 9 + 16 + 25 + 36 + 49 + 64 + 81 + 100 + 121 + 144);
    CHECK_EQUAL(sum_list(1, x), x);
    CHECK_EQUAL(sum_many(x, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
                x + 4 + 9 + 16 + 25 + 36 + 49 + 64 + 81 + 100 + 121 + 144);
    in.words[0] = x;
    in.words[19] = -x;
    out = double_it(in);
    CHECK_EQUAL(out.words[0], 2 * x);
    CHECK_EQUAL(out.words[19], -2 * x);
    CHECK_EQUAL(large_frame(5, x), 10 + x);
    CHECK_EQUAL(huge_frame(1, 2, 3, 4, 5, 6, 7, x), 28 + x);
}

/* ---- Every depth --------------------------------------------------------- */

/* Go down `depth` calls, then try one kind; each has a turn to be first. */
static NOINLINE long descend(long depth, long kind)
{
    long below;

    if (depth == 0) {
        if (kind == 0)
            CHECK_EQUAL(sum_list(8, 1L, 1L, 1L, 1L, 1L, 1L, 1L, kind),
                        28 + 8 * kind);
        else if (kind == 1)
            CHECK_EQUAL(sum_many(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, kind),
                        66 + 12 * kind);
        else
            CHECK_EQUAL(large_frame(1, kind), 2 + kind);
        check_kinds(kind);
        return 0;
    }
    below = descend(depth - 1, kind);
    CHECK_EQUAL(below, depth - 1);
    return below + 1;
}

static void try_depth(void *argument)
{
    long depth = (long)argument / KINDS;

    CHECK_EQUAL(descend(depth, (long)argument % KINDS), depth);
}

static void test_every_depth(void)
{
    for (long i = KINDS; i <= DEPTH_MAX * KINDS; i++) {
        struct thread *thread = thread_create("deep", try_depth, (void *)i, 0);

        CHECK(thread);
        thread_join(thread);
    }
}

/* ---- Nearly all of it ---------------------------------------------------- */

static NOINLINE unsigned long fill_until(unsigned long lowest)
{
    volatile unsigned long mark[20];
    unsigned long here = (unsigned long)mark, reached;

    mark[0] = here;
    mark[19] = ~here;
    reached = here > lowest ? fill_until(lowest) : here;
    CHECK(mark[0] == here && mark[19] == ~here);
    return reached;
}

static void use_most(void *argument)
{
    const struct stack *stack = &thread_self()->stack;
    unsigned long base = (unsigned long)stack->base;
    unsigned long reached;

    (void)argument;
    CHECK(stack->lowest > base + stack->size / 2);
    reached = fill_until(base + stack->size / 20);
    CHECK(reached < base + stack->size / 20);
    CHECK(stack->lowest < base + stack->size / 20);
    (void)fill_until(base + stack->size / 10); /* no growing this time */
}

static void test_most(void)
{
    size_t before = 0;

    for (unsigned int round = 0; round < 3; round++) {
        struct thread *thread = thread_create("most", use_most, NULL, 0);

        CHECK(thread);
        thread_join(thread);
        if (round == 0) /* page tables stay */
            before = page_count_free();
    }
    CHECK_EQUAL(page_count_free(), before);
}

/* ---- Many at once -------------------------------------------------------- */

static struct semaphore all_deep;
static unsigned int deep;
static struct spinlock lock;

static NOINLINE long wander(long depth, unsigned long self)
{
    volatile unsigned long mark = self * 1000003 + (unsigned long)depth;
    long below = 0;

    if (depth % 50 == 0)
        thread_yield();
    if (depth > 0) {
        below = wander(depth - 1, self) + 1;
    } else {
        spin_lock(&lock);
        deep++;
        spin_unlock(&lock);
        while (deep < THREADS) /* all are at their deepest */
            thread_yield();
        check_kinds((long)self);
    }
    CHECK_EQUAL(mark, self * 1000003 + (unsigned long)depth);
    return below;
}

static void wanderer(void *argument)
{
    CHECK_EQUAL(wander(3000, (unsigned long)argument), 3000);
    semaphore_up(&all_deep);
}

static void test_together(void)
{
    struct thread *threads[THREADS];

    semaphore_init(&all_deep, 0);
    for (unsigned long i = 0; i < THREADS; i++) {
        threads[i] = thread_create("wanderer", wanderer, (void *)i, 0);
        CHECK(threads[i]);
    }
    for (unsigned int i = 0; i < THREADS; i++)
        CHECK_EQUAL(semaphore_down(&all_deep, TIME_NEVER), 0);
    for (unsigned int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
}

/* ---- Mistakes ------------------------------------------------------------ */

static volatile long no_end = 1;

static NOINLINE long endless(long depth)
{
    return no_end ? endless(depth + 1) + 1 : depth;
}

static NOINLINE long too_large(void)
{
    volatile char room[2 << 20];

    room[0] = 1;
    return room[0];
}

static void endless_thread(void *argument)
{
    (void)argument;
    (void)endless(0);
}

static void use_up_memory(void)
{
    void **chain = NULL, **page;

    while ((page = page_alloc(0))) {
        *page = chain;
        chain = page;
    }
    no_end = (long)chain;
}

static int make_mistake(const char *which)
{
    if (!strcmp(which, "overflow")) {
        (void)endless(0);
    } else if (!strcmp(which, "large")) {
        (void)too_large();
    } else if (!strcmp(which, "memory")) {
        use_up_memory();
        (void)endless(0);
    } else if (!strcmp(which, "thread")) {
        struct thread *thread =
            thread_create("small", endless_thread, NULL, 100000);

        CHECK(thread);
        thread_join(thread);
    }
    printk("stack_test: nothing happened\n");
    return 1;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return make_mistake(argv[1]);
    check_kinds(1);
    test_every_depth();
    printk("stack_test: every depth: ok\n");
    test_most();
    printk("stack_test: nearly all of it: ok\n");
    test_together();
    printk("stack_test: all ok\n");
    return 0;
}
