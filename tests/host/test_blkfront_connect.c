/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_blkfront_connect.c: the handshake of a disk, drivers/blkfront/connect.c,
 * with xenbus, xenstore and the backend played: what is agreed upon, also after
 * an older connection, and what is left when something fails. What goes over
 * the ring is tested in test_blkfront.c.
 */
#define FRONTEND "device/vbd/51712"
#define BACKEND  "/local/domain/0/backend/vbd/5/51712"
#include "net_world.h"
#include "xenbus_world.h"
#include "drivers/blkfront/connect.c"

/* ---- The disk's other files, as far as they matter here -------------------
 */

static struct block_device disk = {.info.name = "xvda"};
static unsigned int opened, closed, drained;
static int settled_with;

struct block_device *blkfront_create(unsigned int number)
{
    CHECK_EQUAL(number, bus.index);
    return &disk;
}

bool flight_reserve_pages(struct block_device *device, unsigned int page_count)
{
    (void)device;
    CHECK(page_count > 0);
    return !is_short();
}

void flight_reclaim(struct block_device *device)
{
    CHECK(device->flights);
}

void blkfront_event(uint32_t port, void *argument)
{
    (void)port, (void)argument;
}

void blkfront_open(struct block_device *device)
{
    CHECK(device->flights);
    opened++;
}

void blkfront_drain(struct block_device *device)
{
    (void)device;
    drained++;
}

void blkfront_close(struct block_device *device)
{
    (void)device;
    closed++;
}

void blkfront_settle(struct block_device *device, int status)
{
    CHECK(!device->flights);
    settled_with = status;
}

size_t page_count_total(void)
{
    return 2048;
}

/* ---- What tests do ---------------------------------------------------------
 */

static void backend_is(const char *order, const char *sectors, const char *size)
{
    set(BACKEND, "max-ring-page-order", order);
    set(BACKEND, "sectors", sectors);
    set(BACKEND, "sector-size", size);
}

static void all_is_back(void)
{
    CHECK_EQUAL(pages_out, 0);
    CHECK_EQUAL(blocks_out, 0);
    CHECK_EQUAL(grants_reserved(), 0);
    CHECK_EQUAL(ports_left, PORTS);
}

/* The pages of the ring, as a backend finds them that looks for an order. */
static void check_ring(unsigned int order)
{
    char name[16];

    CHECK_EQUAL(written("ring-page-order"), order);
    for (unsigned int i = 0; i < 1u << order; i++) {
        gref_t gref;

        snprintf(name, sizeof(name), "ring-ref%u", i);
        gref = (gref_t)written(name);
        CHECK(grants[gref].lent && !grants[gref].readonly);
        CHECK(grants[gref].page == (char *)disk.ring.shared + i * PAGE_SIZE);
    }
    if (order == 0)
        CHECK_EQUAL(written("ring-ref"), written("ring-ref0"));
}

/* ---- The handshake ---------------------------------------------------------
 */

TEST(agrees_on_what_both_can_do)
{
    CHECK_STRING(world_driver->type, "vbd");
    backend_is("9", "2048", "4096");
    set(BACKEND, "feature-max-indirect-segments", "100000");
    set(BACKEND, "feature-persistent", "1");
    set(BACKEND, "feature-barrier", "1");
    set(BACKEND, "info", "6");
    CHECK_EQUAL(bring_up(), 0);
    CHECK_EQUAL(opened, 1);
    check_ring(BLKFRONT_RING_ORDER_MAX);
    CHECK_EQUAL(written("event-channel"), disk.port);
    CHECK_EQUAL(written("feature-persistent"), 1);
    CHECK_EQUAL(disk.info.sectors, 2048);
    CHECK_EQUAL(disk.info.sector_size, 4096);
    CHECK(disk.info.readonly && disk.info.removable && !disk.info.cdrom);
    CHECK(disk.info.flush && !disk.features.flush && !disk.info.discard);
    CHECK_EQUAL(disk.features.segments_max, BLKFRONT_SEGMENTS_MAX);
    CHECK_EQUAL(disk.info.depth, 128);
    world_driver->drain(&bus);
    world_driver->closing(&bus);
    CHECK(drained == 1 && closed == 1);
    CHECK_EQUAL(settled_with, -K_ENODEV); /* "online" is not there */
    all_is_back();
}

TEST(a_ring_may_be_smaller_the_next_time)
{
    set(BACKEND, "online", "1");
    for (unsigned int i = 0; i < 3; i++) {
        static const unsigned int orders[] = {2, 0, 1};

        order_max = orders[i]; /* memory is in pieces by now */
        backend_is("2", "2048", "512");
        CHECK_EQUAL(bring_up(), 0);
        check_ring(orders[i]);
        world_driver->closing(&bus);
        CHECK_EQUAL(settled_with, 0);
        all_is_back();
    }
}

TEST(a_backend_that_knows_one_page_only)
{
    set(BACKEND, "sectors", "2048");
    CHECK_EQUAL(bring_up(), 0);
    check_ring(0);
    CHECK_EQUAL(disk.info.sector_size, 512);
    CHECK(!disk.info.persistent && !disk.info.flush);
    CHECK_EQUAL(disk.features.segments_max, 11);
    world_driver->closing(&bus);
    all_is_back();
}

/* ---- What can go wrong -----------------------------------------------------
 */

TEST(disks_that_cannot_be_are_refused)
{
    static const char *const wrong[][2] = {
        {"", "512"},      {"many", "512"}, {"36028797018963968", "512"},
        {"2048", "511"},  {"2048", "0"},   {"2048", "8192"},
        {"2048", "1536"}, {"-1", "512"},   {"2048", "4294967808"}};

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        backend_is("0", wrong[i][0], wrong[i][1]);
        CHECK(bring_up() < 0);
        CHECK_EQUAL(disk.info.sectors, 0);
        CHECK_EQUAL(opened, 0);
        all_is_back();
    }
}

TEST(any_lack_of_memory_leaves_nothing_behind)
{
    backend_is("2", "2048", "512");
    bring_up_with_too_little(all_is_back, 100);
    world_driver->closing(&bus);
    all_is_back();
}

TEST(a_store_or_a_port_that_fails_leaves_nothing_behind)
{
    unsigned int hidden = ports_left;

    backend_is("2", "2048", "512");
    store_error = -K_ENOSPC;
    CHECK_EQUAL(bring_up(), -K_ENOSPC);
    all_is_back();
    store_error = 0;
    ports_left = 0;
    CHECK_EQUAL(bring_up(), -K_ENOSPC);
    ports_left = hidden;
    all_is_back();
}
