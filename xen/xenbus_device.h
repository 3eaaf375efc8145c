/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus_device.h: between xenbus.c and xenbus_device.c. Drivers use xenbus.h.
 */
#ifndef CORACLE_XEN_XENBUS_DEVICE_H
#define CORACLE_XEN_XENBUS_DEVICE_H

#include "xen/xenbus.h"

#define XENBUS_PATH_SIZE 256

/* "folder/key" into `path`. 0 or -K_EMSGSIZE. */
MUST_CHECK int xenbus_join(char path[XENBUS_PATH_SIZE], const char *folder,
                           const char *key);

/* xenbus_device.c: go on with a device as far as it goes. False if it is to be
 * forgotten. Only in the thread "xenbus". */
MUST_CHECK bool xenbus_advance(struct xenbus_device *device);

/* xenbus.c: the device is now in `phase`, whose time begins. */
void xenbus_enter(struct xenbus_device *device, enum xenbus_phase phase);

#endif
