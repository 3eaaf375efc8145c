/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arp_print.c: ARP packets for people.
 *
 * =c
 * ARPPrint([TAG, KEYWORDS])
 * =s arp
 * prints ARP packets as tcpdump does
 * =d
 * Prints a line for each packet, with TAG in front, and passes it on. ARP
 * packets may have their Ethernet headers or not.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item TIMESTAMP
 * Boolean. The packet's timestamp. Default is true.
 * =item ETHER
 * Boolean. The Ethernet addresses. Default is false.
 * =item ACTIVE
 * Boolean. If false, nothing is printed. Default is true.
 * =back
 * =h active read/write
 * The ACTIVE argument.
 * =a Print, IPPrint
 */
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/headers.h"

struct arp_print {
    struct element element;
    char *tag;
    bool timestamp, ether, active;
};

static const struct click_param params[] = {
    CLICK_PARAM("TAG", struct arp_print, tag, string, CLICK_POSITIONAL),
    CLICK_PARAM("TIMESTAMP", struct arp_print, timestamp, bool, 0),
    CLICK_PARAM("ETHER", struct arp_print, ether, bool, 0),
    CLICK_PARAM("ACTIVE", struct arp_print, active, bool, 0),
    {0},
};

static void defaults(struct element *element)
{
    struct arp_print *self = (struct arp_print *)element;

    self->timestamp = self->active = true;
}

static void add_arp(struct text *out, const struct arp_header *arp)
{
    unsigned int operation = ntohs(arp->operation);

    if (arp->hardware != htons(1) || arp->protocol != htons(ETHER_IP) ||
        arp->hardware_length != 6 || arp->protocol_length != 4) {
        text_puts(out, "arp, unknown hardware or protocol");
    } else if (operation == ARP_REQUEST) {
        text_puts(out, "arp who-has ");
        text_ip(out, &arp->target_ip);
        text_puts(out, " tell ");
        text_ip(out, &arp->sender_ip);
    } else if (operation == ARP_REPLY) {
        text_puts(out, "arp reply ");
        text_ip(out, &arp->sender_ip);
        text_puts(out, " is-at ");
        text_ether(out, arp->sender_mac);
    } else {
        text_printf(out, "arp operation %u", operation);
    }
}

/* An Ethernet header first? */
static bool has_ether(const struct packet *packet)
{
    struct ether_header header;

    return packet_read(packet, 0, &header, sizeof(header)) &&
           header.type == htons(ETHER_ARP);
}

static struct packet *print(struct element *element, struct packet *packet)
{
    const struct arp_print *self = (struct arp_print *)element;
    bool framed = has_ether(packet);
    size_t offset = framed ? sizeof(struct ether_header) : 0;
    struct ether_header header;
    struct arp_header arp;
    struct text out = {0};

    if (!self->active)
        return packet;
    if (self->tag && *self->tag)
        text_printf(&out, "%s: ", self->tag);
    if (self->timestamp) {
        int64_t time = click_notes(packet)->time;

        text_printf(&out, "%lld.%06lld: ", (long long)(time / 1000000000),
                    (long long)(time % 1000000000 / 1000));
    }
    if (self->ether && framed && packet_read(packet, 0, &header, 14)) {
        text_ether(&out, header.from);
        text_puts(&out, " > ");
        text_ether(&out, header.to);
        text_puts(&out, ": ");
    }
    if (packet_read(packet, offset, &arp, sizeof(arp)))
        add_arp(&out, &arp);
    else
        text_puts(&out, "truncated arp");
    click_say(element, "%s", text_string(&out));
    text_free(&out);
    return packet;
}

static const struct click_handler handlers[] = {
    HANDLER_ACTIVE(struct arp_print, active),
    {0},
};

const struct element_class click_class_ARPPrint = {
    .name = "ARPPrint",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct arp_print),
    .params = params,
    .defaults = defaults,
    .simple = print,
    .handlers = handlers,
};
