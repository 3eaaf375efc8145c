/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventfd.c: a counter behind a descriptor, as Linux has it: the smallest thing
 * by which one thread can wake another that sits in poll().
 *
 * write() adds to the counter, read() takes it (or, with EFD_SEMAPHORE, one of
 * it) and waits while it is 0. The counter never reaches 2^64 - 1: a write that
 * would bring it there waits.
 *
 * Concurrency: each has a lock, under which threads sleep; file_changed() is
 * called without it.
 */
#include <sys/eventfd.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct event {
    struct file file;
    struct spinlock lock; /* guards all below */
    struct waitq waiters; /* readers at 0, writers near COUNT_MAX */
    uint64_t count;
    bool semaphore;
    bool closed;
};

static struct event *event_of(struct file *file)
{
    return container_of(file, struct event, file);
}

static ssize_t event_read(struct file *file, void *to, size_t size)
{
    struct event *event = event_of(file);
    bool wait = !file_nonblocking(file);
    uint64_t taken;

    if (size < sizeof(taken))
        return -EINVAL;
    spin_lock(&event->lock);
    while (wait && event->count == 0 && !event->closed)
        waitq_wait(&event->waiters, &event->lock, TIME_NEVER);
    taken = event->semaphore && event->count > 0 ? 1 : event->count;
    event->count -= taken;
    waitq_wake_all(&event->waiters);
    spin_unlock(&event->lock);
    if (taken == 0)
        return wait ? -EBADF : -EAGAIN;
    file_changed(file, POLLOUT);
    memcpy(to, &taken, sizeof(taken));
    return sizeof(taken);
}

static ssize_t event_write(struct file *file, const void *from, size_t size)
{
    struct event *event = event_of(file);
    bool wait = !file_nonblocking(file), fits;
    uint64_t more;

    if (size < sizeof(more))
        return -EINVAL;
    memcpy(&more, from, sizeof(more));
    if (more > COUNT_MAX)
        return -EINVAL;
    spin_lock(&event->lock);
    while (wait && more > COUNT_MAX - event->count && !event->closed)
        waitq_wait(&event->waiters, &event->lock, TIME_NEVER);
    fits = more <= COUNT_MAX - event->count;
    if (fits) {
        event->count += more;
        waitq_wake_all(&event->waiters);
    }
    spin_unlock(&event->lock);
    if (!fits)
        return wait ? -EBADF : -EAGAIN;
    if (more > 0)
        file_changed(file, POLLIN);
    return sizeof(more);
}

static short event_poll(struct file *file)
{
    struct event *event = event_of(file);
    short ready = 0;

    spin_lock(&event->lock);
    if (event->count > 0)
        ready |= POLLIN;
    if (event->count < COUNT_MAX)
        ready |= POLLOUT;
    spin_unlock(&event->lock);
    return ready;
}

static void event_hangup(struct file *file)
{
    struct event *event = event_of(file);

    spin_lock(&event->lock);
    event->closed = true;
    waitq_wake_all(&event->waiters);
    spin_unlock(&event->lock);
}

static void event_close(struct file *file)
{
    heap_free(event_of(file));
}

static const struct file_ops event_ops = {
    .read = event_read,
    .write = event_write,
    .poll = event_poll,
    .hangup = event_hangup,
    .close = event_close,
};

int eventfd(unsigned int count, int flags)
{
    struct event *event;
    int descriptor;

    if ((flags & ~(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)) != 0)
        return (int)libc_result(-EINVAL);
    event = heap_alloc_zeroed(1, sizeof(*event));
    if (event == NULL)
        return (int)libc_result(-ENOMEM);
    file_init(&event->file, &event_ops, O_RDWR | (flags & O_NONBLOCK));
    waitq_init(&event->waiters);
    event->count = count;
    event->semaphore = flags & EFD_SEMAPHORE;
    descriptor = file_install(&event->file, 0);
    if (descriptor < 0)
        heap_free(event);
    return (int)libc_result(descriptor);
}

int eventfd_read(int descriptor, eventfd_t *to)
{
    return read(descriptor, to, sizeof(*to)) == sizeof(*to) ? 0 : -1;
}

int eventfd_write(int descriptor, eventfd_t more)
{
    return write(descriptor, &more, sizeof(more)) == sizeof(more) ? 0 : -1;
}
