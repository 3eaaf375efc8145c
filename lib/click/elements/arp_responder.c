/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arp_responder.c: answers to ARP queries.
 *
 * =c
 * ARPResponder(PREFIX [PREFIX...] ETH, PREFIX ETH, ...)
 * =s arp
 * answers ARP queries
 * =d
 * Input are ARP requests with their Ethernet headers. Who asks for an IP
 * address that one of the PREFIXes matches, the longest counting, gets the ETH
 * that follows it; other packets are dropped, or leave by output 1 if there is
 * one. A NAME alone may stand for both (AddressInfo). The device annotation of
 * the request is kept.
 * =h table read-only
 * Lines "PREFIX ETH".
 * =h lookup "read with parameters"
 * The Ethernet address for the IP address that is the parameter.
 * =h add write-only
 * Add a mapping: "PREFIX [PREFIX...] ETH"; one of the same prefix gives way.
 * =h remove write-only
 * Remove the mapping of a prefix.
 * =e
 *   c :: Classifier(12/0806 20/0001, ...);
 *   c[0] -> ARPResponder(18.26.4.24 18.26.7.0/24 00:00:C0:AE:67:EF) -> ...
 * =a ARPQuerier, AddressInfo
 *
 * =c
 * ARPFaker(DST_IP, DST_ETH, SRC_IP, SRC_ETH)
 * =s arp
 * sends ARP replies that nobody asked for
 * =d
 * Every ten seconds, from the first moment on, pushes an ARP reply that tells
 * DST_IP at DST_ETH that SRC_IP is at SRC_ETH.
 * =a ARPResponder
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/compiler.h"
#include "lib/click/element.h"
#include "lib/click/headers.h"

#define SECOND 1000000000LL

struct mapping {
    struct click_prefix prefix;
    uint8_t mac[6];
};

struct responder {
    struct element element;
    struct mapping *mappings; /* longer prefixes first */
    unsigned int count;
};

/* ---- The table ------------------------------------------------------------
 */

static const uint8_t *lookup(const struct responder *self, uint32_t ip)
{
    for (unsigned int i = 0; i < self->count; i++) {
        const struct mapping *mapping = &self->mappings[i];

        if ((ip & mapping->prefix.mask) == mapping->prefix.address)
            return mapping->mac;
    }
    return NULL;
}

/* `replace`: a mapping of the same prefix gives way; else it stays. */
static int add(struct responder *self, struct mapping mapping, bool replace,
               struct click_errors *errors)
{
    struct mapping *list;
    unsigned int at = 0;

    while (at < self->count &&
           ntohl(self->mappings[at].prefix.mask) > ntohl(mapping.prefix.mask))
        at++;
    for (unsigned int i = at; i < self->count; i++) {
        struct mapping *other = &self->mappings[i];

        if (other->prefix.mask == mapping.prefix.mask &&
            other->prefix.address == mapping.prefix.address) {
            const uint8_t *ip = (const uint8_t *)&mapping.prefix.address;

            if (replace) {
                *other = mapping;
                return 0;
            }
            click_warning(errors, NULL, "multiple entries for %u.%u.%u.%u/%u",
                          ip[0], ip[1], ip[2], ip[3],
                          ip_mask_length(mapping.prefix.mask));
            return 0; /* the first one counts */
        }
    }
    list = realloc(self->mappings, (self->count + 1) * sizeof(*list));
    if (!list)
        return -ENOMEM;
    self->mappings = list;
    /* Behind those of its length: in the order they were given. */
    while (at < self->count && list[at].prefix.mask == mapping.prefix.mask)
        at++;
    memmove(&list[at + 1], &list[at], (self->count - at) * sizeof(*list));
    list[at] = mapping;
    self->count++;
    return 0;
}

