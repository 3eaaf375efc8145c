/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_address.c: addresses between headers and annotations; IP headers off and
 * on.
 *
 * =c
 * GetIPAddress(OFFSET [, ANNO, KEYWORDS])
 * =s ip
 * sets the destination annotation from the packet
 * =d
 * Copies the four bytes at OFFSET to the destination IP address annotation, or
 * to the annotation ANNO. Instead of OFFSET, the keyword argument IP may be
 * "src" or "dst": that address of the marked IP header. A packet that is too
 * short passes as it is. OFFSET 16 is the destination of an IP packet.
 * =a SetIPAddress, StoreIPAddress, StaticIPLookup, ARPQuerier
 *
 * =c
 * SetIPAddress(IPADDR [, ANNO])
 * =s ip
 * sets the destination annotation
 * =d
 * Sets the destination IP address annotation, or the annotation ANNO, to
 * IPADDR.
 * =a GetIPAddress, StoreIPAddress
 *
 * =c
 * StoreIPAddress(OFFSET)
 * StoreIPAddress(ADDR, OFFSET)
 * =s ip
 * stores an IP address in the packet
 * =d
 * Stores the destination annotation, unless it is 0, or ADDR in the packet's
 * four bytes at OFFSET. OFFSET may also be "src" or "dst": that address of the
 * marked IP header; then the checksums of IP, TCP and UDP are updated, else
 * none is. A packet that is too short leaves by output 1, or is dropped if
 * there is none.
 * =a GetIPAddress, SetIPChecksum, SetTCPChecksum, SetUDPChecksum
 *
 * =c
 * StripIPHeader()
 * =s ip
 * strips the IP header
 * =d
 * Strips the outermost IP header, with options, from the packet's front. It
 * stays marked; mark the inner one of an IP-in-IP packet behind this.
 * =a UnstripIPHeader, MarkIPHeader, Strip
 *
 * =c
 * UnstripIPHeader()
 * =s ip
 * puts a stripped IP header back
 * =d
 * Puts what StripIPHeader has stripped back in front.
 * =a StripIPHeader
 *
 * =c
 * StripToNetworkHeader()
 * =s basicmod
 * strips what is before the network header
 * =d
 * Makes the packet begin at its marked network header: what is before is
 * stripped, what was stripped of the header is put back.
 * =a Strip, StripIPHeader
 *
 * Relies on lib/click/checksum.h.
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

/* ---- GetIPAddress, SetIPAddress -------------------------------------------
 */

struct get_address {
    struct element element;
    uint32_t offset;
    uint32_t address; /* SetIPAddress' */
    struct click_anno annotation;
    char *header; /* "src", "dst" or NULL */
    bool source;
};

static void get_defaults(struct element *element)
{
    ((struct get_address *)element)->annotation =
        (struct click_anno){CLICK_ANNO_DST_IP, 4};
}

static int check_annotation(const struct get_address *get,
                            struct click_args *args)
{
    return get->annotation.size != 4 && get->annotation.size != 0
               ? click_args_error(args, "ANNO: expected a 4-byte annotation")
           : get->annotation.offset > 44
               ? click_args_error(args, "ANNO: too large")
               : 0;
}

static int get_configure(struct element *element, struct click_args *args)
{
    struct get_address *get = (struct get_address *)element;
    bool offset_given = args->given & 1;

    if (offset_given == (get->header != NULL))
        return click_args_error(args, "expected either OFFSET or IP");
    if (get->header && strcmp(get->header, "src") && strcmp(get->header, "dst"))
        return click_args_error(args, "IP: expected 'src' or 'dst'");
    get->source = get->header && !strcmp(get->header, "src");
    return check_annotation(get, args);
}

static struct packet *get_simple(struct element *element, struct packet *packet)
{
    struct get_address *get = (struct get_address *)element;
    const struct ip_header *ip;
    uint32_t address;

    if (get->header) {
        ip = ip_of(packet);
        if (ip)
            click_anno_set_u32(packet, get->annotation.offset,
                               get->source ? ip->from : ip->to);
    } else if (packet_read(packet, get->offset, &address, sizeof(address))) {
        click_anno_set_u32(packet, get->annotation.offset, address);
    }
    return packet;
}

static int set_configure(struct element *element, struct click_args *args)
{
    return check_annotation((struct get_address *)element, args);
}

static struct packet *set_simple(struct element *element, struct packet *packet)
{
    struct get_address *get = (struct get_address *)element;

    click_anno_set_u32(packet, get->annotation.offset, get->address);
    return packet;
}

static const struct click_param get_params[] = {
    CLICK_PARAM("OFFSET", struct get_address, offset, u32, CLICK_POSITIONAL),
    CLICK_PARAM("ANNO", struct get_address, annotation, anno, CLICK_POSITIONAL),
    CLICK_PARAM("IP", struct get_address, header, string, 0),
    {0},
};

static const struct click_param set_params[] = {
    CLICK_PARAM("IPADDR", struct get_address, address, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("ANNO", struct get_address, annotation, anno, CLICK_POSITIONAL),
    {0},
};

const struct element_class click_class_GetIPAddress = {
    .name = "GetIPAddress",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct get_address),
    .params = get_params,
    .defaults = get_defaults,
    .configure = get_configure,
    .simple = get_simple,
};

