/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loops.c: packets that would come back to where they were.
 *
 * A packet that is pushed is passed on by calls, one inside the other: a way
 * through the graph that leads back to itself is a call that calls itself. Many
 * graphs have such ways and mean well: a router's error about a packet is a
 * packet that it has to route. So there are three answers.
 *
 *   - A ring of elements that hand on whatever they get (`passes` in their
 *     class) can do nothing but go round for ever. It is refused.
 *   - Any other ring has a gate: at one of its connections, rounds inside one
 *     another are counted, and a packet that wants to go round too often is
 *     dropped; a pull gives nothing. So are those of a ring that makes several
 *     packets of one in each round. Elements in no ring pay nothing.
 *   - A way without a ring that is too long for a stack is refused.
 *
 * A queue ends a way: packets that go round through one take turns with all
 * others, and the queue drops what is too much.
 *
 * The search is that of a textbook: depth first, an edge back to where we are
 * coming from closes a ring. It needs a stack of its own, since rings and ways
 * are as long as somebody has written them. An edge leads from the element that
 * calls to the one that is called: along pushes, against pulls.
 */
#include <errno.h>
#include <stdlib.h>
#include "lib/click/state.h"

#define CALLS_MOST  4096u /* inside one another; a stack holds so many */
#define DEPTH_MOST  64u   /* rounds inside one another */
#define ROUNDS_MOST 1024u /* before all of them are left */

#define ON_WAY (~0u)

struct step {
    struct element *element;
    unsigned int port;    /* where to go next: inputs, then outputs */
    unsigned int longest; /* way found from here so far */
};

struct search {
    struct router *router;
    struct click_errors *errors;
    bool passing; /* only among elements that hand on what they get */
    bool failed;
    struct step *way; /* to where we are */
    unsigned int count;
    unsigned int *length; /* longest way from each; 0: not seen; ON_WAY */
};

/* ---- Gates ----------------------------------------------------------------
 */

static bool enter(struct element *element)
{
    struct router *router = element->router;

    if (router->depth == 0)
        router->rounds = 0;
    if (router->depth < router->depth_most && router->rounds < ROUNDS_MOST) {
        router->depth++;
        router->rounds++;
        return true;
    }
    if (router->loop_drops++ == 0)
        click_say(element,
                  "%s: a packet came back here again and again: dropped (see "
                  "the handler loop_drops)",
                  element->name);
    return false;
}

static void gate_push(struct element *element, unsigned int port,
                      struct packet *packet)
{
    struct element_port behind;

    if (!enter(element)) {
        packet_free(packet);
        return;
    }
    element_port_connect(&behind, element, port);
    behind.push(element, port, packet);
    element->router->depth--;
}

static struct packet *gate_pull(struct element *element, unsigned int port)
{
    struct element_port behind;
    struct packet *packet;

    if (!enter(element))
        return NULL;
    element_port_connect(&behind, element, port);
    packet = behind.pull(element, port);
    element->router->depth--;
    return packet;
}

/* ---- The search -----------------------------------------------------------
 */

static void say_ring(struct search *search, const struct element *back)
{
    struct text ring = {0};
    unsigned int at = search->count;

    while (search->way[at - 1].element != back)
        at--;
    for (; at <= search->count; at++)
        text_printf(&ring, "'%s' -> ", search->way[at - 1].element->name);
    search->failed = true;
    click_error(search->errors, back->landmark,
                "packets would go round for ever: %s'%s'", text_string(&ring),
                back->name);
    text_free(&ring);
}

static void enter_element(struct search *search, struct element *element)
{
    search->length[element->index] = ON_WAY;
    search->way[search->count++] = (struct step){.element = element};
}

static void leave_element(struct search *search)
{
    struct step *step = &search->way[--search->count];
    unsigned int longest = step->longest + 1;

    search->length[step->element->index] = longest;
    if (search->count > 0 && step[-1].longest < longest)
        step[-1].longest = longest;
}

/* The next call that the last element of the way may make, or NULL. */
static struct element_port *next_call(const struct search *search,
                                      struct step *step)
{
    const struct element *from = step->element;

    while (step->port < from->inputs + from->outputs) {
        unsigned int at = step->port++;
        struct element_port *port = at < from->inputs
                                        ? &from->input[at]
                                        : &from->output[at - from->inputs];

        if (port->element && (port->element->class->passes || !search->passing))
            return port;
    }
    return NULL;
}

static void search_from(struct search *search, struct element *start)
{
    enter_element(search, start);
    while (search->count > 0) {
        struct step *step = &search->way[search->count - 1];
        struct element_port *call = next_call(search, step);
        unsigned int length;

        if (!call) {
            leave_element(search);
            continue;
        }
        length = search->length[call->element->index];
        if (length == 0) {
            enter_element(search, call->element);
        } else if (length != ON_WAY) {
            if (step->longest < length)
                step->longest = length;
        } else if (search->passing) {
            say_ring(search, call->element);
        } else {
            call->push = gate_push;
            call->pull = gate_pull;
        }
    }
}

static void search_all(struct search *search, bool passing)
{
    struct router *router = search->router;

    search->passing = passing;
    for (unsigned int i = 0; i < router->element_count; i++)
        search->length[i] = 0;
    for (unsigned int i = 0; i < router->element_count; i++)
        if (search->length[i] == 0 &&
            (router->elements[i]->class->passes || !passing))
            search_from(search, router->elements[i]);
}

/* How often rings may be gone round, so that the calls' depth is bounded. */
static void bound_depth(struct search *search)
{
    struct router *router = search->router;
    unsigned int longest = 1;

    for (unsigned int i = 0; i < router->element_count; i++)
        if (longest < search->length[i])
            longest = search->length[i];
    router->depth_most = CALLS_MOST / longest;
    if (router->depth_most > DEPTH_MOST)
        router->depth_most = DEPTH_MOST;
    if (longest <= CALLS_MOST)
        return;
    search->failed = true;
    click_error(search->errors, NULL,
                "a packet would pass %u elements without a queue; %u is the "
                "most",
                longest, CALLS_MOST);
}

int loops_check(struct router *router, struct click_errors *errors)
{
    unsigned int count = router->element_count + 1;
    struct search search = {.router = router, .errors = errors};

    search.way = calloc(count, sizeof(*search.way));
    search.length = calloc(count, sizeof(*search.length));
    if (search.way && search.length) {
        search_all(&search, true);
        search_all(&search, false);
        bound_depth(&search);
    } else {
        search.failed = true;
        click_error(errors, NULL, "out of memory");
    }
    free(search.way);
    free(search.length);
    return search.failed ? -EINVAL : 0;
}
