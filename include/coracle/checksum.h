/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum.h: the Internet checksum (RFC 1071), the one's complement sum of
 * 16-bit words. Any context.
 *
 * Sums are of words as they lie in memory, whatever the byte order: so is what
 * checksum_fold() returns, to be stored as it is. A header's checksum is the
 * complement of its sum.
 */
#ifndef CORACLE_CHECKSUM_H
#define CORACLE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

struct packet;

/* `sum` and the words of `length` bytes at any address; an odd last byte counts
 * as if a 0 followed. */
uint64_t checksum_add(uint64_t sum, const void *bytes, size_t length);

/* `sum` in 16 bits. */
uint16_t checksum_fold(uint64_t sum);

/* The folded sum of the bytes [offset, offset + length) of a packet, of which
 * there must be so many. */
uint16_t checksum_packet(const struct packet *packet, size_t offset,
                         size_t length);

#endif
