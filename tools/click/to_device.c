/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * to_device.c: ToDevice on a Linux host, as the guest's
 * (lib/click/guest/to_device.c has its manual): packets out of an interface, by
 * a packet socket. What the interface will not take now waits, and so do the
 * packets behind it; pushed packets are dropped instead.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "lib/click/device.h"
#include "tools/click/device.h"
#include "tools/click/host.h"

struct to_device {
    struct device_output out;
    int fd;
    struct packet *waiting; /* pulled and not taken */
    bool stopped;           /* until the socket has room */
};

static void to_device_defaults(struct element *element)
{
    device_output_defaults(element);
    ((struct to_device *)element)->fd = -1;
}

/* ---- Sending --------------------------------------------------------------
 */

/* False if there is no room now; else the packet is gone. */
static bool send_packet(struct to_device *to, struct packet *packet)
{
    struct iovec pieces[64];
    struct msghdr message = {.msg_iov = pieces};

    if ((packet->flags & PACKET_CSUM_BLANK || packet->gso_type) &&
        packet_resolve(packet))
        goto drop;
    for (struct packet *piece = packet; piece; piece = piece->more) {
        if (message.msg_iovlen == ARRAY_SIZE(pieces))
            goto drop;
        pieces[message.msg_iovlen++] =
            (struct iovec){piece->data, piece->length};
    }
    if (sendmsg(to->fd, &message, MSG_DONTWAIT) < 0) {
        if (errno == EAGAIN || errno == ENOBUFS)
            return false;
        goto drop;
    }
    to->out.calls++;
    to->out.packets++;
    packet_free(packet);
    return true;

drop:
    to->out.drops++;
    packet_free(packet);
    return true;
}

static void to_device_push(struct element *element, unsigned int port,
                           struct packet *packet)
{
    struct to_device *to = (struct to_device *)element;

    (void)port;
    if (!send_packet(to, packet)) {
        to->out.drops++;
        packet_free(packet);
    }
}

static void go_on(void *context)
{
    struct to_device *to = context;

    select_remove(to->fd, true);
    to->stopped = false;
    task_schedule(&to->out.task);
}

static bool to_device_run(struct click_task *task)
{
    struct to_device *to = container_of(task, struct to_device, out.task);
    unsigned int sent = 0;

    if (to->stopped)
        return false;
    for (; sent < to->out.burst; sent++) {
        if (!to->waiting)
            to->waiting = element_pull(&to->out.element, 0);
        if (!to->waiting)
            break;
        if (!send_packet(to, to->waiting)) {
            to->stopped = select_add(to->fd, true, go_on, to);
            if (!to->stopped)
                task_schedule(task);
            return sent;
        }
        to->waiting = NULL;
    }
    if (sent || signal_active(&to->out.signal))
        task_schedule(task);
    return sent;
}

/* ---- The element ----------------------------------------------------------
 */

static int to_device_initialize(struct element *element,
                                struct click_errors *errors)
{
    struct to_device *to = (struct to_device *)element;
    bool pulls = !element->input_push[0];

    task_init(&to->out.task, element, to_device_run, pulls);
    to->fd = device_open(element, to->out.name, false, to->out.mac, errors);
    if (to->fd < 0 && !device_offline)
        return -ENODEV;
    return pulls ? signal_upstream(&to->out.signal, element, 0, &to->out.task)
                 : 0;
}

static void to_device_cleanup(struct element *element)
{
    struct to_device *to = (struct to_device *)element;

    task_unschedule(&to->out.task);
    signal_free(&to->out.signal);
    packet_free(to->waiting);
    if (to->stopped)
        select_remove(to->fd, true);
    if (to->fd >= 0)
        close(to->fd);
}

static void to_device_take_state(struct element *element, struct element *old)
{
    struct to_device *to = (struct to_device *)element;
    struct to_device *before = (struct to_device *)old;

    device_output_take_counts(element, old);
    to->waiting = before->waiting;
    before->waiting = NULL;
    if (to->waiting)
        task_schedule(&to->out.task);
}

const struct element_class click_class_ToDevice = {
    .name = "ToDevice",
    .ports = "1/0",
    .processing = "a/",
    .size = sizeof(struct to_device),
    .params = device_output_params,
    .defaults = to_device_defaults,
    .configure = device_output_configure,
    .initialize = to_device_initialize,
    .cleanup = to_device_cleanup,
    .take_state = to_device_take_state,
    .push = to_device_push,
    .handlers = device_output_handlers,
};
