/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_heap.c: the heap, on the real page allocator and a stand-in for areas
 * that takes its pages from it.
 */
#include <sys/mman.h>
#include "test.h"
#include "ram.h"
#include "mm/page.c"
#include "mm/slab.c"
#include "mm/magazine.c"
#include "mm/reclaim.c"
#include "mm/heap.c"

/* ---- Areas: host memory, but each page is paid for ---------------------- */

#define AREAS      1024
#define AREA_SPACE (1UL << 40)

struct fake_area {
    char *base;
    size_t pages;
    void **paid;
};

static struct fake_area areas[AREAS];
static char *area_space;

static struct fake_area *area_find(const void *base)
{
    for (size_t i = 0; base && i < AREAS; i++) {
        if (areas[i].base == base)
            return &areas[i];
    }
    return NULL;
}

static void area_pay_back(struct fake_area *area, size_t count)
{
    while (count > 0)
        page_free(area->paid[--count], 0);
    free(area->paid);
    area->base = NULL;
}

void *area_alloc(size_t pages, struct area_label label)
{
    static size_t next;
    struct fake_area *area = areas;

    CHECK(!strcmp(label.kind, "heap"));
    CHECK_EQUAL(test_locks_held(), 0);
    if (!area_space)
        area_space = mmap(NULL, AREA_SPACE, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(area_space != MAP_FAILED);
    while (area->base)
        area++;
    CHECK(area < areas + AREAS);
    area->pages = pages;
    area->paid = malloc(pages * sizeof(void *));
    area->base = area_space + next;
    for (size_t i = 0; i < pages; i++) {
        if (!(area->paid[i] = page_alloc(0))) {
            area_pay_back(area, i);
            return NULL;
        }
    }
    next = (next + (pages + 2) * PAGE_SIZE) % (AREA_SPACE / 2);
    CHECK(!mprotect(area->base, pages * PAGE_SIZE, PROT_READ | PROT_WRITE));
    return area->base;
}

void area_free(void *base)
{
    struct fake_area *area = area_find(base);

    CHECK(area);
    CHECK_EQUAL(test_locks_held(), 0);
    mprotect(base, area->pages * PAGE_SIZE, PROT_NONE);
    area_pay_back(area, area->pages);
}

size_t area_pages(const void *base)
{
    struct fake_area *area = area_find(base);

    return area ? area->pages : 0;
}

bool area_contains(const void *address)
{
    return area_space && (const char *)address >= area_space &&
           (const char *)address < area_space + AREA_SPACE;
}

/* ---- Helpers ------------------------------------------------------------ */

static void boot(unsigned long total)
{
    unsigned long mapped = total < 1024 ? total : 1024;

    ram_init(mapped, total);
    page_init(100, mapped, total);
}

/* Be CPU `number`, with magazines of its own. */
static struct magazines *kept_by[3];

static void become(size_t number)
{
    static struct percpu percpus[3];

    fake_cpu = (unsigned int)number;
    cpus[number] = &percpus[number];
    if (!(fake_kept = kept_by[number])) {
        CHECK(!magazines_init());
        kept_by[number] = percpus[number].magazines = fake_kept;
    }
}

static unsigned int kicks;
static bool deaf; /* Xen runs no other CPU */

/* Another CPU handles the event at once. */
void cpu_kick(unsigned int cpu)
{
    unsigned int self = fake_cpu;

    CHECK(cpu != self);
    kicks++;
    if (deaf)
        return;
    become(cpu);
    fake_events_masked++;
    memory_reclaim_here();
    fake_events_masked--;
    become(self);
}

long xen_sched_op(int command, void *argument)
{
    (void)argument;
    CHECK_EQUAL(command, SCHEDOP_yield);
    CHECK_EQUAL(fake_events_masked, 0);
    test_time += NS_PER_MS;
    return 0;
}

static void flush_all(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(kept_by); i++) {
        if ((fake_kept = kept_by[i]))
            magazines_flush();
    }
}

/* Pages used by empty slabs that the classes keep: at most one slab each. */
static size_t kept_pages(void)
{
    size_t pages = 0;

    for (unsigned int i = 0; i < CLASSES; i++) {
        unsigned int empty = 0;

        for (struct slab *s = classes[i].roomy; s; s = s->next) {
            CHECK(s->free > 0);
            empty += s->free == s->count;
        }
        CHECK(empty <= 1);
        pages += empty << slab_order_for(class_size(i));
    }
    return pages;
}

