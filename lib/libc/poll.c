/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.c: wait for any of several descriptors; select() is told in terms of
 * poll().
 *
 * The idea: one counter of changes for all files. poll() notes the counter,
 * asks every file, and if none is ready sleeps until the counter has moved.
 * A change between asking and sleeping is not lost, because sleeping checks
 * the counter under the lock that file_changed() moves it under. One wait
 * queue for all costs needless wake-ups when many threads poll; it spares
 * every file a list of its pollers.
 *
 * The console tells nobody when input comes: whoever waits for it asks again
 * every 10 ms.
 *
 * Concurrency: change_lock guards the counter and the queue. It may be taken
 * in event handlers.
 */
#include <poll.h>

#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include "coracle/print.h"
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

#define CONSOLE_PERIOD (10 * NS_PER_MS)

static struct spinlock change_lock = SPINLOCK_INIT;
static struct waitq change_wq = WAITQ_INIT(change_wq);
static unsigned long changes; /* guarded by change_lock */

void file_changed(void)
{
    spin_lock(&change_lock);
    changes++;
    waitq_wake_all(&change_wq);
    spin_unlock(&change_lock);
}

/* What holds now of what `entry` asks for; *console: it is the console. */
static short look(const struct pollfd *entry, bool *console)
{
    struct file *file;
    short ready;

    if (entry->fd < 0)
        return 0;
    file = file_get(entry->fd);
    if (file == NULL)
        return POLLNVAL;
    /* A file that cannot say never blocks. */
    ready = POLLIN | POLLOUT;
    if (file->ops->poll != NULL)
        ready = file->ops->poll(file);
    if (file == &console_file && (entry->events & POLLIN) != 0)
        *console = true;
    file_put(file);
    if (ready & POLLIN)
        ready |= POLLRDNORM;
    if (ready & POLLOUT)
        ready |= POLLWRNORM;
    return ready & (entry->events | POLLERR | POLLHUP | POLLNVAL);
}

/* Look at all; returns how many are ready. */
static int look_at_all(struct pollfd *entries, nfds_t count, bool *console)
{
    int ready = 0;

    for (nfds_t i = 0; i < count; i++) {
        entries[i].revents = look(&entries[i], console);
        if (entries[i].revents != 0)
            ready++;
    }
    return ready;
}

static unsigned long changes_now(void)
{
    unsigned long now;

    spin_lock(&change_lock);
    now = changes;
    spin_unlock(&change_lock);
    return now;
}

static void wait_for_change(unsigned long since, uint64_t deadline)
{
    spin_lock(&change_lock);
    while (changes == since && time_monotonic() < deadline)
        waitq_wait(&change_wq, &change_lock, deadline);
    spin_unlock(&change_lock);
}

static int poll_until(struct pollfd *entries, nfds_t count, uint64_t deadline)
{
    for (;;) {
        unsigned long since = changes_now();
        bool console = false;
        int ready = look_at_all(entries, count, &console);
        uint64_t now = time_monotonic();
        uint64_t until = deadline;

        if (ready > 0 || now >= deadline)
            return ready;
        if (console && until > now + CONSOLE_PERIOD)
            until = now + CONSOLE_PERIOD;
        wait_for_change(since, until);
    }
}

int poll(struct pollfd *entries, nfds_t count, int milliseconds)
{
    uint64_t deadline = TIME_NEVER;

    if (count > FD_SETSIZE)
        return (int)libc_result(-EINVAL);
    if (milliseconds >= 0)
        deadline = time_monotonic() + (uint64_t)milliseconds * NS_PER_MS;
    return poll_until(entries, count, deadline);
}

/* NULL: no limit. */
static uint64_t deadline_after(const struct timespec *timeout)
{
    if (timeout == NULL)
        return TIME_NEVER;
    return time_monotonic() + (uint64_t)timeout->tv_sec * NS_PER_S +
           (uint64_t)timeout->tv_nsec;
}

/* The mask would matter if a signal could come while we wait; none can. */
int ppoll(struct pollfd *entries, nfds_t count, const struct timespec *timeout,
          __attribute__((unused)) const sigset_t *mask)
{
    if (count > FD_SETSIZE ||
        (timeout != NULL && !libc_timespec_valid(timeout)))
        return (int)libc_result(-EINVAL);
    return poll_until(entries, count, deadline_after(timeout));
}

/* ---- select -------------------------------------------------------------- */

static bool is_set(const fd_set *set, int descriptor)
{
    return set != NULL && FD_ISSET(descriptor, set);
}

/* Make poll's entries of select's sets. Returns how many. */
static nfds_t sets_to_entries(int count, const fd_set *read,
                              const fd_set *write, const fd_set *other,
                              struct pollfd *entries)
{
    nfds_t used = 0;

    for (int i = 0; i < count; i++) {
        short events = (short)((is_set(read, i) ? POLLIN : 0) |
                               (is_set(write, i) ? POLLOUT : 0) |
                               (is_set(other, i) ? POLLPRI : 0));

        if (events != 0)
            entries[used++] = (struct pollfd){i, events, 0};
    }
    return used;
}

/* Set the bit of `entry` if one of `mask` is ready; returns whether. */
static int report(fd_set *set, const struct pollfd *entry, short asked,
                  short mask)
{
    if (set == NULL || (entry->events & asked) == 0 ||
        (entry->revents & mask) == 0)
        return 0;
    FD_SET(entry->fd, set);
    return 1;
}

static int entries_to_sets(const struct pollfd *entries, nfds_t count,
                           fd_set *read, fd_set *write, fd_set *other)
{
    fd_set *sets[] = {read, write, other};
    int total = 0;

    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        if (sets[i] != NULL)
            memset(sets[i], 0, sizeof(*sets[i]));
    }
    for (nfds_t i = 0; i < count; i++) {
        total += report(read, &entries[i], POLLIN, POLLIN | POLLERR | POLLHUP);
        total += report(write, &entries[i], POLLOUT, POLLOUT | POLLERR);
        total += report(other, &entries[i], POLLPRI, POLLPRI);
    }
    return total;
}

int pselect(int count, fd_set *read, fd_set *write, fd_set *other,
            const struct timespec *timeout,
            __attribute__((unused)) const sigset_t *mask)
{
    struct pollfd *entries;
    nfds_t used;
    int result;

    if (count < 0 || count > FD_SETSIZE ||
        (timeout != NULL && !libc_timespec_valid(timeout)))
        return (int)libc_result(-EINVAL);
    /* On the heap: a thousand entries are too much for a small stack. */
    entries = malloc(sizeof(*entries) * (size_t)(count + 1));
    if (entries == NULL)
        return -1;
    used = sets_to_entries(count, read, write, other, entries);
    result = poll_until(entries, used, deadline_after(timeout));
    for (nfds_t i = 0; i < used; i++) {
        if (entries[i].revents & POLLNVAL)
            result = -EBADF;
    }
    if (result >= 0)
        result = entries_to_sets(entries, used, read, write, other);
    free(entries);
    return (int)libc_result(result);
}

int select(int count, fd_set *read, fd_set *write, fd_set *other,
           struct timeval *timeout)
{
    struct timespec precise;

    if (timeout == NULL)
        return pselect(count, read, write, other, NULL, NULL);
    precise.tv_sec = timeout->tv_sec;
    precise.tv_nsec = timeout->tv_usec * (long)NS_PER_US;
    return pselect(count, read, write, other, &precise, NULL);
}
