/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connect.c: the handshake of a disk with its backend.
 *
 * What is agreed upon in xenstore, all below device/vbd/N and the backend's
 * path: the ring (up to four pages instead of one, if the backend takes them),
 * the event channel, whether pages stay lent ("persistent"), how many segments
 * an indirect request has. Once connected, the backend says what the disk is.
 *
 * When a connection ends, requests on their way may or may not have been
 * served; nothing tells. They are made again on the next connection, in order,
 * which does no harm: reading and writing the same twice is as good as once.
 * If the toolstack has taken the disk away (the backend's "online" is 0, or
 * nothing is left of it), they fail.
 *
 * Source: <xen/io/blkif.h>. Concurrency: all runs in xenbus' thread, while the
 * connection is closed; blkfront_open() and blkfront_close() see to that. Left
 * out: several rings ("multi-queue"), a disk that grows while connected.
 */
#include "coracle/errno.h"
#include "coracle/print.h"
#include "drivers/blkfront/blkfront.h"
#include "lib/printf.h"
#include "xen/evtchn.h"
#include "xen/xenbus.h"

#define PROTOCOL "x86_64-abi"

/* ---- The ring -------------------------------------------------------------
 */

/* Give up `count` pages of the ring; what the backend holds on to is lost. */
static void end_ring(struct block_device *device, unsigned int count)
{
    char *pages = (char *)device->ring.shared;
    bool held = false;

    for (unsigned int i = 0; i < count; i++)
        held |= grant_revoke(device->ring_grefs[i]) != 0;
    if (!held)
        page_free(pages, device->ring_order);
}

/* A ring of 2^order pages at most, lent to the backend. */
static int make_ring(struct block_device *device, unsigned int order)
{
    void *pages = page_alloc(order);
    int error = 0;

    while (!pages && order > 0)
        pages = page_alloc(--order);
    if (!pages)
        return -K_ENOMEM;
    device->ring_order = order;
    request_ring_init(&device->ring, pages, PAGE_SIZE << order,
                      sizeof(union flight_request));
    for (unsigned int i = 0; i < 1u << order && !error; i++) {
        error = grant_give(device->domain, (char *)pages + i * PAGE_SIZE, false,
                           &device->ring_grefs[i]);
        if (error)
            end_ring(device, i);
    }
    return error;
}

static int make_flights(struct block_device *device)
{
    device->flights =
        heap_alloc_zeroed(device->ring.size, sizeof(*device->flights));
    if (!device->flights)
        return -K_ENOMEM;
    device->free_flights = NULL;
    for (uint32_t i = device->ring.size; i-- > 0;) {
        device->flights[i].next = device->free_flights;
        device->free_flights = &device->flights[i];
    }
    return 0;
}

/* ---- The four moments -----------------------------------------------------
 */

/* A feature that is a number, at most `limit`; 0 if there is none. */
static unsigned int feature(const struct xenbus_device *xenbus, const char *key,
                            unsigned int limit)
{
    uint64_t value;

    if (xenbus_read_number(xenbus, key, 0, &value))
        return 0;
    return value < limit ? (unsigned int)value : limit;
}

static int probe(struct xenbus_device *xenbus)
{
    struct block_device *device = blkfront_create(xenbus->index);
    unsigned int indirect =
        feature(xenbus, "feature-max-indirect-segments", BLKFRONT_SEGMENTS_MAX);
    int error, port;

    if (!device)
        return -K_ENOMEM;
    xenbus->data = device;
    device->domain = xenbus->backend_domain;
    device->features = (struct blkfront_features){
        .segments_max = indirect > BLKIF_MAX_SEGMENTS_PER_REQUEST
                            ? indirect
                            : BLKIF_MAX_SEGMENTS_PER_REQUEST,
    };
    device->page_max = (unsigned int)(page_count_total() / 16);
    if (device->page_max > BLKFRONT_PAGES_MAX)
        device->page_max = BLKFRONT_PAGES_MAX;
    if (device->page_max < BLKFRONT_PAGES_MIN)
        device->page_max = BLKFRONT_PAGES_MIN;
    if (!flight_reserve_pages(device, BLKFRONT_PAGES_MIN))
        return -K_ENOMEM; /* those that are there stay for the next time */

    error = make_ring(device, feature(xenbus, "max-ring-page-order",
                                      BLKFRONT_RING_ORDER_MAX));
    if (error)
        return error;
    error = make_flights(device);
    if (error)
        goto end_ring;
    port = evtchn_bind_unbound(device->domain, blkfront_event, device,
                               EVTCHN_LATE);
    error = port < 0 ? port : 0;
    if (error)
        goto free_flights;
    device->port = (uint32_t)port;
    return 0;

free_flights:
    heap_free(device->flights);
end_ring:
    end_ring(device, 1u << device->ring_order);
    return error;
}

/* The ring's order also if it is 0: xenstore may have that of a connection
 * before, with grants that are ended. A page alone is called "ring-ref" by some
 * backends, and ring-ref0 by those that look at the order first. */
