/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_change.c: small changes of IP headers. Checksums are updated, never
 * computed anew.
 *
 * =c
 * DecIPTTL([KEYWORDS])
 * =s ip
 * decrements the IP time-to-live, drops dead packets
 * =d
 * Packets, whose IP header must be marked, lose one of their time to live and
 * leave by output 0; those that have 1 or less left leave unchanged by output
 * 1, or are dropped if there is none. Keyword arguments:
 *
 *   ACTIVE     false: packets pass as they are; true
 *   MULTICAST  false: packets to multicast addresses pass as they are; true
 *
 * =h drops read-only
 * how many packets were dead
 * =h active read/write
 * the ACTIVE argument
 * =e
 *   ... -> CheckIPHeader -> dt :: DecIPTTL -> ...
 *   dt[1] -> ICMPError(18.26.4.24, timeexceeded) -> ...
 * =a ICMPError, CheckIPHeader
 *
 * =c
 * FixIPSrc(IPADDR)
 * =s ip
 * sets the IP source address where an annotation asks for it
 * =d
 * If a packet's Fix IP Source annotation is set, its source address becomes
 * IPADDR and the annotation is cleared. ICMPError sets it: its packets have to
 * come from the address of the interface by which they leave.
 * =a ICMPError
 *
 * =c
 * SetIPDSCP(DSCP)
 * =s ip
 * sets the DSCP field
 * =d
 * Sets the differentiated services code point, the upper six bits of the type
 * of service, to DSCP (0 to 63).
 * =h dscp read/write
 * the argument
 * =a SetIPECN, MarkIPCE
 *
 * =c
 * SetIPECN(ECN)
 * =s ip
 * sets the ECN field
 * =d
 * Sets the lower two bits of the type of service to ECN: 0 to 3, or "no",
 * "ect1" ("ECT(1)", which is 1), "ect2" ("ECT(0)", 2), "ce" ("CE", 3).
 * =h ecn read/write
 * the argument
 * =a SetIPDSCP, MarkIPCE
 *
 * =c
 * MarkIPCE([FORCE])
 * =s ip
 * marks packets as having met congestion
 * =d
 * Sets the ECN field to 3, congestion experienced. Packets that are not capable
 * of ECN (the field is 0) are dropped unless FORCE is true.
 * =h drops read-only
 * how many packets were dropped
 * =a SetIPECN
 *
 * =c
 * IPMirror([DST_ANNO])
 * =s ip
 * swaps sender and receiver
 * =d
 * Swaps the IP addresses; in first fragments of TCP and UDP also the ports, and
 * TCP's sequence and acknowledgement numbers. Checksums stay right. The
 * destination annotation becomes the new destination, unless DST_ANNO is false.
 * =a EtherMirror
 *
 * Packets without a marked IP header are dropped. Relies on
 * lib/click/checksum.h.
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

/* ---- DecIPTTL -------------------------------------------------------------
 */

struct dec_ttl {
    struct element element;
    uint64_t drops;
    bool active, multicast;
};

static void ttl_defaults(struct element *element)
{
    struct dec_ttl *dec = (struct dec_ttl *)element;

    dec->active = dec->multicast = true;
}

static struct packet *ttl_simple(struct element *element, struct packet *packet)
{
    struct dec_ttl *dec = (struct dec_ttl *)element;
    struct ip_header *ip = ip_of(packet);
    uint16_t checksum;

    if (!ip) {
        dec->drops++;
        packet_free(packet);
        return NULL;
    }
    if (!dec->active ||
        (!dec->multicast && (ip->to & htonl(0xf0000000)) == htonl(0xe0000000)))
        return packet;
    if (ip->ttl <= 1) {
        dec->drops++;
        element_side(element, 1, packet);
        return NULL;
    }
    checksum = ip->checksum;
    click_checksum_update16(&checksum, htons((uint16_t)(ip->ttl << 8)),
                            htons((uint16_t)((ip->ttl - 1) << 8)));
    ip->checksum = checksum;
    ip->ttl--;
    return packet;
}

static void ttl_take_state(struct element *element, struct element *old)
{
    ((struct dec_ttl *)element)->drops = ((struct dec_ttl *)old)->drops;
}

