/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus: a frontend of a made-up type, "coracle-test", that says each call it
 * gets. The test in dom0 plays the backend with xenstore-write. It ends when
 * the test writes data/stop. With an argument it waits four seconds for a
 * backend, else as long as any driver.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "xen/xenbus.h"
#include "xen/xenstore.h"

int main(int argc, char **argv);

static struct semaphore stop;
static unsigned int published;

static int probe(struct xenbus_device *device)
{
    uint64_t feature, refuse;
    int error;

    error = xenbus_read_number(device, "feature-test", 0, &feature);
    if (!error)
        error = xenbus_read_number(device, "refuse", 0, &refuse);
    if (error)
        return error;
    printk("probe %u of domain %u, feature %u\n", device->index,
           device->backend_domain, (unsigned int)feature);
    return refuse ? -K_ENOTSUP : 0;
}

static int publish(struct xenbus_device *device, struct xenstore_tx *tx)
{
    published++;
    return xenbus_write(device, tx, "ring-ref", "%u", published);
}

static int connected(struct xenbus_device *device)
{
    char *value;
    int error = xenbus_read(device, "greeting", &value);

    if (error)
        return error;
    printk("connected %u: %s\n", device->index, value);
    heap_free(value);
    return 0;
}

static void closing(struct xenbus_device *device)
{
    printk("closing %u\n", device->index);
}

static struct xenbus_driver driver = {
    .type = "coracle-test",
    .published = XenbusStateInitialised,
    .probe = probe,
    .publish = publish,
    .connected = connected,
    .closing = closing,
};

static void on_stop(const char *path, void *argument)
{
    uint64_t value;

    (void)argument;
    if (!xenstore_read_number(XENSTORE_NO_TX, path, &value))
        semaphore_up(&stop);
}

int main(int argc, char **argv)
{
    struct xenstore_watch *watch;
    unsigned int indexes[4];
    int count;

    (void)argv;
    if (argc > 1) /* "impatient" */
        driver.patience = 4 * NS_PER_S;
    semaphore_init(&stop, 0);
    count = xenbus_enumerate(driver.type, indexes, ARRAY_SIZE(indexes));
    printk("%d devices\n", count);
    if (xenbus_register(&driver))
        return 1;
    if (count > 0 && xenbus_wait(&driver, indexes[0],
                                 time_monotonic() + 300 * NS_PER_S) == 0)
        printk("device %u is up\n", indexes[0]);
    if (xenstore_watch("data/stop", on_stop, NULL, &watch))
        return 1;
    (void)semaphore_down(&stop, TIME_NEVER);
    xenstore_unwatch(watch);
    printk("stopped\n");
    return 0;
}
