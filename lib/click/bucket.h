/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bucket.h: token buckets. Tokens come in at a rate, up to the bucket's size;
 * what passes takes some out. The bucket begins full. Who may pass when there
 * is less than a whole token's worth is said by the least that it must hold.
 *
 * Tokens are counted in billionths: a rate of one a second is one for each
 * nanosecond.
 */
#ifndef CORACLE_CLICK_BUCKET_H
#define CORACLE_CLICK_BUCKET_H

#include "lib/click/args.h"

#define BUCKET_TOKEN 1000000000

struct click_bucket {
    uint64_t rate;       /* tokens a second */
    int64_t level, size; /* billionths; a level may be below 0 */
    int64_t when;        /* the level is of that time, ns */
};

/* The arguments RATE, BURST_DURATION, BURST_SIZE of an element. */
struct click_bucket_args {
    uint64_t rate, duration; /* tokens a second; ns */
    uint64_t size;           /* tokens; 0: not given */
};

/* Set it from `args`, full, if it has no size yet; else keep its level. */
void bucket_set(struct click_bucket *bucket,
                const struct click_bucket_args *args, int64_t now);
void bucket_fill(struct click_bucket *bucket, int64_t now); /* to the brim */

/* Let in what came until `now`; whether it then holds `least` billionths. */
bool bucket_holds(struct click_bucket *bucket, int64_t least, int64_t now);

static inline void bucket_take(struct click_bucket *bucket, uint32_t tokens)
{
    bucket->level -= (int64_t)tokens * BUCKET_TOKEN;
}

/* How long until it holds `least`, ns, after bucket_holds(). INT64_MAX: never.
 */
int64_t bucket_wait(const struct click_bucket *bucket, int64_t least);

#endif
