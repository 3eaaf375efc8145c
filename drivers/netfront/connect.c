/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connect.c: how a network interface and its backend come together and part.
 *
 * xenbus (xen/xenbus.h) makes the calls, all in its own thread. probe reads
 * what the backend can do and makes the queues: two rings each, their buffers,
 * and event channels. publish writes where they are. After `connected` packets
 * go; `closing` takes it all back, for good or until the backend is there
 * again. The interface itself, with its counters and listeners, stays.
 *
 * Netback wants the frontend's state to be Connected as soon as its keys are
 * there, and so packets may be on the ring before we are told; nobody looks at
 * them until then.
 *
 * The link's state ("carrier", which the backend may write) and the MTU, which
 * the toolstack may, are watched. Multicast packets all come: nothing is asked
 * to be filtered. Sources: <xen/io/netif.h>.
 */
#include <xen/io/xenbus.h>
#include "coracle/cpus.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "drivers/netfront/netfront.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "xen/xenbus.h"

#define PATH_SIZE 64
#define MTU_MIN   68 /* what IPv4 wants (RFC 791) */
#define MTU_USUAL 1500
#define MTU_MAX   65535

/* ---- What xenstore says ---------------------------------------------------
 */

/* A number below the frontend's own path. */
static uint64_t own_number(const struct xenbus_device *device, const char *key,
                           uint64_t absent)
{
    char path[PATH_SIZE];
    uint64_t number;

    if (string_format(path, sizeof(path), "%s/%s", device->path, key) >=
            PATH_SIZE ||
        xenstore_read_number(XENSTORE_NO_TX, path, &number))
        return absent;
    return number;
}

static bool backend_has(const struct xenbus_device *device, const char *feature,
                        bool absent)
{
    uint64_t number;

    if (xenbus_read_number(device, feature, absent, &number))
        return false;
    return number != 0;
}

static unsigned int read_features(const struct xenbus_device *device)
{
    unsigned int features = 0;

    if (!backend_has(device, "feature-no-csum-offload", false))
        features |= NETDEV_CSUM_IPV4;
    if (backend_has(device, "feature-ipv6-csum-offload", false))
        features |= NETDEV_CSUM_IPV6;
    if (backend_has(device, "feature-sg", false))
        features |= NETDEV_PIECES;
    if (backend_has(device, "feature-gso-tcpv4", false))
        features |= NETDEV_GSO_TCPV4;
    if (backend_has(device, "feature-gso-tcpv6", false))
        features |= NETDEV_GSO_TCPV6;
    return features;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* "00:16:3e:12:34:56" */
static bool parse_mac(const char *text, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++, text += 3) {
        int high = digit(text[0]);
        int low = high < 0 ? -1 : digit(text[1]);

        if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static int read_mac(const struct xenbus_device *device, uint8_t mac[6])
{
    char path[PATH_SIZE];
    char *text;
    bool valid;
    int error;

    if (string_format(path, sizeof(path), "%s/mac", device->path) >= PATH_SIZE)
        return -K_EMSGSIZE;
    error = xenstore_read(XENSTORE_NO_TX, path, &text, NULL);
    if (error)
        return error;
    valid = parse_mac(text, mac);
    if (!valid)
        printk("netfront: %s: \"%s\" is no address like 00:16:3e:01:02:03\n",
               path, text);
    heap_free(text);
    return valid ? 0 : -K_EINVAL;
}

/* The toolstack leaves the address that vif=[...] gives with the backend. The
 * interface does not need it; programs may. */
static void read_ip(const struct xenbus_device *device, char ip[NETDEV_IP_SIZE])
{
    char path[2 * PATH_SIZE];
    char *text;

    ip[0] = '\0';
    if (string_format(path, sizeof(path), "%s/ip", device->backend) >=
            (int)sizeof(path) ||
        xenstore_read(XENSTORE_NO_TX, path, &text, NULL))
        return;
    text[strcspn(text, " ")] = '\0'; /* of several, the first */
    string_format(ip, NETDEV_IP_SIZE, "%s", text);
    heap_free(text);
}

/* ---- Link and MTU ---------------------------------------------------------
 */

static void look_at_mtu(const struct xenbus_device *device)
{
    struct netdev *netdev = device->data;
    uint64_t mtu = own_number(device, "mtu", MTU_USUAL);

    if (mtu < MTU_MIN || mtu > MTU_MAX)
        mtu = MTU_USUAL;
    spin_lock(&netdev_lock);
    netdev->mtu = (unsigned int)mtu;
    spin_unlock(&netdev_lock);
}

/* Something below the backend's "carrier" or our "mtu" has changed. In the
 * thread of the watches, and once when they are set. */
static void on_change(const char *path, void *argument)
{
    const struct xenbus_device *device = argument;
    struct netdev *netdev = device->data;

    (void)path;
    atomic_store(&netdev->carrier, backend_has(device, "carrier", true));
    look_at_mtu(device);
    netdev_changed(netdev);
}

static int watch(struct xenbus_device *device)
{
    struct netdev *netdev = device->data;
    char *path = heap_alloc(strlen(device->backend) + sizeof("/carrier"));
    char own[PATH_SIZE];
    int error;

    if (!path)
        return -K_ENOMEM;
    string_format(path, strlen(device->backend) + sizeof("/carrier"),
                  "%s/carrier", device->backend);
    error = xenstore_watch(path, on_change, device, &netdev->watches[0]);
    heap_free(path);
    if (error)
        return error;
    if (string_format(own, sizeof(own), "%s/mtu", device->path) >= PATH_SIZE)
        return -K_EMSGSIZE;
    return xenstore_watch(own, on_change, device, &netdev->watches[1]);
}

static void unwatch(struct netdev *netdev)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(netdev->watches); i++) {
        if (netdev->watches[i])
            xenstore_unwatch(netdev->watches[i]);
        netdev->watches[i] = NULL;
    }
}

