/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire.h: what iperf 2 sends, as versions 2.0.14 to 2.1 do. All numbers are
 * big-endian words of 32 bits.
 *
 * A TCP client's data begin with a test header, if it is as long as that. What
 * matters in it are the flags, and for a test in reverse (the server sends) how
 * much: a number of bytes, or a time in units of 10 ms, then negative. Its
 * other bytes are data, as all that follow.
 *
 * Each UDP datagram begins with its number, which counts from 1, and the time
 * at which it was sent; the test header follows. The last one's number is
 * negative. The server answers it with a datagram that says what arrived. As
 * either of the two may get lost, the client repeats its last datagram, with
 * the next number, until it is answered.
 */
#ifndef IPERF_WIRE_H
#define IPERF_WIRE_H

#include <arpa/inet.h>
#include <stdint.h>

/* Flags of a test header, and of a server's report. */
#define WIRE_OLD        0x80000000u /* a test of version 1.7: both ways */
#define WIRE_EXTENDED   0x40000000u /* struct wire_extension follows */
#define WIRE_NUMBER64   0x08000000u /* of datagrams: `number_high` is used */
#define WIRE_VERSION2   0x04000000u
#define WIRE_DETECT     0x02000000u /* answer with a struct wire_ack */
#define WIRE_BOUNCE     0x00800000u /* another protocol */
#define WIRE_HAS_LENGTH 0x00010000u
#define WIRE_LENGTH(f)  (((f)&0x1feu) >> 1) /* of the header, in bytes */
#define WIRE_REVERSE    0x04000000u         /* in wire_extension.flags */

struct wire_test {
    uint32_t flags;
    uint32_t streams;
    uint32_t port;
    uint32_t length; /* of a write; 0: the default */
    uint32_t window;
    uint32_t amount; /* bytes, or -time in units of 10 ms */
};

struct wire_extension {
    uint32_t type, size; /* 0 */
    uint32_t flags;
    uint32_t version_high, version_low;
    uint32_t service;
    uint32_t rate_low, rate_high; /* bits/s; the high 24 bits are shifted */
    uint32_t prefetch;
};

struct wire_header {
    struct wire_test test;
    struct wire_extension extension;
};

_Static_assert(sizeof(struct wire_header) == 60, "iperf 2.1");

struct wire_datagram {
    uint32_t number;
    uint32_t seconds, microseconds;
    uint32_t number_high;
};

/* The answer to WIRE_DETECT. */
struct wire_ack {
    uint32_t type; /* 2 */
    uint32_t size;
    uint32_t flags;
    uint32_t version_high, version_low;
    uint32_t unused[2];
};

#define WIRE_ACK 2u

/* The server's report, behind a struct wire_datagram. */
struct wire_report {
    uint32_t flags;
    uint32_t bytes_high, bytes_low;
    uint32_t seconds, microseconds;
    uint32_t lost, misordered, datagrams;
    uint32_t jitter_seconds, jitter_microseconds;
    uint32_t unused[15]; /* transit times: of no use without equal clocks */
    uint32_t lost_high, misordered_high, datagrams_high;
};

_Static_assert(sizeof(struct wire_report) == 112, "iperf 2.1");

/* What we say we are: 2.1.8. */
#define WIRE_VERSION_HIGH 0x00020001u
#define WIRE_VERSION_LOW  0x00080003u

/* A number that goes in two words. */
static inline uint64_t wire_wide(uint32_t high, uint32_t low)
{
    return (uint64_t)ntohl(high) << 32 | ntohl(low);
}

#endif
