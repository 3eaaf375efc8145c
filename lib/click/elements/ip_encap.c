/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_encap.c: packets into IP packets.
 *
 * =c
 * IPEncap(PROTO, SRC, DST, [KEYWORDS])
 * =s ip
 * puts an IP header in front
 * =d
 * Makes each packet the payload of an IP packet of protocol PROTO (a number or
 * a name) from SRC to DST, and sets its destination annotation to DST. If DST
 * is "DST_ANNO", the annotation says where to. Keyword arguments:
 *
 *   TTL   time to live; 250
 *   DSCP  code point, 0 to 63; 0
 *   ECT   ECN-capable transport: true (the ECN field is 1), 2 (it is 2); false
 *   CE    congestion experienced (the ECN field is 3); false
 *   TOS   the whole byte, instead of the three above; 0
 *   DF    don't fragment; false
 *
 * =h src read/write
 * the SRC argument
 * =h dst read/write
 * the DST argument
 * =e
 *   IPEncap(ipip, 18.26.4.24, 140.247.60.147)
 * =a UDPIPEncap, StripIPHeader
 *
 * =c
 * UDPIPEncap(SRC, SPORT, DST, DPORT [, CHECKSUM])
 * =s udp
 * puts UDP and IP headers in front
 * =d
 * Makes each packet the payload of a UDP packet from SRC, SPORT to DST, DPORT,
 * and sets its destination annotation to DST. If DST is "DST_ANNO", the
 * annotation says where to. The UDP checksum is computed unless CHECKSUM is
 * false.
 * =h src read/write
 * the SRC argument
 * =h sport read/write
 * the SPORT argument
 * =h dst read/write
 * the DST argument
 * =h dport read/write
 * the DPORT argument
 * =e
 *   UDPIPEncap(1.0.0.1, 1234, 2.0.0.2, 1234)
 * =a IPEncap, Strip
 *
 * What is put inside must be complete: large segments are cut, checksums that
 * are not yet computed are. Packets that become too long for IP are dropped.
 * Relies on lib/click/checksum.h.
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/ip_names.h"

#define IP_MAX 65535u

struct encap {
    struct element element;
    struct ip_header ip; /* as it is in front of every packet */
    uint16_t id;
    bool from_annotation;
    char *target;

    /* IPEncap's arguments */
    uint8_t dscp, tos;
    uint8_t ect;
    bool ce, dont_fragment;

    /* UDPIPEncap's */
    uint16_t from_port, to_port;
    bool checksum;
    uint64_t drops;
};

static int set_target(struct encap *encap, const char *word)
{
    uint32_t address;

    if (!strcmp(word, "DST_ANNO")) {
        encap->from_annotation = true;
        encap->ip.to = 0;
        return 0;
    }
    if (click_read_ip(&encap->element, word, &address))
        return -1;
    encap->from_annotation = false;
    encap->ip.to = address;
    return 0;
}

static int target_parse(struct click_args *args,
                        const struct click_param *param, const char *word,
                        void *to)
{
    uint32_t address;
    int error = click_parse_word(args, param, word, to);

    if (!error && strcmp(word, "DST_ANNO") &&
        click_read_ip(args->element, word, &address))
        error = click_args_error(args, "%s: expected an IP address, not '%s'",
                                 param->name, word);
    return error;
}

static int proto_parse(struct click_args *args, const struct click_param *param,
                       const char *word, void *to)
{
    return ip_name_proto(args->element, word, to)
               ? 0
               : click_args_error(args, "%s: expected a protocol, not '%s'",
                                  param->name, word);
}

static int ect_parse(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    bool value;

    if (!strcmp(word, "2")) {
        *(uint8_t *)to = 2;
        return 0;
    }
    if (click_read_bool(word, &value))
        return click_args_error(args, "%s: expected a Boolean or 2, not '%s'",
                                param->name, word);
    *(uint8_t *)to = value;
    return 0;
}

/* ---- Packets --------------------------------------------------------------
 */

