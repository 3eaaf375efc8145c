/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_packet.c: packets of all shapes, against plain arrays of bytes, and
 * checksums against a plain implementation and against packets whose checksum
 * is known.
 */
#include "net_world.h"
#include "drivers/checksum.c"
#include "drivers/segment.c"

static unsigned int released;

static void count_release(struct packet *piece)
{
    CHECK(piece->store == NULL);
    released++;
}

TEST(sizes_from_nothing_to_the_largest)
{
    static const size_t sizes[] = {0,    1,    263,  264,  265,   4031,
                                   4032, 4033, 8064, 8065, 65535, PACKET_MAX};

    for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct packet *packet = packet_alloc(sizes[i]);
        unsigned int pieces = 0;

        CHECK_EQUAL(packet->total, sizes[i]);
        for (struct packet *piece = packet; piece; piece = piece->more) {
            CHECK(piece->data - piece->start >= (long)PACKET_HEADROOM);
            pieces++;
        }
        CHECK_EQUAL(pieces, sizes[i] ? (sizes[i] + 4031) / 4032 : 1);
        fill(packet, i);
        CHECK(is_filled(packet, i, 0));
        packet_free(packet);
    }
    CHECK(!packet_alloc(PACKET_MAX + 1));
    packet_free(NULL);
    drain_pools();
    CHECK_EQUAL(pages_out, 0);
    CHECK_EQUAL(blocks_out, 0);
}

TEST(shortage_of_memory_leaks_nothing)
{
    for (unsigned int left = 0; left < 12; left++) {
        struct packet *packet;

        allocations_left = left;
        packet = packet_alloc(20000); /* 5 pieces and pages */
        CHECK_EQUAL(packet != NULL, left >= 10);
        packet_free(packet);
        allocations_left = ~0u;
        drain_pools();
        CHECK_EQUAL(pages_out, 0);
        CHECK_EQUAL(blocks_out, 0);
    }
}

TEST(what_was_freed_is_used_again)
{
    struct packet *small = packet_alloc(100), *large = packet_alloc(4000);
    void *page = large->start;

    packet_free(small);
    packet_free(large);
    allocations_left = 0;
    CHECK(packet_piece() == large);
    CHECK(packet_piece() == small);
    CHECK(packet_page() == page);
    CHECK(!packet_piece());
    CHECK(!packet_page());
    packet_free(small);
    packet_free(large);
    packet_page_free(page);
    drain_pools();
    CHECK_EQUAL(blocks_out + pages_out, 0);
}

TEST(pages_kept_are_given_back_when_memory_is_short)
{
    struct packet *packet = packet_alloc(20000); /* 5 pages */

    packet_free(packet);
    CHECK_EQUAL(pages_out, 5);
    CHECK_EQUAL(the_shrinker->shrink(3), 3);
    CHECK_EQUAL(pages_out, 2);
    CHECK_EQUAL(the_shrinker->shrink(3), 2);
    CHECK_EQUAL(the_shrinker->shrink(3), 0);
    CHECK_EQUAL(pages_out, 0);
    drain_pools();
    CHECK_EQUAL(blocks_out, 0);
}

TEST(as_many_are_kept_as_a_ring_takes)
{
    void *pages[257];

    for (unsigned int i = 0; i < 257; i++)
        pages[i] = packet_page();
    for (unsigned int i = 0; i < 257; i++)
        packet_page_free(pages[i]);
    CHECK_EQUAL(pages_out, 256);
    drain_pools();
    CHECK_EQUAL(pages_out, 0);
}

TEST(wrapped_memory_goes_back_once)
{
    struct packet piece;
    char bytes[100];

    packet_wrap(&piece, bytes, sizeof(bytes), count_release);
    fill(&piece, 3);
    CHECK(is_filled(&piece, 3, 0));
    /* There is no room in it: a header comes before it in another store, and
     * the piece stays first. */
    memset(packet_push(&piece, 20), 0, 20);
    CHECK_EQUAL(piece.total, 120);
    CHECK_EQUAL(piece.length, 20);
    packet_pull(&piece, 20);
    CHECK(is_filled(&piece, 3, 0));
    packet_free(&piece);
    CHECK_EQUAL(released, 1);
    drain_pools();
    CHECK_EQUAL(blocks_out, 0);
}

