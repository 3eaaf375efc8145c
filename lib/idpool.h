/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idpool.h: small numbers to give out and take back, such as the ids of
 * requests on a ring.
 *
 * A pool hands out 0 to size - 1, each to one holder at a time. Numbers that
 * come back from the other end of a ring may be anything: idpool_has() and
 * idpool_free() take every value and say whether it was given out.
 *
 * Any context; the owner's lock guards a pool.
 */
#ifndef CORACLE_LIB_IDPOOL_H
#define CORACLE_LIB_IDPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"

struct idpool {
    uint64_t *unused;    /* bit i of the whole: id i is free */
    unsigned int size;   /* how many ids there are */
    unsigned int left;   /* how many are free */
    unsigned int lowest; /* no word below this one has a free id */
};

/* The number of words that a pool of `size` ids keeps its bits in. */
#define IDPOOL_WORDS(size) (((size) + 63) / 64)

/* All of `size` ids are free. `words` has IDPOOL_WORDS(size) elements and must
 * live as long as the pool. */
void idpool_init(struct idpool *pool, uint64_t *words, unsigned int size);

/* The lowest free id, or -K_ENOSPC. */
MUST_CHECK int idpool_alloc(struct idpool *pool);

/* Whether `id` is given out now. */
bool idpool_has(const struct idpool *pool, uint64_t id);

/* Take `id` back. False, and nothing changes, if it was not given out. */
MUST_CHECK bool idpool_free(struct idpool *pool, uint64_t id);

#endif
