/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus_state.h: the frontend's half of the xenbus handshake, as a table of
 * what to do next. Pure logic; xen/xenbus.c carries it out.
 *
 *     frontend (we)                          backend
 *                         xenstore
 *     Initialising  ------------------->
 *                   <-------------------     InitWait     its features are
 * there probe, publish driver's `published` state ------>                  our
 * ring is there
 *                   <-------------------     Connected
 *     Connected, connected()
 *       ...
 *                   <-------------------     Closing      or anything
 * unexpected Closed        ------------------->
 *                   <-------------------     Closed       it uses our pages no
 * more closing() Initialising  again, when the backend is back in Initialising
 * or InitWait, or waits in Closed for us to begin
 *
 * The same few phases serve the first connection, a device that is plugged in
 * or out, a backend that restarts, and one that dies in any of them.
 */
#ifndef CORACLE_XEN_XENBUS_STATE_H
#define CORACLE_XEN_XENBUS_STATE_H

#include <stdbool.h>
#include <xen/io/xenbus.h>

/* Where a device stands. */
enum xenbus_phase {
    XENBUS_WAITING,    /* we are Initialising; the backend is to be InitWait */
    XENBUS_CONNECTING, /* published; the backend is to be Connected */
    XENBUS_CONNECTED,
    XENBUS_CLOSING, /* we are Closed; the backend is to let go of our pages */
    XENBUS_CLOSED,  /* the driver holds nothing; the backend may come back */
};

/* What the caller found. */
struct xenbus_input {
    bool present;              /* device/TYPE/N is still there */
    bool expired;              /* the phase's time is over */
    enum xenbus_state backend; /* XenbusStateUnknown: none, or no sense */
    bool retry;                /* the toolstack still wants the device, so a
                                  backend that is Closed waits for us */
    bool given_up;             /* we failed with the backend in this very state:
                                  do not try the same again for ever */
};

/* What the caller is to do; if all goes well the device is then in the phase
 * that xenbus_phase_after() names. */
enum xenbus_action {
    XENBUS_WAIT,    /* nothing yet */
    XENBUS_PUBLISH, /* probe, publish and tell the state `published` */
    XENBUS_CONNECT, /* tell Connected, call connected */
    XENBUS_CLOSE,   /* tell Closed */
    XENBUS_FAIL,    /* the same, because time is over: say so */
    XENBUS_RELEASE, /* call closing */
    XENBUS_RESTART, /* tell Initialising */
    XENBUS_FORGET,  /* the device is gone, and so is the driver's part in it */
};

enum xenbus_action xenbus_next(enum xenbus_phase phase,
                               const struct xenbus_input *input);

/* The phase that an action leads to (not for WAIT and FORGET). */
enum xenbus_phase xenbus_phase_after(enum xenbus_action action);

/* Whether a phase ends by itself, with input.expired, when nothing happens. */
bool xenbus_phase_is_timed(enum xenbus_phase phase);

#endif
