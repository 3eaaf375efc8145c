/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.c: wait for any of several descriptors; select() is told in terms of
 * poll().
 *
 * poll() asks every file. If none is ready it hangs a watch (watch.c) into each
 * of them, asks once more, and sleeps until one of the watches is told of
 * something. Then it asks again only those that were. Most calls find something
 * ready the first time and never watch.
 *
 * Concurrency: what the watches share with the sleeper, and its wait queue, are
 * guarded by watch_lock.
 */
#include <poll.h>

#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include "coracle/print.h"
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

/* Watches on the stack; for more the heap is asked. */
#define WATCHES_FEW 4

/* So many are asked in a row with events masked. */
#define FEW_AT_A_TIME 64

/* One waiting poll(). */
struct poller {
    struct waitq told_wq;
    bool told;
};

struct poll_watch {
    struct file_watch watch;
    struct poller *poller;
    struct file *file; /* with a reference; NULL: nothing to wait for */
    bool told;
};

/* What holds now of what `entry` asks for. The table is locked. */
static short look(const struct pollfd *entry)
{
    struct file *file;

    if (entry->fd < 0)
        return 0;
    file = file_at(entry->fd);
    return file == NULL ? POLLNVAL : file_ready(file, entry->events);
}

/* Look at all, a few at a time; returns how many are ready. */
static int look_at_all(struct pollfd *entries, nfds_t count)
{
    int ready = 0;

    for (nfds_t i = 0; i < count;) {
        nfds_t end = count - i > FEW_AT_A_TIME ? i + FEW_AT_A_TIME : count;

        spin_lock(&watch_lock);
        file_table_lock();
        for (; i < end; i++) {
            entries[i].revents = look(&entries[i]);
            ready += entries[i].revents != 0;
        }
        file_table_unlock();
        spin_unlock(&watch_lock);
    }
    return ready;
}

/* ---- Waiting ------------------------------------------------------------- */

static void told(struct file_watch *watch, short events)
{
    struct poll_watch *self = container_of(watch, struct poll_watch, watch);

    (void)events;
    self->told = true;
    self->poller->told = true;
    waitq_wake_all(&self->poller->told_wq);
}

/* Watch what the entries stand for. All are to be looked at first. */
static void watch_all(struct poll_watch *watches, const struct pollfd *entries,
                      nfds_t count, struct poller *poller)
{
    for (nfds_t i = 0; i < count; i++) {
        struct poll_watch *watch = &watches[i];

        watch->watch.file = NULL;
        watch->watch.events = entries[i].events;
        watch->watch.told = told;
        watch->poller = poller;
        watch->told = true;
        watch->file = entries[i].fd < 0 ? NULL : file_get(entries[i].fd);
        if (watch->file == NULL)
            continue;
        spin_lock(&watch_lock);
        file_watch(&watch->watch, watch->file);
        spin_unlock(&watch_lock);
    }
}

static void unwatch_all(struct poll_watch *watches, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++) {
        if (watches[i].file == NULL)
            continue;
        spin_lock(&watch_lock);
        file_unwatch(&watches[i].watch);
        spin_unlock(&watch_lock);
        file_put(watches[i].file);
    }
}

/* As look_at_all(), for those of which something was told. */
static int look_at_told(struct poll_watch *watches, struct pollfd *entries,
                        nfds_t count)
{
    int ready = 0;

    for (nfds_t i = 0; i < count; i++) {
        if (!watches[i].told || entries[i].fd < 0)
            continue;
        watches[i].told = false;
        /* A watch that has ended: the descriptor was closed meanwhile. */
        if (watches[i].file == NULL || watches[i].watch.file == NULL)
            entries[i].revents = POLLNVAL;
        else
            entries[i].revents = file_ready(watches[i].file, entries[i].events);
        ready += entries[i].revents != 0;
    }
    return ready;
}

static int wait_for_any(struct poll_watch *watches, struct pollfd *entries,
                        nfds_t count, uint64_t deadline)
{
    struct poller poller = {.told_wq = WAITQ_INIT(poller.told_wq)};
    bool over = false;
    int ready;

    watch_all(watches, entries, count, &poller);
    spin_lock(&watch_lock);
    for (;;) {
        poller.told = false;
        ready = look_at_told(watches, entries, count);
        if (ready > 0 || over)
            break;
        while (!poller.told && !over)
            over = waitq_wait(&poller.told_wq, &watch_lock, deadline) != 0;
    }
    spin_unlock(&watch_lock);
    unwatch_all(watches, count);
    return ready;
}

static int poll_until(struct pollfd *entries, nfds_t count, uint64_t deadline)
{
    struct poll_watch few[WATCHES_FEW], *watches = few;
    int ready = look_at_all(entries, count);

    if (ready > 0 || deadline == 0)
        return ready;
    if (count > WATCHES_FEW)
        watches = malloc(count * sizeof(*watches));
    if (watches == NULL)
        return -ENOMEM;
    ready = wait_for_any(watches, entries, count, deadline);
    if (watches != few)
        free(watches);
    return ready;
}

int poll(struct pollfd *entries, nfds_t count, int milliseconds)
{
    uint64_t deadline = TIME_NEVER;

    if (count > FILE_DESCRIPTORS_MAX)
        return (int)libc_result(-EINVAL);
    if (milliseconds == 0)
        deadline = 0;
    else if (milliseconds > 0)
        deadline = time_monotonic() + (uint64_t)milliseconds * NS_PER_MS;
    return (int)libc_result(poll_until(entries, count, deadline));
}

/* NULL: no limit. 0: do not wait. */
static uint64_t deadline_after(const struct timespec *timeout)
{
    if (timeout == NULL)
        return TIME_NEVER;
    if (timeout->tv_sec == 0 && timeout->tv_nsec == 0)
        return 0;
    return time_monotonic() + libc_nanoseconds(timeout);
}

/* The mask would matter if a signal could come while we wait; none can. */
int ppoll(struct pollfd *entries, nfds_t count, const struct timespec *timeout,
          __attribute__((unused)) const sigset_t *mask)
{
    if (count > FILE_DESCRIPTORS_MAX ||
        (timeout != NULL && !libc_timespec_valid(timeout)))
        return (int)libc_result(-EINVAL);
    return (int)libc_result(
        poll_until(entries, count, deadline_after(timeout)));
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

/* Only as much of a set is touched as `highest` says: programs may have no
 * more of it. */
static void clear_set(fd_set *set, int highest)
{
    size_t words = ((size_t)highest + NFDBITS - 1) / NFDBITS;

    if (set != NULL)
        memset(set->fds_bits, 0, words * sizeof(set->fds_bits[0]));
}

static int entries_to_sets(const struct pollfd *entries, nfds_t used,
                           int highest, fd_set *read, fd_set *write,
                           fd_set *other)
{
    int total = 0;

    clear_set(read, highest);
    clear_set(write, highest);
    clear_set(other, highest);
    for (nfds_t i = 0; i < used; i++) {
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

    if (count < 0 || count > FILE_DESCRIPTORS_MAX ||
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
        result = entries_to_sets(entries, used, count, read, write, other);
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
