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

int router_catch_signals(struct element *element, uint32_t signals,
                         void (*function)(struct element *element))
{
    struct watchers *watchers =
        router_share(element->router, "signals", sizeof(*watchers), NULL);

    if (!watchers || watchers->count == WATCHERS)
        return -ENOMEM;
    for (int number = 1; number < SIGNALS; number++)
        if ((signals >> number & 1) && signal(number, on_signal) == SIG_ERR)
            return -EINVAL;
    watchers->list[watchers->count++] =
        (struct watcher){element, signals, function};
    element->router->watchers = watchers;
    return 0;
}

void router_ignore_signals(struct element *element)
{
    struct watchers *watchers = element->router->watchers;
    uint32_t gone = 0, wanted = 0;

    for (unsigned int i = 0; watchers && i < watchers->count; i++) {
        struct watcher *watcher = &watchers->list[i];

        if (watcher->element == element) {
            gone |= watcher->signals;
            watcher->signals = 0;
        }
        wanted |= watcher->signals;
    }
    for (int number = 1; number < SIGNALS; number++)
        if ((gone & ~wanted) >> number & 1)
            signal(number, SIG_DFL);
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
