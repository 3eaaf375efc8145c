/* SPDX-License-Identifier: BSD-2-Clause */
// uses: sched/spinlock.c mm/page.c mm/heap.c mm/slab.c mm/magazine.c
// uses: mm/reclaim.c
// uses: tests/host/ram.c
/*
 * tsan_mm.c: the page allocator and the heap from several CPUs at once, with
 * memory that is mapped only as it is needed. Blocks are handed from CPU to
 * CPU, so that they are freed by another one than took them; each carries a
 * pattern that nobody else may have changed.
 */
#include <sched.h>
#include "coracle/memory.h"
#include "coracle/spinlock.h"
#include "cpus.h"
#include "mm/area.h"
#include "mm/magazine.h"
#include "mm/page.h"
#include "mm/reclaim.h"
#include "ram.h"

#define CPUS   3
#define TURNS  3000
#define PLACES 64

char *ram_base;

/* ---- No areas: all blocks are runs of pages or smaller --------------------
 */

void *area_alloc(size_t pages, struct area_label label)
{
    (void)pages;
    (void)label;
    return NULL;
}

void area_free(void *base)
{
    test_fail(__FILE__, __LINE__, "%p is no area", base);
}

size_t area_pages(const void *base)
{
    (void)base;
    return 0;
}

bool area_contains(const void *address)
{
    (void)address;
    return false;
}

/* An event, which comes when the CPU looks. */
static atomic_bool kicked[CPUS];

void cpu_kick(unsigned int cpu)
{
    atomic_store_explicit(&kicked[cpu], true, memory_order_relaxed);
}

static void look(unsigned int cpu)
{
    if (atomic_load_explicit(&kicked[cpu], memory_order_relaxed)) {
        atomic_store_explicit(&kicked[cpu], false, memory_order_relaxed);
        events_mask();
        memory_reclaim_here();
        events_unmask();
    }
}

/* ---- Blocks that change hands -------------------------------------------- */

struct block {
    unsigned char *start;
    size_t size;
    unsigned int order; /* of a block of pages */
};

static struct {
    struct spinlock lock;
    struct block block;
} places[PLACES];

static unsigned int next(unsigned int *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void fill(struct block block)
{
    memset(block.start, (int)block.size & 0xff, block.size);
}

static void check(struct block block)
{
    for (size_t i = 0; i < block.size; i += block.size / 16 + 1)
        CHECK_EQUAL(block.start[i], block.size & 0xff);
}

/* Put `block` into some place and return what stood there. */
static struct block exchange(struct block block, unsigned int place)
{
    struct block before;

    spin_lock(&places[place].lock);
    before = places[place].block;
    places[place].block = block;
    spin_unlock(&places[place].lock);
    return before;
}

static struct block take_heap(unsigned int random)
{
    size_t size = random % 100 == 0 ? random % 200000 + 1 : random % 3000 + 1;

    return (struct block){heap_alloc(size), size, 0};
}

static struct block take_pages(unsigned int random)
{
    unsigned int order = random % 4;

    return (struct block){page_alloc(order), PAGE_SIZE << order, order};
}

static void free_heap(struct block block)
{
    heap_free(block.start);
}

static void free_pages(struct block block)
{
    page_free(block.start, block.order);
}

static void trade(unsigned int number, struct block (*take)(unsigned int),
                  void (*give_back)(struct block))
{
    unsigned int random = number + 1;

    for (int i = 0; i < TURNS; i++) {
        struct block block = take(next(&random));

        CHECK(block.start);
        fill(block);
        block = exchange(block, next(&random) % PLACES);
        if (block.start) {
            check(block);
            give_back(block);
        }
    }
}

static void trade_heap(unsigned int number)
{
    CHECK(!magazines_init());
    trade(number, take_heap, free_heap);
    CHECK(magazines_flush());
}

static void trade_pages(unsigned int number)
{
    trade(number, take_pages, free_pages);
}

static void boot(void)
{
    ram_init(1024, 8192);
    page_init(100, 1024, 8192);
}

static void clear(void (*give_back)(struct block))
{
    for (unsigned int i = 0; i < PLACES; i++) {
        struct block block = exchange((struct block){0}, i);

        if (block.start) {
            check(block);
            give_back(block);
        }
    }
}

static void clear_pages(unsigned int number)
{
    (void)number;
    clear(free_pages);
}

static void clear_heap(unsigned int number)
{
    (void)number;
    clear(free_heap);
}

TEST(pages)
{
    size_t free_now;

    boot();
    cpus_all(CPUS, trade_pages);
    cpus_all(1, clear_pages);
    free_now = page_count_free();
    cpus_all(CPUS, trade_pages);
    cpus_all(1, clear_pages);
    CHECK_EQUAL(page_count_free(), free_now);
}

TEST(heap)
{
    boot();
    cpus_all(CPUS, trade_heap);
    cpus_all(1, clear_heap);
}

/* ---- Short of memory ----------------------------------------------------- */

static atomic_uint ready;
static atomic_bool enough;

static void use_little(unsigned int number)
{
    unsigned int random = number;

    while (!atomic_load(&enough)) {
        void *object = heap_alloc(next(&random) % 512 + 1);

        look(number);
        if (object)
            heap_free(object);
    }
}

static void use_all(void)
{
    static void *pages[1024];
    unsigned int count = 0;

    while (count < 1024 && (pages[count] = page_alloc(0)))
        count++;
    while (count)
        page_free(pages[--count], 0);
}

static void be_short(unsigned int number)
{
    CHECK(!magazines_init());
    atomic_fetch_add(&ready, 1);
    if (number) {
        use_little(number);
    } else {
        while (atomic_load(&ready) < CPUS)
            sched_yield();
        for (int i = 0; i < 50; i++)
            use_all();
        atomic_store(&enough, true);
    }
    (void)magazines_flush();
}

TEST(short_of_memory)
{
    ram_init(512, 512);
    page_init(100, 512, 512);
    cpus_all(CPUS, be_short);
}
