/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_transmit.c: the transmit ring with a played backend, which puts packets
 * together again from what it was granted, first honestly.
 */
#include "net_world.h"
#include "drivers/checksum.c"
#include "drivers/segment.c"
#include "drivers/netfront/transmit.c"
#include "drivers/netfront/transmit_ring.c"

#define DOMAIN 3
#define ALL    31u

static struct transmit transmit;
static struct packet *done;
static uint32_t asked, answered;

static void start(bool untrusted, unsigned int features)
{
    asked = answered = 0;
    CHECK_EQUAL(transmit_init(&transmit, DOMAIN, untrusted, features), 0);
}

static unsigned int count_done(void)
{
    unsigned int count = 0;

    for (struct packet *packet = done; packet; packet = packet->next)
        count++;
    return count;
}

static void free_done(void)
{
    transmit_free_list(done);
    done = NULL;
}

static void stop_but(unsigned int pages, unsigned int blocks)
{
    free_done();
    transmit_destroy(&transmit);
    drain_pools();
    CHECK_EQUAL(pages_out, pages);
    CHECK_EQUAL(blocks_out, blocks);
    if (pages == 0) {
        CHECK_EQUAL(grants_reserved(), 0);
    }
}

static struct packet *filled(size_t total, unsigned int seed)
{
    struct packet *packet = packet_alloc(total);

    fill(packet, seed);
    return packet;
}

static unsigned int send_one(struct packet *packet)
{
    struct packet *packets[1] = {packet};
    unsigned int taken = transmit_put(&transmit, packets, 1, &done);

    (void)!transmit_push(&transmit);
    return taken;
}

static void reap(void)
{
    transmit.ring.shared->rsp_prod = answered;
    transmit_reap(&transmit, &done);
}

/* ---- The backend ----------------------------------------------------------
 */

static union netif_tx_sring_entry *entry(uint32_t counter)
{
    return (union netif_tx_sring_entry *)(transmit.ring.shared + 1) +
           counter % 256;
}

static void respond(unsigned int id, int status)
{
    entry(answered++)->rsp =
        (struct netif_tx_response){(uint16_t)id, (int16_t)status};
}

/* One packet as the backend sees it. */
struct sight {
    unsigned int parts, flags;
    bool extra;
    struct netif_extra_info info;
    uint16_t ids[32];
    gref_t grefs[32];
    uint8_t bytes[65536];
    size_t total;
};

static struct netif_tx_request ask(void)
{
    struct netif_tx_request request;

    CHECK(asked != transmit.ring.shared->req_prod);
    request = entry(asked++)->req;
    CHECK(request.id < 256);
    CHECK(grants[request.gref].lent && grants[request.gref].readonly);
    CHECK_EQUAL(grants[request.gref].domain, DOMAIN);
    return request;
}

static void see(struct sight *sight)
{
    struct netif_tx_request requests[32];
    size_t rest = 0, at = 0;
    bool more = true;

    memset(sight, 0, sizeof(*sight));
    for (unsigned int i = 0; more; i++) {
        struct netif_tx_request request = ask();

        CHECK(i < 18);
        requests[i] = request;
        sight->ids[i] = request.id;
        sight->grefs[i] = request.gref;
        sight->parts++;
        more = request.flags & NETTXF_more_data;
        if (i > 0) {
            CHECK_EQUAL(request.flags & ~NETTXF_more_data, 0);
            rest += request.size;
        } else {
            sight->flags = request.flags;
            sight->extra = request.flags & NETTXF_extra_info;
        }
        if (i == 0 && sight->extra)
            memcpy(&sight->info, entry(asked++), sizeof(sight->info));
    }
    /* The first part's size follows from the others'. */
    sight->total = requests[0].size;
    CHECK(sight->total > rest);
    requests[0].size = (uint16_t)(sight->total - rest);
    for (unsigned int i = 0; i < sight->parts; i++) {
        CHECK(requests[i].size > 0);
        CHECK(requests[i].offset + requests[i].size <= (int)PAGE_SIZE);
        memcpy(sight->bytes + at,
               grants[requests[i].gref].page + requests[i].offset,
               requests[i].size);
        at += requests[i].size;
    }
}