static void fill(void *memory, size_t size, unsigned int seed)
{
    unsigned char *bytes = memory;

    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(seed + i * 7);
}

static void check_filled(const void *memory, size_t size, unsigned int seed)
{
    const unsigned char *bytes = memory;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (unsigned char)(seed + i * 7))
            test_fail(__FILE__, __LINE__, "byte %zu of %zu was changed", i,
                      size);
    }
}

/* ---- Tests -------------------------------------------------------------- */

TEST(classes_fit_and_waste_little)
{
    for (size_t size = 1; size <= SMALL_MAX; size++) {
        unsigned int class = class_for(size);
        unsigned int room = class_size(class);

        CHECK(class < CLASSES);
        CHECK(room >= size);
        CHECK_EQUAL(room % 16, 0);
        CHECK(class == 0 || class_size(class - 1) < size);
        /* At most 15 bytes, or a fifth of the object. */
        CHECK(room - size < 16 || (room - size) * 5 <= room);
    }
    CHECK_EQUAL(class_for(SMALL_MAX), CLASSES - 1);
}

TEST(slabs_waste_at_most_an_eighth)
{
    for (unsigned int class = 0; class < CLASSES; class ++) {
        unsigned int size = class_size(class);
        unsigned int bytes = 4096u << slab_order_for(size);
        unsigned int count = (bytes - 56) / (size + 1); /* a byte each */

        CHECK(bytes <= 16384);
        CHECK(count <= 64 * SLAB_WORDS);
        CHECK((bytes - count * size) * 8 <= bytes);
    }
    CHECK_EQUAL(sizeof(struct slab), 56);
}

TEST(every_size_can_be_used_to_its_end)
{
    boot(4096);
    for (size_t size = 0; size < 300000; size += 1 + size / 16) {
        void *a = heap_alloc(size), *b = heap_alloc(size);

        CHECK(a && b && a != b);
        CHECK_EQUAL((uintptr_t)a % 16, 0);
        CHECK(heap_size(a) >= size);
        fill(a, heap_size(a), 1);
        fill(b, heap_size(b), 2);
        check_filled(a, heap_size(a), 1);
        heap_free(a);
        check_filled(b, heap_size(b), 2);
        heap_free(b);
    }
    heap_free(NULL);
}

TEST(pages_come_back)
{
    static void *objects[5000];

    boot(4096);
    size_t before = page_count_free();

    for (size_t size = 8; size <= 2048; size += 40) {
        for (size_t i = 0; i < 5000; i++)
            CHECK((objects[i] = heap_alloc(size)));
        for (size_t i = 0; i < 5000; i++)
            heap_free(objects[i]);
        CHECK_EQUAL(page_count_free() + kept_pages(), before);
    }
}

TEST(middle_sizes_cost_their_pages)
{
    boot(1024);
    size_t before = page_count_free();
    void *a = heap_alloc(36 << 10);

    CHECK_EQUAL(before - page_count_free(), 9);
    CHECK_EQUAL(heap_size(a), 36 << 10);
    heap_free(a);
    a = heap_alloc(2049);
    CHECK_EQUAL(before - page_count_free(), 1);
    heap_free(a);
    a = heap_alloc(RUN_MAX);
    CHECK_EQUAL(before - page_count_free(), 256);
    CHECK(!area_contains(a));
    heap_free(a);
    a = heap_alloc(RUN_MAX + 1);
    CHECK(area_contains(a));
    CHECK_EQUAL(before - page_count_free(), 257);
    heap_free(a);
    CHECK_EQUAL(page_count_free(), before);
}

TEST(fragmented_memory_still_gives_middle_sizes)
{
    static void *pages[1024];
    size_t count = 0;

    boot(1024);
    while ((pages[count] = page_alloc(0)))
        count++;
    for (size_t i = 0; i < count; i += 2)
        page_free(pages[i], 0);
    /* No two free pages are neighbours now. */
    CHECK(!page_alloc(1));
    void *a = heap_alloc(64 << 10);
    CHECK(area_contains(a));
    heap_free(a);
}

