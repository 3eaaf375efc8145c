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

/* value * by / over, or as much as fits. The product has 128 bits, and only the
 * CPU itself divides those here: compilers call a library's function. */
static uint64_t portion(uint64_t value, uint64_t by, uint64_t over)
{
    unsigned __int128 product = (unsigned __int128)value * by;
    uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64);

    if (high >= over)
        return UINT64_MAX;
    __asm__("divq %2" : "+a"(low), "+d"(high) : "r"(over) : "cc");
    return low;
}

/* How many tokens it may hold: one at least. */
static int64_t capacity(const struct click_bucket_args *args)
{
    uint64_t duration = args->duration ? args->duration : DURATION;
    uint64_t size =
        args->size ? args->size : portion(args->rate, duration, SECOND);

    if (size < 1)
        return 1;
    return size > SIZE_MAX_TOKENS ? SIZE_MAX_TOKENS : (int64_t)size;
}

void bucket_set(struct click_bucket *bucket,
                const struct click_bucket_args *args, int64_t now)
{
    struct click_bucket old = *bucket;
    int64_t size = capacity(args), debt = args->bytes ? DEBT : 0;
    uint64_t rate;

    bucket->tick = args->smooth ? 1 : TICK;
    bucket->token = args->smooth ? SECOND : UINT32_MAX / (size + debt);
    rate = portion(args->rate, (uint64_t)bucket->token * bucket->tick, SECOND);
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
    bool debt = from->level < 0;
    uint64_t held = debt ? -(uint64_t)from->level : (uint64_t)from->level;
    uint64_t most = debt ? INT64_MAX / 2 : (uint64_t)bucket->size;

    held = portion(held, (uint64_t)bucket->token, (uint64_t)from->token);
    held = held < most ? held : most;
    bucket->level = debt ? -(int64_t)held : (int64_t)held;
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
