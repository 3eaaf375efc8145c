/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netfront.h: what the files of drivers/netfront/ share.
 *
 *     netdev.c    the public calls (coracle/netdev.h), events, waiting
 *     look.c      ... and those that only look
 *     connect.c   the handshake with the backend, by xenbus
 *     queue.c     ... and what it makes and takes back
 *     receive.c   one receive ring: buffers, responses, packets from them
 *     transmit.c  one transmit ring: requests from packets;
 *     transmit_ring.c  ... and its slots, answers, events
 *
 * receive.c and transmit.c know nothing of the two others; they turn what the
 * backend writes into packets or into a `breach`, a sentence that says how it
 * has broken the protocol, after which the ring is used no more.
 */
#ifndef CORACLE_DRIVERS_NETFRONT_H
#define CORACLE_DRIVERS_NETFRONT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <xen/io/netif.h>
#include "coracle/netdev.h"
#include "coracle/spinlock.h"
#include "coracle/thread.h"
#include "drivers/request_ring.h"
#include "xen/grant.h"

#define NETFRONT_QUEUES_MAX 16

/* ---- receive.c ------------------------------------------------------------
 */

/* A page that the backend may fill. */
struct receive_buffer {
    void *page;
    gref_t gref;
};

struct receive {
    struct spinlock lock; /* guards all below */
    bool open;            /* the ring may be used */
    const char *breach;   /* NULL: none so far */
    struct request_ring ring;
    gref_t ring_gref;
    struct receive_buffer *buffers; /* by slot of the ring */
    uint32_t wanted;                /* buffers to have on the ring */
    uint32_t partial; /* responses of a packet that is not yet there as a
                         whole */
    uint16_t domain;
    bool untrusted;
    uint64_t packets, bytes, errors; /* for ever */
};

/* Make a ring and its first buffers. 0, -K_ENOMEM, or as grant_give(). */
MUST_CHECK int receive_init(struct receive *receive, uint16_t domain,
                            bool untrusted);

/* Take back all that the backend does not hold still. */
void receive_destroy(struct receive *receive);

/* Packets that have come, up to `max`; fewer than that also if there is a
 * breach. The lock is held for this and the next one. */
unsigned int receive_take(struct receive *receive, struct packet *packets[],
                          unsigned int max);

/* After it has taken fewer: ask for an event when there are more. True if there
 * are already. */
MUST_CHECK bool receive_sleep(struct receive *receive);

/* Show the backend the buffers that were put back: whether to notify it. */
MUST_CHECK bool receive_push(struct receive *receive);

/* ---- transmit.c, transmit_ring.c
 * -----------------------------------------------------------
 */

enum { SLOT_FREE, SLOT_COPIED, SLOT_LENT };

struct transmit_slot {
    struct packet *packet; /* of a head: to be freed in the end */
    gref_t gref;           /* for lending pages; 0: none yet */
    uint16_t head;         /* the slot that `packet` and `parts` are in */
    uint16_t parts;        /* of a head: requests not yet answered */
    uint16_t next;         /* of a free slot: the next free one */
    uint8_t state;         /* SLOT_... */
};

#define BOUNCE_SIZE     256u /* bytes of packets that are copied */
#define BOUNCE_PER_PAGE ((unsigned int)(PAGE_SIZE / BOUNCE_SIZE))
#define BOUNCE_PAGES    16u

struct transmit {
    struct spinlock lock; /* guards all below */
    bool open;
    bool wanting;       /* somebody waits for room */
    const char *breach; /* NULL: none so far */
    struct request_ring ring;
    gref_t ring_gref;
    struct transmit_slot *slots;
    uint16_t free, free_count;    /* the first free slot, and how many */
    uint32_t extras;              /* requests without a slot of their own */
    uint32_t lent, lent_position; /* slots lent, the counter behind the last */
    struct {
        void *page;
        gref_t gref;
    } bounce[BOUNCE_PAGES];
    uint16_t domain;
    bool untrusted;
    unsigned int features;           /* NETDEV_... */
    uint64_t packets, bytes, errors; /* for ever */
    uint64_t unfit;                  /* taken, but could not be sent */
};

MUST_CHECK int transmit_init(struct transmit *transmit, uint16_t domain,
                             bool untrusted, unsigned int features);
void transmit_destroy(struct transmit *transmit);

