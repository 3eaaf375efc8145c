/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.c: who wants to know when a file becomes ready.
 *
 * Every file has a list of watches. A poll() that finds nothing ready hangs one
 * of its own into the list of each file it was given, and sleeps; an epoll set
 * leaves one there for as long as it holds the file. Whoever changes a file
 * calls file_changed(), which tells those that asked for it. So a change costs
 * as much as there are watchers of *that* file, most often none or one, and no
 * one has to ask a thousand connections which of them it was.
 *
 * A watcher begins to watch and asks afterwards; the file changes its state and
 * tells afterwards. Both happen under watch_lock, so one of the two must see
 * the other: no change falls between asking and sleeping.
 *
 * Concurrency: one lock for all lists, taken for a few instructions and in any
 * context. It comes before the locks of the files' own states (file_ready()
 * asks them), so file_changed() must be called without those.
 */
#include <poll.h>
#include "lib/libc/file.h"

struct spinlock watch_lock = SPINLOCK_INIT;

void file_watch(struct file_watch *watch, struct file *file)
{
    watch->file = file;
    list_add_tail(&file->watches, &watch->link);
}

void file_unwatch(struct file_watch *watch)
{
    if (watch->file != NULL)
        list_del(&watch->link);
    watch->file = NULL;
}

short file_ready(struct file *file, short events)
{
    short ready = POLLIN | POLLOUT;

    if (file->ops->poll != NULL)
        ready = file->ops->poll(file);
    if (ready & POLLIN)
        ready |= POLLRDNORM;
    if (ready & POLLOUT)
        ready |= POLLWRNORM;
    return ready & (events | FILE_ALWAYS);
}

void file_changed_locked(struct file *file, short events)
{
    if (events & POLLIN)
        events |= POLLRDNORM;
    if (events & POLLOUT)
        events |= POLLWRNORM;
    /* A watch may end in its own call. */
    list_for_each_safe (node, after, &file->watches) {
        struct file_watch *watch = container_of(node, struct file_watch, link);
        short asked = events & (watch->events | FILE_ALWAYS);

        if (asked != 0)
            watch->told(watch, asked);
    }
}

void file_changed(struct file *file, short events)
{
    spin_lock(&watch_lock);
    file_changed_locked(file, events);
    spin_unlock(&watch_lock);
}

void file_watch_end(struct file *file)
{
    spin_lock(&watch_lock);
    while (!list_empty(&file->watches)) {
        struct file_watch *watch =
            list_first(&file->watches, struct file_watch, link);

        file_unwatch(watch);
        watch->told(watch, POLLNVAL);
    }
    spin_unlock(&watch_lock);
}
