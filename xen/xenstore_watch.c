/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenstore_watch.c: watches, and the thread that delivers them.
 *
 * xenstored sends an event for each change below a watched path, and one when
 * the watch is registered. The thread that reads answers only queues it here;
 * the thread "watch" takes events out in order and calls the watch's function,
 * which may therefore use xenstore itself.
 *
 * The token that comes back with an event is a small number, looked up in the
 * list of watches; an event for a number that is gone is dropped. An event
 * equal to one that still waits is dropped too: the function will look at the
 * state of things after both changes. If there is no memory for an event, the
 * watch is marked and reported as changed at its top; nothing is lost silently.
 *
 * A watch is freed when nobody can hold it any more: xenstore_unwatch() takes
 * it off the list, then waits until its function is not running. The function
 * itself may call xenstore_unwatch(): then the delivering thread frees it.
 *
 * One spinlock guards everything here. The list of watches is kept complete so
 * that a resumed domain can register them all again.
 */
#include "coracle/errno.h"
#include "coracle/list.h"
#include "coracle/memory.h"
#include "coracle/thread.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "xen/xenstore.h"
#include "xen/xenstore_link.h"

#define TOKEN_SIZE 11 /* of a 32-bit number and its NUL */

struct xenstore_watch {
    struct list link; /* in watches.all; alone once it is unwatched */
    uint32_t id;
    bool lost; /* an event that there was no memory for */
    void (*changed)(const char *path, void *argument);
    void *argument;
    char path[];
};

struct event {
    struct list link; /* in watches.events */
    uint32_t id;
    char path[];
};

static struct {
    struct spinlock lock; /* guards all below */
    struct list all;
    struct list events;
    uint32_t last_id;
    bool lost; /* some watch has `lost` set */
    struct waitq queued;
    struct thread *thread;          /* the one that delivers */
    struct xenstore_watch *running; /* whose function is being called */
    bool abandoned;                 /* `running` was unwatched by itself */
    struct waitq returned;
} watches = {
    .lock = SPINLOCK_INIT,
    .all = LIST_INIT(watches.all),
    .events = LIST_INIT(watches.events),
    .queued = WAITQ_INIT(watches.queued),
    .returned = WAITQ_INIT(watches.returned),
};

/* ---- Events come in ------------------------------------------------------ */

static struct xenstore_watch *find_watch(uint32_t id)
{
    list_for_each (node, &watches.all) {
        struct xenstore_watch *watch =
            container_of(node, struct xenstore_watch, link);

        if (watch->id == id)
            return watch;
    }
    return NULL;
}

static bool is_queued(uint32_t id, const char *path)
{
    list_for_each (node, &watches.events) {
        struct event *event = container_of(node, struct event, link);

        if (event->id == id && !strcmp(event->path, path))
            return true;
    }
    return false;
}

static void queue_event(struct xenstore_watch *watch, const char *path)
{
    size_t size = strlen(path) + 1;
    struct event *event = heap_alloc(sizeof(*event) + size);

    if (event) {
        event->id = watch->id;
        memcpy(event->path, path, size);
        list_add_tail(&watches.events, &event->link);
    } else {
        watch->lost = watches.lost = true;
    }
    waitq_wake_one(&watches.queued);
}

void xs_watch_event(const char *payload, size_t size)
{
    struct xenstore_watch *watch;
    const char *path;
    uint32_t id;

    /* One bad event concerns nobody: the stream itself is still whole. */
    if (xs_decode_event(payload, size, &path, &id))
        return;
    spin_lock(&watches.lock);
    watch = find_watch(id);
    if (watch && !is_queued(id, path))
        queue_event(watch, path);
    spin_unlock(&watches.lock);
}

/* ---- Events go out ------------------------------------------------------- */

/* Call `watch`'s function. Locked before and after. */
static void run(struct xenstore_watch *watch, const char *path)
{
    watches.running = watch;
    spin_unlock(&watches.lock);
    watch->changed(path, watch->argument);
    spin_lock(&watches.lock);
    watches.running = NULL;
    if (watches.abandoned)
        heap_free(watch);
    watches.abandoned = false;
    waitq_wake_all(&watches.returned);
}

/* Tell one watch that lost events that something below it changed. Locked. */
static void run_lost(void)
{
    list_for_each (node, &watches.all) {
        struct xenstore_watch *watch =
            container_of(node, struct xenstore_watch, link);

        if (watch->lost) {
            watch->lost = false;
            run(watch, watch->path);
            return; /* the list may be another one by now */
        }
    }
    watches.lost = false;
}

static void deliver(void *argument)
{
    (void)argument;
    spin_lock(&watches.lock);
    for (;;) {
        struct event *event = list_first(&watches.events, struct event, link);
        struct xenstore_watch *watch;

        if (event) {
            list_del(&event->link);
            watch = find_watch(event->id);
            if (watch)
                run(watch, event->path);
            heap_free(event);
        } else if (watches.lost) {
            run_lost();
        } else {
            waitq_wait(&watches.queued, &watches.lock, TIME_NEVER);
        }
    }
}

int xs_watch_init(void)
{
    watches.thread = thread_create("watch", deliver, NULL, 0);
    if (!watches.thread)
        return -K_ENOMEM;
    thread_detach(watches.thread);
    return 0;
}

/* ---- Registering --------------------------------------------------------- */

/* XS_WATCH or XS_UNWATCH for `watch`. */
static int call_for(uint32_t type, const struct xenstore_watch *watch)
{
    char token[TOKEN_SIZE];
    struct xs_part parts[2];

    string_format(token, sizeof(token), "%u", watch->id);
    parts[0] = xs_string(watch->path);
    parts[1] = xs_string(token);
    return xs_call(type, 0, parts, ARRAY_SIZE(parts), NULL, NULL);
}

static void enlist(struct xenstore_watch *watch)
{
    spin_lock(&watches.lock);
    do {
        watch->id = ++watches.last_id;
    } while (watch->id == 0 || find_watch(watch->id));
    list_add_tail(&watches.all, &watch->link);
    spin_unlock(&watches.lock);
}

/* Off the list; free it now or, if its function calls us, when that returns. */
static void dismiss(struct xenstore_watch *watch)
{
    spin_lock(&watches.lock);
    list_del(&watch->link);
    if (thread_self() == watches.thread && watches.running == watch) {
        watches.abandoned = true;
        spin_unlock(&watches.lock);
        return;
    }
    while (watches.running == watch)
        waitq_wait(&watches.returned, &watches.lock, TIME_NEVER);
    spin_unlock(&watches.lock);
    heap_free(watch);
}

int xenstore_watch(const char *path,
                   void (*changed)(const char *path, void *argument),
                   void *argument, struct xenstore_watch **result)
{
    size_t size = strlen(path) + 1;
    struct xenstore_watch *watch;
    int error;

    watch = heap_alloc_zeroed(1, sizeof(*watch) + size);
    if (!watch)
        return -K_ENOMEM;
    watch->changed = changed;
    watch->argument = argument;
    memcpy(watch->path, path, size);
    /* Both before xenstored hears of it: the first event may come at once. */
    *result = watch;
    enlist(watch);
    error = call_for(XS_WATCH, watch);
    if (error) {
        *result = NULL;
        dismiss(watch);
    }
    return error;
}

void xenstore_unwatch(struct xenstore_watch *watch)
{
    /* If it fails, its events will find no watch. */
    (void)!call_for(XS_UNWATCH, watch);
    dismiss(watch);
}
