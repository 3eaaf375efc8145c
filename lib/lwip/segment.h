/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment.h: TCP segments larger than the wire takes, cut by the device. The
 * core lock is held in all of it.
 */
#ifndef CORACLE_LWIP_SEGMENT_H
#define CORACLE_LWIP_SEGMENT_H

#include "lwip/netif.h"

/* The size of the segments that the device is to cut the packet into which is
 * being output now through `netif`; 0 if it is no connection's. */
u16_t segment_size(const struct netif *netif);

/* lwIP has passed its look at the MTU. */
void segment_sent(void);

#endif
