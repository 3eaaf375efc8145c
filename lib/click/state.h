/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.h: what a router is inside: for the runtime's own files.
 */
#ifndef CORACLE_CLICK_STATE_H
#define CORACLE_CLICK_STATE_H

#include "lib/click/config.h"
#include "lib/click/names.h"
#include "lib/click/router.h"

struct click_name;

struct router {
    struct router_world *world;
    struct click_config *config;
    char *source; /* the configuration as it was written */

    struct router *old; /* while it is made: whose place it takes, or NULL */
    struct element **elements;  /* as the configuration has them */
    struct element **by_name;   /* the same, sorted */
    unsigned int *order;        /* in which they are configured */
    unsigned int element_count; /* that were made */

    int64_t now, steady; /* of this round */
    unsigned int busy;   /* simulated rounds without a rest */

    /* Scheduled tasks in the order of their turns, in a ring: tasks.c. */
    struct click_task *task_first, *task_last;
    uint64_t pass;
    struct click_tickets *tickets; /* ScheduleInfo's */

    struct click_timer **timers; /* a heap from [1] on: timers.c */
    unsigned int timer_count, timer_room;
    uint32_t timer_turn;

    bool failed, configured; /* while it is made */

    /* Ways that lead back to themselves: loops.c. */
    unsigned int depth, depth_most, rounds;
    uint64_t loop_drops;

    unsigned int stops; /* asked for and not yet seen to */
    bool ended;
    struct element *driver; /* asked what a stop means: router_set_driver() */
    bool (*driver_step)(struct element *driver);

    struct click_name *names;
    struct click_shared *shared; /* router_share()'s */
    struct watchers *watchers;   /* of signals */
};

/* Something that elements of a router share. */
struct click_shared {
    struct click_shared *next;
    const char *key;
    void (*release)(void *value);
    char value[] __attribute__((aligned(16)));
};

/* A block of element_alloc(), before the memory that it gives. */
struct click_memory {
    struct click_memory *next, **back;
    bool parameter; /* click_parse_...()'s */
} __attribute__((aligned(16)));

MUST_CHECK void *element_alloc_parameter(struct element *element, size_t size);

/* element.c */
MUST_CHECK struct element *element_create(struct router *router,
                                          const struct element_class *class,
                                          const struct config_element *config,
                                          unsigned int index);
void element_destroy(struct element *element);
/* Configure an element that is at work again. */
MUST_CHECK int element_configure_again(struct element *element,
                                       const char *config,
                                       struct click_errors *errors);
/* Where a port that calls out finds port `number` of `element`. */
void element_port_connect(struct element_port *port, struct element *element,
                          unsigned int number);
MUST_CHECK int element_configure(struct element *element,
                                 struct click_errors *errors);

/* loops.c: refuse packets that would go round for ever, bound other rings. All
 * ports are connected. 0, or negative when an error was said. */
MUST_CHECK int loops_check(struct router *router, struct click_errors *errors);

/* Whether the router itself has such a handler to read or write. */
bool router_has(const char *name, bool write);

/* tasks.c, signals.c, timers.c, names.c */
void tasks_run(struct router *router, unsigned int most);
void signals_run(struct router *router);
bool signals_pending(const struct router *router);
void timers_run(struct router *router);
void timers_free(struct router *router);
void names_free(struct router *router);
void tickets_free(struct router *router);

/* handlers.c: those of an element, one after the other; NULL behind the last.
 */
const struct click_handler *element_handler_at(const struct element *element,
                                               unsigned int index);
/* By name; of those that are listed, or any. */
const struct click_handler *
element_handler_listed(const struct element *element, const char *name);
const struct click_handler *element_handler_find(const struct element *element,
                                                 const char *name);
void element_handlers_free(struct element *element);

#endif
