/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug.c: classes that only this program has, for who wants to know how a
 * graph works; lib/click/classes.c finds them in element_classes_here[].
 *
 * NotifierDebug() passes packets on. Its handler `signal` says what it knows of
 * those that packets come from, where it is pulled, or go to, where it is
 * pushed: each notifier as "empty" or "full", a number, whether it is active,
 * and a star if it is; "busy*" if some way has none, "idle" if there is no way.
 */
#include "lib/click/element.h"

struct notifier_debug {
    struct element element;
    struct click_signal signal;
};

static int initialize(struct element *element, struct click_errors *errors)
{
    struct click_signal *signal = &((struct notifier_debug *)element)->signal;
    int error = element->input_push[0]
                    ? signal_downstream(signal, element, 0, NULL)
                    : signal_upstream(signal, element, 0, NULL);

    return error ? click_error(errors, NULL, "out of memory") : 0;
}

static void cleanup(struct element *element)
{
    signal_free(&((struct notifier_debug *)element)->signal);
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    (void)element;
    return packet;
}

static int read_signal(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    const struct click_signal *signal =
        &((struct notifier_debug *)element)->signal;

    (void)handler;
    (void)param;
    if (signal->always)
        text_puts(out, "busy*");
    else if (signal->count == 0)
        text_puts(out, "idle");
    for (unsigned int i = 0; i < signal->count && !signal->always; i++) {
        bool active = signal->notifiers[i]->active;

        text_printf(out, "%s%s.%u/1:%u%s", i ? "+" : "",
                    element->input_push[0] ? "full" : "empty", i, active,
                    active ? "*" : "");
    }
    return 0;
}

static const struct click_handler handlers[] = {
    {.name = "signal", .read = read_signal},
    {0},
};

static const struct element_class notifier_debug = {
    .name = "NotifierDebug",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct notifier_debug),
    .initialize = initialize,
    .cleanup = cleanup,
    .simple = simple,
    .handlers = handlers,
};

const struct element_class *const element_classes_here[] = {&notifier_debug,
                                                            NULL};
