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
 * to. Checksums and segmentation that were left to be done are left to the
 * other side; what it does not do, or not for these headers, is done here.
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
 * Pushed packets that the interface had no room for, and packets that it cannot
 * send: longer than 65535 bytes, say.
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
#include "lib/click/device.h"
#include "lib/click/guest/guest.h"

struct to_device {
    struct device_output out;
    unsigned int index;
    struct device_end end;

    /* Packets to send: pulled and not taken yet, or pushed. */
    unsigned int count;
    struct packet *waiting[DEVICE_BURST_MAX];
};

static int to_device_configure(struct element *element, struct click_args *args)
{
    struct to_device *to = (struct to_device *)element;

    if (device_output_configure(element, args))
        return -EINVAL;
    return device_index(args, to->out.name, &to->index);
}

/* ---- Sending --------------------------------------------------------------
 */

static void drop_waiting(struct to_device *to)
{
    for (unsigned int i = 0; i < to->count; i++)
        packet_free(to->waiting[i]);
    to->count = 0;
}

/* The interface came up, or has another backend now. */
static void look_again(struct to_device *to)
{
    struct netdev_info info;

    netdev_describe(to->end.device, &info);
    memcpy(to->out.mac, info.mac, sizeof(info.mac));
    device_listen(&to->end, info.queues);
}

/* Hand what waits to the ring. True if all of it was taken. */
static bool flush(struct to_device *to)
{
    uint64_t drops = 0;
    int taken;

    if (to->count == 0)
        return true;
    taken = netdev_tx(to->end.device, 0, to->waiting, to->count, &drops);
    if (taken < 0) { /* down; its listener tells when it is up */
        look_again(to);
        return false;
    }
    to->out.calls++;
    to->out.packets += (unsigned int)taken - drops;
    to->out.drops += drops;
    to->count -= (unsigned int)taken;
    memmove(to->waiting, to->waiting + taken,
            to->count * sizeof(to->waiting[0]));
    return to->count == 0;
}

static void flush_or_drop(struct to_device *to)
{
    if (!flush(to)) {
        to->out.drops += to->count;
        drop_waiting(to);
    }
}

static void to_device_push(struct element *element, unsigned int port,
                           struct packet *packet)
{
    struct to_device *to = (struct to_device *)element;

    (void)port;
    if (to->count >= to->out.burst)
        flush_or_drop(to);
    to->waiting[to->count++] = packet;
    if (to->count == 1)
        task_schedule(&to->out.task);
}

static bool pull_and_send(struct to_device *to)
{
    bool worked = false;

    while (to->count < to->out.burst) {
        struct packet *packet = element_pull(&to->out.element, 0);

        if (!packet)
            break;
        worked = true;
        to->waiting[to->count++] = packet;
    }
    /* Not all taken: the listener will be called. Nothing there: the signal. */
    if (flush(to) && (worked || signal_active(&to->out.signal)))
        task_schedule(&to->out.task);
    return worked;
}

static bool to_device_run(struct click_task *task)
{
    struct to_device *to = container_of(task, struct to_device, out.task);
    bool worked = to->count > 0;

    if (!to->out.element.input_push[0])
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

    task_init(&to->out.task, element, to_device_run, pulls);
    error =
        device_join(&to->end, element, &to->out.task, to->index, false, errors);
    if (error != 0)
        return error;
    look_again(to);
    return pulls ? signal_upstream(&to->out.signal, element, 0, &to->out.task)
                 : 0;
}

static void to_device_cleanup(struct element *element)
{
    struct to_device *to = (struct to_device *)element;

    device_leave(&to->end);
    task_unschedule(&to->out.task);
    signal_free(&to->out.signal);
    drop_waiting(to);
}

static void to_device_take_state(struct element *element, struct element *old)
{
    struct to_device *to = (struct to_device *)element;
    struct to_device *before = (struct to_device *)old;

    device_output_take_counts(element, old);
    flush(before); /* in order before what comes now */
    memcpy(to->waiting, before->waiting, sizeof(to->waiting));
    to->count = before->count; /* it may be more than BURST */
    before->count = 0;
    task_schedule(&to->out.task);
}

const struct element_class click_class_ToDevice = {
    .name = "ToDevice",
    .ports = "1/0",
    .processing = "a/",
    .size = sizeof(struct to_device),
    .params = device_output_params,
    .defaults = device_output_defaults,
    .configure = to_device_configure,
    .initialize = to_device_initialize,
    .cleanup = to_device_cleanup,
    .take_state = to_device_take_state,
    .push = to_device_push,
    .handlers = device_output_handlers,
};
