/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * isn.c: where TCP's sequence numbers begin.
 *
 * Who can foretell them can speak in a connection without seeing it; lwIP's own
 * are a counter. RFC 6528 wants a clock, so that the numbers of a connection do
 * not soon come again in its successor, plus a secret function of its addresses
 * and ports, so that one connection says nothing of another. The function here
 * is SipHash-2-4 (Aumasson and Bernstein, 2012) with a key made at the start.
 *
 * Concurrency: the core lock is held.
 */
#include <string.h>
#include "coracle/entropy.h"
#include "coracle/time.h"
#include "lib/lwip/include/hooks.h"
#include "lwip/ip_addr.h"

struct siphash {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t turn(uint64_t word, unsigned int bits)
{
    return word << bits | word >> (64 - bits);
}

static void siphash_rounds(struct siphash *s, int count)
{
    while (count--) {
        s->v0 += s->v1;
        s->v1 = turn(s->v1, 13) ^ s->v0;
        s->v0 = turn(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = turn(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = turn(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = turn(s->v1, 17) ^ s->v2;
        s->v2 = turn(s->v2, 32);
    }
}

/* Of whole words, of which the last must say how many bytes there were. */
static uint64_t siphash(const uint64_t key[2], const uint64_t *words, int count)
{
    struct siphash s = {
        key[0] ^ 0x736f6d6570736575,
        key[1] ^ 0x646f72616e646f6d,
        key[0] ^ 0x6c7967656e657261,
        key[1] ^ 0x7465646279746573,
    };

    for (int i = 0; i < count; i++) {
        s.v3 ^= words[i];
        siphash_rounds(&s, 2);
        s.v0 ^= words[i];
    }
    s.v2 ^= 0xff;
    siphash_rounds(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static void put_address(uint64_t words[2], const ip_addr_t *address)
{
    if (IP_IS_V6(address))
        memcpy(words, ip_2_ip6(address)->addr, 16);
    else
        words[0] = ip4_addr_get_u32(ip_2_ip4(address));
}

/* LWIP_HOOK_TCP_ISN. */
uint32_t lwip_port_isn(const ip_addr_t *own, uint16_t own_port,
                       const ip_addr_t *other, uint16_t other_port)
{
    static uint64_t key[2];
    static bool has_key;
    uint64_t words[5] = {0};

    if (!has_key)
        entropy_fill(key, sizeof(key));
    has_key = true;
    put_address(words, own);
    put_address(words + 2, other);
    /* 36 bytes. */
    words[4] = 36ull << 56 | (uint64_t)own_port << 16 | other_port;
    /* The RFC's clock ticks every 4 us. */
    return (uint32_t)(siphash(key, words, 5) +
                      time_monotonic() / (4 * NS_PER_US));
}
