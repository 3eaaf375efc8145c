/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arp_table.c: IP addresses and their Ethernet addresses.
 *
 * A hash table of entries, each of which is also in a list by age: when there
 * are too many entries or too many packets wait, it is the ones heard of
 * longest ago that give way. Those that packets wait for are in a list of their
 * own: in an address scan they are few of many. A timer drops entries that are
 * too old.
 *
 * =c
 * ARPTable([KEYWORDS])
 * =s arp
 * stores which Ethernet address belongs to an IP address
 * =d
 * Several ARPQueriers may share one (their TABLE argument).
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item CAPACITY
 * Unsigned integer. Packets that may wait for an address; beyond, the one that
 * waits for the oldest entry is dropped. Default is 2048; zero: no limit.
 * =item ENTRY_CAPACITY
 * Unsigned integer. Entries; beyond, the oldest is dropped. Default is zero,
 * which means 65536.
 * =item ENTRY_PACKET_CAPACITY
 * Unsigned integer. Packets that may wait for one address. Default is zero: no
 * limit but CAPACITY.
 * =item TIMEOUT
 * Time. How long an entry is good for. Default is 5 minutes; zero: for ever.
 * =back
 * =h table read-only
 * A line for each entry: IP address, 1 if it is valid else 0, Ethernet address,
 * seconds since it was confirmed.
 * =h drops read-only
 * Packets dropped because of limits and timeouts.
 * =h count read-only
 * Entries.
 * =h length read-only
 * Packets that wait.
 * =h insert write-only
 * Add an entry: "IP ETH".
 * =h delete write-only
 * Remove the entry of an IP address.
 * =h clear write-only
 * Remove all entries.
 * =a ARPQuerier
 */
#include "lib/click/elements/arp_table.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/compiler.h"
#include "lib/click/headers.h"

#define BUCKETS_FIRST 64u
#define SECOND        1000000000LL
#define QUERY_EVERY   (SECOND / 10) /* for one address */
#define QUERIES_SOON  10            /* that often; if there is no answer: */
#define QUERY_LATER   (2 * SECOND)

struct arp_entry {
    uint32_t ip;
    uint8_t mac[6];
    bool valid;                   /* `mac` was heard, and is not too old */
    int64_t heard, queried;       /* steady clock */
    struct packet *first, **end;  /* that wait */
    uint32_t waiting, unanswered; /* packets; queries */
    struct arp_entry *next;       /* of the bucket */
    struct list age, link, waits; /* of `ages`, `all`; `waiters` if any do */
};

static uint32_t bucket_of(const struct arp_table *table, uint32_t ip)
{
    return (uint32_t)(ip * 0x9e3779b1u) >> 8 & (table->bucket_count - 1);
}

static struct arp_entry *find(const struct arp_table *table, uint32_t ip)
{
    struct arp_entry *entry = table->buckets[bucket_of(table, ip)];

    while (entry && entry->ip != ip)
        entry = entry->next;
    return entry;
}

/* Valid and not too old. */
static bool believed(const struct arp_table *table,
                     const struct arp_entry *entry, int64_t now)
{
    return entry->valid && (table->timeout == 0 ||
                            now - entry->heard <= (int64_t)table->timeout);
}

/* ---- Waiting packets ------------------------------------------------------
 */

static void drop_first(struct arp_table *table, struct arp_entry *entry)
{
    struct packet *packet = entry->first;

    entry->first = packet->next;
    if (!entry->first)
        entry->end = &entry->first;
    if (--entry->waiting == 0)
        list_del(&entry->waits);
    table->packets--;
    table->drops++;
    packet_free(packet);
}

/* Drop packets that wait for the oldest entries while there are too many. */
static void limit_packets(struct arp_table *table)
{
    while (table->capacity != 0 && table->packets > table->capacity)
        drop_first(table,
                   container_of(table->waiters.next, struct arp_entry, waits));
}

/* ---- Entries --------------------------------------------------------------
 */

