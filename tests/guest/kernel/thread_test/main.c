/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread_test: does the scheduler keep its promises?
 *
 * What: threads that only compute take turns, in order, in equal shares; one
 * woken by an event runs within a millisecond although others compute, and
 * yet cannot starve them; yield goes round; sleepers wake in the order of their
 * deadlines; the longest waiter is woken first; a wake-up that races with a
 * time-out counts once; thousands of threads come and go without a page lost.
 *
 * How: threads write their number into a log, which then has to read as
 * promised. Shares are counted in virtual time: run it with ICOUNT=1, where
 * nothing but the guest's own instructions moves the clock.
 */
#include "arch/x86/percpu.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "lib/string.h"
#include "sched/timer.h"
#include "tests/guest/guest.h"

#define LOG_SIZE 256
#define HOGS     3
#define SLICES   8 /* for each hog */

static unsigned char notes[LOG_SIZE];
static volatile unsigned int noted;
static struct spinlock lock;

static void note(unsigned int number)
{
    spin_lock(&lock);
    if (noted < LOG_SIZE)
        notes[noted++] = (unsigned char)number;
    spin_unlock(&lock);
}

static struct thread *start(const char *name, void (*entry)(void *),
                            unsigned long argument)
{
    struct thread *thread = thread_create(name, entry, (void *)argument, 0);

    CHECK(thread);
    return thread;
}

static void join_all(struct thread **threads, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        thread_join(threads[i]);
}

/* ---- Those who only compute ---------------------------------------------- */

static volatile bool stop_hogs;
static volatile unsigned long work[HOGS];
static volatile unsigned int last_hog;

/* Count, and note each time that somebody else ran in between. */
static void hog(void *argument)
{
    unsigned int self = (unsigned int)(unsigned long)argument;

    while (!stop_hogs) {
        work[self]++;
        if (last_hog != self) {
            last_hog = self;
            note(self);
        }
    }
}

static void start_hogs(struct thread **threads)
{
    noted = 0;
    last_hog = HOGS;
    stop_hogs = false;
    for (unsigned int i = 0; i < HOGS; i++) {
        work[i] = 0;
        threads[i] = start("hog", hog, i);
    }
}

static void test_shares(void)
{
    struct thread *threads[HOGS];
    unsigned long least = ~0UL, most = 0;
    unsigned int turns;

    start_hogs(threads);
    thread_sleep(HOGS * SLICES * 10 * NS_PER_MS);
    turns = noted; /* those interrupted in the loop will still note one */
    stop_hogs = true;
    join_all(threads, HOGS);
    for (unsigned int i = 0; i < HOGS; i++) {
        least = work[i] < least ? work[i] : least;
        most = work[i] > most ? work[i] : most;
    }
    printk("thread_test: hogs: least %lu, most %lu, %u turns\n", least, most,
           turns);
    CHECK(least > most / 4 * 3);
    /* Each ran and was interrupted, again and again, by the next in turn. */
    CHECK(turns >= HOGS * (SLICES - 2));
    for (unsigned int i = HOGS; i < turns; i++)
        CHECK_EQUAL(notes[i], notes[i - HOGS]);
}

/* ---- Those whom an event wakes ------------------------------------------- */

#define WAKES      20
#define RUDE_WAKES 6

static struct waitq alarm_queue = WAITQ_INIT(alarm_queue);
static bool rung;
static uint64_t rung_at;

static void ring(struct timer *timer)
{
    (void)timer;
    spin_lock(&lock);
    rung = true;
    rung_at = time_monotonic();
    waitq_wake_all(&alarm_queue);
    spin_unlock(&lock);
}

static void wait_for_ring(struct timer *timer, uint64_t ns)
{
    timer->expired = ring;
    timer_start(timer, time_monotonic() + ns);
    spin_lock(&lock);
    while (!rung)
        (void)waitq_wait(&alarm_queue, &lock, TIME_NEVER);
    rung = false;
    spin_unlock(&lock);
}

static void wake_and_measure(unsigned int wakes, uint64_t interval)
{
    struct timer timer = {0};
    uint64_t longest = 0;

    for (unsigned int i = 0; i < wakes; i++) {
        uint64_t late;

        wait_for_ring(&timer, interval + i * 311);
        late = time_monotonic() - rung_at;
        longest = late > longest ? late : longest;
    }
    printk("thread_test: woken by an event: after %u us at most\n",
           (unsigned int)(longest / NS_PER_US));
    CHECK(longest < NS_PER_MS);
}

static void test_urgent(void)
{
    struct thread *threads[HOGS];

    start_hogs(threads);
    wake_and_measure(WAKES, 3700 * NS_PER_US);
    stop_hogs = true;
    join_all(threads, HOGS);
    for (unsigned int i = 0; i < HOGS; i++)
        CHECK(work[i] > 0);
}

