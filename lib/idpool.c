/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idpool.c: a bitmap of free numbers.
 *
 * One bit per id, set while it is free, so that the CPU's find-first-set gives
 * the next one. `lowest` remembers where to begin: giving out moves it up,
 * taking back moves it down again. Always handing out the lowest id keeps the
 * tables that are indexed by ids warm in the cache.
 *
 * Concurrency: none; the owner's lock guards a pool. Left out: growing.
 */
#include "coracle/errno.h"
#include "lib/idpool.h"

#define WORD_BITS 64

void idpool_init(struct idpool *pool, uint64_t *words, unsigned int size)
{
    /* Bits behind the last id are set too: `left` is 0 before their turn. */
    for (unsigned int i = 0; i < IDPOOL_WORDS(size); i++)
        words[i] = UINT64_MAX;
    *pool = (struct idpool){.unused = words, .size = size, .left = size};
}

int idpool_alloc(struct idpool *pool)
{
    if (pool->left == 0)
        return -K_ENOSPC;
    while (!pool->unused[pool->lowest])
        pool->lowest++;

    uint64_t *word = &pool->unused[pool->lowest];
    unsigned int bit = (unsigned int)__builtin_ctzl(*word);

    *word &= *word - 1;
    pool->left--;
    return (int)(pool->lowest * WORD_BITS + bit);
}

bool idpool_has(const struct idpool *pool, uint64_t id)
{
    if (id >= pool->size)
        return false;
    return !(pool->unused[id / WORD_BITS] >> id % WORD_BITS & 1);
}

bool idpool_free(struct idpool *pool, uint64_t id)
{
    if (!idpool_has(pool, id))
        return false;
    pool->unused[id / WORD_BITS] |= 1UL << id % WORD_BITS;
    pool->left++;
    if (id / WORD_BITS < pool->lowest)
        pool->lowest = (unsigned int)(id / WORD_BITS);
    return true;
}
