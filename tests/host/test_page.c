/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_page.c: the buddy allocator, against a model that knows for each frame
 * whether it was handed out.
 */
#include "test.h"
#include "ram.h"
#include "mm/page.c"

/* ---- Nothing is kept elsewhere, unless a test says so ------------------- */

static void *(*kept)[2];

bool memory_reclaim(void)
{
    CHECK_EQUAL(test_locks_held(), 0);
    if (!kept)
        return false;
    page_free((*kept)[0], 0);
    page_free((*kept)[1], 0);
    kept = NULL;
    return true;
}

#define FIRST 100UL /* frames below are the image's */

/* Frames that records take, computed in another way than page.c does. */
static unsigned long records_for(unsigned long frames)
{
    unsigned long per_page = PAGE_SIZE / sizeof(struct page);
    unsigned long bytes = frames * 12;

    CHECK_EQUAL(sizeof(struct page), 12);
    (void)per_page;
    return bytes / 4096 + (bytes % 4096 ? 1 : 0);
}

static void boot(unsigned long mapped, unsigned long total)
{
    ram_init(mapped, total);
    memset(direct_address((pfn_t){FIRST}), 0x5a, (mapped - FIRST) * PAGE_SIZE);
    page_init(FIRST, mapped, total);
}

/* Every frame once, order 0, until there is none; returns how many. */
static size_t drain(void **pages, size_t max)
{
    size_t count = 0;

    while (count < max && (pages[count] = page_alloc(0)))
        count++;
    return count;
}

/* Walk over all frames, block by block: records and counts must agree. */
static void check_records(void)
{
    size_t free_seen = 0;

    for (unsigned long pfn = FIRST; pfn < known_end;) {
        const struct page *page = record_of(pfn);
        unsigned long size = 1;

        if (page->state != PAGE_INSIDE) {
            size = 1UL << page->order;
            CHECK_EQUAL(pfn % size, 0);
            for (unsigned long i = 1; i < size; i++)
                CHECK_EQUAL(record_of(pfn + i)->state, PAGE_INSIDE);
        }
        if (page->state == PAGE_FREE || page->state == PAGE_SINGLE)
            free_seen += size;
        pfn += size;
    }
    CHECK_EQUAL(free_seen, free_pages);
}

TEST(small_guest_gives_all_its_pages)
{
    static void *pages[1024];

    boot(1024, 1024);
    size_t expected = 1024 - FIRST - records_for(1024 - FIRST);
    CHECK_EQUAL(page_count_total(), 1024);
    CHECK_EQUAL(page_count_free(), expected);
    CHECK_EQUAL(drain(pages, 1024), expected);
    CHECK_EQUAL(page_count_free(), 0);
    CHECK(!page_alloc(0));
    for (size_t i = 0; i < expected; i++)
        page_free(pages[i], 0);
    CHECK_EQUAL(page_count_free(), expected);
    CHECK_EQUAL(ram_chunks_mapped, 0);
}

TEST(boot_touches_only_records)
{
    boot(2048, 2048);
    const unsigned char *byte =
        direct_address((pfn_t){FIRST + records_for(2048 - FIRST)});

    for (; byte < (unsigned char *)direct_address((pfn_t){2048}); byte += 64)
        CHECK_EQUAL(*byte, 0x5a);
}

TEST(blocks_join_again)
{
    static void *pages[1024];
    void *large[4];
    size_t count;

    boot(1024, 1024);
    count = drain(pages, 1024);
    /* In another order than they were taken. */
    for (size_t i = 0; i < count; i += 2)
        page_free(pages[i], 0);
    for (size_t i = 1; i < count; i += 2)
        page_free(pages[i], 0);
    /* Frames 256..511, 512..767, 768..1023 are whole blocks of 256. */
    for (int i = 0; i < 3; i++) {
        large[i] = page_alloc(8);
        CHECK(large[i]);
        CHECK_EQUAL(pfn_of(large[i]).n % 256, 0);
    }
    CHECK(!page_alloc(8));
    for (int i = 0; i < 3; i++)
        page_free(large[i], 8);
}

TEST(a_single_page_is_taken_again_and_joined_in_need)
{
    void *pages[SINGLE + 8], *large;

    boot(1024, 1024);
    for (unsigned int i = 0; i < SINGLE + 8; i++)
        CHECK((pages[i] = page_alloc(0)));
    for (unsigned int i = 0; i < SINGLE + 8; i++)
        page_free(pages[i], 0);
    CHECK_EQUAL(single_count, SINGLE);
    check_records();
    /* The one that was freed last of them, without any split. */
    CHECK(page_alloc(0) == pages[SINGLE - 1]);
    page_free(pages[SINGLE - 1], 0);
    /* The three large blocks of this memory were never touched, the fourth is
     * not whole; what wants one more than there are joins all. */
    while ((large = page_alloc(8)))
        CHECK_EQUAL(pfn_of(large).n % 256, 0);
    CHECK_EQUAL(single_count, 0);
    check_records();
}

