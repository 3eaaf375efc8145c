/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen.c: grants, event channels and xenstore.
 *
 * grants: pages are lent and taken back, the copies that Xen makes from them
 * carry the right bytes, and what was taken back cannot be copied. events:
 * channels from this domain to itself; each notification is seen in the end,
 * while other players steer the port from CPU to CPU, hold it back, and close
 * and open it again; a handler never runs twice at once, and never after the
 * close. xenstore (where there is one): counters in transactions.
 */
#include <stdio.h>
#include <stdlib.h>
#include "arch/x86/hypercall.h"
#include "arch/x86/pagetable.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "torture.h"
#include "xen/evtchn.h"
#include "xen/grant.h"
#include "xen/xenstore.h"

/* ---- grants ---------------------------------------------------------------
 */

/* On bare Xen we are dom0; under xl we may not grant to ourselves by number,
 * and lend to dom0, which does not care. */
#define OTHER 0

/* Xen's status of a copy of a granted page into `to`. */
static int copy_from(gref_t gref, void *to)
{
    struct gnttab_copy copy = {
        .source = {.u.ref = gref, .domid = DOMID_SELF},
        .dest = {.u.gmfn = mfn_of(to).n, .domid = DOMID_SELF},
        .len = PAGE_SIZE,
        .flags = GNTCOPY_source_gref,
    };

    CHECK_EQUAL(xen_grant_table_op(GNTTABOP_copy, &copy, 1), 0);
    return copy.status;
}

static void play_grants(struct player *player)
{
    unsigned long *page = page_alloc(0), *copy = page_alloc(0);
    uint32_t word = random_below(player, PAGE_SIZE / sizeof(long));
    gref_t gref;

    doing(player, "grant_give()");
    CHECK(page && copy);
    CHECK_EQUAL(grant_give(OTHER, page, random_below(player, 2), &gref), 0);
    CHECK(!grant_in_use(gref));
    if (!xenstore_present() && random_below(player, 2)) {
        page[word] = (unsigned long)page ^ player->steps;
        copy[word] = 0;
        CHECK_EQUAL(copy_from(gref, copy), GNTST_okay);
        CHECK_EQUAL(copy[word], (unsigned long)page ^ player->steps);
    }
    doing(player, "grant_revoke()");
    CHECK_EQUAL(grant_revoke(gref), 0);
    page_free(copy, 0);
    page_free(page, 0);
}

/* ---- events ---------------------------------------------------------------
 */

#define CHANNELS 3

static struct channel {
    struct mutex mutex; /* held to open, close, steer or hold back */
    uint32_t port, far; /* our two ends; mutex */
    bool late;          /* bound with EVTCHN_LATE; mutex */
    struct spinlock lock;
    struct waitq waiters;
    unsigned long seen; /* lock */
    atomic_ulong sent;
    atomic_bool open, busy;
} channels[CHANNELS];

EVENT_CONTEXT static void on_event(uint32_t port, void *argument)
{
    struct channel *c = argument;

    (void)port;
    CHECK(atomic_load(&c->open));
    CHECK(!atomic_exchange(&c->busy, true));
    spin_lock(&c->lock);
    c->seen = atomic_load(&c->sent);
    waitq_wake_all(&c->waiters);
    spin_unlock(&c->lock);
    atomic_store(&c->busy, false);
}

/* A port of ours, and another one of ours bound to it. */
static void open_channel(struct channel *c, bool late)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};
    int port;

    atomic_store(&c->open, true);
    c->late = late;
    port = evtchn_bind_unbound(DOMID_SELF, on_event, c, late ? EVTCHN_LATE : 0);
    CHECK(port >= 0);
    c->port = bind.remote_port = (uint32_t)port;
    CHECK_EQUAL(xen_event_channel_op(EVTCHNOP_bind_interdomain, &bind), 0);
    c->far = bind.local_port;
}

static void close_channel(struct channel *c)
{
    struct evtchn_close close = {.port = c->far};

    evtchn_close(c->port);
    CHECK(!atomic_load(&c->busy));
    atomic_store(&c->open, false);
    CHECK_EQUAL(xen_event_channel_op(EVTCHNOP_close, &close), 0);
}

