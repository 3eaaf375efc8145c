/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.h: the console's side that faces boot, shutdown and crashes. What
 * everybody else uses is in include/coracle/print.h.
 */
#ifndef CORACLE_XEN_CONSOLE_H
#define CORACLE_XEN_CONSOLE_H

#include <stdint.h>
#include "coracle/compiler.h"

/*
 * Once, as early as possible. `page` is the console page of start_info, mapped
 * (NULL: there is none), `port` its event channel. Before this call output goes
 * through Xen's own console, if Xen lets us; afterwards to the ring, by
 * polling: no threads are needed yet.
 */
void console_init_early(void *page, uint32_t port);

/* Once events and threads work: from now on writers sleep while the ring is
 * full, and there is input. 0, or an error of evtchn_bind_*(). */
MUST_CHECK int console_init(void);

/*
 * Wait until the other end has taken all output, as long as it makes progress
 * (it has 2 s for each step). Any context; it polls.
 */
void console_drain(void);

/*
 * The guest is about to crash: all further output is polled and takes no lock,
 * whoever may hold it. There is no way back.
 */
void console_crash_begin(void);

#endif