TEST(headers_are_pushed_in_place_while_there_is_room)
{
    struct packet *packet = packet_alloc(1000);
    uint8_t *data = packet->data;

    fill(packet, 1);
    CHECK(packet_push(packet, PACKET_HEADROOM) == data - PACKET_HEADROOM);
    CHECK(!packet->more);
    CHECK(packet_push(packet, 1));
    CHECK(packet->more);
    CHECK_EQUAL(packet->length, 1);
    /* The new store's end was taken, so there is much room before it. */
    CHECK(packet_push(packet, 200) && packet->length == 201);
    packet_pull(packet, 201 + PACKET_HEADROOM);
    CHECK(is_filled(packet, 1, 0));
    packet_free(packet);
    drain_pools();
    CHECK_EQUAL(blocks_out + pages_out, 0);
}

/* A packet with the bytes of `seed`, in pieces of random sizes, some empty,
 * some without room. */
static struct packet *random_packet(size_t total, unsigned int seed)
{
    struct packet *packet = packet_alloc(test_below(2) ? 0 : total / 3);

    while (packet->total < total) {
        size_t some = 1 + test_below(total < 50 ? 10 : 3000);
        struct packet *tail;

        if (some > total - packet->total)
            some = total - packet->total;
        tail = packet_alloc(some);
        if (test_below(3) == 0)
            tail->end = tail->data + tail->length;
        if (test_below(3) == 0)
            tail->start = tail->data;
        packet_append(packet, tail);
    }
    fill(packet, seed);
    return packet;
}

TEST(random_operations_against_the_bytes)
{
    for (unsigned int round = 0; round < 3000; round++) {
        size_t total = test_below(round % 2 ? 60000 : 40), skip = 0;
        struct packet *packet = random_packet(total, round), *copy;
        uint8_t bytes[300];

        for (int step = 0; step < 12; step++) {
            size_t count = test_below(packet->total + 1);
            size_t some = test_below(6) ? count % 300 : count;

            switch (test_below(5)) {
            case 0:
                packet_pull(packet, some);
                skip += some;
                break;
            case 1:
                packet_trim(packet, packet->total - some);
                break;
            case 2: /* put back in front what was there */
                if (skip < some || some > PAGE_SIZE - PACKET_HEADROOM)
                    break;
                uint8_t *at = packet_push(packet, some);

                for (size_t i = 0; i < some; i++)
                    at[i] = pattern(round, skip - some + i);
                skip -= some;
                break;
            case 3:
                CHECK_EQUAL(packet_pull_up(packet, count),
                            count <= PAGE_SIZE        ? 0
                            : count <= packet->length ? 0
                                                      : -K_EMSGSIZE);
                CHECK(count > PAGE_SIZE || packet->length >= count);
                break;
            case 4:
                some %= sizeof(bytes);
                count = packet->total ? test_below(packet->total) : 0;
                CHECK_EQUAL(packet_read(packet, count, bytes, some),
                            count + some <= packet->total);
                for (size_t i = 0; i < some && count + some <= packet->total;
                     i++)
                    CHECK_EQUAL(bytes[i], pattern(round, skip + count + i));
                break;
            }
            CHECK(is_filled(packet, round, skip));
        }
        packet->flags = PACKET_CSUM_VALID;
        packet->notes[3] = round;
        copy = packet_copy(packet);
        CHECK(is_filled(copy, round, skip));
        CHECK_EQUAL(copy->flags, PACKET_CSUM_VALID);
        CHECK_EQUAL(copy->notes[3], round);
        packet_free(packet);
        CHECK(is_filled(copy, round, skip));
        packet_free(copy);
    }
    drain_pools();
    CHECK_EQUAL(pages_out, 0);
    CHECK_EQUAL(blocks_out, 0);
}

TEST(more_than_there_is_is_refused)
{
    struct packet *packet = packet_alloc(10);
    uint8_t bytes[16];

    CHECK_EQUAL(packet_pull_up(packet, 11), -K_EMSGSIZE);
    CHECK(!packet_read(packet, 0, bytes, 11));
    CHECK(!packet_read(packet, 11, bytes, 0));
    CHECK(!packet_read(packet, SIZE_MAX, bytes, 2));
    CHECK_PANIC("assertion", packet_pull(packet, 11));
    CHECK_PANIC("assertion", packet_trim(packet, 11));
}

/* ---- Checksums ------------------------------------------------------------
 */

