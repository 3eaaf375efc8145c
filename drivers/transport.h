/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transport.h: where the TCP or UDP header of a packet is, for those that
 * complete packets: checksum.c, segment.c.
 */
#ifndef CORACLE_DRIVERS_TRANSPORT_H
#define CORACLE_DRIVERS_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

/* Headers in front of the transport's are at most this long. */
#define HEADERS_MAX 256u

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

struct transport {
    size_t offset, end; /* in the packet; padding comes behind */
    uint8_t version;    /* IP's */
    uint8_t protocol;
};

static inline unsigned int get16(const uint8_t *bytes)
{
    return (unsigned int)bytes[0] << 8 | bytes[1];
}

static inline void store16(uint8_t *bytes, unsigned int value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* What comes behind the IP header at byte `at`; `bytes` are the packet's first
 * `count`. Any numbers may come out: they are what the packet says. 0;
 * -K_EPROTO: it is no IP header, or a fragment's. */
MUST_CHECK int transport_find(const uint8_t *bytes, size_t count, size_t at,
                              struct transport *found);

#endif
