/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_receive.c: the receive ring with a played backend, first an honest one,
 * then one that tries everything.
 */
#include "net_world.h"
#include "drivers/netfront/receive.c"

#define DOMAIN 5

static struct receive receive;
static uint32_t asked;    /* requests that the backend has taken */
static uint32_t answered; /* and those it has answered, its rsp_prod */

static void start(bool untrusted)
{
    CHECK_EQUAL(receive_init(&receive, DOMAIN, untrusted), 0);
}

/* All that was taken is back, but for `pages` pages. */
static void stop_but(unsigned int pages)
{
    receive_destroy(&receive);
    drain_pools();
    CHECK_EQUAL(pages_out, pages);
    CHECK_EQUAL(grants_lent(), pages);
    CHECK_EQUAL(blocks_out, 0);
}

/* ---- The backend ----------------------------------------------------------
 */

static union netif_rx_sring_entry *entry(uint32_t counter)
{
    return (union netif_rx_sring_entry *)(receive.ring.shared + 1) +
           counter % 256;
}

/* The next request. */
static struct netif_rx_request ask(void)
{
    struct netif_rx_request request = entry(asked)->req;

    CHECK(receive.ring.shared->req_prod - asked <= 256);
    CHECK(asked != receive.ring.shared->req_prod);
    CHECK_EQUAL(request.id, asked % 256);
    CHECK(grants[request.gref].lent && !grants[request.gref].readonly);
    CHECK_EQUAL(grants[request.gref].domain, DOMAIN);
    asked++;
    return request;
}

static void respond(unsigned int id, unsigned int offset, unsigned int flags,
                    int status)
{
    entry(answered++)->rsp = (struct netif_rx_response){
        (uint16_t)id, (uint16_t)offset, (uint16_t)flags, (int16_t)status};
}

static void respond_extra(unsigned int type, unsigned int flags,
                          unsigned int gso_type, unsigned int size)
{
    struct netif_extra_info extra = {.type = (uint8_t)type,
                                     .flags = (uint8_t)flags};

    (void)ask();
    extra.u.gso.type = (uint8_t)gso_type;
    extra.u.gso.size = (uint16_t)size;
    memcpy(entry(answered++), &extra, sizeof(extra));
}

static void show(void)
{
    receive.ring.shared->rsp_prod = answered;
}

/* Deliver the packet of `seed` as netback does: a page for each 4 KiB, and an
 * extra info if `gso_type` is set. */
static void deliver(unsigned int seed, size_t total, unsigned int flags,
                    unsigned int gso_type, unsigned int gso_size)
{
    size_t done = 0;

    while (done < total) {
        struct netif_rx_request request = ask();
        size_t some = total - done < PAGE_SIZE ? total - done : PAGE_SIZE;
        unsigned int all = done == 0 ? flags : 0;

        for (size_t i = 0; i < some; i++)
            grants[request.gref].page[i] = (char)pattern(seed, done + i);
        if (done + some < total)
            all |= NETRXF_more_data;
        if (done == 0 && gso_type)
            all |= NETRXF_extra_info;
        respond(request.id, 0, all, (int)some);
        if (done == 0 && gso_type)
            respond_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, gso_type, gso_size);
        done += some;
    }
    show();
}

static struct packet *take_only(void)
{
    struct packet *packets[2];

    CHECK_EQUAL(receive_take(&receive, packets, 2), 1);
    CHECK(!receive.breach);
    (void)!receive_push(&receive);
    return packets[0];
}

/* ---- Honest ---------------------------------------------------------------
 */

TEST(the_ring_is_as_the_backend_wants_it)
{
    start(false);
    CHECK_EQUAL(receive.ring.size, 256);
    CHECK_EQUAL(receive.ring.shared->req_prod, 64);
    CHECK_EQUAL(grants_lent(), 65);
    CHECK(grants[receive.ring_gref].page == (char *)receive.ring.shared);
    stop_but(0);
}

TEST(a_few_bytes_are_copied_and_the_page_goes_back)
{
    struct netif_rx_request first, again;
    struct packet *packet;
    char *page;

    start(false);
    first = entry(0)->req;
    page = grants[first.gref].page;
    deliver(1, 256, 0, 0, 0);
    packet = take_only();
    CHECK(is_filled(packet, 1, 0));
    CHECK(packet->data - packet->start >= (long)PACKET_HEADROOM);
    again = entry(64)->req;
    CHECK_EQUAL(again.gref, first.gref);
    CHECK(grants[again.gref].page == page);
    memset(page, 0, PAGE_SIZE); /* the backend may still write */
    CHECK(is_filled(packet, 1, 0));
    packet_free(packet);
    stop_but(0);
}