TEST(chunks_are_taken_on_as_needed)
{
    static void *pages[4096];

    boot(1024, 4096);
    size_t promised = page_count_free();
    size_t boot_pages = 1024 - FIRST - records_for(1024 - FIRST) - PAGE_RESERVE;

    for (size_t i = 0; i < boot_pages; i++)
        CHECK((pages[i] = page_alloc(0)));
    CHECK_EQUAL(ram_chunks_mapped, 0);
    CHECK(pages[boot_pages] = page_alloc(0));
    CHECK_EQUAL(ram_chunks_mapped, 1);
    CHECK_EQUAL(pfn_of(pages[boot_pages]).n / 512, 2);

    size_t rest = drain(pages + boot_pages + 1, 4096);
    CHECK_EQUAL(ram_chunks_mapped, 6);
    /* The reserve comes free when the last chunk is mapped. */
    CHECK_EQUAL(boot_pages + 1 + rest, promised + PAGE_RESERVE);
    for (size_t i = 0; i < boot_pages + 1 + rest; i++)
        page_free(pages[i], 0);
    CHECK_EQUAL(page_count_free(), promised + PAGE_RESERVE);
}

TEST(tables_may_take_the_whole_reserve)
{
    static void *pages[2048];

    ram_tables_per_chunk = PAGE_RESERVE;
    boot(512, 2048);
    size_t count = drain(pages, 2048);
    /* Three chunks; in each the records (2) and what the tables took (3). */
    CHECK_EQUAL(count,
                512 - FIRST - records_for(512 - FIRST) + 3 * (512 - 2 - 3));
}

TEST(the_last_chunk_may_be_short)
{
    static void *pages[1024];

    boot(512, 512 + 10);
    size_t promised = page_count_free();
    size_t count = drain(pages, 1024);

    CHECK_EQUAL(ram_chunks_mapped, 1);
    CHECK_EQUAL(count, promised + PAGE_RESERVE);
    for (size_t i = 0; i < count; i++)
        CHECK(pfn_of(pages[i]).n < 522);
    for (size_t i = 0; i < count; i++)
        page_free(pages[i], 0);
    CHECK_EQUAL(page_count_free(), count);
}

TEST(failed_mapping_is_no_memory_and_mends)
{
    static void *pages[1024];

    boot(512, 1024);
    ram_mapping_fails = true;
    size_t count = drain(pages, 1024);

    CHECK(count < 512);
    CHECK(!page_alloc(0));
    ram_mapping_fails = false;
    CHECK(page_alloc(0));
}

TEST(large_blocks_come_from_new_chunks)
{
    boot(512, 1UL << 20);
    for (int i = 0; i < 100; i++) {
        void *block = page_alloc(PAGE_ORDER_MAX);

        CHECK(block);
        CHECK_EQUAL((uintptr_t)block % (PAGE_SIZE << PAGE_ORDER_MAX), 0);
        memset(block, i, PAGE_SIZE << PAGE_ORDER_MAX);
    }
    /* One block of 256 fits into a chunk that holds records too. */
    CHECK(ram_chunks_mapped >= 98 && ram_chunks_mapped <= 100);
}

TEST(mistakes_are_caught)
{
    boot(512, 1024);
    char *one = page_alloc(0), *four = page_alloc(2);
    char *image = direct_address((pfn_t){FIRST - 1});
    char *unmapped = direct_address((pfn_t){700});
    int local;

    CHECK_PANIC("order 0, but it has order 2", page_free(four, 0));
    CHECK_PANIC("order 1, but it has order 0", page_free(one, 1));
    CHECK_PANIC("not the start", page_free(four + PAGE_SIZE, 0));
    CHECK_PANIC("no page of ours", page_free(one + 8, 0));
    CHECK_PANIC("no page of ours", page_free(image, 0));
    CHECK_PANIC("no page of ours", page_free(unmapped, 0));
    CHECK_PANIC("no page of ours", page_free(&local, 0));
    CHECK_PANIC("no page of ours", page_free(NULL, 0));
    page_free(one, 0);
    CHECK_PANIC("double free", page_free(one, 0));
    page_free(four, 2);
    CHECK_PANIC("double free", page_free(four, 2));
    CHECK(!page_alloc(PAGE_ORDER_MAX + 1));
}

