/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_click_notes.c: lib/click/notes.c: headers stay where they are while
 * bytes come and go in front of them, however the packet is cut into pieces.
 */
#include "net_world.h"
#include "lib/click/notes.c"

/* A packet of `total` bytes, byte I being I, its first piece `first` long. */
static struct packet *numbered(unsigned int first, unsigned int total)
{
    struct packet *packet = click_packet(0, first), *rest;
    unsigned int at = 0;

    CHECK(packet);
    if (total > first) {
        rest = packet_alloc(total - first);
        CHECK(rest);
        packet_append(packet, rest);
    }
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length; i++)
            piece->data[i] = (uint8_t)at++;
    return packet;
}

TEST(headers_move_along)
{
    struct packet *packet = numbered(100, 100);

    click_set_mac_header(packet, 0);
    click_set_network_header(packet, 14, 20);
    click_strip(packet, 14);
    CHECK_EQUAL(*(uint8_t *)click_mac_header(packet), 0);
    CHECK_EQUAL(*(uint8_t *)click_network_header(packet), 14);
    CHECK_EQUAL(*(uint8_t *)click_transport_header(packet), 34);
    CHECK(click_push_bytes(packet, 14));
    CHECK_EQUAL(packet->total, 100);
    CHECK_EQUAL(click_notes(packet)->mac, 0);
    CHECK_EQUAL(packet->data[13], 13);
    packet_free(packet);
}

TEST(headers_stay_contiguous_when_there_is_no_room_in_front)
{
    for (unsigned int count = 1; count < 2000; count += 37) {
        struct packet *packet = numbered(60, 3000);

        click_set_network_header(packet, 0, 20);
        CHECK(click_push_bytes(packet, count));
        CHECK_EQUAL(packet->total, 3000 + count);
        CHECK_EQUAL(click_notes(packet)->network, count);
        CHECK(packet->length >= count + 60);
        for (unsigned int i = 0; i < 60; i++)
            CHECK_EQUAL(packet->data[count + i], i);
        packet_free(packet);
    }
}

TEST(stripped_bytes_outlive_a_pull_up)
{
    struct packet *packet = numbered(40, 300);

    click_set_mac_header(packet, 0);
    click_strip(packet, 14);
    CHECK(click_pull_up(packet, 200));
    CHECK(packet->length >= 200);
    CHECK_EQUAL(packet->data[0], 14);
    CHECK_EQUAL(packet->data[199], 213);
    CHECK_EQUAL(*(uint8_t *)click_mac_header(packet), 0);
    CHECK(click_push_bytes(packet, 14));
    CHECK_EQUAL(packet->data[5], 5);
    CHECK(!click_pull_up(packet, 301));
    packet_free(packet);
}

TEST(headers_that_are_too_far_away_are_forgotten)
{
    struct packet *packet = numbered(300, 300);

    click_set_mac_header(packet, 290);
    for (unsigned int i = 0; i < 20 && click_mac_header(packet); i++)
        CHECK(click_push_bytes(packet, 3000));
    CHECK(!click_mac_header(packet));
    packet_free(packet);
}
