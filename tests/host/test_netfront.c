/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_netfront.c: a whole network interface, drivers/netfront/, with xenbus,
 * xenstore, event channels and the backend played: how it connects, with which
 * features and queues, moves packets, tells its listeners, and gives everything
 * back, whatever fails. What is on the rings is tested in test_receive.c and
 * test_transmit.c.
 */
#define GRANTS   2048 /* the most queues that there can be */
#define FRONTEND "device/vif/0"
#define BACKEND  "/local/domain/0/backend/vif/5/0"
#include "net_world.h"
#include "xenbus_world.h"
#include "coracle/netdev.h"
#include "coracle/thread.h"
/* Names that these files have for themselves. */
#define take take_from_ring
#include "drivers/netfront/receive.c"
#undef PARTS_MAX
#include "drivers/checksum.c"
#include "drivers/segment.c"
#include "drivers/netfront/transmit.c"
#include "drivers/netfront/transmit_ring.c"
#include "drivers/netfront/queue.c"
#include "drivers/netfront/netdev.c"
#include "drivers/netfront/look.c"
#include "drivers/netfront/connect.c"

#define MAC "00:16:3e:0a:0b:0c"

/* ---- Threads, CPUs --------------------------------------------------------
 */

static unsigned int cpus_there = 1;

unsigned int cpu_count(void)
{
    return cpus_there;
}

/* Runs at once: the driver's start is over before a test begins. */
struct thread *thread_create(const char *name, void (*entry)(void *argument),
                             void *argument, size_t stack)
{
    (void)name;
    (void)stack;
    entry(argument);
    return (struct thread *)&ports;
}

void thread_detach(struct thread *thread)
{
    (void)thread;
}

/* What happens while somebody sleeps; NULL: nothing, until the deadline. */
static void (*meanwhile)(void);

int waitq_wait(struct waitq *wq, struct spinlock *lock, uint64_t deadline)
{
    void (*now)(void) = meanwhile;

    (void)wq;
    meanwhile = NULL;
    spin_unlock(lock);
    if (now)
        now();
    else
        test_time = deadline;
    spin_lock(lock);
    return now ? 0 : -K_ETIMEDOUT;
}

void waitq_wake_all(struct waitq *wq)
{
    (void)wq;
}

/* ---- The backend -----------------------------------------------------------
 */

static const char *const all_features[] = {"feature-sg", "feature-gso-tcpv4",
                                           "feature-gso-tcpv6",
                                           "feature-ipv6-csum-offload"};

static void bring_up_well(void)
{
    set(FRONTEND, "mac", MAC);
    CHECK_EQUAL(bring_up(), 0);
}

static struct netdev_queue *queue_at(unsigned int number)
{
    return atomic_load(&netdev_get(0)->queues[number]);
}

/* Nothing of a connection is left. Interfaces and queues stay. */
static void all_is_back(void)
{
    drain_pools();
    CHECK_EQUAL(pages_out, 0);
    CHECK_EQUAL(grants_reserved(), 0);
    CHECK_EQUAL(ports_left, PORTS);
    CHECK_EQUAL(watches_set(), 0);
    CHECK_EQUAL(test_locks_held(), 0);
}

/* Answer the next receive request with a frame of `size` bytes. */
static void frame_arrives(unsigned int size)
{
    struct receive *receive = &queue_at(0)->receive;
    struct netif_rx_sring *shared = (void *)receive->ring.shared;
    uint32_t at = shared->rsp_prod & (receive->ring.size - 1);
    struct netif_rx_request request = shared->ring[at].req;

    CHECK(shared->req_prod != shared->rsp_prod);
    memset(grants[request.gref].page, 0x5a, size);
    shared->ring[at].rsp =
        (struct netif_rx_response){.id = request.id, .status = (int16_t)size};
    shared->rsp_prod++;
    ports[written("event-channel")].handler(0, queue_at(0)->lines);
}

/* ---- The handshake ---------------------------------------------------------
 */

TEST(connects_with_nothing_but_the_least)
{
    struct netdev_info info;
    struct netdev *device;

    CHECK_STRING(world_driver->type, "vif");
    CHECK_EQUAL(netdev_wait_up(0, 1000, &device), -K_ETIMEDOUT);
    bring_up_well();
    CHECK_EQUAL(netdev_wait_up(0, 2000, &device), 0);
    netdev_describe(device, &info);
    CHECK(info.up && info.mtu == 1500 && info.queues == 1);
    CHECK_EQUAL(info.features, NETDEV_CSUM_IPV4);
    CHECK_EQUAL(info.generation, 1);
    CHECK(!memcmp(info.mac, "\x00\x16\x3e\x0a\x0b\x0c", 6));
    CHECK_STRING(info.ip, "");
    CHECK_EQUAL(written("event-channel"), 1);
    CHECK_EQUAL(written("event-channel-tx"), -1);
    CHECK_EQUAL(written("multi-queue-num-queues"), 1);
    CHECK_EQUAL(written("request-rx-copy"), 1);
    CHECK(grants[written("tx-ring-ref")].page ==
          (char *)queue_at(0)->transmit.ring.shared);
    CHECK(grants[written("rx-ring-ref")].page ==
          (char *)queue_at(0)->receive.ring.shared);
    CHECK(!grants[written("rx-ring-ref")].readonly);
    world_driver->closing(&bus);
    CHECK(!netdev_is_up(device));
    all_is_back();
}

