/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arp_querier.c: IP packets get the Ethernet address of their next hop.
 *
 * =c
 * ARPQuerier(IP, ETH [, KEYWORDS])
 * =s arp
 * puts Ethernet headers in front of IP packets, with addresses found by ARP
 * =d
 * IP and ETH are this host's own addresses (ARPQuerier(NAME) if NAME stands for
 * both, see AddressInfo). IP packets that come to input 0 must have their
 * destination address annotation set. If its Ethernet address is known, the
 * packet gets an Ethernet header and leaves by output 0. If not, the packet
 * waits, and an ARP query is sent, by output 1 if there is one; at most ten a
 * second for each address. ARP replies, with their Ethernet headers, belong to
 * input 1.
 *
 * Nothing is asked for 255.255.255.255, the BROADCAST address and multicast
 * addresses: their Ethernet addresses are known. Packets to 0.0.0.0 are
 * dropped.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item CAPACITY, ENTRY_CAPACITY, ENTRY_PACKET_CAPACITY, TIMEOUT
 * As those of ARPTable; not together with TABLE.
 * =item TABLE
 * Element. The ARPTable to use. Default is one of its own.
 * =item POLL_TIMEOUT
 * Time. An address that is used and was not confirmed for so long is asked for
 * again. Default is one minute; zero: never.
 * =item BROADCAST
 * IP address. Default is the last address of IP's prefix, if IP has one.
 * =item BROADCAST_POLL
 * Boolean. If true, such questions go to everybody; else only to who had the
 * address. Default is false.
 * =item CAPACITY_SLIM_FACTOR
 * Accepted: there is no need for it.
 * =back
 * =h ipaddr read/write
 * The IP argument.
 * =h broadcast read/write
 * The BROADCAST argument.
 * =h table read-only
 * See ARPTable.
 * =h stats read-only
 * Queries and drops, in words.
 * =h queries read-only
 * Queries sent.
 * =h responses read-only
 * Replies received.
 * =h drops read-only
 * Packets dropped.
 * =h count read-only
 * Entries in the table.
 * =h length read-only
 * Packets that wait.
 * =h insert write-only
 * Add an entry: "IP ETH". Packets that waited for it are sent.
 * =h delete write-only
 * Remove the entry of an IP address.
 * =h clear write-only
 * Remove all entries.
 * =e
 *   c :: Classifier(12/0806 20/0002, 12/0800, ...);
 *   a :: ARPQuerier(18.26.4.24, 00:00:C0:AE:67:EF);
 *   c[0] -> [1]a;
 *   c[1] -> Strip(14) -> CheckIPHeader -> GetIPAddress(16) -> a;
 *   a -> ToDevice(eth0);
 * =a ARPTable, ARPResponder, AddressInfo
 */
#include <errno.h>
#include <string.h>
#include "lib/click/elements/arp_table.h"
#include "lib/click/headers.h"

struct arp_querier {
    struct element element;
    struct click_prefix ip;
    uint8_t mac[6];
    uint32_t broadcast;
    bool broadcast_poll;
    uint64_t poll;
    struct element *shared;
    char *ignored;

    struct arp_table *table; /* `own` or another element's */
    struct arp_table own;
    uint64_t queries, responses, drops;
    bool warned;
};