static bool shows(const struct sight *sight, unsigned int seed, size_t total)
{
    CHECK_EQUAL(sight->total, total);
    for (size_t i = 0; i < total; i++)
        if (sight->bytes[i] != pattern(seed, i))
            return false;
    return true;
}

static void respond_all(const struct sight *sight, int status)
{
    for (unsigned int i = 0; i < sight->parts; i++) {
        respond(sight->ids[i], status);
        if (i == 0 && sight->extra)
            respond(0xffff, NETIF_RSP_NULL);
    }
}

/* ---- Honest ---------------------------------------------------------------
 */

TEST(small_packets_are_copied_and_done_with)
{
    static struct sight sight;

    start(false, ALL);
    for (unsigned int i = 0; i < 1000; i++) {
        size_t total = 14 + test_below(243);

        CHECK_EQUAL(send_one(filled(total, i)), 1);
        CHECK_EQUAL(count_done(), 1);
        free_done();
        see(&sight);
        CHECK(shows(&sight, i, total));
        CHECK_EQUAL(sight.parts, 1);
        respond_all(&sight, 0);
        reap();
    }
    /* One page was enough for that, and its grant lasts. */
    CHECK_EQUAL(grants_lent(), 2);
    CHECK_EQUAL(transmit.packets, 1000);
    stop_but(0, 0);
}

TEST(pieces_that_are_small_together_are_copied)
{
    static struct sight sight;
    struct packet *packet = packet_alloc(100);

    start(false, 0);
    packet_append(packet, packet_alloc(0));
    packet_append(packet, packet_alloc(100));
    fill(packet, 9);
    CHECK_EQUAL(send_one(packet), 1);
    see(&sight);
    CHECK(shows(&sight, 9, 200));
    stop_but(0, 0);
}

TEST(large_packets_are_lent_where_they_lie)
{
    static struct sight sight;
    struct packet *packet;

    start(false, ALL);
    packet = filled(1514, 4);
    CHECK_EQUAL(send_one(packet), 1);
    CHECK_EQUAL(count_done(), 0);
    see(&sight);
    CHECK(shows(&sight, 4, 1514));
    CHECK_EQUAL(sight.parts, 1);
    CHECK(grants[sight.grefs[0]].page == (char *)packet->start);
    CHECK(transmit.lent == 1);
    respond_all(&sight, 0);
    reap();
    CHECK(done == packet);
    CHECK(!grants[sight.grefs[0]].lent);
    stop_but(0, 0);
}

TEST(a_large_segment_in_18_parts)
{
    static struct sight sight;
    char *memory = aligned_alloc(PAGE_SIZE, 18 * PAGE_SIZE);
    struct packet *packet = packet_alloc(200), *tail = packet_piece();

    start(false, ALL);
    /* 200 bytes of headers, and 16.5 pages that begin in the middle of one. */
    tail->data = (uint8_t *)memory + 2000;
    tail->length = tail->total = 16 * PAGE_SIZE - 1000;
    tail->start = (uint8_t *)memory;
    tail->end = (uint8_t *)memory + 18 * PAGE_SIZE;
    packet_append(packet, tail);
    fill(packet, 5);
    packet->gso_type = PACKET_GSO_TCPV6;
    packet->gso_size = 1400;
    CHECK_EQUAL(count_parts(packet), 18);
    CHECK_EQUAL(send_one(packet), 1);
    CHECK_EQUAL(asked + 19, transmit.ring.shared->req_prod);
    CHECK_EQUAL(transmit.slots[transmit.free].state, SLOT_FREE);
    see(&sight);
    CHECK_EQUAL(sight.flags & 3, NETTXF_csum_blank | NETTXF_data_validated);
    CHECK_EQUAL(sight.info.type, XEN_NETIF_EXTRA_TYPE_GSO);
    CHECK_EQUAL(sight.info.flags, 0);
    CHECK_EQUAL(sight.info.u.gso.type, XEN_NETIF_GSO_TYPE_TCPV6);
    CHECK_EQUAL(sight.info.u.gso.size, 1400);
    CHECK_EQUAL(sight.parts, 18);
    CHECK(shows(&sight, 5, packet->total));
    respond_all(&sight, 0);
    reap();
    CHECK(!transmit.breach);
    CHECK(done == packet);
    CHECK_EQUAL(transmit.extras, 0);
    CHECK_EQUAL(transmit.free_count, 256);
    stop_but(0, 0);
    free(memory);
}

