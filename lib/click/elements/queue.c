/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue.c: queues, where packets that were pushed wait to be pulled.
 *
 * The packets are linked by their own `next`: a queue needs no memory, whatever
 * its capacity. One structure and one set of functions serve all classes; they
 * differ in what they do when they are full, and in whom they tell what.
 *
 * =c
 * Queue([CAPACITY])
 * =s storage
 * stores packets, first in, first out
 * =io
 * one push input, one pull output, and perhaps a push output
 * =d
 * Stores up to CAPACITY packets (1000, if not given); drops what is pushed
 * while it is full, or pushes it to output 1, if that is connected. The first
 * drop is reported. Tells those who pull when it has packets and when it has
 * none, and those who push when it is full and when it no longer is: they
 * sleep meanwhile.
 * =h length read-only
 * packets that it holds
 * =h highwater_length read-only
 * the most that it ever held
 * =h capacity read/write
 * the CAPACITY argument
 * =h drops read-only
 * packets dropped so far
 * =h reset_counts write-only
 * sets drops to 0, and highwater_length to length
 * =h reset write-only
 * drops all packets that it holds
 * =a SimpleQueue, NotifierQueue, MixedQueue, FrontDropQueue
 *
 * =c
 * FullNoteQueue([CAPACITY])
 * =s storage
 * an older name of Queue
 * =d
 * See Queue.
 *
 * =c
 * QuickNoteQueue([CAPACITY])
 * =s storage
 * stores packets, first in, first out
 * =d
 * Queue, which tells at once that it has become empty; Queue does when it is
 * asked in vain.
 *
 * =c
 * ThreadSafeQueue([CAPACITY])
 * =s storage
 * stores packets, first in, first out
 * =d
 * Queue. A router is run by one thread, so all of them are safe.
 *
 * =c
 * MSQueue([CAPACITY])
 * =s storage
 * stores packets, first in, first out
 * =d
 * Queue. See ThreadSafeQueue.
 *
 * =c
 * SimpleQueue([CAPACITY])
 * =s storage
 * stores packets, tells nobody
 * =d
 * Queue without notification: who pulls from it has to ask again and again, who
 * pushes to it never sleeps.
 *
 * =c
 * NotifierQueue([CAPACITY])
 * =s storage
 * stores packets, tells who pulls
 * =d
 * Queue that tells only those who pull when it has packets.
 *
 * =c
 * MixedQueue([CAPACITY])
 * =s storage
 * stores packets, first or last in, first out
 * =d
 * What is pushed to input 0 goes to the end, what is pushed to input 1 to the
 * front. If it is full, it drops a packet for input 0; for one that comes to
 * input 1 it drops the one at the end. It tells those who pull.
 *
 * =c
 * FrontDropQueue([CAPACITY])
 * =s storage
 * stores packets, drops the oldest
 * =d
 * Queue which, when it is full, drops the packet at its front, the oldest, and
 * takes the new one. It tells those who pull.
 */
#include <string.h>
#include "lib/click/queue.h"
#include "lib/click/router.h"

#define CAPACITY 1000

/* ---- In and out -----------------------------------------------------------
 */

void click_queue_append(struct click_queue *queue, struct packet *packet)
{
    packet->next = NULL;
    if (queue->last)
        queue->last->next = packet;
    else
        queue->first = packet;
    queue->last = packet;
    queue->length++;
    if (queue->length > queue->highwater)
        queue->highwater = queue->length;
}

static void prepend(struct click_queue *queue, struct packet *packet)
{
    packet->next = queue->first;
    queue->first = packet;
    if (!queue->last)
        queue->last = packet;
    queue->length++;
    if (queue->length > queue->highwater)
        queue->highwater = queue->length;
}

struct packet *click_queue_take(struct click_queue *queue)
{
    struct packet *packet = queue->first;

    if (!packet)
        return NULL;
    queue->first = packet->next;
    if (!queue->first)
        queue->last = NULL;
    queue->length--;
    packet->next = NULL;
    return packet;
}

/* Take the last one. The way there is long; few queues are full at this end. */
static struct packet *take_last(struct click_queue *queue)
{
    struct packet *packet = queue->last, *before = queue->first;

