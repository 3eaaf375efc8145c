/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * to_device.c: packets to a network interface of the guest.
 *
 * =c
 * ToDevice(DEVNAME [, BURST, KEYWORDS])
 * =s devices
 * sends packets to a network interface
 * =d
 * Sends the packets of its input, which must have Ethernet headers, to
 * interface DEVNAME (see FromDevice). Usually it pulls them from a Queue, up to
 * BURST of them at a time, and leaves them there while the interface has no
 * room or is down.
 *
 * Packets may also be pushed to it: then it sends them when BURST are together
 * or when nobody pushes more for now, and what the interface has no room for is
 * dropped. Either way the other side is notified once for a burst, and a packet
 * that was received from another interface leaves from the memory that it came
 * to.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item BURST
 * Integer. Packets given to the ring at a time. Default is 64.
 * =back
 *
 * METHOD, DEBUG and NO_PAD are accepted.
 * =h count read-only
 * Packets sent so far.
 * =h calls read-only
 * Bursts given to the ring so far.
 * =h drops read-only
 * Pushed packets that the interface had no room for.
 * =h reset_counts write-only
 * Sets the counters to zero.
 * =h mac read-only
 * The interface's MAC address.
 * =e
 *   FromDevice(eth0) -> Queue -> ToDevice(eth1);
 * =a FromDevice, Queue
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/guest/guest.h"

#define BURST_MAX 256u

struct to_device {
    struct element element;
    char *name;
    uint32_t burst;
    char *ignored;

    unsigned int index;
    struct device_end end;
    struct click_task task;
    struct click_signal signal; /* of what we pull from */
    struct netdev_info info;
    uint64_t packets, calls, drops;

    /* Packets to send: pulled and not taken yet, or pushed. */
    unsigned int count;
    struct packet *waiting[BURST_MAX];
};

static const struct click_param params[] = {
    CLICK_PARAM("DEVNAME", struct to_device, name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("BURST", struct to_device, burst, u32, CLICK_POSITIONAL),
    CLICK_PARAM("METHOD", struct to_device, ignored, word, 0),
    CLICK_PARAM("DEBUG", struct to_device, ignored, word, 0),
    CLICK_PARAM("NO_PAD", struct to_device, ignored, word, 0),
    {0},
};

static void to_device_defaults(struct element *element)
{
    ((struct to_device *)element)->burst = 64;
}

static int to_device_configure(struct element *element, struct click_args *args)
{
    struct to_device *to = (struct to_device *)element;

    if (to->burst == 0 || to->burst > BURST_MAX)
        return click_args_error(args, "BURST: expected 1 to %u", BURST_MAX);
    return device_index(args, to->name, &to->index);
}

/* ---- Sending --------------------------------------------------------------
 */

static void drop_waiting(struct to_device *to)
{
    for (unsigned int i = 0; i < to->count; i++)
        packet_free(to->waiting[i]);
    to->count = 0;
}

/* Hand what waits to the ring. True if all of it was taken. */
static bool flush(struct to_device *to)
{
    int taken;

    if (to->count == 0)
        return true;
    taken = netdev_tx(to->end.device, 0, to->waiting, to->count);
    if (taken < 0) { /* down; its listener tells when it is up */
        netdev_describe(to->end.device, &to->info);
        device_listen(&to->end, to->info.queues);
        return false;
    }
    to->calls++;
    to->packets += (unsigned int)taken;
    to->count -= (unsigned int)taken;
    memmove(to->waiting, to->waiting + taken,
            to->count * sizeof(to->waiting[0]));
    return to->count == 0;
}

static void flush_or_drop(struct to_device *to)
{
    if (!flush(to)) {
        to->drops += to->count;
        drop_waiting(to);
    }
}

static void to_device_push(struct element *element, unsigned int port,
                           struct packet *packet)
{
    struct to_device *to = (struct to_device *)element;

    (void)port;
    if (to->count == to->burst)
        flush_or_drop(to);
    to->waiting[to->count++] = packet;
    if (to->count == 1)
        task_schedule(&to->task);
}

static bool pull_and_send(struct to_device *to)
{
    bool worked = false;

    while (to->count < to->burst) {
        struct packet *packet = element_pull(&to->element, 0);

        if (!packet)
            break;
        worked = true;
        to->waiting[to->count++] = packet;
    }
    /* Not all taken: the listener will be called. Nothing there: the signal. */
    if (flush(to) && (worked || signal_active(&to->signal)))
        task_schedule(&to->task);
    return worked;
}

static bool to_device_run(struct click_task *task)
{
    struct to_device *to = container_of(task, struct to_device, task);
    bool worked = to->count > 0;

    if (!to->element.input_push[0])
        return pull_and_send(to);
    flush_or_drop(to);
    return worked;
}

/* ---- The element ----------------------------------------------------------
 */

static int to_device_initialize(struct element *element,
                                struct click_errors *errors)
{
    struct to_device *to = (struct to_device *)element;
    bool pulls = !element->input_push[0];
    int error;

    task_init(&to->task, element, to_device_run, pulls);
    error = device_join(&to->end, element, &to->task, to->index, false, errors);
    if (error != 0)
        return error;
    netdev_describe(to->end.device, &to->info);
    device_listen(&to->end, to->info.queues);
    return pulls ? signal_upstream(&to->signal, element, 0, &to->task) : 0;
}

static void to_device_cleanup(struct element *element)
{
    struct to_device *to = (struct to_device *)element;

    device_leave(&to->end);
    task_unschedule(&to->task);
    signal_free(&to->signal);
    drop_waiting(to);
}

static void to_device_take_state(struct element *element, struct element *old)
{
    struct to_device *to = (struct to_device *)element;
    struct to_device *before = (struct to_device *)old;

    to->packets = before->packets;
    to->calls = before->calls;
    to->drops = before->drops;
    flush(before); /* in order before what comes now */
    if (before->count <= to->burst) {
        memcpy(to->waiting, before->waiting,
               before->count * sizeof(before->waiting[0]));
        to->count = before->count;
        before->count = 0;
        task_schedule(&to->task);
    }
}

static int write_reset(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct to_device *to = (struct to_device *)element;

    (void)handler;
    (void)value;
    (void)errors;
    to->packets = to->calls = to->drops = 0;
    return 0;
}

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct to_device, packets, u64),
    HANDLER_FIELD("calls", struct to_device, calls, u64),
    HANDLER_FIELD("drops", struct to_device, drops, u64),
    HANDLER_FIELD("mac", struct to_device, info.mac, ether),
    {.name = "reset_counts", .write = write_reset, .flags = HANDLER_BUTTON},
    {0},
};

const struct element_class click_class_ToDevice = {
    .name = "ToDevice",
    .ports = "1/0",
    .processing = "a/",
    .size = sizeof(struct to_device),
    .params = params,
    .defaults = to_device_defaults,
    .configure = to_device_configure,
    .initialize = to_device_initialize,
    .cleanup = to_device_cleanup,
    .take_state = to_device_take_state,
    .push = to_device_push,
    .handlers = handlers,
};
