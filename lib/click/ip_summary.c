/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary.c: the table of the fields that IP summaries may have.
 *
 * A packet's summary is a line of words, one for each field. Most fields are
 * some bits of a header: the table says in which header, at which byte, under
 * which mask. One row serves both directions, from packets to words
 * (ip_summary_get.c, ip_summary_print.c) and back (ip_summary_parse.c,
 * ip_summary_make.c), so a new field of that kind is a new row and nothing
 * else. Fields that are no bits of a header (times, lengths, options, payload)
 * have a `what` of their own, which those files know.
 *
 * What a field is about and how it is written are independent: ICMP's type is
 * the same byte as a number and as a name. So a row has a style as well.
 *
 * Pure data; no locks.
 */
#include <string.h>
#include "lib/click/ip_summary_fields.h"

const char ip_summary_flags[] = "FSRPAUECN";
const char *const ip_summary_ecn[4] = {"no", "ect1", "ect2", "ce"};

/* name, style, what, at, size, mask, shift, scale, binary, options */
static const struct ip_summary_field fields[] = {
    {"timestamp", STYLE_TIME, TIME, 0, 0, 0, 0, 1, 8, 0},
    {"utimestamp", STYLE_TIME, TIME, 0, 0, 0, 0, 1, 8, 0},
    {"ntimestamp", STYLE_TIME, TIME, 1, 0, 0, 0, 1, 8, 0},
    {"ts_sec", STYLE_NUMBER, TIME_SECONDS, 0, 0, 0, 0, 1, 4, 0},
    {"ts_usec", STYLE_NUMBER, TIME_MICRO, 0, 0, 0, 0, 1, 4, 0},
    {"ts_usec1", STYLE_NUMBER, TIME_ALL_MICRO, 0, 0, 0, 0, 1, 8, 0},
    {"first_timestamp", STYLE_TIME, FIRST_TIME, 0, 0, 0, 0, 1, 8, 0},
    {"ip_src", STYLE_ADDRESS, IN_IP, 12, 4, 0, 0, 1, 4, 0},
    {"ip_dst", STYLE_ADDRESS, IN_IP, 16, 4, 0, 0, 1, 4, 0},
    {"ip_frag", STYLE_FRAGMENT, IN_IP, 6, 2, 0xffff, 0, 1, 1, 0},
    {"ip_fragoff", STYLE_OFFSET, IN_IP, 6, 2, 0xffff, 0, 1, 2, 0},
    {"ip_len", STYLE_NUMBER, IP_LENGTH, 0, 0, 0, 0, 1, 4, 0},
    {"ip_proto", STYLE_PROTOCOL, IN_IP, 9, 1, 0xff, 0, 1, 1, 0},
    {"ip_hl", STYLE_NUMBER, IN_IP, 0, 1, 0x0f, 0, 4, 1, 0},
    {"ip_id", STYLE_NUMBER, IN_IP, 4, 2, 0xffff, 0, 1, 2, 0},
    {"ip_tos", STYLE_NUMBER, IN_IP, 1, 1, 0xff, 0, 1, 1, 0},
    {"ip_dscp", STYLE_NUMBER, IN_IP, 1, 1, 0xfc, 2, 1, 1, 0},
    {"ip_ecn", STYLE_ECN, IN_IP, 1, 1, 0x03, 0, 1, 1, 0},
    {"ip_ttl", STYLE_NUMBER, IN_IP, 8, 1, 0xff, 0, 1, 1, 0},
    {"ip_sum", STYLE_NUMBER, IN_IP, 10, 2, 0xffff, 0, 1, 2, 0},
    {"ip_opt", STYLE_IP_OPTIONS, OPTIONS_OF_IP, 0, 0, 0, 0, 1, 255, 0},
    {"sport", STYLE_NUMBER, IN_PORTS, 0, 2, 0xffff, 0, 1, 2, 0},
    {"dport", STYLE_NUMBER, IN_PORTS, 2, 2, 0xffff, 0, 1, 2, 0},
    {"tcp_seq", STYLE_NUMBER, IN_TCP, 4, 4, 0, 0, 1, 4, 0},
    {"tcp_ack", STYLE_NUMBER, IN_TCP, 8, 4, 0, 0, 1, 4, 0},
    {"tcp_off", STYLE_NUMBER, IN_TCP, 12, 1, 0xf0, 4, 4, 1, 0},
    {"tcp_flags", STYLE_FLAGS, IN_TCP, 12, 2, 0x01ff, 0, 1, 1, 0},
    {"tcp_opt", STYLE_TCP_OPTIONS, OPTIONS_OF_TCP, 0, 0, 0, 0, 1, 255,
     OPTIONS_ALL},
    {"tcp_ntopt", STYLE_TCP_OPTIONS, OPTIONS_OF_TCP, 0, 0, 0, 0, 1, 255,
     OPTIONS_NO_TIMES},
    {"tcp_sack", STYLE_TCP_OPTIONS, OPTIONS_OF_TCP, 0, 0, 0, 0, 1, 255,
     OPTIONS_SACK},
    {"tcp_window", STYLE_NUMBER, IN_TCP, 14, 2, 0xffff, 0, 1, 2, 0},
    {"tcp_urp", STYLE_NUMBER, IN_TCP, 18, 2, 0xffff, 0, 1, 2, 0},
    {"udp_len", STYLE_NUMBER, IN_UDP, 4, 2, 0xffff, 0, 1, 4, 0},
    {"icmp_type", STYLE_NUMBER, IN_ICMP, 0, 1, 0xff, 0, 1, 1, 0},
    {"icmp_code", STYLE_NUMBER, IN_ICMP, 1, 1, 0xff, 0, 1, 1, 0},
    {"icmp_type_name", STYLE_ICMP_TYPE, IN_ICMP, 0, 1, 0xff, 0, 1, 1, 0},
    {"icmp_code_name", STYLE_ICMP_CODE, IN_ICMP, 1, 1, 0xff, 0, 1, 1, 0},
    {"icmp_flowid", STYLE_NUMBER, IN_ICMP_ID, 4, 2, 0xffff, 0, 1, 2, 0},
    {"icmp_seq", STYLE_NUMBER, IN_ICMP_ID, 6, 2, 0xffff, 0, 1, 2, 0},
    {"icmp_nextmtu", STYLE_NUMBER, IN_ICMP_MTU, 6, 2, 0xffff, 0, 1, 2, 0},
    {"payload", STYLE_PAYLOAD, PAYLOAD, 0, 0, 0, 0, 1, 0, 0},
    {"payload_len", STYLE_NUMBER, PAYLOAD_LENGTH, 0, 0, 0, 0, 1, 4, 0},
    {"payload_md5", STYLE_MD5, PAYLOAD, 0, 0, 0, 0, 1, 16, 0},
    {"payload_md5_hex", STYLE_MD5_HEX, PAYLOAD, 0, 0, 0, 0, 1, 16, 0},
    {"ip_capture_len", STYLE_NUMBER, CAPTURED, 0, 0, 0, 0, 1, 4, 0},
    {"count", STYLE_NUMBER, COUNT, 0, 0, 0, 0, 1, 4, 0},
    {"direction", STYLE_DIRECTION, PAINT, 0, 0, 0, 0, 1, 1, 0},
    {"link", STYLE_NUMBER, PAINT, 0, 0, 0, 0, 1, 1, 0},
    {"aggregate", STYLE_NUMBER, AGGREGATE, 0, 0, 0, 0, 1, 4, 0},
    {"eth_src", STYLE_ETHER, IN_ETHER, 6, 6, 0, 0, 1, 6, 0},
    {"eth_dst", STYLE_ETHER, IN_ETHER, 0, 6, 0, 0, 1, 6, 0},
    {"wire_len", STYLE_NUMBER, WIRE_LENGTH, 0, 0, 0, 0, 1, 4, 0},
};