/* "PREFIX PREFIX ... ETH", or a name that is both. */
static int add_words(struct responder *self, char **words, unsigned int count,
                     bool replace, struct click_errors *errors)
{
    struct mapping mapping;
    unsigned int prefixes = count == 1 ? 1 : count - 1;
    int error = 0;

    if (count == 0 ||
        click_read_ether(&self->element, words[count - 1], mapping.mac) != 0)
        return click_error(errors, self->element.landmark,
                           "expected 'PREFIX... ETH'");
    for (unsigned int i = 0; i < prefixes && error == 0; i++) {
        uint32_t ip;

        /* A name that is an address and a network is the address. */
        if (click_read_ip(&self->element, words[i], &ip) == 0)
            mapping.prefix = (struct click_prefix){ip, UINT32_MAX};
        else if (click_read_prefix(&self->element, words[i], &mapping.prefix) !=
                 0)
            return click_error(errors, self->element.landmark,
                               "expected an IP prefix, not '%s'", words[i]);
        mapping.prefix.address &= mapping.prefix.mask;
        error = add(self, mapping, replace, errors);
    }
    return error;
}

static int add_text(struct responder *self, const char *text, bool replace,
                    struct click_errors *errors)
{
    unsigned int count;
    char **words = click_split_words(text, &count);
    int error;

    if (!words)
        return -ENOMEM;
    error = add_words(self, words, count, replace, errors);
    click_words_free(words, count);
    return error;
}

static int configure(struct element *element, struct click_args *args)
{
    struct responder *self = (struct responder *)element;
    struct responder fresh = {.element = *element};
    int error = 0;

    for (unsigned int i = 0; i < args->count && error == 0; i++) {
        if (*args->words[i])
            error = add_text(&fresh, args->words[i], false, args->errors);
    }
    if (error != 0) {
        free(fresh.mappings);
        return error;
    }
    free(self->mappings);
    self->mappings = fresh.mappings;
    self->count = fresh.count;
    return 0;
}

static void cleanup(struct element *element)
{
    free(((struct responder *)element)->mappings);
}

/* ---- Packets --------------------------------------------------------------
 */

/* Make the request at `header` the answer, `mac`. */
static void turn_round(struct ether_header *header, const uint8_t mac[6])
{
    struct arp_header *arp = (struct arp_header *)(header + 1);
    uint32_t asked = arp->target_ip;

    memcpy(header->to, arp->sender_mac, 6);
    memcpy(header->from, mac, 6);
    arp->operation = htons(ARP_REPLY);
    memcpy(arp->target_mac, arp->sender_mac, 6);
    arp->target_ip = arp->sender_ip;
    memcpy(arp->sender_mac, mac, 6);
    arp->sender_ip = asked;
}

static struct packet *respond(struct element *element, struct packet *packet)
{
    const struct responder *self = (struct responder *)element;
    const unsigned int size =
        sizeof(struct ether_header) + sizeof(struct arp_header);
    struct ether_header *header;
    const struct arp_header *arp;
    const uint8_t *mac = NULL;

    if (click_pull_up(packet, size)) {
        header = (struct ether_header *)packet->data;
        arp = (const struct arp_header *)(header + 1);
        if (header->type == htons(ETHER_ARP) && arp->hardware == htons(1) &&
            arp->protocol == htons(ETHER_IP) && arp->hardware_length == 6 &&
            arp->protocol_length == 4 && arp->operation == htons(ARP_REQUEST))
            mac = lookup(self, arp->target_ip);
    }
    if (!mac) {
        element_side(element, 1, packet);
        return NULL;
    }
    turn_round(header, mac);
    packet_trim(packet, size);
    click_set_mac_header(packet, 0);
    click_notes(packet)->time = 0; /* a packet of its own */
    return packet;
}

/* ---- Handlers -------------------------------------------------------------
 */

static int read_table(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct responder *self = (struct responder *)element;

    (void)handler;
    (void)param;
    for (unsigned int i = 0; i < self->count; i++) {
        const struct click_prefix *prefix = &self->mappings[i].prefix;

        text_ip(out, &prefix->address);
        text_printf(out, "/%u ", ip_mask_length(prefix->mask));
        text_ether(out, self->mappings[i].mac);
        text_puts(out, "\n");
    }
    return 0;
}

