/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * look.c: what an interface is, has done and is doing, for people and status
 * pages.
 *
 * Concurrency: netdev_lock for what describes an interface; counters and rings
 * under the locks of those who write them.
 */
#include "drivers/netfront/netfront.h"
#include "lib/string.h"

void netdev_describe(struct netdev *device, struct netdev_info *info)
{
    spin_lock(&netdev_lock);
    info->index = device->index;
    memcpy(info->mac, device->mac, sizeof(info->mac));
    memcpy(info->ip, device->ip, sizeof(info->ip));
    info->up = netdev_is_up(device);
    info->mtu = device->mtu;
    info->queues = atomic_load(&device->queue_count);
    info->features = device->features;
    info->generation = device->generation;
    spin_unlock(&netdev_lock);
}

static void add_counters(struct netdev_queue *queue,
                         struct netdev_counters *counters)
{
    const struct receive *receive = &queue->receive;
    const struct transmit *transmit = &queue->transmit;

    spin_lock(&queue->receive.lock);
    counters->rx_packets += receive->packets;
    counters->rx_bytes += receive->bytes;
    counters->rx_errors += receive->errors;
    spin_unlock(&queue->receive.lock);
    spin_lock(&queue->transmit.lock);
    counters->tx_packets += transmit->packets;
    counters->tx_bytes += transmit->bytes;
    counters->tx_errors += transmit->errors;
    spin_unlock(&queue->transmit.lock);
    counters->rx_notified += queue->lines[0].events;
    counters->tx_notified += queue->lines[1].events;
    counters->notifies += queue->notifies;
}

void netdev_count(struct netdev *device, struct netdev_counters *counters)
{
    memset(counters, 0, sizeof(*counters));
    for (unsigned int i = 0; i < NETFRONT_QUEUES_MAX; i++) {
        struct netdev_queue *queue = netdev_queue(device, i);

        if (queue)
            add_counters(queue, counters);
    }
}

/* What the other end has answered, for people: it may be nonsense. */
static uint32_t answered(const struct request_ring *ring)
{
    return READ_ONCE(ring->shared->rsp_prod);
}

void netdev_look(struct netdev *device, unsigned int number,
                 struct netdev_rings *rings)
{
    struct netdev_queue *queue = netdev_queue(device, number);

    memset(rings, 0, sizeof(*rings));
    if (!queue)
        return;
    spin_lock(&queue->receive.lock);
    if (queue->receive.open) {
        rings->rx_size = queue->receive.ring.size;
        rings->rx_produced = queue->receive.ring.produced;
        rings->rx_consumed = queue->receive.ring.consumed;
        rings->rx_answered = answered(&queue->receive.ring);
    }
    spin_unlock(&queue->receive.lock);
    spin_lock(&queue->transmit.lock);
    if (queue->transmit.open) {
        rings->tx_size = queue->transmit.ring.size;
        rings->tx_produced = queue->transmit.ring.produced;
        rings->tx_consumed = queue->transmit.ring.consumed;
        rings->tx_answered = answered(&queue->transmit.ring);
    }
    spin_unlock(&queue->transmit.lock);
}
