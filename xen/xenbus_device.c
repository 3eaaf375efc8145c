/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus_device.c: one device's share of the handshake: look at xenstore, ask
 * xenbus_state.c what to do, do it.
 *
 * Everything here but the functions of xenbus.h runs in the thread "xenbus",
 * which alone changes a device. The device's phase, which others read, is
 * changed through xenbus_enter(). Sources: <xen/io/xenbus.h>.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/time.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "xen/xenbus.h"
#include "xen/xenbus_device.h"

#define VALUE_SIZE 128

/* How often to start again without ever being connected in between. */
#define RESTARTS_MAX 3

/* ---- Keys ---------------------------------------------------------------- */

int xenbus_join(char path[XENBUS_PATH_SIZE], const char *folder,
                const char *key)
{
    int length = string_format(path, XENBUS_PATH_SIZE, "%s/%s", folder, key);

    return length < XENBUS_PATH_SIZE ? 0 : -K_EMSGSIZE;
}

int xenbus_read(const struct xenbus_device *device, const char *key,
                char **value)
{
    char path[XENBUS_PATH_SIZE];
    int error = xenbus_join(path, device->backend, key);

    return error ? error : xenstore_read(XENSTORE_NO_TX, path, value, NULL);
}

int xenbus_read_number(const struct xenbus_device *device, const char *key,
                       uint64_t absent, uint64_t *number)
{
    char path[XENBUS_PATH_SIZE];
    int error = xenbus_join(path, device->backend, key);

    if (!error)
        error = xenstore_read_number(XENSTORE_NO_TX, path, number);
    if (error == -K_ENOENT) {
        *number = absent;
        error = 0;
    }
    return error;
}

int xenbus_write(const struct xenbus_device *device, struct xenstore_tx *tx,
                 const char *key, const char *format, ...)
{
    char path[XENBUS_PATH_SIZE], value[VALUE_SIZE];
    va_list arguments;
    int length, error;

    va_start(arguments, format);
    length = string_vformat(value, sizeof(value), format, arguments);
    va_end(arguments);
    if (length >= VALUE_SIZE)
        return -K_EMSGSIZE;
    error = xenbus_join(path, device->path, key);
    return error ? error : xenstore_write(tx, path, "%s", value);
}

static int tell(const struct xenbus_device *device, struct xenstore_tx *tx,
                enum xenbus_state state)
{
    return xenbus_write(device, tx, "state", "%d", (int)state);
}

/* ---- One device ---------------------------------------------------------- */

/* Whether xenstore still has the device, and not another in its place. */
static bool is_present(const struct xenbus_device *device)
{
    char path[XENBUS_PATH_SIZE];
    char *backend;
    bool same;

    if (xenbus_join(path, device->path, "backend") ||
        xenstore_read(XENSTORE_NO_TX, path, &backend, NULL))
        return false;
    same = !strcmp(backend, device->backend);
    heap_free(backend);
    return same;
}

/* Whether to begin again with a backend that is Closed. Not for ever, lest two
 * that cannot agree keep each other busy. */
static bool is_wanted_again(const struct xenbus_device *device,
                            enum xenbus_state backend)
{
    uint64_t online;

    return device->phase == XENBUS_CLOSED && backend == XenbusStateClosed &&
           device->restarts < RESTARTS_MAX &&
           !xenbus_read_number(device, "online", 0, &online) && online == 1;
}

static void look(struct xenbus_device *device, struct xenbus_input *input)
{
    uint64_t state;

    input->present = is_present(device);
    input->expired = time_monotonic() >= device->deadline;
    if (xenbus_read_number(device, "state", XenbusStateUnknown, &state) ||
        state > XenbusStateReconfigured)
        state = XenbusStateUnknown;
    input->backend = (enum xenbus_state)state;
    if (input->backend != device->given_up_at)
        device->given_up = false;
    input->given_up = device->given_up;
    input->retry = is_wanted_again(device, input->backend);
}

/* Record why we close the device: on the console, and where xl looks. */
static void report(const struct xenbus_device *device, const char *why,
                   int error)
{
    char path[XENBUS_PATH_SIZE];

    printk("xenbus: %s: %s: error %d\n", device->path, why, error);
    if (string_format(path, sizeof(path), "error/%s/error", device->path) <
        XENBUS_PATH_SIZE)
        (void)!xenstore_write(XENSTORE_NO_TX, path, "%d %s", error, why);
}

static int publish(struct xenstore_tx *tx, void *argument)
{
    struct xenbus_device *device = argument;
    int error = device->driver->publish(device, tx);

    return error ? error : tell(device, tx, device->driver->published);
}

static int probe_and_publish(struct xenbus_device *device)
{
    int error = device->driver->probe(device);

    if (error)
        return error;
    device->probed = true;
    return xenstore_transaction(publish, device);
}

static int connect(struct xenbus_device *device)
{
    int error = device->driver->connected(device);

    return error ? error : tell(device, XENSTORE_NO_TX, XenbusStateConnected);
}

static void drain(struct xenbus_device *device)
{
    if (device->probed && device->driver->drain)
        device->driver->drain(device);
}

static void release(struct xenbus_device *device)
{
    if (device->probed)
        device->driver->closing(device);
    device->probed = false;
}

/* Do as xenbus_next() said. A failure closes the device. */
static void carry_out(struct xenbus_device *device, enum xenbus_action action,
                      const struct xenbus_input *input)
{
    const char *why = NULL;
    int error = 0;

    if (action == XENBUS_PUBLISH) {
        why = "probe and publish";
        error = probe_and_publish(device);
    } else if (action == XENBUS_CONNECT) {
        why = "connect";
        error = connect(device);
        if (!error)
            device->restarts = 0;
    } else if (action == XENBUS_FAIL) {
        why = "wait for the backend";
        error = -K_ETIMEDOUT;
    } else if (action == XENBUS_CLOSE) {
        if (input->backend == XenbusStateClosing)
            drain(device);
    } else if (action == XENBUS_RELEASE) {
        release(device);
    } else if (action == XENBUS_RESTART) {
        why = "start again";
        device->restarts++;
        error = tell(device, XENSTORE_NO_TX, XenbusStateInitialising);
    }
    if (error) {
        report(device, why, error);
        device->given_up = true;
        device->given_up_at = input->backend;
        action = XENBUS_FAIL;
    }
    /* If the node is gone, writing would bring it back. */
    if ((action == XENBUS_CLOSE || action == XENBUS_FAIL) && input->present)
        (void)!tell(device, XENSTORE_NO_TX, XenbusStateClosed);
    xenbus_enter(device, xenbus_phase_after(action));
}

bool xenbus_advance(struct xenbus_device *device)
{
    struct xenbus_input input;
    enum xenbus_action action;

    for (;;) {
        look(device, &input);
        action = xenbus_next(device->phase, &input);
        if (action == XENBUS_WAIT)
            return true;
        if (action == XENBUS_FORGET)
            return false;
        carry_out(device, action, &input);
    }
}