/* As the RFC words it, a 16-bit word at a time, the first byte being the upper
 * one. */
static uint16_t plain_sum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < length; i++) {
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static uint16_t upper_first(uint16_t sum)
{
    return __builtin_bswap16(sum);
}

TEST(sums_agree_with_the_plain_one)
{
    static uint8_t bytes[5000];

    for (unsigned int round = 0; round < 5000; round++) {
        size_t start = test_below(16), length = test_below(1 + round % 4900);
        struct packet *packet;
        uint16_t sum, wanted;

        for (size_t i = 0; i < length; i++)
            bytes[start + i] =
                (uint8_t)(round % 3 ? test_random() : 0xff * (i != 5));
        wanted = plain_sum(bytes + start, length);
        sum = checksum_fold(checksum_add(0, bytes + start, length));
        CHECK_EQUAL(upper_first(sum), wanted);

        /* And in pieces, which may begin at odd places. */
        packet = random_packet(length + 7, round);
        for (size_t i = 0; i < length; i++)
            bytes[i] = pattern(round, i + 7);
        sum = checksum_packet(packet, 7, length);
        CHECK_EQUAL(upper_first(sum), plain_sum(bytes, length));
        packet_free(packet);
    }
}

/* RFC 1071's own example. */
TEST(the_example_of_the_rfc)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03,
                                    0xf4, 0xf5, 0xf6, 0xf7};

    CHECK_EQUAL(upper_first(checksum_fold(checksum_add(0, bytes, 8))), 0xddf2);
}

/* A frame with the headers `ip` (of IPv4 or IPv6) and, behind it, a transport
 * header and payload of `length` bytes; the checksum at `field` of it has the
 * pseudo header's sum. */
static struct packet *blank_frame(unsigned int type, const uint8_t *ip,
                                  size_t header, size_t length, size_t field,
                                  uint8_t protocol)
{
    size_t total = 14 + header + length;
    uint8_t *bytes = calloc(1, total), pseudo[40] = {0};
    struct packet *packet = random_packet(total + test_below(2) * 6, 1);
    size_t at = 0, addresses = type == 0x0800 ? 8 : 32;
    uint16_t sum;

    bytes[12] = (uint8_t)(type >> 8);
    bytes[13] = (uint8_t)type;
    memcpy(bytes + 14, ip, header);
    for (size_t i = 14 + header; i < total; i++)
        bytes[i] = (uint8_t)test_random();
    memcpy(pseudo, ip + (type == 0x0800 ? 12 : 8), addresses);
    pseudo[addresses + 2] = (uint8_t)(length >> 8);
    pseudo[addresses + 3] = (uint8_t)length;
    pseudo[addresses + 5] = protocol;
    sum = plain_sum(pseudo, addresses + 6);
    bytes[14 + header + field] = (uint8_t)(sum >> 8);
    bytes[14 + header + field + 1] = (uint8_t)sum;
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length; i++, at++)
            piece->data[i] = at < total ? bytes[at] : 0x55;
    packet->flags = PACKET_CSUM_BLANK | PACKET_CSUM_VALID;
    free(bytes);
    return packet;
}

/* Whether pseudo header, header and payload sum up to all ones. */
static bool sums_up(const struct packet *packet, unsigned int addresses_at,
                    unsigned int addresses, size_t start, size_t length,
                    uint8_t protocol)
{
    uint8_t *bytes = calloc(1, addresses + 6 + length);
    bool right;

    CHECK(packet_read(packet, addresses_at, bytes, addresses));
    bytes[addresses + 2] = (uint8_t)(length >> 8);
    bytes[addresses + 3] = (uint8_t)length;
    bytes[addresses + 5] = protocol;
    CHECK(packet_read(packet, start, bytes + addresses + 6, length));
    right = plain_sum(bytes, addresses + 6 + length) == 0xffff;
    free(bytes);
    return right;
}