/* Holds events back for longer than a slice: then the slice's end and all that
 * should wake others come at once. */
static void rude_hog(void *argument)
{
    (void)argument;
    while (!stop_hogs) {
        uint64_t end = time_monotonic() + 11 * NS_PER_MS;

        events_mask();
        while (time_monotonic() < end)
            ;
        events_unmask();
    }
}

static void test_urgent_at_slice_end(void)
{
    struct thread *threads[HOGS];

    stop_hogs = false;
    for (unsigned int i = 0; i < HOGS; i++)
        threads[i] = start("rude", rude_hog, i);
    wake_and_measure(RUDE_WAKES, NS_PER_MS);
    stop_hogs = true;
    join_all(threads, HOGS);
}

/* A wait that was woken leaves no time-out behind for the next one. */
static void test_deadline_forgotten(void)
{
    struct timer timer = {.expired = ring};
    uint64_t now = time_monotonic();

    spin_lock(&lock);
    timer_start(&timer, now + NS_PER_MS);
    CHECK_EQUAL(waitq_wait(&alarm_queue, &lock, now + 3 * NS_PER_MS), 0);
    timer_start(&timer, now + 6 * NS_PER_MS);
    CHECK_EQUAL(waitq_wait(&alarm_queue, &lock, TIME_NEVER), 0);
    CHECK(time_monotonic() >= now + 6 * NS_PER_MS);
    rung = false;
    spin_unlock(&lock);
}

static volatile bool humble_ran;

static void humble(void *argument)
{
    (void)argument;
    humble_ran = true;
}

/* An urgent thread that never waits again must let the others have a turn. */
static void test_no_starving(void)
{
    struct timer timer = {0};
    struct thread *thread = start("humble", humble, 0);
    uint64_t give_up;

    humble_ran = false;
    wait_for_ring(&timer, NS_PER_MS); /* humble runs here ... */
    thread_join(thread);
    humble_ran = false;
    thread = start("humble", humble, 0);
    timer.expired = ring; /* ... and here we are urgent from the start */
    timer_start(&timer, time_monotonic());
    give_up = time_monotonic() + 200 * NS_PER_MS;
    while (!humble_ran)
        CHECK(time_monotonic() < give_up);
    thread_join(thread);
    rung = false;
}

/* ---- Those who give way -------------------------------------------------- */

static void yielder(void *argument)
{
    for (unsigned int i = 0; i < 10; i++) {
        note((unsigned int)(unsigned long)argument);
        thread_yield();
    }
}

static void test_yield(void)
{
    struct thread *threads[3];

    noted = 0;
    for (unsigned int i = 0; i < 3; i++)
        threads[i] = start("yielder", yielder, i);
    join_all(threads, 3);
    CHECK_EQUAL(noted, 30);
    for (unsigned int i = 0; i < noted; i++)
        CHECK_EQUAL(notes[i], i % 3);
}

static const unsigned int nap_ms[] = {9, 2, 14, 5, 1, 12};

static void sleeper(void *argument)
{
    unsigned int ms = nap_ms[(unsigned long)argument];
    uint64_t until = time_monotonic() + ms * NS_PER_MS;

    thread_sleep_until(until);
    CHECK(time_monotonic() >= until);
    note(ms);
}

static void test_sleep_order(void)
{
    struct thread *threads[ARRAY_SIZE(nap_ms)];

    noted = 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(nap_ms); i++)
        threads[i] = start("sleeper", sleeper, i);
    join_all(threads, ARRAY_SIZE(nap_ms));
    CHECK_EQUAL(noted, ARRAY_SIZE(nap_ms));
    for (unsigned int i = 1; i < noted; i++)
        CHECK(notes[i] > notes[i - 1]);
}

/* ---- Wait queues --------------------------------------------------------- */

#define WAITERS 5

static struct waitq queue = WAITQ_INIT(queue);

static void waiter(void *argument)
{
    spin_lock(&lock);
    CHECK_EQUAL(waitq_wait(&queue, &lock, TIME_NEVER), 0);
    spin_unlock(&lock);
    note((unsigned int)(unsigned long)argument);
}

static void test_wake_order(void)
{
    struct thread *threads[WAITERS];

    noted = 0;
    for (unsigned int i = 0; i < WAITERS; i++) {
        threads[i] = start("waiter", waiter, i);
        thread_yield(); /* now it waits */
    }
    for (unsigned int i = 0; i < WAITERS; i++) {
        spin_lock(&lock);
        CHECK(waitq_wake_one(&queue));
        spin_unlock(&lock);
        while (noted == i)
            thread_yield();
        CHECK_EQUAL(notes[i], i);
    }
    join_all(threads, WAITERS);
    spin_lock(&lock);
    CHECK(!waitq_wake_one(&queue));
    spin_unlock(&lock);
}

