/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * httpd: a web server that shows its own kernel.
 *
 * What there is to learn from it: an event loop on sockets (server.c), a
 * connection that costs next to nothing while it waits (connection.c), a parser
 * that takes nothing for granted (request.c), files sent from where they lie
 * (files.c, output.c). And, in a browser, what all of that looks like from
 * below: rings that fill and empty, pages, grants, event channels, threads.
 *
 *     /               the status page, drawn by www/status.js
 *     /status.json    what it draws
 *     /metrics        the same for Prometheus
 *     anything else   a file
 *
 * Arguments: -p PORT (80), -c CONNECTIONS at a time (1000), -d FOLDER ("/", the
 * ramdisk).
 *
 * It is a POSIX program; only where it looks inside (inside.c) does it know
 * what it runs on.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "answer.h"
#include "inside.h"
#include "server.h"

#define PORT            80
#define CONNECTIONS_MAX 1000

static void write_inside(struct text *text,
                         void (*write)(const struct inside *, struct text *))
{
    struct inside *inside = inside_take();

    if (!inside) {
        text->failed = true;
        return;
    }
    write(inside, text);
    inside_free(inside);
}

static void write_status(struct text *text)
{
    write_inside(text, inside_write_json);
}

static void write_metrics(struct text *text)
{
    write_inside(text, inside_write_metrics);
}

static const struct page pages[] = {
    {"/status.json", "application/json", write_status},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", write_metrics},
    {NULL, NULL, NULL},
};

/* A number from 1 to `max`, or the end of the program. */
static unsigned int number_of(const char *text, unsigned long max)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*end || number == 0 || number > max) {
        fprintf(stderr, "httpd: %s is not a number from 1 to %lu\n", text, max);
        exit(2);
    }
    return (unsigned int)number;
}

int main(int argc, char **argv)
{
    struct site site = {.pages = pages};
    unsigned int port = PORT, connections = CONNECTIONS_MAX;
    const char *folder = "/";
    int option, error;

    while ((option = getopt(argc, argv, "p:c:d:")) != -1) {
        if (option == 'p') {
            port = number_of(optarg, 65535);
        } else if (option == 'c') {
            connections = number_of(optarg, 100000);
        } else if (option == 'd') {
            folder = optarg;
        } else {
            fprintf(stderr, "usage: httpd [-p PORT] [-c CONNECTIONS]"
                            " [-d FOLDER]\n");
            return 2;
        }
    }
    error = files_open(&site.files, folder);
    if (error) {
        fprintf(stderr, "httpd: the files in %s: %s\n", folder,
                strerror(-error));
        return 1;
    }
    signal(SIGPIPE, SIG_IGN); /* write() says so, too */
    error = server_run(&site, (uint16_t)port, connections);
    fprintf(stderr, "httpd: port %u: %s\n", port, strerror(-error));
    return 1;
}
