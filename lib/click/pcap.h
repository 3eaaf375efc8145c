/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap.h: the file format of tcpdump: a header, then records. Numbers are in
 * the byte order of who wrote the file, which its magic number tells.
 */
#ifndef CORACLE_CLICK_PCAP_H
#define CORACLE_CLICK_PCAP_H

#include <stdint.h>

#define PCAP_MICRO 0xa1b2c3d4u
#define PCAP_NANO  0xa1b23c4du

struct pcap_header {
    uint32_t magic;
    uint16_t major, minor; /* 2, 4 */
    int32_t zone;
    uint32_t accuracy;
    uint32_t snap_length;
    uint32_t link;
};

struct pcap_record {
    uint32_t seconds, fraction; /* microseconds or nanoseconds */
    uint32_t captured, length;
};

/* Link types, by Click's names. */
#define PCAP_LINKS(LINK)                                                       \
    LINK(NULL, 0)                                                              \
    LINK(ETHER, 1)                                                             \
    LINK(PPP, 9)                                                               \
    LINK(FDDI, 10)                                                             \
    LINK(IP, 12)                                                               \
    LINK(PPP_HDLC, 50)                                                         \
    LINK(ATM, 100)                                                             \
    LINK(HDLC, 104)                                                            \
    LINK(802_11, 105)                                                          \
    LINK(SLL, 113)                                                             \
    LINK(PRISM, 119)                                                           \
    LINK(AIRONET, 120)                                                         \
    LINK(SUNATM, 123)

#define PCAP_ETHER 1u
#define PCAP_IP    12u /* what Click writes */
#define PCAP_RAW   101u
#define PCAP_IPV4  228u

#endif
