/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * headers.h: how packets look on the wire. All numbers of more than a byte are
 * in network byte order: ntohs() and its like below make them ours. A header
 * may lie at any address, and so may its fields: the compiler knows from
 * `packed`.
 *
 * Sources: Ethernet and VLAN, IEEE 802.3 and 802.1Q; ARP, RFC 826; IPv4, RFC
 * 791; ICMP, RFC 792; UDP, RFC 768; TCP, RFC 9293.
 */
#ifndef CORACLE_CLICK_HEADERS_H
#define CORACLE_CLICK_HEADERS_H

#include <arpa/inet.h>
#include <stdint.h>

#define ON_WIRE __attribute__((packed, may_alias))

#define ETHER_IP              0x0800
#define ETHER_ARP             0x0806
#define ETHER_VLAN            0x8100
#define ETHER_IP6             0x86dd
#define ETHER_QINQ            0x88a8
#define ETHER_PPPOE_DISCOVERY 0x8863
#define ETHER_PPPOE_SESSION   0x8864

struct ether_header {
    uint8_t to[6], from[6];
    uint16_t type;
} ON_WIRE;

struct vlan_header {
    uint8_t to[6], from[6];
    uint16_t vlan_type; /* ETHER_VLAN */
    uint16_t tci;       /* priority 3 bits, drop 1, VLAN ID 12 */
    uint16_t type;
} ON_WIRE;

#define ARP_REQUEST 1
#define ARP_REPLY   2

/* For IPv4 over Ethernet. */
struct arp_header {
    uint16_t hardware, protocol;              /* 1, ETHER_IP */
    uint8_t hardware_length, protocol_length; /* 6, 4 */
    uint16_t operation;
    uint8_t sender_mac[6];
    uint32_t sender_ip;
    uint8_t target_mac[6];
    uint32_t target_ip;
} ON_WIRE;

#define IP_DONT_FRAGMENT  0x4000
#define IP_MORE_FRAGMENTS 0x2000
#define IP_RESERVED_FLAG  0x8000
#define IP_OFFSET_MASK    0x1fff

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP  6
#define PROTOCOL_UDP  17

struct ip_header {
    uint8_t version_length; /* 4 and the length in 4-byte words, 4 bits each */
    uint8_t tos;
    uint16_t total;
    uint16_t id;
    uint16_t fragment; /* flags and the offset in 8-byte units */
    uint8_t ttl;
    uint8_t protocol;
    uint16_t checksum;
    uint32_t from, to;
} ON_WIRE;

static inline unsigned int ip_header_length(const struct ip_header *ip)
{
    return (ip->version_length & 15u) * 4;
}

static inline unsigned int ip_version(const struct ip_header *ip)
{
    return ip->version_length >> 4;
}

/* A fragment other than the first has no transport header. */
static inline int ip_is_first(const struct ip_header *ip)
{
    return (ntohs(ip->fragment) & IP_OFFSET_MASK) == 0;
}

static inline int ip_is_fragment(const struct ip_header *ip)
{
    return (ntohs(ip->fragment) & (IP_OFFSET_MASK | IP_MORE_FRAGMENTS)) != 0;
}

/* Bits of a prefix whose mask this is. */
static inline unsigned int ip_mask_length(uint32_t mask)
{
    uint32_t zeros = ~ntohl(mask);

    return zeros == 0 ? 32 : (unsigned int)__builtin_clz(zeros);
}

struct udp_header {
    uint16_t from, to;
    uint16_t length;
    uint16_t checksum; /* 0: none */
} ON_WIRE;

#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4
#define TCP_PSH 8
#define TCP_ACK 16
#define TCP_URG 32

struct tcp_header {
    uint16_t from, to;
    uint32_t sequence, acknowledged;
    uint8_t offset; /* of the data, in 4-byte words: the upper 4 bits */
    uint8_t flags;
    uint16_t window;
    uint16_t checksum;
    uint16_t urgent;
} ON_WIRE;

static inline unsigned int tcp_header_length(const struct tcp_header *tcp)
{
    return (tcp->offset >> 4) * 4u;
}

#define ICMP_ECHO_REPLY      0
#define ICMP_UNREACHABLE     3
#define ICMP_SOURCE_QUENCH   4
#define ICMP_REDIRECT        5
#define ICMP_ECHO            8
#define ICMP_TIME_EXCEEDED   11
#define ICMP_PARAMETER       12
#define ICMP_TIMESTAMP       13
#define ICMP_TIMESTAMP_REPLY 14

struct icmp_header {
    uint8_t type, code;
    uint16_t checksum;
    union {
        struct {
            uint16_t id, sequence;
        };
        uint32_t gateway;
        struct {
            uint16_t unused, mtu;
        };
        uint8_t pointer;
        uint32_t rest;
    };
} ON_WIRE;

#undef ON_WIRE

#endif