static const struct click_param ttl_params[] = {
    CLICK_PARAM("ACTIVE", struct dec_ttl, active, bool, 0),
    CLICK_PARAM("MULTICAST", struct dec_ttl, multicast, bool, 0),
    {0},
};

static const struct click_handler ttl_handlers[] = {
    HANDLER_FIELD("drops", struct dec_ttl, drops, u64),
    HANDLER_ACTIVE(struct dec_ttl, active),
    {0},
};

const struct element_class click_class_DecIPTTL = {
    .name = "DecIPTTL",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct dec_ttl),
    .params = ttl_params,
    .defaults = ttl_defaults,
    .take_state = ttl_take_state,
    .simple = ttl_simple,
    .handlers = ttl_handlers,
};

/* ---- FixIPSrc -------------------------------------------------------------
 */

struct fix_source {
    struct element element;
    uint32_t address;
};

static struct packet *fix_simple(struct element *element, struct packet *packet)
{
    uint32_t address = ((struct fix_source *)element)->address;
    struct ip_header *ip = ip_of(packet);
    uint16_t checksum;

    if (!click_anno_u8(packet, CLICK_ANNO_FIX_IP_SRC) || !ip)
        return packet;
    click_anno_set_u8(packet, CLICK_ANNO_FIX_IP_SRC, 0);
    transport_address_changes(packet, ip->from, address);
    ip = ip_of(packet);
    checksum = ip->checksum;
    click_checksum_update32(&checksum, ip->from, address);
    ip->checksum = checksum;
    ip->from = address;
    return packet;
}

static const struct click_param fix_params[] = {
    CLICK_PARAM("IPADDR", struct fix_source, address, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

const struct element_class click_class_FixIPSrc = {
    .name = "FixIPSrc",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct fix_source),
    .params = fix_params,
    .reconfigurable = true,
    .simple = fix_simple,
};

/* ---- SetIPDSCP, SetIPECN, MarkIPCE ----------------------------------------
 */

struct set_tos {
    struct element element;
    uint64_t drops;
    uint8_t dscp, ecn;
    bool force;
};

static struct packet *drop(struct element *element, struct packet *packet)
{
    ((struct set_tos *)element)->drops++;
    packet_free(packet);
    return NULL;
}

static struct packet *tos_set(struct packet *packet, struct ip_header *ip,
                              uint8_t tos)
{
    uint16_t checksum = ip->checksum;

    click_checksum_update16(&checksum, htons(ip->tos), htons(tos));
    ip->checksum = checksum;
    ip->tos = tos;
    return packet;
}

static struct packet *dscp_simple(struct element *element,
                                  struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    uint8_t dscp = ((struct set_tos *)element)->dscp;

    return ip ? tos_set(packet, ip, (uint8_t)((ip->tos & 3) | dscp << 2))
              : drop(element, packet);
}

static struct packet *ecn_simple(struct element *element, struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    uint8_t ecn = ((struct set_tos *)element)->ecn;

    return ip ? tos_set(packet, ip, (uint8_t)((ip->tos & 0xfc) | ecn))
              : drop(element, packet);
}

static struct packet *ce_simple(struct element *element, struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);

    if (!ip || ((ip->tos & 3) == 0 && !((struct set_tos *)element)->force))
        return drop(element, packet);
    return tos_set(packet, ip, ip->tos | 3);
}

static int dscp_configure(struct element *element, struct click_args *args)
{
    return ((struct set_tos *)element)->dscp > 63
               ? click_args_error(args, "DSCP: out of range, 0 to 63")
               : 0;
}

static int write_dscp(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    uint64_t number;

    (void)handler;
    if (click_read_integer(value, 0, 63, &number))
        return click_error(errors, NULL, "expected a number from 0 to 63");
    ((struct set_tos *)element)->dscp = (uint8_t)number;
    return 0;
}

static int read_ecn(const char *word, uint8_t *ecn)
{
    static const struct {
        const char *name;
        uint8_t ecn;
    } names[] = {
        {"no", 0},     {"ect1", 1}, {"ECT(1)", 1}, {"ect2", 2},
        {"ECT(0)", 2}, {"ce", 3},   {"CE", 3},
    };
    uint64_t number;

    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (!strcmp(word, names[i].name)) {
            *ecn = names[i].ecn;
            return 0;
        }
    if (click_read_integer(word, 0, 3, &number))
        return -1;
    *ecn = (uint8_t)number;
    return 0;
}

