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
 * element or an interface does it. So a TCP packet may be up to 64 KB long, and
 * is counted once: its packets are made where they are put into other packets
 * (IPEncap, PPPoEServer), into files (ToDump), or changed behind their headers
 * (Truncate, StoreData).
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
 * =h encap read-only
 * ETHER.
 * =h kernel_drops read-only
 * "??": how many the other end dropped is not known.
 * =h drops read-only
 * Packets that came to the guest but not to the graph, since the interface came
 * up: memory was short, or they were none.
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
#include "lib/click/device.h"
#include "lib/click/guest/guest.h"

/* Headers lie contiguous in what we push, as far as there are any. */
#define HEADERS 128u

struct from_device {
    struct device_input in;
    unsigned int index;
    struct device_end end;
    struct click_task task;
    unsigned int queues; /* of the interface */
};

static int read_drops(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const struct from_device *from = (struct from_device *)element;
    struct netdev_counters counters;

    (void)handler;
    (void)param;
    netdev_count(from->end.device, &counters);
    text_printf(out, "%llu", (unsigned long long)counters.rx_errors);
    return 0;
}

static const struct click_handler drops = {.name = "drops", .read = read_drops};

static int from_device_configure(struct element *element,
                                 struct click_args *args)
{
    struct from_device *from = (struct from_device *)element;

    if (device_input_configure(element, args) ||
        element_add_handler(element, &drops))
        return -EINVAL;
    return device_index(args, from->in.name, &from->index);
}

/* ---- Packets --------------------------------------------------------------
 */

static uint8_t type_of(const struct from_device *from, const uint8_t *to)
{
    static const uint8_t broadcast[6] = {255, 255, 255, 255, 255, 255};

    if (memcmp(to, from->in.mac, 6) == 0)
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
    element_push(&from->in.element, 0, packet);
}

/* The interface came up, or has another backend now. */
static void look_again(struct from_device *from)
{
    struct netdev_info info;

    netdev_describe(from->end.device, &info);
    memcpy(from->in.mac, info.mac, sizeof(info.mac));
    from->queues = info.queues;
    device_listen(&from->end, info.queues);
}

static bool from_device_run(struct click_task *task)
{
    struct from_device *from = container_of(task, struct from_device, task);
    int64_t now = from->in.timestamp ? click_now(&from->in.element) : 0;
    struct packet *packets[DEVICE_BURST_MAX];
    bool worked = false, more = false;

    if (!from->in.active)
        return false;
    for (unsigned int queue = 0; queue < from->queues; queue++) {
        int count = netdev_rx(from->end.device, queue, packets, from->in.burst);

        if (count < 0) { /* down: its listener tells when it is up */
            look_again(from);
            continue;
        }
        from->in.packets += (unsigned int)count;
        for (int i = 0; i < count; i++)
            deliver(from, packets[i], now);
        worked |= count > 0;
        more |= (unsigned int)count == from->in.burst;
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

const struct element_class click_class_FromDevice = {
    .name = "FromDevice",
    .ports = "0/1",
    .processing = "/h",
    .size = sizeof(struct from_device),
    .params = device_input_params,
    .defaults = device_input_defaults,
    .configure = from_device_configure,
    .initialize = from_device_initialize,
    .cleanup = from_device_cleanup,
    .take_state = device_input_take_state,
    .handlers = device_input_handlers,
};