TEST(takes_what_the_backend_offers)
{
    struct netdev_info info;

    for (size_t i = 0; i < ARRAY_SIZE(all_features); i++)
        set(BACKEND, all_features[i], "1");
    set(BACKEND, "feature-no-csum-offload", "1");
    bring_up_well();
    netdev_describe(netdev_get(0), &info);
    CHECK_EQUAL(info.features, NETDEV_CSUM_IPV6 | NETDEV_PIECES |
                                   NETDEV_GSO_TCPV4 | NETDEV_GSO_TCPV6);
    world_driver->closing(&bus);
    all_is_back();
}

/* The first of several addresses; what is too long is cut, not more. */
TEST(knows_the_address_that_it_was_given)
{
    static const char *const given[][2] = {
        {"10.0.2.50", "10.0.2.50"},
        {"10.0.2.50 fe80::1/64", "10.0.2.50"},
        {"", ""},
        {"12345678901234567890123456789012345678901234567890",
         "12345678901234567890123456789012345678901234567"}};
    struct netdev_info info;

    for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
        set(BACKEND, "ip", given[i][0]);
        bring_up_well();
        netdev_describe(netdev_get(0), &info);
        CHECK_STRING(info.ip, given[i][1]);
        world_driver->closing(&bus);
        all_is_back();
    }
}

TEST(has_a_queue_for_each_cpu_but_no_more_than_the_backend)
{
    static const unsigned int wanted[][3] = {
        {4, 3, 3}, {2, 8, 2}, {4, 0, 1}, {32, 99, NETFRONT_QUEUES_MAX}};

    set(BACKEND, "feature-split-event-channels", "1");
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        unsigned int count = wanted[i][2], seen = 0;
        char text[32];

        /* What the last connection wrote stays, as in a real store. */
        cpus_there = wanted[i][0];
        snprintf(text, sizeof(text), "%u", wanted[i][1]);
        set(BACKEND, "multi-queue-max-queues", text);
        bring_up_well();
        CHECK_EQUAL(written("multi-queue-num-queues"), count);
        for (unsigned int q = 0; q < count; q++) {
            int rx, tx;

            snprintf(text, sizeof(text),
                     count > 1 ? "queue-%u/event-channel-rx"
                               : "event-channel-rx",
                     q);
            rx = written(text);
            text[strlen(text) - 2] = 't';
            tx = written(text);
            CHECK(rx > 0 && tx > 0 && rx != tx);
            CHECK(ports[rx].argument == &queue_at(q)->lines[0]);
            CHECK(ports[tx].argument == &queue_at(q)->lines[1]);
            seen += ports[rx].cpu == q && ports[tx].cpu == q;
        }
        CHECK_EQUAL(seen, count);
        world_driver->closing(&bus);
        all_is_back();
    }
}

TEST(interfaces_that_cannot_be_are_not_counted)
{
    static const unsigned int three[] = {2, NETDEV_MAX, 63};
    unsigned int indexes[2] = {9, 9};

    memcpy(numbers, three, sizeof(three));
    number_count = 3;
    CHECK_EQUAL(netdev_enumerate(indexes, 2), 2);
    CHECK(indexes[0] == 2 && indexes[1] == 63);
    CHECK_EQUAL(netdev_enumerate(indexes, 0), 2);
    /* More than there can be. */
    for (unsigned int i = 0; i < 200; i++)
        numbers[i] = 199 - i;
    number_count = 200;
    CHECK(netdev_enumerate(indexes, 2) <= NETDEV_MAX);
    CHECK(indexes[0] < NETDEV_MAX && indexes[1] < NETDEV_MAX);
}

TEST(a_backend_that_is_not_trusted_sees_no_old_bytes)
{
    set(FRONTEND, "trusted", "0");
    bring_up_well();
    CHECK(queue_at(0)->receive.untrusted && queue_at(0)->transmit.untrusted);
    for (unsigned int i = 0; i < GRANTS; i++) {
        if (!grants[i].lent ||
            grants[i].page == (char *)queue_at(0)->transmit.ring.shared ||
            grants[i].page == (char *)queue_at(0)->receive.ring.shared)
            continue;
        for (size_t byte = 0; byte < PAGE_SIZE; byte++)
            CHECK_EQUAL(grants[i].page[byte], 0);
    }
    world_driver->closing(&bus);
    all_is_back();
}