TEST(a_full_page_changes_hands)
{
    struct netif_rx_request first;
    struct packet *packet;
    char *page;

    start(false);
    first = entry(0)->req;
    page = grants[first.gref].page;
    deliver(2, 257, 0, 0, 0);
    packet = take_only();
    CHECK(is_filled(packet, 2, 0));
    CHECK((char *)packet->data == page);
    CHECK_EQUAL(entry(64)->req.gref, first.gref);
    CHECK(grants[first.gref].page != page);
    CHECK_EQUAL(grants_lent(), 65);
    packet_free(packet);
    stop_but(0);
}

TEST(flags_are_carried)
{
    static const struct {
        unsigned int netif, ours;
    } cases[] = {
        {0, 0},
        {NETRXF_data_validated, PACKET_CSUM_VALID},
        {NETRXF_csum_blank, PACKET_CSUM_BLANK | PACKET_CSUM_VALID},
        {NETRXF_csum_blank | NETRXF_data_validated,
         PACKET_CSUM_BLANK | PACKET_CSUM_VALID},
    };

    start(false);
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        struct packet *packet;

        deliver(i, 60 + 300 * i, cases[i].netif, 0, 0);
        packet = take_only();
        CHECK_EQUAL(packet->flags, cases[i].ours);
        CHECK_EQUAL(packet->gso_type, PACKET_GSO_NONE);
        packet_free(packet);
    }
    stop_but(0);
}

TEST(a_large_segment_of_64_kib)
{
    start(false);
    for (unsigned int type = 1; type <= 2; type++) {
        struct packet *packet;

        deliver(7, 65549, NETRXF_csum_blank, type, 1448);
        packet = take_only();
        CHECK(is_filled(packet, 7, 0));
        CHECK_EQUAL(packet->gso_type, type);
        CHECK_EQUAL(packet->gso_size, 1448);
        CHECK_EQUAL(packet->flags, PACKET_CSUM_BLANK | PACKET_CSUM_VALID);
        packet_free(packet);
        CHECK_EQUAL(receive.ring.produced - receive.ring.consumed, 64);
    }
    CHECK_EQUAL(receive.packets, 2);
    CHECK_EQUAL(receive.bytes, 2 * 65549);
    stop_but(0);
}

TEST(buffers_grow_with_demand_to_the_whole_ring)
{
    struct packet *packets[300];

    start(false);
    for (unsigned int wanted = 64; wanted <= 256; wanted *= 2) {
        CHECK_EQUAL(receive.ring.produced - receive.ring.consumed, wanted);
        for (unsigned int i = 0; i < wanted; i++)
            deliver(i, 60, 0, 0, 0);
        CHECK_EQUAL(receive_take(&receive, packets, 300), wanted);
        (void)!receive_push(&receive);
        for (unsigned int i = 0; i < wanted; i++) {
            CHECK(is_filled(packets[i], i, 0));
            packet_free(packets[i]);
        }
    }
    CHECK_EQUAL(receive.ring.produced - receive.ring.consumed, 256);
    CHECK_EQUAL(grants_lent(), 257);
    stop_but(0);
}

/* netback holds a packet back until it has slots for all of it, and so leaves
 * some for ever. */
TEST(buffers_grow_when_those_left_are_too_few_for_a_large_segment)
{
    struct packet *packets[4];

    start(false);
    for (unsigned int seed = 0; seed < 3; seed++)
        deliver(seed, 65549, NETRXF_csum_blank, PACKET_GSO_TCPV4, 1448);
    CHECK_EQUAL(receive_take(&receive, packets, 4), 3);
    CHECK_EQUAL(receive.ring.produced - receive.ring.consumed, 128);
    (void)!receive_push(&receive);
    for (unsigned int i = 0; i < 3; i++) {
        CHECK(is_filled(packets[i], i, 0));
        packet_free(packets[i]);
    }
    stop_but(0);
}

