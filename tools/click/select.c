/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * select.c: file descriptors that somebody waits for, by poll().
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include "tools/click/host.h"

static struct waiter {
    select_ready *ready;
    void *context;
} * waiters;
static struct pollfd *polls; /* in the same order */
static unsigned int count;

bool select_add(int fd, bool to_write, select_ready *ready, void *context)
{
    struct waiter *more = realloc(waiters, (count + 1) * sizeof(*more));
    struct pollfd *more_polls;

    if (!more)
        return false;
    waiters = more;
    more_polls = realloc(polls, (count + 1) * sizeof(*more_polls));
    if (!more_polls)
        return false;
    polls = more_polls;
    waiters[count] = (struct waiter){ready, context};
    polls[count] =
        (struct pollfd){.fd = fd, .events = to_write ? POLLOUT : POLLIN};
    count++;
    return true;
}

void select_remove(int fd, bool to_write)
{
    for (unsigned int i = 0; i < count; i++) {
        if (polls[i].fd != fd ||
            polls[i].events != (to_write ? POLLOUT : POLLIN))
            continue;
        count--;
        polls[i] = polls[count];
        waiters[i] = waiters[count];
        break;
    }
    if (count)
        return;
    free(polls);
    free(waiters);
    polls = NULL;
    waiters = NULL;
}

static int milliseconds(int64_t timeout)
{
    if (timeout < 0)
        return -1;
    timeout = (timeout + 999999) / 1000000;
    return timeout > INT_MAX ? INT_MAX : (int)timeout;
}

void select_wait(int64_t timeout)
{
    unsigned int before = count;

    if (poll(polls, count, milliseconds(timeout)) <= 0)
        return;
    for (unsigned int i = 0; i < count; i++) {
        if (!polls[i].revents)
            continue;
        polls[i].revents = 0;
        waiters[i].ready(waiters[i].context);
        if (count != before)
            return; /* the lists changed: the others' turn comes at once */
    }
}
