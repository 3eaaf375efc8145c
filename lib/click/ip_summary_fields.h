/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary_fields.h: what the parts of IP summaries (ip_summary.h) share: how
 * a field says what of a packet it is about, and a few words of the format.
 */
#ifndef CORACLE_CLICK_IP_SUMMARY_FIELDS_H
#define CORACLE_CLICK_IP_SUMMARY_FIELDS_H

#include "lib/click/ip_summary.h"

#define SECOND 1000000000ll

/* A field's `what`. */
enum ip_summary_what {
    IN_IP, /* a header's field */
    IN_PORTS,
    IN_TCP,
    IN_UDP,
    IN_ICMP,
    IN_ICMP_ID, /* of messages that have an id */
    IN_ICMP_MTU,
    IN_ETHER,
    TIME,
    TIME_SECONDS,
    TIME_MICRO,
    TIME_ALL_MICRO,
    FIRST_TIME,
    IP_LENGTH,
    OPTIONS_OF_IP,
    OPTIONS_OF_TCP,
    PAYLOAD,
    PAYLOAD_LENGTH,
    CAPTURED,
    COUNT,
    PAINT,
    AGGREGATE,
    WIRE_LENGTH,
};

#define TCP_FLAG_COUNT 9
extern const char ip_summary_flags[TCP_FLAG_COUNT + 1]; /* lowest bit first */
extern const char *const ip_summary_ecn[4];

static inline uint64_t big_endian(const uint8_t *bytes, unsigned int count)
{
    uint64_t value = 0;

    while (count-- > 0)
        value = value << 8 | *bytes++;
    return value;
}

#endif
