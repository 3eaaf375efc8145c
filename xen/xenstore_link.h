/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenstore_link.h: between the three files of the xenstore client.
 * Programs and drivers use xen/xenstore.h.
 */
#ifndef CORACLE_XEN_XENSTORE_LINK_H
#define CORACLE_XEN_XENSTORE_LINK_H

#include "coracle/compiler.h"
#include "xen/xs_message.h"

/* xenstore_link.c: connect to the daemon's page and start reading answers. */
MUST_CHECK int xs_link_init(void *page, uint32_t port);

/*
 * Send one request and wait for its answer. `payload` (may be NULL, if nobody
 * cares) gets a heap block, ended by a NUL that *size does not count. 0 or a
 * negative errno as xenstore.h lists them. Thread context.
 */
MUST_CHECK int xs_call(uint32_t type, uint32_t tx_id,
                       const struct xs_part *parts, size_t count,
                       char **payload, size_t *size);

/* A part that is a string with its NUL. */
struct xs_part xs_string(const char *string);

/* xenstore_watch.c: start delivering; take one event's payload (called by the
 * thread that reads answers: it must not wait for one). */
MUST_CHECK int xs_watch_init(void);
void xs_watch_event(const char *payload, size_t size);

#endif