    if (packet == before)
        return click_queue_take(queue);
    while (before->next != packet)
        before = before->next;
    before->next = NULL;
    queue->last = before;
    queue->length--;
    return packet;
}

void click_queue_dropped(struct click_queue *queue, struct packet *packet)
{
    struct element *element = &queue->element;

    if (queue->drops++ == 0 && queue->capacity > 0)
        click_say(element, "%s :: %s: overflow", element->name,
                  element->class->name);
    element_side(element, 1, packet);
}

/* Tell what is now so, if it was not. */
static void tell(struct click_queue *queue)
{
    notifier_set(&queue->nonempty, queue->length > 0);
    notifier_set(&queue->nonfull, queue->length < queue->capacity);
}

static void queue_push(struct element *element, unsigned int port,
                       struct packet *packet)
{
    struct click_queue *queue = (struct click_queue *)element;

    (void)port;
    if (queue->length >= queue->capacity) {
        click_queue_dropped(queue, packet);
        return;
    }
    click_queue_append(queue, packet);
    if (!queue->nonempty.active)
        notifier_set(&queue->nonempty, true);
    if (queue->length == queue->capacity)
        queue->nonfull.active = false;
}

static void front_drop_push(struct element *element, unsigned int port,
                            struct packet *packet)
{
    struct click_queue *queue = (struct click_queue *)element;

    (void)port;
    if (queue->length >= queue->capacity) {
        struct packet *oldest = click_queue_take(queue);

        if (!oldest) { /* its capacity is 0 */
            click_queue_dropped(queue, packet);
            return;
        }
        click_queue_dropped(queue, oldest);
    }
    click_queue_append(queue, packet);
    notifier_set(&queue->nonempty, true);
}

static void mixed_push(struct element *element, unsigned int port,
                       struct packet *packet)
{
    struct click_queue *queue = (struct click_queue *)element;
    bool full = queue->length >= queue->capacity;

    if (full && (port == 0 || queue->length == 0)) {
        click_queue_dropped(queue, packet);
        return;
    }
    if (full)
        click_queue_dropped(queue, take_last(queue));
    if (port == 0)
        click_queue_append(queue, packet);
    else
        prepend(queue, packet);
    notifier_set(&queue->nonempty, true);
}

static struct packet *queue_pull(struct element *element, unsigned int port)
{
    struct click_queue *queue = (struct click_queue *)element;
    struct packet *packet = click_queue_take(queue);

    (void)port;
    if (!packet) {
        queue->nonempty.active = false;
        return NULL;
    }
    if (!queue->nonfull.active)
        notifier_set(&queue->nonfull, true);
    return packet;
}

static struct packet *quick_pull(struct element *element, unsigned int port)
{
    struct click_queue *queue = (struct click_queue *)element;
    struct packet *packet = queue_pull(element, port);

    queue->nonempty.active = queue->length > 0;
    return packet;
}

/* ---- Notifiers ------------------------------------------------------------
 */

static struct click_notifier *notifier_both(struct element *element,
                                            bool at_output, unsigned int port)
{
    struct click_queue *queue = (struct click_queue *)element;

    (void)port;
    return at_output ? &queue->nonempty : &queue->nonfull;
}

static struct click_notifier *notifier_empty(struct element *element,
                                             bool at_output, unsigned int port)
{
    (void)port;
    return at_output ? &((struct click_queue *)element)->nonempty : NULL;
}

static void *cast(struct element *element, const char *interface)
{
    return !strcmp(interface, "Storage") ? element : NULL;
}

/* ---- Its life -------------------------------------------------------------
 */

static void drop_all(struct click_queue *queue)
{
    struct packet *packet;

    while ((packet = click_queue_take(queue)))
        packet_free(packet);
}

void click_queue_defaults(struct element *element)
{
    ((struct click_queue *)element)->capacity = CAPACITY;
}

/* Also when its capacity changes. */
int click_queue_configure(struct element *element, struct click_args *args)
{
    struct click_queue *queue = (struct click_queue *)element;

    (void)args;
    for (; queue->length > queue->capacity; queue->drops++)
        packet_free(element->class->push == front_drop_push
                        ? click_queue_take(queue)
                        : take_last(queue));
    tell(queue);
    return 0;
}

