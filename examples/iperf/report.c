/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.c: time, and the lines that are printed, in the form in which iperf 2
 * prints them, as other programs read them.
 *
 * Bytes are counted in units of 1024, bits in units of 1000. Each number is
 * about four characters wide.
 *
 * Concurrency: each thread reports on its own streams; a line is one printf(),
 * and so is not torn apart by others.
 */
#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include "iperf.h"

#define LINE "------------------------------------------------------------\n"

uint64_t time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

/* ---- Numbers with units ---------------------------------------------------
 */

struct amount {
    char text[32];
};

/* `bytes` in the unit that `format` says: a letter of bkmga, of bits, or of
 * BKMGA, of bytes; with a the one in which it is best read. */
static struct amount amount(double bytes, char format)
{
    static const char *const bits[] = {"bit", "Kbit", "Mbit", "Gbit"};
    static const char *const units[] = {"Byte", "KByte", "MByte", "GByte"};
    bool in_bytes = isupper((unsigned char)format);
    double step = in_bytes ? 1024 : 1000;
    double number = in_bytes ? bytes : bytes * 8;
    struct amount result;
    int wanted = 3, unit = 0;

    switch (tolower((unsigned char)format)) {
    case 'b':
        wanted = 0;
        break;
    case 'k':
        wanted = 1;
        break;
    case 'm':
        wanted = 2;
    }
    while (unit < wanted && (number >= step || tolower(format) != 'a')) {
        number /= step;
        unit++;
    }
    snprintf(result.text, sizeof(result.text), "%4.*f %s",
             number < 0.9995  ? 3
             : number < 9.995 ? 2
             : number < 99.95 ? 1
                              : 0,
             number, in_bytes ? units[unit] : bits[unit]);
    return result;
}

void report_banner(const struct options *options, int fd)
{
    int window = 0;
    socklen_t size = sizeof(window);
    const char *protocol = options->udp ? "UDP" : "TCP";

    printf(LINE);
    if (options->host)
        printf("Client connecting to %s, %s port %s\n", options->host, protocol,
               options->port);
    else
        printf("Server listening on %s port %s\n", protocol, options->port);
    if (options->host && options->udp)
        printf("Sending %u byte datagrams\n", options->length);
    if (getsockopt(fd, SOL_SOCKET,
                   options->host && !options->reverse ? SO_SNDBUF : SO_RCVBUF,
                   &window, &size) == 0)
        printf("%s size: %s%s\n", options->udp ? "UDP buffer" : "TCP window",
               amount(window, 'A').text, options->window ? "" : " (default)");
    printf(LINE);
    fflush(stdout);
}

/* ---- Lines ----------------------------------------------------------------
 */

static double seconds(uint64_t nanoseconds)
{
    return (double)nanoseconds / NANOSECONDS;
}

/* The line above the figures, before the first ones of a test. */
static atomic_int running;

static void print_head(bool datagrams)
{
    printf("[ ID] Interval       Transfer     Bandwidth%s\n",
           datagrams ? "        Jitter   Lost/Total Datagrams" : "");
}

static void print_line(const struct stream *stream, uint64_t from, uint64_t to,
                       uint64_t bytes, uint64_t lost, uint64_t datagrams)
{
    const struct options *options = stream->options;
    double took = to > from ? seconds(to - from) : 1e-9;
    char more[80] = "";

    if (stream->datagrams)
        snprintf(more, sizeof(more), "  %6.3f ms %llu/%llu (%.2g%%)",
                 stream->jitter * 1e3, (unsigned long long)lost,
                 (unsigned long long)datagrams,
                 datagrams ? 100.0 * (double)lost / (double)datagrams : 0.0);
    printf("[%s%*d] %.4f-%.4f sec  %ss  %ss/sec%s\n",
           options->reverse && options->host ? " *" : "",
           options->reverse && options->host ? 1 : 3, stream->number,
           seconds(from - stream->start), seconds(to - stream->start),
           amount((double)bytes, 'A').text,
           amount((double)bytes / took, options->format).text, more);
    fflush(stdout);
}

void report_start(struct stream *stream, uint64_t now)
{
    stream->start = stream->reported = now;
    if (atomic_fetch_add(&running, 1) == 0)
        print_head(stream->datagrams);
}

void report_tick(struct stream *stream, uint64_t now)
{
    uint64_t interval = stream->options->interval;

    if (!interval)
        return;
    while (now - stream->reported >= interval && now > stream->reported) {
        uint64_t until = stream->reported + interval;

        print_line(stream, stream->reported, until,
                   stream->bytes - stream->reported_bytes,
                   stream->lost > stream->reported_lost
                       ? stream->lost - stream->reported_lost
                       : 0,
                   stream->last - stream->reported_last);
        stream->reported = until;
        stream->reported_bytes = stream->bytes;
        stream->reported_lost = stream->lost;
        stream->reported_last = stream->last;
    }
}

void report_whole(const struct stream *stream)
{
    print_line(stream, stream->start, stream->end, stream->bytes, stream->lost,
               stream->last);
    if (stream->misordered)
        printf("[%3d] %.4f-%.4f sec  %llu datagrams received out-of-order\n",
               stream->number, 0.0, seconds(stream->end - stream->start),
               (unsigned long long)stream->misordered);
    fflush(stdout);
    atomic_fetch_sub(&running, 1);
}

void report_sum(const struct stream streams[], int count)
{
    uint64_t start = UINT64_MAX, end = 0, bytes = 0;
    double took;

    for (int i = 0; i < count; i++) {
        if (streams[i].failed)
            continue;
        if (streams[i].start < start)
            start = streams[i].start;
        if (streams[i].end > end)
            end = streams[i].end;
        bytes += streams[i].bytes;
    }
    if (end <= start)
        return;
    took = seconds(end - start);
    printf("[SUM] 0.0000-%.4f sec  %ss  %ss/sec\n", took,
           amount((double)bytes, 'A').text,
           amount((double)bytes / took, streams[0].options->format).text);
}
