/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenstore_link.c: the wire between us and xenstored: requests out, answers in.
 *
 * The page of start_info.store_mfn holds a byte ring in each direction
 * (<xen/io/xs_wire.h>). Any number of threads may have a request under way:
 * each request carries a number, stands in the list `pending` while it waits,
 * and sleeps on a wait queue of its own. One thread, "xenstore", reads all that
 * comes in, finds the request by the number and wakes its owner; watch events
 * go to xenstore_watch.c. That thread never waits for an answer itself, so
 * answers always get through.
 *
 * Messages may be longer than a ring: they go through it in bites, and the
 * mutex `sending` keeps the bites of two requests apart.
 *
 * Time. xenstored answers in less than a millisecond when it is well, and may
 * take a second on a host that starts 64 domains. After LATE we say so on the
 * console, once; after PATIENCE the request ends with -K_ETIMEDOUT, and whether
 * xenstored carried it out is unknown. A request that was cut off in the middle
 * makes the stream worthless.
 *
 * Trust. An answer to no request (one that came too late) is dropped; one of
 * the wrong type is an error for its request. Counters or lengths that make no
 * sense mean that nobody knows where the next message begins: xenstore is
 * broken for good, and every call returns -K_EPROTO.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "lib/string.h"
#include "xen/evtchn.h"
#include "xen/ring.h"
#include "xen/xenstore.h"
#include "xen/xenstore_link.h"

#define LATE     (5 * NS_PER_S)
#define PATIENCE (60 * NS_PER_S)

/* Room for any payload and a NUL; only the reading thread uses it. */
static char inbox[XENSTORE_PAYLOAD_MAX + 1];

/* One request under way; it lives on its caller's stack. */
struct request {
    struct list link; /* in wire.pending until done */
    uint32_t id;
    uint32_t type;
    bool wants_payload;
    bool done; /* the fields below are valid */
    int result;
    char *payload;
    size_t size;
    struct waitq answered;
};

static struct {
    struct spinlock lock; /* guards all below, but for `sending` */
    bool broken;
    bool said_late; /* since xenstored last said something */
    uint32_t port;
    struct ring out; /* put only with `sending` held, too */
    struct ring in;
    bool took; /* bytes from `in`, and has not notified xenstored of it */
    uint32_t last_id;
    struct list pending;
    struct waitq room;
    struct waitq arrived;
    struct mutex sending;
} wire = {
    .lock = SPINLOCK_INIT,
    .pending = LIST_INIT(wire.pending),
    .room = WAITQ_INIT(wire.room),
    .arrived = WAITQ_INIT(wire.arrived),
    .sending = MUTEX_INIT(wire.sending),
};

/* Event context. */
static void on_event(uint32_t port, void *argument)
{
    (void)port;
    (void)argument;
    spin_lock(&wire.lock);
    waitq_wake_all(&wire.room);
    waitq_wake_all(&wire.arrived);
    spin_unlock(&wire.lock);
}

/* A request is over. Locked. */
static void finish(struct request *request, int result)
{
    list_del(&request->link);
    request->result = result;
    request->done = true;
    waitq_wake_all(&request->answered);
}

/* The stream cannot be followed any more: end all requests, now and later. */
static void give_up(void)
{
    bool first;

    spin_lock(&wire.lock);
    first = !wire.broken;
    wire.broken = true;
    while (!list_empty(&wire.pending))
        finish(list_first(&wire.pending, struct request, link), -K_EPROTO);
    waitq_wake_all(&wire.room);
    waitq_wake_all(&wire.arrived);
    spin_unlock(&wire.lock);
    if (first)
        printk("xenstore: the stream to xenstored is broken, disconnected\n");
}

/*
 * Sleep until something happens to an exchange that began at `start`. Locked
 * before and after. 0, or -K_ETIMEDOUT once PATIENCE is over.
 */
static int wait_for_daemon(struct waitq *wq, uint64_t start)
{
    bool late = time_monotonic() >= start + LATE;
    uint64_t until = start + (late ? PATIENCE : LATE);
    bool say;

    if (waitq_wait(wq, &wire.lock, until) != -K_ETIMEDOUT)
        return 0;
    if (late)
        return -K_ETIMEDOUT;
    say = !wire.said_late;
    wire.said_late = true;
    if (say) {
        spin_unlock(&wire.lock);
        printk("xenstore: xenstored has not answered for 5 s\n");
        spin_lock(&wire.lock);
    }
    return 0;
}

/* ---- Requests out -------------------------------------------------------- */

/*
 * All of `count` bytes into the ring; the caller holds `sending`. 0, -K_EPROTO
 * if the wire is broken, -K_ETIMEDOUT if it stayed full.
 */
static int send_bytes(const char *from, size_t count, uint64_t start)
{
    int result = 0;

    spin_lock(&wire.lock);
    while (count > 0 && result >= 0) {
        result = wire.broken ? -K_EPROTO : ring_put(&wire.out, from, count);
        if (result > 0) {
            from += result;
            count -= (size_t)result;
        } else if (result == 0) {
            evtchn_notify(wire.port);
            result = wait_for_daemon(&wire.room, start);
        }
    }
    spin_unlock(&wire.lock);
    return result < 0 ? result : 0;
}

