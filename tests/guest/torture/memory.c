/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.c: the page allocator and the heap, from all CPUs.
 *
 * Each player keeps some blocks whose words carry their own addresses and the
 * block's number; a block given out twice, or written by somebody else, is
 * seen when it is checked. Many are freed by a player that did not allocate
 * them: they pass through a few shared places.
 */
#include <stdlib.h>
#include "coracle/memory.h"
#include "torture.h"

#define KEPT 24

struct block {
    size_t words;
    unsigned int order; /* pages: its order; ~0: from the heap */
    unsigned long marks[];
};

#define FROM_HEAP (~0u)

static struct block *_Atomic places[4];

static unsigned long mark_of(const struct block *block, size_t i)
{
    return (unsigned long)&block->marks[i] ^ block->words;
}

static size_t marks_in(const struct block *block)
{
    return block->words - sizeof(*block) / sizeof(long);
}

static void fill(struct block *block, size_t bytes, unsigned int order)
{
    block->words = bytes / sizeof(long);
    block->order = order;
    for (size_t i = 0; i < marks_in(block); i += 7)
        block->marks[i] = mark_of(block, i);
}

static void check(const struct block *block)
{
    for (size_t i = 0; i < marks_in(block); i += 7)
        CHECK_EQUAL(block->marks[i], mark_of(block, i));
}

static void give_back(struct block *block)
{
    unsigned int order = block->order;

    check(block);
    block->words = 0;
    if (order == FROM_HEAP)
        heap_free(block);
    else
        page_free(block, order);
}

/* NULL when memory is short, which is no mistake. */
static struct block *get(struct player *player)
{
    unsigned int order = random_below(player, 8) ? 0 : random_below(player, 5);
    struct block *block;
    size_t size;

    if (player->number % 2) {
        doing(player, "page_alloc()");
        block = page_alloc(order);
        if (block)
            fill(block, PAGE_SIZE << order, order);
        return block;
    }
    doing(player, "heap_alloc()");
    size = sizeof(*block) + 8 +
           random_below(player, 8u << random_below(player, 13));
    block = random_below(player, 4) ? heap_alloc(size)
                                    : heap_alloc_aligned(64, size);
    if (block) {
        CHECK(heap_size(block) >= size);
        fill(block, size, FROM_HEAP);
    }
    return block;
}

static struct block *resize(struct player *player, struct block *block)
{
    size_t size = sizeof(*block) + 8 + random_below(player, 4000);
    size_t words = block->words;
    struct block *moved;

    if (block->order != FROM_HEAP)
        return block;
    check(block);
    doing(player, "heap_resize()");
    moved = heap_resize(block, size);
    if (!moved)
        return block;
    CHECK_EQUAL(moved->words, words);
    fill(moved, size, FROM_HEAP);
    return moved;
}

/* One step: get some, mix, give all back. */
static void play_memory(struct player *player)
{
    struct block *kept[KEPT] = {0};

    for (int turn = 0; turn < 3 * KEPT; turn++) {
        unsigned int i = random_below(player, KEPT);

        if (!kept[i]) {
            kept[i] = get(player);
        } else if (random_below(player, 4) == 0) {
            kept[i] = resize(player, kept[i]);
        } else if (random_below(player, 2)) {
            kept[i] = atomic_exchange(
                &places[random_below(player, ARRAY_SIZE(places))], kept[i]);
        } else {
            doing(player, "frees a block");
            give_back(kept[i]);
            kept[i] = NULL;
        }
    }
    for (int i = 0; i < KEPT; i++) {
        if (kept[i])
            give_back(kept[i]);
    }
}

static void end_memory(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
        struct block *block = atomic_exchange(&places[i], NULL);

        if (block)
            give_back(block);
    }
}

const struct game memory_games[] = {
    {"memory", 6, NULL, play_memory, NULL, end_memory},
    {0},
};
