/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lwip_isn.c: first sequence numbers: the hash against its authors' test
 * vectors, and what RFC 6528 wants of the numbers.
 */
#include "lwip_world.h"

/* The key 00 01 ... 0f, the message 00 01 ... of `length` bytes. */
static uint64_t hash_of(unsigned int length)
{
    static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    uint64_t words[9] = {0};
    uint8_t *bytes = (uint8_t *)words;

    for (unsigned int i = 0; i < length; i++)
        bytes[i] = (uint8_t)i;
    words[length / 8] |= (uint64_t)length << 56;
    return siphash(key, words, (int)(length / 8 + 1));
}

TEST(siphash_as_its_authors_say)
{
    /* The paper's appendix A, and two of the reference's vectors. */
    CHECK(hash_of(15) == 0xa129ca6149be45e5);
    CHECK(hash_of(0) == 0x726fdb47dd0e0e31);
    CHECK(hash_of(8) == 0x93f5f5799a932462);
}

static ip_addr_t address(uint8_t last)
{
    return (ip_addr_t)IPADDR4_INIT_BYTES(10, 0, 0, last);
}

TEST(one_connection_says_nothing_of_another)
{
    ip_addr_t own = address(1), other = address(2), third = address(3);
    uint32_t first;

    test_time = 0;
    first = lwip_port_isn(&own, 80, &other, 1000);
    CHECK_EQUAL(lwip_port_isn(&own, 80, &other, 1000), first);
    CHECK(lwip_port_isn(&own, 80, &other, 1001) - first > 1000);
    CHECK(lwip_port_isn(&own, 81, &other, 1000) - first > 1000);
    CHECK(lwip_port_isn(&own, 80, &third, 1000) - first > 1000);
    CHECK(lwip_port_isn(&third, 80, &other, 1000) - first > 1000);
    /* A second later: 250,000 further. */
    test_time = NS_PER_S;
    CHECK_EQUAL(lwip_port_isn(&own, 80, &other, 1000) - first, 250000);
}
