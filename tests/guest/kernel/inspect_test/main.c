/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inspect_test: does a look inside the kernel (coracle/inspect.h) show what is
 * there, and may one look at any time?
 *
 * How: for each kind of thing, make one, look for it, change it, look again.
 * Then threads make and unmake things as fast as they can while main looks,
 * on two CPUs: the looks must not trip over what is half gone.
 */
#include <stdatomic.h>
#include "arch/x86/frames.h"
#include "coracle/inspect.h"
#include "coracle/memory.h"
#include "coracle/thread.h"
#include "lib/string.h"
#include "mm/area.h"
#include "tests/guest/guest.h"
#include "xen/evtchn.h"
#include "xen/grant.h"

#define ROOM   96
#define LOOKS  300
#define CHURNS 3

static struct inspect_thread threads[ROOM];
static struct inspect_range ranges[ROOM];
static struct inspect_port ports[ROOM];
static struct inspect_grant grants[1024];
static struct inspect_cpu cpus_seen[64];

/* ---- Threads ------------------------------------------------------------- */

static struct spinlock lock;
static struct waitq wq = WAITQ_INIT(wq);
static bool go_on;

static void sleeper(void *argument)
{
    (void)argument;
    spin_lock(&lock);
    while (!go_on)
        (void)waitq_wait(&wq, &lock, TIME_NEVER);
    spin_unlock(&lock);
}

static const struct inspect_thread *find_thread(const char *name)
{
    unsigned int count = inspect_threads(threads, ROOM);

    CHECK(count <= ROOM);
    for (unsigned int i = 0; i < count; i++)
        if (!strcmp(threads[i].name, name))
            return &threads[i];
    return NULL;
}

static bool find_area(const char *name)
{
    unsigned int count = inspect_areas(ranges, ROOM);

    CHECK(count <= ROOM);
    for (unsigned int i = 0; i < count; i++)
        if (!strcmp(ranges[i].name, name))
            return true;
    return false;
}

static void check_threads(void)
{
    struct thread *thread = thread_create("dormouse", sleeper, NULL, 64 << 10);
    const struct inspect_thread *seen;
    uint64_t turns;

    CHECK(thread);
    do { /* it has another CPU, perhaps, which may come to it late */
        thread_sleep(NS_PER_MS);
        CHECK(find_thread("dormouse"));
    } while (strcmp(find_thread("dormouse")->state, "sleeping"));
    CHECK(!strcmp(find_thread("main")->state, "running"));
    turns = find_thread("main")->turns;
    seen = find_thread("dormouse");
    CHECK_EQUAL(seen->stack_size, 64 << 10);
    CHECK(seen->stack_mapped > 0 && seen->stack_mapped <= seen->stack_size);
    CHECK(seen->turns >= 1);
    CHECK(find_area("stack of thread dormouse"));

    spin_lock(&lock);
    go_on = true;
    waitq_wake_all(&wq);
    spin_unlock(&lock);
    thread_join(thread);
    CHECK(!find_thread("dormouse"));
    CHECK(!find_area("stack of thread dormouse"));
    thread_sleep(NS_PER_MS);
    CHECK(find_thread("main")->turns > turns);
    /* No room: the same number, and nothing stored. */
    memset(&threads[0], 0x55, sizeof(threads[0]));
    CHECK(inspect_threads(threads, 0) >= 1);
    CHECK_EQUAL(threads[0].name[0], 0x55);
}

static void check_cpus(void)
{
    uint64_t before, blocked;

    CHECK_EQUAL(inspect_cpus(cpus_seen, 64), 2);
    CHECK_EQUAL(cpus_seen[0].id, 0);
    CHECK_EQUAL(cpus_seen[1].id, 1);
    before = cpus_seen[0].running + cpus_seen[1].running;
    blocked = cpus_seen[0].blocked + cpus_seen[1].blocked;
    thread_sleep(5 * NS_PER_MS);
    CHECK_EQUAL(inspect_cpus(cpus_seen, 64), 2);
    CHECK(cpus_seen[0].running + cpus_seen[1].running > before);
    CHECK(cpus_seen[0].blocked + cpus_seen[1].blocked > blocked);
}

/* ---- Memory -------------------------------------------------------------- */

/* How many frames of a kind there are; all of memory is looked at. */
static size_t count_frames(uint8_t kind)
{
    static uint8_t kinds[1024];
    size_t count = 0, seen = 0;
    unsigned long got;

    while ((got = inspect_frames(seen, sizeof(kinds), kinds)) > 0) {
        for (unsigned long i = 0; i < got; i++) {
            CHECK(kinds[i] < INSPECT_FRAME_KINDS);
            count += kinds[i] == kind;
        }
        seen += got;
    }
    CHECK_EQUAL(seen, page_count_total());
    return count;
}

static uint8_t kind_of(const void *address)
{
    unsigned long pfn = pfn_of(address).n;
    uint8_t kinds[256];

    CHECK(inspect_frames(pfn & ~255UL, 256, kinds) > pfn % 256);
    return kinds[pfn % 256];
}

