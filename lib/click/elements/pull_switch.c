/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pull_switch.c: packets from one of several inputs.
 *
 * =c
 * PullSwitch([INPUT])
 * =s scheduling
 * pulls from the input that was set
 * =d
 * A pull at its output goes to input INPUT (0, if not given), or gives nothing
 * if that is negative. Those who pull sleep while that input is empty, whatever
 * the others are.
 * =h switch read/write
 * the INPUT argument
 * =a SimplePullSwitch, StaticPullSwitch, PrioSched, RoundRobinSched, Switch
 *
 * =c
 * SimplePullSwitch([INPUT])
 * =s scheduling
 * pulls from the input that was set
 * =d
 * PullSwitch that tells nothing itself: those who pull sleep while all its
 * inputs are empty.
 * =h switch read/write
 * the INPUT argument
 * =a PullSwitch
 *
 * =c
 * StaticPullSwitch(INPUT)
 * =s scheduling
 * pulls from one input
 * =d
 * SimplePullSwitch that cannot be switched.
 * =a PullSwitch
 */
#include <stdlib.h>
#include "lib/click/element.h"

struct pull_switch {
    struct element element;
    int32_t input;
    struct click_task task;       /* woken by the notifiers above */
    struct click_signal *signals; /* of each input */
    struct click_notifier notifier;
};

static bool input_active(const struct pull_switch *pull_switch)
{
    return pull_switch->input >= 0 &&
           signal_active(&pull_switch->signals[pull_switch->input]);
}

static int configure(struct element *element, struct click_args *args)
{
    struct pull_switch *pull_switch = (struct pull_switch *)element;

    if (pull_switch->input >= (int32_t)element->inputs)
        return click_args_error(args, "INPUT: there is no input %d",
                                (int)pull_switch->input);
    if (pull_switch->signals)
        notifier_set(&pull_switch->notifier, input_active(pull_switch));
    return 0;
}

static struct packet *pull(struct element *element, unsigned int port)
{
    int32_t input = ((struct pull_switch *)element)->input;

    (void)port;
    return input < 0 ? NULL : element_pull(element, (unsigned int)input);
}

static struct packet *telling_pull(struct element *element, unsigned int port)
{
    struct pull_switch *pull_switch = (struct pull_switch *)element;
    struct packet *packet = pull(element, port);

    if (!packet && !input_active(pull_switch))
        notifier_set(&pull_switch->notifier, false);
    return packet;
}

/* One of the inputs has got something. */
static bool run(struct click_task *task)
{
    struct pull_switch *pull_switch = (struct pull_switch *)task->element;

    if (input_active(pull_switch))
        notifier_set(&pull_switch->notifier, true);
    return false;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct pull_switch *pull_switch = (struct pull_switch *)element;

    task_init(&pull_switch->task, element, run, false);
    pull_switch->notifier.active = pull_switch->input >= 0;
    pull_switch->signals =
        calloc(element->inputs + 1, sizeof(struct click_signal));
    if (!pull_switch->signals)
        return click_error(errors, NULL, "out of memory");
    for (unsigned int i = 0; i < element->inputs; i++)
        if (signal_upstream(&pull_switch->signals[i], element, i,
                            &pull_switch->task))
            return click_error(errors, NULL, "out of memory");
    return 0;
}

static void cleanup(struct element *element)
{
    struct pull_switch *pull_switch = (struct pull_switch *)element;

    for (unsigned int i = 0; pull_switch->signals && i < element->inputs; i++)
        signal_free(&pull_switch->signals[i]);
    free(pull_switch->signals);
    notifier_free(&pull_switch->notifier);
}

static struct click_notifier *notifier(struct element *element, bool at_output,
                                       unsigned int port)
{
    (void)port;
    return at_output ? &((struct pull_switch *)element)->notifier : NULL;
}

static const struct click_param params[] = {
    CLICK_PARAM("INPUT", struct pull_switch, input, i32, CLICK_POSITIONAL),
    {0},
};

static const struct click_param static_params[] = {
    CLICK_PARAM("INPUT", struct pull_switch, input, i32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_ARGUMENT("switch"),
    {0},
};

const struct element_class click_class_PullSwitch = {
    .name = "PullSwitch",
    .ports = "-/1",
    .processing = "l/l",
    .size = sizeof(struct pull_switch),
    .params = params,
    .configure = configure,
    .reconfigurable = true,
    .initialize = initialize,
    .cleanup = cleanup,
    .pull = telling_pull,
    .handlers = handlers,
    .more = CLICK_MORE(.notifier = notifier),
};

const struct element_class click_class_SimplePullSwitch = {
    .name = "SimplePullSwitch",
    .ports = "-/1",
    .processing = "l/l",
    .size = sizeof(struct pull_switch),
    .params = params,
    .configure = configure,
    .reconfigurable = true,
    .pull = pull,
    .handlers = handlers,
};

const struct element_class click_class_StaticPullSwitch = {
    .name = "StaticPullSwitch",
    .ports = "-/1",
    .processing = "l/l",
    .size = sizeof(struct pull_switch),
    .params = static_params,
    .configure = configure,
    .pull = pull,
};
