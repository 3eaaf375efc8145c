/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue.c: what a queue needs for one connection: two rings with their buffers,
 * one or two event channels. Made before the backend is told of them, taken
 * away after it has let go.
 *
 * Concurrency: only in xenbus' thread, while the rings are closed to others.
 */
#include "drivers/netfront/netfront.h"
#include "xen/evtchn.h"

static int bind_line(struct netfront_line *line, uint16_t domain,
                     unsigned int cpu)
{
    int port = evtchn_bind_unbound(domain, netdev_event, line, EVTCHN_LATE);

    if (port < 0)
        return port;
    line->port = (uint32_t)port;
    atomic_store(&line->held, false);
    /* If that CPU has left meanwhile, CPU 0 does it. */
    if (cpu > 0)
        (void)!evtchn_steer(line->port, cpu);
    return 0;
}

void netdev_close_queue(struct netdev_queue *queue)
{
    evtchn_close(queue->lines[0].port);
    if (queue->split)
        evtchn_close(queue->lines[1].port);
    transmit_destroy(&queue->transmit);
    receive_destroy(&queue->receive);
}

int netdev_open_queue(struct netdev_queue *queue, uint16_t domain, bool trusted,
                      unsigned int features, unsigned int cpu)
{
    int error = receive_init(&queue->receive, domain, !trusted);

    if (error)
        return error;
    error = transmit_init(&queue->transmit, domain, !trusted, features);
    if (error)
        goto no_transmit;
    error = bind_line(&queue->lines[0], domain, cpu);
    if (error)
        goto no_line;
    if (queue->split)
        error = bind_line(&queue->lines[1], domain, cpu);
    if (!error)
        return 0;

    evtchn_close(queue->lines[0].port);
no_line:
    transmit_destroy(&queue->transmit);
no_transmit:
    receive_destroy(&queue->receive);
    return error;
}