static void check_frames(void)
{
    size_t free = count_frames(INSPECT_FRAME_FREE);
    char *pages = page_alloc(3);
    char *small = heap_alloc(64);
    char *large = heap_alloc(11 * PAGE_SIZE);

    CHECK(pages && small && large);
    CHECK_EQUAL(kind_of((void *)main), INSPECT_FRAME_BOOT);
    CHECK_EQUAL(kind_of(small), INSPECT_FRAME_SMALL);
    for (unsigned int i = 0; i < 8; i++)
        CHECK_EQUAL(kind_of(pages + i * PAGE_SIZE), INSPECT_FRAME_PAGES);
    for (unsigned int i = 0; i < 11; i++)
        CHECK_EQUAL(kind_of(large + i * PAGE_SIZE), INSPECT_FRAME_LARGE);
    CHECK(count_frames(INSPECT_FRAME_FREE) + 19 <= free);
    page_free(pages, 3);
    heap_free(large);
    for (unsigned int i = 0; i < 8; i++)
        CHECK_EQUAL(kind_of(pages + i * PAGE_SIZE), INSPECT_FRAME_FREE);
    for (unsigned int i = 0; i < 11; i++)
        CHECK_EQUAL(kind_of(large + i * PAGE_SIZE), INSPECT_FRAME_FREE);
    heap_free(small);
    CHECK(count_frames(INSPECT_FRAME_UNMAPPED) > 0); /* of 64 MiB */
    CHECK(count_frames(INSPECT_FRAME_RECORDS) > 0);
}

static void check_image(void)
{
    unsigned int count = inspect_image(ranges, ROOM);
    unsigned int code = 0;

    CHECK(count >= 4 && count <= ROOM);
    for (unsigned int i = 0; i < count; i++) {
        uintptr_t at = (uintptr_t)main;

        CHECK(!(ranges[i].write && ranges[i].execute));
        if (at >= ranges[i].start && at < ranges[i].start + ranges[i].bytes) {
            CHECK(ranges[i].execute && !ranges[i].write);
            code++;
        }
    }
    CHECK_EQUAL(code, 1);
}

/* ---- Ports and grants ---------------------------------------------------- */

static atomic_uint heard;

static void listen_to_self(uint32_t port, void *argument)
{
    (void)port;
    (void)argument;
    atomic_fetch_add(&heard, 1);
}

static const struct inspect_port *find_port(uint32_t port)
{
    unsigned int count = inspect_ports(ports, ROOM);

    CHECK(count <= ROOM);
    for (unsigned int i = 0; i < count; i++)
        if (ports[i].port == port)
            return &ports[i];
    return NULL;
}

static void check_ports(void)
{
    int port = evtchn_bind_ipi(listen_to_self, NULL);
    const struct inspect_port *seen;

    CHECK(port >= 0);
    seen = find_port((uint32_t)port);
    CHECK(seen && seen->events == 0 && !seen->pending && !seen->masked);
    CHECK(!strcmp(seen->handler, "listen_to_self"));
    evtchn_notify((uint32_t)port);
    while (!atomic_load(&heard))
        thread_yield();
    CHECK_EQUAL(find_port((uint32_t)port)->events, 1);
    evtchn_mask((uint32_t)port);
    evtchn_notify((uint32_t)port);
    seen = find_port((uint32_t)port);
    CHECK(seen->pending && seen->masked && seen->events == 1);
    evtchn_close((uint32_t)port);
    CHECK(!find_port((uint32_t)port));
}

static void check_grants(void)
{
    void *page = page_alloc(0);
    unsigned int count;
    gref_t gref;

    CHECK(page && !grant_give(7, page, true, &gref));
    count = inspect_grants(grants, ARRAY_SIZE(grants));
    CHECK(count > gref && count <= ARRAY_SIZE(grants));
    CHECK(grants[gref].given && grants[gref].readonly);
    CHECK(!grants[gref].in_use);
    CHECK_EQUAL(grants[gref].domain, 7);
    CHECK(!grant_revoke(gref));
    (void)inspect_grants(grants, ARRAY_SIZE(grants));
    CHECK(!grants[gref].given);
    page_free(page, 0);
}

/* ---- Looking while all changes ------------------------------------------- */

static atomic_bool stop;

static void brief(void *argument)
{
    (void)argument;
}

static void churn(void *argument)
{
    (void)argument;
    while (!atomic_load(&stop)) {
        struct thread *thread = thread_create("mayfly", brief, NULL, 32 << 10);
        void *area = area_alloc(3, (struct area_label){"heap", "churn"});
        int port = evtchn_bind_ipi(listen_to_self, NULL);
        void *large = heap_alloc(9 * PAGE_SIZE);

        CHECK(thread && area && port >= 0 && large);
        heap_free(large);
        evtchn_close((uint32_t)port);
        area_free(area);
        thread_join(thread);
    }
}

static void check_while_all_changes(void)
{
    struct thread *all[CHURNS];

    for (unsigned int i = 0; i < CHURNS; i++) {
        all[i] = thread_create("churn", churn, NULL, 0);
        CHECK(all[i]);
    }
    for (unsigned int i = 0; i < LOOKS; i++) {
        CHECK(find_thread("main"));
        CHECK(find_area("stack of thread main"));
        CHECK(count_frames(INSPECT_FRAME_BOOT) > 0);
        CHECK(inspect_ports(ports, ROOM) > 0);
    }
    atomic_store(&stop, true);
    for (unsigned int i = 0; i < CHURNS; i++)
        thread_join(all[i]);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    check_threads();
    check_cpus();
    check_frames();
    check_image();
    check_ports();
    check_grants();
    check_while_all_changes();
    printk("inspect_test: all ok\n");
    return 0;
}