static const struct click_param params[] = {
    CLICK_PARAM("IP", struct arp_querier, ip, prefix,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("ETH", struct arp_querier, mac, ether, CLICK_POSITIONAL),
    CLICK_PARAM("TABLE", struct arp_querier, shared, element, 0),
    CLICK_PARAM("CAPACITY", struct arp_querier, own.capacity, u32, 0),
    CLICK_PARAM("ENTRY_CAPACITY", struct arp_querier, own.entry_capacity, u32,
                0),
    CLICK_PARAM("ENTRY_PACKET_CAPACITY", struct arp_querier, own.entry_packets,
                u32, 0),
    CLICK_PARAM("TIMEOUT", struct arp_querier, own.timeout, interval, 0),
    CLICK_PARAM("POLL_TIMEOUT", struct arp_querier, poll, interval, 0),
    CLICK_PARAM("BROADCAST", struct arp_querier, broadcast, ip, 0),
    CLICK_PARAM("BROADCAST_POLL", struct arp_querier, broadcast_poll, bool, 0),
    CLICK_PARAM("CAPACITY_SLIM_FACTOR", struct arp_querier, ignored, word, 0),
    {0},
};

static void defaults(struct element *element)
{
    struct arp_querier *self = (struct arp_querier *)element;

    self->own.capacity = 2048;
    self->own.timeout = 300000000000;
    self->poll = 60000000000;
}

/* The one-argument form: the name stands for both. */
static int take_name(struct arp_querier *self, struct click_args *args)
{
    unsigned int count;
    char **words = click_split_args(self->element.config, &count);
    int error = -ENOMEM;

    if (words && count > 0)
        error = click_read_ether(&self->element, words[0], self->mac);
    if (words)
        click_words_free(words, count);
    return error == 0 ? 0
                      : click_args_error(args, "ETH: required, unless IP is a "
                                               "name that stands for both");
}

static int configure(struct element *element, struct click_args *args)
{
    struct arp_querier *self = (struct arp_querier *)element;

    if (!(args->given & 2) && take_name(self, args) != 0)
        return -EINVAL;
    if (self->broadcast == 0 && self->ip.mask != UINT32_MAX)
        self->broadcast = self->ip.address | ~self->ip.mask;
    if (!self->shared) {
        self->table = &self->own;
        return arp_table_init(&self->own, element);
    }
    self->table = element_cast(self->shared, "ARPTable");
    if (!self->table)
        return click_args_error(args, "TABLE: '%s' is no ARPTable",
                                self->shared->name);
    return 0;
}

static void cleanup(struct element *element)
{
    arp_table_free(&((struct arp_querier *)element)->own);
}

static void take_state(struct element *element, struct element *old)
{
    struct arp_querier *self = (struct arp_querier *)element;
    struct arp_querier *before = (struct arp_querier *)old;

    if (!self->shared && !before->shared)
        arp_take(&self->own, &before->own);
    self->queries = before->queries;
    self->responses = before->responses;
    self->drops = before->drops;
}

/* ---- Packets --------------------------------------------------------------
 */

static void send_to(struct arp_querier *self, struct packet *packet,
                    const uint8_t mac[6])
{
    struct ether_header *header = click_push_bytes(packet, sizeof(*header));

    if (!header) {
        self->drops++;
        return;
    }
    memcpy(header->to, mac, 6);
    memcpy(header->from, self->mac, 6);
    header->type = htons(ETHER_IP);
    click_set_mac_header(packet, 0);
    element_push(&self->element, 0, packet);
}

/* Ask who has `ip`; `to` is the Ethernet address to ask, `time` that of the
 * packet that asks. */
static void query(struct arp_querier *self, uint32_t ip, const uint8_t to[6],
                  int64_t time)
{
    struct ether_header *header;
    struct arp_header *arp;
    struct packet *packet = click_packet(0, sizeof(*header) + sizeof(*arp));

    if (!packet) {
        self->drops++;
        return;
    }
    header = (struct ether_header *)packet->data;
    memcpy(header->to, to, 6);
    memcpy(header->from, self->mac, 6);
    header->type = htons(ETHER_ARP);
    arp = (struct arp_header *)(header + 1);
    *arp = (struct arp_header){.hardware = htons(1),
                               .protocol = htons(ETHER_IP),
                               .hardware_length = 6,
                               .protocol_length = 4,
                               .operation = htons(ARP_REQUEST),
                               .sender_ip = self->ip.address,
                               .target_ip = ip};
    memcpy(arp->sender_mac, self->mac, 6);
    click_notes(packet)->time = time;
    click_set_mac_header(packet, 0);
    self->queries++;
    element_push(&self->element, self->element.outputs - 1, packet);
}

/* Addresses that nobody has to be asked for. */
static bool known_group(const struct arp_querier *self, uint32_t ip,
                        uint8_t mac[6])
{
    const uint8_t *bytes = (const uint8_t *)&ip;

    if (ip == UINT32_MAX || (self->broadcast != 0 && ip == self->broadcast)) {
        memset(mac, 0xff, 6);
        return true;
    }
    if (bytes[0] >> 4 != 14)
        return false;
    mac[0] = 1; /* RFC 1112, 6.4 */
    mac[1] = 0;
    mac[2] = 0x5e;
    mac[3] = bytes[1] & 0x7f;
    mac[4] = bytes[2];
    mac[5] = bytes[3];
    return true;
}

static const uint8_t everybody[6] = {255, 255, 255, 255, 255, 255};

static void handle_ip(struct arp_querier *self, struct packet *packet)
{
    uint32_t ip = click_anno_u32(packet, CLICK_ANNO_DST_IP);
    int64_t time = click_notes(packet)->time;
    uint8_t mac[6];
    enum arp_known known = arp_lookup(self->table, ip, mac, self->poll);

    if (known != ARP_UNKNOWN) {
        if (known == ARP_STALE)
            query(self, ip, self->broadcast_poll ? everybody : mac, time);
        send_to(self, packet, mac);
    } else if (ip == 0) {
        if (!self->warned)
            click_say(&self->element,
                      "%s: a packet for 0.0.0.0 was dropped: its destination "
                      "address annotation is not set",
                      self->element.name);
        self->warned = true;
        self->drops++;
        packet_free(packet);
    } else if (known_group(self, ip, mac)) {
        send_to(self, packet, mac);
    } else if (arp_wait(self->table, ip, packet)) {
        query(self, ip, everybody, time);
    }
}

static void send_waiting(struct arp_querier *self, struct packet *waiting,
                         const uint8_t mac[6])
{
    while (waiting) {
        struct packet *packet = waiting;

        waiting = packet->next;
        packet->next = NULL;
        send_to(self, packet, mac);
    }
}

static void handle_response(struct arp_querier *self, struct packet *packet)
{
    const struct ether_header *header;
    struct arp_header arp;
    int error;

    if (packet_read(packet, sizeof(*header), &arp, sizeof(arp)) &&
        arp.hardware == htons(1) && arp.protocol == htons(ETHER_IP) &&
        arp.hardware_length == 6 && arp.protocol_length == 4 &&
        arp.operation == htons(ARP_REPLY) && !(arp.sender_mac[0] & 1)) {
        self->responses++;
        send_waiting(
            self,
            arp_insert(self->table, arp.sender_ip, arp.sender_mac, &error),
            arp.sender_mac);
    }
    packet_free(packet);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct arp_querier *self = (struct arp_querier *)element;

    if (port == 0)
        handle_ip(self, packet);
    else
        handle_response(self, packet);
}

/* ---- Handlers -------------------------------------------------------------
 */

enum { TABLE, STATS, DROPS, COUNT, LENGTH, INSERT, DELETE, CLEAR };

static int read_handler(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    struct arp_querier *self = (struct arp_querier *)element;
    unsigned long long drops = self->drops + self->table->drops;

    (void)param;
    switch (handler->data) {
    case TABLE:
        arp_print(self->table, out);
        break;
    case STATS:
        text_printf(out, "%llu packets killed\n%llu ARP queries sent\n", drops,
                    (unsigned long long)self->queries);
        break;
    case DROPS:
        text_printf(out, "%llu", drops);
        break;
    case COUNT:
        text_printf(out, "%u", self->table->entries);
        break;
    default:
        text_printf(out, "%u", self->table->packets);
    }
    return 0;
}

static int write_insert(struct arp_querier *self, const char *value,
                        struct click_errors *errors)
{
    struct packet *waiting;
    int error = arp_write_insert(self->table, value, &waiting, errors);
    uint8_t mac[6];

    if (waiting) {
        uint32_t ip = click_anno_u32(waiting, CLICK_ANNO_DST_IP);

        if (arp_lookup(self->table, ip, mac, 0) == ARP_KNOWN)
            send_waiting(self, waiting, mac);
    }
    return error;
}

static int write_handler(struct element *element,
                         const struct click_handler *handler, const char *value,
                         struct click_errors *errors)
{
    struct arp_querier *self = (struct arp_querier *)element;

    if (handler->data == INSERT)
        return write_insert(self, value, errors);
    if (handler->data == DELETE)
        return arp_write_delete(self->table, value, errors);
    arp_clear(self->table);
    return 0;
}

static const struct click_handler handlers[] = {
    HANDLER_FIELD_RW("ipaddr", struct arp_querier, ip.address, ip),
    HANDLER_FIELD_RW("broadcast", struct arp_querier, broadcast, ip),
    {.name = "table", .read = read_handler, .data = TABLE},
    {.name = "stats", .read = read_handler, .data = STATS},
    HANDLER_FIELD("queries", struct arp_querier, queries, u64),
    HANDLER_FIELD("responses", struct arp_querier, responses, u64),
    {.name = "drops", .read = read_handler, .data = DROPS},
    {.name = "count", .read = read_handler, .data = COUNT},
    {.name = "length", .read = read_handler, .data = LENGTH},
    {.name = "insert", .write = write_handler, .data = INSERT},
    {.name = "delete", .write = write_handler, .data = DELETE},
    {.name = "clear",
     .write = write_handler,
     .flags = HANDLER_BUTTON,
     .data = CLEAR},
    {0},
};

const struct element_class click_class_ARPQuerier = {
    .name = "ARPQuerier",
    .ports = "2/1-2",
    .processing = "h/h",
    .more = CLICK_MORE(.flow = "xy/x"),
    .size = sizeof(struct arp_querier),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .cleanup = cleanup,
    .take_state = take_state,
    .push = push,
    .handlers = handlers,
};
