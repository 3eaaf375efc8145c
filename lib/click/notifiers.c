/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notifiers.c: who tells whom that there is something to do.
 *
 * A task that pulls looks for notifiers once, when its element is initialized:
 * up its pull input, through all elements that have nothing to say themselves,
 * along the ways that packets take in them. Each way ends at a notifier, or at
 * an element that cannot say: then it is always worth asking. The same holds
 * downstream of a push output.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/ports.h"

/* A port that the search came to. */
struct place {
    struct element *element;
    unsigned int port;
};

struct search {
    struct click_signal *signal;
    struct click_task *task;
    bool upstream;
    struct place *places; /* those to look at, and those that were */
    unsigned int count, next;
};

void notifier_set(struct click_notifier *notifier, bool active)
{
    bool wake = active && !notifier->active;

    notifier->active = active;
    for (unsigned int i = 0; wake && i < notifier->count; i++)
        task_schedule(notifier->listeners[i]);
}

void notifier_free(struct click_notifier *notifier)
{
    free(notifier->listeners);
    notifier->listeners = NULL;
    notifier->count = 0;
}

static int listen(struct click_notifier *notifier, struct click_task *task)
{
    struct click_task **listeners;

    for (unsigned int i = 0; i < notifier->count; i++)
        if (notifier->listeners[i] == task)
            return 0;
    listeners = realloc(notifier->listeners,
                        (notifier->count + 1) * sizeof(*listeners));
    if (!listeners)
        return -ENOMEM;
    listeners[notifier->count++] = task;
    notifier->listeners = listeners;
    return 0;
}

static int add_notifier(struct search *search, struct click_notifier *notifier)
{
    struct click_signal *signal = search->signal;
    struct click_notifier **notifiers;

    notifiers =
        realloc(signal->notifiers, (signal->count + 1) * sizeof(*notifiers));
    if (!notifiers)
        return -ENOMEM;
    notifiers[signal->count++] = notifier;
    signal->notifiers = notifiers;
    return search->task ? listen(notifier, search->task) : 0;
}

static int add_place(struct search *search, const struct element_port *far)
{
    struct place *places;

    for (unsigned int i = 0; i < search->count; i++)
        if (search->places[i].element == far->element &&
            search->places[i].port == far->port)
            return 0;
    places = realloc(search->places, (search->count + 1) * sizeof(*places));
    if (!places)
        return -ENOMEM;
    places[search->count].element = far->element;
    places[search->count++].port = far->port;
    search->places = places;
    return 0;
}

/* Whether packets go on from the place to `port` at the other side. */
static bool leads_to(const struct search *search, const struct place *place,
                     unsigned int port)
{
    const struct element *element = place->element;

    return search->upstream ? ports_flow(element->class, port, place->port,
                                         element->inputs, element->outputs)
                            : ports_flow(element->class, place->port, port,
                                         element->inputs, element->outputs);
}

/* On from the element at `place`, which has nothing to say itself. */
static int pass_through(struct search *search, const struct place *place)
{
    struct element *element = place->element;
    unsigned int ports = search->upstream ? element->inputs : element->outputs;
    const struct element_port *port =
        search->upstream ? element->input : element->output;
    bool goes_on = false;

    for (unsigned int i = 0; i < ports; i++) {
        bool calls_out = search->upstream ? !element->input_push[i]
                                          : element->output_push[i];
        int error;

        if (!leads_to(search, place, i))
            continue;
        if (!calls_out) {
            search->signal->always = true;
            continue;
        }
        goes_on = true;
        error = add_place(search, &port[i]);
        if (error)
            return error;
    }
    if (!goes_on)
        search->signal->always = true;
    return 0;
}

static int look_at(struct search *search, const struct place *place)
{
    struct element *element = place->element;
    struct click_notifier *notifier = NULL;

    if (element_more(element->class)->notifier)
        notifier = element_more(element->class)
                       ->notifier(element, search->upstream, place->port);
    return notifier ? add_notifier(search, notifier)
                    : pass_through(search, place);
}

static int look(struct click_signal *signal, const struct element_port *from,
                struct click_task *task, bool upstream)
{
    struct search search = {
        .signal = signal, .task = task, .upstream = upstream};
    int error;

    memset(signal, 0, sizeof(*signal));
    error = add_place(&search, from);
    while (!error && search.next < search.count) {
        struct place place = search.places[search.next++];

        error = look_at(&search, &place);
    }
    if (signal->count == 0) /* also where all ways lead back */
        signal->always = true;
    free(search.places);
    return error;
}

int signal_upstream(struct click_signal *signal, struct element *element,
                    unsigned int port, struct click_task *task)
{
    return look(signal, &element->input[port], task, true);
}

int signal_downstream(struct click_signal *signal, struct element *element,
                      unsigned int port, struct click_task *task)
{
    return look(signal, &element->output[port], task, false);
}

bool signal_active(const struct click_signal *signal)
{
    if (signal->always)
        return true;
    for (unsigned int i = 0; i < signal->count; i++)
        if (signal->notifiers[i]->active)
            return true;
    return false;
}

void signal_free(struct click_signal *signal)
{
    free(signal->notifiers);
    memset(signal, 0, sizeof(*signal));
}
