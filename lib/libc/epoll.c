/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll.c: interest sets as Linux has them: what to wait for is said once, and
 * waiting costs as much as there is ready, however many descriptors there are.
 *
 * A set is a file. It holds an interest for each descriptor added: a watch
 * (watch.c) on that descriptor's file. A watch that is told of something puts
 * its interest into the set's ready list and wakes whoever waits. epoll_wait()
 * takes interests from the list's front, asks their files what holds now, and
 * reports it if anything does.
 *
 *   - Level-triggered (the default): an interest that was reported goes back to
 *     the list's end, so the next call asks it again, and drops it if nothing
 *     holds any more.
 *   - EPOLLET: it leaves the list until its watch is told again.
 *   - EPOLLONESHOT: it leaves, and asks for nothing until EPOLL_CTL_MOD.
 *
 * A set does not keep a file open. When the last descriptor of a file is closed
 * the watch ends, and so does the interest; should the descriptor's number be
 * used anew before, the old interest makes room for the new one.
 *
 * Concurrency: watch_lock guards all of a set, since watches are told under it.
 * Memory is allocated outside of it. Sets in sets are refused: being told would
 * recurse, and could run in circles.
 *
 * Left out: EPOLLEXCLUSIVE is accepted and means nothing, as one thread is
 * woken per set anyway.
 */
#include <sys/epoll.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/memory.h"
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

/* In struct epoll_event's events, beside poll()'s bits. */
#define MODES       (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE)
#define SLOTS_LEAST 16

struct epoll {
    struct file file;
    /* All below is guarded by watch_lock. */
    struct list ready;
    struct waitq waiters;
    struct interest **interests; /* by descriptor; NULL: none */
    int slots;
};

/* Guarded by watch_lock. */
struct interest {
    struct file_watch watch;
    struct epoll *set;
    struct list link; /* of set->ready; else a list of its own */
    int descriptor;
    uint32_t modes;
    epoll_data_t data;
};

/* ---- Being told ---------------------------------------------------------- */

static void enqueue(struct interest *interest)
{
    if (list_empty(&interest->link))
        list_add_tail(&interest->set->ready, &interest->link);
    waitq_wake_one(&interest->set->waiters);
    file_changed_locked(&interest->set->file, POLLIN);
}

/* The set forgets it. It is still in memory then. */
static void detach(struct interest *interest)
{
    file_unwatch(&interest->watch);
    list_del(&interest->link);
    interest->set->interests[interest->descriptor] = NULL;
}

static void told(struct file_watch *watch, short events)
{
    struct interest *interest = container_of(watch, struct interest, watch);

    if (events & POLLNVAL) {
        detach(interest);
        heap_free(interest);
        return;
    }
    /* After a one-shot report only errors would get here. */
    if (watch->events != 0)
        enqueue(interest);
}

/* ---- The set as a file ----------------------------------------------------
 */

/* Whether something in the list still holds. Those of which nothing does are
 * dropped on the way. */
static bool any_ready(struct epoll *set)
{
    list_for_each_safe (node, after, &set->ready) {
        struct interest *interest = container_of(node, struct interest, link);

        if (file_ready(interest->watch.file, interest->watch.events) != 0)
            return true;
        list_del(node);
    }
    return false;
}

static short set_poll(struct file *file)
{
    struct epoll *set = container_of(file, struct epoll, file);

    return any_ready(set) ? POLLIN : 0;
}

static void set_close(struct file *file)
{
    struct epoll *set = container_of(file, struct epoll, file);

    for (int i = 0; i < set->slots; i++) {
        struct interest *interest;

        spin_lock(&watch_lock);
        interest = set->interests[i];
        if (interest != NULL)
            detach(interest);
        spin_unlock(&watch_lock);
        heap_free(interest);
    }
    heap_free(set->interests);
    heap_free(set);
}

static const struct file_ops set_ops = {
    .poll = set_poll,
    .close = set_close,
};

