/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue.h: what the classes of queues share (elements/queue.c), for elements
 * that look into queues or are queues of another kind.
 */
#ifndef CORACLE_CLICK_QUEUE_H
#define CORACLE_CLICK_QUEUE_H

#include "lib/click/element.h"

struct click_queue {
    struct element element;
    struct packet *first, *last; /* linked by `next` */
    uint32_t length, capacity, highwater;
    uint64_t drops;
    struct click_notifier nonempty, nonfull;
};

void click_queue_append(struct click_queue *queue, struct packet *packet);
struct packet *click_queue_take(struct click_queue *queue);

/* Count `packet` as dropped and hand it to output 1 or free it. */
void click_queue_dropped(struct click_queue *queue, struct packet *packet);

/* For an element_class. */
extern const struct click_param click_queue_params[];
extern const struct click_handler click_queue_handlers[];
void click_queue_defaults(struct element *element);
MUST_CHECK int click_queue_configure(struct element *element,
                                     struct click_args *args);
void click_queue_cleanup(struct element *element);
void click_queue_take_state(struct element *element, struct element *old);

#endif
