/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netdev.h: network interfaces, to those who move packets: batches of Ethernet
 * frames in and out.
 *
 * Interface N is device/vif/N, the N-th entry of vif=[...] in an xl
 * configuration. It exists from when it was first seen and for ever; without a
 * backend (unplugged, restarting, broken) it is down and takes and gives
 * nothing. An interface has one or more queues, each with a lock of its own:
 * any thread may use any queue.
 *
 * Nothing here waits but netdev_rx_wait(). Who polls in turn with other work
 * sets a function with netdev_listen() and looks again when it was called.
 */
#ifndef CORACLE_NETDEV_H
#define CORACLE_NETDEV_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/packet.h"

struct netdev;

#define NETDEV_MAX 64 /* interfaces */

/* What packets handed to netdev_tx() may ask of the device. */
#define NETDEV_CSUM_IPV4 1u /* PACKET_CSUM_BLANK over IPv4 */
#define NETDEV_CSUM_IPV6 2u
#define NETDEV_PIECES    4u /* several pieces, packets beyond the MTU */
#define NETDEV_GSO_TCPV4 8u
#define NETDEV_GSO_TCPV6 16u

#define NETDEV_IP_SIZE 48 /* an IPv6 address and its prefix, as text */

struct netdev_info {
    unsigned int index;
    uint8_t mac[6];
    char ip[NETDEV_IP_SIZE]; /* the first that vif=["ip=..."] gives; "": none */
    bool up;
    unsigned int mtu; /* payload of a frame, without its Ethernet header */
    unsigned int queues;
    unsigned int features; /* NETDEV_... */
    uint32_t generation;   /* counts connections: changed, ask again */
};

/* What has happened so far, over all queues and connections. */
struct netdev_counters {
    uint64_t rx_packets, rx_bytes, rx_errors;
    uint64_t tx_packets, tx_bytes, tx_errors;
    uint64_t rx_notified, tx_notified; /* events from the backend */
    uint64_t notifies;                 /* of ours to the backend */
};

/* A look at a queue's rings, for people. */
struct netdev_rings {
    uint32_t rx_size, rx_produced, rx_consumed, rx_answered;
    uint32_t tx_size, tx_produced, tx_consumed, tx_answered;
};

/* Interface `index`, or NULL if there never was one. Any context. */
struct netdev *netdev_get(unsigned int index);

/* The same, waiting until it is up: -K_ETIMEDOUT at `deadline`. Thread. */
MUST_CHECK int netdev_wait_up(unsigned int index, uint64_t deadline,
                              struct netdev **device);

/* How many interfaces the domain was configured with, up or not, or a negative
 * errno. Their indexes (at most `max`) go to `indexes`. Thread context. */
MUST_CHECK int netdev_enumerate(unsigned int indexes[], unsigned int max);

/* Call `arrived(argument)` when there is an interface that was not there
 * before. One listener for all, for ever; thread context, with a lock held:
 * only wake somebody. */
void netdev_listen_arrivals(void (*arrived)(void *argument), void *argument);

void netdev_describe(struct netdev *device, struct netdev_info *info);
void netdev_count(struct netdev *device, struct netdev_counters *counters);
void netdev_look(struct netdev *device, unsigned int queue,
                 struct netdev_rings *rings);

/*
 * Call `changed(argument)` in event context whenever queue `queue` may have
 * something to receive, has room again after netdev_tx() took less than it was
 * given, or the interface went up or down. One listener a queue; NULL ends it,
 * and when this returns, `changed` is not running and never will. Thread.
 */
void netdev_listen(struct netdev *device, unsigned int queue,
                   void (*changed)(void *argument), void *argument);

/*
 * Take up to `max` received packets, which are then the caller's. Returns how
 * many; if that is fewer than `max`, the listener will be called when there
 * are more. -K_ENODEV: the interface is down. Thread context.
 */
MUST_CHECK int netdev_rx(struct netdev *device, unsigned int queue,
                         struct packet *packets[], unsigned int max);

/* The same, but wait for the first one until `deadline`: -K_ETIMEDOUT. */
MUST_CHECK int netdev_rx_wait(struct netdev *device, unsigned int queue,
                              struct packet *packets[], unsigned int max,
                              uint64_t deadline);

/*
 * Send `count` packets in order; the backend is notified once at most. Returns
 * how many were taken, which are the device's then; the others stay the
 * caller's, to drop or to try again. What a packet asks of the device that it
 * does not do is done before: checksums, and large segments are cut; of one
 * that is not taken, some packets may be on their way, and it is what is left.
 * A packet that cannot be sent at all (too long, no memory) is taken, counted
 * as an error, also in `*drops` unless that is NULL, and dropped. -K_ENODEV:
 * the interface is down. Thread context.
 */
MUST_CHECK int netdev_tx(struct netdev *device, unsigned int queue,
                         struct packet *const packets[], unsigned int count,
                         uint64_t *drops);

#endif
