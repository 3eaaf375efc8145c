/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory: is all of RAM there, once, and does it come back?
 *
 * What: the page allocator hands out every page that it promised, none of them
 * twice, also those that were not mapped at boot; all of it can be had as heap
 * blocks of any size, among them one that takes nearly everything; after all is
 * freed, the counts are what they were.
 *
 * How: pages are chained through their own first words, so that no table is
 * needed, and each carries its own address further on. A page given out twice,
 * or not mapped to a frame of its own, would carry another one's.
 */
#include "coracle/memory.h"
#include "tests/guest/guest.h"

struct block {
    struct block *next;
    size_t words;
};

/* Fill the words of a block behind its head with their addresses. */
static void mark(struct block *block, size_t bytes)
{
    const void **words = (const void **)block;

    block->words = bytes / sizeof(void *);
    for (size_t i = 2; i < block->words; i += 61)
        words[i] = &words[i];
}

static void check_mark(struct block *block)
{
    const void **words = (const void **)block;

    for (size_t i = 2; i < block->words; i += 61)
        CHECK(words[i] == &words[i]);
}

static size_t drain(unsigned int order, struct block **all)
{
    size_t count = 0;
    struct block *block;

    while ((block = page_alloc(order))) {
        mark(block, PAGE_SIZE << order);
        block->next = *all;
        *all = block;
        count++;
    }
    return count;
}

static void test_pages(void)
{
    struct block *all = NULL, *next;
    size_t promised = page_count_free();
    size_t count = drain(0, &all);
    size_t pages;

    CHECK_EQUAL(page_count_free(), 0);
    /* The reserve for page tables comes on top, one table per GiB goes off. */
    CHECK(count + 3 >= promised && count <= promised + 3);
    for (struct block *b = all; b; b = b->next)
        check_mark(b);
    for (; all; all = next) {
        next = all->next;
        page_free(all, 0);
    }
    CHECK_EQUAL(page_count_free(), count);
    printk("memory: %zu of %zu pages\n", count, page_count_total());

    /* And once more, all of it in the largest blocks that there are. */
    pages = 0;
    for (int order = PAGE_ORDER_MAX; order >= 0; order--)
        pages += drain((unsigned int)order, &all) << order;
    CHECK_EQUAL(pages, count);
    for (; all; all = next) {
        unsigned int order = 0;

        check_mark(all);
        while (PAGE_SIZE << order < all->words * sizeof(void *))
            order++;
        next = all->next;
        page_free(all, order);
    }
    CHECK_EQUAL(page_count_free(), count);
}

static void test_heap(size_t size)
{
    struct block *all = NULL, *block, *next;
    size_t before = page_count_free(), bytes = 0;

    while ((block = heap_alloc(size))) {
        CHECK(heap_size(block) >= size);
        mark(block, size);
        block->next = all;
        all = block;
        bytes += size;
    }
    /* Tails of slabs, runs and areas, and tables for areas, take the rest. */
    CHECK(bytes / PAGE_SIZE >= before / 10 * 6);
    for (; all; all = next) {
        check_mark(all);
        next = all->next;
        heap_free(all);
    }
    /* An empty slab may stay, and tables for areas do. */
    CHECK(page_count_free() + before / 200 + 8 >= before);
}

static void test_one_large_block(void)
{
    size_t size = page_count_free() / 10 * 9 * PAGE_SIZE;
    struct block *block = heap_alloc(size);

    CHECK(block);
    mark(block, size);
    check_mark(block);
    heap_free(block);
    CHECK(!heap_alloc(page_count_total() * PAGE_SIZE));
    printk("memory: one block of %zu KiB\n", size / 1024);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {64, 1000, 2048, 5000, 100000, 1500000};

    (void)argc;
    (void)argv;
    test_pages();
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
        test_heap(sizes[i]);
    printk("memory: all of it in blocks of any size\n");
    test_one_large_block();
    return 0;
}
