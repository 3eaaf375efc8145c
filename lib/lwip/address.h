/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.h: how interfaces come to their addresses.
 */
#ifndef CORACLE_LWIP_ADDRESS_H
#define CORACLE_LWIP_ADDRESS_H

#include <stdbool.h>

struct interface;

/* lwIP has a new interface; its link went up or down. The core lock is held. */
void address_start(struct interface *interface);
void address_link(struct interface *interface, bool up);

/* Tell the toolstack (attr/vif/N/...) what has changed. The thread "net",
 * without the core lock. */
void address_announce(void);

/* Wait until the interfaces that use DHCP have addresses, some seconds at
 * most; before main(). */
void address_wait(void);

#endif
