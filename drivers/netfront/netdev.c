/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netdev.c: network interfaces as coracle/netdev.h promises them: polling,
 * waiting, events, and the end of an interface whose backend misbehaves.
 *
 * An event from the backend is kept masked after its handler ran
 * (EVTCHN_LATE), and unmasked by whoever has then taken all that there was. So
 * under load there are no events at all: as long as netdev_rx() fills its
 * caller's array, the next call just goes on. Only when it finds the ring empty
 * it says on the ring that it wants an event, looks once more, and unmasks.
 *
 * The handler counts the event, wakes who waits and calls the listener; it
 * looks at no ring. Answers to what was sent are taken when the next packets
 * are sent, or received, since that costs one look at a counter; an event for
 * them is asked for only when somebody waits for room on the ring, or for
 * memory that was lent.
 *
 * When a ring shows a breach of the protocol, the whole interface goes down,
 * one line on the console says why, and the guest runs on. It comes up again if
 * the backend restarts.
 *
 * Concurrency: each half of a queue has a lock; `wake_lock` is held while the
 * listener runs, which is how netdev_listen() knows that it does not;
 * netdev_lock guards what describes an interface. Interfaces and queues are
 * never freed, so pointers to them may be kept.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "drivers/netfront/netfront.h"
#include "lib/string.h"
#include "xen/evtchn.h"
#include "xen/xenbus.h"

/* How often one call looks again because more has come meanwhile: a backend
 * that sends nothing but trouble must not keep it for ever. */
#define ROUNDS_MAX 8

struct spinlock netdev_lock = SPINLOCK_INIT;
static struct waitq changed_waiters = WAITQ_INIT(changed_waiters);
static _Atomic(struct netdev *) devices[NETDEV_MAX];

/* Who wants to know of new interfaces; guarded by netdev_lock. */
static struct {
    void (*arrived)(void *argument);
    void *argument;
} arrivals;

/* ---- Interfaces and queues ------------------------------------------------
 */

struct netdev *netdev_get(unsigned int index)
{
    return index < NETDEV_MAX ? atomic_load(&devices[index]) : NULL;
}

struct netdev_queue *netdev_create_queue(struct netdev *device,
                                         unsigned int number)
{
    struct netdev_queue *queue = atomic_load(&device->queues[number]);

    if (queue)
        return queue;
    queue = heap_alloc_zeroed(1, sizeof(*queue));
    if (!queue)
        return NULL;
    queue->device = device;
    queue->lines[0].queue = queue->lines[1].queue = queue;
    waitq_init(&queue->waiters);
    atomic_store(&device->queues[number], queue);
    return queue;
}

struct netdev *netdev_create(unsigned int index)
{
    struct netdev *device = netdev_get(index);

    if (device || index >= NETDEV_MAX)
        return device;
    device = heap_alloc_zeroed(1, sizeof(*device));
    if (!device)
        return NULL;
    device->index = index;
    if (!netdev_create_queue(device, 0)) {
        heap_free(device);
        return NULL;
    }
    atomic_store(&device->queue_count, 1);
    atomic_store(&devices[index], device);
    spin_lock(&netdev_lock);
    if (arrivals.arrived)
        arrivals.arrived(arrivals.argument);
    spin_unlock(&netdev_lock);
    return device;
}

void netdev_listen_arrivals(void (*arrived)(void *argument), void *argument)
{
    spin_lock(&netdev_lock);
    arrivals.arrived = arrived;
    arrivals.argument = argument;
    spin_unlock(&netdev_lock);
}

/* ---- Events ---------------------------------------------------------------
 */

static void wake(struct netdev_queue *queue)
{
    spin_lock(&queue->wake_lock);
    queue->wakes++;
    waitq_wake_all(&queue->waiters);
    if (queue->changed)
        queue->changed(queue->argument);
    spin_unlock(&queue->wake_lock);
}

void netdev_event(uint32_t port, void *argument)
{
    struct netfront_line *line = argument;

    (void)port;
    line->events++;
    atomic_store(&line->held, true);
    wake(line->queue);
}

/* Let events through again, if there was one since the last time. */
static void let_through(struct netfront_line *line)
{
    if (!atomic_load_explicit(&line->held, memory_order_relaxed))
        return;
    /* Before unmasking: the handler may run at once, and hold it again. */
    atomic_store(&line->held, false);
    evtchn_unmask(line->port);
}

static void notify(struct netdev_queue *queue, struct netfront_line *line)
{
    queue->notifies++;
    evtchn_notify(line->port);
}

