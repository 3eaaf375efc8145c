/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blkfront.h: what the files of drivers/blkfront/ share.
 *
 *     disks.c     which disks there are (coracle/block.h)
 *     device.c    a disk at work: the calls that move sectors, its thread
 *     connect.c   the handshake with the backend, by xenbus
 *     queue.c     the requests of a disk in order, cut into transfers
 *     flight.c    transfers on the ring: pages, requests, responses
 *     name.c      what a disk is called
 *
 * A request is the caller's, a transfer is ours: what one request on the ring
 * does. queue.c and name.c are pure logic.
 */
#ifndef CORACLE_DRIVERS_BLKFRONT_H
#define CORACLE_DRIVERS_BLKFRONT_H

#include <stdint.h>
#include <xen/io/blkif.h>
#include "coracle/block.h"
#include "coracle/list.h"
#include "coracle/memory.h"
#include "coracle/thread.h"
#include "drivers/request_ring.h"
#include "xen/grant.h"

/* Segments of a page each; the list of them fits into one indirect page. */
#define BLKFRONT_SEGMENTS_MAX   256u
/* 2^2 pages: 128 requests on their way. */
#define BLKFRONT_RING_ORDER_MAX 2u
/* Linux's blkback keeps 1056 pages of a guest mapped, no more. */
#define BLKFRONT_PAGES_MAX      1024u
#define BLKFRONT_PAGES_MIN      16u

/* ---- queue.c --------------------------------------------------------------
 */

/* A place in the bytes of the queue's requests. */
struct block_cursor {
    struct block_request *request; /* NULL: behind the last one */
    unsigned int piece;
    size_t offset;   /* in the piece */
    uint64_t passed; /* bytes of the request that lie before */
};

/*
 * The unanswered requests in order of submission. Those before `next` are on
 * their way. Neighbours that are on their way in one transfer stay neighbours,
 * since all others are removed, never inserted.
 */
struct block_queue {
    struct list requests;
    struct block_cursor next;
};

/* A run of sectors, of one request or of several that follow each other. */
struct block_transfer {
    enum block_operation operation;
    uint64_t sector;
    uint64_t bytes; /* of a read or write; a flush or discard counts as 1 */
    struct block_cursor start;
};

void block_queue_init(struct block_queue *queue);
void block_queue_add(struct block_queue *queue, struct block_request *request);

/* The next transfer, of at most `bytes_max` bytes, which is a multiple of all
 * sector sizes. Its bytes beyond the first so many may be left for the one
 * after, by block_queue_advance(). False: there is none. */
MUST_CHECK bool block_queue_plan(const struct block_queue *queue,
                                 uint64_t bytes_max,
                                 struct block_transfer *transfer);

/* `transfer`, as long as it is now, is on its way: go on behind it. Returns how
 * many requests it began, other than its first. */
unsigned int block_queue_advance(struct block_queue *queue,
                                 const struct block_transfer *transfer);

/* `transfer` was answered: requests that have no more to wait for move to the
 * end of `finished`. `status` is noted in all if it is not 0. */
void block_queue_credit(struct block_queue *queue,
                        const struct block_transfer *transfer, int status,
                        struct list *finished);

/* Nothing is on its way any more: begin again with the first request. Returns
 * how many had begun. */
unsigned int block_queue_rewind(struct block_queue *queue);

/* Move all to `finished`, with `status`. */
void block_queue_fail(struct block_queue *queue, int status,
                      struct list *finished);

/* Copy `count` bytes between the requests' memory and `bytes`, and go on behind
 * them. They are within the transfer that the cursor was taken from. */
void block_cursor_read(struct block_cursor *from, void *bytes, size_t count);
void block_cursor_write(struct block_cursor *to, const void *bytes,
                        size_t count);

/* ---- flight.c -------------------------------------------------------------
 */

/* A request as it stands on the ring. */
union flight_request {
    struct blkif_request direct;
    struct blkif_request_indirect indirect;
    struct blkif_request_discard discard;
};
_Static_assert(sizeof(union flight_request) == 112, "<xen/io/blkif.h>");

/* A page of ours that the backend reads and writes. */
struct flight_page {
    struct flight_page *next;
    void *page;
    gref_t gref; /* 0: not lent now */
};

