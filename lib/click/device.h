/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.h: what FromDevice and ToDevice are on any system: their arguments,
 * counters and handlers. How packets get in and out is different in a guest
 * (lib/click/guest) and on a Linux host (tools/click), where each class is a
 * structure that begins with one of these:
 *
 *     struct from_device { struct device_input in; ... };
 *
 * so that a configuration that was tried on the host means the same in a guest.
 * The manual is with the guest's.
 */
#ifndef CORACLE_CLICK_DEVICE_H
#define CORACLE_CLICK_DEVICE_H

#include "lib/click/element.h"

#define DEVICE_BURST_MAX 256u

/* ---- FromDevice -----------------------------------------------------------
 */

struct device_input {
    struct element element;
    char *name;
    uint32_t burst, snaplen;
    bool promisc, outbound, timestamp, active;
    char *ignored;
    uint8_t mac[6];
    uint64_t packets;
};

extern const struct click_param device_input_params[];
extern const struct click_handler device_input_handlers[];
void device_input_defaults(struct element *element);
MUST_CHECK int device_input_configure(struct element *element,
                                      struct click_args *args);
void device_input_take_state(struct element *element, struct element *old);

/* ---- ToDevice -------------------------------------------------------------
 */

struct device_output {
    struct element element;
    char *name;
    uint32_t burst;
    char *ignored;
    uint8_t mac[6];
    struct click_task task;
    struct click_signal signal; /* of what we pull from */
    uint64_t packets, calls, drops;
};

extern const struct click_param device_output_params[];
extern const struct click_handler device_output_handlers[];
void device_output_defaults(struct element *element);
MUST_CHECK int device_output_configure(struct element *element,
                                       struct click_args *args);
void device_output_take_counts(struct element *element, struct element *old);

#endif
