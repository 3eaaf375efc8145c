/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c: a router's world on a host, and its rounds.
 *
 * Another configuration can come (`hotconfig`) from a control connection,
 * between two rounds, or from an element, in one. It is tried at once in the
 * first case and after the round in the second; the old router goes when nobody
 * is in it any more.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "tools/click/device.h"
#include "tools/click/host.h"

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* ---- The world ------------------------------------------------------------
 */

struct host *host_of(struct router_world *world)
{
    return container_of(world, struct host, world);
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t world_now(struct router_world *world)
{
    const struct options *options = host_of(world)->options;

    return options->simtime ? options->start : clock_ns(CLOCK_REALTIME);
}

static int64_t world_steady(struct router_world *world)
{
    const struct options *options = host_of(world)->options;

    return options->simtime ? options->start : clock_ns(CLOCK_MONOTONIC);
}

static void world_say(struct router_world *world, const char *line)
{
    (void)world;
    fflush(stdout);
    fprintf(stderr, "%s\n", line);
}

static uint32_t world_random(struct router_world *world)
{
    static uint32_t state;

    (void)world;
    /* xorshift: good enough for elements that drop or choose by chance */
    while (!state)
        if (getrandom(&state, sizeof(state), 0) != sizeof(state))
            state = (uint32_t)clock_ns(CLOCK_MONOTONIC);
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void say_error(struct click_errors *errors, const char *line)
{
    (void)errors;
    fprintf(stderr, "%s\n", line);
}

/* ---- Configurations -------------------------------------------------------
 */

static bool replace(struct host *host, const char *text,
                    struct click_errors *errors)
{
    const struct options *options = host->options;
    struct router *router = router_create(
        "hotconfig", text, options->parameters, options->parameter_count,
        host->router, &host->world, errors);

    if (!router)
        return false;
    router_destroy(host->retired);
    host->retired = host->router;
    host->router = router;
    return true;
}

static int world_hotconfig(struct router_world *world, const char *text,
                           struct click_errors *errors)
{
    struct host *host = host_of(world);

    if (!host->running)
        return replace(host, text, errors) ? 0 : -EINVAL;
    free(host->waiting);
    host->waiting = strdup(text);
    return host->waiting ? 0 : click_error(errors, NULL, "out of memory");
}

/* Between two rounds: nobody is in a router. */
static void change_router(struct host *host)
{
    router_destroy(host->retired);
    host->retired = NULL;
    if (!host->waiting)
        return;
    (void)replace(host, host->waiting, &host->errors);
    free(host->waiting);
    host->waiting = NULL;
    router_destroy(host->retired);
    host->retired = NULL;
}

bool host_start(struct host *host, const struct options *options)
{
    const char *file = options->file ? options->file : "-";
    char *text = NULL;

    memset(host, 0, sizeof(*host));
    host->options = options;
    host->world = (struct router_world){
        .now = world_now,
        .steady = world_steady,
        .say = world_say,
        .random = world_random,
        .hotconfig = options->hotconfig ? world_hotconfig : NULL,
        .control_open = server_open,
        .control_close = server_close,
        .library = library_text,
        .addresses = device_addresses,
        .pipe_open = pipe_open,
        .pipe_close = pipe_close,
        .simtime = options->simtime,
    };
    device_offline = options->quit;
    host->errors.say = say_error;
    host->errors.no_warnings = options->no_warnings;
    if (!options->expression) {
        text = read_whole_file(file);
        if (!text)
            return false;
    }
    if (options->expression)
        file = "config";
    else if (!strcmp(file, "-"))
        file = "<stdin>";
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, interrupt); /* a Script may want these two */
    signal(SIGINT, interrupt);
    host->router = router_create(file, text ? text : options->expression,
                                 options->parameters, options->parameter_count,
                                 NULL, &host->world, &host->errors);
    free(text);
    return host->router;
}

void host_end(struct host *host)
{
    router_destroy(host->retired);
    router_destroy(host->router);
    server_end();
    free(host->waiting);
}

/* ---- Rounds ---------------------------------------------------------------
 */

/* How long to wait for something: nanoseconds, negative: for ever. */
static int64_t until(int64_t wakeup)
{
    int64_t left;

    if (wakeup == 0 || wakeup == INT64_MAX)
        return wakeup ? -1 : 0;
    left = wakeup - clock_ns(CLOCK_MONOTONIC);
    return left > 0 ? left : 0;
}

void host_run(struct host *host)
{
    unsigned int rounds = 0;
    int64_t wakeup;
    bool more;

    while (!interrupted) {
        host->running = true;
        more = router_run(host->router, &wakeup);
        host->running = false;
        if (!more && !host->waiting)
            break;
        if (host->waiting)
            wakeup = 0;
        change_router(host);
        /* With work to do, look at sockets now and then only. */
        if (wakeup || rounds++ % 16 == 0) {
            fflush(stdout);
            select_wait(until(wakeup));
            change_router(host);
        }
    }
    fflush(stdout);
}
