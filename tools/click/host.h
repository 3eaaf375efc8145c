/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h: the program `click`: a router on a Linux host.
 *
 * One thread does everything: rounds of the router, and between them sockets
 * that have something (select_add()).
 */
#ifndef CORACLE_TOOLS_CLICK_HOST_H
#define CORACLE_TOOLS_CLICK_HOST_H

#include <stdbool.h>
#include "lib/click/router.h"
#include "tools/click/options.h"

struct host {
    struct router_world world;
    const struct options *options;
    struct router *router;  /* that runs */
    struct router *retired; /* that it took the place of */
    bool running;           /* a round: no time to change the router */
    char *waiting;          /* a configuration for when it is over */
    struct click_errors errors;
};

/* run.c: make the router; run it until it stops. False if it could not be made;
 * what is wrong was said. */
bool host_start(struct host *host, const struct options *options);
struct host *host_of(struct router_world *world);
void host_run(struct host *host);
void host_end(struct host *host);

/* read.c: print values of handlers; false if one had none. */
bool host_read_handlers(struct host *host);
/* The value of -x's handler as an exit status. */
int host_exit_status(struct host *host);

/* files.c: the configuration in a file, or in standard input for "-"; NULL:
 * said why. */
char *read_whole_file(const char *name);
/* `text` into a file, or to standard output for "-"; false: said why. */
bool write_whole_file(const char *name, const struct text *text);

/* pipes.c: as struct router_world's. */
struct click_file *pipe_open(struct router_world *world, const char *program,
                             const char *name, bool write);
int pipe_close(struct router_world *world, struct click_file *file);

/* library.c: append the text of file `name`. */
bool library_text(const char *name, struct text *out);

/* select.c: call `ready` in each round in which `fd` can be read (or, if
 * `to_write`, written). */
typedef void select_ready(void *context);
bool select_add(int fd, bool to_write, select_ready *ready, void *context);
void select_remove(int fd, bool to_write);
/* Wait until one of them is ready, a signal comes, or `timeout` nanoseconds
 * have passed (negative: for ever). */
void select_wait(int64_t timeout);

/* server.c: control connections on TCP ports and Unix sockets: those of the
 * command line, and a router's (struct router_world). */
bool server_start(struct host *host);
void server_end(void);
int server_open(struct router_world *world,
                const struct router_control *control,
                struct click_errors *errors);
void server_close(struct router_world *world,
                  const struct router_control *control);

#endif
