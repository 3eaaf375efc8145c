/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connection.h: the clients' connections, all on one thread.
 */
#ifndef HTTPD_CONNECTION_H
#define HTTPD_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include "answer.h"

/* What a connection waits for, and how long it may. */
enum phase {
    PHASE_IDLE,  /* for a request to begin */
    PHASE_HEAD,  /* for the rest of one */
    PHASE_SEND,  /* for room to send */
    PHASE_DRAIN, /* for the client to close, too */
    PHASES
};

/* Since the start; never reset. */
struct connection_counters {
    uint64_t accepted;
    uint64_t requests;  /* that were understood */
    uint64_t timed_out; /* closed because they waited too long */
    uint64_t evicted;   /* closed to make room for others */
    uint64_t status[6]; /* responses by the first digit of their status */
};

struct connection;

/*
 * Once, before the rest. `epoll` is where connections are waited for, with the
 * struct connection as its data. 0 or a negative errno.
 */
int connections_init(const struct site *site, int epoll);

/* `now` is in milliseconds and never goes back. The socket does not block, and
 * is the connection's from here on; it is closed on failure, too. */
void connection_open(int socket, uint64_t now);

/* `events` of epoll have come for it. It may be gone afterwards. */
void connection_go_on(struct connection *connection, uint32_t events,
                      uint64_t now);

/* Close those that have waited too long. Returns after how many milliseconds
 * to call this again, -1 if there are no connections. */
int connections_expire(uint64_t now);

/* Close the one that can best be spared: has waited longest, and rather for
 * its client than for us. False if there is none. */
bool connections_evict(void);

unsigned int connections_count(enum phase phase);
unsigned int connections_count_all(void);
const struct connection_counters *connections_counters(void);

#endif
