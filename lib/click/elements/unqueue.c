/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unqueue.c: pulls packets and pushes them on.
 *
 * =c
 * Unqueue([KEYWORDS])
 * =s shaping
 * turns pull into push
 * =d
 * Pulls packets whenever there are some and pushes them out of its output.
 * While the queues above are empty it sleeps. Keyword arguments:
 *
 *   ACTIVE  false: pull nothing; true, if not given
 *   LIMIT   pull no more than so many; no limit, if negative or not given
 *   BURST   how many to pull each time it is scheduled; 1, if not given; as
 *           many as there are, if 0 or less
 *
 * =h count read-only
 * packets passed on so far
 * =h reset write-only
 * sets count to 0
 * =h active read/write
 * the ACTIVE argument
 * =h limit read/write
 * the LIMIT argument
 * =h burst read/write
 * the BURST argument
 * =a RatedUnqueue, BandwidthRatedUnqueue, Queue
 */
#include "lib/click/element.h"

/* "As many as there are" ends after so many: others want to run too. */
#define BURST_MAX 1024

struct unqueue {
    struct element element;
    struct click_task task;
    struct click_signal signal;
    uint64_t count;
    int64_t limit;
    int32_t burst;
    bool active;
};

static void defaults(struct element *element)
{
    struct unqueue *unqueue = (struct unqueue *)element;

    unqueue->limit = -1;
    unqueue->burst = 1;
    unqueue->active = true;
}

/* How many may be pulled now. */
static uint64_t allowed(const struct unqueue *unqueue)
{
    uint64_t most = unqueue->burst > 0 ? (uint64_t)unqueue->burst : BURST_MAX;
    uint64_t left;

    if (!unqueue->active)
        return 0;
    if (unqueue->limit < 0)
        return most;
    left = unqueue->count < (uint64_t)unqueue->limit
               ? (uint64_t)unqueue->limit - unqueue->count
               : 0;
    return left < most ? left : most;
}

static bool run(struct click_task *task)
{
    struct unqueue *unqueue = (struct unqueue *)task->element;
    uint64_t most = allowed(unqueue), done = 0;

    for (; done < most; done++) {
        struct packet *packet = element_pull(&unqueue->element, 0);

        if (!packet)
            break;
        unqueue->count++;
        element_push(&unqueue->element, 0, packet);
    }
    if (most > 0 && (done > 0 || signal_active(&unqueue->signal)))
        task_schedule(task);
    return done > 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct unqueue *unqueue = (struct unqueue *)element;

    task_init(&unqueue->task, element, run, unqueue->active);
    if (signal_upstream(&unqueue->signal, element, 0, &unqueue->task))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void cleanup(struct element *element)
{
    signal_free(&((struct unqueue *)element)->signal);
}

static void take_state(struct element *element, struct element *old)
{
    ((struct unqueue *)element)->count = ((struct unqueue *)old)->count;
}

static const struct click_param params[] = {
    CLICK_PARAM("BURST", struct unqueue, burst, i32, CLICK_POSITIONAL),
    CLICK_PARAM("ACTIVE", struct unqueue, active, bool, 0),
    CLICK_PARAM("LIMIT", struct unqueue, limit, i64, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct unqueue, count, u64),
    HANDLER_ACTIVE(struct unqueue, active),
    {.name = "limit",
     .read = handler_read_i64,
     .write = handler_write_i64,
     .flags = HANDLER_WAKES,
     .data = offsetof(struct unqueue, limit)},
    {.name = "burst",
     .read = handler_read_i32,
     .write = handler_write_i32,
     .flags = HANDLER_WAKES,
     .data = offsetof(struct unqueue, burst)},
    HANDLER_RESET("reset", struct unqueue, count, count, HANDLER_WAKES),
    {0},
};

const struct element_class click_class_Unqueue = {
    .name = "Unqueue",
    .ports = "1/1",
    .processing = "l/h",
    .size = sizeof(struct unqueue),
    .params = params,
    .defaults = defaults,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .handlers = handlers,
};
