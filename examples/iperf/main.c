/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iperf: measures how much goes through a network, together with the iperf 2
 * that Debian has, or another one of these, at the other end.
 *
 *     main.c         the command line
 *     tcp.c          streams of bytes
 *     udp_client.c   datagrams,
 *     udp_server.c   their loss and jitter
 *     pace.c         sending at a rate
 *     net.c          addresses and sockets
 *     report.c       the lines that are printed
 *     wire.h         what the ends send each other besides bytes that count
 *
 * Nothing here is special to Coracle; it compiles on Linux too:
 * `cc -pthread` and all files here. What it leaves out of iperf 2: tests in
 * both directions at once (-d, --full-duplex), CSV, and what 2.1 added for
 * latency (--trip-times, --bounceback, --isochronous).
 */
#include <ctype.h>
#include <getopt.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "iperf.h"

#define UDP_RATE    1048576 /* bits/s */
#define LENGTH_MIN  16u     /* a datagram's number and time */
#define LENGTH_MAX  65507u  /* of a datagram over IPv4 */
#define STREAMS_MAX 64

static const char usage[] =
    "usage: iperf -s | -c HOST [options]\n"
    "  -s          be the server\n"
    "  -c HOST     be a client of that server\n"
    "  -u          UDP\n"
    "  -p PORT     5001\n"
    "  -l LENGTH   of a write (128K) or a datagram (1470)\n"
    "  -w WINDOW   the size of the sockets' buffers\n"
    "  -i SECONDS  report so often\n"
    "  -f FORMAT   of rates: bits in b, k, m, g or a (adaptive); bytes in\n"
    "              capital letters\n"
    "  -P NUMBER   clients: streams at once; servers: tests, then end\n"
    "  -V          IPv6\n"
    "clients only:\n"
    "  -t SECONDS  10\n"
    "  -n AMOUNT   bytes to send, instead of a time\n"
    "  -b RATE     bits/s, or with the ending pps datagrams/s; 0: no limit\n"
    "  -R          the server sends (TCP)\n"
    "Numbers may end in K, M, G (1024) or k, m, g (1000).\n";

static void fail(char option, const char *value)
{
    fprintf(stderr, "iperf: -%c: what is \"%s\"?\n", option, value);
    exit(2);
}

/* A number with a unit behind it, and behind that `ending`, if not NULL. */
static bool scan(const char *text, const char *ending, double *number)
{
    static const char units[] = "kmg";
    char *end;
    const char *unit;

    *number = strtod(text, &end);
    if (end == text || *number < 0)
        return false;
    unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
    if (unit) {
        for (long i = unit - units; i >= 0; i--)
            *number *= isupper((unsigned char)*end) ? 1024 : 1000;
        end++;
    }
    return !strcmp(end, ending);
}

static uint64_t number_of(char option, const char *text, double max)
{
    double number;

    if (!scan(text, "", &number) || number > max)
        fail(option, text);
    return (uint64_t)number;
}

static uint64_t time_of(char option, const char *text)
{
    double number;

    if (!scan(text, "", &number) || number > 1e6)
        fail(option, text);
    return (uint64_t)(number * (double)NANOSECONDS);
}

static void set_rate(struct options *options, const char *text)
{
    double number;

    options->rate = options->packet_rate = 0;
    if (scan(text, "pps", &number) && number <= 1e9)
        options->packet_rate = (uint64_t)number;
    else
        options->rate = number_of('b', text, 1e15);
}

/* The value of an option that has one. */
static void set(struct options *options, int option, const char *value)
{
    switch (option) {
    case 'c':
        options->host = value;
        break;
    case 'p':
        options->port = value;
        if (number_of('p', value, 65535) < 1)
            fail('p', value);
        break;
    case 'l':
        options->length = (unsigned int)number_of('l', value, 16 << 20);
        break;
    case 'w':
        options->window = (int)number_of('w', value, 1 << 30);
        break;
    case 'i':
        options->interval = time_of('i', value);
        break;
    case 'f':
        options->format = value[0];
        if (!strchr("bkmgaBKMGA", value[0]) || value[1])
            fail('f', value);
        break;
    case 'P':
        options->streams = (int)number_of('P', value, STREAMS_MAX);
        break;
    case 't':
        options->time = time_of('t', value);
        break;
    case 'n':
        options->amount = number_of('n', value, 1e18);
        break;
    case 'b':
        set_rate(options, value);
    }
}

static void check(struct options *options, bool server)
{
    bool datagram = options->udp;

    if (server == !!options->host || (options->udp && options->reverse)) {
        fputs(usage, stderr);
        exit(2);
    }
    if (!options->length)
        options->length = !datagram                     ? TCP_LENGTH
                          : options->family == AF_INET6 ? UDP_LENGTH_IPV6
                                                        : UDP_LENGTH;
    if (datagram &&
        (options->length < LENGTH_MIN || options->length > LENGTH_MAX)) {
        fprintf(stderr, "iperf: -l: a datagram has %u to %u bytes\n",
                LENGTH_MIN, LENGTH_MAX);
        exit(2);
    }
    if (options->host && !options->streams)
        options->streams = 1;
}

static void parse(struct options *options, int argc, char **argv)
{
    bool server = false, rate_said = false;
    int option;

    while ((option = getopt(argc, argv, "suc:p:l:w:i:f:P:Vt:n:b:Re")) != -1) {
        switch (option) {
        case '?':
            fputs(usage, stderr);
            exit(2);
        case 's':
            server = true;
            break;
        case 'u':
            options->udp = true;
            break;
        case 'V':
            options->family = AF_INET6;
            break;
        case 'R':
            options->reverse = true;
            break;
        case 'e': /* more details: there are none */
            break;
        default:
            rate_said |= option == 'b';
            set(options, option, optarg);
        }
    }
    if (options->udp && !rate_said)
        options->rate = UDP_RATE;
    check(options, server && optind == argc);
}

/* All streams of a client. Returns the exit status. */
static int run_client(const struct options *options)
{
    static struct stream streams[STREAMS_MAX];
    static pthread_t threads[STREAMS_MAX];
    int begun, failed = 0;

    /* All are connected before the first one sends. */
    for (begun = 0; begun < options->streams; begun++) {
        struct stream *stream = &streams[begun];

        stream->options = options;
        stream->number = begun + 1;
        stream->fd = net_connect(options);
        if (stream->fd < 0)
            return 1;
        if (begun == 0)
            report_banner(options, stream->fd);
        net_announce(stream, NULL);
    }
    for (begun = 0; begun < options->streams; begun++)
        if (pthread_create(&threads[begun], NULL,
                           options->udp ? udp_client : tcp_client,
                           &streams[begun])) {
            fprintf(stderr, "iperf: no memory for a thread\n");
            failed = 1;
            break;
        }
    for (int i = 0; i < begun; i++) {
        pthread_join(threads[i], NULL);
        failed |= streams[i].failed;
    }
    if (begun > 1)
        report_sum(streams, begun);
    return failed;
}

int main(int argc, char **argv)
{
    static struct options options = {
        .port = "5001",
        .family = AF_UNSPEC,
        .time = 10 * NANOSECONDS,
        .format = 'a',
    };

    signal(SIGPIPE, SIG_IGN);
    parse(&options, argc, argv);
    if (options.host)
        return run_client(&options);
    if (options.udp)
        udp_server(&options);
    else
        tcp_server(&options);
    return 0;
}
