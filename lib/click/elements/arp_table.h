/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arp_table.h: which Ethernet address an IP address has, and packets that wait
 * to learn it. ARPQuerier has a table of its own, or shares an ARPTable's.
 *
 * IP addresses are in network byte order. One router's thread.
 */
#ifndef CORACLE_CLICK_ARP_TABLE_H
#define CORACLE_CLICK_ARP_TABLE_H

#include "coracle/list.h"
#include "lib/click/element.h"

struct arp_table {
    struct element *element; /* whose clock and timer it is */
    uint32_t capacity;       /* packets that may wait; 0: any number */
    uint32_t entry_capacity; /* entries; 0: ARP_ENTRIES_MAX */
    uint32_t entry_packets;  /* packets that may wait for one; 0: any number */
    uint64_t timeout; /* ns after which an entry is not believed; 0: never */

    struct arp_entry **buckets;
    uint32_t bucket_count; /* a power of 2 */
    struct list ages;      /* entries, the one confirmed longest ago first */
    struct list all;       /* entries, the newest first */
    struct list waiters;   /* entries that packets wait for, as in `ages` */
    uint32_t entries, packets;
    uint64_t drops; /* packets */
    struct click_timer expiry;
};

#define ARP_ENTRIES_MAX 65536u

/* The limits are set; 0 or -ENOMEM. */
MUST_CHECK int arp_table_init(struct arp_table *table, struct element *element);
void arp_table_free(struct arp_table *table);

enum arp_known { ARP_UNKNOWN, ARP_KNOWN, ARP_STALE };

/* The address of `ip`. ARP_STALE: known, but not confirmed for `poll` ns (0: it
 * does not matter), and nobody has asked for a tenth of a second. */
enum arp_known arp_lookup(struct arp_table *table, uint32_t ip, uint8_t mac[6],
                          uint64_t poll);

/* Keep `packet`, which is the table's then, until `ip` is known. True if a
 * query should be sent now. */
bool arp_wait(struct arp_table *table, uint32_t ip, struct packet *packet);

/* `ip` has `mac`: the packets that waited, in order, linked by `next`. *error
 * becomes -ENOMEM if that cannot be remembered. */
struct packet *arp_insert(struct arp_table *table, uint32_t ip,
                          const uint8_t mac[6], int *error);

void arp_delete(struct arp_table *table, uint32_t ip);
void arp_clear(struct arp_table *table);
/* All that `old` knows; it is empty then. */
void arp_take(struct arp_table *table, struct arp_table *old);

/* Lines "IP VALID ETH AGE". */
void arp_print(const struct arp_table *table, struct text *out);

/* The table handlers' writes: "IP ETH", "IP"; packets that waited for it go out
 * of no port: *waiting. */
MUST_CHECK int arp_write_insert(struct arp_table *table, const char *value,
                                struct packet **waiting,
                                struct click_errors *errors);
MUST_CHECK int arp_write_delete(struct arp_table *table, const char *value,
                                struct click_errors *errors);

#endif