/* ---- Queues ---------------------------------------------------------------
 */

static void close_queues(struct netdev *netdev, unsigned int count)
{
    while (count-- > 0)
        netdev_close_queue(atomic_load(&netdev->queues[count]));
}

static int open_queues(struct xenbus_device *device, unsigned int count)
{
    struct netdev *netdev = device->data;
    bool trusted = own_number(device, "trusted", 1) != 0;
    bool split = backend_has(device, "feature-split-event-channels", false);
    int error;

    for (unsigned int i = 0; i < count; i++) {
        struct netdev_queue *queue = netdev_create_queue(netdev, i);

        error = -K_ENOMEM;
        if (queue) {
            queue->split = split;
            error = netdev_open_queue(queue, device->backend_domain, trusted,
                                      netdev->features, i);
        }
        if (error) {
            close_queues(netdev, i);
            return error;
        }
    }
    atomic_store(&netdev->queue_count, count);
    return 0;
}

/* ---- What xenbus calls ----------------------------------------------------
 */

static int probe(struct xenbus_device *device)
{
    struct netdev *netdev = netdev_create(device->index);
    unsigned int features = read_features(device);
    unsigned int count = cpu_count();
    uint64_t most;
    int error;

    if (!netdev)
        return device->index < NETDEV_MAX ? -K_ENOMEM : -K_ENOSPC;
    device->data = netdev;
    error = xenbus_read_number(device, "multi-queue-max-queues", 1, &most);
    if (error)
        return error;
    if (count > NETFRONT_QUEUES_MAX)
        count = NETFRONT_QUEUES_MAX;
    if (count > most)
        count = most > 0 ? (unsigned int)most : 1;
    spin_lock(&netdev_lock);
    netdev->features = features;
    spin_unlock(&netdev_lock);
    return open_queues(device, count);
}

