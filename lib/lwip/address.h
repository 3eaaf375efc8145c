/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.h: how interfaces come to their addresses.
 */
#ifndef CORACLE_LWIP_ADDRESS_H
#define CORACLE_LWIP_ADDRESS_H

#include <stdbool.h>

struct interface;

/* Read the settings ip=, ip0=, ip1=... (lib/lwip/address_words.h); the program
 * ends with status 2 if there is a bad one. The main thread, before there are
 * interfaces. */
void address_init(void);

/* Whether interface `index` is TCP/IP's to serve. After address_init(). */
bool address_wanted(unsigned int index);

/* Whether those without a setting are, too: interfaces_all.c, or
 * interfaces_named.c where a packet graph has the others. */
extern const bool interfaces_all;

/* lwIP has a new interface; its link went up or down. The core lock is held. */
void address_start(struct interface *interface);
void address_link(struct interface *interface, bool up);

/*
 * Wait until the domain's interfaces have the addresses that they are to have,
 * ADDRESS_WAIT seconds at most, and say which have not. What is still missing
 * then may come later. The main thread, before main().
 */
#define ADDRESS_WAIT 10
void address_wait(void);

#endif