/*
 * Put packets on the ring, in order; how many there was room for. Packets that
 * are done with already are put in front of the list `*done`, linked by `next`.
 * The lock is held for this and the next ones.
 */
MUST_CHECK unsigned int transmit_put(struct transmit *transmit,
                                     struct packet *const packets[],
                                     unsigned int count, struct packet **done);

/* Take what the backend has answered; finished packets go to `*done`. */
void transmit_reap(struct transmit *transmit, struct packet **done);

/* Whether half of the ring is free. */
bool transmit_has_room(const struct transmit *transmit);

/* Show the backend what was put: whether to notify it. */
MUST_CHECK bool transmit_push(struct transmit *transmit);

/* Ask for an event as it is needed. True: no need to wait for it, reap. */
MUST_CHECK bool transmit_arm(struct transmit *transmit);

/* For transmit.c: note how the backend has broken the protocol; a free slot,
 * which there is; how many requests can be put now. */
void transmit_breach(struct transmit *transmit, const char *how);
uint16_t transmit_take_slot(struct transmit *transmit, uint8_t state);
uint32_t transmit_room(const struct transmit *transmit);

/* Free a list of packets linked by `next`. No lock is held. */
void transmit_free_list(struct packet *done);

/* ---- netdev.c, look.c
 * -------------------------------------------------------------
 */

/* An event channel: for one half of a queue, or both. */
struct netfront_line {
    struct netdev_queue *queue;
    uint32_t port;
    atomic_bool held; /* masked by EVTCHN_LATE since its handler ran */
    atomic_uint_least64_t events; /* for ever */
};

struct netdev_queue {
    struct netdev *device;
    struct receive receive;
    struct transmit transmit;
    struct netfront_line lines[2]; /* the receiver's; the transmitter's, if it
                                      has one of its own */
    bool split;
    uint32_t generation; /* that of this connection; written under the
                            receiver's lock, before `open` is set */
    atomic_uint_least64_t notifies; /* of ours, for ever */

    struct spinlock wake_lock; /* guards all below */
    uint32_t wakes;            /* counts: it may be worth to look */
    struct waitq waiters;
    void (*changed)(void *argument);
    void *argument;
};

struct netdev {
    unsigned int index;

    /* Read without a lock. */
    atomic_bool connected; /* to a backend that keeps to the protocol */
    atomic_bool carrier;
    atomic_uint queue_count;
    _Atomic(struct netdev_queue *) queues[NETFRONT_QUEUES_MAX]; /* they stay */

    /* Guarded by netdev_lock. */
    unsigned int mtu;
    unsigned int features; /* NETDEV_..., of this connection */
    uint32_t generation;
    uint8_t mac[6];
    char ip[NETDEV_IP_SIZE];

    struct xenstore_watch *watches[2]; /* connect.c's */
};

extern struct spinlock netdev_lock;

/* NULL if there never was one. */
static inline struct netdev_queue *netdev_queue(struct netdev *device,
                                                unsigned int number)
{
    return number < NETFRONT_QUEUES_MAX ? atomic_load(&device->queues[number])
                                        : NULL;
}

static inline bool netdev_is_up(struct netdev *device)
{
    return atomic_load(&device->connected) && atomic_load(&device->carrier);
}

/* The interface `index`, made if it is new; NULL: no memory, or no such
 * number. Only in xenbus' thread. */
MUST_CHECK struct netdev *netdev_create(unsigned int index);
MUST_CHECK struct netdev_queue *netdev_create_queue(struct netdev *device,
                                                    unsigned int number);

/*
 * queue.c: make a queue ready for a connection to `domain`, with its events on
 * CPU `cpu`; `split` is set. 0 or a negative errno. And undo that: nobody uses
 * the queue, and the backend does not either, or holds what it may not: that is
 * lost.
 */
MUST_CHECK int netdev_open_queue(struct netdev_queue *queue, uint16_t domain,
                                 bool trusted, unsigned int features,
                                 unsigned int cpu);
void netdev_close_queue(struct netdev_queue *queue);

/* The handler of the event channels; its argument is a netfront_line. */
void netdev_event(uint32_t port, void *argument);

/* No thread takes or sends packets any more, nor will until the rings are open
 * again. Thread context. */
void netdev_shut(struct netdev *device);

/* Something about the whole interface has changed: tell everybody. */
void netdev_changed(struct netdev *device);

#endif
