/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vlan.c: virtual LANs, four more bytes behind the Ethernet addresses (IEEE
 * 802.1Q): 0x8100, then 3 bits of priority (PCP), one bit, 12 bits of VLAN ID;
 * the last two bytes together are the TCI.
 *
 * =c
 * VLANEncap([VLAN_TCI, VLAN_PCP, KEYWORDS])
 * =s ethernet
 * adds VLAN information to Ethernet packets
 * =d
 * Puts the four bytes into packets that have an Ethernet header. VLAN_TCI is
 * both fields together, or ANNO: what the VLAN_TCI annotation says.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item VLAN_ID
 * Integer, 0 to 0xFFF; instead of VLAN_TCI. Default is 0.
 * =item VLAN_PCP
 * Integer, 0 to 7. Default is 0.
 * =item NATIVE_VLAN
 * Integer, -1 to 0xFFF. Packets of this VLAN ID stay as they are; -1: of none.
 * Default is 0.
 * =item ETHERTYPE
 * Integer. Default is 0x8100; 0x88a8 for a provider's outer tag.
 * =back
 * =h vlan_tci read/write
 * The TCI.
 * =h vlan_id, vlan_pcp, native_vlan read/write
 * The fields of the TCI, and the NATIVE_VLAN argument.
 * =a EtherVLANEncap, VLANDecap
 *
 * =c
 * VLANDecap([ANNO, KEYWORDS])
 * =s ethernet
 * takes VLAN information out of Ethernet packets
 * =d
 * Packets without pass as they are. Unless ANNO is false, the VLAN_TCI
 * annotation is set, to 0 if there was nothing. ETHERTYPE is that of a tag:
 * 0x8100, if not given, or 0x88a8 for a provider's.
 * =a VLANEncap
 *
 * =c
 * EtherVLANEncap(ETHERTYPE, SRC, DST, VLAN_TCI [, VLAN_PCP, KEYWORDS])
 * =s ethernet
 * puts an Ethernet header with VLAN information in front of packets
 * =d
 * As EtherEncap and VLANEncap together; ETHERTYPE is that of what follows. The
 * keyword arguments VLAN_ID, VLAN_PCP and NATIVE_VLAN are VLANEncap's.
 * =h src read/write
 * The SRC argument.
 * =h dst read/write
 * The DST argument.
 * =h ethertype read/write
 * The ETHERTYPE argument.
 * =h vlan_tci read/write
 * The TCI.
 * =h vlan_id, vlan_pcp, native_vlan read/write
 * The fields of the TCI, and the NATIVE_VLAN argument.
 * =a EtherEncap, VLANEncap, StripEtherVLANHeader
 *
 * =c
 * StripEtherVLANHeader([NATIVE_VLAN])
 * =s ethernet
 * strips an Ethernet header with VLAN information
 * =d
 * Removes 18 bytes with a VLAN, 14 without; the VLAN_TCI annotation is set to
 * the TCI, or to NATIVE_VLAN. Packets without a VLAN leave by output 1, or are
 * dropped, if NATIVE_VLAN is -1; it is 0 by default.
 * =a EtherVLANEncap, VLANDecap
 *
 * =c
 * SetVLANAnno(VLAN_TCI [, VLAN_PCP, KEYWORDS])
 * =s ethernet
 * sets the VLAN_TCI annotation
 * =d
 * Arguments as those of VLANEncap.
 * =h vlan_tci read/write
 * The TCI.
 * =h vlan_id, vlan_pcp, native_vlan read/write
 * The fields of the TCI, and the NATIVE_VLAN argument.
 * =a VLANEncap, EtherVLANEncap
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/headers.h"

#define ID_MASK   0xfffu
#define PCP_SHIFT 13

struct vlan {
    struct element element;
    uint16_t type; /* of what follows the header */
    uint8_t from[6], to[6];
    char *tci_word;
    uint16_t id;
    uint8_t pcp;
    int32_t native;
    uint16_t vlan_type;

    bool anno; /* the packet says */
    uint16_t tci;
};

/* ---- Arguments ------------------------------------------------------------
 */

#define TCI_PARAMS                                                             \
    CLICK_PARAM("VLAN_TCI", struct vlan, tci_word, string, CLICK_POSITIONAL),  \
        CLICK_PARAM("VLAN_PCP", struct vlan, pcp, u8, CLICK_POSITIONAL),       \
        CLICK_PARAM("VLAN_ID", struct vlan, id, u16, 0),                       \
        CLICK_PARAM("NATIVE_VLAN", struct vlan, native, i32, 0)

static const struct click_param encap_params[] = {
    TCI_PARAMS,
    CLICK_PARAM("ETHERTYPE", struct vlan, vlan_type, u16, 0),
    {0},
};

