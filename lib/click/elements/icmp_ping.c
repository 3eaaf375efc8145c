/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * icmp_ping.c: echo requests, and answers to them.
 *
 * =c
 * ICMPPingResponder()
 * =s icmp
 * answers echo requests
 * =d
 * Turns ICMP echo requests, whose IP header must be marked, into their replies:
 * the destination annotation is set, paint is cleared, the timestamp is now.
 * All other packets leave by output 1, or are dropped if there is none.
 * =a ICMPPingSource, ICMPError
 *
 * =c
 * ICMPPingEncap(SRC, DST [, KEYWORDS])
 * =s icmp
 * puts packets into echo requests
 * =d
 * Makes each packet the data of an ICMP echo request from SRC to DST; sequence
 * numbers count up. Keyword arguments:
 *
 *   IDENTIFIER  of the requests; 0
 *
 * =h src read/write
 * the SRC argument
 * =h dst read/write
 * the DST argument
 * =a ICMPPingSource, ICMPPingResponder
 *
 * =c
 * ICMPIPEncap(SRC, DST, TYPE [, CODE, KEYWORDS])
 * =s icmp
 * puts packets into ICMP packets
 * =d
 * Makes each packet the data of an ICMP message of TYPE and CODE (0), numbers
 * or names, from SRC to DST. The sequence numbers of the types that have one
 * count up. Keyword arguments:
 *
 *   IDENTIFIER  of the messages; 0
 *
 * =h src read/write
 * the SRC argument
 * =h dst read/write
 * the DST argument
 * =a ICMPPingEncap
 *
 * RFC 792. Relies on lib/click/checksum.h.
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/ip_names.h"

/* ---- ICMPPingResponder ----------------------------------------------------
 */

static struct packet *respond_simple(struct element *element,
                                     struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    struct icmp_header *icmp = NULL;
    uint16_t checksum;
    uint32_t address;

    if (ip && ip->protocol == PROTOCOL_ICMP && ip_is_first(ip))
        icmp = transport_pull_up(packet, sizeof(*icmp));
    if (!icmp || icmp->type != ICMP_ECHO) {
        element_side(element, 1, packet);
        return NULL;
    }
    ip = ip_of(packet);
    address = ip->from;
    ip->from = ip->to;
    ip->to = address;
    checksum = icmp->checksum;
    click_checksum_update16(&checksum, htons(ICMP_ECHO << 8),
                            htons(ICMP_ECHO_REPLY << 8));
    icmp->checksum = checksum;
    icmp->type = ICMP_ECHO_REPLY;
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, address);
    click_anno_set_u8(packet, CLICK_ANNO_PAINT, 0);
    click_notes(packet)->time = click_now(element);
    return packet;
}

static const struct click_param no_params[] = {{0}};

const struct element_class click_class_ICMPPingResponder = {
    .name = "ICMPPingResponder",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct element),
    .params = no_params,
    .simple = respond_simple,
};

/* ---- ICMPPingEncap, ICMPIPEncap -------------------------------------------
 */

struct icmp_encap {
    struct element element;
    uint32_t source, target;
    uint8_t type, code;
    char *code_word;
    uint16_t id, sequence, ip_id;
};

static bool has_sequence(uint8_t type)
{
    return type == ICMP_ECHO || type == ICMP_ECHO_REPLY ||
           (type >= ICMP_TIMESTAMP && type <= 18);
}

static struct packet *encap_simple(struct element *element,
                                   struct packet *packet)
{
    struct icmp_encap *encap = (struct icmp_encap *)element;
    const unsigned int headers =
        sizeof(struct ip_header) + sizeof(struct icmp_header);
    struct icmp_header *icmp;
    struct ip_header *ip;

    if (packet->total + headers > 65535 || !packet_settle(packet)) {
        packet_free(packet);
        return NULL;
    }
    packet->flags &= (uint8_t)~PACKET_CSUM_VALID;
    ip = click_push_bytes(packet, headers);
    if (!ip)
        return NULL;
    icmp = (struct icmp_header *)(ip + 1);
    memset(ip, 0, headers);
    ip->version_length = 0x45;
    ip->total = htons((uint16_t)packet->total);
    ip->id = htons(encap->ip_id++);
    ip->ttl = 255;
    ip->protocol = PROTOCOL_ICMP;
    ip->from = encap->source;
    ip->to = encap->target;
    ip_set_checksum(ip, sizeof(*ip));
    icmp->type = encap->type;
    icmp->code = encap->code;
    if (has_sequence(encap->type)) {
        icmp->id = htons(encap->id);
        icmp->sequence = htons(encap->sequence++);
    }
    icmp->checksum = (uint16_t)~checksum_packet(packet, sizeof(*ip),
                                                packet->total - sizeof(*ip));
    click_set_network_header(packet, 0, sizeof(*ip));
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    return packet;
}

static void encap_defaults(struct element *element)
{
    ((struct icmp_encap *)element)->type = ICMP_ECHO;
}

static int encap_configure(struct element *element, struct click_args *args)
{
    struct icmp_encap *encap = (struct icmp_encap *)element;

    return ip_icmp_code_parse(args, encap->type, encap->code_word,
                              &encap->code);
}

static const struct click_param ping_params[] = {
    CLICK_PARAM("SRC", struct icmp_encap, source, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST", struct icmp_encap, target, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("IDENTIFIER", struct icmp_encap, id, u16, 0),
    {0},
};

static const struct click_param icmp_params[] = {
    CLICK_PARAM("SRC", struct icmp_encap, source, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST", struct icmp_encap, target, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {.name = "TYPE",
     .parse = ip_icmp_type_parse,
     .offset = offsetof(struct icmp_encap, type),
     .size = 1,
     .flags = CLICK_POSITIONAL | CLICK_REQUIRED},
    CLICK_PARAM("CODE", struct icmp_encap, code_word, string, CLICK_POSITIONAL),
    CLICK_PARAM("IDENTIFIER", struct icmp_encap, id, u16, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD_RW("src", struct icmp_encap, source, ip),
    HANDLER_FIELD_RW("dst", struct icmp_encap, target, ip),
    {0},
};

const struct element_class click_class_ICMPPingEncap = {
    .name = "ICMPPingEncap",
    .ports = "1/1",
    .processing = "a/a",
    .cuts = true,
    .size = sizeof(struct icmp_encap),
    .params = ping_params,
    .defaults = encap_defaults,
    .simple = encap_simple,
    .handlers = handlers,
};

const struct element_class click_class_ICMPIPEncap = {
    .name = "ICMPIPEncap",
    .ports = "1/1",
    .processing = "a/a",
    .cuts = true,
    .size = sizeof(struct icmp_encap),
    .params = icmp_params,
    .configure = encap_configure,
    .simple = encap_simple,
    .handlers = handlers,
};
