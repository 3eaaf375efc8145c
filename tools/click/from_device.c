/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * from_device.c: FromDevice on a Linux host, as the guest's
 * (lib/click/guest/from_device.c has its manual): packets from an interface,
 * by a packet socket. Packets that the host itself sends are not among them,
 * unless OUTBOUND is true; PROMISC and SNAPLEN mean what they mean in Click.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/click/device.h"
#include "tools/click/device.h"
#include "tools/click/host.h"

#define HEADROOM 64u

struct from_device {
    struct device_input in;
    int fd;
};

static void from_device_defaults(struct element *element)
{
    device_input_defaults(element);
    ((struct from_device *)element)->fd = -1;
}

static uint8_t type_of(const struct sockaddr_ll *from)
{
    static const uint8_t types[] = {
        [PACKET_HOST] = CLICK_HOST,
        [PACKET_BROADCAST] = CLICK_BROADCAST,
        [PACKET_MULTICAST] = CLICK_MULTICAST,
        [PACKET_OTHERHOST] = CLICK_OTHERHOST,
        [PACKET_OUTGOING] = CLICK_OUTGOING,
    };

    return from->sll_pkttype < sizeof(types) ? types[from->sll_pkttype]
                                             : CLICK_HOST;
}

static void deliver(struct from_device *from, const uint8_t *bytes,
                    size_t length, const struct sockaddr_ll *source)
{
    struct packet *packet = click_packet(HEADROOM, (unsigned int)length);
    struct click_notes *notes;

    if (!packet)
        return;
    for (struct packet *piece = packet; piece; piece = piece->more) {
        memcpy(piece->data, bytes, piece->length);
        bytes += piece->length;
    }
    notes = click_notes(packet);
    notes->time = from->in.timestamp ? click_now(&from->in.element) : 0;
    notes->mac = 0;
    notes->type = type_of(source);
    from->in.packets++;
    element_push(&from->in.element, 0, packet);
}

static void receive(void *context)
{
    struct from_device *from = context;
    static uint8_t bytes[65536];

    for (unsigned int i = 0; i < from->in.burst; i++) {
        struct sockaddr_ll source;
        socklen_t size = sizeof(source);
        ssize_t length = recvfrom(from->fd, bytes, from->in.snaplen, 0,
                                  (struct sockaddr *)&source, &size);

        if (length < 0)
            return;
        if (from->in.active &&
            (from->in.outbound || source.sll_pkttype != PACKET_OUTGOING))
            deliver(from, bytes, (size_t)length, &source);
    }
}

static int from_device_initialize(struct element *element,
                                  struct click_errors *errors)
{
    struct from_device *from = (struct from_device *)element;
    struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};

    from->fd = device_open(element, from->in.name, true, from->in.mac, errors);
    if (from->fd < 0)
        return device_offline ? 0 : -ENODEV;
    all.mr_ifindex = (int)if_nametoindex(from->in.name);
    if (from->in.promisc &&
        setsockopt(from->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
                   sizeof(all)))
        return click_error(errors, NULL, "%s: not promiscuous: %s",
                           from->in.name, strerror(errno));
    if (!select_add(from->fd, false, receive, from))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void from_device_cleanup(struct element *element)
{
    struct from_device *from = (struct from_device *)element;

    if (from->fd < 0)
        return;
    select_remove(from->fd, false);
    close(from->fd);
}

const struct element_class click_class_FromDevice = {
    .name = "FromDevice",
    .ports = "0/1",
    .processing = "/h",
    .size = sizeof(struct from_device),
    .params = device_input_params,
    .defaults = from_device_defaults,
    .configure = device_input_configure,
    .initialize = from_device_initialize,
    .cleanup = from_device_cleanup,
    .take_state = device_input_take_state,
    .handlers = device_input_handlers,
};