TEST(alignment_holds)
{
    boot(4096);
    size_t before = page_count_free();

    for (size_t align = 1; align <= 1 << 20; align *= 2) {
        for (size_t size = 0; size <= 70000; size += 1 + size / 3) {
            char *a = heap_alloc_aligned(align, size);
            char *b = heap_alloc_aligned(align, size);

            CHECK(a && b && a != b);
            CHECK_EQUAL((uintptr_t)a % align, 0);
            CHECK_EQUAL((uintptr_t)b % align, 0);
            CHECK(heap_size(a) >= size);
            memset(a, 1, size);
            memset(b, 2, size);
            heap_free(a);
            heap_free(b);
        }
    }
    CHECK_EQUAL(page_count_free() + kept_pages(), before);
    CHECK(!heap_alloc_aligned(1 << 21, 1));
    CHECK(!heap_alloc_aligned(1 << 20, SIZE_MAX));
    CHECK_PANIC("assertion", (void)!heap_alloc_aligned(48, 1));
}

TEST(zeroed_memory_is_zero)
{
    boot(1024);
    for (size_t size = 1; size < 200000; size = size * 3 + 1) {
        unsigned char *dirty = heap_alloc(size);
        memset(dirty, 0xff, size);
        heap_free(dirty);

        unsigned char *zero = heap_alloc_zeroed(size, 1);
        for (size_t i = 0; i < size; i++)
            CHECK_EQUAL(zero[i], 0);
        heap_free(zero);
    }
    CHECK(!heap_alloc_zeroed(SIZE_MAX / 2, 3));
    CHECK(!heap_alloc_zeroed(1UL << 32, 1UL << 32));
}

TEST(resize_keeps_contents)
{
    boot(4096);
    char *a = heap_resize(NULL, 10);

    fill(a, 10, 3);
    for (size_t size = 10; size < 5000000; size = size * 5 / 4 + 1) {
        fill(a, size * 4 / 5, 3);
        a = heap_resize(a, size);
        CHECK(a);
        check_filled(a, size * 4 / 5, 3);
    }
    fill(a, 1000, 9);
    size_t large = page_count_free();
    a = heap_resize(a, 1000);
    check_filled(a, 1000, 9);
    CHECK(page_count_free() > large + 90);
    CHECK(heap_resize(a, 900) == a);
    CHECK(!heap_resize(a, 1UL << 40));
    check_filled(a, 1000, 9);
    heap_free(a);
}

static void test_mistakes(void)
{
    char *small = heap_alloc(100), *other = heap_alloc(100);
    char *run = heap_alloc(20000), *area = heap_alloc(2000000);
    char *page = page_alloc(0);
    char *big_slab = heap_alloc(2000);
    int local;

    CHECK_PANIC("not the start", heap_free(small + 16));
    CHECK_PANIC("not the start", heap_free(small + 1));
    CHECK_PANIC("not the start", heap_free((char *)slab_of(small, 0) + 8));
    CHECK_PANIC("not the start", heap_free(big_slab + 1000));
    CHECK_PANIC("not the start", heap_free(run + 16));
    CHECK_PANIC("not in use", heap_free(run + 4096));
    CHECK_PANIC("not from the heap", heap_free(area + 4096));
    CHECK_PANIC("not in use", heap_free(page));
    CHECK_PANIC("not from the heap", heap_free(&local));
    CHECK_PANIC("not from the heap", heap_free(direct_address((pfn_t){5})));
    CHECK_PANIC("the heap's", page_free((void *)slab_of(small, 0), 0));
    CHECK_PANIC("the heap's", page_free(run, 2));
    heap_free(small);
    CHECK_PANIC("double free", heap_free(small));
    heap_free(other);
    CHECK_PANIC("double free", heap_free(other));
    heap_free(run);
    CHECK_PANIC("not in use", heap_free(run));
    heap_free(area);
    CHECK_PANIC("not from the heap", heap_free(area));
}

TEST(mistakes_are_caught)
{
    boot(1024);
    test_mistakes();
}

TEST(mistakes_are_caught_with_magazines)
{
    boot(1024);
    become(0);
    test_mistakes();
}

TEST(double_free_is_caught_wherever_the_object_is)
{
    static void *objects[3 * KEPT_MAX];

    boot(1024);
    become(0);
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
        CHECK((objects[i] = heap_alloc(64)));
    /* In this CPU's magazine, in its slab, and all that as seen by another. */
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        become(i % 2);
        heap_free(objects[i]);
        for (size_t j = 0; j <= i; j++) {
            become(j % 3);
            CHECK_PANIC("double free", heap_free(objects[j]));
            CHECK_PANIC("not the start", heap_free((char *)objects[j] + 16));
        }
    }
    /* Back in the slab; the object that holds it is still in use. */
    become(0);
    void *holder = heap_alloc(64), *again = heap_alloc(64);
    heap_free(again);
    flush_all();
    CHECK_PANIC("double free", heap_free(again));
    CHECK_EQUAL(test_locks_held() + fake_events_masked, 0);
    heap_free(holder);
    CHECK_PANIC("double free", heap_free(holder));
    /* No object was ever given to two. */
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        become(i % 3);
        CHECK((objects[i] = heap_alloc(64)));
        for (size_t j = 0; j < i; j++)
            CHECK(objects[j] != objects[i]);
    }
}