const struct element_class click_class_SetIPAddress = {
    .name = "SetIPAddress",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct get_address),
    .params = set_params,
    .defaults = get_defaults,
    .reconfigurable = true,
    .configure = set_configure,
    .simple = set_simple,
};

/* ---- StoreIPAddress -------------------------------------------------------
 */

enum { TO_OFFSET, TO_SOURCE, TO_TARGET };

struct store_address {
    struct element element;
    bool use_address;
    uint32_t address;
    unsigned int where, offset;
};

static int store_configure(struct element *element, struct click_args *args)
{
    struct store_address *store = (struct store_address *)element;
    const char *where;
    uint64_t offset;

    if (args->count < 1 || args->count > 2)
        return click_args_error(args, "expected '[ADDR,] OFFSET'");
    store->use_address = args->count == 2;
    if (store->use_address &&
        click_read_ip(element, args->words[0], &store->address))
        return click_args_error(args, "ADDR: '%s' is not an IP address",
                                args->words[0]);
    where = args->words[args->count - 1];
    if (!strcmp(where, "src"))
        store->where = TO_SOURCE;
    else if (!strcmp(where, "dst"))
        store->where = TO_TARGET;
    else if (click_read_integer(where, 0, 65535, &offset))
        return click_args_error(
            args, "OFFSET: expected a number, 'src' or 'dst', not '%s'", where);
    else
        store->offset = (unsigned int)offset;
    return 0;
}

static void store_in_header(struct packet *packet, bool source,
                            uint32_t address)
{
    struct ip_header *ip = ip_of(packet);
    uint32_t old = source ? ip->from : ip->to;
    uint16_t checksum;

    transport_address_changes(packet, old, address);
    ip = ip_of(packet);
    checksum = ip->checksum;
    click_checksum_update32(&checksum, old, address);
    ip->checksum = checksum;
    if (source)
        ip->from = address;
    else
        ip->to = address;
}

static struct packet *store_simple(struct element *element,
                                   struct packet *packet)
{
    struct store_address *store = (struct store_address *)element;
    uint32_t address = store->use_address
                           ? store->address
                           : click_anno_u32(packet, CLICK_ANNO_DST_IP);

    if (!store->use_address && address == 0)
        return packet;
    if (store->where != TO_OFFSET && ip_of(packet)) {
        store_in_header(packet, store->where == TO_SOURCE, address);
        return packet;
    }
    if (store->where == TO_OFFSET && store->offset + 4 <= packet->total &&
        (store->offset + 4 <= packet->length ||
         click_pull_up(packet, store->offset + 4))) {
        memcpy(packet->data + store->offset, &address, sizeof(address));
        return packet;
    }
    element_side(element, 1, packet);
    return NULL;
}

const struct element_class click_class_StoreIPAddress = {
    .name = "StoreIPAddress",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct store_address),
    .configure = store_configure,
    .simple = store_simple,
};

/* ---- Headers off and on ---------------------------------------------------
 */

static int header_length(const struct packet *packet)
{
    const struct click_notes *notes = click_notes_const(packet);

    return notes->network == CLICK_NO_HEADER ||
                   notes->transport == CLICK_NO_HEADER
               ? 0
               : notes->transport - notes->network;
}

static struct packet *strip_simple(struct element *element,
                                   struct packet *packet)
{
    int length = header_length(packet);

    (void)element;
    if (length < 0 || (uint32_t)length > packet->total) {
        packet_free(packet);
        return NULL;
    }
    packet_settle_for_good(packet); /* what is inside is another packet */
    click_strip(packet, (unsigned int)length);
    return packet;
}

static struct packet *unstrip_simple(struct element *element,
                                     struct packet *packet)
{
    int at = click_notes_const(packet)->network;

    (void)element;
    if (at != CLICK_NO_HEADER && at < 0 &&
        !click_push_bytes(packet, (unsigned int)-at))
        return NULL;
    return packet;
}

static struct packet *to_network_simple(struct element *element,
                                        struct packet *packet)
{
    int at = click_notes_const(packet)->network;

    (void)element;
    if (at == CLICK_NO_HEADER || at > (int)packet->total) {
        packet_free(packet);
        return NULL;
    }
    if (at >= 0)
        click_strip(packet, (unsigned int)at);
    else if (!click_push_bytes(packet, (unsigned int)-at))
        return NULL;
    return packet;
}

static const struct click_param no_params[] = {{0}};

const struct element_class click_class_StripIPHeader = {
    .name = "StripIPHeader",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct element),
    .params = no_params,
    .simple = strip_simple,
};

const struct element_class click_class_UnstripIPHeader = {
    .name = "UnstripIPHeader",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct element),
    .params = no_params,
    .simple = unstrip_simple,
};

const struct element_class click_class_StripToNetworkHeader = {
    .name = "StripToNetworkHeader",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct element),
    .params = no_params,
    .simple = to_network_simple,
};
