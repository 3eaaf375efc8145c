/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lwip_limits.c: TCP within the memory there is, seen from the other end
 * of the wire: floods of connections that never come to be, many that are over,
 * and windows.
 */
#include "lwip_world.h"

#define BACKLOG 16

static const uint8_t scale_option[4] = {1, 3, 3, 5};

static struct tcp_pcb *accepted[1024];
static unsigned int accepted_count;

static err_t on_accept(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument, (void)error;
    accepted[accepted_count++] = pcb;
    return ERR_OK;
}

static void start(void)
{
    struct tcp_pcb *listener;

    world_start("10.0.0.1/24");
    world_meet();
    listener = tcp_new();
    CHECK(tcp_bind(listener, IP_ANY_TYPE, 80) == ERR_OK);
    listener = tcp_listen_with_backlog(listener, BACKLOG);
    tcp_accept(listener, on_accept);
}

static void syn_with(uint16_t from, const void *options)
{
    struct world_segment segment = {.from = from,
                                    .to = 80,
                                    .sequence = 1000,
                                    .flags = TCP_SYN,
                                    .window = 65535,
                                    .options = options};

    CHECK(world_send_segment(&segment));
}

static void syn(uint16_t from)
{
    syn_with(from, scale_option);
}

/* Anything behind the SYN. */
static void say(uint16_t from, uint32_t sequence, uint8_t flags,
                const void *bytes, size_t length)
{
    const struct tcp_hdr *last = world_answer(from);
    uint32_t theirs = lwip_ntohl(last->seqno);
    struct world_segment segment = {
        .from = from,
        .to = 80,
        .sequence = sequence,
        .acknowledged =
            theirs + (TCPH_FLAGS(last) & (TCP_SYN | TCP_FIN) ? 1 : 0),
        .flags = TCP_ACK | flags,
        .window = 1000,
        .bytes = bytes,
        .length = length};

    CHECK(world_send_segment(&segment));
}

static struct tcp_pcb *connection(uint16_t from)
{
    unsigned int before = accepted_count;

    syn(from);
    say(from, 1001, 0, NULL, 0);
    return accepted_count == before ? NULL : accepted[before];
}

/* ---- Connections ----------------------------------------------------------
 */

TEST(a_flood_keeps_nobody_out)
{
    unsigned int before, half_open = 0;

    start();
    before = blocks_out;
    for (uint16_t port = 10000; port < 12000; port++)
        syn(port);
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        half_open += pcb->state == SYN_RCVD;
    CHECK_EQUAL(half_open, BACKLOG);
    CHECK(blocks_out < before + 16 * BACKLOG);
    CHECK(connection(2000) != NULL);
    /* The flood's last ones have not been thrown out: the oldest was. */
    say(11999, 1001, 0, NULL, 0);
    CHECK_EQUAL(accepted_count, 2);
}

TEST(what_waits_for_accept_is_not_thrown_out)
{
    start();
    for (uint16_t port = 3000; port < 3000 + BACKLOG; port++) {
        struct tcp_pcb *pcb = connection(port);

        CHECK(pcb != NULL);
        tcp_backlog_delayed(pcb); /* the program has not come for it */
    }
    syn(4000);
    CHECK(world_answer(4000) == NULL);
    tcp_backlog_accepted(accepted[0]);
    syn(4000);
    CHECK(world_answer(4000) != NULL);
}

/* Open and close as many, from port 1024 on. */
static void end_connections(uint16_t count)
{
    for (uint16_t port = 1024; port < 1024 + count; port++) {
        struct tcp_pcb *pcb = connection(port);

        CHECK(pcb != NULL);
        tcp_recv(pcb, NULL);
        CHECK(tcp_close(pcb) == ERR_OK);
        world_settle();
        say(port, 1001, TCP_FIN, NULL, 0);
    }
}

TEST(connections_that_are_over_end_early)
{
    unsigned int over = 0;

    world_total_pages = 2048;
    world_free_pages = 1024;
    start();
    end_connections(600);
    for (struct tcp_pcb *pcb = tcp_tw_pcbs; pcb; pcb = pcb->next)
        over++;
    /* Looked at every 64 segments. */
    CHECK(over >= 256 && over < 256 + 64);
}

