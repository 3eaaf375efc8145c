/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lwip_oversize.c: fragments of IPv6 packets that lwIP cannot hold.
 */
#include "lwip_world.h"
#include "lwip/ip6.h"
#include "lwip/ip6_frag.h"

/* What a fragment's end may be at most, and its headers. */
#define CONTENT_MOST 65024u
#define HEADERS_MOST 511u

/* A fragment behind `options` bytes (of 8 each) of destination options. */
static struct pbuf *fragment(uint32_t offset, uint32_t length, bool more,
                             unsigned int options)
{
    size_t total = 40 + options + 8 + length;
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)total, PBUF_RAM);
    uint8_t *at = p->payload;

    memset(at, 0, total);
    at[0] = 0x60;
    at[4] = (uint8_t)((total - 40) >> 8);
    at[5] = (uint8_t)(total - 40);
    at[6] = options ? 60 : 44;
    at[7] = 64;
    at[8] = 0xfe, at[9] = 0x80, at[23] = 1;   /* from fe80::1 */
    at[24] = 0xff, at[25] = 0x02, at[39] = 1; /* to ff02::1 */
    if (options) {
        at[40] = 44;
        at[41] = (uint8_t)(options / 8 - 1);
        at[42] = 1, at[43] = (uint8_t)(options - 4); /* PadN */
    }
    at += 40 + options;
    at[0] = 59; /* nothing follows */
    at[2] = (uint8_t)(offset >> 8);
    at[3] = (uint8_t)((offset & 0xf8) | more);
    at[7] = 1;
    return p;
}

static bool dropped(uint32_t offset, uint32_t length, unsigned int options)
{
    struct pbuf *p = fragment(offset, length, false, options);
    bool answer = lwip_port_oversize6(p);

    pbuf_free(p);
    return answer;
}

TEST(only_what_lwip_cannot_hold_is_dropped)
{
    CHECK(!dropped(0, 1000, 0));
    CHECK(!dropped(CONTENT_MOST - 1000, 1000, 0));
    CHECK(dropped(CONTENT_MOST - 992, 1000, 0));
    CHECK(dropped(65528, 8, 0));
    CHECK(!dropped(0, 1000, HEADERS_MOST - 40 - 8 - 7));
    CHECK(dropped(0, 1000, HEADERS_MOST + 1 - 40 - 8));
}

TEST(cut_off_headers_are_left_to_lwip)
{
    struct pbuf *p = fragment(65528, 8, false, 16);

    for (u16_t length = p->tot_len; length--;) {
        pbuf_realloc(p, length);
        CHECK(!lwip_port_oversize6(p) || length >= 40 + 16 + 8);
    }
    pbuf_free(p);
}

/* Put together, this one would break lwIP's assertion. */
TEST(the_largest_packet_there_is)
{
    const uint32_t piece = 1448, total = 65515;

    world_start("10.0.0.1/24");
    for (uint32_t at = 0; at < total; at += piece) {
        bool more = at + piece < total;

        ip6_input(fragment(at, more ? piece : total - at, more, 0), netif_list);
    }
    for (int second = 0; second <= IPV6_REASS_MAXAGE; second++)
        ip6_reass_tmr();
}