TEST(a_packet_is_not_taken_before_it_is_whole)
{
    struct packet *packets[4];
    struct netif_rx_request request;

    start(false);
    deliver(1, 100, 0, 0, 0);
    request = ask();
    respond(request.id, 0, NETRXF_more_data | NETRXF_extra_info, 4096);
    show();
    CHECK_EQUAL(receive_take(&receive, packets, 4), 1);
    CHECK(!receive_sleep(&receive));
    CHECK_EQUAL(receive.ring.shared->rsp_event, 3);
    packet_free(packets[0]);
    respond_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, 1, 1000);
    show();
    CHECK(receive_sleep(&receive));
    CHECK_EQUAL(receive_take(&receive, packets, 4), 0);
    CHECK_EQUAL(receive.partial, 2);
    request = ask();
    respond(request.id, 16, 0, 1);
    show();
    packets[0] = take_only();
    CHECK_EQUAL(packets[0]->total, 4097);
    packet_free(packets[0]);
    stop_but(0);
}

TEST(what_the_backend_calls_an_error_is_dropped)
{
    struct netif_rx_request request;
    struct packet *packet, *packets[4];

    start(false);
    request = ask();
    respond(request.id, 0, NETRXF_more_data, 4096);
    request = ask();
    respond(request.id, 0, 0, NETIF_RSP_ERROR);
    show();
    CHECK_EQUAL(receive_take(&receive, packets, 4), 0);
    request = ask();
    respond(request.id, 0, 0, 13); /* no frame is as short */
    show();
    CHECK_EQUAL(receive_take(&receive, packets, 4), 0);
    CHECK(!receive.breach);
    CHECK_EQUAL(receive.errors, 2);
    CHECK_EQUAL(receive.ring.produced - receive.ring.consumed, 64);
    (void)!receive_push(&receive);
    deliver(1, 100, 0, 0, 0);
    packet = take_only();
    CHECK(is_filled(packet, 1, 0));
    packet_free(packet);
    stop_but(0);
}

TEST(without_memory_packets_are_dropped_and_buffers_stay)
{
    struct packet *packets[4];

    start(false);
    for (unsigned int left = 0; left < 6; left++) {
        unsigned int got;

        drain_pools();
        allocations_left = left;
        deliver(1, 3 * PAGE_SIZE, 0, 0, 0); /* 3 pieces, 3 fresh pages */
        got = receive_take(&receive, packets, 4);
        allocations_left = ~0u;
        (void)!receive_push(&receive);
        CHECK_EQUAL(got, 0);
        CHECK_EQUAL(receive.errors, left + 1);
        CHECK_EQUAL(receive.ring.produced - receive.ring.consumed, 64);
        CHECK_EQUAL(grants_lent(), 65);
    }
    stop_but(0);
}

TEST(an_untrusted_backend_sees_no_old_contents)
{
    start(true);
    for (unsigned int round = 0; round < 200; round++) {
        struct packet *packet;

        for (unsigned int i = 0; i < 64; i++) {
            const char *page =
                grants[entry(receive.ring.consumed + i)->req.gref].page;

            for (unsigned int n = 0; n < PAGE_SIZE; n++)
                CHECK(page[n] == 0);
        }
        deliver(round, 300, 0, 0, 0);
        packet = take_only();
        memset(packet->start, 0x5a, PAGE_SIZE); /* a secret */
        packet_free(packet);
    }
    stop_but(0);
}

TEST(a_hundred_thousand_packets_leave_everything_as_it_was)
{
    struct packet *packets[64], *held[100] = {NULL};
    unsigned int next = 0, seed = 0, first, most = 0;

    start(false);
    for (unsigned int round = 0; round < 20000; round++) {
        unsigned int batch = test_below(8), got;

        first = seed;
        while (batch-- > 0 && receive.ring.shared->req_prod - asked >= 18) {
            size_t total =
                test_below(4) ? 14 + test_below(1500) : 14 + test_below(65535);

            deliver(seed++, total, 0, total > 5000, 1000);
        }
        got = receive_take(&receive, packets, 64);
        CHECK_EQUAL(got, seed - first);
        (void)!receive_push(&receive);
        for (unsigned int i = 0; i < got; i++, next = (next + 1) % 100) {
            CHECK(is_filled(packets[i], first + i, 0));
            packet_free(held[next]);
            held[next] = packets[i];
        }
        if (round == 10000)
            most = pages_out + 1600; /* of what is held */
        CHECK(!most || pages_out <= most);
        CHECK_EQUAL(receive.ring.produced - receive.ring.consumed,
                    receive.wanted);
        CHECK_EQUAL(grants_lent(), receive.wanted + 1);
        CHECK_EQUAL(grants_reserved(), receive.wanted + 1);
    }
    CHECK(seed > 50000);
    for (unsigned int i = 0; i < 100; i++)
        packet_free(held[i]);
    stop_but(0);
}