static struct packet *drop(struct encap *encap, struct packet *packet)
{
    if (packet) {
        if (encap->drops == 0)
            click_say(&encap->element,
                      "%s: dropping a packet that does not fit into another",
                      encap->element.name);
        packet_free(packet);
    }
    encap->drops++;
    return NULL;
}

/* The packet with an IP header and `more` bytes in front; NULL: it is dropped.
 */
static struct ip_header *encapsulate(struct encap *encap, struct packet *packet,
                                     unsigned int more)
{
    unsigned int length = sizeof(struct ip_header) + more;
    struct ip_header *ip;
    uint16_t checksum;

    if (packet->total + length > IP_MAX || !packet_settle(packet)) {
        drop(encap, packet);
        return NULL;
    }
    packet->flags &= (uint8_t)~PACKET_CSUM_VALID; /* that was the inner one */
    ip = click_push_bytes(packet, length);
    if (!ip) {
        drop(encap, NULL);
        return NULL;
    }
    *ip = encap->ip;
    if (encap->from_annotation)
        ip->to = click_anno_u32(packet, CLICK_ANNO_DST_IP);
    else
        click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    ip->total = htons((uint16_t)packet->total);
    ip->id = htons(encap->id++);
    checksum =
        (uint16_t)~checksum_fold(checksum_add(0, ip, sizeof(struct ip_header)));
    ip->checksum = checksum;
    click_set_network_header(packet, 0, sizeof(struct ip_header));
    return ip;
}

static struct packet *ip_simple(struct element *element, struct packet *packet)
{
    return encapsulate((struct encap *)element, packet, 0) ? packet : NULL;
}

static struct packet *udp_simple(struct element *element, struct packet *packet)
{
    struct encap *encap = (struct encap *)element;
    struct ip_header *ip =
        encapsulate(encap, packet, sizeof(struct udp_header));
    struct udp_header *udp;
    size_t length;

    if (!ip)
        return NULL;
    udp = (struct udp_header *)(ip + 1);
    length = packet->total - sizeof(*ip);
    udp->from = htons(encap->from_port);
    udp->to = htons(encap->to_port);
    udp->length = htons((uint16_t)length);
    udp->checksum = 0;
    if (encap->checksum) {
        udp->checksum =
            (uint16_t)~transport_sum(packet, ip, PROTOCOL_UDP, length);
        if (udp->checksum == 0)
            udp->checksum = 0xffff;
    }
    return packet;
}

static void take_state(struct element *element, struct element *old)
{
    ((struct encap *)element)->drops = ((struct encap *)old)->drops;
}

/* ---- Arguments ------------------------------------------------------------
 */

static void ip_defaults(struct element *element)
{
    struct encap *encap = (struct encap *)element;

    encap->ip.version_length = 0x45;
    encap->ip.ttl = 250;
}

static void udp_defaults(struct element *element)
{
    ip_defaults(element);
    ((struct encap *)element)->ip.protocol = PROTOCOL_UDP;
    ((struct encap *)element)->checksum = true;
}

#define GIVEN_DSCP (1u << 4)
#define GIVEN_ECT  (1u << 5)
#define GIVEN_CE   (1u << 6)
#define GIVEN_TOS  (1u << 7)

static int ip_configure(struct element *element, struct click_args *args)
{
    struct encap *encap = (struct encap *)element;

    if (encap->dscp > 63)
        return click_args_error(args, "DSCP: out of range, 0 to 63");
    if ((args->given & GIVEN_TOS) &&
        (args->given & (GIVEN_DSCP | GIVEN_ECT | GIVEN_CE)))
        return click_args_error(args, "TOS, and also DSCP, ECT or CE");
    if (encap->ect && encap->ce)
        return click_args_error(args, "both ECT and CE");
    encap->ip.tos =
        args->given & GIVEN_TOS
            ? encap->tos
            : (uint8_t)(encap->dscp << 2 | (encap->ce ? 3 : encap->ect));
    encap->ip.fragment = encap->dont_fragment ? htons(IP_DONT_FRAGMENT) : 0;
    return set_target(encap, encap->target);
}