static int send_request(const struct xsd_sockmsg *header,
                        const struct xs_part *parts, size_t count,
                        uint64_t start)
{
    int result = send_bytes((const char *)header, sizeof(*header), start);

    for (size_t i = 0; i < count && !result; i++)
        result = send_bytes(parts[i].data, parts[i].size, start);
    if (result)
        give_up(); /* it may lie there half-sent */
    evtchn_notify(wire.port);
    return result;
}

/* Give the request a number and a place in the list. */
static int enter(struct request *request)
{
    int result = -K_EPROTO;

    spin_lock(&wire.lock);
    if (!wire.broken) {
        /* With 60 s to live, no request meets its number again. */
        request->id = ++wire.last_id;
        list_add_tail(&wire.pending, &request->link);
        result = 0;
    }
    spin_unlock(&wire.lock);
    return result;
}

/* Send what is in the request's turn; it is in the list if this succeeds. */
static int submit(struct request *request, uint32_t tx_id,
                  const struct xs_part *parts, size_t count, uint64_t start)
{
    struct xsd_sockmsg header;
    int result;

    /* Too long is the caller's mistake, and nobody else's concern. */
    result = xs_encode_header(&header, request->type, 0, tx_id, parts, count);
    if (result)
        return result;
    result = mutex_lock_until(&wire.sending, start + PATIENCE);
    if (result)
        return result;
    result = enter(request);
    if (!result) {
        header.req_id = request->id;
        /* If this fails, give_up() has finished the request. */
        (void)send_request(&header, parts, count, start);
    }
    mutex_unlock(&wire.sending);
    return result;
}

int xs_call(uint32_t type, uint32_t tx_id, const struct xs_part *parts,
            size_t count, char **payload, size_t *size)
{
    struct request request = {.type = type, .wants_payload = payload != NULL};
    uint64_t start = time_monotonic();
    int result;

    if (!xenstore_present())
        return -K_ENODEV;
    waitq_init(&request.answered);
    result = submit(&request, tx_id, parts, count, start);
    if (result)
        return result;
    spin_lock(&wire.lock);
    while (!request.done)
        if (wait_for_daemon(&request.answered, start) && !request.done)
            finish(&request, -K_ETIMEDOUT);
    spin_unlock(&wire.lock);
    if (payload && !request.result) {
        *payload = request.payload;
        *size = request.size;
    }
    return request.result;
}

struct xs_part xs_string(const char *string)
{
    return (struct xs_part){string, strlen(string) + 1};
}

/* ---- Answers in ---------------------------------------------------------- */

/* Exactly `count` bytes from the ring. False if the wire broke. */
static bool receive(char *to, size_t count)
{
    int result = 0;

    spin_lock(&wire.lock);
    while (count > 0 && result >= 0) {
        result = wire.broken ? -K_EPROTO : ring_get(&wire.in, to, count);
        if (result > 0) {
            to += result;
            count -= (size_t)result;
            wire.took = true;
            wire.said_late = false;
        } else if (result == 0) {
            /* Perhaps xenstored waits for the room that we made. */
            if (wire.took)
                evtchn_notify(wire.port);
            wire.took = false;
            waitq_wait(&wire.arrived, &wire.lock, TIME_NEVER);
        }
    }
    spin_unlock(&wire.lock);
    return result >= 0;
}

static struct request *find_request(uint32_t id)
{
    list_for_each (node, &wire.pending) {
        struct request *request = container_of(node, struct request, link);

        if (request->id == id)
            return request;
    }
    return NULL;
}

/* Hand the answer in `inbox` to its request. */
static void deliver(const struct xsd_sockmsg *header)
{
    struct request *request;
    int result;

    spin_lock(&wire.lock);
    request = find_request(header->req_id);
    if (request) {
        result = xs_check_answer(header, inbox, request->type);
        if (!result && request->wants_payload) {
            request->size = header->len;
            request->payload = heap_alloc(header->len + 1);
            if (request->payload)
                memcpy(request->payload, inbox, header->len + 1);
            else
                result = -K_ENOMEM;
        }
        finish(request, result);
    }
    spin_unlock(&wire.lock);
}

static void read_answers(void *argument)
{
    struct xsd_sockmsg header;

    (void)argument;
    while (receive((char *)&header, sizeof(header)) &&
           !xs_check_header(&header) && receive(inbox, header.len)) {
        inbox[header.len] = '\0';
        if (header.type == XS_WATCH_EVENT)
            xs_watch_event(inbox, header.len);
        else
            deliver(&header);
    }
    give_up();
}

int xs_link_init(void *page, uint32_t port)
{
    struct xenstore_domain_interface *shared = page;
    struct thread *reader;
    int result;

    ring_init(&wire.out, shared->req, sizeof(shared->req), &shared->req_prod,
              &shared->req_cons);
    ring_init(&wire.in, shared->rsp, sizeof(shared->rsp), &shared->rsp_cons,
              &shared->rsp_prod);
    wire.port = port;
    result = evtchn_bind_existing(port, on_event, NULL, 0);
    if (result < 0)
        return result;
    reader = thread_create("xenstore", read_answers, NULL, 0);
    if (!reader) {
        evtchn_close(port);
        return -K_ENOMEM;
    }
    thread_detach(reader);
    return 0;
}
