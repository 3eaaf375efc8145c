/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entropy.c: random bytes.
 *
 * A key of 256 bits is filled from RDSEED or RDRAND where the CPU has them and
 * from the time stamp counter always. Output is the ChaCha20 key stream of
 * that key (RFC 8439, section 2.3); the first 32 bytes of each stream replace
 * the key, so that nobody who reads memory later can compute what was given
 * out before ("fast key erasure"). Fresh entropy is added to the key before
 * each use.
 *
 * Without RDRAND the key rests on the counter alone, at boot and at each use:
 * enough for canaries and hash seeds, too little for keys of cryptography.
 *
 * `lock` guards the key.
 */
#include "coracle/entropy.h"
#include <stdbool.h>
#include "arch/x86/cpuid.h"
#include "coracle/compiler.h"
#include "coracle/spinlock.h"
#include "lib/string.h"

#define ECX_RDRAND (1u << 30) /* leaf 1 */
#define EBX_RDSEED (1u << 18) /* leaf 7 */
#define KEY_WORDS  8
#define TRIES      10

static struct spinlock lock;
static uint32_t key[KEY_WORDS];
static uint64_t nonce;
static bool have_rdrand, have_rdseed;

/* What -fstack-protector-strong puts between a frame's arrays and its return
 * address; -mstack-protector-guard=global names it. */
unsigned long __stack_chk_guard;

/* A hardware random number if there is one at the moment, else 0. */
static uint64_t hardware_random(void)
{
    uint64_t value = 0;
    bool ok = false;

    for (int i = 0; have_rdseed && i < TRIES && !ok; i++)
        __asm__ volatile("rdseed %0" : "=r"(value), "=@ccc"(ok));
    for (int i = 0; have_rdrand && i < TRIES && !ok; i++)
        __asm__ volatile("rdrand %0" : "=r"(value), "=@ccc"(ok));
    return ok ? value : 0;
}

static uint32_t rotate(uint32_t x, unsigned int bits)
{
    return x << bits | x >> (32 - bits);
}

static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b, *d = rotate(*d ^ *a, 16);
    *c += *d, *b = rotate(*b ^ *c, 12);
    *a += *b, *d = rotate(*d ^ *a, 8);
    *c += *d, *b = rotate(*b ^ *c, 7);
}

/* 64 bytes of key stream: block `counter` under the present key. */
static void chacha_block(uint32_t out[16], uint32_t counter)
{
    uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    memcpy(in + 4, key, sizeof(key));
    in[12] = counter;
    memcpy(in + 14, &nonce, sizeof(nonce));
    memcpy(out, in, sizeof(in));
    for (int i = 0; i < 10; i++) {
        for (int c = 0; c < 4; c++)
            quarter_round(&out[c], &out[4 + c], &out[8 + c], &out[12 + c]);
        for (int c = 0; c < 4; c++)
            quarter_round(&out[c], &out[4 + (c + 1) % 4], &out[8 + (c + 2) % 4],
                          &out[12 + (c + 3) % 4]);
    }
    for (int i = 0; i < 16; i++)
        out[i] += in[i];
}

/* Add what is new to the key. Lock held. */
static void stir(uint64_t value)
{
    uint64_t random = hardware_random();

    value += rdtsc();
    for (int i = 0; i < 2; i++) {
        key[2 * i] ^= (uint32_t)random;
        key[2 * i + 1] ^= (uint32_t)(random >> 32);
        random = hardware_random();
    }
    key[4] ^= (uint32_t)value;
    key[5] ^= (uint32_t)(value >> 32);
    key[6] ^= (uint32_t)random;
    key[7] ^= (uint32_t)(random >> 32);
}

void entropy_stir(uint64_t value)
{
    spin_lock(&lock);
    stir(value);
    spin_unlock(&lock);
}

void entropy_fill(void *to, size_t size)
{
    uint32_t block[16];
    unsigned char *next = to;

    spin_lock(&lock);
    stir(nonce++);
    for (uint32_t counter = 1; size; counter++) {
        size_t part = size < sizeof(block) ? size : sizeof(block);

        chacha_block(block, counter);
        memcpy(next, block, part);
        next += part;
        size -= part;
    }
    chacha_block(block, 0);
    memcpy(key, block, sizeof(key));
    spin_unlock(&lock);
    memset(block, 0, sizeof(block));
    __asm__ volatile("" : : "r"(block) : "memory"); /* really clear it */
}

/* No canary in the function that changes it. */
NO_CANARY void entropy_init(void)
{
    unsigned long guard;

    have_rdrand = cpuid(1, 0).ecx & ECX_RDRAND;
    have_rdseed = cpuid(0, 0).eax >= 7 && (cpuid(7, 0).ebx & EBX_RDSEED);
    entropy_fill(&guard, sizeof(guard));
    /* A zero byte stops string functions from copying the canary. */
    __stack_chk_guard = guard & ~0xffUL;
}
