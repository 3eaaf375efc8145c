/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenbus_state.c: one function per phase; xenbus_state.h draws the handshake.
 *
 * Nothing is assumed about how the backend came to be in its state: it may skip
 * states between two looks of ours, go back, or vanish. A state that does not
 * lead onwards is waited out in the phases that have a time limit, and ends the
 * connection in the one that has none.
 */
#include "xen/xenbus_state.h"

static enum xenbus_action next_waiting(const struct xenbus_input *input)
{
    if (!input->present)
        return XENBUS_FORGET;
    if (input->backend == XenbusStateInitWait)
        return XENBUS_PUBLISH;
    /* It could not use what we had published before, and waits for us. */
    if (input->backend == XenbusStateClosing)
        return XENBUS_CLOSE;
    /* Closed may be what it was to our predecessor; Connected too. */
    return input->expired ? XENBUS_FAIL : XENBUS_WAIT;
}

static enum xenbus_action next_connecting(const struct xenbus_input *input)
{
    if (!input->present)
        return XENBUS_CLOSE;
    switch (input->backend) {
    case XenbusStateConnected:
        return XENBUS_CONNECT;
    case XenbusStateInitWait:
    case XenbusStateInitialised:
        return input->expired ? XENBUS_FAIL : XENBUS_WAIT;
    default:
        return XENBUS_CLOSE;
    }
}

static enum xenbus_action next_connected(const struct xenbus_input *input)
{
    if (!input->present)
        return XENBUS_CLOSE;
    switch (input->backend) {
    case XenbusStateConnected:
    case XenbusStateReconfiguring:
    case XenbusStateReconfigured:
        return XENBUS_WAIT;
    default:
        return XENBUS_CLOSE;
    }
}

static enum xenbus_action next_closing(const struct xenbus_input *input)
{
    /* Without a device nobody will tell us more. */
    if (!input->present || input->expired)
        return XENBUS_RELEASE;
    switch (input->backend) {
    case XenbusStateUnknown:
    case XenbusStateInitialising:
    case XenbusStateClosed:
        return XENBUS_RELEASE;
    default:
        /* InitWait too: a backend whose driver is bound again is about to look
         * at our state, and may still have seen the old one and be mapping what
         * we had published. When it sees that we are Closed, it is, too. */
        return XENBUS_WAIT;
    }
}

static enum xenbus_action next_closed(const struct xenbus_input *input)
{
    if (!input->present)
        return XENBUS_FORGET;
    if (input->given_up)
        return XENBUS_WAIT;
    switch (input->backend) {
    case XenbusStateInitialising:
    case XenbusStateInitWait:
        return XENBUS_RESTART;
    case XenbusStateClosed:
        /* What Linux' backends come to when their driver is bound again: they
         * saw us close, and go on when we are Initialising. */
        return input->retry ? XENBUS_RESTART : XENBUS_WAIT;
    default:
        return XENBUS_WAIT;
    }
}

enum xenbus_action xenbus_next(enum xenbus_phase phase,
                               const struct xenbus_input *input)
{
    switch (phase) {
    case XENBUS_WAITING:
        return next_waiting(input);
    case XENBUS_CONNECTING:
        return next_connecting(input);
    case XENBUS_CONNECTED:
        return next_connected(input);
    case XENBUS_CLOSING:
        return next_closing(input);
    case XENBUS_CLOSED:
        return next_closed(input);
    }
    return XENBUS_WAIT; /* not reached: there are no other phases */
}

enum xenbus_phase xenbus_phase_after(enum xenbus_action action)
{
    switch (action) {
    case XENBUS_PUBLISH:
        return XENBUS_CONNECTING;
    case XENBUS_CONNECT:
        return XENBUS_CONNECTED;
    case XENBUS_CLOSE:
    case XENBUS_FAIL:
        return XENBUS_CLOSING;
    case XENBUS_RESTART:
        return XENBUS_WAITING;
    default:
        return XENBUS_CLOSED; /* RELEASE */
    }
}

bool xenbus_phase_is_timed(enum xenbus_phase phase)
{
    return phase != XENBUS_CONNECTED && phase != XENBUS_CLOSED;
}
