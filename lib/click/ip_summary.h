/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_summary.h: the fields of IP summary dumps: what a packet has, as a word,
 * and the packet that words describe.
 *
 *     ip_summary_field("src") -> field
 *     field, packet -> ip_summary_get() -> value -> ip_summary_print() -> text
 *     text -> ip_summary_parse() -> value -> ip_summary_set() -> description
 *     description -> ip_summary_packet()
 *
 * The fields, and how they are written, are in the manual at the head of
 * elements/to_ip_summary_dump.c. Pure logic; no locks.
 */
#ifndef CORACLE_CLICK_IP_SUMMARY_H
#define CORACLE_CLICK_IP_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/click/headers.h"
#include "lib/click/notes.h"
#include "lib/click/text.h"

struct element;

enum ip_summary_style {
    STYLE_NUMBER,
    STYLE_TIME,
    STYLE_ADDRESS,
    STYLE_FRAGMENT,
    STYLE_OFFSET,
    STYLE_PROTOCOL,
    STYLE_ECN,
    STYLE_FLAGS,
    STYLE_ICMP_TYPE,
    STYLE_ICMP_CODE,
    STYLE_DIRECTION,
    STYLE_IP_OPTIONS,
    STYLE_TCP_OPTIONS,
    STYLE_ETHER,
    STYLE_PAYLOAD,
    STYLE_MD5,
    STYLE_MD5_HEX,
};

struct ip_summary_value {
    uint64_t number;
    uint8_t icmp_type; /* of a code */
    uint8_t bytes[64]; /* addresses, options, digests */
    size_t length;
    char *payload; /* allocated; or NULL */
};

struct ip_summary_field {
    const char *name;
    enum ip_summary_style style;
    uint8_t what;    /* enum ip_summary_what */
    uint8_t at;      /* of a header's field: where, */
    uint8_t size;    /* how many bytes, */
    uint16_t mask;   /* which bits, */
    uint8_t shift;   /* how far they are from the end, */
    uint8_t scale;   /* and how many units one is */
    uint8_t binary;  /* bytes in a binary dump; 0: not in them, 255: a length
                      * byte and so many */
    uint8_t options; /* which options: OPTIONS_... */
};

#define OPTIONS_ALL      0
#define OPTIONS_NO_TIMES 1 /* tcp_ntopt */
#define OPTIONS_SACK     2 /* tcp_sack */

/* By its name or another one it has; NULL: there is none. */
const struct ip_summary_field *ip_summary_field(const char *name);

/* False: the packet has no such thing, or it is not all there. */
bool ip_summary_get(const struct ip_summary_field *field,
                    const struct packet *packet, bool extra_length,
                    struct ip_summary_value *value);
void ip_summary_print(const struct ip_summary_field *field,
                      const struct ip_summary_value *value, struct text *out);
void ip_summary_print_binary(const struct ip_summary_field *field,
                             const struct ip_summary_value *value, bool there,
                             struct text *out);

/* A packet to be. */
struct ip_summary {
    struct click_notes notes;
    uint8_t ether[14], ip[60], transport[60];
    unsigned int ip_options, tcp_options; /* bytes */
    bool has_ether, has_ip_length, has_transport, has_header_length, has_offset,
        has_protocol, has_payload_length;
    uint32_t ip_length, payload_length;
    char *payload;
    size_t payload_size;
};

void ip_summary_begin(struct ip_summary *summary);
/* False: the word means nothing. `near` is for names. */
bool ip_summary_parse(const struct ip_summary_field *field,
                      const struct element *near, const char *word,
                      struct ip_summary_value *value);
/* How many of `length` bytes the field took; -1: not enough. */
int ip_summary_parse_binary(const struct ip_summary_field *field,
                            const uint8_t *bytes, size_t length,
                            struct ip_summary_value *value);
void ip_summary_set(const struct ip_summary_field *field,
                    struct ip_summary_value *value, struct ip_summary *summary);
/* NULL if memory is short. `complete`: all bytes of the IP length, and
 * checksums; else bytes that are not described are left out, and counted by the
 * extra length annotation. The description is empty then. */
MUST_CHECK struct packet *ip_summary_packet(struct ip_summary *summary,
                                            bool complete);

/* ip_options.c: options as text. ip_options_parse.c: the reverse; how many
 * bytes, at most 40, or -1. */
void ip_options_print(const uint8_t *options, unsigned int length,
                      struct text *out);
int ip_options_parse(const char *word, uint8_t options[40]);
void tcp_options_print(const uint8_t *options, unsigned int length,
                       unsigned int which, struct text *out);
int tcp_options_parse(const char *word, uint8_t options[40]);

/* md5.c: RFC 1321. */
void md5(const uint8_t *bytes, size_t length, uint8_t digest[16]);

#endif
