/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.h: Click's ControlSocket protocol, version 1.3, over any stream of
 * bytes: a Unix socket of the host program, TCP in a guest.
 *
 *     C: READ queue.length
 *     S: 200 Read handler 'queue.length' OK
 *     S: DATA 2
 *     S: 17
 *     C: WRITE queue.reset
 *     S: 200 Write handler 'queue.reset' OK
 *
 * Pure logic: whoever has the stream puts in what came and sends what is in
 * `out`. It must be the router's thread, between two rounds.
 */
#ifndef CORACLE_CLICK_CONTROL_H
#define CORACLE_CLICK_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include "lib/click/router.h"

/* A line and the data behind it may be so long, in bytes. */
#define CONTROL_LINE (64u << 10)
#define CONTROL_DATA (1u << 20)

struct control {
    /* The router, which a handler may have changed; NULL: there is none. */
    struct router *(*router)(struct control *control);
    bool read_only; /* no write handlers */

    struct text in, out; /* `out`: to send, then text_clear() */
    bool closed;         /* when `out` was sent, close; nothing is read */
    bool after_return;   /* a newline that comes belongs to it */
};

/* A connection begins; `router` and `read_only` are set. */
void control_open(struct control *control);
/* What came. */
void control_receive(struct control *control, const char *bytes, size_t length);
void control_close(struct control *control);

#endif