static const struct {
    const char *name, *field;
} synonyms[] = {
    {"src", "ip_src"},
    {"dst", "ip_dst"},
    {"ts", "timestamp"},
    {"usec_timestamp", "utimestamp"},
    {"sec", "ts_sec"},
    {"usec", "ts_usec"},
    {"len", "ip_len"},
    {"length", "ip_len"},
    {"proto", "ip_proto"},
    {"ip_p", "ip_proto"},
    {"hl", "ip_hl"},
    {"id", "ip_id"},
    {"tos", "ip_tos"},
    {"dscp", "ip_dscp"},
    {"ecn", "ip_ecn"},
    {"ttl", "ip_ttl"},
    {"frag", "ip_frag"},
    {"fragoff", "ip_fragoff"},
    {"opt", "ip_opt"},
    {"src_port", "sport"},
    {"dst_port", "dport"},
    {"tcp_flag", "tcp_flags"},
    {"tcp_win", "tcp_window"},
    {"ntopt", "tcp_ntopt"},
    {"sack", "tcp_sack"},
    {"payload_length", "payload_len"},
    {"paint", "link"},
    {"agg", "aggregate"},
    {"first_ts", "first_timestamp"},
    {"pkt_count", "count"},
    {"ip_caplen", "ip_capture_len"},
    {"ether_src", "eth_src"},
    {"ether_dst", "eth_dst"},
};

const struct ip_summary_field *ip_summary_field(const char *name)
{
    char plain[40];
    size_t i;

    for (i = 0; name[i] && i + 1 < sizeof(plain); i++)
        plain[i] = name[i] == ' ' || name[i] == '-' ? '_' : name[i];
    plain[i] = '\0';
    for (i = 0; i < ARRAY_SIZE(synonyms); i++)
        if (!strcmp(plain, synonyms[i].name))
            return ip_summary_field(synonyms[i].field);
    for (i = 0; i < ARRAY_SIZE(fields); i++)
        if (!strcmp(plain, fields[i].name))
            return &fields[i];
    return NULL;
}