int epoll_create1(int flags)
{
    struct epoll *set;
    int descriptor;

    if ((flags & ~EPOLL_CLOEXEC) != 0)
        return (int)libc_result(-EINVAL);
    set = heap_alloc_zeroed(1, sizeof(*set));
    if (set == NULL)
        return (int)libc_result(-ENOMEM);
    file_init(&set->file, &set_ops, O_RDWR);
    list_init(&set->ready);
    waitq_init(&set->waiters);
    descriptor = file_install(&set->file, 0);
    if (descriptor < 0)
        heap_free(set);
    return (int)libc_result(descriptor);
}

int epoll_create(int size)
{
    return size <= 0 ? (int)libc_result(-EINVAL) : epoll_create1(0);
}

/* The set behind a descriptor, with a reference: 0, -EBADF or -EINVAL. */
static int get_set(int descriptor, struct epoll **set)
{
    struct file *file = file_get(descriptor);

    if (file == NULL)
        return -EBADF;
    if (file->ops != &set_ops) {
        file_put(file);
        return -EINVAL;
    }
    *set = container_of(file, struct epoll, file);
    return 0;
}

/* ---- Changing a set -------------------------------------------------------
 */

/* Have a slot for `descriptor`. */
static int reserve(struct epoll *set, int descriptor)
{
    struct interest **larger, **old;
    int slots = SLOTS_LEAST;

    if (descriptor < READ_ONCE(set->slots))
        return 0;
    while (slots <= descriptor)
        slots *= 2;
    larger = heap_alloc_zeroed((size_t)slots, sizeof(*larger));
    if (larger == NULL)
        return -ENOMEM;
    spin_lock(&watch_lock);
    old = larger; /* if another thread was faster */
    if (slots > set->slots) {
        old = set->interests;
        if (old != NULL)
            memcpy(larger, old, (size_t)set->slots * sizeof(*old));
        set->interests = larger;
        set->slots = slots;
    }
    spin_unlock(&watch_lock);
    heap_free(old);
    return 0;
}

/* The interest in `file` by `descriptor`. One in another file is left from a
 * closed descriptor: it goes to *stale. */
static struct interest *find(struct epoll *set, int descriptor,
                             const struct file *file, struct interest **stale)
{
    struct interest *interest =
        descriptor < set->slots ? set->interests[descriptor] : NULL;

    if (interest == NULL || interest->watch.file == file)
        return interest;
    detach(interest);
    *stale = interest;
    return NULL;
}

/* Ask for `event` from now on, and look whether it holds already. */
static void set_event(struct interest *interest,
                      const struct epoll_event *event)
{
    interest->modes = event->events & MODES;
    interest->data = event->data;
    interest->watch.events = (short)((event->events & 0xffff) | FILE_ALWAYS);
    if (file_ready(interest->watch.file, interest->watch.events) != 0)
        enqueue(interest);
}

static int add(struct epoll *set, int descriptor, struct file *file,
               const struct epoll_event *event)
{
    struct interest *interest, *stale = NULL;
    int result = reserve(set, descriptor);

    if (result < 0)
        return result;
    interest = heap_alloc_zeroed(1, sizeof(*interest));
    if (interest == NULL)
        return -ENOMEM;
    interest->set = set;
    interest->descriptor = descriptor;
    interest->watch.told = told;
    list_init(&interest->link);

    spin_lock(&watch_lock);
    if (find(set, descriptor, file, &stale) != NULL) {
        result = -EEXIST;
    } else {
        set->interests[descriptor] = interest;
        file_watch(&interest->watch, file);
        set_event(interest, event);
        interest = NULL;
    }
    spin_unlock(&watch_lock);
    heap_free(interest);
    heap_free(stale);
    return result;
}