static void destroy(struct arp_table *table, struct arp_entry *entry)
{
    struct arp_entry **at = &table->buckets[bucket_of(table, entry->ip)];

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    while (entry->waiting > 0)
        drop_first(table, entry);
    list_del(&entry->age);
    list_del(&entry->link);
    table->entries--;
    free(entry);
}

static struct arp_entry *oldest(const struct arp_table *table)
{
    return container_of(table->ages.next, struct arp_entry, age);
}

/* Twice as many buckets; as before if memory is short. */
static void grow(struct arp_table *table)
{
    uint32_t count = table->bucket_count * 2;
    struct arp_entry **buckets = calloc(count, sizeof(*buckets));

    if (!buckets)
        return;
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = count;
    list_for_each (at, &table->all) {
        struct arp_entry *entry = container_of(at, struct arp_entry, link);
        uint32_t bucket = bucket_of(table, entry->ip);

        entry->next = buckets[bucket];
        buckets[bucket] = entry;
    }
}

/* The entry of `ip`, a new one if there is none; NULL if memory is short. */
static struct arp_entry *ensure(struct arp_table *table, uint32_t ip)
{
    struct arp_entry *entry = find(table, ip);
    uint32_t limit =
        table->entry_capacity ? table->entry_capacity : ARP_ENTRIES_MAX;
    uint32_t bucket;

    if (entry)
        return entry;
    entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    while (table->entries >= limit)
        destroy(table, oldest(table));
    if (table->entries >= table->bucket_count)
        grow(table);
    bucket = bucket_of(table, ip);
    entry->ip = ip;
    memset(entry->mac, 0xff, sizeof(entry->mac));
    entry->heard = click_steady(table->element);
    entry->queried = entry->heard - QUERY_LATER;
    entry->end = &entry->first;
    entry->next = table->buckets[bucket];
    table->buckets[bucket] = entry;
    list_add_tail(&table->ages, &entry->age);
    list_add(&table->all, &entry->link);
    table->entries++;
    return entry;
}

/* It was heard of now. */
static void refresh(struct arp_table *table, struct arp_entry *entry)
{
    entry->heard = click_steady(table->element);
    list_del(&entry->age);
    list_add_tail(&table->ages, &entry->age);
}

/* ---- Expiry ---------------------------------------------------------------
 */

static void schedule_expiry(struct arp_table *table)
{
    int64_t every = (int64_t)table->timeout / 4;

    if (table->timeout != 0 && table->entries > 0 && table->expiry.place == 0 &&
        timer_schedule_after(&table->expiry, every > SECOND ? every : SECOND) !=
            0)
        return; /* no memory: entries are looked at when they are used */
}

static void expire(struct click_timer *timer)
{
    struct arp_table *table = container_of(timer, struct arp_table, expiry);
    int64_t now = click_steady(table->element);

    while (table->entries > 0 &&
           now - oldest(table)->heard > (int64_t)table->timeout)
        destroy(table, oldest(table));
    schedule_expiry(table);
}

/* ---- The table ------------------------------------------------------------
 */

int arp_table_init(struct arp_table *table, struct element *element)
{
    table->element = element;
    table->bucket_count = BUCKETS_FIRST;
    table->buckets = calloc(BUCKETS_FIRST, sizeof(*table->buckets));
    list_init(&table->ages);
    list_init(&table->all);
    list_init(&table->waiters);
    timer_init(&table->expiry, element, expire);
    return table->buckets ? 0 : -ENOMEM;
}

void arp_clear(struct arp_table *table)
{
    while (table->entries > 0)
        destroy(table, oldest(table));
}

void arp_table_free(struct arp_table *table)
{
    if (!table->buckets)
        return;
    arp_clear(table);
    timer_unschedule(&table->expiry);
    free(table->buckets);
    table->buckets = NULL;
}

/* Whether it is time for another query, which is counted. */
static bool may_query(struct arp_entry *entry, int64_t now)
{
    if (now - entry->queried <
        (entry->unanswered < QUERIES_SOON ? QUERY_EVERY : QUERY_LATER))
        return false;
    entry->queried = now;
    entry->unanswered++;
    return true;
}

