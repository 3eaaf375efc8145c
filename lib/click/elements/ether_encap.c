/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ether_encap.c: Ethernet headers put on, changed and turned round.
 *
 * =c
 * EtherEncap(ETHERTYPE, SRC, DST)
 * =s ethernet
 * puts an Ethernet header in front of packets
 * =d
 * Puts an Ethernet header with type ETHERTYPE, source address SRC and
 * destination address DST in front of each packet. For IP packets, ARPQuerier
 * finds the destination itself.
 * =h src read/write
 * The SRC argument.
 * =h dst read/write
 * The DST argument.
 * =h ethertype read/write
 * The ETHERTYPE argument.
 * =e
 *   EtherEncap(0x0800, 1:1:1:1:1:1, 2:2:2:2:2:2)
 * =a ARPQuerier, EtherRewrite, Strip
 *
 * =c
 * EtherRewrite(SRC, DST)
 * =s ethernet
 * changes both Ethernet addresses
 * =d
 * Sets the source and destination address of packets that have an Ethernet
 * header.
 * =h src read/write
 * The SRC argument.
 * =h dst read/write
 * The DST argument.
 * =a EtherEncap, StoreEtherAddress, EtherMirror
 *
 * =c
 * EtherMirror()
 * =s ethernet
 * swaps source and destination of Ethernet packets
 * =d
 * The packet goes back to where it came from.
 * =a IPMirror
 *
 * =c
 * StoreEtherAddress(ADDR, OFFSET)
 * =s ethernet
 * writes an Ethernet address into packets
 * =d
 * Writes ADDR at byte OFFSET; "src" and "dst" are the offsets of an Ethernet
 * header's addresses, 6 and 0. A packet that is too short goes to output 1, or
 * is dropped if there is none.
 * =h addr read/write
 * The ADDR argument.
 * =a EtherEncap, EtherRewrite
 */
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/headers.h"

/* ---- EtherEncap -----------------------------------------------------------
 */

struct ether_encap {
    struct element element;
    uint16_t type; /* host byte order */
    uint8_t from[6], to[6];
};

static const struct click_param encap_params[] = {
    CLICK_PARAM("ETHERTYPE", struct ether_encap, type, u16,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("SRC", struct ether_encap, from, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST", struct ether_encap, to, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static struct packet *encap(struct element *element, struct packet *packet)
{
    const struct ether_encap *self = (struct ether_encap *)element;
    struct ether_header *header = click_push_bytes(packet, sizeof(*header));

    if (!header)
        return NULL;
    memcpy(header->to, self->to, 6);
    memcpy(header->from, self->from, 6);
    header->type = htons(self->type);
    click_set_mac_header(packet, 0);
    return packet;
}

static const struct click_handler encap_handlers[] = {
    HANDLER_FIELD_RW("src", struct ether_encap, from, ether),
    HANDLER_FIELD_RW("dst", struct ether_encap, to, ether),
    HANDLER_FIELD_RW("ethertype", struct ether_encap, type, u16),
    {0},
};

const struct element_class click_class_EtherEncap = {
    .name = "EtherEncap",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct ether_encap),
    .params = encap_params,
    .simple = encap,
    .handlers = encap_handlers,
};

/* ---- EtherRewrite, EtherMirror ------------------------------------------- */

static const struct click_param rewrite_params[] = {
    CLICK_PARAM("SRC", struct ether_encap, from, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST", struct ether_encap, to, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

/* The header in front, or NULL when the packet is too short for one (and
 * freed). */
static struct ether_header *header_of(struct packet *packet)
{
    if (click_pull_up(packet, sizeof(struct ether_header)))
        return (struct ether_header *)packet->data;
    packet_free(packet);
    return NULL;
}

static struct packet *rewrite(struct element *element, struct packet *packet)
{
    const struct ether_encap *self = (struct ether_encap *)element;
    struct ether_header *header = header_of(packet);

    if (!header)
        return NULL;
    memcpy(header->to, self->to, 6);
    memcpy(header->from, self->from, 6);
    return packet;
}

static const struct click_handler rewrite_handlers[] = {
    HANDLER_FIELD_RW("src", struct ether_encap, from, ether),
    HANDLER_FIELD_RW("dst", struct ether_encap, to, ether),
    {0},
};

const struct element_class click_class_EtherRewrite = {
    .name = "EtherRewrite",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct ether_encap),
    .params = rewrite_params,
    .simple = rewrite,
    .handlers = rewrite_handlers,
};

static struct packet *mirror(struct element *element, struct packet *packet)
{
    struct ether_header *header = header_of(packet);
    uint8_t from[6];

    (void)element;
    if (!header)
        return NULL;
    memcpy(from, header->from, 6);
    memcpy(header->from, header->to, 6);
    memcpy(header->to, from, 6);
    return packet;
}

const struct element_class click_class_EtherMirror = {
    .name = "EtherMirror",
    .ports = "1/1",
    .processing = "a/a",
    .passes = true,
    .size = sizeof(struct element),
    .simple = mirror,
};

/* ---- StoreEtherAddress ----------------------------------------------------
 */

struct store_ether {
    struct element element;
    uint8_t address[6];
    uint32_t offset;
};

static int parse_offset(struct click_args *args,
                        const struct click_param *param, const char *word,
                        void *to)
{
    if (strcmp(word, "src") == 0)
        *(uint32_t *)to = offsetof(struct ether_header, from);
    else if (strcmp(word, "dst") == 0)
        *(uint32_t *)to = offsetof(struct ether_header, to);
    else
        return click_parse_u32(args, param, word, to);
    return 0;
}

static const struct click_param store_params[] = {
    CLICK_PARAM("ADDR", struct store_ether, address, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {.name = "OFFSET",
     .parse = parse_offset,
     .size = sizeof(((struct store_ether *)0)->offset),
     .offset = offsetof(struct store_ether, offset),
     .flags = CLICK_POSITIONAL | CLICK_REQUIRED},
    {0},
};

static struct packet *store(struct element *element, struct packet *packet)
{
    const struct store_ether *self = (struct store_ether *)element;

    if (self->offset > PACKET_MAX || !click_pull_up(packet, self->offset + 6)) {
        element_side(element, 1, packet);
        return NULL;
    }
    memcpy(packet->data + self->offset, self->address, 6);
    return packet;
}

static const struct click_handler store_handlers[] = {
    HANDLER_FIELD_RW("addr", struct store_ether, address, ether),
    {0},
};

const struct element_class click_class_StoreEtherAddress = {
    .name = "StoreEtherAddress",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct store_ether),
    .params = store_params,
    .simple = store,
    .handlers = store_handlers,
};
