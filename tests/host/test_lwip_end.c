/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lwip_end.c: how connections end with the domain, seen from the other end
 * of the wire: one that answers, one that does not, one that never did.
 */
#include "lwip_world.h"
#include "lib/lwip/end.c"

static struct lifecycle_end *the_end;

void lifecycle_at_end(struct lifecycle_end *end)
{
    the_end = end;
}

/* What the other end does while the domain waits for it. */
static void (*other_end)(void);

void thread_sleep(uint64_t ns)
{
    test_time += ns;
    world_pass((uint32_t)(ns / NS_PER_MS));
    if (other_end)
        other_end();
}

static struct tcp_pcb *connection;

static err_t on_accept(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument, (void)error;
    connection = pcb;
    return ERR_OK;
}

static void say(uint8_t flags, uint32_t sequence, uint32_t acknowledged)
{
    struct world_segment segment = {.from = 1234,
                                    .to = 80,
                                    .sequence = sequence,
                                    .acknowledged = acknowledged,
                                    .flags = flags,
                                    .window = 1000};

    CHECK(world_send_segment(&segment));
}

static uint32_t sequence_of(const struct tcp_hdr *segment)
{
    return lwip_ntohl(segment->seqno);
}

static void listen_and_half_open(void)
{
    struct tcp_pcb *listener;

    world_start("10.0.0.1/24");
    world_meet();
    listener = tcp_new();
    CHECK(tcp_bind(listener, IP_ANY_TYPE, 80) == ERR_OK);
    tcp_accept(tcp_listen(listener), on_accept);
    connections_end_with_domain();
    say(TCP_SYN, 1000, 0);
    CHECK(TCPH_FLAGS(world_answer(1234)) & TCP_SYN);
}

static void open_and_write(void)
{
    listen_and_half_open();
    say(TCP_ACK, 1001, sequence_of(world_answer(1234)) + 1);
    CHECK(connection);
    CHECK(tcp_write(connection, "the last words", 14, TCP_WRITE_FLAG_COPY) ==
          ERR_OK);
}

/* How long the end takes, ms. */
static uint64_t end(void)
{
    uint64_t begin = test_time;

    the_end->run();
    return (test_time - begin) / NS_PER_MS;
}

static void acknowledge_all(void)
{
    say(TCP_ACK, 1001, sequence_of(world_answer(1234)) + 14 + 1);
    other_end = NULL;
}

TEST(what_was_written_arrives_with_the_end)
{
    open_and_write();
    other_end = acknowledge_all;
    CHECK_EQUAL(end(), 2);
    CHECK(TCPH_FLAGS(world_answer(1234)) & TCP_FIN);
    CHECK(!memcmp(world_answer(1234) + 1, "the last words", 14));
}

TEST(who_does_not_answer_is_given_a_second)
{
    open_and_write();
    CHECK_EQUAL(end(), 1000);
    CHECK(TCPH_FLAGS(world_answer(1234)) & TCP_FIN);
}

TEST(who_has_not_come_yet_is_not_waited_for)
{
    listen_and_half_open();
    CHECK_EQUAL(end(), 0);
}

TEST(who_was_called_and_has_not_answered_is_not_waited_for)
{
    ip_addr_t other;
    struct tcp_pcb *pcb;

    listen_and_half_open();
    pcb = tcp_new();
    ip_addr_set_ip4_u32_val(other, PP_HTONL(0x0a000002));
    CHECK(tcp_connect(pcb, &other, 81, NULL) == ERR_OK);
    world_settle();
    CHECK(TCPH_FLAGS(world_answer(81)) & TCP_SYN);
    CHECK_EQUAL(end(), 0);
}