static const struct click_param ether_params[] = {
    CLICK_PARAM("ETHERTYPE", struct vlan, type, u16,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("SRC", struct vlan, from, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST", struct vlan, to, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    TCI_PARAMS,
    {0},
};

static const struct click_param anno_params[] = {TCI_PARAMS, {0}};

static void defaults(struct element *element)
{
    struct vlan *vlan = (struct vlan *)element;

    vlan->id = UINT16_MAX; /* not given */
    vlan->vlan_type = ETHER_VLAN;
}

static int read_tci(struct vlan *vlan, struct click_args *args)
{
    uint64_t tci;

    if (vlan->tci_word) {
        vlan->anno = strcmp(vlan->tci_word, "ANNO") == 0;
        if (vlan->anno)
            return 0;
        if (click_read_integer(vlan->tci_word, 0, 0xffff, &tci) != 0)
            return click_args_error(
                args, "VLAN_TCI: expected ANNO or 0 to 0xFFFF, not '%s'",
                vlan->tci_word);
        vlan->tci = (uint16_t)tci;
    } else if (vlan->id > ID_MASK) {
        return click_args_error(args, "VLAN_ID: expected 0 to 0xFFF");
    } else {
        vlan->tci = vlan->id;
    }
    vlan->tci = (uint16_t)(vlan->tci | vlan->pcp << 13);
    return 0;
}

static int configure(struct element *element, struct click_args *args)
{
    struct vlan *vlan = (struct vlan *)element;

    if (vlan->tci_word && vlan->id != UINT16_MAX)
        return click_args_error(args, "expected one of VLAN_TCI and VLAN_ID");
    if (!vlan->tci_word && vlan->id == UINT16_MAX)
        vlan->id = 0;
    if (vlan->pcp > 7)
        return click_args_error(args, "VLAN_PCP: expected 0 to 7");
    if (vlan->native < -1 || vlan->native > (int32_t)ID_MASK)
        return click_args_error(args, "NATIVE_VLAN: expected -1 to 0xFFF");
    return read_tci(vlan, args);
}

/* ---- Packets --------------------------------------------------------------
 */

static uint16_t anno_tci(const struct packet *packet)
{
    uint16_t tci;

    memcpy(&tci, click_notes_const(packet)->user + CLICK_ANNO_VLAN_TCI, 2);
    return tci;
}

/* In network byte order, as it is in packets. */
static void set_anno_tci(struct packet *packet, uint16_t tci)
{
    memcpy(click_notes(packet)->user + CLICK_ANNO_VLAN_TCI, &tci, 2);
}

/* What `packet` shall have, in network byte order. */
static uint16_t tci_for(const struct vlan *vlan, const struct packet *packet)
{
    return vlan->anno ? anno_tci(packet) : htons(vlan->tci);
}

static bool is_native(const struct vlan *vlan, uint16_t tci)
{
    return (ntohs(tci) & ID_MASK) == (uint32_t)vlan->native;
}

static struct packet *encap(struct element *element, struct packet *packet)
{
    const struct vlan *vlan = (struct vlan *)element;
    uint16_t tci = tci_for(vlan, packet);
    struct vlan_header *header;

    if (is_native(vlan, tci))
        return packet;
    /* Linux' netback drops blank checksums behind a tag. */
    (void)!packet_settle(packet);
    if (!click_pull_up(packet, 12)) {
        packet_free(packet);
        return NULL;
    }
    header = click_push_bytes(packet, 4);
    /* The new bytes may lie apart from the others. */
    if (!header)
        return NULL;
    if (!click_pull_up(packet, sizeof(*header))) {
        packet_free(packet);
        return NULL;
    }
    memmove(packet->data, packet->data + 4, 12);
    header = (struct vlan_header *)packet->data;
    header->vlan_type = htons(vlan->vlan_type);
    header->tci = tci;
    click_set_mac_header(packet, 0);
    return packet;
}

static bool has_vlan(struct packet *packet, uint16_t type)
{
    const struct vlan_header *header;

    if (!click_pull_up(packet, sizeof(*header)))
        return false;
    header = (const struct vlan_header *)packet->data;
    return header->vlan_type == htons(type);
}

static struct packet *ether_encap(struct element *element,
                                  struct packet *packet)
{
    const struct vlan *vlan = (struct vlan *)element;
    uint16_t tci = tci_for(vlan, packet);
    bool native = is_native(vlan, tci);
    struct vlan_header *header;

    if (!native)
        (void)!packet_settle(packet);
    header = click_push_bytes(packet, native ? 14 : 18);
    if (!header)
        return NULL;
    memcpy(header->to, vlan->to, 6);
    memcpy(header->from, vlan->from, 6);
    header->vlan_type = htons(native ? vlan->type : ETHER_VLAN);
    if (!native) {
        header->tci = tci;
        header->type = htons(vlan->type);
    }
    click_set_mac_header(packet, 0);
    return packet;
}

static struct packet *set_anno(struct element *element, struct packet *packet)
{
    const struct vlan *vlan = (struct vlan *)element;

    if (!vlan->anno)
        set_anno_tci(packet, htons(vlan->tci));
    return packet;
}

static int write_tci(struct element *element,
                     const struct click_handler *handler, const char *value,
                     struct click_errors *errors)
{
    struct vlan *vlan = (struct vlan *)element;
    int error = 0;

    if (strcmp(value, "ANNO") == 0) {
        vlan->anno = true;
        return 0;
    }
    error = handler_write_u16(element, handler, value, errors);
    if (error == 0)
        vlan->anno = false;
    return error;
}

/* The fields of the TCI: `data` is the first bit. */
static int read_field(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct vlan *vlan = (struct vlan *)element;

    (void)param;
    text_printf(out, "%u",
                handler->data ? vlan->tci >> PCP_SHIFT : vlan->tci & ID_MASK);
    return 0;
}

static int write_field(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct vlan *vlan = (struct vlan *)element;
    unsigned int mask = handler->data ? 0xe000 : ID_MASK;
    uint64_t number;

    if (click_read_integer(value, 0, mask >> handler->data, &number))
        return click_error(errors, NULL, "expected 0 to %u",
                           mask >> handler->data);
    vlan->tci =
        (uint16_t)((vlan->tci & ~mask) | (unsigned int)number << handler->data);
    vlan->anno = false;
    return 0;
}

#define TCI_HANDLERS                                                           \
    {.name = "vlan_tci",                                                       \
     .read = handler_read_u16,                                                 \
     .write = write_tci,                                                       \
     .data = offsetof(struct vlan, tci)},                                      \
        {.name = "vlan_id", .read = read_field, .write = write_field},         \
        {.name = "vlan_pcp",                                                   \
         .read = read_field,                                                   \
         .write = write_field,                                                 \
         .data = PCP_SHIFT},                                                   \
        HANDLER_FIELD_RW("native_vlan", struct vlan, native, i32)

static const struct click_handler handlers[] = {TCI_HANDLERS, {0}};

static const struct click_handler ether_handlers[] = {
    HANDLER_FIELD_RW("src", struct vlan, from, ether),
    HANDLER_FIELD_RW("dst", struct vlan, to, ether),
    HANDLER_FIELD_RW("ethertype", struct vlan, type, u16),
    TCI_HANDLERS,
    {0},
};

const struct element_class click_class_VLANEncap = {
    .name = "VLANEncap",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct vlan),
    .params = encap_params,
    .defaults = defaults,
    .configure = configure,
    .simple = encap,
    .handlers = handlers,
};

const struct element_class click_class_EtherVLANEncap = {
    .name = "EtherVLANEncap",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct vlan),
    .params = ether_params,
    .defaults = defaults,
    .configure = configure,
    .simple = ether_encap,
    .handlers = ether_handlers,
};