void click_queue_cleanup(struct element *element)
{
    struct click_queue *queue = (struct click_queue *)element;

    drop_all(queue);
    notifier_free(&queue->nonempty);
    notifier_free(&queue->nonfull);
}

void click_queue_take_state(struct element *element, struct element *old)
{
    struct click_queue *queue = (struct click_queue *)element;
    struct click_queue *from = (struct click_queue *)old;
    struct packet *packet;

    queue->drops = from->drops;
    while (queue->length < queue->capacity && (packet = click_queue_take(from)))
        click_queue_append(queue, packet);
    if (from->length > 0)
        click_say(element,
                  "%s :: %s: some packets lost (%u more than CAPACITY)",
                  element->name, element->class->name, from->length);
    queue->drops += from->length;
    queue->highwater = from->highwater;
    tell(queue);
}

static int write_reset_counts(struct element *element,
                              const struct click_handler *handler,
                              const char *value, struct click_errors *errors)
{
    struct click_queue *queue = (struct click_queue *)element;

    (void)handler;
    (void)value;
    (void)errors;
    queue->drops = 0;
    queue->highwater = queue->length;
    return 0;
}

static int write_reset(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct click_queue *queue = (struct click_queue *)element;

    (void)handler;
    (void)value;
    (void)errors;
    drop_all(queue);
    tell(queue);
    return 0;
}

const struct click_param click_queue_params[] = {
    CLICK_PARAM("CAPACITY", struct click_queue, capacity, u32,
                CLICK_POSITIONAL),
    {0},
};

const struct click_handler click_queue_handlers[] = {
    HANDLER_FIELD("length", struct click_queue, length, u32),
    HANDLER_FIELD("highwater_length", struct click_queue, highwater, u32),
    {.name = "capacity",
     .read = handler_read_argument,
     .write = handler_write_argument},
    HANDLER_FIELD("drops", struct click_queue, drops, u64),
    {.name = "reset_counts",
     .write = write_reset_counts,
     .flags = HANDLER_BUTTON},
    {.name = "reset", .write = write_reset, .flags = HANDLER_BUTTON},
    {0},
};

/* ---- Classes --------------------------------------------------------------
 */

#define QUEUE(id, name_, ports_, processing_, push_, pull_, notifier_)         \
    const struct element_class click_class_##id = {                            \
        .name = (name_),                                                       \
        .ports = (ports_),                                                     \
        .processing = (processing_),                                           \
        .size = sizeof(struct click_queue),                                    \
        .params = click_queue_params,                                          \
        .defaults = click_queue_defaults,                                      \
        .configure = click_queue_configure,                                    \
        .reconfigurable = true,                                                \
        .cleanup = click_queue_cleanup,                                        \
        .take_state = click_queue_take_state,                                  \
        .push = (push_),                                                       \
        .pull = (pull_),                                                       \
        .handlers = click_queue_handlers,                                      \
        .more = CLICK_MORE(.cast = cast, .notifier = (notifier_)),             \
    }

QUEUE(Queue, "Queue", "1/1-2", "h/lh", queue_push, queue_pull, notifier_both);
QUEUE(FullNoteQueue, "FullNoteQueue", "1/1-2", "h/lh", queue_push, queue_pull,
      notifier_both);
QUEUE(QuickNoteQueue, "QuickNoteQueue", "1/1-2", "h/lh", queue_push, quick_pull,
      notifier_both);
QUEUE(ThreadSafeQueue, "ThreadSafeQueue", "1/1-2", "h/lh", queue_push,
      queue_pull, notifier_both);
QUEUE(MSQueue, "MSQueue", "1/1-2", "h/lh", queue_push, queue_pull,
      notifier_both);
QUEUE(SimpleQueue, "SimpleQueue", "1/1-2", "h/lh", queue_push, queue_pull,
      NULL);
QUEUE(NotifierQueue, "NotifierQueue", "1/1-2", "h/lh", queue_push, queue_pull,
      notifier_empty);
QUEUE(MixedQueue, "MixedQueue", "1-2/1-2", "h/lh", mixed_push, queue_pull,
      notifier_empty);
QUEUE(FrontDropQueue, "FrontDropQueue", "1/1-2", "h/lh", front_drop_push,
      queue_pull, notifier_empty);