TEST(what_is_in_too_many_parts_is_copied)
{
    static struct sight sight;
    struct packet *packet = packet_alloc(100);

    start(false, ALL);
    for (int i = 0; i < 20; i++)
        packet_append(packet, packet_alloc(300));
    fill(packet, 6);
    CHECK_EQUAL(send_one(packet), 1);
    CHECK(done == packet); /* at once */
    free_done();
    see(&sight);
    CHECK_EQUAL(sight.parts, 2);
    CHECK(shows(&sight, 6, 6100));
    respond_all(&sight, 0);
    reap();
    CHECK_EQUAL(count_done(), 1); /* the copy */
    stop_but(0, 0);
}

TEST(without_pieces_packets_have_one_part)
{
    static struct sight sight;
    struct packet *packet = packet_alloc(1000);

    start(false, 0);
    packet_append(packet, packet_alloc(3096));
    fill(packet, 8);
    CHECK_EQUAL(send_one(packet), 1);
    see(&sight);
    CHECK_EQUAL(sight.parts, 1);
    CHECK(shows(&sight, 8, 4096));
    CHECK_EQUAL(send_one(filled(4097, 1)), 1);
    CHECK_EQUAL(transmit.errors, 1);
    CHECK_EQUAL(asked, transmit.ring.shared->req_prod);
    stop_but(0, 0);
}

TEST(flags_are_carried)
{
    static struct sight sight;
    static const struct {
        unsigned int ours, netif;
    } cases[] = {
        {0, 0},
        {PACKET_CSUM_VALID, NETTXF_data_validated},
        {PACKET_CSUM_BLANK, NETTXF_csum_blank | NETTXF_data_validated},
    };

    start(false, ALL);
    for (unsigned int i = 0; i < 6; i++) {
        struct packet *packet = filled(i < 3 ? 100 : 1000, i);

        packet->flags = (uint8_t)cases[i % 3].ours;
        CHECK_EQUAL(send_one(packet), 1);
        see(&sight);
        CHECK_EQUAL(sight.flags, cases[i % 3].netif);
    }
    stop_but(0, 0);
}

TEST(what_the_device_cannot_do_is_dropped)
{
    static const struct {
        unsigned int feature, type, gso;
    } cases[] = {
        {NETDEV_CSUM_IPV4, 0x0800, 0},
        {NETDEV_CSUM_IPV6, 0x86dd, 0},
        {NETDEV_GSO_TCPV4, 0x0800, 1},
        {NETDEV_GSO_TCPV6, 0x86dd, 2},
        {0, 0x0800, 3},
    };

    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
        struct packet *packet = filled(100, i);
        bool can = i % 2 && cases[i / 2].feature;

        start(false, can ? cases[i / 2].feature : ALL - cases[i / 2].feature);
        transmit.errors = transmit.unfit = 0;
        packet->flags = PACKET_CSUM_BLANK;
        packet->data[12] = (uint8_t)(cases[i / 2].type >> 8);
        packet->data[13] = (uint8_t)cases[i / 2].type;
        packet->gso_type = (uint8_t)cases[i / 2].gso;
        packet->gso_size = 500;
        CHECK_EQUAL(send_one(packet), 1);
        CHECK_EQUAL(transmit.errors, !can);
        CHECK_EQUAL(transmit.unfit, !can);
        CHECK_EQUAL(transmit.ring.shared->req_prod > 0, can);
        stop_but(0, 0);
    }
}

/* A frame of TCP over IPv4, in a VLAN if `tag` is 4; its payload is a pattern.
 */
static struct packet *tcp_frame(size_t payload, size_t tag)
{
    struct packet *packet = packet_alloc(54 + tag + payload);
    uint8_t *at = packet->data;
    size_t offset = 0;

    fill(packet, 1);
    memset(at, 0, 54 + tag);
    at[12] = tag ? 0x81 : 8;
    at += tag;
    at[12] = 8;
    at[13] = 0;
    at[14] = 0x45;
    at[16] = (uint8_t)((payload + 40) >> 8);
    at[17] = (uint8_t)(payload + 40);
    at[23] = 6;
    at[46] = 0x50;
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length; i++, offset++)
            if (offset >= 54 + tag)
                piece->data[i] = pattern(1, offset - 54 - tag);
    packet->flags = PACKET_CSUM_BLANK;
    return packet;
}

