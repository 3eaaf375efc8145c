/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.h: routers in a guest: each with a thread of its own, fed by network
 * interfaces, looked after through xenstore.
 *
 *     guest.c       a router's thread, and how others get a word with it
 *     interface.c   which elements stand at which interface
 *     from_device.c, to_device.c
 *     parameters.c  $MAC0, $IP0, ...
 *     control.c     data/clickos/RID/ in xenstore
 *     tcpip.c       ControlSockets, where TCP/IP is linked; else no_tcpip.c
 */
#ifndef CORACLE_CLICK_GUEST_H
#define CORACLE_CLICK_GUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/list.h"
#include "coracle/netdev.h"
#include "lib/click/router.h"

struct guest;

/* ---- Routers (guest.c) ----------------------------------------------------
 */

/* Error lines, on the console and together as a text. */
struct guest_errors {
    struct click_errors errors;
    struct text text;
};
void guest_errors_init(struct guest_errors *errors);

/* A guest's router that does not run anything yet; NULL if memory is short.
 * `number` is ClickOS's router ID. It stays for ever. */
MUST_CHECK struct guest *guest_create(unsigned int number);
unsigned int guest_number(const struct guest *guest);

/*
 * All of these wait until the router's thread has done it, between two rounds;
 * packets that come meanwhile wait in the rings. Any thread but the router's
 * own.
 */

/* Run configuration `text`, instead of the one that runs, if any. If it is bad,
 * that one goes on: -EINVAL, and `errors` say why. -ENOMEM. */
MUST_CHECK int guest_load(struct guest *guest, const char *file,
                          const char *text, struct guest_errors *errors);
void guest_halt(struct guest *guest);
/* As router_read() and router_write(); -ENODEV: nothing runs. */
MUST_CHECK int guest_read(struct guest *guest, const char *handler,
                          const char *param, struct text *out);
MUST_CHECK int guest_write(struct guest *guest, const char *handler,
                           const char *value, struct guest_errors *errors);

/* Have `work` called there. */
void guest_do(struct guest *guest,
              void (*work)(struct guest *guest, void *argument),
              void *argument);
/* What runs, or NULL; for `work`, in the router's thread. */
struct router *guest_router(const struct guest *guest);

/* Wait until a configuration has stopped by itself (DriverManager). */
void guest_wait(struct guest *guest);

/* If not NULL, called in the router's thread when that happens. */
extern void (*guest_stopped)(struct guest *guest);

/* ---- Interfaces (interface.c) ---------------------------------------------
 */

/* Where an element meets an interface. Zeroed at first. */
struct device_end {
    struct element *element;
    struct click_task *task; /* scheduled when something changed there */
    struct netdev *device;
    struct guest *guest;
    unsigned int index; /* of the interface */
    bool receives;
    atomic_bool ready;       /* set in event context */
    struct device_end *next; /* of the guest's, for its thread only */
    struct list link;        /* of the interface's */
};

/* Which interface `name` means: "0", "eth0", or its MAC address; -EINVAL when
 * an error was said, which lists what there is. */
MUST_CHECK int device_index(struct click_args *args, const char *name,
                            unsigned int *index);

/* In initialize() and cleanup() of an element. Only one element of a guest
 * receives from an interface. -EINVAL after saying why. */
MUST_CHECK int device_join(struct device_end *end, struct element *element,
                           struct click_task *task, unsigned int index,
                           bool receives, struct click_errors *errors);
void device_leave(struct device_end *end);

/* Have events of the queues that there are by now lead to `end`'s task. */
void device_listen(struct device_end *end, unsigned int queues);

/* ---- What guest.c gives to interface.c ------------------------------------
 */

struct guest *guest_of(const struct element *element);
void guest_add_end(struct guest *guest, struct device_end *end);
void guest_remove_end(struct guest *guest, struct device_end *end);
void guest_wake(struct guest *guest); /* any context */

/* ---- Parameters (parameters.c) --------------------------------------------
 */

/* $MAC0, $IP0, ... of all interfaces, and of those that the command line adds.
 * Read anew at each start of a configuration. */
struct guest_parameters {
    struct click_parameter *list;
    unsigned int count;
};
MUST_CHECK int guest_parameters(struct guest_parameters *parameters);
void guest_parameters_free(struct guest_parameters *parameters);
/* What a name like eth0 means where an address is wanted: router_world's. */
bool guest_addresses(struct router_world *world, const char *name,
                     struct router_addresses *to);
/* NAME=value words of the command line; they stay valid for ever. */
void guest_parameters_add(const char *const *words, unsigned int count);

/* Wait until all interfaces that the domain was configured with are up, but no
 * longer than `deadline`; a line for each that is not. */
void guest_wait_interfaces(uint64_t deadline);

/* ---- TCP/IP (tcpip.c or no_tcpip.c) ---------------------------------------
 */

/* Whether interface `index` is TCP/IP's, and so no element's. */
bool tcpip_has(unsigned int index);

/* ControlSocket's sockets, as struct router_world has it. A router's thread. */
MUST_CHECK int tcpip_open(struct guest *guest,
                          const struct router_control *control,
                          struct click_errors *errors);
void tcpip_close(struct guest *guest, const struct router_control *control);

/* ---- Control (control.c) --------------------------------------------------
 */

/* Follow what dom0 writes below data/clickos/; `first` is router 0, running
 * already or not. 0 or a negative errno; -ENODEV: there is no xenstore. */
MUST_CHECK int control_start(struct guest *first);
/* Tell dom0 what became of router `guest`: its status and error keys. */
void control_report(struct guest *guest, const char *status, const char *error);

#endif
