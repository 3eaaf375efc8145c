/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.c: streams of bytes. One side writes as much as it can in large pieces,
 * the other reads and throws away. Each connection has a thread of its own and
 * counts for itself, so that nothing is shared but the way out: no lock, and
 * for each piece one call and one look at the clock.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "iperf.h"
#include "wire.h"

/* A thread that only moves bytes needs little stack. */
#define STACK (64 * 1024)

/* read() and write() come back when a report is due, if there is nothing to
 * move. */
static void wake_for_reports(int fd, uint64_t interval)
{
    struct timeval limit = {
        .tv_sec = (time_t)(interval / NANOSECONDS),
        .tv_usec = (suseconds_t)(interval % NANOSECONDS / 1000),
    };

    if (!interval)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static bool only_late(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Read until the peer has sent all. */
static void receive(struct stream *stream, char *buffer, size_t length)
{
    for (;;) {
        ssize_t count = read(stream->fd, buffer, length);

        if (count == 0)
            break;
        if (count > 0)
            stream->bytes += (uint64_t)count;
        else if (!only_late()) {
            fprintf(stderr, "[%3d] read: %s\n", stream->number,
                    strerror(errno));
            stream->failed = true;
            break;
        }
        if (stream->options->interval)
            report_tick(stream, time_now());
    }
}

/* Write for the time, or the amount, that the options say. */
static void transmit(struct stream *stream, const char *buffer, size_t length)
{
    const struct options *options = stream->options;
    uint64_t now = time_now();
    uint64_t stop = now + options->time;
    struct pace pace;

    pace_start(&pace, options, (unsigned int)length, now);
    while (options->amount ? stream->bytes < options->amount : now < stop) {
        size_t piece = length;
        ssize_t count;

        if (options->amount && options->amount - stream->bytes < length)
            piece = (size_t)(options->amount - stream->bytes);
        if (pace.gap)
            pace_wait(&pace, now);
        count = write(stream->fd, buffer, piece);
        if (count >= 0)
            stream->bytes += (uint64_t)count;
        else if (!only_late()) {
            fprintf(stderr, "[%3d] write: %s\n", stream->number,
                    strerror(errno));
            stream->failed = true;
            break;
        }
        now = time_now();
        report_tick(stream, now);
    }
}

/* All is sent; wait until the peer has it, which it says by closing. */
static void finish_sending(struct stream *stream, char *buffer, size_t length)
{
    struct timeval limit = {.tv_sec = 10};

    setsockopt(stream->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (!stream->failed && shutdown(stream->fd, SHUT_WR) == 0)
        while (read(stream->fd, buffer, length) > 0)
            ;
}

/* One test, from the first byte of data to the last report. */
static void run(struct stream *stream, char *buffer, size_t length)
{
    if (stream->sends) {
        transmit(stream, buffer, length);
        finish_sending(stream, buffer, length);
    } else {
        receive(stream, buffer, length);
    }
    stream->end = time_now();
    report_whole(stream);
}

/* ---- The client -----------------------------------------------------------
 */

/* The test header, as large as it is. */
static bool send_header(struct stream *stream)
{
    const struct options *options = stream->options;
    uint64_t amount = options->amount & 0x7fffffff;
    uint32_t time = (uint32_t)(options->time / (NANOSECONDS / 100));
    uint32_t flags = WIRE_EXTENDED | WIRE_HAS_LENGTH |
                     (uint32_t)sizeof(struct wire_header) << 1;
    struct wire_header header = {
        .test.streams = htonl((uint32_t)options->streams),
        .test.port = htonl((uint32_t)atoi(options->port)),
        .test.length = htonl(options->length),
        .test.amount = htonl(options->amount ? (uint32_t)amount : -time),
        .extension.version_high = htonl(WIRE_VERSION_HIGH),
        .extension.version_low = htonl(WIRE_VERSION_LOW),
        .extension.rate_low = htonl((uint32_t)options->rate),
        .extension.rate_high = htonl((uint32_t)(options->rate >> 32) << 8),
    };

    if (options->reverse) {
        flags |= WIRE_VERSION2;
        header.extension.flags = htonl(WIRE_REVERSE);
    }
    header.test.flags = htonl(flags);
    if (write(stream->fd, &header, sizeof(header)) != sizeof(header))
        return false;
    if (!options->reverse)
        stream->bytes += sizeof(header);
    return true;
}

void *tcp_client(void *argument)
{
    struct stream *stream = argument;
    const struct options *options = stream->options;
    char *buffer = calloc(1, options->length);

    stream->sends = !options->reverse;
    if (!buffer || !send_header(stream)) {
        fprintf(stderr, "[%3d] cannot begin: %s\n", stream->number,
                strerror(errno));
        stream->failed = true;
    } else {
        wake_for_reports(stream->fd, options->interval);
        report_start(stream, time_now());
        run(stream, buffer, options->length);
    }
    free(buffer);
    close(stream->fd);
    return NULL;
}

/* ---- The server -----------------------------------------------------------
 */

/* A test of a client's: what it wants of us. */
struct served {
    struct options options;
    struct stream stream;
};

static sem_t finished; /* counts tests */

static bool send_ack(int fd)
{
    struct wire_ack ack = {
        .type = htonl(WIRE_ACK),
        .size = htonl(sizeof(ack)),
        .version_high = htonl(WIRE_VERSION_HIGH),
        .version_low = htonl(WIRE_VERSION_LOW),
    };

    return write(fd, &ack, sizeof(ack)) == sizeof(ack);
}

/* Have `wanted` bytes in the buffer, where stream->bytes are. */
static bool read_up_to(struct stream *stream, char *buffer, size_t wanted)
{
    while (stream->bytes < wanted) {
        ssize_t count = read(stream->fd, buffer + stream->bytes,
                             wanted - (size_t)stream->bytes);

        if (count <= 0)
            return false;
        stream->bytes += (uint64_t)count;
    }
    return true;
}

/* What a reverse test's header asks for. */
static void set_reverse(struct served *served, const struct wire_header *header)
{
    struct options *options = &served->options;
    int32_t amount = (int32_t)ntohl(header->test.amount);
    uint32_t length = ntohl(header->test.length);

    options->reverse = true;
    options->amount = amount > 0 ? (uint64_t)amount : 0;
    options->time = (uint64_t) - (int64_t)amount * (NANOSECONDS / 100);
    options->rate = ntohl(header->extension.rate_low) |
                    (uint64_t)(ntohl(header->extension.rate_high) >> 8) << 32;
    if (length >= 1 && length <= TCP_LENGTH)
        options->length = length;
    served->stream.sends = true;
    served->stream.bytes = 0;
}

/*
 * The test header, which may be missing: anything that sends bytes is a client,
 * and a stream shorter than its header is no error. False if there is nothing
 * to do for us.
 */
static bool read_header(struct served *served, char *buffer)
{
    struct wire_header *header = (struct wire_header *)buffer;
    struct stream *stream = &served->stream;
    uint32_t flags;

    if (!read_up_to(stream, buffer, sizeof(flags)))
        return stream->bytes > 0;
    flags = ntohl(header->test.flags);
    if (flags & WIRE_BOUNCE) {
        fprintf(stderr, "[%3d] no --bounceback here\n", stream->number);
        return false;
    }
    if (!(flags & WIRE_EXTENDED) || !(flags & WIRE_HAS_LENGTH) ||
        WIRE_LENGTH(flags) < sizeof(*header) ||
        !read_up_to(stream, buffer, WIRE_LENGTH(flags)))
        return stream->bytes > 0;
    if ((flags & WIRE_VERSION2) &&
        (ntohl(header->extension.flags) & WIRE_REVERSE))
        set_reverse(served, header);
    if (!(flags & WIRE_VERSION2) || (flags & WIRE_DETECT))
        return send_ack(stream->fd);
    return true;
}

static void *serve(void *argument)
{
    struct served *served = argument;
    struct stream *stream = &served->stream;
    char *buffer = calloc(1, served->options.length);

    stream->options = &served->options;
    stream->start = time_now();
    if (!buffer)
        fprintf(stderr, "[%3d] no memory\n", stream->number);
    else if (read_header(served, buffer)) {
        net_announce(stream, NULL);
        wake_for_reports(stream->fd, served->options.interval);
        report_start(stream, stream->start);
        run(stream, buffer, served->options.length);
    }
    close(stream->fd);
    free(buffer);
    free(served);
    sem_post(&finished);
    return NULL;
}

static void start_thread(struct served *served)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, serve, served) != 0) {
        fprintf(stderr, "iperf: no memory for a thread\n");
        close(served->stream.fd);
        free(served);
        sem_post(&finished);
    }
    pthread_attr_destroy(&attributes);
}

void tcp_server(const struct options *options)
{
    int fd = net_listen(options);

    sem_init(&finished, 0, 0);
    report_banner(options, fd);
    for (int number = 1; !options->streams || number <= options->streams;) {
        struct served *served = calloc(1, sizeof(*served));
        int peer = accept(fd, NULL, NULL);

        if (!served || peer < 0) {
            fprintf(stderr, "iperf: accept: %s\n", strerror(errno));
            if (peer >= 0)
                close(peer);
            free(served);
            sleep(1); /* short of descriptors or memory: others will end */
            continue;
        }
        served->options = *options;
        served->stream.fd = peer;
        served->stream.number = number++;
        start_thread(served);
    }
    close(fd);
    for (int number = 1; number <= options->streams; number++)
        sem_wait(&finished);
}