TEST(checksums_that_the_device_leaves_out_are_computed)
{
    static struct sight sight;

    for (unsigned int i = 0; i < 4; i++) {
        struct packet *packet = tcp_frame(100, i / 2 * 4);

        start(false, i % 2 ? ALL : ALL - NETDEV_CSUM_IPV4);
        transmit.errors = 0;
        CHECK_EQUAL(send_one(packet), 1);
        CHECK_EQUAL(transmit.errors + transmit.unfit, 0);
        see(&sight);
        CHECK_EQUAL(sight.flags & NETTXF_csum_blank,
                    i == 1 ? NETTXF_csum_blank : 0);
        respond_all(&sight, 0);
        reap();
        stop_but(0, 0);
    }
}

/* One packet of a segment as the backend has seen it: where its payload is in
 * the stream. */
static size_t check_packet(const struct sight *sight, size_t headers,
                           size_t from, size_t most)
{
    CHECK(!sight->extra && !(sight->flags & NETTXF_csum_blank));
    CHECK(sight->total > headers && sight->total - headers <= most);
    for (size_t i = headers; i < sight->total; i++)
        CHECK_EQUAL(sight->bytes[i], pattern(1, from + i - headers));
    return sight->total - headers;
}

TEST(segments_that_the_device_does_not_cut_are_cut)
{
    static struct sight sight;

    for (unsigned int i = 0; i < 3; i++) {
        size_t tag = i == 2 ? 4 : 0, from = 0;
        struct packet *packet = tcp_frame(60000, tag);

        start(i == 1, i == 2 ? ALL : 0);
        transmit.packets = transmit.bytes = transmit.errors = 0;
        packet->gso_type = PACKET_GSO_TCPV4;
        packet->gso_size = 1448;
        CHECK_EQUAL(send_one(packet), 1);
        while (from < 60000) {
            see(&sight);
            from += check_packet(&sight, 54 + tag, from, 1448);
            respond_all(&sight, 0);
        }
        CHECK_EQUAL(from, 60000);
        CHECK_EQUAL(asked, transmit.ring.shared->req_prod);
        CHECK_EQUAL(transmit.packets, 42);
        CHECK_EQUAL(transmit.bytes, 60000 + 42 * (54 + tag));
        CHECK_EQUAL(transmit.errors + transmit.unfit, 0);
        reap();
        stop_but(0, 0);
    }
}

TEST(a_segment_waits_for_room_between_its_packets)
{
    static struct sight sight;
    struct packet *packet = tcp_frame(60000, 0);
    size_t from = 0;

    start(false, 0);
    packet->gso_type = PACKET_GSO_TCPV4;
    packet->gso_size = 100; /* 600 packets: more than the ring has slots */
    while (!send_one(packet)) {
        CHECK(asked < transmit.ring.shared->req_prod);
        while (asked < transmit.ring.shared->req_prod) {
            see(&sight);
            from += check_packet(&sight, 54, from, 100);
            respond_all(&sight, 0);
        }
        reap();
    }
    while (asked < transmit.ring.shared->req_prod) {
        see(&sight);
        from += check_packet(&sight, 54, from, 100);
        respond_all(&sight, 0);
    }
    CHECK_EQUAL(from, 60000);
    reap();
    stop_but(0, 0);
}

TEST(frames_of_no_frame_size_are_dropped)
{
    static const size_t sizes[] = {0, 13, 65536, PACKET_MAX};

    start(false, ALL);
    for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
        CHECK_EQUAL(send_one(packet_alloc(sizes[i])), 1);
    CHECK_EQUAL(transmit.errors, 4);
    CHECK_EQUAL(transmit.ring.shared->req_prod, 0);
    CHECK_EQUAL(send_one(filled(65535, 1)), 1);
    CHECK_EQUAL(transmit.errors, 4);
    stop_but(0, 0);
}