/* ---- Not honest -----------------------------------------------------------
 */

/* There is a breach, nothing was given out, and nothing more happens. */
static void expect_breach(const char *words)
{
    struct packet *packets[4];

    show();
    CHECK_EQUAL(receive_take(&receive, packets, 4), 0);
    CHECK(receive.breach);
    if (!strstr(receive.breach, words))
        test_fail(__FILE__, __LINE__, "\"%s\" is not \"%s\"", receive.breach,
                  words);
    CHECK_EQUAL(receive_take(&receive, packets, 4), 0);
}

TEST(a_counter_ahead)
{
    start(false);
    answered = 65;
    expect_breach("not asked");
    stop_but(0);
}

TEST(a_counter_behind)
{
    struct packet *packet;

    start(false);
    deliver(1, 60, 0, 0, 0);
    packet = take_only();
    packet_free(packet);
    answered = 0;
    expect_breach("not asked");
    stop_but(0);
}

TEST(an_id_of_another)
{
    start(false);
    respond(ask().id + 1u, 0, 0, 60);
    expect_breach("another's place");
    stop_but(0);
}

TEST(more_than_a_page)
{
    static const struct {
        unsigned int offset;
        int status;
    } cases[] = {{0, 4097}, {4096, 1}, {65535, 1}, {4000, 97}, {0, 32767}};

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        start(false);
        respond(ask().id, cases[i].offset, 0, cases[i].status);
        expect_breach("more than a page");
        stop_but(0);
        asked = answered = 0;
    }
}

TEST(flags_that_do_not_exist)
{
    start(false);
    respond(ask().id, 0, NETRXF_gso_prefix, 60);
    expect_breach("flags");
    stop_but(0);
}

TEST(extra_info_that_was_not_asked_for)
{
    static const struct {
        unsigned int type, flags, gso_type, size;
        const char *words;
    } cases[] = {
        {0, 0, 1, 1000, "not asked"},  {2, 0, 1, 1000, "not asked"},
        {4, 0, 1, 1000, "not asked"},  {255, 0, 1, 1000, "not asked"},
        {1, 1, 1, 1000, "not asked"},  {1, 0, 0, 1000, "known kind"},
        {1, 0, 3, 1000, "known kind"}, {1, 0, 1, 0, "known kind"},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        start(false);
        respond(ask().id, 0, NETRXF_extra_info, 60);
        respond_extra(cases[i].type, cases[i].flags, cases[i].gso_type,
                      cases[i].size);
        expect_breach(cases[i].words);
        stop_but(0);
        asked = answered = 0;
    }
}

TEST(a_packet_without_end)
{
    start(false);
    for (unsigned int i = 0; i < 19; i++)
        respond(ask().id, 0, NETRXF_more_data, 4096);
    expect_breach("too many");
    stop_but(0);
}

TEST(a_page_that_is_held_on_to_is_lost_on_purpose)
{
    struct netif_rx_request first;

    start(false);
    first = entry(0)->req;
    deliver(1, 2000, 0, 0, 0);
    grants[first.gref].busy = true;
    expect_breach("holds on");
    stop_but(1);
    CHECK(grants[first.gref].lent);
    free(grants[first.gref].page);
}

TEST(all_pages_that_are_held_at_the_end_are_lost)
{
    start(false);
    for (unsigned int i = 0; i < 10; i++)
        grants[entry(i)->req.gref].busy = true;
    grants[receive.ring_gref].busy = true;
    stop_but(11);
    for (unsigned int i = 0; i < GRANTS; i++)
        if (grants[i].lent)
            free(grants[i].page);
}

TEST(a_start_without_memory_leaves_nothing)
{
    for (unsigned int left = 0; left < 66; left++) {
        allocations_left = left;
        CHECK_EQUAL(receive_init(&receive, DOMAIN, false), -K_ENOMEM);
        allocations_left = ~0u;
        drain_pools();
        CHECK_EQUAL(pages_out + blocks_out + grants_reserved(), 0);
    }
}