enum arp_known arp_lookup(struct arp_table *table, uint32_t ip, uint8_t mac[6],
                          uint64_t poll)
{
    struct arp_entry *entry = find(table, ip);
    int64_t now;

    if (!entry)
        return ARP_UNKNOWN;
    now = click_steady(table->element);
    if (!believed(table, entry, now))
        return ARP_UNKNOWN;
    memcpy(mac, entry->mac, 6);
    if (poll == 0 || now - entry->heard < (int64_t)poll ||
        !may_query(entry, now))
        return ARP_KNOWN;
    return ARP_STALE;
}

bool arp_wait(struct arp_table *table, uint32_t ip, struct packet *packet)
{
    struct arp_entry *entry = ensure(table, ip);
    int64_t now = click_steady(table->element);

    if (!entry) {
        table->drops++;
        packet_free(packet);
        return false;
    }
    if (table->entry_packets && entry->waiting >= table->entry_packets)
        drop_first(table, entry);
    if (entry->waiting == 0) { /* as if new, even if valid: it is too old */
        entry->valid = false;
        refresh(table, entry);
        list_add_tail(&table->waiters, &entry->waits);
    }
    packet->next = NULL;
    *entry->end = packet;
    entry->end = &packet->next;
    entry->waiting++;
    table->packets++;
    limit_packets(table);
    schedule_expiry(table);
    return may_query(entry, now);
}

struct packet *arp_insert(struct arp_table *table, uint32_t ip,
                          const uint8_t mac[6], int *error)
{
    struct arp_entry *entry = ensure(table, ip);
    struct packet *waiting;

    *error = entry ? 0 : -ENOMEM;
    if (!entry)
        return NULL;
    memcpy(entry->mac, mac, 6);
    entry->valid = true;
    entry->unanswered = 0;
    refresh(table, entry);
    entry->queried = entry->heard - QUERY_LATER;
    schedule_expiry(table);
    waiting = entry->first;
    if (waiting)
        list_del(&entry->waits);
    table->packets -= entry->waiting;
    entry->waiting = 0;
    entry->first = NULL;
    entry->end = &entry->first;
    return waiting;
}

void arp_delete(struct arp_table *table, uint32_t ip)
{
    struct arp_entry *entry = find(table, ip);

    if (entry)
        destroy(table, entry);
}

void arp_take(struct arp_table *table, struct arp_table *old)
{
    arp_clear(table);
    while (old->entries > 0) {
        struct arp_entry *entry = oldest(old);
        struct arp_entry *ours = ensure(table, entry->ip);
        int64_t heard = entry->heard;

        if (ours) {
            memcpy(ours->mac, entry->mac, sizeof(ours->mac));
            ours->valid = entry->valid;
            ours->heard = heard;
            ours->queried = entry->queried;
            ours->unanswered = entry->unanswered;
            ours->first = entry->first;
            ours->end = entry->first ? entry->end : &ours->first;
            ours->waiting = entry->waiting;
            if (entry->waiting > 0) {
                list_del(&entry->waits);
                list_add_tail(&table->waiters, &ours->waits);
            }
            table->packets += entry->waiting;
            old->packets -= entry->waiting;
            entry->waiting = 0;
            entry->first = NULL;
        }
        destroy(old, entry);
    }
    table->drops += old->drops;
    limit_packets(table);
    schedule_expiry(table);
}

/* ---- For people -----------------------------------------------------------
 */

void arp_print(const struct arp_table *table, struct text *out)
{
    int64_t now = click_steady(table->element);

    list_for_each (at, &table->all) {
        struct arp_entry *entry = container_of(at, struct arp_entry, link);
        const uint8_t *ip = (const uint8_t *)&entry->ip, *mac = entry->mac;
        int64_t age = now - entry->heard;

        text_printf(out,
                    "%u.%u.%u.%u %d %02X-%02X-%02X-%02X-%02X-%02X "
                    "%lld.%06lld\n",
                    ip[0], ip[1], ip[2], ip[3], believed(table, entry, now),
                    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
                    (long long)(age / SECOND),
                    (long long)(age % SECOND / 1000));
    }
}

