/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_idpool.c: the pool against an array of flags.
 */
#include "test.h"
#include "coracle/errno.h"
#include "lib/idpool.h"

#define MAX 300

static uint64_t words[IDPOOL_WORDS(MAX)];

TEST(gives_each_id_once)
{
    static const unsigned int sizes[] = {1, 2, 63, 64, 65, 128, 129, MAX};

    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        struct idpool pool;

        idpool_init(&pool, words, sizes[s]);
        for (unsigned int i = 0; i < sizes[s]; i++) {
            CHECK(!idpool_has(&pool, i));
            CHECK_EQUAL(idpool_alloc(&pool), i);
            CHECK(idpool_has(&pool, i));
        }
        CHECK_EQUAL(idpool_alloc(&pool), -K_ENOSPC);
        CHECK(idpool_free(&pool, sizes[s] / 2));
        CHECK_EQUAL(idpool_alloc(&pool), sizes[s] / 2);
        CHECK_EQUAL(idpool_alloc(&pool), -K_ENOSPC);
    }
}

TEST(refuses_what_was_not_given_out)
{
    static const uint64_t wrong[] = {
        3, 9, 10, 63, 64, 1 << 16, UINT32_MAX, 1UL << 32, UINT64_MAX};
    struct idpool pool;

    idpool_init(&pool, words, 10);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(idpool_alloc(&pool), i);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        CHECK(!idpool_has(&pool, wrong[i]));
        CHECK(!idpool_free(&pool, wrong[i]));
    }
    CHECK(idpool_free(&pool, 1));
    CHECK(!idpool_free(&pool, 1));
    CHECK_EQUAL(pool.left, 8);
}

TEST(an_empty_pool_has_none)
{
    struct idpool pool;

    idpool_init(&pool, words, 0);
    CHECK_EQUAL(idpool_alloc(&pool), -K_ENOSPC);
    CHECK(!idpool_free(&pool, 0));
}

TEST(random_use_agrees_with_the_model)
{
    static bool given[MAX];
    unsigned int count = 0;
    struct idpool pool;

    idpool_init(&pool, words, MAX);
    for (int step = 0; step < 200000; step++) {
        unsigned int id = test_below(MAX + 20);

        if (test_below(2)) {
            int got = idpool_alloc(&pool);

            CHECK_EQUAL(got < 0, count == MAX);
            if (got >= 0) {
                for (int i = 0; i < got; i++)
                    CHECK(given[i]);
                CHECK(got < MAX && !given[got]);
                given[got] = true;
                count++;
            }
        } else {
            bool wanted = id < MAX && given[id];

            CHECK_EQUAL(idpool_has(&pool, id), wanted);
            CHECK_EQUAL(idpool_free(&pool, id), wanted);
            if (wanted) {
                given[id] = false;
                count--;
            }
        }
        CHECK_EQUAL(pool.left, MAX - count);
    }
}