void netdev_changed(struct netdev *device)
{
    spin_lock(&netdev_lock);
    waitq_wake_all(&changed_waiters);
    spin_unlock(&netdev_lock);
    for (unsigned int i = 0; i < NETFRONT_QUEUES_MAX; i++) {
        struct netdev_queue *queue = netdev_queue(device, i);

        if (queue)
            wake(queue);
    }
}

void netdev_listen(struct netdev *device, unsigned int number,
                   void (*changed)(void *argument), void *argument)
{
    struct netdev_queue *queue = netdev_queue(device, number);

    if (!queue)
        return;
    spin_lock(&queue->wake_lock);
    queue->changed = changed;
    queue->argument = argument;
    spin_unlock(&queue->wake_lock);
}

/* ---- The end of a bad backend ---------------------------------------------
 */

void netdev_shut(struct netdev *device)
{
    atomic_store(&device->connected, false);
    for (unsigned int i = 0; i < NETFRONT_QUEUES_MAX; i++) {
        struct netdev_queue *queue = netdev_queue(device, i);

        if (!queue)
            continue;
        spin_lock(&queue->receive.lock);
        queue->receive.open = false;
        spin_unlock(&queue->receive.lock);
        spin_lock(&queue->transmit.lock);
        queue->transmit.open = false;
        spin_unlock(&queue->transmit.lock);
    }
}

/* No lock is held. The connection that showed the breach has closed its ring
 * already; if there is a new one by now, leave it alone: netdev_lock is held
 * while rings are opened, too. */
static void fail(struct netdev *device, uint32_t generation, const char *breach)
{
    bool first;

    spin_lock(&netdev_lock);
    first = device->generation == generation && atomic_load(&device->connected);
    if (first)
        netdev_shut(device);
    spin_unlock(&netdev_lock);
    if (!first)
        return;
    printk("netfront: device/vif/%u is down: its backend %s\n", device->index,
           breach);
    netdev_changed(device);
}

/* ---- Receiving ------------------------------------------------------------
 */

/* Whether to tell those who wait for room, which is then done with: there is
 * some, or `more` may come without an event. The transmitter's lock is held. */
static bool somebody_has_room(struct transmit *transmit, bool more)
{
    if (!transmit->wanting || !(more || transmit_has_room(transmit)))
        return false;
    transmit->wanting = false;
    return true;
}

/* Take answers if that may free anything. The receiver's lock is not held. */
static void reap(struct netdev_queue *queue)
{
    struct transmit *transmit = &queue->transmit;
    struct packet *done = NULL;
    const char *breach = NULL;
    uint32_t generation;
    bool room, more;

    if (!READ_ONCE(transmit->lent) && !READ_ONCE(transmit->wanting))
        return;
    spin_lock(&transmit->lock);
    generation = queue->generation;
    more = transmit->open;
    for (int round = 0; more && round < ROUNDS_MAX; round++) {
        transmit_reap(transmit, &done);
        breach = transmit->breach;
        transmit->open = !breach;
        more = !breach && transmit_arm(transmit);
    }
    if (transmit->open)
        let_through(&queue->lines[queue->split]);
    /* There will be no event for what we have taken before it. */
    room = somebody_has_room(transmit, more);
    spin_unlock(&transmit->lock);
    transmit_free_list(done);
    if (room)
        wake(queue);
    if (breach)
        fail(queue->device, generation, breach);
}

/* The receiver's lock is held. *more: there may be more, for which there will
 * be no event. */
static unsigned int take(struct netdev_queue *queue, struct packet *packets[],
                         unsigned int max, bool *more)
{
    struct receive *receive = &queue->receive;
    unsigned int taken = 0;
    bool wanted = false;

    *more = true;
    for (int round = 0; *more && round < ROUNDS_MAX; round++) {
        taken += receive_take(receive, packets + taken, max - taken);
        wanted |= receive_push(receive);
        if (taken == max || receive->breach)
            break;
        *more = receive_sleep(receive);
    }
    if (wanted)
        notify(queue, &queue->lines[0]);
    if (!*more)
        let_through(&queue->lines[0]);
    return taken;
}

int netdev_rx(struct netdev *device, unsigned int number,
              struct packet *packets[], unsigned int max)
{
    struct netdev_queue *queue = netdev_queue(device, number);
    struct receive *receive;
    const char *breach = NULL;
    uint32_t generation;
    unsigned int taken = 0;
    bool open, more = false;