/* ---- What can go wrong -----------------------------------------------------
 */

TEST(a_wrong_address_is_told_and_closes_it)
{
    static const char *const wrong[] = {"",
                                        "00:16:3e:0a:0b",
                                        "00:16:3e:0a:0b:0c:0d",
                                        "0:16:3e:0a:0b:0c",
                                        "00-16-3e-0a-0b-0c",
                                        "00:16:3e:0a:0b:0g"};

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        set(FRONTEND, "mac", wrong[i]);
        CHECK_EQUAL(bring_up(), i == 0 ? -K_ENOENT : -K_EINVAL);
        CHECK(!netdev_is_up(netdev_get(0)));
        all_is_back();
    }
    CHECK(strstr(test_printed, "\"00:16:3e:0a:0b:0g\" is no address"));
}

TEST(any_lack_of_memory_leaves_nothing_behind)
{
    cpus_there = 2;
    set(BACKEND, "multi-queue-max-queues", "2");
    set(FRONTEND, "mac", MAC);
    bring_up_with_too_little(all_is_back, 1000);
    world_driver->closing(&bus);
    all_is_back();
}

TEST(too_few_event_channels_leave_nothing_behind)
{
    cpus_there = 2;
    set(BACKEND, "multi-queue-max-queues", "2");
    set(BACKEND, "feature-split-event-channels", "1");
    set(FRONTEND, "mac", MAC);
    for (unsigned int some = 0; some < 4; some++) {
        unsigned int hidden = PORTS - some;

        ports_left = some;
        CHECK_EQUAL(bring_up(), -K_ENOSPC);
        CHECK_EQUAL(ports_left, some);
        ports_left += hidden;
        all_is_back();
    }
}

TEST(a_store_that_fails_leaves_nothing_behind)
{
    set(FRONTEND, "mac", MAC);
    store_error = -K_ENOSPC;
    CHECK_EQUAL(bring_up(), -K_ENOSPC);
    all_is_back();
}

TEST(a_breach_ends_the_interface_and_a_new_backend_begins_again)
{
    struct packet *packets[1];
    struct netdev_info info;
    struct netdev *device;

    bring_up_well();
    device = netdev_get(0);
    ((struct netif_rx_sring *)queue_at(0)->receive.ring.shared)->rsp_prod =
        100000;
    CHECK_EQUAL(netdev_rx(device, 0, packets, 1), -K_ENODEV);
    CHECK(!netdev_is_up(device));
    CHECK_STRING(test_printed, "netfront: device/vif/0 is down: its backend has"
                               " answered what was not asked\n");
    CHECK_EQUAL(netdev_rx(device, 0, packets, 1), -K_ENODEV);
    CHECK_EQUAL(netdev_tx(device, 0, packets, 0, NULL), -K_ENODEV);
    world_driver->closing(&bus);
    all_is_back();
    bring_up_well();
    CHECK(netdev_get(0) == device && netdev_is_up(device));
    CHECK_EQUAL(netdev_rx(device, 0, packets, 1), 0);
    netdev_describe(device, &info);
    CHECK_EQUAL(info.generation, 2);
    world_driver->closing(&bus);
    all_is_back();
}

/* ---- While it is up --------------------------------------------------------
 */

static unsigned int changes;

static void count_change(void *argument)
{
    CHECK(argument == &changes);
    changes++;
}

TEST(link_and_mtu_follow_xenstore)
{
    struct netdev_info info;
    static const char *const mtus[][2] = {{"9000", "9000"}, {"67", "1500"},
                                          {"68", "68"},     {"65536", "1500"},
                                          {"many", "1500"}, {"", "1500"}};

    bring_up_well();
    netdev_listen(netdev_get(0), 0, count_change, &changes);
    set(BACKEND, "carrier", "0");
    CHECK(!netdev_is_up(netdev_get(0)) && changes == 1);
    set(BACKEND, "carrier", "1");
    CHECK(netdev_is_up(netdev_get(0)) && changes == 2);
    for (size_t i = 0; i < ARRAY_SIZE(mtus); i++) {
        set(FRONTEND, "mtu", mtus[i][0]);
        netdev_describe(netdev_get(0), &info);
        CHECK_EQUAL(info.mtu, atoi(mtus[i][1]));
    }
    world_driver->closing(&bus);
    set(BACKEND, "carrier", "0"); /* nobody listens any more */
    all_is_back();
}

static unsigned int looks_before; /* at the link, until it falls */

