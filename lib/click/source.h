/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.h: what elements that make packets share: the packet that they copy,
 * the number of packets made, and what is done when there were enough.
 */
#ifndef CORACLE_CLICK_SOURCE_H
#define CORACLE_CLICK_SOURCE_H

#include "lib/click/calls.h"
#include "lib/click/element.h"

struct click_source {
    struct element element;
    struct click_bytes data; /* DATA; without it a text */
    int32_t length;          /* LENGTH; negative: DATA's */
    int64_t limit;           /* LIMIT; negative: none */
    bool active, stop, timestamp;
    bool finished; /* what is to be done at the end was done */
    char *end;     /* END_CALL */
    struct packet *packet;
    uint64_t count;
    struct click_call end_call;
};

/* Its parameters' defaults, in defaults(). */
void click_source_defaults(struct click_source *source);

/* Make the packet: in configure(), and when DATA or LENGTH changed. -EINVAL
 * after an error, -ENOMEM likewise. */
MUST_CHECK int click_source_prepare(struct click_source *source,
                                    struct click_errors *errors);
/* In initialize(); in cleanup(). */
MUST_CHECK int click_source_begin(struct click_source *source,
                                  struct click_errors *errors);
void click_source_end(struct click_source *source);

/* Whether so many packets were made that it is the end. */
static inline bool click_source_done(const struct click_source *source)
{
    return source->limit >= 0 && source->count >= (uint64_t)source->limit;
}

/* One more, counted; NULL if memory is short. */
MUST_CHECK struct packet *click_source_make(struct click_source *source);

/* What is to be done at the end: END_CALL, or to stop the router. */
void click_source_finish(struct click_source *source);

int click_source_read_data(struct element *element,
                           const struct click_handler *handler,
                           const char *param, struct text *out);
int click_source_write_data(struct element *element,
                            const struct click_handler *handler,
                            const char *value, struct click_errors *errors);

#endif
