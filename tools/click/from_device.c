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
#include "tools/click/device.h"
#include "tools/click/host.h"

#define BURST_MAX 256u
#define HEADROOM  64u

struct from_device {
    struct element element;
    char *name;
    uint32_t burst, snaplen;
    bool promisc, outbound, timestamp, active;
    char *ignored;

    int fd;
    uint8_t mac[6];
    uint64_t packets;
};

static const struct click_param params[] = {
    CLICK_PARAM("DEVNAME", struct from_device, name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("PROMISC", struct from_device, promisc, bool, CLICK_POSITIONAL),
    CLICK_PARAM("SNAPLEN", struct from_device, snaplen, u32, CLICK_POSITIONAL),
    CLICK_PARAM("BURST", struct from_device, burst, u32, 0),
    CLICK_PARAM("TIMESTAMP", struct from_device, timestamp, bool, 0),
    CLICK_PARAM("ACTIVE", struct from_device, active, bool, 0),
    CLICK_PARAM("OUTBOUND", struct from_device, outbound, bool, 0),
    CLICK_PARAM("SNIFFER", struct from_device, ignored, word, 0),
    CLICK_PARAM("FORCE_IP", struct from_device, ignored, word, 0),
    CLICK_PARAM("METHOD", struct from_device, ignored, word, 0),
    CLICK_PARAM("CAPTURE", struct from_device, ignored, word, 0),
    CLICK_PARAM("HEADROOM", struct from_device, ignored, word, 0),
    CLICK_PARAM("ENCAP", struct from_device, ignored, word, 0),
    CLICK_PARAM("BPF_FILTER", struct from_device, ignored, word, 0),
    {0},
};

static void from_device_defaults(struct element *element)
{
    struct from_device *from = (struct from_device *)element;

    from->fd = -1;
    from->burst = 64;
    from->snaplen = 65535;
    from->timestamp = from->active = true;
}

static int from_device_configure(struct element *element,
                                 struct click_args *args)
{
    struct from_device *from = (struct from_device *)element;

    if (from->burst == 0 || from->burst > BURST_MAX)
        return click_args_error(args, "BURST: expected 1 to %u", BURST_MAX);
    if (from->snaplen < 14 || from->snaplen > 65535)
        return click_args_error(args, "SNAPLEN: expected 14 to 65535");
    return 0;
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
    notes->time = from->timestamp ? click_now(&from->element) : 0;
    notes->mac = 0;
    notes->type = type_of(source);
    from->packets++;
    element_push(&from->element, 0, packet);
}

static void receive(void *context)
{
    struct from_device *from = context;
    static uint8_t bytes[65536];

    for (unsigned int i = 0; i < from->burst; i++) {
        struct sockaddr_ll source;
        socklen_t size = sizeof(source);
        ssize_t length = recvfrom(from->fd, bytes, from->snaplen, 0,
                                  (struct sockaddr *)&source, &size);

        if (length < 0)
            return;
        if (from->active &&
            (from->outbound || source.sll_pkttype != PACKET_OUTGOING))
            deliver(from, bytes, (size_t)length, &source);
    }
}

static int from_device_initialize(struct element *element,
                                  struct click_errors *errors)
{
    struct from_device *from = (struct from_device *)element;
    struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};

    from->fd = device_open(from->name, true, from->mac, errors);
    if (from->fd < 0)
        return device_offline ? 0 : -ENODEV;
    all.mr_ifindex = (int)if_nametoindex(from->name);
    if (from->promisc && setsockopt(from->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                                    &all, sizeof(all)))
        return click_error(errors, NULL, "%s: not promiscuous: %s", from->name,
                           strerror(errno));
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

static void from_device_take_state(struct element *element, struct element *old)
{
    ((struct from_device *)element)->packets =
        ((struct from_device *)old)->packets;
}

static int write_reset(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    (void)handler;
    (void)value;
    (void)errors;
    ((struct from_device *)element)->packets = 0;
    return 0;
}

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct from_device, packets, u64),
    HANDLER_FIELD("mac", struct from_device, mac, ether),
    HANDLER_FIELD_RW("active", struct from_device, active, bool),
    {.name = "reset_counts", .write = write_reset, .flags = HANDLER_BUTTON},
    {0},
};

const struct element_class click_class_FromDevice = {
    .name = "FromDevice",
    .ports = "0/1",
    .processing = "/h",
    .size = sizeof(struct from_device),
    .params = params,
    .defaults = from_device_defaults,
    .configure = from_device_configure,
    .initialize = from_device_initialize,
    .cleanup = from_device_cleanup,
    .take_state = from_device_take_state,
    .handlers = handlers,
};