static int publish_ring(struct xenbus_device *xenbus, struct xenstore_tx *tx)
{
    const struct block_device *device = xenbus->data;
    unsigned int count = 1u << device->ring_order;
    char key[16];
    int error =
        xenbus_write(xenbus, tx, "ring-page-order", "%u", device->ring_order);

    if (!error && count == 1)
        error =
            xenbus_write(xenbus, tx, "ring-ref", "%u", device->ring_grefs[0]);
    for (unsigned int i = 0; i < count && !error; i++) {
        (void)!string_format(key, sizeof(key), "ring-ref%u", i);
        error = xenbus_write(xenbus, tx, key, "%u", device->ring_grefs[i]);
    }
    return error;
}

static int publish(struct xenbus_device *xenbus, struct xenstore_tx *tx)
{
    const struct block_device *device = xenbus->data;
    int error = publish_ring(xenbus, tx);

    if (!error)
        error = xenbus_write(xenbus, tx, "event-channel", "%u", device->port);
    if (!error)
        error = xenbus_write(xenbus, tx, "protocol", "%s", PROTOCOL);
    if (!error)
        error = xenbus_write(xenbus, tx, "feature-persistent", "%d", 1);
    return error;
}

/* What kind of disk it is. */
static int read_geometry(const struct xenbus_device *xenbus,
                         struct block_info *info)
{
    uint64_t sectors, size, kind;
    int error = xenbus_read_number(xenbus, "sectors", UINT64_MAX, &sectors);

    if (!error)
        error = xenbus_read_number(xenbus, "sector-size", 512, &size);
    if (!error)
        error = xenbus_read_number(xenbus, "info", 0, &kind);
    if (error)
        return error;
    /* Whatever the size, `sectors` counts 512 bytes. */
    if (sectors > UINT64_MAX / BLOCK_SECTOR || size < BLOCK_SECTOR ||
        size > PAGE_SIZE || size & (size - 1)) {
        printk("blkfront: %s: %llu sectors of %llu bytes cannot be\n",
               info->name, (unsigned long long)sectors,
               (unsigned long long)size);
        return -K_EPROTO;
    }
    info->sectors = sectors;
    info->sector_size = (uint32_t)size;
    info->cdrom = kind & VDISK_CDROM;
    info->removable = kind & VDISK_REMOVABLE;
    info->readonly = kind & VDISK_READONLY;
    return 0;
}

static void read_features(const struct xenbus_device *xenbus,
                          struct blkfront_features *features)
{
    /* Linux's says this only when it has read that we can. */
    features->persistent = feature(xenbus, "feature-persistent", 1);
    features->flush = feature(xenbus, "feature-flush-cache", 1);
    features->barrier = feature(xenbus, "feature-barrier", 1);
    features->discard = feature(xenbus, "feature-discard", 1);
}

static int connected(struct xenbus_device *xenbus)
{
    struct block_device *device = xenbus->data;
    struct blkfront_features features = device->features;
    struct block_info info = device->info; /* nobody else changes it now */
    int error = read_geometry(xenbus, &info);

    if (error)
        return error;
    read_features(xenbus, &features);
    info.flush = features.flush || features.barrier;
    info.discard = features.discard;
    info.discard_granularity =
        feature(xenbus, "discard-granularity", UINT32_MAX);
    info.discard_alignment = feature(xenbus, "discard-alignment", UINT32_MAX);
    info.request_max = features.segments_max * (uint32_t)PAGE_SIZE;
    info.depth = device->ring.size;
    info.persistent = features.persistent;
    spin_lock(&device->lock);
    device->features = features;
    device->info = info;
    spin_unlock(&device->lock);
    blkfront_open(device);
    return 0;
}

/* Whether the toolstack wants the disk away for good. */
static bool taken_away(const struct xenbus_device *xenbus)
{
    uint64_t online;

    return xenbus_read_number(xenbus, "online", 0, &online) || !online;
}

static void drain(struct xenbus_device *xenbus)
{
    blkfront_drain(xenbus->data);
}

static void closing(struct xenbus_device *xenbus)
{
    struct block_device *device = xenbus->data;

    blkfront_close(device);
    evtchn_close(device->port);
    flight_reclaim(device);
    end_ring(device, 1u << device->ring_order);
    heap_free(device->flights);
    device->flights = NULL;
    device->free_flights = NULL;
    blkfront_settle(device, taken_away(xenbus) ? -K_ENODEV : 0);
}

static struct xenbus_driver driver = {
    .type = "vbd",
    .published = XenbusStateInitialised,
    .probe = probe,
    .publish = publish,
    .connected = connected,
    .drain = drain,
    .closing = closing,
};

STARTS(START_DRIVER) static void start(void)
{
    int error = xenbus_register(&driver);

    if (error && error != -K_ENODEV)
        printk("blkfront: cannot start: error %d\n", error);
}