TEST(blank_checksums_are_filled_in)
{
    for (unsigned int round = 0; round < 2000; round++) {
        bool tcp = test_below(2), v6 = test_below(2);
        uint8_t protocol = tcp ? 6 : 17;
        size_t length = (tcp ? 20 : 8) + test_below(3000);
        size_t options = v6 ? 8 * test_below(4) : 4 * test_below(11);
        size_t header = (v6 ? 40 : 20) + options;
        uint8_t ip[40 + 64] = {0};
        struct packet *packet;

        for (unsigned int i = 8; i < 40; i++)
            ip[i] = (uint8_t)test_random();
        if (v6) {
            ip[0] = 0x60;
            ip[4] = (uint8_t)((options + length) >> 8);
            ip[5] = (uint8_t)(options + length);
            ip[6] = options ? 60 : protocol;
            ip[40] = protocol;
            ip[41] = (uint8_t)(options / 8 - 1);
        } else {
            ip[0] = (uint8_t)(0x40 | header / 4);
            ip[2] = (uint8_t)((header + length) >> 8);
            ip[3] = (uint8_t)(header + length);
            ip[6] = 0x40; /* do not fragment */
            ip[9] = protocol;
        }
        packet = blank_frame(v6 ? 0x86dd : 0x0800, ip, header, length,
                             tcp ? 16 : 6, protocol);
        CHECK_EQUAL(packet_resolve(packet), 0);
        CHECK_EQUAL(packet->flags, PACKET_CSUM_VALID);
        CHECK(sums_up(packet, v6 ? 22 : 26, v6 ? 32 : 8, 14 + header, length,
                      protocol));
        packet_free(packet);
    }
}

TEST(a_udp_checksum_is_never_zero)
{
    uint8_t ip[20] = {0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17};
    uint8_t field[2] = {0, 0};

    for (unsigned int low = 0; low < 65536 && field[0] == 0; low++) {
        struct packet *packet = blank_frame(0x0800, ip, 20, 10, 6, 17);
        uint8_t tail[2] = {(uint8_t)(low >> 8), (uint8_t)low};

        CHECK_EQUAL(packet_pull_up(packet, 44), 0);
        memset(packet->data + 34, 0, 6);
        memcpy(packet->data + 42, tail, 2);
        CHECK_EQUAL(packet_resolve(packet), 0);
        CHECK(packet_read(packet, 40, field, 2));
        CHECK(field[0] || field[1]);
        field[0] = field[0] == 0xff && field[1] == 0xff;
        packet_free(packet);
    }
    CHECK(field[0]); /* one of them did come to nothing */
}

TEST(what_cannot_be_filled_in_is_left_alone)
{
    static const struct {
        size_t at;
        uint8_t value;
        size_t total;
    } spoils[] = {
        {13, 6, 64},    {14, 0x65, 64}, {14, 0x44, 64}, {14, 0x4f, 64},
        {16, 0xff, 64}, {20, 0x20, 64}, {21, 1, 64},    {23, 1, 64},
        {17, 27, 64},   {0, 0, 13},     {0, 0, 17},     {0, 0, 33},
        {0, 0, 41},
    };
    uint8_t ip[20] = {0x45, 0, 0, 50, 0, 0, 0, 0, 64, 6};

    for (unsigned int i = 0; i < ARRAY_SIZE(spoils); i++) {
        struct packet *packet = blank_frame(0x0800, ip, 20, 30, 16, 6);

        packet_trim(packet, spoils[i].total < packet->total ? spoils[i].total
                                                            : packet->total);
        CHECK_EQUAL(packet_pull_up(packet, packet->total), 0);
        if (spoils[i].at)
            packet->data[spoils[i].at] = spoils[i].value;
        CHECK_EQUAL(packet_resolve(packet), -K_EPROTO);
        CHECK(packet->flags & PACKET_CSUM_BLANK);
        packet->gso_type = PACKET_GSO_TCPV4;
        CHECK_EQUAL(packet_resolve(packet), -K_ENOTSUP);
        packet_free(packet);
    }
}

/* ---- Large segments --------------------------------------------------------
 */

#define HEADERS 54u

/* An Ethernet frame of TCP over IPv4 with `payload` bytes, of a seed, in pieces
 * of at most `step`. */
static struct packet *large_segment(size_t payload, uint16_t gso, size_t step)
{
    uint8_t headers[HEADERS] = {
        0,    0, 0,  0, 0,    2,    0, 0,  0,  0,  0,    1,    8,    0,
        0x45, 0, 0,  0, 0xff, 0xff, 0, 0,  64, 6,  0,    0,    10,   0,
        0,    1, 10, 0, 0,    2,    0, 80, 0,  81, 0xff, 0xff, 0xff, 0xfe,
        0,    0, 0,  9, 0x50, 0x99, 1, 0,  0,  0,  0,    0};
    struct packet *packet = packet_alloc(HEADERS);