TEST(a_full_ring_takes_less)
{
    static struct sight sight;
    struct packet *packets[300];

    start(false, ALL);
    for (unsigned int i = 0; i < 300; i++)
        packets[i] = filled(i % 2 ? 60 : 1000, i);
    CHECK_EQUAL(transmit_put(&transmit, packets, 300, &done), 256);
    CHECK_EQUAL(transmit_put(&transmit, packets + 256, 44, &done), 0);
    (void)!transmit_push(&transmit);
    transmit.wanting = true;
    CHECK(!transmit_arm(&transmit));
    CHECK_EQUAL(transmit.ring.shared->rsp_event, 128);
    CHECK(!transmit_has_room(&transmit));
    for (unsigned int i = 0; i < 128; i++) {
        see(&sight);
        CHECK(shows(&sight, i, i % 2 ? 60 : 1000));
        respond_all(&sight, 0);
    }
    reap();
    CHECK(transmit_has_room(&transmit));
    CHECK_EQUAL(transmit_put(&transmit, packets + 256, 44, &done), 44);
    stop_but(0, 0);
}

/* An event is wanted when the last lent packet is answered, and for copied ones
 * never. */
TEST(events_only_for_what_is_lent)
{
    start(false, ALL);
    CHECK_EQUAL(send_one(filled(60, 1)), 1);
    transmit.ring.shared->rsp_event = 77;
    CHECK(!transmit_arm(&transmit));
    CHECK_EQUAL(transmit.ring.shared->rsp_event, 77);
    CHECK_EQUAL(send_one(filled(1000, 1)), 1);
    CHECK_EQUAL(send_one(filled(60, 1)), 1);
    CHECK(!transmit_arm(&transmit));
    CHECK_EQUAL(transmit.ring.shared->rsp_event, 2);
    stop_but(0, 0);
}

TEST(an_untrusted_backend_sees_packets_and_zeros)
{
    static struct sight sight;

    start(true, ALL);
    for (unsigned int i = 0; i < 200; i++) {
        size_t total = 14 + test_below(i % 2 ? 9000 : 300);
        struct packet *packet = filled(total, i);

        for (struct packet *piece = packet; piece; piece = piece->more) {
            memset(piece->start, 0x5a, (size_t)(piece->data - piece->start));
            memset(piece->data + piece->length, 0x5a,
                   (size_t)(piece->end - piece->data) - piece->length);
        }
        CHECK_EQUAL(send_one(packet), 1);
        see(&sight);
        CHECK(shows(&sight, i, total));
        for (unsigned int part = 0; part < sight.parts && total > 256; part++)
            for (size_t at = part + 1 < sight.parts
                                 ? PAGE_SIZE
                                 : (total - 1) % PAGE_SIZE + 1;
                 at < PAGE_SIZE; at++)
                CHECK_EQUAL(grants[sight.grefs[part]].page[at], 0);
        respond_all(&sight, 0);
        reap();
        free_done();
    }
    stop_but(0, 0);
}

TEST(packets_beyond_memory_are_dropped)
{
    start(true, ALL);
    for (unsigned int left = 0; left < 6; left++) {
        struct packet *packet = filled(3 * PAGE_SIZE, 1);

        drain_pools();
        allocations_left = left;
        CHECK_EQUAL(send_one(packet), 1);
        allocations_left = ~0u;
        CHECK_EQUAL(transmit.errors, left + 1);
        free_done();
    }
    CHECK_EQUAL(transmit.ring.shared->req_prod, 0);
    stop_but(0, 0);
}

/* Answers in any order; each packet comes back once, and nothing else is left
 * behind. */
