/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interface.h: a network interface, between lwIP (struct netif) and the device
 * (struct netdev). All fields are guarded by lwIP's core lock.
 */
#ifndef CORACLE_LWIP_INTERFACE_H
#define CORACLE_LWIP_INTERFACE_H

#include "coracle/netdev.h"
#include "lwip/netif.h"

/* Packets that wait for room in the device's ring, or for the core lock's end;
 * as many as a ring has slots. */
#define OUTGOING_MAX 256

struct interface {
    struct netif netif;
    struct netdev *device;
    struct netdev_info info;
    unsigned int listening; /* queues that wake the network thread */
    unsigned int outgoing_count;
    struct packet *outgoing[OUTGOING_MAX];
};

/* Start the thread that serves all interfaces, those to come too. Once. */
void interfaces_start(void);

/* Interface `index`, or NULL if lwIP does not have it (yet). */
struct interface *interface_get(unsigned int index);

/* Hand all that waits to the devices: one notification for each. The core lock
 * is held; its release calls this. */
void interfaces_flush(void);

/* lwIP's netif belongs to a device (and is not the loopback). */
bool netif_is_interface(const struct netif *netif);

#endif
