/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_client.c: numbered datagrams, sent at a rate. At the end the server says
 * what of them arrived.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "iperf.h"
#include "wire.h"

/* How often, and how long each time, a client asks for the report. */
#define ASK_TIMES 40
#define ASK_MS    50

/* What the client sends with. */
struct sender {
    struct stream *stream;
    char *buffer;
    uint64_t number;   /* of the next datagram */
    int64_t wall_from; /* wall clock minus monotonic time, ns */
};

/* All of the datagram that stays as it is: as much of the header as fits. */
static void fill(struct sender *sender)
{
    const struct options *options = sender->stream->options;
    size_t room = options->length - sizeof(struct wire_datagram);
    uint32_t size = sizeof(struct wire_datagram) + sizeof(struct wire_header);
    struct wire_header header = {
        .test.flags =
            htonl(WIRE_EXTENDED | WIRE_NUMBER64 | WIRE_HAS_LENGTH | size << 1),
        .test.streams = htonl((uint32_t)options->streams),
        .test.port = htonl((uint32_t)atoi(options->port)),
        .test.length = htonl(options->length),
        .extension.version_high = htonl(WIRE_VERSION_HIGH),
        .extension.version_low = htonl(WIRE_VERSION_LOW),
        .extension.rate_low = htonl((uint32_t)options->rate),
        .extension.rate_high = htonl((uint32_t)(options->rate >> 32) << 8),
    };

    /* A part of a header would say what is not there. */
    if (room >= sizeof(header))
        memcpy(sender->buffer + sizeof(struct wire_datagram), &header,
               sizeof(header));
}

/* Send the next datagram; `sign` is -1 for the last. */
static ssize_t send_one(struct sender *sender, uint64_t now, int sign)
{
    struct wire_datagram *datagram = (struct wire_datagram *)sender->buffer;
    uint64_t number = sign < 0 ? -sender->number : sender->number;
    uint64_t wall = now + (uint64_t)sender->wall_from;

    datagram->number = htonl((uint32_t)number);
    datagram->number_high = htonl((uint32_t)(number >> 32));
    datagram->seconds = htonl((uint32_t)(wall / NANOSECONDS));
    datagram->microseconds = htonl((uint32_t)(wall % NANOSECONDS / 1000));
    return send(sender->stream->fd, sender->buffer,
                sender->stream->options->length, 0);
}

/* For the time, or the amount, of the options. */
static void send_all(struct sender *sender)
{
    struct stream *stream = sender->stream;
    const struct options *options = stream->options;
    uint64_t now = time_now();
    uint64_t stop = now + options->time;
    struct pace pace;

    pace_start(&pace, options, options->length, now);
    while (options->amount ? stream->bytes < options->amount : now < stop) {
        if (pace.gap)
            now = pace_wait(&pace, now);
        if (send_one(sender, now, 1) >= 0) {
            sender->number++;
            stream->bytes += options->length;
        } else if (errno == ENOBUFS || errno == EAGAIN || errno == ENOMEM) {
            poll(NULL, 0, 1); /* the queue is full: let it run dry */
        } else if (errno != EINTR && errno != ECONNREFUSED) {
            fprintf(stderr, "[%3d] send: %s\n", stream->number,
                    strerror(errno));
            stream->failed = true;
            break;
        }
        if (!pace.gap || options->interval)
            now = time_now();
        report_tick(stream, now);
    }
}

static void print_report(const struct stream *sent,
                         const struct wire_report *report)
{
    struct stream stream = {
        .options = sent->options,
        .number = sent->number,
        .datagrams = true,
        .end = ntohl(report->seconds) * NANOSECONDS +
               ntohl(report->microseconds) * 1000ull,
        .bytes = wire_wide(report->bytes_high, report->bytes_low),
        .lost = wire_wide(report->lost_high, report->lost),
        .misordered = wire_wide(report->misordered_high, report->misordered),
        .last = wire_wide(report->datagrams_high, report->datagrams),
        .jitter = ntohl(report->jitter_seconds) +
                  ntohl(report->jitter_microseconds) * 1e-6,
    };

    printf("[%3d] Server Report:\n", stream.number);
    report_start(&stream, 0);
    report_whole(&stream);
}

/* Send the last datagram until the server reports. */
static void finish(struct sender *sender)
{
    struct stream *stream = sender->stream;
    struct {
        struct wire_datagram datagram;
        struct wire_report report;
    } answer;

    for (int i = 0; i < ASK_TIMES; i++) {
        struct pollfd wait = {.fd = stream->fd, .events = POLLIN};

        send_one(sender, time_now(), -1);
        sender->number++;
        if (poll(&wait, 1, ASK_MS) <= 0)
            continue;
        if (recv(stream->fd, &answer, sizeof(answer), 0) >=
                (ssize_t)sizeof(answer) &&
            ntohl(answer.report.flags) & WIRE_OLD) {
            print_report(stream, &answer.report);
            return;
        }
    }
    fprintf(stderr,
            "[%3d] WARNING: did not receive ack of last datagram after %d "
            "tries.\n",
            stream->number, ASK_TIMES);
    stream->failed = true;
}

void *udp_client(void *argument)
{
    struct stream *stream = argument;
    struct sender sender = {.stream = stream, .number = 1};
    struct timespec wall;

    sender.buffer = calloc(1, stream->options->length);
    if (!sender.buffer) {
        fprintf(stderr, "[%3d] no memory\n", stream->number);
        stream->failed = true;
    } else {
        stream->sends = true;
        clock_gettime(CLOCK_REALTIME, &wall);
        report_start(stream, time_now());
        sender.wall_from = (int64_t)wall.tv_sec * (int64_t)NANOSECONDS +
                           wall.tv_nsec - (int64_t)stream->start;
        fill(&sender);
        send_all(&sender);
        stream->end = time_now();
        report_whole(stream);
        printf("[%3d] Sent %llu datagrams\n", stream->number,
               (unsigned long long)sender.number - 1);
        finish(&sender);
    }
    free(sender.buffer);
    close(stream->fd);
    return NULL;
}
