/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iperf.h: what the parts of this program share.
 */
#ifndef IPERF_H
#define IPERF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define NANOSECONDS 1000000000ull

/* How much goes in a write or datagram, if -l does not say. */
#define TCP_LENGTH      131072u
#define UDP_LENGTH      1470u
#define UDP_LENGTH_IPV6 1450u

/* What the command line says; the same for all streams. */
struct options {
    const char *host; /* of the server; NULL: be one */
    const char *port;
    int family; /* AF_UNSPEC, or AF_INET6 for -V */
    bool udp;
    bool reverse;         /* the server sends */
    int streams;          /* -P; a server: end after so many, 0: never */
    uint64_t time;        /* ns to send for, unless there is an amount */
    uint64_t amount;      /* bytes to send */
    uint64_t rate;        /* bits/s, 0: as fast as possible */
    uint64_t packet_rate; /* packets/s instead of `rate` */
    uint64_t interval;    /* ns between reports; 0: only one at the end */
    unsigned int length;  /* bytes of a write or datagram; 0: not said */
    int window;           /* bytes of socket buffers; 0: as they are */
    char format;          /* of rates: one of bkmgaBKMGA */
};

/* One connection, or one UDP sender and receiver. */
struct stream {
    const struct options *options;
    int number; /* as shown, [  1] */
    int fd;
    bool sends;
    bool failed;
    uint64_t start, end; /* monotonic, ns */
    uint64_t bytes;

    /* Of a UDP receiver. */
    bool datagrams;
    uint64_t lost, misordered;
    uint64_t last; /* the highest number seen */
    double jitter; /* s */

    /* What the last interval report said. */
    uint64_t reported; /* monotonic, ns */
    uint64_t reported_bytes, reported_lost, reported_last;
};

/* ---- net.c: addresses and sockets ---------------------------------------- */

/* A connected socket, or a message and -1. */
int net_connect(const struct options *options);

/* A socket that is bound, and listens if it is TCP's; or a message and exit. */
int net_listen(const struct options *options);

/* For [  1] local ... connected with ...: both ends of the stream. `peer` is
 * asked of the socket if NULL. */
void net_announce(const struct stream *stream, const struct sockaddr *peer);

bool net_same(const struct sockaddr_storage *a,
              const struct sockaddr_storage *b);

/* ---- report.c: time, and the lines that are printed ---------------------- */

uint64_t time_now(void); /* monotonic, ns */

/* "-----", what this is, and the window of the socket. */
void report_banner(const struct options *options, int fd);

/* Make `stream` ready to be counted, from `now` on. */
void report_start(struct stream *stream, uint64_t now);

/* Print the intervals that have passed. Cheap if none has. */
void report_tick(struct stream *stream, uint64_t now);

/* Print the whole time; stream->end is set. */
void report_whole(const struct stream *stream);

/* The line [SUM] of several streams of one client. */
void report_sum(const struct stream streams[], int count);

/* ---- tcp.c, udp_server.c, udp_client.c ----------------------------------- */

void tcp_server(const struct options *options);
void udp_server(const struct options *options);

/* Run one stream of a client: a thread's function. Sets stream->failed. */
void *tcp_client(void *stream);
void *udp_client(void *stream);

/* ---- pace.c -------------------------------------------------------------- */

/*
 * Sending at a rate: pace_wait() sleeps until the next write is due. Who is
 * late may hurry, but only for a while: `due` is never long ago.
 */
struct pace {
    uint64_t gap; /* ns between writes; 0: do not wait */
    uint64_t due;
};

void pace_start(struct pace *pace, const struct options *options,
                unsigned int length, uint64_t now);

/* Returns the time after the wait. */
uint64_t pace_wait(struct pace *pace, uint64_t now);

#endif