static void begin_events(void)
{
    for (int i = 0; i < CHANNELS; i++) {
        struct channel *c = &channels[i];

        *c = (struct channel){.seen = 0};
        mutex_init(&c->mutex);
        waitq_init(&c->waiters);
        open_channel(c, false);
    }
}

/* Send, and wait until the handler has run after that; without a limit. A late
 * port may still be held back since what somebody sent before. */
static void notify(struct player *player, struct channel *c)
{
    unsigned long number = atomic_fetch_add(&c->sent, 1) + 1;

    evtchn_notify(c->far);
    if (c->late)
        evtchn_unmask(c->port);
    doing(player, "waits for an event, no limit");
    spin_lock(&c->lock);
    while (c->seen < number)
        (void)waitq_wait(&c->waiters, &c->lock, TIME_NEVER);
    spin_unlock(&c->lock);
}

static void meddle(struct player *player, struct channel *c)
{
    int error;

    switch (random_below(player, 8)) {
    case 0:
        close_channel(c);
        open_channel(c, random_below(player, 4) == 0);
        break;
    case 1:
        evtchn_mask(c->port);
        evtchn_notify(c->far);
        thread_sleep(random_below(player, 100) * NS_PER_US);
        evtchn_unmask(c->port);
        break;
    default: /* again if that CPU has left just then */
        do
            error = evtchn_steer(
                c->port, (unsigned int)__builtin_ctzl(random_cpus(player)));
        while (error == -K_EINVAL);
        CHECK_EQUAL(error, 0);
    }
}

/*
 * The mutex keeps ports from being closed under a notifier; steering goes on
 * beside notifications sent just before it was taken.
 */
static void play_events(struct player *player)
{
    struct channel *c = &channels[random_below(player, CHANNELS)];

    doing(player, "takes a channel's mutex");
    mutex_lock(&c->mutex);
    if (player->number % 2) {
        notify(player, c);
    } else {
        doing(player, "steers, masks or closes a port");
        for (uint32_t n = random_below(player, 4); n > 0; n--)
            evtchn_notify(c->far);
        meddle(player, c);
        if (random_below(player, 2))
            notify(player, c);
    }
    mutex_unlock(&c->mutex);
}

static void end_events(void)
{
    for (int i = 0; i < CHANNELS; i++)
        close_channel(&channels[i]);
}

/* ---- xenstore -------------------------------------------------------------
 */

static atomic_ulong store_added;

static int add_one(struct xenstore_tx *tx, void *argument)
{
    uint64_t number;
    int error = xenstore_read_number(tx, "data/torture", &number);

    (void)argument;
    if (error)
        return error;
    return xenstore_write(tx, "data/torture", "%llu",
                          (unsigned long long)number + 1);
}

static void begin_store(void)
{
    atomic_store(&store_added, 0);
    if (xenstore_present())
        CHECK_EQUAL(xenstore_write(XENSTORE_NO_TX, "data/torture", "0"), 0);
}

static void play_store(struct player *player)
{
    char path[32], *value;

    if (!xenstore_present()) {
        doing(player, "has no xenstore");
        thread_sleep(10 * NS_PER_MS);
        return;
    }
    snprintf(path, sizeof(path), "data/torture-%u", player->number);
    doing(player, "xenstore_write()");
    CHECK_EQUAL(xenstore_write(XENSTORE_NO_TX, path, "%lu", player->steps), 0);
    doing(player, "xenstore_read()");
    CHECK_EQUAL(xenstore_read(XENSTORE_NO_TX, path, &value, NULL), 0);
    CHECK_EQUAL(strtoul(value, NULL, 10), player->steps);
    heap_free(value);
    doing(player, "xenstore_transaction()");
    if (!xenstore_transaction(add_one, NULL)) /* or too many were faster */
        atomic_fetch_add(&store_added, 1);
}

static void end_store(void)
{
    uint64_t number;

    if (!xenstore_present())
        return;
    CHECK_EQUAL(xenstore_read_number(XENSTORE_NO_TX, "data/torture", &number),
                0);
    CHECK_EQUAL(number, atomic_load(&store_added));
}

const struct game xen_games[] = {
    {"grants", 3, NULL, play_grants, NULL, NULL},
    {"events", 5, begin_events, play_events, NULL, end_events},
    {"store", 2, begin_store, play_store, NULL, end_store},
    {0},
};
