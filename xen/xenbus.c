/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus.c: finds devices, and looks after them when something changes.
 *
 * One thread, "xenbus", does everything. Watches on device/TYPE and on each
 * backend's state only set the flag `dirty` and wake it; then it looks at the
 * whole truth again: which devices are there, and for each, what the state of
 * its backend is and what follows from that. So a change that was missed,
 * merged with another or seen twice makes no difference. A guest has a handful
 * of devices, and looking at one costs two reads.
 *
 * The lists of drivers and devices and the phases change only in that thread
 * (but for new drivers), under the spinlock, so that others can look at them.
 *
 * A device whose `backend` key has changed is another device: the old one is
 * closed and forgotten first. Left out: taking a driver away again.
 */
#include <stdint.h>
#include <xen/xen.h>
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/thread.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "xen/xenbus.h"
#include "xen/xenbus_device.h"

#define PATIENCE (60 * NS_PER_S)

static struct {
    struct spinlock lock; /* guards all below, and phases and device lists */
    struct list drivers;
    bool dirty;
    struct waitq look;    /* the thread waits for `dirty` */
    struct waitq changed; /* xenbus_wait() waits for a phase */
    bool started;         /* the thread */
} bus = {
    .lock = SPINLOCK_INIT,
    .drivers = LIST_INIT(bus.drivers),
    .look = WAITQ_INIT(bus.look),
    .changed = WAITQ_INIT(bus.changed),
};

/* ---- One device --------------------------------------------------------- */

static uint64_t patience(const struct xenbus_driver *driver)
{
    return driver->patience ? driver->patience : PATIENCE;
}

void xenbus_enter(struct xenbus_device *device, enum xenbus_phase phase)
{
    device->deadline = xenbus_phase_is_timed(phase)
                           ? time_monotonic() + patience(device->driver)
                           : TIME_NEVER;
    spin_lock(&bus.lock);
    device->phase = phase;
    waitq_wake_all(&bus.changed);
    spin_unlock(&bus.lock);
}

static void forget(struct xenbus_device *device)
{
    spin_lock(&bus.lock);
    list_del(&device->link);
    spin_unlock(&bus.lock);
    if (device->watch)
        xenstore_unwatch(device->watch);
    heap_free(device->backend);
    heap_free(device->path);
    heap_free(device);
}

/* ---- Which devices there are --------------------------------------------- */

/* Any watch of ours fired. */
static void on_change(const char *path, void *argument)
{
    (void)path;
    (void)argument;
    spin_lock(&bus.lock);
    bus.dirty = true;
    waitq_wake_all(&bus.look);
    spin_unlock(&bus.lock);
}

/* What xenstore says about the device whose path is set. */
static int read_device(struct xenbus_device *device)
{
    char path[XENBUS_PATH_SIZE];
    uint64_t domain = 0;
    int error;

    error = xenbus_join(path, device->path, "backend");
    if (!error)
        error = xenstore_read(XENSTORE_NO_TX, path, &device->backend, NULL);
    if (!error)
        error = xenbus_join(path, device->path, "backend-id");
    if (!error)
        error = xenstore_read_number(XENSTORE_NO_TX, path, &domain);
    if (!error && domain >= DOMID_FIRST_RESERVED) {
        printk("xenbus: %s: expected a domain's number, not %llu\n", path,
               (unsigned long long)domain);
        error = -K_ERANGE;
    }
    if (!error)
        error = xenbus_join(path, device->backend, "state");
    if (!error)
        error = xenstore_watch(path, on_change, NULL, &device->watch);
    device->backend_domain = (uint16_t)domain;
    return error;
}

static void add_device(struct xenbus_driver *driver, unsigned int index)
{
    struct xenbus_device *device = heap_alloc_zeroed(1, sizeof(*device));

    if (!device)
        return; /* the next look tries again */
    list_init(&device->link);
    device->driver = driver;
    device->index = index;
    device->path = heap_alloc(XENBUS_PATH_SIZE);
    if (!device->path ||
        string_format(device->path, XENBUS_PATH_SIZE, "device/%s/%u",
                      driver->type, index) >= XENBUS_PATH_SIZE ||
        read_device(device)) {
        forget(device); /* not whole: being set up, or being taken away */
        return;
    }
    xenbus_enter(device, XENBUS_WAITING);
    spin_lock(&bus.lock);
    list_add_tail(&driver->devices, &device->link);
    spin_unlock(&bus.lock);
}

