/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lwip_raw.c: packets of raw sockets that say they are TCP: the port
 * leaves TCP's checksums to the device, but only where there is one.
 */
#include "lwip_world.h"
#include "lwip/raw.h"

static void send_as_tcp(size_t length)
{
    struct raw_pcb *pcb = raw_new(IP_PROTO_TCP);
    struct pbuf *p = pbuf_alloc(PBUF_IP, (u16_t)length, PBUF_RAM);
    ip_addr_t other;

    memset(p->payload, 0x5a, length);
    ip_addr_set_ip4_u32_val(other, PP_HTONL(0x0a000002));
    CHECK(raw_sendto(pcb, p, &other) == ERR_OK);
    pbuf_free(p);
    raw_remove(pcb);
    world_settle();
}

/* The frames from number `first` on are `length` bytes of 0x5a in all, and
 * nobody shall touch them. */
static void check_untouched(unsigned int first, size_t length)
{
    for (; first < world_sent_count; first++) {
        const struct world_frame *frame = &world_sent[first];

        CHECK_EQUAL(frame->flags, 0);
        for (size_t i = SIZEOF_ETH_HDR + IP_HLEN; i < frame->length; i++)
            CHECK_EQUAL(frame->bytes[i], 0x5a);
        length -= frame->length - SIZEOF_ETH_HDR - IP_HLEN;
    }
    CHECK_EQUAL(length, 0);
}

TEST(less_than_a_header_is_left_alone)
{
    world_start("10.0.0.1/24");
    world_meet();
    for (size_t length = 1; length < TCP_HLEN; length++) {
        unsigned int first = world_sent_count;

        send_as_tcp(length);
        check_untouched(first, length);
    }
}

TEST(fragments_are_left_alone)
{
    unsigned int first;

    world_start("10.0.0.1/24");
    world_meet();
    first = world_sent_count;
    send_as_tcp(4000);
    CHECK_EQUAL(world_sent_count - first, 3);
    check_untouched(first, 4000);
}

TEST(a_whole_header_gets_its_checksum)
{
    unsigned int first;

    world_start("10.0.0.1/24");
    world_meet();
    first = world_sent_count;
    send_as_tcp(TCP_HLEN);
    CHECK_EQUAL(world_sent_count - first, 1);
    CHECK_EQUAL(world_sent[first].flags, PACKET_CSUM_BLANK);
}
