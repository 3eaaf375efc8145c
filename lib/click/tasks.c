/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tasks.c: who runs next: stride scheduling.
 *
 * Each scheduled task has a pass, the time of its turn on a clock of turns.
 * Whoever has the lowest runs, and its next turn is a stride later: the more
 * tickets, the shorter the stride. (C. Waldspurger, W. Weihl: Stride
 * Scheduling, 1995.) The scheduled ones are in a list, by pass; as nearly all
 * have equal strides, one that ran belongs to the end, where the search for its
 * place begins.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/state.h"

#define STRIDE_ONE  (1u << 16) /* of a task with one ticket */
#define TICKETS     1024
#define TICKETS_MAX 32768

/* ScheduleInfo's word on an element; read when its task is initialized. */
struct click_tickets {
    struct click_tickets *next;
    unsigned int element, tickets;
};

static uint64_t stride(const struct click_task *task)
{
    return STRIDE_ONE / task->tickets;
}

void task_set_tickets(struct click_task *task, unsigned int tickets)
{
    task->tickets = tickets < 1             ? 1
                    : tickets > TICKETS_MAX ? TICKETS_MAX
                                            : tickets;
}

int router_give_tickets(struct router *router, unsigned int element,
                        unsigned int tickets)
{
    struct click_tickets *entry = malloc(sizeof(*entry));

    if (!entry)
        return -ENOMEM;
    entry->element = element;
    entry->tickets = tickets;
    entry->next = router->tickets;
    router->tickets = entry;
    return 0;
}

void tickets_free(struct router *router)
{
    while (router->tickets) {
        struct click_tickets *entry = router->tickets;

        router->tickets = entry->next;
        free(entry);
    }
}

void task_init(struct click_task *task, struct element *element,
               bool (*run)(struct click_task *task), bool scheduled)
{
    const struct click_tickets *entry = element->router->tickets;

    memset(task, 0, sizeof(*task));
    task->element = element;
    task->run = run;
    task->tickets = TICKETS;
    while (entry && entry->element != element->index)
        entry = entry->next;
    if (entry)
        task_set_tickets(task, entry->tickets);
    if (!element->task)
        element->task = task;
    if (scheduled)
        task_schedule(task);
}

void task_schedule(struct click_task *task)
{
    struct router *router = task->element->router;
    struct click_task *before = router->task_last;

    if (task->scheduled)
        return;
    task->scheduled = true;
    /* Who slept has no claim to the turns that it missed. */
    if (task->pass < router->pass)
        task->pass = router->pass;
    task->pass += stride(task);
    while (before && before->pass > task->pass)
        before = before->previous;
    task->previous = before;
    task->next = before ? before->next : router->task_first;
    if (task->next)
        task->next->previous = task;
    else
        router->task_last = task;
    if (before)
        before->next = task;
    else
        router->task_first = task;
}

void task_unschedule(struct click_task *task)
{
    struct router *router;

    if (!task->scheduled)
        return;
    router = task->element->router;
    task->scheduled = false;
    if (task->next)
        task->next->previous = task->previous;
    else
        router->task_last = task->previous;
    if (task->previous)
        task->previous->next = task->next;
    else
        router->task_first = task->next;
}

void tasks_run(struct router *router, unsigned int most)
{
    while (most-- > 0 && router->task_first && !router->stops) {
        struct click_task *task = router->task_first;

        task_unschedule(task);
        router->pass = task->pass;
        (void)task->run(task);
    }
}