static struct xenbus_device *find_device(struct xenbus_driver *driver,
                                         unsigned int index)
{
    list_for_each (node, &driver->devices) {
        struct xenbus_device *device =
            container_of(node, struct xenbus_device, link);

        if (device->index == index)
            return device;
    }
    return NULL;
}

/* Call `found` for the number of every device of `type`. */
static int scan(const char *type, void (*found)(unsigned int, void *),
                void *argument)
{
    char path[XENBUS_PATH_SIZE];
    uint64_t number;
    size_t count;
    char **names;
    int error = xenbus_join(path, "device", type);

    if (!error)
        error = xenstore_list(XENSTORE_NO_TX, path, &names, &count);
    if (error)
        return error == -K_ENOENT ? 0 : error;
    for (size_t i = 0; i < count; i++)
        if (string_to_number(names[i], &number) && number <= UINT32_MAX)
            found((unsigned int)number, argument);
    heap_free(names);
    return 0;
}

static void add_if_new(unsigned int index, void *argument)
{
    struct xenbus_driver *driver = argument;

    if (!find_device(driver, index))
        add_device(driver, index);
}

/* All devices of one driver. Returns when the first of them has to be looked
 * at again even if nothing changes. */
static uint64_t look_at_driver(struct xenbus_driver *driver)
{
    uint64_t next = TIME_NEVER;

    if (scan(driver->type, add_if_new, driver))
        printk("xenbus: cannot list devices of type %s\n", driver->type);
    list_for_each_safe (node, after, &driver->devices) {
        struct xenbus_device *device =
            container_of(node, struct xenbus_device, link);

        if (!xenbus_advance(device))
            forget(device);
        else if (device->deadline < next)
            next = device->deadline;
    }
    return next;
}

static void serve(void *argument)
{
    uint64_t next, deadline;

    (void)argument;
    for (;;) {
        next = TIME_NEVER;
        /* Drivers are only ever added, at the end. */
        list_for_each (node, &bus.drivers) {
            deadline =
                look_at_driver(container_of(node, struct xenbus_driver, link));
            if (deadline < next)
                next = deadline;
        }
        spin_lock(&bus.lock);
        while (!bus.dirty &&
               waitq_wait(&bus.look, &bus.lock, next) != -K_ETIMEDOUT)
            ;
        bus.dirty = false;
        spin_unlock(&bus.lock);
    }
}

/* ---- For drivers --------------------------------------------------------- */

/* Start the thread with the first driver. */
static int start(void)
{
    struct thread *thread;
    bool started;

    spin_lock(&bus.lock);
    started = bus.started;
    bus.started = true;
    spin_unlock(&bus.lock);
    if (started)
        return 0;
    thread = thread_create("xenbus", serve, NULL, 0);
    if (thread) {
        thread_detach(thread);
        return 0;
    }
    spin_lock(&bus.lock);
    bus.started = false;
    spin_unlock(&bus.lock);
    return -K_ENOMEM;
}

int xenbus_register(struct xenbus_driver *driver)
{
    struct xenstore_watch *watch;
    char path[XENBUS_PATH_SIZE];
    int error;

    list_init(&driver->devices);
    error = xenbus_join(path, "device", driver->type);
    if (!error)
        error = start();
    if (!error)
        error = xenstore_watch(path, on_change, NULL, &watch);
    if (error)
        return error;
    spin_lock(&bus.lock);
    list_add_tail(&bus.drivers, &driver->link);
    spin_unlock(&bus.lock);
    /* The watch's first event may have come before the driver was listed. */
    on_change(path, NULL);
    return 0;
}

int xenbus_wait(struct xenbus_driver *driver, unsigned int index,
                uint64_t deadline)
{
    struct xenbus_device *device;
    int error = 0;

    spin_lock(&bus.lock);
    for (;;) {
        device = find_device(driver, index);
        if (device && device->phase == XENBUS_CONNECTED)
            break;
        error = waitq_wait(&bus.changed, &bus.lock, deadline);
        if (error)
            break;
    }
    spin_unlock(&bus.lock);
    return error;
}

struct enumeration {
    unsigned int *indexes;
    size_t max;
    size_t count;
};

static void note_index(unsigned int index, void *argument)
{
    struct enumeration *all = argument;

    if (all->count < all->max)
        all->indexes[all->count] = index;
    all->count++;
}

int xenbus_enumerate(const char *type, unsigned int indexes[], size_t max)
{
    struct enumeration all = {indexes, max, 0};
    int error = scan(type, note_index, &all);

    return error ? error : (int)all.count;
}
