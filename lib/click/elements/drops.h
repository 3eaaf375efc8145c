/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drops.h: what elements that check headers do with bad packets: count them, by
 * reason too if asked to, report the first one or all, send them out of output
 * 1 if there is one. For elements whose structure is a struct element and then,
 * at once, a struct drops.
 */
#ifndef CORACLE_CLICK_ELEMENTS_DROPS_H
#define CORACLE_CLICK_ELEMENTS_DROPS_H

#include "lib/click/element.h"

struct drops {
    /* The element's: what it checks ("TCP header"), and what can be wrong. */
    const char *what;
    const char *const *reasons;
    unsigned int count;
    bool verbose, details; /* its arguments of these names */

    uint64_t total;
    uint64_t *by_reason; /* NULL without `details` */
};

struct drops_element {
    struct element element;
    struct drops drops;
};

int drops_initialize(struct element *element, struct click_errors *errors);
void drops_take_state(struct element *element, struct element *old);

/* Returns NULL, what simple() has to return then. */
struct packet *drops_add(struct drops *drops, struct element *element,
                         unsigned int reason, struct packet *packet);

extern const struct click_handler drops_handlers[];

#endif
