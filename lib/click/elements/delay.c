/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * delay.c: packets that wait.
 *
 * =c
 * DelayUnqueue(DELAY)
 * =s shaping
 * turns pull into push, later
 * =d
 * Pulls packets and pushes each of them on when DELAY has passed since its
 * timestamp, which is then set to the time. It holds one packet.
 * =h delay read/write
 * the DELAY argument
 * =a DelayShaper, LinkUnqueue, SetTimestamp
 *
 * =c
 * DelayShaper(DELAY)
 * =s shaping
 * lets packets be pulled later
 * =d
 * DelayUnqueue with a pull output: who pulls gets nothing until the packet's
 * time has come.
 * =h delay read/write
 * the DELAY argument
 * =a DelayUnqueue
 *
 * =c
 * LinkUnqueue(LATENCY, BANDWIDTH)
 * =s shaping
 * emulates a link
 * =d
 * Pulls packets and pushes them on as a link would that takes LATENCY for each
 * byte to arrive, and passes BANDWIDTH bytes a second: a packet arrives its own
 * length and that of those in front of it later. It pulls as long as the link
 * has room at its beginning.
 * =h latency read-only
 * the LATENCY argument
 * =h bandwidth read-only
 * the BANDWIDTH argument
 * =h size read-only
 * packets on the link
 * =h reset write-only
 * drops the packets on the link
 * =a DelayUnqueue, BandwidthRatedUnqueue
 */
#include <inttypes.h>
#include "lib/click/element.h"

struct delay {
    struct element element;
    uint64_t delay;
    struct packet *packet;
    struct click_task task;
    struct click_timer timer;
    struct click_signal signal;
    struct click_notifier notifier; /* DelayShaper's */
};

/* Timestamps in 1970's first second are none, as in dumps that count from 0. */
#define NO_STAMP 1000000000

/* The packet's time, on the steady clock; without a timestamp it came now. */
static int64_t due(const struct delay *delay)
{
    int64_t stamp = click_notes_const(delay->packet)->time;
    int64_t now = click_now(&delay->element), passed;

    if (stamp < NO_STAMP || stamp > now)
        stamp = now;
    passed = now - stamp;
    return click_steady(&delay->element) + ((int64_t)delay->delay > passed
                                                ? (int64_t)delay->delay - passed
                                                : 0);
}

/* Have the next packet. False: there is none. */
static bool fetch(struct delay *delay)
{
    struct click_notes *notes;

    if (!delay->packet)
        delay->packet = element_pull(&delay->element, 0);
    if (!delay->packet)
        return false;
    notes = click_notes(delay->packet);
    if (notes->time < NO_STAMP)
        notes->time = click_now(&delay->element);
    return true;
}

static struct packet *release(struct delay *delay)
{
    struct packet *packet = delay->packet;

    delay->packet = NULL;
    click_notes(packet)->time = click_now(&delay->element);
    return packet;
}

static bool unqueue_run(struct click_task *task)
{
    struct delay *delay = (struct delay *)task->element;

    if (!fetch(delay)) {
        if (signal_active(&delay->signal))
            task_schedule(task);
        return false;
    }
    if (due(delay) > click_steady(&delay->element)) {
        if (timer_schedule_at(&delay->timer, due(delay)))
            task_schedule(task);
        return false;
    }
    element_push(&delay->element, 0, release(delay));
    task_schedule(task);
    return true;
}

static void unqueue_expired(struct click_timer *timer)
{
    task_schedule(&((struct delay *)timer->element)->task);
}

static int unqueue_initialize(struct element *element,
                              struct click_errors *errors)
{
    struct delay *delay = (struct delay *)element;

    task_init(&delay->task, element, unqueue_run, true);
    timer_init(&delay->timer, element, unqueue_expired);
    if (signal_upstream(&delay->signal, element, 0, &delay->task))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void delay_cleanup(struct element *element)
{
    struct delay *delay = (struct delay *)element;

    timer_unschedule(&delay->timer);
    signal_free(&delay->signal);
    notifier_free(&delay->notifier);
    packet_free(delay->packet);
}

static void delay_take_state(struct element *element, struct element *old)
{
    struct delay *delay = (struct delay *)element, *from = (struct delay *)old;

    delay->packet = from->packet;
    from->packet = NULL;
}

/* ---- DelayShaper ----------------------------------------------------------
 */

static struct packet *shaper_pull(struct element *element, unsigned int port)
{
    struct delay *delay = (struct delay *)element;

    (void)port;
    if (!fetch(delay)) {
        notifier_set(&delay->notifier, signal_active(&delay->signal));
        return NULL;
    }
    if (due(delay) <= click_steady(element))
        return release(delay);
    /* Nobody need ask before the timer says so. */
    if (!timer_schedule_at(&delay->timer, due(delay)))
        notifier_set(&delay->notifier, false);
    return NULL;
}

static void shaper_expired(struct click_timer *timer)
{
    notifier_set(&((struct delay *)timer->element)->notifier, true);
}

/* Something came into the queues above. */
static bool shaper_run(struct click_task *task)
{
    struct delay *delay = (struct delay *)task->element;

    if (!delay->packet)
        notifier_set(&delay->notifier, true);
    return false;
}

static int shaper_initialize(struct element *element,
                             struct click_errors *errors)
{
    struct delay *delay = (struct delay *)element;

