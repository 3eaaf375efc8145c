/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bucket.c: token buckets.
 */
#include "lib/click/bucket.h"

/* So that no sum of two levels overflows: four billion tokens. */
#define SIZE_MAX_TOKENS 4000000000ll
#define DURATION        20000000 /* ns, if nothing is said of the size */

void bucket_set(struct click_bucket *bucket,
                const struct click_bucket_args *args, int64_t now)
{
    uint64_t duration = args->duration ? args->duration : DURATION;
    unsigned __int128 size = (unsigned __int128)args->rate * duration;
    bool fresh = bucket->size == 0;

    if (args->size)
        size = (unsigned __int128)args->size * BUCKET_TOKEN;
    if (size < BUCKET_TOKEN)
        size = BUCKET_TOKEN;
    if (size > (unsigned __int128)SIZE_MAX_TOKENS * BUCKET_TOKEN)
        size = (unsigned __int128)SIZE_MAX_TOKENS * BUCKET_TOKEN;
    bucket->rate = args->rate;
    bucket->size = (int64_t)size;
    if (fresh)
        bucket_fill(bucket, now);
    if (bucket->level > bucket->size)
        bucket->level = bucket->size;
}

void bucket_fill(struct click_bucket *bucket, int64_t now)
{
    bucket->level = bucket->size;
    bucket->when = now;
}

bool bucket_holds(struct click_bucket *bucket, int64_t least, int64_t now)
{
    if (now > bucket->when) {
        unsigned __int128 more =
            (unsigned __int128)(uint64_t)(now - bucket->when) * bucket->rate;

        if (more >= (unsigned __int128)(bucket->size - bucket->level))
            bucket->level = bucket->size;
        else
            bucket->level += (int64_t)more;
        bucket->when = now;
    }
    return bucket->level >= least;
}

int64_t bucket_wait(const struct click_bucket *bucket, int64_t least)
{
    uint64_t missing = (uint64_t)(least - bucket->level);

    if (least <= bucket->level)
        return 0;
    if (bucket->rate == 0 || least > bucket->size)
        return INT64_MAX;
    return (int64_t)((missing + bucket->rate - 1) / bucket->rate);
}
