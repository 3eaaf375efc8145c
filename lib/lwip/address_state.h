/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_state.h: what address.c knows of each interface's addresses, for
 * address_report.c, which tells others.
 */
#ifndef CORACLE_LWIP_ADDRESS_STATE_H
#define CORACLE_LWIP_ADDRESS_STATE_H

#include "lib/lwip/address_words.h"
#include "lib/lwip/interface.h"
#include "lwip/netif.h"
#include "lwip/prot/ethernet.h"

/* An interface at one moment; all zero before there was any. */
struct address_view {
    bool up;
    bool fallen; /* it was up once and then was not; address_report.c's */
    ip4_addr_t address, mask, gateway; /* zero: none */
    ip_addr_t dns;
    struct {
        ip6_addr_t address;
        uint8_t state;
    } v6[LWIP_IPV6_NUM_ADDRESSES];
    /* Somebody else's card that uses `address`, too. */
    bool taken;
    uint8_t taken_by[ETH_HWADDR_LEN];
};

/* What is to be, by the command line. Any context. */
const struct address_plan *address_plan_of(unsigned int index);

/* How it is now; false if lwIP does not have the interface (yet). The core
 * lock is held. */
bool address_look(unsigned int index, struct address_view *view);

/* Something changed: look again. Any context. */
void address_changed(void);

/* Start the thread that tells others of what it sees. The main thread, once. */
void address_report_start(void);

#endif
