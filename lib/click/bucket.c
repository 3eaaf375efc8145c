/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bucket.c: token buckets.
 */
#include "lib/click/bucket.h"

/* So that no sum of two levels overflows: four billion tokens. */
#define SIZE_MAX_TOKENS 4000000000ll
#define DURATION        20000000 /* ns, if nothing is said of the size */
#define SECOND          1000000000ll
#define TICK            1000000 /* ns */
#define DEBT            131072  /* bytes */

/* How many tokens it may hold: one at least. */
static int64_t capacity(const struct click_bucket_args *args)
{
    uint64_t duration = args->duration ? args->duration : DURATION;
    unsigned __int128 size =
        args->size ? args->size
                   : (unsigned __int128)args->rate * duration / SECOND;

    if (size < 1)
        return 1;
    return size > SIZE_MAX_TOKENS ? SIZE_MAX_TOKENS : (int64_t)size;
}

void bucket_set(struct click_bucket *bucket,
                const struct click_bucket_args *args, int64_t now)
{
    struct click_bucket old = *bucket;
    int64_t size = capacity(args), debt = args->bytes ? DEBT : 0;
    unsigned __int128 rate = args->rate;

    bucket->tick = args->smooth ? 1 : TICK;
    bucket->token = args->smooth ? SECOND : UINT32_MAX / (size + debt);
    rate = rate * (uint64_t)bucket->token * bucket->tick / SECOND;
    bucket->more = rate > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)rate;
    bucket->size =
        args->smooth ? size * SECOND : UINT32_MAX - debt * bucket->token;
    if (old.token)
        bucket_inherit(bucket, &old);
    else
        bucket_fill(bucket, now);
}

void bucket_fill(struct click_bucket *bucket, int64_t now)
{
    bucket->level = bucket->size;
    bucket->when = now / bucket->tick;
}

void bucket_inherit(struct click_bucket *bucket,
                    const struct click_bucket *from)
{
    __int128 level = (__int128)from->level * bucket->token / from->token;

    bucket->level = level < bucket->size ? (int64_t)level : bucket->size;
    bucket->when = from->when;
}

bool bucket_holds(struct click_bucket *bucket, int64_t least, int64_t now)
{
    int64_t tick = now / bucket->tick;

    if (tick > bucket->when) {
        __int128 more = (__int128)(tick - bucket->when) * bucket->more;

        if (more >= bucket->size - bucket->level)
            bucket->level = bucket->size;
        else
            bucket->level += (int64_t)more;
        bucket->when = tick;
    }
    return bucket->level >= least;
}

int64_t bucket_wait(const struct click_bucket *bucket, int64_t least)
{
    int64_t missing = least - bucket->level;

    if (missing <= 0)
        return 0;
    if (bucket->more == 0 || least > bucket->size)
        return INT64_MAX;
    return (missing + bucket->more - 1) / bucket->more * bucket->tick;
}