TEST(magazines_stay_small_and_spare_the_lock)
{
    static void *objects[1000];

    boot(1024);
    become(0);
    for (size_t size = 16; size <= 512; size += 16) {
        struct magazine *magazine = &fake_kept->of[class_for(size)];

        for (size_t i = 0; i < 1000; i++)
            CHECK((objects[i] = heap_alloc(size)));
        for (size_t i = 0; i < 1000; i++) {
            heap_free(objects[i]);
            CHECK(magazine->count * size <= 2048);
        }
        CHECK(magazine->count > 0);
        /* Last in, first out; a lock taken twice would end the test. */
        struct spinlock *lock = &classes[class_for(size)].lock;

        spin_lock(lock);
        CHECK(heap_alloc(size) == objects[999]);
        heap_free(objects[999]);
        spin_unlock(lock);
    }
}

TEST(a_cpu_gives_its_magazines_back)
{
    boot(1024);
    become(0);
    size_t before = page_count_free() + kept_pages();

    for (size_t size = 16; size <= 512; size += 16)
        heap_free(heap_alloc(size));
    CHECK(page_count_free() + kept_pages() < before);
    CHECK(magazines_flush());
    CHECK(!magazines_flush());
    CHECK_EQUAL(page_count_free() + kept_pages(), before);
}

TEST(short_memory_empties_magazines)
{
    boot(1024);
    become(0);

    /* What keeps this slab is one object in the magazine, and the magazine. */
    char *small = heap_alloc(512);
    void *slab = slab_of(small, page_record(small)->owner);
    size_t spare = page_record(slab)->order;

    heap_free(small);
    CHECK(fake_kept->of[class_for(512)].count > 0);
    CHECK_EQUAL(spare, 0);
    /* A second slab of the class, so that an empty one may leave. */
    void *held[8];

    for (size_t i = 0; i < 8; i++)
        held[i] = heap_alloc(512);
    for (size_t i = 0; i < 7; i++)
        heap_free(held[i]);
    while (page_count_free())
        CHECK(page_alloc(0));

    void *last = heap_alloc(3000);

    CHECK(last);
    CHECK_EQUAL(fake_kept->of[class_for(512)].count, 0);
    heap_free(last);
    heap_free(held[7]);
}

/* CPU 1 keeps objects of a class, all but every `step`th of which are in use;
 * CPU 0 has taken all pages. */
static unsigned int keep_elsewhere(size_t step)
{
    unsigned int class = class_for(512);
    void *objects[30];

    boot(1024);
    become(0);
    heap_free(heap_alloc(16));
    become(1);
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
        CHECK(objects[i] = heap_alloc(512));
    for (size_t i = 0; i < ARRAY_SIZE(objects); i += step)
        heap_free(objects[i]);
    CHECK(fake_kept->of[class].count > 0);
    become(0);
    while (page_count_free())
        CHECK(page_alloc(0));
    CHECK_EQUAL(kicks, 0);
    return class;
}

TEST(short_memory_empties_all_magazines)
{
    unsigned int class = keep_elsewhere(1);
    size_t pages = 0;

    while (page_alloc(0))
        pages++;
    CHECK(pages > 0);
    CHECK(kicks > 0);
    CHECK_EQUAL(kept_by[1]->of[class].count, 0);
    CHECK(!magazines_hold_any(kept_by[0]));
    /* Who keeps nothing is not asked again. */
    kicks = 0;
    CHECK(!page_alloc(0));
    CHECK_EQUAL(kicks, 0);
}

TEST(objects_of_others_serve_where_no_page_comes_free)
{
    unsigned int class = keep_elsewhere(10);

    while (heap_alloc(512))
        CHECK(!page_alloc(0));
    CHECK_EQUAL(kept_by[1]->of[class].count, 0);
    CHECK(!classes[class].roomy);
}