static int udp_configure(struct element *element, struct click_args *args)
{
    (void)args;
    return set_target((struct encap *)element,
                      ((struct encap *)element)->target);
}

static int read_target(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    struct encap *encap = (struct encap *)element;
    struct click_handler field = *handler;

    if (encap->from_annotation) {
        text_puts(out, "DST_ANNO");
        return 0;
    }
    field.data = offsetof(struct encap, ip.to);
    return handler_read_ip(element, &field, param, out);
}

static int write_target(struct element *element,
                        const struct click_handler *handler, const char *value,
                        struct click_errors *errors)
{
    (void)handler;
    return set_target((struct encap *)element, value)
               ? click_error(errors, NULL, "expected an IP address")
               : 0;
}

static const struct click_param ip_params[] = {
    {.name = "PROTO",
     .parse = proto_parse,
     .offset = offsetof(struct encap, ip.protocol),
     .size = 1,
     .flags = CLICK_POSITIONAL | CLICK_REQUIRED},
    CLICK_PARAM("SRC", struct encap, ip.from, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {.name = "DST",
     .parse = target_parse,
     .offset = offsetof(struct encap, target),
     .size = sizeof(char *),
     .flags = CLICK_POSITIONAL | CLICK_REQUIRED},
    CLICK_PARAM("TTL", struct encap, ip.ttl, u8, 0),
    CLICK_PARAM("DSCP", struct encap, dscp, u8, 0),
    {.name = "ECT",
     .parse = ect_parse,
     .offset = offsetof(struct encap, ect),
     .size = 1},
    CLICK_PARAM("CE", struct encap, ce, bool, 0),
    CLICK_PARAM("TOS", struct encap, tos, u8, 0),
    CLICK_PARAM("DF", struct encap, dont_fragment, bool, 0),
    {0},
};

static const struct click_param udp_params[] = {
    CLICK_PARAM("SRC", struct encap, ip.from, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("SPORT", struct encap, from_port, port,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {.name = "DST",
     .parse = target_parse,
     .offset = offsetof(struct encap, target),
     .size = sizeof(char *),
     .flags = CLICK_POSITIONAL | CLICK_REQUIRED},
    CLICK_PARAM("DPORT", struct encap, to_port, port,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("CHECKSUM", struct encap, checksum, bool, CLICK_POSITIONAL),
    {0},
};

static const struct click_handler ip_handlers[] = {
    HANDLER_FIELD_RW("src", struct encap, ip.from, ip),
    {.name = "dst", .read = read_target, .write = write_target},
    HANDLER_FIELD("drops", struct encap, drops, u64),
    {0},
};

static const struct click_handler udp_handlers[] = {
    HANDLER_FIELD_RW("src", struct encap, ip.from, ip),
    HANDLER_FIELD_RW("sport", struct encap, from_port, u16),
    {.name = "dst", .read = read_target, .write = write_target},
    HANDLER_FIELD_RW("dport", struct encap, to_port, u16),
    HANDLER_FIELD("drops", struct encap, drops, u64),
    {0},
};

const struct element_class click_class_IPEncap = {
    .name = "IPEncap",
    .ports = "1/1",
    .processing = "a/a",
    .cuts = true,
    .size = sizeof(struct encap),
    .params = ip_params,
    .defaults = ip_defaults,
    .reconfigurable = true,
    .configure = ip_configure,
    .take_state = take_state,
    .simple = ip_simple,
    .handlers = ip_handlers,
};

const struct element_class click_class_UDPIPEncap = {
    .name = "UDPIPEncap",
    .ports = "1/1",
    .processing = "a/a",
    .cuts = true,
    .size = sizeof(struct encap),
    .params = udp_params,
    .defaults = udp_defaults,
    .reconfigurable = true,
    .configure = udp_configure,
    .take_state = take_state,
    .simple = udp_simple,
    .handlers = udp_handlers,
};