#define RACERS 4
#define RACES  400

static unsigned long woken, timed_out, wakes;
static unsigned int racing;

static void racer(void *argument)
{
    unsigned int random = (unsigned int)(unsigned long)argument;

    for (unsigned int i = 0; i < RACES; i++) {
        uint64_t deadline;

        random = random * 1103515245 + 12345;
        spin_lock(&lock);
        deadline = time_monotonic() + (random >> 16) % 64 * NS_PER_US;
        if (!waitq_wait(&queue, &lock, deadline)) {
            woken++;
        } else {
            timed_out++;
            CHECK(time_monotonic() >= deadline);
        }
        spin_unlock(&lock);
    }
    spin_lock(&lock);
    racing--;
    spin_unlock(&lock);
}

/* Every wake-up that reached somebody was seen by somebody, and no other. */
static void test_races(void)
{
    struct thread *threads[RACERS];
    unsigned int random = 1;

    racing = RACERS;
    for (unsigned int i = 0; i < RACERS; i++)
        threads[i] = start("racer", racer, i + 1);
    while (racing) {
        random = random * 1103515245 + 12345;
        if (random >> 30)
            thread_sleep((random >> 16) % 64 * NS_PER_US);
        else
            thread_yield();
        spin_lock(&lock);
        wakes += waitq_wake_one(&queue);
        spin_unlock(&lock);
    }
    join_all(threads, RACERS);
    printk("thread_test: races: %lu woken, %lu timed out\n", woken, timed_out);
    CHECK_EQUAL(woken, wakes);
    CHECK_EQUAL(woken + timed_out, RACERS * RACES);
    /* Both happened often, or this was no race. */
    CHECK(woken > RACES / 4 && timed_out > RACES / 4);
}

/* ---- Birth and death ----------------------------------------------------- */

#define STORM 500
#define CROWD 60

static unsigned long lives;
static struct semaphore gate;

static void live(void *argument)
{
    (void)argument;
    spin_lock(&lock);
    lives++;
    spin_unlock(&lock);
}

static void live_and_wait(void *argument)
{
    live(argument);
    (void)semaphore_down(&gate, TIME_NEVER);
    thread_exit();
}

static void storm(void)
{
    struct thread *crowd[CROWD];

    lives = 0;
    for (unsigned int i = 0; i < STORM; i++)
        thread_join(start("joined", live, 0));
    for (unsigned int i = 0; i < STORM; i++) {
        struct thread *thread = start("detached", live, 0);

        if (i % 2) /* before its end, or after it */
            thread_yield();
        thread_detach(thread);
    }
    semaphore_init(&gate, 0);
    for (unsigned int i = 0; i < CROWD; i++)
        crowd[i] = start("crowd", live_and_wait, 0);
    for (unsigned int i = 0; i < CROWD; i++)
        semaphore_up(&gate);
    join_all(crowd, CROWD);
    while (lives < 2 * STORM + CROWD)
        thread_sleep(NS_PER_MS);
    thread_sleep(NS_PER_MS); /* the idle thread buries the detached ones */
    CHECK_EQUAL(lives, 2 * STORM + CROWD);
}

static void test_no_leak(void)
{
    size_t before;

    storm(); /* page tables and slabs are made once and stay */
    before = page_count_free();
    storm();
    CHECK_EQUAL(page_count_free(), before);
}

static void test_names(void)
{
    struct thread *thread;

    CHECK(!strcmp(thread_name(thread_self()), "main"));
    thread = start("a name that is far too long", live, 0);
    CHECK(!strcmp(thread_name(thread), "a name that is "));
    thread_join(thread);
    CHECK(!thread_create("huge", live, NULL, ~0UL));
}

static const struct {
    const char *name;
    void (*test)(void);
} tests[] = {
    {"shares", test_shares},
    {"urgent", test_urgent},
    {"slice end", test_urgent_at_slice_end},
    {"deadline", test_deadline_forgotten},
    {"starving", test_no_starving},
    {"yield", test_yield},
    {"sleep order", test_sleep_order},
    {"wake order", test_wake_order},
    {"races", test_races},
    {"leak", test_no_leak},
    {"names", test_names},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        if (argc > 1 && strcmp(argv[1], tests[i].name))
            continue;
        tests[i].test();
        printk("thread_test: %s: ok\n", tests[i].name);
    }
    printk("thread_test: all ok\n");
    return 0;
}