/* The keys of one queue, which begin with `prefix`. */
static int publish_queue(const struct xenbus_device *device,
                         struct xenstore_tx *tx, const char *prefix,
                         const struct netdev_queue *queue)
{
    const struct {
        const char *name;
        uint32_t value;
        bool wanted;
    } keys[] = {
        {"tx-ring-ref", queue->transmit.ring_gref, true},
        {"rx-ring-ref", queue->receive.ring_gref, true},
        {"event-channel", queue->lines[0].port, !queue->split},
        {"event-channel-rx", queue->lines[0].port, queue->split},
        {"event-channel-tx", queue->lines[1].port, queue->split},
    };
    char key[PATH_SIZE];
    int error = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(keys) && !error; i++) {
        if (!keys[i].wanted)
            continue;
        string_format(key, sizeof(key), "%s%s", prefix, keys[i].name);
        error = xenbus_write(device, tx, key, "%u", keys[i].value);
    }
    return error;
}

static int publish(struct xenbus_device *device, struct xenstore_tx *tx)
{
    static const char *const features[] = {
        "request-rx-copy",   "feature-rx-notify", "feature-sg",
        "feature-gso-tcpv4", "feature-gso-tcpv6", "feature-ipv6-csum-offload",
    };
    struct netdev *netdev = device->data;
    unsigned int count = atomic_load(&netdev->queue_count);
    char prefix[PATH_SIZE] = "";
    int error;

    /* Also if it is 1: the last connection may have had more. */
    error = xenbus_write(device, tx, "multi-queue-num-queues", "%u", count);
    for (unsigned int i = 0; i < count && !error; i++) {
        if (count > 1)
            string_format(prefix, sizeof(prefix), "queue-%u/", i);
        error =
            publish_queue(device, tx, prefix, atomic_load(&netdev->queues[i]));
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(features) && !error; i++)
        error = xenbus_write(device, tx, features[i], "1");
    return error;
}

/* Let the queues be used. netdev_lock is held: a breach shown by one of them at
 * once waits until the interface is up, and takes it down (netdev.c's fail()).
 */
static void open_rings(struct netdev *netdev, uint32_t generation)
{
    for (unsigned int i = 0; i < atomic_load(&netdev->queue_count); i++) {
        struct netdev_queue *queue = atomic_load(&netdev->queues[i]);

        spin_lock(&queue->receive.lock);
        queue->generation = generation;
        queue->receive.open = true;
        spin_unlock(&queue->receive.lock);
        spin_lock(&queue->transmit.lock);
        queue->transmit.open = true;
        spin_unlock(&queue->transmit.lock);
    }
}

static int connected(struct xenbus_device *device)
{
    struct netdev *netdev = device->data;
    char ip[NETDEV_IP_SIZE];
    uint8_t mac[6];
    int error = read_mac(device, mac);

    read_ip(device, ip);
    /* Before the watches: what their thread finds is newer. */
    atomic_store(&netdev->carrier, backend_has(device, "carrier", true));
    look_at_mtu(device);
    if (!error)
        error = watch(device);
    if (error)
        return error;
    spin_lock(&netdev_lock);
    memcpy(netdev->mac, mac, sizeof(mac));
    memcpy(netdev->ip, ip, sizeof(ip));
    open_rings(netdev, ++netdev->generation);
    atomic_store(&netdev->connected, true);
    spin_unlock(&netdev_lock);
    netdev_changed(netdev);
    return 0;
}

static void closing(struct xenbus_device *device)
{
    struct netdev *netdev = device->data;

    unwatch(netdev);
    netdev_shut(netdev);
    netdev_changed(netdev);
    close_queues(netdev, atomic_load(&netdev->queue_count));
}

static struct xenbus_driver driver = {
    .type = "vif",
    .published = XenbusStateConnected,
    .probe = probe,
    .publish = publish,
    .connected = connected,
    .closing = closing,
};

/* ---- The start ------------------------------------------------------------
 */

static void serve(void *argument)
{
    int error = xenbus_register(&driver);

    (void)argument;
    /* Without a xenstore (bare Xen) there are no interfaces. */
    if (error && error != -K_ENODEV)
        printk("netfront: cannot look for interfaces: error %d\n", error);
}

/* In a thread, so that main() need not wait for xenstore's answer. */
STARTS(START_DRIVER) static void start(void)
{
    struct thread *thread = thread_create("netfront", serve, NULL, 0);

    if (thread)
        thread_detach(thread);
    else
        printk("netfront: no memory to look for interfaces\n");
}
