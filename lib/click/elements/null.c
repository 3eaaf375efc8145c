/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * null.c: elements that do nothing, or nearly.
 *
 * =c
 * Null
 * =s basictransfer
 * passes packets on
 * =d
 * Passes packets from its input to its output, as they are.
 *
 * =c
 * PushNull
 * =s basictransfer
 * passes packets on, pushed
 * =d
 * Null, with a push input and a push output.
 *
 * =c
 * PullNull
 * =s basictransfer
 * passes packets on, pulled
 * =d
 * Null, with a pull input and a pull output.
 *
 * =c
 * Align([MODULUS, OFFSET])
 * =s basicmod
 * passes packets on
 * =d
 * Upstream, this copies packets whose first byte does not lie OFFSET bytes
 * behind a multiple of MODULUS, for machines that cannot read words elsewhere.
 * The x86 can: packets pass as they are.
 * =a AlignmentInfo
 *
 * =c
 * Discard([KEYWORDS])
 * =s basicsources
 * drops all packets
 * =d
 * Drops every packet it gets. With a pull input it pulls whenever there may be
 * some; it sleeps while the queues above are empty. Keyword arguments:
 *
 *   ACTIVE  false: it does not pull; true
 *   BURST   packets to pull each time it is scheduled; 1
 *
 * =h count read-only
 * packets dropped so far
 * =h active read/write
 * the ACTIVE argument
 * =h reset_counts write-only
 * sets count to 0
 * =a Idle
 *
 * =c
 * Idle
 * =s basicsources
 * gives no packets, drops all it gets
 * =d
 * Has any number of inputs and outputs, all agnostic. It never pushes or pulls;
 * packets that are pushed to it are dropped. It stands where a port has to be
 * connected.
 * =a Discard
 */
#include "lib/click/element.h"

/* ---- Null and its like ----------------------------------------------------
 */

static struct packet *same(struct element *element, struct packet *packet)
{
    (void)element;
    return packet;
}

const struct element_class click_class_Null = {
    .name = "Null",
    .ports = "1/1",
    .processing = "a/a",
    .passes = true,
    .size = sizeof(struct element),
    .simple = same,
};

const struct element_class click_class_PushNull = {
    .name = "PushNull",
    .ports = "1/1",
    .processing = "h/h",
    .passes = true,
    .size = sizeof(struct element),
    .simple = same,
};

const struct element_class click_class_PullNull = {
    .name = "PullNull",
    .ports = "1/1",
    .processing = "l/l",
    .passes = true,
    .size = sizeof(struct element),
    .simple = same,
};

struct align {
    struct element element;
    uint32_t modulus, offset;
};

static const struct click_param align_params[] = {
    CLICK_PARAM("MODULUS", struct align, modulus, u32, CLICK_POSITIONAL),
    CLICK_PARAM("OFFSET", struct align, offset, u32, CLICK_POSITIONAL),
    {0},
};

const struct element_class click_class_Align = {
    .name = "Align",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct align),
    .params = align_params,
    .simple = same,
};

/* ---- Discard --------------------------------------------------------------
 */

struct discard {
    struct element element;
    struct click_task task;
    struct click_signal signal;
    uint64_t count;
    uint32_t burst;
    bool active;
};

static void discard_defaults(struct element *element)
{
    struct discard *discard = (struct discard *)element;

    discard->burst = 1;
    discard->active = true;
}

static void discard_push(struct element *element, unsigned int port,
                         struct packet *packet)
{
    (void)port;
    ((struct discard *)element)->count++;
    packet_free(packet);
}

static bool discard_run(struct click_task *task)
{
    struct discard *discard = (struct discard *)task->element;
    bool some = false;

    if (!discard->active)
        return false;
    for (uint32_t i = 0; i < discard->burst; i++) {
        struct packet *packet = element_pull(&discard->element, 0);

        if (!packet)
            break;
        some = true;
        discard_push(&discard->element, 0, packet);
    }
    if (some || signal_active(&discard->signal))
        task_schedule(task);
    return some;
}

static int discard_initialize(struct element *element,
                              struct click_errors *errors)
{
    struct discard *discard = (struct discard *)element;

    if (element->input_push[0])
        return 0;
    task_init(&discard->task, element, discard_run, true);
    if (signal_upstream(&discard->signal, element, 0, &discard->task))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void discard_cleanup(struct element *element)
{
    signal_free(&((struct discard *)element)->signal);
}

static void discard_take_state(struct element *element, struct element *old)
{
    ((struct discard *)element)->count = ((struct discard *)old)->count;
}

static const struct click_param discard_params[] = {
    CLICK_PARAM("ACTIVE", struct discard, active, bool, 0),
    CLICK_PARAM("BURST", struct discard, burst, u32, 0),
    {0},
};

static const struct click_handler discard_handlers[] = {
    HANDLER_FIELD("count", struct discard, count, u64),
    HANDLER_ACTIVE(struct discard, active),
    HANDLER_RESET("reset_counts", struct discard, count, count, 0),
    {0},
};

const struct element_class click_class_Discard = {
    .name = "Discard",
    .ports = "1/0",
    .processing = "a/a",
    .size = sizeof(struct discard),
    .params = discard_params,
    .defaults = discard_defaults,
    .initialize = discard_initialize,
    .cleanup = discard_cleanup,
    .take_state = discard_take_state,
    .push = discard_push,
    .handlers = discard_handlers,
};

/* ---- Idle -----------------------------------------------------------------
 */

struct idle {
    struct element element;
    struct click_notifier never;
};

static void idle_push(struct element *element, unsigned int port,
                      struct packet *packet)
{
    (void)element;
    (void)port;
    packet_free(packet);
}

static struct packet *idle_pull(struct element *element, unsigned int port)
{
    (void)element;
    (void)port;
    return NULL;
}

static struct click_notifier *idle_notifier(struct element *element,
                                            bool at_output, unsigned int port)
{
    (void)port;
    return at_output ? &((struct idle *)element)->never : NULL;
}

static void idle_cleanup(struct element *element)
{
    notifier_free(&((struct idle *)element)->never);
}

const struct element_class click_class_Idle = {
    .name = "Idle",
    .ports = "-/-",
    .processing = "a/a",
    .more = CLICK_MORE(.flow = "x/y", .notifier = idle_notifier),
    .size = sizeof(struct idle),
    .cleanup = idle_cleanup,
    .push = idle_push,
    .pull = idle_pull,
};
