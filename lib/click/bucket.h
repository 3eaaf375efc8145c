/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bucket.h: token buckets. Tokens come in at a rate, up to the bucket's size;
 * what passes takes some out. The bucket begins full. Who may pass when there
 * is less than a whole token's worth is said by the least that it must hold.
 *
 * Two kinds. A smooth bucket counts billionths of tokens and nanoseconds: a
 * rate of one a second is one billionth each nanosecond, and nothing is lost by
 * rounding. A ticking one counts as Click's always did, so that a configuration
 * gives the same numbers of packets: it is filled once a millisecond, and a
 * full one holds 2^32 - 1 parts, so a token is that over the size, and a tick's
 * parts are that times the rate over 1000, both rounded down. So what is due on
 * a tick may come one tick late; a bucket that holds one token only loses what
 * comes in until it is used, too: 100 packets a second through a bucket of one
 * are 910 in ten seconds.
 *
 * Where bytes are counted, a bucket may be in debt: by 131072 bytes, which a
 * ticking one adds to its size before it divides.
 */
#ifndef CORACLE_CLICK_BUCKET_H
#define CORACLE_CLICK_BUCKET_H

#include "lib/click/args.h"

struct click_bucket {
    int64_t token;       /* parts of a token */
    int64_t more;        /* parts that come in each tick */
    int64_t level, size; /* parts; a level may be below 0 */
    int64_t when;        /* the level is of that tick */
    uint32_t tick;       /* ns */
};

/* The arguments RATE, BURST_DURATION, BURST_SIZE of an element. */
struct click_bucket_args {
    uint64_t rate, duration; /* tokens a second; ns */
    uint64_t size;           /* tokens; 0: not given */
    bool smooth, bytes;      /* of which kind */
};

/* Set it from `args`, full, if it has no size yet; else keep its level. */
void bucket_set(struct click_bucket *bucket,
                const struct click_bucket_args *args, int64_t now);
void bucket_fill(struct click_bucket *bucket, int64_t now); /* to the brim */

/* Hold what `from` held, in own parts. */
void bucket_inherit(struct click_bucket *bucket,
                    const struct click_bucket *from);

/* Let in what came until `now`; whether it then holds `least` parts. */
bool bucket_holds(struct click_bucket *bucket, int64_t least, int64_t now);

static inline void bucket_take(struct click_bucket *bucket, uint32_t tokens)
{
    bucket->level -= (int64_t)tokens * bucket->token;
}

/* How long until it holds `least`, ns, after bucket_holds(). INT64_MAX: never.
 */
int64_t bucket_wait(const struct click_bucket *bucket, int64_t least);

#endif
