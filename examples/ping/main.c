/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ping: sends ICMP echo requests and reports the answers, for IPv4 and IPv6.
 *
 * Nothing here is special to Coracle; it compiles on Linux too:
 * `cc` and both files here, and then needs root, as every program that opens a
 * raw socket.
 *
 * A raw socket is one below TCP and UDP: it sends and receives whole ICMP
 * messages. It receives everybody's, so each request carries an identifier,
 * which comes back in the answer and in errors. The answers' times are not
 * taken from what comes back but from a table: nobody out there can make up a
 * round trip.
 *
 *     main.c    the command line, when to send and how long to wait
 *     icmp.c    the messages
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "ping.h"

#define NANOSECONDS 1000000000ull

/* So many requests back an answer is still recognised. */
#define RECENT 1024

static const char usage[] =
    "usage: ping [-4|-6] [-c COUNT] [-i SECONDS] [-s BYTES] [-W SECONDS] HOST\n"
    "  -c  stop after so many requests; 0: never\n"
    "  -i  between requests (1)\n"
    "  -s  data in a request (56)\n"
    "  -W  wait for the last answer (10)\n";

/* What has been sent, by number. */
static struct {
    uint64_t at; /* monotonic, ns */
    bool answered;
} requests[RECENT];

static struct {
    uint64_t sent, received, errors, duplicates;
    uint64_t least, most;
    double sum, squares; /* of milliseconds */
} statistics;

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static uint64_t time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

/* ---- Answers --------------------------------------------------------------
 */

static void count_answer(uint64_t took)
{
    double milliseconds = (double)took / 1e6;

    if (!statistics.received++ || took < statistics.least)
        statistics.least = took;
    if (took > statistics.most)
        statistics.most = took;
    statistics.sum += milliseconds;
    statistics.squares += milliseconds * milliseconds;
}

static void print_answer(const struct icmp_answer *answer, uint64_t now)
{
    unsigned int place = answer->number % RECENT;
    uint64_t took = now - requests[place].at;
    bool duplicate = requests[place].answered;

    if (answer->error) {
        statistics.errors++;
        printf("From %s icmp_seq=%u %s\n", answer->from, answer->number,
               answer->error);
        return;
    }
    printf("%zu bytes from %s: icmp_seq=%u", answer->length, answer->from,
           answer->number);
    if (answer->hops)
        printf(" ttl=%u", answer->hops);
    printf(" time=%.3f ms%s\n", (double)took / 1e6,
           answer->damaged ? " (DAMAGED!)"
           : duplicate     ? " (DUP!)"
                           : "");
    if (duplicate)
        statistics.duplicates++;
    else
        count_answer(took);
    requests[place].answered = true;
}

/* Not just any number: that of a request, and a recent one. */
static bool was_sent(uint16_t number)
{
    uint16_t age = (uint16_t)(statistics.sent - number);

    return age < RECENT && age < statistics.sent;
}

/* Take what comes until `deadline`, or until all have been answered if `all`.
 */
static void receive(struct icmp *icmp, uint64_t deadline, bool all)
{
    uint64_t now;

    while ((now = time_now()) < deadline && !stopped) {
        struct pollfd wait = {.fd = icmp->fd, .events = POLLIN};
        uint64_t left = (deadline - now + 999999) / 1000000;
        struct icmp_answer answer;

        if (all && statistics.received + statistics.errors >= statistics.sent)
            return;
        if (poll(&wait, 1, left > 1000 ? 1000 : (int)left) <= 0)
            continue;
        if (icmp_receive(icmp, &answer) && was_sent(answer.number))
            print_answer(&answer, time_now());
        fflush(stdout);
    }
}

/* ---- Requests -------------------------------------------------------------
 */

static void send_request(struct icmp *icmp)
{
    uint16_t number = (uint16_t)(statistics.sent + 1);

    requests[number % RECENT].at = time_now();
    requests[number % RECENT].answered = false;
    statistics.sent++;
    if (icmp_send(icmp, number) < 0) {
        fprintf(stderr, "ping: sendto: %s\n", strerror(errno));
        statistics.errors++;
    }
}

/* The square root, by Newton: not worth linking a library of mathematics. */
static double root(double square)
{
    double guess = square > 1 ? square : 1;

    for (int i = 0; i < 60; i++)
        guess = (guess + square / guess) / 2;
    return square > 0 ? guess : 0;
}

static void print_statistics(const char *host, uint64_t took)
{
    uint64_t lost = statistics.sent - statistics.received;
    double count = (double)statistics.received;

    printf("\n--- %s ping statistics ---\n%llu packets transmitted, %llu "
           "received, ",
           host, (unsigned long long)statistics.sent,
           (unsigned long long)statistics.received);
    if (statistics.duplicates)
        printf("+%llu duplicates, ", (unsigned long long)statistics.duplicates);
    if (statistics.errors)
        printf("+%llu errors, ", (unsigned long long)statistics.errors);
    printf("%.4g%% packet loss, time %llums\n",
           statistics.sent ? 100.0 * (double)lost / (double)statistics.sent : 0,
           (unsigned long long)(took / 1000000));
    if (statistics.received) {
        double mean = statistics.sum / count;

        printf("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n",
               (double)statistics.least / 1e6, mean,
               (double)statistics.most / 1e6,
               root(statistics.squares / count - mean * mean));
    }
}

static double number_argument(int option, double max)
{
    char *end;
    double number = strtod(optarg, &end);

    if (end == optarg || *end || !(number >= 0 && number <= max)) {
        fprintf(stderr, "ping: -%c: what is \"%s\"?\n", option, optarg);
        exit(2);
    }
    return number;
}

int main(int argc, char **argv)
{
    uint64_t count = 0, interval = NANOSECONDS, wait = 10 * NANOSECONDS;
    uint64_t start, due;
    size_t size = 56;
    int option, family = 0;
    struct icmp icmp;

    while ((option = getopt(argc, argv, "46c:i:s:W:")) != -1) {
        if (option == '4' || option == '6')
            family = option - '0';
        else if (option == 'c')
            count = (uint64_t)number_argument(option, 1e15);
        else if (option == 'i')
            interval = (uint64_t)(number_argument(option, 1e6) * 1e9);
        else if (option == 's')
            size = (size_t)number_argument(option, ICMP_DATA_MAX);
        else if (option == 'W')
            wait = (uint64_t)(number_argument(option, 1e6) * 1e9);
        else
            optind = argc;
    }
    if (optind != argc - 1) {
        fputs(usage, stderr);
        return 2;
    }
    if (!icmp_open(&icmp, argv[optind], family, size))
        return 2;
    signal(SIGINT, stop);
    signal(SIGTERM, stop); /* `xl shutdown` */
    printf("PING %s (%s) %zu data bytes\n", argv[optind], icmp.address, size);
    fflush(stdout);
    start = due = time_now();
    while (!stopped && (!count || statistics.sent < count)) {
        send_request(&icmp);
        due += interval;
        if (!count || statistics.sent < count)
            receive(&icmp, due, false);
    }
    receive(&icmp, time_now() + wait, true);
    print_statistics(argv[optind], time_now() - start);
    icmp_close(&icmp);
    return statistics.received ? 0 : 1;
}
