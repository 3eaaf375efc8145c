/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus.h: frontends, and the handshake that connects them to their backends.
 *
 * A driver says which type of device it serves and what to do at four moments;
 * xenbus finds the devices (device/TYPE/N in the domain's home), watches their
 * backends and makes the calls, in its own thread, one at a time. It does so
 * for devices that are there at the start, are plugged in later, go away, or
 * whose backend restarts. xenbus_state.h draws the handshake.
 */
#ifndef CORACLE_XEN_XENBUS_H
#define CORACLE_XEN_XENBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/list.h"
#include "xen/xenbus_state.h"
#include "xen/xenstore.h"

struct xenbus_device;

/*
 * One type of device. All its functions run in thread context and may use
 * xenstore; while one blocks, other devices wait. probe, publish and connected
 * return 0 or a negative errno, which closes the device.
 */
struct xenbus_driver {
    const char *type; /* "vif", "vbd", ... */

    /* The state to tell when published: XenbusStateInitialised (blkif.h) or
     * XenbusStateConnected (netback wants it). */
    enum xenbus_state published;

    /* How long the backend may take for a step, in ns. 0: 60 s. */
    uint64_t patience;

    /* The backend's features are there: read them, allocate what is needed. */
    int (*probe)(struct xenbus_device *device);

    /* Write the keys of the frontend in `tx`, and do nothing else: this runs
     * again when the transaction must be tried again. */
    int (*publish)(struct xenbus_device *device, struct xenstore_tx *tx);

    /* The backend is connected: read what it wrote meanwhile, go. */
    int (*connected)(struct xenbus_device *device);

    /* The backend is Closing, and serves us until we are Closed: begin nothing
     * more, and wait, for seconds at most, until what is on its way is
     * answered. May be NULL. */
    void (*drain)(struct xenbus_device *device);

    /* The backend has let go, or had its time (then grants may be in use
     * still: grant_revoke() tells). Give back what probe took. Called exactly
     * once for each probe that returned 0. */
    void (*closing)(struct xenbus_device *device);

    /* Of xenbus.c. */
    struct list link;
    struct list devices;
};

/* What a driver may read of a device; `data` is its own. */
struct xenbus_device {
    struct xenbus_driver *driver;
    unsigned int index; /* N of device/TYPE/N */
    uint16_t backend_domain;
    char *path;    /* "device/vif/0" */
    char *backend; /* "/local/domain/0/backend/vif/5/0" */
    void *data;

    /* Of xenbus.c. */
    struct list link;
    enum xenbus_phase phase;
    uint64_t deadline;
    bool probed;
    unsigned int restarts; /* since it was last connected */
    bool given_up;
    enum xenbus_state given_up_at;
    struct xenstore_watch *watch;
};

/* Serve devices of `driver` from now on, for ever. 0, -K_ENOMEM, or an error of
 * xenstore_watch(). Thread context. */
MUST_CHECK int xenbus_register(struct xenbus_driver *driver);

/* Wait until device `index` of `driver` is connected. 0 or -K_ETIMEDOUT. Thread
 * context, but not from one of the driver's functions. */
MUST_CHECK int xenbus_wait(struct xenbus_driver *driver, unsigned int index,
                           uint64_t deadline);

/* The numbers of the devices of `type` that the domain has, at most `max` of
 * them. How many there are in all, or a negative errno. Thread context. */
MUST_CHECK int xenbus_enumerate(const char *type, unsigned int indexes[],
                                size_t max);

/*
 * A key below the backend's path, as a string (free it with heap_free()) or as
 * a number, which is `absent` if there is no such key. 0 or a negative errno.
 */
MUST_CHECK int xenbus_read(const struct xenbus_device *device, const char *key,
                           char **value);
MUST_CHECK int xenbus_read_number(const struct xenbus_device *device,
                                  const char *key, uint64_t absent,
                                  uint64_t *number);

/* Write a key below the device's own path; values up to 127 bytes. */
PRINTF_LIKE(4, 5)
MUST_CHECK int xenbus_write(const struct xenbus_device *device,
                            struct xenstore_tx *tx, const char *key,
                            const char *format, ...);

#endif
