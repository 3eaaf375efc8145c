/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * end.c: connections end before the domain does.
 *
 * A program that exits leaves connections open, and expects of the system what
 * every system does: what was written still arrives, and the other end is told
 * that nothing more comes. Here the system ends with the program. So whoever
 * ends the domain first ends each connection's sending side, as shutdown()
 * would, and waits until the others have acknowledged all of it: one round
 * trip, as a rule. Who does not answer holds the end up for LONGEST at most; a
 * system that goes on to live would repeat it for some minutes. Connections
 * that have not come to be are not waited for.
 *
 * Other systems reset a connection whose data nobody has read; here its other
 * end sees an ordinary end. What comes after the end gets no answer at all.
 *
 * Concurrency: other threads may still use their sockets. Control blocks are
 * not freed here, but by lwIP as ever, which tells the sockets.
 */
#include "coracle/lifecycle.h"
#include "coracle/thread.h"
#include "coracle/time.h"
#include "lib/lwip/end.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcpip.h"

#define LONGEST (1000 * NS_PER_MS)
#define PAUSE   (2 * NS_PER_MS)

static bool exists(const struct tcp_pcb *pcb)
{
    return pcb->state >= ESTABLISHED;
}

/* Something is on its way to the other end, or waits to be. */
static bool busy(void)
{
    bool found = false;

    LOCK_TCPIP_CORE();
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb && !found; pcb = pcb->next)
        found = exists(pcb) && (pcb->unsent || pcb->unacked);
    UNLOCK_TCPIP_CORE();
    return found;
}

/* An error (no memory for a segment) is no reason to do without the others. */
static void end_connections(void)
{
    uint64_t deadline = time_monotonic() + LONGEST;

    LOCK_TCPIP_CORE();
    for (struct tcp_pcb *pcb = tcp_active_pcbs, *next; pcb; pcb = next) {
        next = pcb->next;
        if (pcb->state == ESTABLISHED || pcb->state == CLOSE_WAIT)
            (void)tcp_shutdown(pcb, 0, 1);
    }
    UNLOCK_TCPIP_CORE();
    while (busy() && time_monotonic() < deadline)
        thread_sleep(PAUSE);
}

void connections_end_with_domain(void)
{
    static struct lifecycle_end end = {.run = end_connections};

    lifecycle_at_end(&end);
}
