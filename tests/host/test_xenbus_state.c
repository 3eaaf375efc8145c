/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xenbus_state.c: the frontend's state machine against scripted backends.
 *
 * A script is a list of what the frontend sees, one look after another; the
 * test plays the part of xenbus.c: it takes each action until the machine
 * waits, and notes what was done as a line of words.
 */
#include "test.h"
#include "xen/xenbus_state.c"

/* What a look finds: a backend's state, or one of these. */
#define GONE    100 /* device/TYPE/N is no more */
#define EXPIRED 200 /* added to a state: and time is over */
#define GIVEN   400 /* added to a state: and we gave up in it */
#define AGAIN   800 /* added to a state: and the device is still wanted */
#define END     -1

static const char *const words[] = {
    [XENBUS_PUBLISH] = "publish", [XENBUS_CONNECT] = "connect",
    [XENBUS_CLOSE] = "close",     [XENBUS_FAIL] = "fail",
    [XENBUS_RELEASE] = "release", [XENBUS_RESTART] = "restart",
    [XENBUS_FORGET] = "forget",
};

static struct xenbus_input input_of(int look)
{
    struct xenbus_input input = {.present = true};

    if (look >= AGAIN) {
        input.retry = true;
        look -= AGAIN;
    }
    if (look >= GIVEN) {
        input.given_up = true;
        look -= GIVEN;
    }
    if (look >= EXPIRED) {
        input.expired = true;
        look -= EXPIRED;
    }
    if (look == GONE) {
        input.present = false;
        look = XenbusStateUnknown;
    }
    input.backend = (enum xenbus_state)look;
    return input;
}

/* Play a script from the beginning of a device; "|" ends each look. */
static const char *play(const int *script)
{
    static char story[512];
    enum xenbus_phase phase = XENBUS_WAITING;
    int steps = 0;

    story[0] = '\0';
    for (; *script != END; script++) {
        struct xenbus_input input = input_of(*script);
        enum xenbus_action action;

        while ((action = xenbus_next(phase, &input)) != XENBUS_WAIT) {
            CHECK(++steps < 100); /* every look comes to rest */
            strcat(strcat(story, words[action]), " ");
            if (action == XENBUS_FORGET)
                return story;
            phase = xenbus_phase_after(action);
            input.expired = false; /* a new phase has its own time */
        }
        strcat(story, "|");
    }
    return story;
}

#define PLAY(...) play((const int[]){__VA_ARGS__, END})

enum {
    NONE = XenbusStateUnknown,
    STARTING = XenbusStateInitialising,
    READY = XenbusStateInitWait,
    INITIALISED = XenbusStateInitialised,
    CONNECTED = XenbusStateConnected,
    CLOSING = XenbusStateClosing,
    CLOSED = XenbusStateClosed,
    RECONFIGURING = XenbusStateReconfiguring,
};

TEST(first_connection)
{
    CHECK_STRING(PLAY(STARTING, READY, READY, CONNECTED, CONNECTED),
                 "|publish ||connect ||");
    /* As qemu's disk backend does it. */
    CHECK_STRING(PLAY(READY, INITIALISED, CONNECTED, RECONFIGURING),
                 "publish ||connect ||");
    /* The backend's folder may come after ours. */
    CHECK_STRING(PLAY(NONE, STARTING, READY), "||publish |");
}

TEST(detach)
{
    CHECK_STRING(PLAY(READY, CONNECTED, CLOSING, CLOSED, NONE, GONE),
                 "publish |connect |close |release ||forget ");
    /* All at once, between two looks. */
    CHECK_STRING(PLAY(READY, CONNECTED, GONE),
                 "publish |connect |close release forget ");
    CHECK_STRING(PLAY(STARTING, GONE), "|forget ");
    CHECK_STRING(PLAY(READY, GONE), "publish |close release forget ");
}

