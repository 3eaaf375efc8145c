/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.c: the process's signals, for elements that want them.
 *
 * A signal only leaves a bit, as it comes at any time; the routers that wait
 * for it find that in their next round.
 */
#include <errno.h>
#include <signal.h>
#include "lib/click/state.h"

#define SIGNALS 32

static volatile sig_atomic_t caught[SIGNALS];
static volatile sig_atomic_t any;

/* What each was before elements wanted it, and how many do. */
static struct {
    void (*before)(int number);
    unsigned int users;
} taken[SIGNALS];

struct watcher {
    struct element *element;
    uint32_t signals;
    void (*caught)(struct element *element);
};

#define WATCHERS 16

struct watchers {
    struct watcher list[WATCHERS];
    unsigned int count;
};

static void on_signal(int number)
{
    signal(number, on_signal);
    caught[number] = 1;
    any = 1;
}

static void release(struct watcher *watcher)
{
    for (int number = 1; number < SIGNALS; number++)
        if ((watcher->signals >> number & 1) && --taken[number].users == 0)
            signal(number, taken[number].before);
    watcher->signals = 0;
}

int router_catch_signals(struct element *element, uint32_t signals,
                         void (*function)(struct element *element))
{
    struct watchers *watchers =
        router_share(element->router, "signals", sizeof(*watchers), NULL);
    struct watcher *watcher;

    if (!watchers || watchers->count == WATCHERS)
        return -ENOMEM;
    watcher = &watchers->list[watchers->count++];
    *watcher = (struct watcher){element, 0, function};
    element->router->watchers = watchers;
    for (int number = 1; number < SIGNALS; number++) {
        void (*before)(int) = taken[number].before;

        if (!(signals >> number & 1))
            continue;
        if (taken[number].users == 0)
            before = signal(number, on_signal);
        if (before == SIG_ERR) {
            release(watcher);
            return -EINVAL;
        }
        taken[number].before = before;
        taken[number].users++;
        watcher->signals |= 1u << number;
    }
    return 0;
}

void router_ignore_signals(struct element *element)
{
    struct watchers *watchers = element->router->watchers;

    for (unsigned int i = 0; watchers && i < watchers->count; i++)
        if (watchers->list[i].element == element)
            release(&watchers->list[i]);
}

bool signals_pending(const struct router *router)
{
    return router->watchers && any;
}

void signals_run(struct router *router)
{
    struct watchers *watchers = router->watchers;
    uint32_t signals = 0;

    if (!watchers || !any)
        return;
    any = 0;
    for (int number = 1; number < SIGNALS; number++)
        if (caught[number]) {
            caught[number] = 0;
            signals |= 1u << number;
        }
    for (unsigned int i = 0; i < watchers->count; i++)
        if (watchers->list[i].signals & signals)
            watchers->list[i].caught(watchers->list[i].element);
}