static int read_lookup(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    const uint8_t *mac;
    uint32_t ip;

    (void)handler;
    if (click_read_ip(element, param, &ip) != 0) {
        text_printf(out, "expected an IP address, not '%s'", param);
        return -EINVAL;
    }
    mac = lookup((struct responder *)element, ip);
    if (mac)
        text_ether(out, mac);
    return 0;
}

static int write_add(struct element *element,
                     const struct click_handler *handler, const char *value,
                     struct click_errors *errors)
{
    (void)handler;
    return add_text((struct responder *)element, value, true, errors);
}

static int write_remove(struct element *element,
                        const struct click_handler *handler, const char *value,
                        struct click_errors *errors)
{
    struct responder *self = (struct responder *)element;
    struct click_prefix prefix;

    (void)handler;
    if (click_read_prefix(element, value, &prefix) != 0)
        return click_error(errors, NULL, "expected an IP prefix, not '%s'",
                           value);
    for (unsigned int i = 0; i < self->count; i++) {
        struct mapping *mapping = &self->mappings[i];

        if (mapping->prefix.mask == prefix.mask &&
            mapping->prefix.address == (prefix.address & prefix.mask)) {
            self->count--;
            memmove(mapping, mapping + 1, (self->count - i) * sizeof(*mapping));
            return 0;
        }
    }
    return click_error(errors, NULL, "there is no entry for '%s'", value);
}

static const struct click_handler handlers[] = {
    {.name = "table", .read = read_table},
    {.name = "lookup", .read = read_lookup, .flags = HANDLER_PARAM},
    {.name = "add", .write = write_add},
    {.name = "remove", .write = write_remove},
    {0},
};

const struct element_class click_class_ARPResponder = {
    .name = "ARPResponder",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct responder),
    .configure = configure,
    .more = CLICK_MORE(.reconfigure = configure),
    .cleanup = cleanup,
    .simple = respond,
    .handlers = handlers,
};

/* ---- ARPFaker -------------------------------------------------------------
 */

struct faker {
    struct element element;
    uint32_t to_ip, from_ip;
    uint8_t to_mac[6], from_mac[6];
    struct click_timer timer;
};

static const struct click_param faker_params[] = {
    CLICK_PARAM("DST_IP", struct faker, to_ip, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST_ETH", struct faker, to_mac, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("SRC_IP", struct faker, from_ip, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("SRC_ETH", struct faker, from_mac, ether,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static void fake(struct click_timer *timer)
{
    struct faker *self = container_of(timer, struct faker, timer);
    struct ether_header *header;
    struct arp_header *arp;
    struct packet *packet = click_packet(0, sizeof(*header) + sizeof(*arp));

    if (timer_schedule_after(timer, 10 * SECOND) != 0)
        click_say(&self->element, "%s: no memory; it stops",
                  self->element.name);
    if (!packet)
        return;
    header = (struct ether_header *)packet->data;
    memcpy(header->to, self->to_mac, 6);
    memcpy(header->from, self->from_mac, 6);
    header->type = htons(ETHER_ARP);
    arp = (struct arp_header *)(header + 1);
    *arp = (struct arp_header){.hardware = htons(1),
                               .protocol = htons(ETHER_IP),
                               .hardware_length = 6,
                               .protocol_length = 4,
                               .operation = htons(ARP_REPLY),
                               .sender_ip = self->from_ip,
                               .target_ip = self->to_ip};
    memcpy(arp->sender_mac, self->from_mac, 6);
    memcpy(arp->target_mac, self->to_mac, 6);
    click_set_mac_header(packet, 0);
    element_push(&self->element, 0, packet);
}

static int faker_initialize(struct element *element,
                            struct click_errors *errors)
{
    struct faker *self = (struct faker *)element;

    (void)errors;
    timer_init(&self->timer, element, fake);
    return timer_schedule_after(&self->timer, 0);
}

static void faker_cleanup(struct element *element)
{
    timer_unschedule(&((struct faker *)element)->timer);
}

const struct element_class click_class_ARPFaker = {
    .name = "ARPFaker",
    .ports = "0/1",
    .processing = "/h",
    .size = sizeof(struct faker),
    .params = faker_params,
    .initialize = faker_initialize,
    .cleanup = faker_cleanup,
};
