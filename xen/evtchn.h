/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evtchn.h: event channels, Xen's interrupts.
 *
 * A port is a small number with a pending bit and a mask bit in shared memory.
 * Handlers run on the CPU's event stack with events masked: they never block
 * and usually only wake a thread. That of one port runs on one CPU at a time.
 * Between two calls the pending bit collects any number of notifications into
 * one.
 *
 * Functions that bind return the port (>= 0) or a negative errno; a new port
 * is unmasked. Thread context unless said otherwise.
 */
#ifndef CORACLE_XEN_EVTCHN_H
#define CORACLE_XEN_EVTCHN_H

#include <stdint.h>
#include "coracle/compiler.h"

typedef void (*evtchn_handler)(uint32_t port, void *argument);

/* Ports at or above this do not exist (2-level ABI on 64 bits). */
#define EVTCHN_PORTS 4096

/*
 * Storm protection. A port bound with EVTCHN_LATE stays masked after its
 * handler ran, until its thread calls evtchn_unmask(): however fast the other
 * end notifies, it costs one handler call per round of our own work.
 */
#define EVTCHN_LATE 1u

/* A new port that domain `remote` may bind to (its number goes to xenstore). */
MUST_CHECK int evtchn_bind_unbound(uint16_t remote, evtchn_handler handler,
                                   void *argument, unsigned int flags);

/* A port that exists already: console and xenstore, from start_info. */
MUST_CHECK int evtchn_bind_existing(uint32_t port, evtchn_handler handler,
                                    void *argument, unsigned int flags);

/* VIRQ_* of <xen/xen.h> on this CPU; those that are not one CPU's own must be
 * bound on CPU 0. */
MUST_CHECK int evtchn_bind_virq(uint32_t virq, evtchn_handler handler,
                                void *argument);

/* A port on which other CPUs call this one. */
MUST_CHECK int evtchn_bind_ipi(evtchn_handler handler, void *argument);

/* Let `port` (not a VIRQ of one CPU, nor an IPI) be handled by CPU `cpu` from
 * now on; at first it is CPU 0. A port that is held back is let go. 0,
 * -K_EINVAL if that CPU takes no part, or another negative errno. Thread
 * context. */
MUST_CHECK int evtchn_steer(uint32_t port, unsigned int cpu);

/* CPU `cpu`, the calling one, takes events from now on; it will be gone: what
 * was steered to it goes to CPU 0. Thread context. */
void evtchn_join(unsigned int cpu);
void evtchn_leave(unsigned int cpu);

/* Undo a bind. When it returns the handler is not running and never will. */
void evtchn_close(uint32_t port);

/* Tell the other end. Any context. */
void evtchn_notify(uint32_t port);

/* Hold back a port, and let it go on (delivering what came meanwhile). Any
 * context. */
void evtchn_mask(uint32_t port);
void evtchn_unmask(uint32_t port);

/*
 * Sleep in Xen until `port` is pending or the deadline (time_monotonic()) has
 * passed, with events masked throughout: for early boot and for crashes, when
 * there are no threads to switch to. The pending bit is cleared. Any context.
 */
void evtchn_poll(uint32_t port, uint64_t deadline);

#endif