int arp_write_insert(struct arp_table *table, const char *value,
                     struct packet **waiting, struct click_errors *errors)
{
    unsigned int count;
    char **words = click_split_words(value, &count);
    uint8_t mac[6];
    uint32_t ip;
    int error = 0;

    *waiting = NULL;
    if (!words || count != 2 ||
        click_read_ip(table->element, words[0], &ip) != 0 ||
        click_read_ether(table->element, words[1], mac) != 0)
        error = click_error(errors, NULL, "expected 'IP ETH', not '%s'", value);
    else
        *waiting = arp_insert(table, ip, mac, &error);
    if (words)
        click_words_free(words, count);
    return error;
}

int arp_write_delete(struct arp_table *table, const char *value,
                     struct click_errors *errors)
{
    uint32_t ip;

    if (click_read_ip(table->element, value, &ip) != 0)
        return click_error(errors, NULL, "expected an IP address, not '%s'",
                           value);
    arp_delete(table, ip);
    return 0;
}

/* ---- The element ----------------------------------------------------------
 */

struct arp_element {
    struct element element;
    struct arp_table table;
};

static const struct click_param params[] = {
    CLICK_PARAM("CAPACITY", struct arp_element, table.capacity, u32, 0),
    CLICK_PARAM("ENTRY_CAPACITY", struct arp_element, table.entry_capacity, u32,
                0),
    CLICK_PARAM("ENTRY_PACKET_CAPACITY", struct arp_element,
                table.entry_packets, u32, 0),
    CLICK_PARAM("TIMEOUT", struct arp_element, table.timeout, interval, 0),
    {0},
};

static void defaults(struct element *element)
{
    struct arp_table *table = &((struct arp_element *)element)->table;

    table->capacity = 2048;
    table->timeout = 300 * (uint64_t)SECOND;
}

static int configure(struct element *element, struct click_args *args)
{
    (void)args;
    /* Not later: ARPQueriers use it when they are initialized. */
    return arp_table_init(&((struct arp_element *)element)->table, element);
}

static void cleanup(struct element *element)
{
    arp_table_free(&((struct arp_element *)element)->table);
}

static void take_state(struct element *element, struct element *old)
{
    arp_take(&((struct arp_element *)element)->table,
             &((struct arp_element *)old)->table);
}

static void *cast(struct element *element, const char *interface)
{
    if (strcmp(interface, "ARPTable") == 0)
        return &((struct arp_element *)element)->table;
    return NULL;
}

static int read_table(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    (void)handler;
    (void)param;
    arp_print(&((struct arp_element *)element)->table, out);
    return 0;
}

enum { INSERT, DELETE, CLEAR };

static int write_table(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct arp_table *table = &((struct arp_element *)element)->table;
    struct packet *waiting;
    int error;

    if (handler->data == DELETE)
        return arp_write_delete(table, value, errors);
    if (handler->data == CLEAR) {
        arp_clear(table);
        return 0;
    }
    error = arp_write_insert(table, value, &waiting, errors);
    while (waiting) { /* nobody here could send them */
        struct packet *packet = waiting;

        waiting = packet->next;
        table->drops++;
        packet_free(packet);
    }
    return error;
}

static const struct click_handler handlers[] = {
    {.name = "table", .read = read_table},
    HANDLER_FIELD("drops", struct arp_element, table.drops, u64),
    HANDLER_FIELD("count", struct arp_element, table.entries, u32),
    HANDLER_FIELD("length", struct arp_element, table.packets, u32),
    {.name = "insert", .write = write_table, .data = INSERT},
    {.name = "delete", .write = write_table, .data = DELETE},
    {.name = "clear",
     .write = write_table,
     .flags = HANDLER_BUTTON,
     .data = CLEAR},
    {0},
};

const struct element_class click_class_ARPTable = {
    .name = "ARPTable",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct arp_element),
    .params = params,
    .phase = CLICK_PHASE_INFO,
    .defaults = defaults,
    .configure = configure,
    .cleanup = cleanup,
    .take_state = take_state,
    .more = CLICK_MORE(.cast = cast),
    .handlers = handlers,
};