    task_init(&delay->task, element, shaper_run, false);
    timer_init(&delay->timer, element, shaper_expired);
    delay->notifier.active = true;
    if (signal_upstream(&delay->signal, element, 0, &delay->task))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static struct click_notifier *shaper_notifier(struct element *element,
                                              bool at_output, unsigned int port)
{
    (void)port;
    return at_output ? &((struct delay *)element)->notifier : NULL;
}

static const struct click_param delay_params[] = {
    CLICK_PARAM("DELAY", struct delay, delay, interval,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_handler delay_handlers[] = {
    HANDLER_FIELD_RW("delay", struct delay, delay, interval),
    {0},
};

const struct element_class click_class_DelayUnqueue = {
    .name = "DelayUnqueue",
    .ports = "1/1",
    .processing = "l/h",
    .size = sizeof(struct delay),
    .params = delay_params,
    .initialize = unqueue_initialize,
    .cleanup = delay_cleanup,
    .take_state = delay_take_state,
    .handlers = delay_handlers,
};

const struct element_class click_class_DelayShaper = {
    .name = "DelayShaper",
    .ports = "1/1",
    .processing = "l/l",
    .size = sizeof(struct delay),
    .params = delay_params,
    .initialize = shaper_initialize,
    .cleanup = delay_cleanup,
    .take_state = delay_take_state,
    .pull = shaper_pull,
    .handlers = delay_handlers,
    .more = CLICK_MORE(.notifier = shaper_notifier),
};

/* ---- LinkUnqueue ----------------------------------------------------------
 */

#define LINK_PACKETS 100000 /* on a link at once */

struct link {
    struct element element;
    uint64_t latency, bandwidth;
    struct packet *first, *last; /* their timestamps: when they arrive */
    uint32_t size;
    int64_t free; /* when the link's beginning is */
    struct click_task task;
    struct click_timer timer;
    struct click_signal signal;
};

/* How long the link is busy with a packet, its missing bytes included. */
static int64_t duration(const struct link *link, const struct packet *packet)
{
    uint64_t length = packet->total +
                      (uint64_t)click_anno_u32(packet, CLICK_ANNO_EXTRA_LENGTH);

    return (int64_t)((length * 1000000000 + link->bandwidth / 2) /
                     link->bandwidth);
}

static void append(struct link *link, struct packet *packet)
{
    int64_t now = click_now(&link->element);
    int64_t begin = link->free > now ? link->free : now;

    link->free = begin + duration(link, packet);
    click_notes(packet)->time = link->free + (int64_t)link->latency;
    packet->next = NULL;
    if (link->last)
        link->last->next = packet;
    else
        link->first = packet;
    link->last = packet;
    link->size++;
}

static void deliver(struct link *link)
{
    while (link->first &&
           click_notes(link->first)->time <= click_now(&link->element)) {
        struct packet *packet = link->first;

        link->first = packet->next;
        if (!link->first)
            link->last = NULL;
        link->size--;
        packet->next = NULL;
        element_push(&link->element, 0, packet);
    }
}

static bool link_run(struct click_task *task)
{
    struct link *link = (struct link *)task->element;
    int64_t now = click_now(&link->element), next = INT64_MAX;
    struct packet *packet = NULL;

    deliver(link);
    if (link->free <= now && link->size < LINK_PACKETS) {
        packet = element_pull(&link->element, 0);
        if (packet)
            append(link, packet);
    }
    if (link->first)
        next = click_notes(link->first)->time;
    if (link->free > now && link->free < next)
        next = link->free;
    if (next < INT64_MAX &&
        timer_schedule_after(&link->timer, next > now ? next - now : 0))
        task_schedule(task);
    if (link->free <= now && (packet || signal_active(&link->signal)))
        task_schedule(task);
    return packet;
}

static void link_expired(struct click_timer *timer)
{
    task_schedule(&((struct link *)timer->element)->task);
}

static int link_configure(struct element *element, struct click_args *args)
{
    if (((struct link *)element)->bandwidth == 0)
        return click_args_error(args, "BANDWIDTH: must be more than 0");
    return 0;
}

static int link_initialize(struct element *element, struct click_errors *errors)
{
    struct link *link = (struct link *)element;

    task_init(&link->task, element, link_run, true);
    timer_init(&link->timer, element, link_expired);
    if (signal_upstream(&link->signal, element, 0, &link->task))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static int link_reset(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    struct link *link = (struct link *)element;

    (void)handler;
    (void)value;
    (void)errors;
    while (link->first) {
        struct packet *packet = link->first;

        link->first = packet->next;
        packet_free(packet);
    }
    link->last = NULL;
    link->size = 0;
    link->free = 0;
    return 0;
}

static void link_cleanup(struct element *element)
{
    struct link *link = (struct link *)element;

    (void)link_reset(element, NULL, NULL, NULL);
    timer_unschedule(&link->timer);
    signal_free(&link->signal);
}

static void link_take_state(struct element *element, struct element *old)
{
    struct link *link = (struct link *)element, *from = (struct link *)old;

    link->first = from->first;
    link->last = from->last;
    link->size = from->size;
    link->free = from->free;
    from->first = NULL;
}

static const struct click_param link_params[] = {
    CLICK_PARAM("LATENCY", struct link, latency, interval,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("BANDWIDTH", struct link, bandwidth, bandwidth,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {0},
};

static const struct click_handler link_handlers[] = {
    HANDLER_FIELD("latency", struct link, latency, interval),
    HANDLER_FIELD("bandwidth", struct link, bandwidth, u64),
    HANDLER_FIELD("size", struct link, size, u32),
    {.name = "reset", .write = link_reset, .flags = HANDLER_BUTTON},
    {0},
};

const struct element_class click_class_LinkUnqueue = {
    .name = "LinkUnqueue",
    .ports = "1/1",
    .processing = "l/h",
    .size = sizeof(struct link),
    .params = link_params,
    .configure = link_configure,
    .initialize = link_initialize,
    .cleanup = link_cleanup,
    .take_state = link_take_state,
    .handlers = link_handlers,
};
