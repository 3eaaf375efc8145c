/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.c: a disk at work: the calls that move sectors, and its thread.
 *
 * Two kinds of work are done on a connected disk: putting requests on the ring
 * and taking responses from it. Both copy data, up to a megabyte at a time, so
 * they do that without the lock; instead `putting` and `taking` say that a
 * thread is at it. Whoever submits puts (unless somebody does so already, who
 * will then see the new requests as well). The disk's thread, which the
 * backend's events wake, takes; then it puts what there is room for again.
 *
 * The event channel stays masked from an event until the thread has taken all
 * that was there, so a backend that notifies in a storm costs us nothing.
 *
 * Concurrency: device->lock.
 */
#include "coracle/errno.h"
#include "coracle/print.h"
#include "drivers/blkfront/blkfront.h"
#include "xen/evtchn.h"

/* How long requests wait for a backend that has gone. */
#define PATIENCE (60 * NS_PER_S)

/* How long a backend that is closing may take for what is on its way; xl waits
 * ten seconds for the whole disk to be closed. */
#define DRAIN_TIME (5 * NS_PER_S)

/* Responses that are taken before their data is copied. */
#define BATCH 32u

/* ---- Finished requests ----------------------------------------------------
 */

static void count_one(struct block_counters *counters,
                      const struct block_request *request)
{
    uint64_t bytes = request->sectors * BLOCK_SECTOR;

    counters->errors += request->status != 0;
    switch (request->operation) {
    case BLOCK_READ:
        counters->reads++;
        counters->read_bytes += bytes;
        break;
    case BLOCK_WRITE:
        counters->writes++;
        counters->written_bytes += bytes;
        break;
    case BLOCK_FLUSH:
        counters->flushes++;
        break;
    case BLOCK_DISCARD:
        counters->discards++;
        break;
    }
}

/* Count them. The lock is held. */
static void count_all(struct block_device *device, const struct list *finished)
{
    list_for_each (node, finished)
        count_one(&device->counters,
                  container_of(node, struct block_request, link));
}

/* Call them all. No lock is held. */
static void finish_all(struct list *finished)
{
    while (!list_empty(finished)) {
        struct block_request *request =
            list_first(finished, struct block_request, link);

        list_del(&request->link);
        request->done(request);
    }
}

/* ---- Putting and taking ---------------------------------------------------
 */

/* Somebody has stopped to work: let those go on who wait for it. */
static void now_idle(struct block_device *device)
{
    if (device->putting || device->taking)
        return;
    waitq_wake_all(&device->idle);
    if (device->breach)
        waitq_wake_all(&device->work);
}

static void push(struct block_device *device)
{
    if (!request_ring_push(&device->ring))
        return;
    device->counters.notifies++;
    evtchn_notify(device->port);
}

/* Put what there is and is room for. No lock is held. */
static void put_requests(struct block_device *device)
{
    struct list finished = LIST_INIT(finished);
    union flight_request request;
    struct flight *flight;
    unsigned int count = 0;

    spin_lock(&device->lock);
    if (device->putting) {
        spin_unlock(&device->lock);
        return;
    }
    device->putting = true;
    while (device->open && !device->draining &&
           (flight = flight_begin(device))) {
        int error;

        spin_unlock(&device->lock);
        error = flight_fill(device, flight, &request);
        spin_lock(&device->lock);
        if (error) {
            flight->status = error;
            flight_end(device, flight, &finished);
        } else if (device->open) {
            request_ring_put(&device->ring, &request, sizeof(request));
            count++;
        }
    }
    if (device->open && count > 0)
        push(device);
    device->putting = false;
    now_idle(device);
    count_all(device, &finished);
    spin_unlock(&device->lock);
    finish_all(&finished);
}

static void note_breach(struct block_device *device)
{
    printk("blkfront: %s: the backend %s\n", device->info.name, device->breach);
    device->open = false;
    device->info.up = false;
}

/* Take up to BATCH responses out of the ring; the flights they are to, linked.
 * The lock is held. */
static struct flight *take_batch(struct block_device *device)
{
    struct flight *answered = NULL, **end = &answered;
    struct blkif_response response;
    union flight_request again;
    int waiting = request_ring_waiting(&device->ring);