TEST(backend_restarts)
{
    CHECK_STRING(PLAY(READY, CONNECTED, STARTING, READY, CONNECTED),
                 "publish |connect |close release restart |publish |connect |");
    /* The backend may still be mapping our pages until it is Closed. */
    CHECK_STRING(PLAY(READY, CONNECTED, READY, CONNECTED, AGAIN + CLOSED, READY,
                      CONNECTED),
                 "publish |connect |close ||release restart |publish |connect "
                 "|");
    CHECK_STRING(PLAY(READY, CONNECTED, CLOSING, CLOSED, STARTING, READY),
                 "publish |connect |close |release |restart |publish |");
    /* While connecting. */
    CHECK_STRING(PLAY(READY, STARTING, READY),
                 "publish |close release restart |publish |");
}

/* As stock backends do when they are bound again. */
TEST(backend_waits_in_closed)
{
    CHECK_STRING(PLAY(READY, CONNECTED, CLOSED, AGAIN + CLOSED, READY),
                 "publish |connect |close release |restart |publish |");
    CHECK_STRING(PLAY(READY, CLOSED, AGAIN + GIVEN + CLOSED),
                 "publish |close release ||");
    CHECK_STRING(PLAY(READY, CONNECTED, AGAIN + CLOSING, AGAIN + CLOSED),
                 "publish |connect |close |release restart |");
    /* It failed before it knew that we began again. */
    CHECK_STRING(
        PLAY(READY, CONNECTED, AGAIN + CLOSED, CLOSING, AGAIN + CLOSED, READY),
        "publish |connect |close release restart |close |release "
        "restart |publish |");
}

TEST(backend_vanishes)
{
    CHECK_STRING(PLAY(READY, NONE), "publish |close release |");
    CHECK_STRING(PLAY(READY, CONNECTED, NONE, GONE),
                 "publish |connect |close release |forget ");
    CHECK_STRING(PLAY(READY, CONNECTED, CLOSING, NONE),
                 "publish |connect |close |release |");
}

TEST(every_wait_ends)
{
    CHECK_STRING(PLAY(STARTING, EXPIRED + STARTING), "|fail release restart |");
    CHECK_STRING(PLAY(STARTING, EXPIRED + GIVEN + STARTING), "|fail release |");
    CHECK_STRING(PLAY(READY, EXPIRED + GIVEN + READY, GIVEN + READY,
                      EXPIRED + GIVEN + READY),
                 "publish |fail ||release |");
    CHECK_STRING(PLAY(READY, CONNECTED, CLOSING, EXPIRED + CLOSING),
                 "publish |connect |close |release |");
    /* Success in the last moment counts. */
    CHECK_STRING(PLAY(EXPIRED + READY, EXPIRED + CONNECTED),
                 "publish |connect |");
    CHECK(xenbus_phase_is_timed(XENBUS_WAITING));
    CHECK(xenbus_phase_is_timed(XENBUS_CONNECTING));
    CHECK(xenbus_phase_is_timed(XENBUS_CLOSING));
    CHECK(!xenbus_phase_is_timed(XENBUS_CONNECTED));
    CHECK(!xenbus_phase_is_timed(XENBUS_CLOSED));
}

TEST(what_failed_is_not_tried_again_until_something_changes)
{
    CHECK_STRING(
        PLAY(READY, EXPIRED + GIVEN + READY, GIVEN + CLOSED, CLOSED, READY),
        "publish |fail |release ||restart publish |");
}

/* Any backend at all: driver calls stay paired and in order. */
TEST(calls_pair_up_whatever_the_backend_does)
{
    enum xenbus_phase phase = XENBUS_WAITING;
    bool published = false, connected = false;

    for (int look = 0; look < 200000; look++) {
        struct xenbus_input input = {
            .present = test_below(30) != 0,
            .expired = test_below(10) == 0,
            .backend = (enum xenbus_state)test_below(9),
            .given_up = test_below(5) == 0,
        };
        enum xenbus_action action = xenbus_next(phase, &input);

        if (action == XENBUS_PUBLISH) {
            CHECK(!published && !connected);
            published = true;
        } else if (action == XENBUS_CONNECT) {
            CHECK(published && !connected);
            connected = true;
        } else if (action == XENBUS_RELEASE) {
            published = connected = false;
        } else if (action == XENBUS_RESTART || action == XENBUS_FORGET) {
            CHECK(!published && !connected);
        }
        if (action == XENBUS_FORGET)
            phase = XENBUS_WAITING; /* another device */
        else if (action != XENBUS_WAIT)
            phase = xenbus_phase_after(action);
    }
}