static int ecn_parse(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    if (read_ecn(word, to))
        return click_args_error(args,
                                "%s: expected 'no', 'ect1', 'ect2', "
                                "'ce' or a number from 0 to 3",
                                param->name);
    return 0;
}

static int write_ecn(struct element *element,
                     const struct click_handler *handler, const char *value,
                     struct click_errors *errors)
{
    (void)handler;
    if (read_ecn(value, &((struct set_tos *)element)->ecn))
        return click_error(errors, NULL,
                           "expected 'no', 'ect1', 'ect2', 'ce' "
                           "or a number from 0 to 3");
    return 0;
}

static const struct click_param dscp_params[] = {
    CLICK_PARAM("DSCP", struct set_tos, dscp, u8,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_param ecn_params[] = {
    {.name = "ECN",
     .parse = ecn_parse,
     .offset = offsetof(struct set_tos, ecn),
     .size = 1,
     .flags = CLICK_POSITIONAL | CLICK_REQUIRED},
    {0},
};

static const struct click_param ce_params[] = {
    CLICK_PARAM("FORCE", struct set_tos, force, bool, CLICK_POSITIONAL),
    {0},
};

static const struct click_handler dscp_handlers[] = {
    {.name = "dscp",
     .read = handler_read_u8,
     .write = write_dscp,
     .data = offsetof(struct set_tos, dscp)},
    {0},
};

static const struct click_handler ecn_handlers[] = {
    {.name = "ecn",
     .read = handler_read_u8,
     .write = write_ecn,
     .data = offsetof(struct set_tos, ecn)},
    {0},
};

static const struct click_handler ce_handlers[] = {
    HANDLER_FIELD("drops", struct set_tos, drops, u64),
    {0},
};

const struct element_class click_class_SetIPDSCP = {
    .name = "SetIPDSCP",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct set_tos),
    .params = dscp_params,
    .reconfigurable = true,
    .configure = dscp_configure,
    .simple = dscp_simple,
    .handlers = dscp_handlers,
};

const struct element_class click_class_SetIPECN = {
    .name = "SetIPECN",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct set_tos),
    .params = ecn_params,
    .reconfigurable = true,
    .simple = ecn_simple,
    .handlers = ecn_handlers,
};

const struct element_class click_class_MarkIPCE = {
    .name = "MarkIPCE",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct set_tos),
    .params = ce_params,
    .simple = ce_simple,
    .handlers = ce_handlers,
};

/* ---- IPMirror -------------------------------------------------------------
 */

struct ip_mirror {
    struct element element;
    bool set_annotation;
};

static void mirror_defaults(struct element *element)
{
    ((struct ip_mirror *)element)->set_annotation = true;
}

static struct packet *mirror_simple(struct element *element,
                                    struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    struct tcp_header *tcp;
    uint32_t address, number;
    uint16_t port;

    if (!ip) {
        packet_free(packet);
        return NULL;
    }
    address = ip->from;
    ip->from = ip->to;
    ip->to = address;
    if (((struct ip_mirror *)element)->set_annotation)
        click_anno_set_u32(packet, CLICK_ANNO_DST_IP, address);
    if (!ip_is_first(ip) ||
        (ip->protocol != PROTOCOL_TCP && ip->protocol != PROTOCOL_UDP))
        return packet;
    tcp = transport_pull_up(packet, ip->protocol == PROTOCOL_TCP ? 12 : 4);
    if (!tcp)
        return packet;
    port = tcp->from;
    tcp->from = tcp->to;
    tcp->to = port;
    if (ip_of(packet)->protocol == PROTOCOL_TCP) {
        number = tcp->sequence;
        tcp->sequence = tcp->acknowledged;
        tcp->acknowledged = number;
    }
    return packet;
}

static const struct click_param mirror_params[] = {
    CLICK_PARAM("DST_ANNO", struct ip_mirror, set_annotation, bool,
                CLICK_POSITIONAL),
    {0},
};

const struct element_class click_class_IPMirror = {
    .name = "IPMirror",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct ip_mirror),
    .params = mirror_params,
    .defaults = mirror_defaults,
    .simple = mirror_simple,
};
