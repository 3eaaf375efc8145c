/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_server.c: finds out from datagrams' numbers and times what was lost, what
 * came late, and how evenly the rest arrived, and tells the client.
 *
 * There is one thread and one socket for all clients, which are known by their
 * addresses. The server never waits for one of them: whenever a client's last
 * datagram comes, also again, the report goes back.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>
#include "iperf.h"
#include "wire.h"

#define DATAGRAM_MAX 65536
#define SESSIONS     64

/* A session without datagrams for so long may be forgotten. */
#define SILENCE (2 * NANOSECONDS)

/* One client. */
struct session {
    struct stream stream;
    struct sockaddr_storage peer;
    bool used, over;
    bool numbers64;
    uint64_t seen;  /* when its last datagram came, monotonic */
    double transit; /* of that one, s, by two clocks that may differ */
};

static struct session sessions[SESSIONS];
static struct session *recent = sessions; /* often the right one again */
static int count_begun, count_over;

static struct session *find(const struct sockaddr_storage *peer)
{
    if (recent->used && net_same(&recent->peer, peer))
        return recent;
    for (int i = 0; i < SESSIONS; i++)
        if (sessions[i].used && net_same(&sessions[i].peer, peer))
            return &sessions[i];
    return NULL;
}

/* A place for a new session: a free one, or that of the client who has been
 * silent the longest, if long enough. NULL: all are busy. */
static struct session *place(uint64_t now)
{
    struct session *oldest = &sessions[0];

    for (int i = 0; i < SESSIONS; i++) {
        if (!sessions[i].used)
            return &sessions[i];
        if (sessions[i].seen < oldest->seen)
            oldest = &sessions[i];
    }
    return now - oldest->seen >= SILENCE ? oldest : NULL;
}

static struct session *begin(const struct options *options, int fd,
                             const struct sockaddr_storage *peer,
                             const char *buffer, size_t length, uint64_t now)
{
    const struct wire_header *header =
        (const struct wire_header *)(buffer + sizeof(struct wire_datagram));
    struct session *session = place(now);

    if (!session)
        return NULL;
    if (session->used && !session->over) {
        session->stream.end = session->seen;
        report_whole(&session->stream); /* its end was never heard of */
    }
    *session = (struct session){
        .stream = {.options = options,
                   .number = ++count_begun,
                   .fd = fd,
                   .datagrams = true},
        .peer = *peer,
        .used = true,
        .numbers64 =
            length >= sizeof(struct wire_datagram) + sizeof(uint32_t) &&
            (ntohl(header->test.flags) & WIRE_NUMBER64),
    };
    net_announce(&session->stream, (const struct sockaddr *)peer);
    report_start(&session->stream, now);
    return session;
}

/* Count one datagram; `wall` is its sender's clock, in seconds. */
static void count_one(struct session *session, uint64_t number, size_t length,
                      double wall, uint64_t now)
{
    struct stream *stream = &session->stream;
    double transit = (double)now / NANOSECONDS - wall;
    double change = transit - session->transit;

    if (stream->bytes) /* RFC 3550, 6.4.1 */
        stream->jitter +=
            ((change < 0 ? -change : change) - stream->jitter) / 16;
    session->transit = transit;
    stream->bytes += length;
    if (number > stream->last) {
        stream->lost += number - stream->last - 1;
        stream->last = number;
    } else {
        stream->misordered++;
        if (stream->lost)
            stream->lost--; /* it is not lost, as we thought, but late */
    }
}

static void send_report(const struct session *session)
{
    const struct stream *stream = &session->stream;
    uint64_t took = stream->end - stream->start;
    uint64_t jitter = (uint64_t)(stream->jitter * 1e6);
    struct {
        struct wire_datagram datagram;
        struct wire_report report;
    } answer = {
        .report =
            {
                .flags = htonl(WIRE_OLD | WIRE_NUMBER64),
                .bytes_high = htonl((uint32_t)(stream->bytes >> 32)),
                .bytes_low = htonl((uint32_t)stream->bytes),
                .seconds = htonl((uint32_t)(took / NANOSECONDS)),
                .microseconds = htonl((uint32_t)(took % NANOSECONDS / 1000)),
                .lost = htonl((uint32_t)stream->lost),
                .lost_high = htonl((uint32_t)(stream->lost >> 32)),
                .misordered = htonl((uint32_t)stream->misordered),
                .misordered_high = htonl((uint32_t)(stream->misordered >> 32)),
                .datagrams = htonl((uint32_t)stream->last),
                .datagrams_high = htonl((uint32_t)(stream->last >> 32)),
                .jitter_seconds = htonl((uint32_t)(jitter / 1000000)),
                .jitter_microseconds = htonl((uint32_t)(jitter % 1000000)),
            },
    };

    sendto(stream->fd, &answer, sizeof(answer), 0,
           (const struct sockaddr *)&session->peer,
           session->peer.ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                              : sizeof(struct sockaddr_in6));
}

static void take(const struct options *options, int fd,
                 const struct sockaddr_storage *peer, const char *buffer,
                 size_t length)
{
    const struct wire_datagram *datagram = (const struct wire_datagram *)buffer;
    struct session *session = find(peer);
    uint64_t now = time_now();
    int64_t number;

    if (length < sizeof(*datagram))
        return; /* not iperf's */
    number = (int32_t)ntohl(datagram->number);
    /* The same address may come again with another test. */
    if (session && session->over && number > 0 &&
        now - session->seen >= SILENCE)
        session->used = false, session = NULL;
    if (!session) {
        if (number < 0)
            return; /* the end of a test that we know nothing of */
        session = begin(options, fd, peer, buffer, length, now);
        if (!session)
            return;
    }
    recent = session;
    if (session->numbers64)
        number = (int64_t)wire_wide(datagram->number_high, datagram->number);
    if (!session->over) {
        double wall =
            ntohl(datagram->seconds) + ntohl(datagram->microseconds) * 1e-6;

        session->seen = now;
        count_one(session, (uint64_t)(number < 0 ? -number : number), length,
                  wall, now);
        report_tick(&session->stream, now);
        if (number < 0) {
            session->over = true;
            session->stream.end = now;
            report_whole(&session->stream);
            count_over++;
        }
    }
    if (number < 0)
        send_report(session);
}

/* Nothing came for a while. */
static void tick_all(void)
{
    uint64_t now = time_now();

    for (int i = 0; i < SESSIONS; i++)
        if (sessions[i].used && !sessions[i].over)
            report_tick(&sessions[i].stream, now);
}

/* Whether as many tests as wanted are over, and their clients know. */
static bool all_over(const struct options *options)
{
    return options->streams && count_over >= options->streams &&
           time_now() - recent->seen >= SILENCE;
}

void udp_server(const struct options *options)
{
    uint64_t pause = options->interval ? options->interval : NANOSECONDS;
    struct timeval limit = {
        .tv_sec = (time_t)(pause / NANOSECONDS),
        .tv_usec = (suseconds_t)(pause % NANOSECONDS / 1000),
    };
    int fd = net_listen(options);
    char *buffer = malloc(DATAGRAM_MAX);

    if (!buffer) {
        fprintf(stderr, "iperf: no memory\n");
        exit(1);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    report_banner(options, fd);
    while (!all_over(options)) {
        struct sockaddr_storage peer = {0};
        socklen_t size = sizeof(peer);
        ssize_t length = recvfrom(fd, buffer, DATAGRAM_MAX, 0,
                                  (struct sockaddr *)&peer, &size);

        if (length >= 0)
            take(options, fd, &peer, buffer, (size_t)length);
        else
            tick_all();
    }
    free(buffer);
    close(fd);
}