/* EPOLL_CTL_MOD and, without an event, EPOLL_CTL_DEL. */
static int change(struct epoll *set, int descriptor, struct file *file,
                  const struct epoll_event *event)
{
    struct interest *interest, *gone = NULL;

    spin_lock(&watch_lock);
    interest = find(set, descriptor, file, &gone);
    if (interest != NULL && event != NULL) {
        set_event(interest, event);
    } else if (interest != NULL) {
        detach(interest);
        gone = interest;
    }
    spin_unlock(&watch_lock);
    heap_free(gone);
    return interest == NULL ? -ENOENT : 0;
}

static int control(struct epoll *set, int operation, int descriptor,
                   struct file *file, const struct epoll_event *event)
{
    if (file->ops == &set_ops)
        return -EINVAL; /* a set in a set, or in itself */
    if (file->ops->poll == NULL)
        return -EPERM; /* always ready: as Linux says of its plain files */
    if (operation == EPOLL_CTL_DEL)
        return change(set, descriptor, file, NULL);
    if (event == NULL)
        return -EFAULT;
    if (operation == EPOLL_CTL_ADD)
        return add(set, descriptor, file, event);
    if (operation == EPOLL_CTL_MOD)
        return change(set, descriptor, file, event);
    return -EINVAL;
}

int epoll_ctl(int descriptor, int operation, int subject,
              struct epoll_event *event)
{
    struct epoll *set;
    struct file *file;
    int result = get_set(descriptor, &set);

    if (result < 0)
        return (int)libc_result(result);
    file = file_get(subject);
    result = -EBADF;
    if (file != NULL) {
        result = control(set, operation, subject, file, event);
        file_put(file);
    }
    file_put(&set->file);
    return (int)libc_result(result);
}

/* ---- Waiting --------------------------------------------------------------
 */

/* Report one interest that is not in the list now, if anything holds; put it
 * back if it is to be asked again. */
static bool report(struct interest *interest, struct epoll_event *event)
{
    short events = file_ready(interest->watch.file, interest->watch.events);

    if (interest->watch.events == 0 || events == 0)
        return false;
    event->events = (uint16_t)events;
    event->data = interest->data;
    if (interest->modes & EPOLLONESHOT)
        interest->watch.events = 0;
    else if (!(interest->modes & EPOLLET))
        list_add_tail(&interest->set->ready, &interest->link);
    return true;
}

/*
 * Go through the list as it is now: those put back come behind `last` and wait
 * for the next call. Returns how many were reported.
 */
static int collect(struct epoll *set, struct epoll_event *events, int max)
{
    struct list *last = set->ready.prev;
    bool more = !list_empty(&set->ready);
    int count = 0;

    while (more && count < max) {
        struct interest *interest =
            list_first(&set->ready, struct interest, link);

        more = &interest->link != last;
        list_del(&interest->link);
        if (report(interest, &events[count]))
            count++;
    }
    /* One was woken for each; the next one takes what is left. */
    if (count > 0 && !list_empty(&set->ready))
        waitq_wake_one(&set->waiters);
    return count;
}

int epoll_pwait(int descriptor, struct epoll_event *events, int max,
                int milliseconds, __attribute__((unused)) const sigset_t *mask)
{
    uint64_t deadline = 0;
    bool over = false;
    struct epoll *set;
    int result = get_set(descriptor, &set);

    if (result < 0)
        return (int)libc_result(result);
    if (max <= 0) {
        file_put(&set->file);
        return (int)libc_result(-EINVAL);
    }
    spin_lock(&watch_lock);
    for (;;) {
        result = collect(set, events, max);
        if (result > 0 || milliseconds == 0 || over)
            break;
        if (deadline == 0) /* the clock is dear: only when it matters */
            deadline =
                milliseconds < 0
                    ? TIME_NEVER
                    : time_monotonic() + (uint64_t)milliseconds * NS_PER_MS;
        over = waitq_wait(&set->waiters, &watch_lock, deadline) != 0;
    }
    spin_unlock(&watch_lock);
    file_put(&set->file);
    return (int)libc_result(result);
}

int epoll_wait(int descriptor, struct epoll_event *events, int max,
               int milliseconds)
{
    return epoll_pwait(descriptor, events, max, milliseconds, NULL);
}