TEST(a_storm_of_packets_answered_in_any_order)
{
    static struct sight sight;
    static uint16_t waiting[256];
    unsigned int count = 0, sent = 0, got = 0;

    start(false, ALL);
    for (unsigned int round = 0; round < 30000; round++) {
        size_t total = 14 + test_below(round % 3 ? 3000 : 65000);
        struct packet *packet = filled(total, round);

        if (round % 5 == 0) {
            packet->gso_type = PACKET_GSO_TCPV4;
            packet->gso_size = 1000;
        }
        if (send_one(packet)) {
            see(&sight);
            CHECK(shows(&sight, round, total));
            for (unsigned int i = 0; i < sight.parts; i++)
                waiting[count++] = sight.ids[i];
            if (sight.extra)
                waiting[count++] = 0xffff;
            sent++;
        } else {
            packet_free(packet);
            for (unsigned int half = count / 2; half > 0; half--) {
                unsigned int pick = test_below(count--);

                respond(waiting[pick],
                        waiting[pick] == 0xffff ? NETIF_RSP_NULL : 0);
                waiting[pick] = waiting[count];
            }
            reap();
            CHECK(!transmit.breach);
        }
        got += count_done();
        free_done();
    }
    while (count-- > 0)
        respond(waiting[count], waiting[count] == 0xffff ? NETIF_RSP_NULL : 0);
    reap();
    got += count_done();
    CHECK_EQUAL(got, sent);
    CHECK_EQUAL(transmit.free_count, 256);
    CHECK_EQUAL(transmit.lent, 0);
    CHECK(grants_lent() <= 17);
    stop_but(0, 0);
}

TEST(what_is_on_its_way_at_the_end_is_freed)
{
    start(false, ALL);
    CHECK_EQUAL(send_one(filled(60, 1)), 1);
    CHECK_EQUAL(send_one(filled(20000, 1)), 1);
    CHECK_EQUAL(send_one(filled(1000, 1)), 1);
    stop_but(0, 0);
}

/* ---- Not honest -----------------------------------------------------------
 */

static void expect_breach(const char *words)
{
    reap();
    CHECK(transmit.breach);
    if (!strstr(transmit.breach, words))
        test_fail(__FILE__, __LINE__, "\"%s\" is not \"%s\"", transmit.breach,
                  words);
}

TEST(counters_ahead_and_behind)
{
    start(false, ALL);
    CHECK_EQUAL(send_one(filled(60, 1)), 1);
    answered = 2;
    expect_breach("not asked");
    stop_but(0, 0);
    start(false, ALL);
    answered = (uint32_t)-1;
    expect_breach("not asked");
    stop_but(0, 0);
}

TEST(ids_that_are_not_on_their_way)
{
    static const unsigned int ids[] = {1, 255, 256, 0xffff};

    for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
        start(false, ALL);
        CHECK_EQUAL(send_one(filled(1000, 1)), 1);
        CHECK_EQUAL(entry(0)->req.id, 0);
        respond(ids[i], 0);
        expect_breach("there is not");
        stop_but(0, 0);
    }
}

TEST(an_answer_twice)
{
    static struct sight sight;

    start(false, ALL);
    CHECK_EQUAL(send_one(filled(5000, 1)), 1); /* two parts */
    see(&sight);
    respond(sight.ids[0], 0);
    respond(sight.ids[0], 0);
    expect_breach("there is not");
    CHECK_EQUAL(count_done(), 0);
    stop_but(0, 0);
}

TEST(no_answer_where_there_was_no_extra_info)
{
    start(false, ALL);
    CHECK_EQUAL(send_one(filled(60, 1)), 1);
    respond(0, NETIF_RSP_NULL);
    expect_breach("there is not");
    stop_but(0, 0);
}

TEST(a_page_that_is_held_on_to_is_lost_with_its_packet)
{
    static struct sight sight;
    struct packet *packet = filled(5000, 1);
    void *pages[2] = {packet->start, packet->more->start};
    void *pieces[2] = {packet, packet->more};

    start(false, ALL);
    CHECK_EQUAL(send_one(packet), 1);
    see(&sight);
    CHECK_EQUAL(sight.parts, 2);
    grants[sight.grefs[1]].busy = true;
    respond_all(&sight, 0);
    expect_breach("holds on");
    CHECK_EQUAL(count_done(), 0);
    stop_but(2, 2);
    CHECK(grants[sight.grefs[1]].lent);
    for (unsigned int i = 0; i < 2; i++) {
        free(pages[i]);
        free(pieces[i]);
    }
}

TEST(errors_are_counted)
{
    static struct sight sight;

    start(false, ALL);
    CHECK_EQUAL(send_one(filled(5000, 1)), 1);
    see(&sight);
    respond_all(&sight, NETIF_RSP_ERROR);
    reap();
    CHECK_EQUAL(transmit.errors, 1);
    CHECK_EQUAL(count_done(), 1);
    stop_but(0, 0);
}