TEST(a_cpu_that_does_not_answer_is_not_waited_for_long)
{
    uint64_t before = test_time;

    (void)keep_elsewhere(1);
    deaf = true;
    CHECK(!page_alloc(0));
    CHECK_EQUAL(kicks, 1);
    CHECK(test_time - before >= 10 * NS_PER_MS);
    CHECK(test_time - before < 100 * NS_PER_MS);

    /* Nor at all by who cannot wait; it will do it all the same. */
    before = test_time;
    fake_masked = 1;
    CHECK(!page_alloc(0));
    fake_masked = 0;
    CHECK_EQUAL(test_time, before);
    become(1);
    fake_events_masked++;
    memory_reclaim_here();
    fake_events_masked--;
    become(0);
    CHECK(page_alloc(0));
}

TEST(use_after_free_does_not_break_the_heap)
{
    static void *objects[1000];

    boot(1024);
    for (size_t i = 0; i < 1000; i++)
        objects[i] = heap_alloc(48);
    for (size_t i = 0; i < 1000; i += 3) {
        heap_free(objects[i]);
        memset(objects[i], 0xee, 48);
    }
    for (size_t i = 0; i < 1000; i += 3)
        CHECK((objects[i] = heap_alloc(48)));
    for (size_t i = 0; i < 1000; i++)
        heap_free(objects[i]);
}

TEST(exhaustion_is_null_and_mends)
{
    static const size_t sizes[] = {16, 100, 1000, 2048, 5000, 100000, 1100000};
    static void *objects[300000];

    boot(1024);
    size_t before = page_count_free();

    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        size_t count = 0, bytes = 0;

        while ((objects[count] = heap_alloc(sizes[s]))) {
            bytes += sizes[s];
            count++;
        }
        /* Hardly anything is lost: slabs and tails, no holes. */
        CHECK(bytes >= (before - kept_pages()) * PAGE_SIZE / 10 * 6);
        CHECK(!heap_alloc(sizes[s]));
        while (count > 0)
            heap_free(objects[--count]);
        CHECK_EQUAL(page_count_free() + kept_pages(), before);
    }
    CHECK(!heap_alloc(SIZE_MAX));
    CHECK(!heap_alloc(SIZE_MAX - 4095));
    CHECK(!heap_alloc(1UL << 31));
}

/* ---- Random use against the model --------------------------------------- */

#define OBJECTS 2000

struct piece {
    void *at;
    size_t size;
    unsigned int seed;
};

static size_t random_size(void)
{
    switch (test_below(20)) {
    case 0:
        return test_below(test_below(4) ? 300000 : 3000000);
    case 1:
    case 2:
        return test_below(20000);
    default:
        return test_below(1 + test_below(2200));
    }
}

static void *random_alloc(size_t size)
{
    if (test_below(8))
        return heap_alloc(size);
    return heap_alloc_aligned(1UL << test_below(14), size);
}

static void change(struct piece *object, unsigned int step)
{
    if (object->at && test_below(4) == 0) {
        size_t size = 1 + random_size();
        void *moved = heap_resize(object->at, size);

        if (!moved)
            return;
        check_filled(moved, size < object->size ? size : object->size,
                     object->seed);
        object->at = moved;
        object->size = size;
    } else if (object->at) {
        check_filled(object->at, object->size, object->seed);
        heap_free(object->at);
        object->at = NULL;
        return;
    } else {
        object->size = random_size();
        object->at = random_alloc(object->size);
        if (!object->at)
            return;
    }
    object->seed = step;
    fill(object->at, object->size, step);
}

/* On `cpus` CPUs with magazines, or without any (0). */
static void use_randomly(unsigned int cpus)
{
    static struct piece objects[OBJECTS];

    boot(4096);
    for (unsigned int step = 0; step < 60000; step++) {
        if (cpus)
            become(test_below(cpus));
        change(&objects[test_below(OBJECTS)], step);
    }
    for (size_t i = 0; i < OBJECTS; i++) {
        if (objects[i].at)
            change(&objects[i], 0);
        if (objects[i].at) { /* it was resized */
            check_filled(objects[i].at, objects[i].size, 0);
            heap_free(objects[i].at);
        }
    }
    flush_all();

    /* All chunks are mapped or not; either way nothing is missing but what
     * classes keep and the reserve. */
    size_t all = page_count_free() + kept_pages() + reserve_count + cpus;
    CHECK_EQUAL(all, 1024 - 100 - record_pages(1024 - 100) + 6 * (512 - 2 - 1));
}

TEST(random_use_agrees_with_the_model)
{
    use_randomly(0);
}

TEST(random_use_on_three_cpus_agrees_with_the_model)
{
    use_randomly(3);
}