    if (waiting < 0)
        device->breach = "has answered what was not asked";
    for (unsigned int i = 0; (int)i < waiting && i < BATCH; i++) {
        struct flight *flight;

        request_ring_get(&device->ring, &response, sizeof(response));
        flight = flight_answered(device, &response, &again);
        if (device->breach)
            break;
        if (flight) {
            flight->next = NULL;
            *end = flight;
            end = &flight->next;
        } else {
            /* Its answer has just made room for it. */
            request_ring_put(&device->ring, &again, sizeof(again));
            push(device);
        }
    }
    return answered;
}

/* The flights are over. The lock is held, but not while data is copied. */
static void land(struct block_device *device, struct flight *answered,
                 struct list *finished)
{
    spin_unlock(&device->lock);
    for (struct flight *flight = answered; flight; flight = flight->next)
        flight_empty(device, flight);
    spin_lock(&device->lock);
    while (answered) {
        struct flight *next = answered->next;

        flight_end(device, answered, finished);
        answered = next;
    }
    count_all(device, finished);
}

/* Take all responses, and put what there is room for then. No lock is held. */
static void take_responses(struct block_device *device)
{
    struct list finished = LIST_INIT(finished);
    struct flight *answered;

    spin_lock(&device->lock);
    if (device->taking || !device->open) {
        spin_unlock(&device->lock);
        return;
    }
    device->taking = true;
    do {
        answered = take_batch(device);
        if (answered) {
            land(device, answered, &finished);
            spin_unlock(&device->lock);
            put_requests(device);
            finish_all(&finished);
            spin_lock(&device->lock);
        }
        if (device->breach && device->open)
            note_breach(device);
    } while (device->open &&
             (answered || request_ring_sleep(&device->ring, 1)));
    device->taking = false;
    if (device->open)
        evtchn_unmask(device->port);
    now_idle(device);
    spin_unlock(&device->lock);
}

/* ---- The thread -----------------------------------------------------------
 */

void blkfront_event(uint32_t port, void *argument)
{
    struct block_device *device = argument;

    (void)port;
    spin_lock(&device->lock);
    device->event = true;
    device->counters.notified++;
    waitq_wake_one(&device->work);
    spin_unlock(&device->lock);
}

/* Whether requests are there that nobody will answer, for one of two reasons.
 * The lock is held. */
static bool hopeless(const struct block_device *device)
{
    if (list_empty(&device->queue.requests) || device->putting ||
        device->taking)
        return false;
    return device->breach || device->gone;
}

static void fail_all(struct block_device *device, int status)
{
    struct list finished = LIST_INIT(finished);

    block_queue_fail(&device->queue, status, &finished);
    count_all(device, &finished);
    spin_unlock(&device->lock);
    finish_all(&finished);
    spin_lock(&device->lock);
}

static void serve(void *argument)
{
    struct block_device *device = argument;

    spin_lock(&device->lock);
    for (;;) {
        if (hopeless(device))
            fail_all(device, device->breach ? -K_EPROTO : device->gone);
        if (device->event) {
            device->event = false;
            spin_unlock(&device->lock);
            take_responses(device);
            spin_lock(&device->lock);
        } else if (waitq_wait(&device->work, &device->lock, device->give_up) ==
                   -K_ETIMEDOUT) {
            device->gone = -K_ETIMEDOUT;
            device->give_up = TIME_NEVER;
        }
    }
}

struct block_device *blkfront_start(unsigned int number)
{
    struct block_device *device = heap_alloc_zeroed(1, sizeof(*device));
    struct thread *thread;

    if (!device)
        return NULL;
    device->info.number = number;
    device->info.incarnation = 1;
    blkfront_name(number, device->info.name);
    block_queue_init(&device->queue);
    device->give_up = TIME_NEVER;
    waitq_init(&device->idle);
    waitq_init(&device->work);
    thread = thread_create(device->info.name, serve, device, 0);
    if (!thread) {
        heap_free(device);
        return NULL;
    }
    thread_detach(thread);
    return device;
}

/* ---- For connect.c --------------------------------------------------------
 */

void blkfront_open(struct block_device *device)
{
    spin_lock(&device->lock);
    device->breach = NULL;
    device->gone = 0;
    device->give_up = TIME_NEVER;
    device->info.up = true;
    device->info.generation++;
    device->draining = false;
    device->open = true;
    /* An event that came before found the ring closed, and holds the port. */
    device->event = true;
    waitq_wake_all(&device->work);
    spin_unlock(&device->lock);
    put_requests(device);
    blkfront_tell();
}

