/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_words.h: what a user may say of an interface's addresses, on the
 * guest's command line:
 *
 *     ip=dhcp                                     also without any ip=
 *     ip=10.0.0.5/24,gw=10.0.0.1,dns=10.0.0.1,9.9.9.9
 *     ip=10.0.0.5/24,fd00::5/64,gw=10.0.0.1,gw=fd00::1
 *     ip=none                                     no addresses at all
 *
 * The words after ip= are in any order. ip= and ip0= are interface 0, ip1= is
 * interface 1, and so on: the order of vif=[...] in the xl configuration.
 *
 * Pure logic: it is tested and fuzzed on the host.
 */
#ifndef CORACLE_LWIP_ADDRESS_WORDS_H
#define CORACLE_LWIP_ADDRESS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

#define ADDRESS_DNS_MAX 3

/* In the order of the wire; version is 4 or 6, or 0: there is none. */
struct address {
    uint8_t version;
    uint8_t prefix; /* bits that name the network, where that matters */
    uint8_t bytes[16];
};

struct address_plan {
    bool none;
    bool dhcp;
    struct address v4, v6; /* set by hand */
    struct address gateway4, gateway6;
    unsigned int dns_count;
    struct address dns[ADDRESS_DNS_MAX];
};

/*
 * Understand `words`, what stands behind ip=. NULL, or why not, in words for
 * the user, and then *bad and *length say which part of `words` it is about.
 */
MUST_CHECK const char *address_plan_parse(const char *words,
                                          struct address_plan *plan,
                                          const char **bad, size_t *length);

/* The plan for an interface of which nothing was said. */
void address_plan_default(struct address_plan *plan);

/*
 * Whether a setting of this name ("ip", "ip0", "ip12") is about an interface,
 * and which. `name` ends at a NUL or an =.
 */
MUST_CHECK bool address_plan_names(const char *name, unsigned int *index);

#endif
