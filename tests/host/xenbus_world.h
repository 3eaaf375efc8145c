/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus_world.h: what frontends see of xenstore, xenbus and event channels,
 * for host tests: a store of some keys with watches, xenbus' calls in their
 * order, ports. The test is the toolstack and the backend. Before it comes what
 * the device is called:
 *
 *     #define FRONTEND "device/vif/0"
 *     #define BACKEND  "/local/domain/0/backend/vif/5/0"
 */
#ifndef CORACLE_TESTS_HOST_XENBUS_WORLD_H
#define CORACLE_TESTS_HOST_XENBUS_WORLD_H

#include "test.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "lib/string.h"
#include "xen/evtchn.h"
#include "xen/xenbus.h"

/* ---- Xenstore: some keys ---------------------------------------------------
 */

#define KEYS 128

static struct {
    char path[96], value[64];
} keys[KEYS];
static struct {
    char path[96];
    void (*changed)(const char *path, void *argument);
    void *argument;
    bool due;
} watches[4];
static int store_error;                      /* of all writes and watches */
static void (*after_read)(const char *path); /* what happens just then */

static char *key(const char *path, bool make)
{
    for (int i = 0; i < KEYS; i++) {
        if (!strcmp(keys[i].path, path))
            return keys[i].value;
        if (!keys[i].path[0] && make) {
            strcpy(keys[i].path, path);
            return keys[i].value;
        }
    }
    CHECK(!make);
    return NULL;
}

/* One call after the other, as in the thread of the watches. */
static void fire(int due)
{
    static bool running;

    watches[due].due = true;
    for (int i = 0; i < 4 && !running; i++) {
        if (!watches[i].due)
            continue;
        watches[i].due = false;
        running = true;
        watches[i].changed(watches[i].path, watches[i].argument);
        running = false;
        i = -1; /* there may be news */
    }
}

static inline void set(const char *folder, const char *name, const char *value)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    strcpy(key(path, true), value);
    for (int i = 0; i < 4; i++)
        if (watches[i].changed && !strcmp(watches[i].path, path))
            fire(i);
}

/* What the frontend has written as a number; -1: nothing. */
static inline int written(const char *name)
{
    char path[96];
    const char *value;

    snprintf(path, sizeof(path), FRONTEND "/%s", name);
    value = key(path, false);
    return value && *value ? atoi(value) : -1;
}

int xenstore_read(struct xenstore_tx *tx, const char *path, char **value,
                  size_t *length)
{
    const char *found = key(path, false);

    CHECK(tx == XENSTORE_NO_TX && !length);
    if (!found || !*found)
        return -K_ENOENT;
    *value = heap_alloc(strlen(found) + 1);
    if (!*value)
        return -K_ENOMEM;
    strcpy(*value, found);
    return 0;
}

int xenstore_read_number(struct xenstore_tx *tx, const char *path,
                         uint64_t *number)
{
    const char *found = key(path, false);

    CHECK(tx == XENSTORE_NO_TX);
    if (!found || !*found)
        return -K_ENOENT;
    return string_to_number(found, number) ? 0 : -K_EINVAL;
}

int xenstore_watch(const char *path,
                   void (*changed)(const char *path, void *argument),
                   void *argument, struct xenstore_watch **watch)
{
    if (store_error)
        return store_error;
    for (int i = 0; i < 4; i++) {
        if (watches[i].changed)
            continue;
        strcpy(watches[i].path, path);
        watches[i].changed = changed;
        watches[i].argument = argument;
        *watch = (struct xenstore_watch *)&watches[i];
        fire(i); /* xenstored sends the first event at once */
        return 0;
    }
    CHECK(!"a watch was not given back");
    return -1;
}

void xenstore_unwatch(struct xenstore_watch *watch)
{
    memset(watch, 0, sizeof(watches[0]));
}

static inline unsigned int watches_set(void)
{
    unsigned int count = 0;

    for (int i = 0; i < 4; i++)
        count += watches[i].changed != NULL;
    return count;
}

/* ---- Xenbus: the calls, as it makes them ----------------------------------
 */

static struct xenbus_driver *world_driver;
static char bus_path[] = FRONTEND, bus_backend[] = BACKEND;
static struct xenbus_device bus = {
    .path = bus_path, .backend = bus_backend, .backend_domain = 3};

int xenbus_register(struct xenbus_driver *registered)
{
    world_driver = registered;
    return 0;
}

/* Which devices there are by xenstore. */
static unsigned int numbers[200], number_count;

int xenbus_enumerate(const char *type, unsigned int indexes[], size_t max)
{
    CHECK_STRING(type, world_driver->type);
    for (unsigned int i = 0; i < number_count && i < max; i++)
        indexes[i] = numbers[i];
    return (int)number_count;
}

int xenbus_read_number(const struct xenbus_device *device, const char *name,
                       uint64_t absent, uint64_t *number)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/%s", device->backend, name);
    *number = absent;
    if (key(path, false) && xenstore_read_number(XENSTORE_NO_TX, path, number))
        return -K_EINVAL;
    if (after_read)
        after_read(path);
    return 0;
}

int xenbus_write(const struct xenbus_device *device, struct xenstore_tx *tx,
                 const char *name, const char *format, ...)
{
    char value[64];
    va_list arguments;

    CHECK(tx != XENSTORE_NO_TX);
    va_start(arguments, format);
    vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    set(device->path, name, value);
    return store_error;
}

/* What xenbus does from a backend's InitWait to Connected. */
static inline int bring_up(void)
{
    int error = world_driver->probe(&bus);

    if (error)
        return error;
    error = world_driver->publish(&bus, (struct xenstore_tx *)&bus);
    if (!error)
        error = world_driver->connected(&bus);
    if (error)
        world_driver->closing(&bus);
    return error;
}

/* With memory for no allocation, for one, for two... until it comes up, which
 * must be before `most`. Each failure leaves all as it was: is_back() checks.
 */
static inline void bring_up_with_too_little(void (*is_back)(void),
                                            unsigned int most)
{
    int error = -K_ENOMEM;

    for (unsigned int some = 0; error; some++) {
        allocations_left = some;
        error = bring_up();
        allocations_left = ~0u;
        CHECK(error == 0 || error == -K_ENOMEM);
        if (error)
            is_back();
        CHECK(some < most);
    }
}

/* ---- Event channels --------------------------------------------------------
 */

#define PORTS 80

static struct {
    evtchn_handler handler;
    void *argument;
    unsigned int cpu, notified, unmasked;
} ports[PORTS];
static unsigned int ports_left = PORTS;

int evtchn_bind_unbound(uint16_t remote, evtchn_handler handler, void *argument,
                        unsigned int flags)
{
    CHECK(remote == 3 && flags == EVTCHN_LATE);
    for (int i = 1; i < PORTS && ports_left > 0; i++) {
        if (ports[i].handler)
            continue;
        memset(&ports[i], 0, sizeof(ports[i]));
        ports[i].handler = handler;
        ports[i].argument = argument;
        ports_left--;
        return i;
    }
    return -K_ENOSPC;
}

void evtchn_close(uint32_t port)
{
    CHECK(ports[port].handler);
    ports[port].handler = NULL;
    ports_left++;
}

int evtchn_steer(uint32_t port, unsigned int cpu)
{
    ports[port].cpu = cpu;
    return 0;
}

void evtchn_unmask(uint32_t port)
{
    CHECK(ports[port].handler);
    ports[port].unmasked++;
}

void evtchn_notify(uint32_t port)
{
    CHECK(ports[port].handler);
    ports[port].notified++;
}

#endif