    headers[16] = (uint8_t)((payload + 40) >> 8);
    headers[17] = (uint8_t)(payload + 40);
    memcpy(packet->data, headers, HEADERS);
    for (size_t done = 0; done < payload;) {
        size_t some = payload - done < step ? payload - done : step;
        struct packet *piece = packet_alloc(some);

        for (size_t i = 0; i < some; i++)
            piece->data[i] = pattern(9, done + i);
        packet_append(packet, piece);
        done += some;
    }
    packet->gso_type = PACKET_GSO_TCPV4;
    packet->gso_size = gso;
    packet->flags = PACKET_CSUM_BLANK;
    packet->notes[3] = 77;
    return packet;
}

/* A packet that was cut off, the `number`-th; `last`: it has the flags. */
static void check_cut(struct packet *packet, unsigned int number, size_t from,
                      size_t length, bool last)
{
    const uint8_t *bytes = packet->data;
    uint32_t sequence = 0xfffffffeu + (uint32_t)from;

    CHECK_EQUAL(packet->total, HEADERS + length);
    CHECK_EQUAL(packet->gso_type, PACKET_GSO_NONE);
    CHECK_EQUAL(packet->flags, 0);
    CHECK_EQUAL(packet->notes[3], 77);
    CHECK_EQUAL(bytes[16] << 8 | bytes[17], length + 40);
    CHECK_EQUAL(bytes[18] << 8 | bytes[19], (0xffff + number) & 0xffff);
    CHECK_EQUAL(checksum_fold(checksum_add(0, bytes + 14, 20)), 0xffff);
    CHECK_EQUAL((uint32_t)bytes[38] << 24 | bytes[39] << 16 | bytes[40] << 8 |
                    bytes[41],
                sequence);
    /* CWR, ACK, PSH, FIN */
    CHECK_EQUAL(bytes[47], 0x10 | (number == 0 ? 0x80 : 0) | (last ? 0x09 : 0));
    CHECK(sums_up(packet, 26, 8, 34, length + 20, 6));
    packet_pull(packet, HEADERS);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte;

        CHECK(packet_read(packet, i, &byte, 1));
        CHECK_EQUAL(byte, pattern(9, from + i));
    }
    packet_free(packet);
}

TEST(large_segments_are_cut_from_the_front)
{
    static const struct {
        size_t payload;
        uint16_t gso;
    } cases[] = {{5000, 1448}, {4000, 1000}, {65495, 1460}, {10, 1},
                 {100, 1448},  {0, 1000},    {9000, 8999},  {20000, 9000}};

    for (unsigned int i = 0; i < 3 * ARRAY_SIZE(cases); i++) {
        size_t payload = cases[i / 3].payload, gso = cases[i / 3].gso, from = 0;
        struct packet *large =
            large_segment(payload, (uint16_t)gso, i % 3 ? i % 3 * 700 : 4000);
        struct packet *whole = large;

        if (i % 3 == 1)
            packet_append(large, packet_alloc(5)); /* padding */
        for (unsigned int number = 0; large; number++) {
            struct packet *first = packet_cut_segment(&large, 14);
            size_t length = payload - from < gso ? payload - from : gso;

            CHECK(first && (large ? large == whole : first == whole));
            check_cut(first, number, from, length, !large);
            from += length;
        }
        CHECK_EQUAL(from, payload);
        drain_pools();
        CHECK_EQUAL(pages_out + blocks_out, 0);
    }
}

TEST(a_cut_without_memory_can_be_tried_again)
{
    struct packet *large = large_segment(3000, 1000, 3000), *first;

    for (unsigned int number = 0; number < 2; number++) {
        drain_pools();
        allocations_left = 0;
        CHECK(!packet_cut_segment(&large, 14));
        CHECK(large && large->gso_type == PACKET_GSO_TCPV4);
        allocations_left = ~0u;
        first = packet_cut_segment(&large, 14);
        check_cut(first, number, number * 1000u, 1000, false);
    }
    drain_pools();
    allocations_left = 0; /* the last is there already */
    first = packet_cut_segment(&large, 14);
    CHECK(!large);
    check_cut(first, 2, 2000, 1000, true);
    allocations_left = ~0u;
    drain_pools();
    CHECK_EQUAL(pages_out + blocks_out, 0);
}
