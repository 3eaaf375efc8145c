/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timers.c: a heap of timers, the next one on top. A timer knows its place in
 * it, so that it can be taken out from anywhere.
 *
 * Timers of one instant expire in the order in which they were scheduled.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/state.h"

static bool earlier(const struct click_timer *a, const struct click_timer *b)
{
    return a->when != b->when ? a->when < b->when
                              : (int32_t)(a->turn - b->turn) < 0;
}

static void put(struct router *router, unsigned int place,
                struct click_timer *timer)
{
    router->timers[place] = timer;
    timer->place = place;
}

/* Find the place of `timer` from `place` on, which is free: up, then down. */
static void settle(struct router *router, unsigned int place,
                   struct click_timer *timer)
{
    struct click_timer **heap = router->timers;
    unsigned int child;

    for (; place > 1 && earlier(timer, heap[place / 2]); place /= 2)
        put(router, place, heap[place / 2]);
    while ((child = 2 * place) <= router->timer_count) {
        if (child < router->timer_count &&
            earlier(heap[child + 1], heap[child]))
            child++;
        if (!earlier(heap[child], timer))
            break;
        put(router, place, heap[child]);
        place = child;
    }
    put(router, place, timer);
}

static int make_room(struct router *router)
{
    unsigned int room = router->timer_room ? 2 * router->timer_room : 16;
    struct click_timer **timers;

    if (router->timer_count + 1 < router->timer_room)
        return 0;
    timers = realloc(router->timers, room * sizeof(struct click_timer *));
    if (!timers)
        return -ENOMEM;
    router->timers = timers;
    router->timer_room = room;
    return 0;
}

void timer_init(struct click_timer *timer, struct element *element,
                void (*expired)(struct click_timer *timer))
{
    memset(timer, 0, sizeof(*timer));
    timer->element = element;
    timer->expired = expired;
}

int timer_schedule_at(struct click_timer *timer, int64_t when)
{
    struct router *router = timer->element->router;
    unsigned int place = timer->place;

    if (!place) {
        int error = make_room(router);

        if (error)
            return error;
        place = ++router->timer_count;
    }
    timer->when = when;
    timer->turn = router->timer_turn++;
    settle(router, place, timer);
    return 0;
}

int timer_schedule_after(struct click_timer *timer, int64_t ns)
{
    return timer_schedule_at(timer, timer->element->router->steady + ns);
}

void timer_unschedule(struct click_timer *timer)
{
    struct router *router;
    struct click_timer *last;
    unsigned int place = timer->place;

    if (!place)
        return;
    router = timer->element->router;
    last = router->timers[router->timer_count--];
    timer->place = 0;
    if (last != timer)
        settle(router, place, last);
}

void timers_run(struct router *router)
{
    /* Those that are scheduled anew for now or before have their turn in the
     * next round: the tasks come between. */
    uint32_t end = router->timer_turn;

    while (router->timer_count > 0 && !router->stops) {
        struct click_timer *timer = router->timers[1];

        if (timer->when > router->steady || (int32_t)(timer->turn - end) >= 0)
            break;
        timer_unschedule(timer);
        timer->expired(timer);
    }
}

void timers_free(struct router *router)
{
    free(router->timers);
    router->timers = NULL;
    router->timer_count = router->timer_room = 0;
}