TEST(runs_give_back_what_they_do_not_need)
{
    boot(1024, 1024);
    size_t before = page_count_free();

    for (size_t pages = 1; pages <= 256; pages++) {
        char *run = page_alloc_run(pages);

        CHECK(run);
        CHECK_EQUAL(page_count_free(), before - pages);
        memset(run, (int)pages, pages * PAGE_SIZE);
        page_free_run(run, pages);
        CHECK_EQUAL(page_count_free(), before);
    }
    CHECK(!page_alloc_run(0));
    CHECK(!page_alloc_run(257));

    char *run = page_alloc_run(200);
    page_trim_run(run, 200, 9);
    check_records();
    CHECK_EQUAL(page_count_free(), before - 9);
    page_free_run(run, 9);
    CHECK_EQUAL(page_count_free(), before);
    CHECK(page_alloc(8) && page_alloc(8) && page_alloc(8));
}

/* ---- Random use against the model --------------------------------------- */

#define BLOCKS 400
#define FRAMES 4096

struct block {
    char *at;
    size_t pages; /* as a run if `run`, else a power of two */
    unsigned int order;
    bool run;
};

static struct block blocks[BLOCKS];
static unsigned char taken[FRAMES];

static void take(struct block *b)
{
    b->run = test_below(3) == 0;
    b->order = test_below(test_below(20) ? 5 : PAGE_ORDER_MAX + 1);
    b->pages = b->run ? 1 + test_below(60) : 1UL << b->order;
    b->at = b->run ? page_alloc_run(b->pages) : page_alloc(b->order);
    if (!b->at)
        return;

    unsigned long pfn = pfn_of(b->at).n;

    for (size_t i = 0; i < b->pages; i++) {
        CHECK(pfn + i >= FIRST && pfn + i < FRAMES);
        CHECK_EQUAL(taken[pfn + i], 0);
        taken[pfn + i] = 1;
        *(struct block **)(b->at + i * PAGE_SIZE) = b;
    }
}

static void give(struct block *b)
{
    unsigned long pfn = pfn_of(b->at).n;

    for (size_t i = 0; i < b->pages; i++) {
        CHECK(*(struct block **)(b->at + i * PAGE_SIZE) == b);
        taken[pfn + i] = 0;
    }
    if (b->run)
        page_free_run(b->at, b->pages);
    else
        page_free(b->at, b->order);
    b->at = NULL;
}

TEST(random_use_agrees_with_the_model)
{
    static void *pages[FRAMES];

    boot(512, FRAMES);
    for (int step = 0; step < 100000; step++) {
        struct block *b = &blocks[test_below(BLOCKS)];

        if (b->at)
            give(b);
        else
            take(b);
        if (step % 1000 == 0) {
            size_t used = 0;

            check_records();
            for (size_t i = 0; i < BLOCKS; i++)
                used += blocks[i].at ? blocks[i].pages : 0;
            if (ram_chunks_mapped == 7)
                CHECK_EQUAL(page_count_free() + used,
                            512 - FIRST - records_for(512 - FIRST) +
                                7 * (512 - 2 - 1));
        }
    }
    CHECK_EQUAL(ram_chunks_mapped, 7);
    for (size_t i = 0; i < BLOCKS; i++) {
        if (blocks[i].at)
            give(&blocks[i]);
    }
    /* Nothing leaked and everything joined: seven chunks have a block of 256
     * each besides the half with the records, the boot chunk one. */
    size_t free_now = page_count_free();
    for (int i = 0; i < 8; i++)
        CHECK(page_alloc(8));
    CHECK(!page_alloc(8));
    CHECK_EQUAL(drain(pages, FRAMES), free_now - 8 * 256);
}

TEST(what_is_kept_elsewhere_is_asked_for_in_need_only)
{
    static void *pages[2048];
    void *two[2];
    size_t count;

    boot(1024, 1024);
    count = drain(pages, ARRAY_SIZE(pages));
    two[0] = pages[--count];
    two[1] = pages[--count];
    kept = &two;
    CHECK(!page_alloc(PAGE_ORDER_MAX + 1));
    CHECK(kept);
    CHECK(page_alloc(0));
    CHECK(!kept);
    CHECK(page_alloc(0));
    CHECK(!page_alloc(0));

    /* Memory in pieces is not short: 200 pages, no two of them together. */
    for (size_t i = 0; i < 400; i += 2)
        page_free(pages[i], 0);
    two[0] = pages[1];
    two[1] = pages[3];
    kept = &two;
    CHECK(!page_alloc(4));
    CHECK(kept);
}