/* A transfer on the ring, by the id of its request. */
struct flight {
    bool used;
    uint8_t operation; /* BLKIF_OP_..., that the response must name */
    struct block_transfer transfer;
    struct flight_page *pages;    /* the data's, in order */
    struct flight_page *indirect; /* that of the segments, if there is one */
    int status;                   /* once answered */
    struct flight *next;          /* of the free ones, or of those answered */
};

/* How the current backend wants it. */
struct blkfront_features {
    bool persistent;
    bool flush, barrier; /* which of them works, as far as we know */
    bool discard;
    unsigned int segments_max; /* of one ring request */
};

struct block_device {
    struct spinlock lock; /* guards all below, but where it says otherwise */
    struct block_info info;
    struct block_counters counters;
    struct block_queue queue;
    int gone;         /* 0, or what requests fail with: none will serve them */
    uint64_t give_up; /* when to assume that no backend comes back */

    /* The connection. These change only while nobody is at work. */
    bool open;          /* the ring may be used */
    bool draining;      /* but nothing more be put on it */
    const char *breach; /* how the backend broke the protocol; NULL */
    uint16_t domain;
    uint32_t port;
    struct blkfront_features features;
    unsigned int ring_order;
    gref_t ring_grefs[1u << BLKFRONT_RING_ORDER_MAX];
    struct request_ring ring;
    struct flight *flights;
    struct flight *free_flights;
    unsigned int flying;

    /* One thread at a time puts requests, one takes responses: they copy
     * without the lock, and what they are at is theirs. */
    bool putting, taking;
    struct waitq idle; /* connect.c waits for neither */

    struct flight_page *free_pages; /* the one used last first */
    unsigned int page_count, page_max;

    bool event; /* the backend has notified us */
    struct waitq work;
    struct list link; /* of all devices; disks.c */
};

/* Whether `page_count` pages are there, made if need be; fewer: false. */
MUST_CHECK bool flight_reserve_pages(struct block_device *device,
                                     unsigned int page_count);

/* A free flight with the next transfer and its pages, planned but not filled;
 * NULL if the queue, the ring or memory gives out. The lock is held. */
MUST_CHECK struct flight *flight_begin(struct block_device *device);

/* Lend the pages, copy what is to be written into them, and make the ring's
 * request. 0 or a negative errno. No lock is held. */
MUST_CHECK int flight_fill(struct block_device *device, struct flight *flight,
                           union flight_request *request);

/* The response `response` is to which flight, with its status noted? NULL: to
 * none, with a breach, or to one that flies on (*again). The lock is held. */
MUST_CHECK struct flight *flight_answered(struct block_device *device,
                                          const struct blkif_response *response,
                                          union flight_request *again);

/* Copy what was read out of the pages and end their loans. No lock is held. */
void flight_empty(struct block_device *device, struct flight *flight);

/* The flight is over; finished requests go to `finished`. The lock is held. */
void flight_end(struct block_device *device, struct flight *flight,
                struct list *finished);

/* Take all pages back from the backend, and the flights' with them; what it
 * holds on to is never used again (XSA-396). Nobody is at work. */
void flight_reclaim(struct block_device *device);

/* ---- disks.c --------------------------------------------------------------
 */

/* The disk `number`, made if it is new; NULL: no memory, or too many. Only in
 * xenbus' thread. */
MUST_CHECK struct block_device *blkfront_create(unsigned int number);

/* Some disk has come up, or gone: those who wait for one look again. */
void blkfront_tell(void);

/* ---- device.c -------------------------------------------------------------
 */

/* A new disk, and its thread; NULL: no memory. */
MUST_CHECK struct block_device *blkfront_start(unsigned int number);

/* The handler of the event channel; its argument is the device. */
void blkfront_event(uint32_t port, void *argument);

/* The ring may be used from now on. */
void blkfront_open(struct block_device *device);

/* Put nothing more on the ring, and wait until what is there was answered, but
 * not for ever. */
void blkfront_drain(struct block_device *device);

/* Take the last responses, then close the ring and wait until nobody is at
 * work. */
void blkfront_close(struct block_device *device);

/* What becomes of the unanswered requests: 0: they wait for another backend,
 * for a time; else they fail with that status, and all later ones, till another
 * disk comes under this name. */
void blkfront_settle(struct block_device *device, int status);

/* ---- name.c ---------------------------------------------------------------
 */

/* What Linux calls the disk or partition device/vbd/`number`. */
void blkfront_name(unsigned int number, char name[12]);

#endif