static void carrier_falls(const char *path)
{
    if (!strstr(path, "/carrier") || looks_before-- > 0)
        return;
    after_read = NULL;
    set(BACKEND, "carrier", "0");
}

TEST(a_link_that_falls_while_connecting_is_down)
{
    for (unsigned int looks = 0; looks < 3; looks++) {
        set(BACKEND, "carrier", "1");
        looks_before = looks;
        after_read = carrier_falls;
        bring_up_well();
        CHECK(!after_read && !netdev_is_up(netdev_get(0)));
        world_driver->closing(&bus);
        all_is_back();
    }
}

TEST(events_are_let_through_when_all_is_taken)
{
    struct packet *packets[2];
    struct netdev *device;
    unsigned int port;

    bring_up_well();
    device = netdev_get(0);
    port = (unsigned int)written("event-channel");
    CHECK_EQUAL(netdev_rx(device, 0, packets, 2), 0);
    netdev_listen(device, 0, count_change, &changes);
    for (int i = 0; i < 3; i++)
        frame_arrives(60);
    CHECK_EQUAL(changes, 3);
    ports[port].unmasked = 0;
    CHECK_EQUAL(netdev_rx(device, 0, packets, 2), 2);
    CHECK_EQUAL(ports[port].unmasked, 0); /* the caller comes again */
    packet_free(packets[0]);
    packet_free(packets[1]);
    CHECK_EQUAL(netdev_rx(device, 0, packets, 2), 1);
    CHECK_EQUAL(ports[port].unmasked, 1);
    CHECK_EQUAL(packets[0]->total, 60);
    packet_free(packets[0]);
    netdev_listen(device, 0, NULL, NULL);
    frame_arrives(60);
    CHECK_EQUAL(changes, 3);
    world_driver->closing(&bus);
    all_is_back();
}

static void later(void)
{
    frame_arrives(1000);
}

TEST(waits_for_a_packet)
{
    struct packet *packets[1];
    struct netdev *device;

    bring_up_well();
    device = netdev_get(0);
    CHECK_EQUAL(netdev_rx_wait(device, 0, packets, 1, test_time + 50),
                -K_ETIMEDOUT);
    meanwhile = later;
    CHECK_EQUAL(netdev_rx_wait(device, 0, packets, 1, test_time + 50), 1);
    CHECK_EQUAL(packets[0]->total, 1000);
    packet_free(packets[0]);
    CHECK_EQUAL(netdev_rx_wait(device, 7, packets, 1, test_time), -K_ENODEV);
    world_driver->closing(&bus);
    all_is_back();
}

TEST(a_batch_is_one_notification_and_what_has_no_room_stays)
{
    struct packet *packets[300];
    unsigned int port, sent;
    struct netdev *device;

    bring_up_well();
    device = netdev_get(0);
    port = (unsigned int)written("event-channel");
    for (unsigned int i = 0; i < 300; i++)
        packets[i] = packet_alloc(100);
    ports[port].notified = 0;
    CHECK_EQUAL(netdev_tx(device, 0, packets, 300, NULL), 256);
    CHECK_EQUAL(ports[port].notified, 1);
    CHECK(queue_at(0)->transmit.wanting);
    for (sent = 256; sent < 300; sent++)
        packet_free(packets[sent]);
    world_driver->closing(&bus);
    all_is_back();
}

/* Answer all that was sent. */
static void backend_answers(void)
{
    struct netif_tx_sring *shared = (void *)queue_at(0)->transmit.ring.shared;

    while (shared->rsp_prod != shared->req_prod) {
        union netif_tx_sring_entry *slot =
            &shared->ring[shared->rsp_prod++ & 255];

        slot->rsp = (struct netif_tx_response){.id = slot->req.id};
    }
}

/* One sender finds the ring full; another comes first when there is room. */
TEST(whoever_waits_for_room_is_told_though_another_took_the_answers)
{
    struct packet *packets[258];
    struct netdev *device;

    bring_up_well();
    device = netdev_get(0);
    netdev_listen(device, 0, count_change, &changes);
    for (unsigned int i = 0; i < 258; i++)
        packets[i] = packet_alloc(100);
    CHECK_EQUAL(netdev_tx(device, 0, packets, 257, NULL), 256);
    CHECK_EQUAL(netdev_tx(device, 0, packets + 257, 1, NULL), 0);
    CHECK_EQUAL(changes, 0);
    backend_answers();
    CHECK_EQUAL(netdev_tx(device, 0, packets + 257, 1, NULL), 1);
    CHECK_EQUAL(changes, 1);
    CHECK(!queue_at(0)->transmit.wanting);
    CHECK_EQUAL(netdev_tx(device, 0, packets + 256, 1, NULL), 1);
    CHECK_EQUAL(changes, 1);
    world_driver->closing(&bus);
    all_is_back();
}