const struct element_class click_class_SetVLANAnno = {
    .name = "SetVLANAnno",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct vlan),
    .params = anno_params,
    .defaults = defaults,
    .configure = configure,
    .simple = set_anno,
    .handlers = handlers,
};

/* ---- The other way --------------------------------------------------------
 */

struct vlan_decap {
    struct element element;
    bool anno;
    uint16_t type; /* of a tag */
    int32_t native;
};

static const struct click_param decap_params[] = {
    CLICK_PARAM("ANNO", struct vlan_decap, anno, bool, CLICK_POSITIONAL),
    CLICK_PARAM("ETHERTYPE", struct vlan_decap, type, u16, 0),
    {0},
};

static const struct click_param strip_params[] = {
    CLICK_PARAM("NATIVE_VLAN", struct vlan_decap, native, i32,
                CLICK_POSITIONAL),
    {0},
};

static void decap_defaults(struct element *element)
{
    ((struct vlan_decap *)element)->anno = true;
    ((struct vlan_decap *)element)->type = ETHER_VLAN;
}

static struct packet *decap(struct element *element, struct packet *packet)
{
    const struct vlan_decap *self = (struct vlan_decap *)element;
    uint16_t tci = 0;

    if (has_vlan(packet, self->type)) {
        tci = ((const struct vlan_header *)packet->data)->tci;
        memmove(packet->data + 4, packet->data, 12);
        click_strip(packet, 4);
        click_set_mac_header(packet, 0);
    }
    if (self->anno)
        set_anno_tci(packet, tci);
    return packet;
}

static struct packet *strip(struct element *element, struct packet *packet)
{
    const struct vlan_decap *self = (struct vlan_decap *)element;

    if (has_vlan(packet, ETHER_VLAN)) {
        set_anno_tci(packet, ((const struct vlan_header *)packet->data)->tci);
        click_strip(packet, sizeof(struct vlan_header));
    } else if (self->native >= 0 && packet->total >= 14) {
        set_anno_tci(packet, htons((uint16_t)self->native));
        click_strip(packet, sizeof(struct ether_header));
    } else {
        element_side(element, 1, packet);
        return NULL;
    }
    return packet;
}

const struct element_class click_class_VLANDecap = {
    .name = "VLANDecap",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct vlan_decap),
    .params = decap_params,
    .defaults = decap_defaults,
    .simple = decap,
};

const struct element_class click_class_StripEtherVLANHeader = {
    .name = "StripEtherVLANHeader",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct vlan_decap),
    .params = strip_params,
    .simple = strip,
};