void blkfront_drain(struct block_device *device)
{
    uint64_t deadline = time_monotonic() + DRAIN_TIME;

    spin_lock(&device->lock);
    device->draining = true;
    /* Whoever takes the last answer wakes us when it is done. */
    while (device->open && (device->flying > 0 || device->putting))
        if (waitq_wait(&device->idle, &device->lock, deadline) == -K_ETIMEDOUT)
            break;
    spin_unlock(&device->lock);
}

void blkfront_close(struct block_device *device)
{
    take_responses(device);
    spin_lock(&device->lock);
    device->open = false;
    device->info.up = false;
    while (device->putting || device->taking)
        waitq_wait(&device->idle, &device->lock, TIME_NEVER);
    spin_unlock(&device->lock);
}

/* Nothing of this disk may reach another that comes after it. The lock is
 * held. */
static void end_incarnation(struct block_device *device, struct list *finished)
{
    unsigned int count = 0;

    block_queue_fail(&device->queue, device->gone, finished);
    count_all(device, finished);
    list_for_each (node, finished)
        count++;
    WRITE_ONCE(device->info.incarnation, device->info.incarnation + 1);
    if (count > 0)
        printk("blkfront: %s: taken away with %u requests unanswered\n",
               device->info.name, count);
}

void blkfront_settle(struct block_device *device, int status)
{
    struct list finished = LIST_INIT(finished);

    spin_lock(&device->lock);
    device->breach = NULL;
    device->gone = status;
    if (status) {
        end_incarnation(device, &finished);
    } else {
        device->counters.replayed += block_queue_rewind(&device->queue);
        device->give_up = time_monotonic() + PATIENCE;
    }
    waitq_wake_all(&device->work);
    spin_unlock(&device->lock);
    finish_all(&finished);
    blkfront_tell();
}

/* ---- The public calls -----------------------------------------------------
 */

/* 0, or why not. */
static int check_pieces(const struct block_request *request)
{
    uint64_t left = request->sectors * BLOCK_SECTOR;

    for (unsigned int i = 0; i < request->count; i++) {
        if (request->pieces[i].size > left)
            return -K_EINVAL;
        left -= request->pieces[i].size;
    }
    return left ? -K_EINVAL : 0;
}

/* 0, or why not; 1: there is nothing to do. The lock is held. */
static int check(const struct block_device *device,
                 const struct block_request *request)
{
    const struct block_info *info = &device->info;
    uint64_t unit = info->sector_size / BLOCK_SECTOR;

    if (device->gone || device->breach)
        return device->gone ? device->gone : -K_EPROTO;
    if (request->incarnation && request->incarnation != info->incarnation)
        return -K_ENODEV;
    if (request->operation == BLOCK_FLUSH)
        return info->flush ? 0 : 1;
    if (request->operation != BLOCK_READ && info->readonly)
        return -K_EROFS;
    if (request->sectors == 0 || request->sectors > info->sectors ||
        request->sector > info->sectors - request->sectors ||
        request->sector % unit || request->sectors % unit)
        return -K_EINVAL;
    if (request->operation == BLOCK_DISCARD)
        return info->discard ? 0 : -K_ENOTSUP;
    return check_pieces(request);
}

void block_submit(struct block_device *device,
                  struct block_request *const requests[], unsigned int count)
{
    struct list finished = LIST_INIT(finished);
    bool any = false;

    spin_lock(&device->lock);
    for (unsigned int i = 0; i < count; i++) {
        int error = check(device, requests[i]);

        if (error) {
            requests[i]->status = error > 0 ? 0 : error;
            list_add_tail(&finished, &requests[i]->link);
        } else {
            block_queue_add(&device->queue, requests[i]);
            any = true;
        }
    }
    count_all(device, &finished);
    spin_unlock(&device->lock);
    if (any)
        put_requests(device);
    finish_all(&finished);
}

void block_describe(struct block_device *device, struct block_info *info)
{
    spin_lock(&device->lock);
    *info = device->info;
    spin_unlock(&device->lock);
}

uint64_t block_sectors(const struct block_device *device)
{
    return READ_ONCE(device->info.sectors);
}

uint32_t block_incarnation(const struct block_device *device)
{
    return READ_ONCE(device->info.incarnation);
}

void block_count(struct block_device *device, struct block_counters *counters)
{
    spin_lock(&device->lock);
    *counters = device->counters;
    spin_unlock(&device->lock);
}