/* Its segment is the one at which lwIP's list is looked at, and cut. */
TEST(the_oldest_that_is_over_may_still_say_something)
{
    struct tcp_pcb *oldest;

    world_total_pages = 1 << 16;
    start();
    end_connections(400);
    for (oldest = tcp_tw_pcbs; oldest->next; oldest = oldest->next)
        ;
    CHECK_EQUAL(oldest->remote_port, 1024);
    world_total_pages = 2048;
    for (unsigned int i = 0; i < LOOK_EVERY; i++)
        say(1024, 1001, TCP_FIN, NULL, 0);
    CHECK(tcp_tw_pcbs->remote_port == 1024 + 399);
}

/* ---- Windows ----------------------------------------------------------------
 */

static uint32_t window_with_free(size_t bytes)
{
    world_free_pages = bytes / PAGE_SIZE;
    for (unsigned int i = 0; i < LOOK_EVERY; i++)
        syn(9999);
    return TCP_WND;
}

TEST(windows_follow_free_memory)
{
    start();
    CHECK_EQUAL(window_with_free(512ul << 20), 1 << 20);
    CHECK_EQUAL(window_with_free(16ul << 20), 1 << 20);
    CHECK_EQUAL(window_with_free(4ul << 20), 1 << 18);
    CHECK_EQUAL(window_with_free(0), 1 << 16);
    CHECK_EQUAL(window_with_free(512ul << 20), 1 << 20);
}

/* ---- Segments for the device to cut ------------------------------------- */

static uint16_t mss_after(uint16_t from, const void *options)
{
    unsigned int before = accepted_count;

    syn_with(from, options);
    say(from, 1001, 0, NULL, 0);
    CHECK_EQUAL(accepted_count, before + 1);
    accepted[before]->cwnd = 100000;
    say(from, 1001, 0, "x", 1);
    return accepted[before]->mss;
}

TEST(segments_grow_unless_the_peer_wants_tiny_ones)
{
    static const uint8_t usual[4] = {2, 4, 1460 >> 8, 1460 & 255};
    static const uint8_t tiny[4] = {2, 4, 0, 8};

    start();
    CHECK_EQUAL(mss_after(6000, usual), 17 * 1460); /* a quarter of cwnd */
    CHECK_EQUAL(mss_after(6001, tiny), 8);
}

TEST(a_connection_is_told_the_window)
{
    const struct tcp_hdr *answer;

    start();
    CHECK(window_with_free(4ul << 20) == 1 << 18);
    CHECK(connection(5000) != NULL);
    say(5000, 1001, 0, "hello", 5);
    world_pass(500); /* the delayed acknowledgement */
    answer = world_answer(5000);
    CHECK_EQUAL(lwip_ntohl(answer->ackno), 1006);
    CHECK_EQUAL(lwip_ntohs(answer->wnd), ((1 << 18) - 5) >> 5);
}

TEST(a_window_that_has_changed_is_no_reason_for_a_reset)
{
    struct tcp_pcb *pcb;

    start();
    pcb = connection(5000);
    CHECK(pcb != NULL);
    CHECK(window_with_free(4ul << 20) == 1 << 18);
    limits_close(pcb);
    CHECK(tcp_close(pcb) == ERR_OK);
    world_settle();
    CHECK(TCPH_FLAGS(world_answer(5000)) & TCP_FIN);
    CHECK(!(TCPH_FLAGS(world_answer(5000)) & TCP_RST));
}

/* ---- Short of memory
 * --------------------------------------------------------- */

TEST(short_of_memory_nothing_is_kept_for_later)
{
    struct tcp_pcb *pcb;

    start();
    pcb = connection(6000);
    CHECK(pcb != NULL);
    say(6000, 1101, 0, "later", 5);
    CHECK(pcb->ooseq != NULL);
    say(6000, 1001, 0, pcb, 100);
    CHECK(pcb->ooseq == NULL);
    window_with_free(0);
    CHECK(limits_short());
    say(6000, 1206, 0, "later", 5);
    CHECK(pcb->ooseq == NULL);
    say(6000, 1106, 0, "now", 3);
    CHECK_EQUAL(pcb->rcv_nxt, 1109);
    window_with_free(512ul << 20);
    CHECK(!limits_short());
}
