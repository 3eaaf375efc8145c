/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c: the program `click`: runs a configuration on a host, with the same
 * elements that a guest has. Called as `click-flatten`, it only expands it.
 *
 * Its exit status is 0 if there was no error, else 1; or what -x says.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "tools/click/flatten.h"
#include "tools/click/host.h"

static bool write_output(struct host *host)
{
    struct text text = {0};
    bool good;

    router_flatten(host->router, &text);
    good = write_whole_file(host->options->output, &text);
    text_free(&text);
    return good;
}

static double seconds(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void run_and_time(struct host *host)
{
    double start = seconds(CLOCK_MONOTONIC);
    struct rusage before, after;

    getrusage(RUSAGE_SELF, &before);
    host_run(host);
    getrusage(RUSAGE_SELF, &after);
    printf("%.3fu %.3fs %.3f\n",
           (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
               (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6,
           (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
               (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6,
           seconds(CLOCK_MONOTONIC) - start);
}

static int run(const struct options *options)
{
    struct host host;
    int status = 0;

    if (!host_start(&host, options))
        return 1;
    if (options->output && !write_output(&host))
        status = 1;
    if (!options->quit && !server_start(&host))
        status = 1;
    else if (!options->quit && options->time)
        run_and_time(&host);
    else if (!options->quit)
        host_run(&host);
    if (!host_read_handlers(&host))
        status = 1;
    if (options->exit_handler && !status)
        status = host_exit_status(&host);
    host_end(&host);
    return status;
}

int main(int count, char **words)
{
    const char *slash = strrchr(words[0], '/');
    const char *name = slash ? slash + 1 : words[0];
    struct options options;
    int status;

    if (!strcmp(name, "click-flatten") ||
        !strcmp(name, "click-checked-flatten"))
        return flatten_main(count, words);
    status = options_read(&options, &click_program, count, words);
    status = status ? status - 1 : run(&options);
    options_free(&options);
    return status;
}
