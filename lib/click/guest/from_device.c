/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * from_device.c: packets from a network interface of the guest.
 *
 * =c
 * FromDevice(DEVNAME [, KEYWORDS])
 * =s devices
 * reads packets from a network interface
 * =d
 * Reads the packets that come to interface DEVNAME and pushes them out of its
 * output, each with its Ethernet header. DEVNAME is the interface's number in
 * the domain's vif= list, "eth" and that number, or its MAC address.
 *
 * Packets arrive in bursts: up to BURST of them are taken from the ring at
 * once, then pushed one by one. Their timestamp is the time of the burst, their
 * packet type says whether they were sent to this interface's MAC address, and
 * what the sender left to be done (checksums, segmentation) stays so until an
 * element or an interface does it.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item BURST
 * Integer. Packets taken from the ring at a time. Default is 64.
 * =item TIMESTAMP
 * Boolean. If false, packets get no timestamp. Default is true.
 * =item ACTIVE
 * Boolean. If false, packets stay in the ring until the active handler is
 * written. Default is true.
 * =back
 *
 * PROMISC, SNIFFER, SNAPLEN, FORCE_IP, METHOD, CAPTURE, OUTBOUND, HEADROOM,
 * ENCAP and BPF_FILTER, which programs on other systems give, are accepted; a
 * guest sees all that its bridge sends it, whole, and nobody else does.
 * =h count read-only
 * Packets received so far.
 * =h reset_counts write-only
 * Sets count to zero.
 * =h active read/write
 * The ACTIVE argument.
 * =h mac read-only
 * The interface's MAC address.
 * =e
 *   FromDevice(eth0) -> Print -> Discard;
 * =a ToDevice
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/guest/guest.h"

#define BURST_MAX 256u

/* Headers lie contiguous in what we push, as far as there are any. */
#define HEADERS 128u

struct from_device {
    struct element element;
    char *name;
    uint32_t burst;
    bool timestamp, active;
    char *ignored;

    unsigned int index, queues;
    struct device_end end;
    struct click_task task;
    struct netdev_info info;
    uint64_t packets;
};

static const struct click_param params[] = {
    CLICK_PARAM("DEVNAME", struct from_device, name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("BURST", struct from_device, burst, u32, 0),
    CLICK_PARAM("TIMESTAMP", struct from_device, timestamp, bool, 0),
    CLICK_PARAM("ACTIVE", struct from_device, active, bool, 0),
    CLICK_PARAM("PROMISC", struct from_device, ignored, word, CLICK_POSITIONAL),
    CLICK_PARAM("SNAPLEN", struct from_device, ignored, word, CLICK_POSITIONAL),
    CLICK_PARAM("SNIFFER", struct from_device, ignored, word, 0),
    CLICK_PARAM("FORCE_IP", struct from_device, ignored, word, 0),
    CLICK_PARAM("METHOD", struct from_device, ignored, word, 0),
    CLICK_PARAM("CAPTURE", struct from_device, ignored, word, 0),
    CLICK_PARAM("OUTBOUND", struct from_device, ignored, word, 0),
    CLICK_PARAM("HEADROOM", struct from_device, ignored, word, 0),
    CLICK_PARAM("ENCAP", struct from_device, ignored, word, 0),
    CLICK_PARAM("BPF_FILTER", struct from_device, ignored, word, 0),
    {0},
};

static void from_device_defaults(struct element *element)
{
    struct from_device *from = (struct from_device *)element;

    from->burst = 64;
    from->timestamp = from->active = true;
}

static int from_device_configure(struct element *element,
                                 struct click_args *args)
{
    struct from_device *from = (struct from_device *)element;

    if (from->burst == 0 || from->burst > BURST_MAX)
        return click_args_error(args, "BURST: expected 1 to %u", BURST_MAX);
    return device_index(args, from->name, &from->index);
}

/* ---- Packets --------------------------------------------------------------
 */

static uint8_t type_of(const struct from_device *from, const uint8_t *to)
{
    static const uint8_t broadcast[6] = {255, 255, 255, 255, 255, 255};

    if (memcmp(to, from->info.mac, 6) == 0)
        return CLICK_HOST;
    if (to[0] & 1)
        return memcmp(to, broadcast, 6) == 0 ? CLICK_BROADCAST
                                             : CLICK_MULTICAST;
    return CLICK_OTHERHOST;
}

static void deliver(struct from_device *from, struct packet *packet,
                    int64_t now)
{
    uint32_t headers = packet->total < HEADERS ? packet->total : HEADERS;
    struct click_notes *notes;

    if (packet->length < headers && packet_pull_up(packet, headers) != 0) {
        packet_free(packet); /* memory is short */
        return;
    }
    click_notes_clear(packet);
    notes = click_notes(packet);
    notes->time = now;
    notes->device = (uint8_t)(from->index + 1);
    if (packet->length >= 14) {
        notes->mac = 0;
        notes->type = type_of(from, packet->data);
    }
    element_push(&from->element, 0, packet);
}

/* The interface came up, or has another backend now. */
static void look_again(struct from_device *from)
{
    netdev_describe(from->end.device, &from->info);
    device_listen(&from->end, from->info.queues);
}

static bool from_device_run(struct click_task *task)
{
    struct from_device *from = container_of(task, struct from_device, task);
    int64_t now = from->timestamp ? click_now(&from->element) : 0;
    struct packet *packets[BURST_MAX];
    bool worked = false, more = false;

    if (!from->active)
        return false;
    for (unsigned int queue = 0; queue < from->info.queues; queue++) {
        int count = netdev_rx(from->end.device, queue, packets, from->burst);

        if (count < 0) { /* down: its listener tells when it is up */
            look_again(from);
            continue;
        }
        from->packets += (unsigned int)count;
        for (int i = 0; i < count; i++)
            deliver(from, packets[i], now);
        worked |= count > 0;
        more |= (unsigned int)count == from->burst;
    }
    if (more)
        task_schedule(task);
    return worked;
}

/* ---- The element ----------------------------------------------------------
 */

static int from_device_initialize(struct element *element,
                                  struct click_errors *errors)
{
    struct from_device *from = (struct from_device *)element;
    int error;

    task_init(&from->task, element, from_device_run, true);
    error = device_join(&from->end, element, &from->task, from->index, true,
                        errors);
    if (error == 0)
        look_again(from);
    return error;
}

static void from_device_cleanup(struct element *element)
{
    struct from_device *from = (struct from_device *)element;

    device_leave(&from->end);
    task_unschedule(&from->task);
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

static int write_active(struct element *element,
                        const struct click_handler *handler, const char *value,
                        struct click_errors *errors)
{
    struct from_device *from = (struct from_device *)element;
    int error = handler_write_bool(element, handler, value, errors);

    if (error == 0 && from->active)
        task_schedule(&from->task);
    return error;
}

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct from_device, packets, u64),
    HANDLER_FIELD("mac", struct from_device, info.mac, ether),
    {.name = "reset_counts", .write = write_reset, .flags = HANDLER_BUTTON},
    {.name = "active",
     .read = handler_read_bool,
     .write = write_active,
     .flags = HANDLER_CHECKBOX,
     .data = offsetof(struct from_device, active)},
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
