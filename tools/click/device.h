/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.h: network interfaces of a Linux host, as packet sockets.
 */
#ifndef CORACLE_TOOLS_CLICK_DEVICE_H
#define CORACLE_TOOLS_CLICK_DEVICE_H

#include "lib/click/element.h"
#include "lib/click/router.h"

/* With -q nothing is opened: a configuration can be checked anywhere. */
extern bool device_offline;

/* A socket at interface `name`, which may be an Ethernet address, too (as
 * `element` reads it), and which receives if asked to; negative: an error was
 * said, or device_offline. */
int device_open(const struct element *element, const char *name, bool receive,
                uint8_t mac[6], struct click_errors *errors);

/* device_address.c: router_world's hook. */
bool device_addresses(struct router_world *world, const char *name,
                      struct router_addresses *to);

#endif