    if (!queue || !netdev_is_up(device))
        return -K_ENODEV;
    receive = &queue->receive;
    spin_lock(&receive->lock);
    generation = queue->generation;
    open = receive->open;
    if (open) {
        taken = take(queue, packets, max, &more);
        breach = receive->breach;
        receive->open = !breach;
    }
    spin_unlock(&receive->lock);
    reap(queue);
    if (breach)
        fail(device, generation, breach);
    else if (more && taken < max)
        wake(queue); /* instead of the event */
    return taken > 0 || (open && !breach) ? (int)taken : -K_ENODEV;
}

int netdev_rx_wait(struct netdev *device, unsigned int number,
                   struct packet *packets[], unsigned int max,
                   uint64_t deadline)
{
    struct netdev_queue *queue = netdev_queue(device, number);

    if (!queue)
        return -K_ENODEV;
    for (;;) {
        uint32_t seen = READ_ONCE(queue->wakes);
        int taken = netdev_rx(device, number, packets, max);
        int error = 0;

        if (taken != 0)
            return taken;
        spin_lock(&queue->wake_lock);
        while (queue->wakes == seen && !error)
            error = waitq_wait(&queue->waiters, &queue->wake_lock, deadline);
        spin_unlock(&queue->wake_lock);
        if (error)
            return error;
    }
}

/* ---- Sending --------------------------------------------------------------
 */

/* The transmitter's lock is held. *room: somebody waits for room, perhaps
 * another than the caller, and there is some now, but will be no event. */
static unsigned int put(struct netdev_queue *queue,
                        struct packet *const packets[], unsigned int count,
                        struct packet **done, bool *room)
{
    struct transmit *transmit = &queue->transmit;
    bool waiting = transmit->wanting, wanted = false, more = true;
    unsigned int taken = 0;

    for (int round = 0; more && round < ROUNDS_MAX; round++) {
        transmit_reap(transmit, done);
        taken += transmit_put(transmit, packets + taken, count - taken, done);
        wanted |= transmit_push(transmit);
        transmit->wanting = waiting || taken < count;
        more = !transmit->breach && transmit_arm(transmit);
    }
    *room = somebody_has_room(transmit, more);
    if (wanted)
        notify(queue, &queue->lines[queue->split]);
    let_through(&queue->lines[queue->split]);
    return taken;
}

int netdev_tx(struct netdev *device, unsigned int number,
              struct packet *const packets[], unsigned int count,
              uint64_t *drops)
{
    struct netdev_queue *queue = netdev_queue(device, number);
    struct transmit *transmit;
    struct packet *done = NULL;
    const char *breach = NULL;
    uint32_t generation;
    unsigned int taken = 0;
    bool open, room = false;

    if (!queue || !netdev_is_up(device))
        return -K_ENODEV;
    transmit = &queue->transmit;
    spin_lock(&transmit->lock);
    generation = queue->generation;
    open = transmit->open;
    if (open) {
        uint64_t unfit = transmit->unfit;

        taken = put(queue, packets, count, &done, &room);
        if (drops)
            *drops += transmit->unfit - unfit;
        breach = transmit->breach;
        transmit->open = !breach;
    }
    spin_unlock(&transmit->lock);
    transmit_free_list(done);
    if (breach)
        fail(device, generation, breach);
    else if (room)
        wake(queue);
    return taken > 0 || (open && !breach) ? (int)taken : -K_ENODEV;
}

/* ---- Finding them ---------------------------------------------------------
 */

int netdev_wait_up(unsigned int index, uint64_t deadline,
                   struct netdev **device)
{
    int error = 0;

    if (index >= NETDEV_MAX)
        return -K_ENODEV;
    spin_lock(&netdev_lock);
    for (;;) {
        *device = netdev_get(index);
        if ((*device && netdev_is_up(*device)) || error)
            break;
        error = waitq_wait(&changed_waiters, &netdev_lock, deadline);
    }
    spin_unlock(&netdev_lock);
    return *device && netdev_is_up(*device) ? 0 : error;
}

/* Those that xenstore has numbers for which are too large do not count. */
int netdev_enumerate(unsigned int indexes[], unsigned int max)
{
    unsigned int all[NETDEV_MAX], count = 0;
    int found = xenbus_enumerate("vif", all, ARRAY_SIZE(all));

    for (int i = 0; i < found && i < (int)ARRAY_SIZE(all); i++) {
        if (all[i] >= NETDEV_MAX)
            continue;
        if (count < max)
            indexes[count] = all[i];
        count++;
    }
    return found < 0 ? found : (int)count;
}
