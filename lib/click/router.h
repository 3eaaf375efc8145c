/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * router.h: a configuration at work, for those who run it: the host program, a
 * guest, tests.
 *
 *     text -> lexer, parser -> a graph of names (config.h) -> flattened ->
 *     router_create(): elements made, ports resolved, configured, connected,
 *     initialized -> router_run()
 *
 * A router is run by one thread at a time. Whoever else wants to look at it
 * (a handler asked for by xenstore or TCP) does so in that thread, between two
 * rounds. Several routers know nothing of each other.
 */
#ifndef CORACLE_CLICK_ROUTER_H
#define CORACLE_CLICK_ROUTER_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/click/element.h"

/* A socket at which others can reach handlers. */
struct router_control {
    bool tcp; /* else a Unix socket */
    const char
        *where; /* a port, a path; "PORT+": or the next one that is free */
    bool read_only, local;
    unsigned int *port; /* unless NULL, becomes the port */
};

/* Of a network interface; 0: it has none. All in network byte order. */
struct router_addresses {
    uint32_t ip, mask, gateway;
    bool has_ether;
    uint8_t ether[6];
};

/* What a router needs of the world. */
struct click_file;

struct router_world {
    int64_t (*now)(struct router_world *world);    /* ns since 1970 */
    int64_t (*steady)(struct router_world *world); /* ns */
    /* A line for people, without its end. */
    void (*say)(struct router_world *world, const char *line);
    uint32_t (*random)(struct router_world *world);
    bool simtime; /* time jumps from timer to timer */

    /* Each may be NULL. The router shall make way for one of configuration
     * `text` (the handler "hotconfig"): 0, or negative when an error was said.
     * It must not be destroyed in this call. */
    int (*hotconfig)(struct router_world *world, const char *text,
                     struct click_errors *errors);
    /* Open such a socket, which speaks control.h's protocol, or the same once
     * more: 0, or negative when an error was said; and close it. */
    int (*control_open)(struct router_world *world,
                        const struct router_control *control,
                        struct click_errors *errors);
    void (*control_close)(struct router_world *world,
                          const struct router_control *control);
    /* A stream from or to `program`, which unpacks or packs the file `name`, or
     * NULL; and its end: 0, negative if it failed, -ENOENT if it is none of
     * these. Both or none. */
    struct click_file *(*pipe_open)(struct router_world *world,
                                    const char *program, const char *name,
                                    bool write);
    int (*pipe_close)(struct router_world *world, struct click_file *file);
    /* The addresses of the interface `name`; false: there is none. */
    bool (*addresses)(struct router_world *world, const char *name,
                      struct router_addresses *to);
    /* As struct config_source's. */
    bool (*library)(const char *name, struct text *out);
};

struct click_parameter {
    const char *name, *value; /* KEYWORD=value of the command line */
};

/*
 * Make a router of configuration `text`, which messages call `file`. NULL when
 * an error was said. `old`: a running router that it will take the place of;
 * what carries over is taken from it after all else succeeded, and the caller
 * then destroys it. Several: parameters for `define`.
 */
MUST_CHECK struct router *router_create(const char *file, const char *text,
                                        const struct click_parameter *params,
                                        unsigned int count, struct router *old,
                                        struct router_world *world,
                                        struct click_errors *errors);
void router_destroy(struct router *router); /* NULL is allowed */

struct router_world *router_world(const struct router *router);

/* The flattened configuration, as click-flatten prints it. */
void router_flatten(const struct router *router, struct text *out);

/*
 * Run expired timers and up to a bounded number of tasks: one round. False once
 * the router was told to stop (DriverManager, Script, router_stop()).
 * `wakeup` is when the next round is due: 0 at once, INT64_MAX: only when
 * somebody schedules a task (a device, a handler).
 */
MUST_CHECK bool router_run(struct router *router, int64_t *wakeup);
void router_stop(struct router *router);

/* For `driver`, an element: step() is called for each router_stop(), and says
 * whether the router goes on. There is one driver at most. */
void router_set_driver(struct element *driver,
                       bool (*step)(struct element *driver));
bool router_has_driver(const struct element *element);

/* Memory that all elements that know `key` (a string that stays) share: zeroed
 * when it is first asked for; release(), if any, is called before it is freed.
 * NULL if memory is short. */
MUST_CHECK void *router_share(struct router *router, const char *key,
                              size_t size, void (*release)(void *value));

unsigned int router_elements(const struct router *router);
struct element *router_element(const struct router *router, unsigned int index);
struct element *router_find(const struct router *router, const char *name);

/* `name` is ELEMENT.HANDLER, or HANDLER of the router itself (version, list,
 * classes, config, flatconfig, requirements, handlers, stop, ...). 0; -ENOENT,
 * -EACCES: no such handler, not for reading or writing; -EINVAL: it failed;
 * text or errors say why. */
MUST_CHECK int router_read(struct router *router, const char *name,
                           const char *param, struct text *out);
MUST_CHECK int router_write(struct router *router, const char *name,
                            const char *value, struct click_errors *errors);
/* Whether there is such a handler to read, or to write: 0, -ENOENT, -EACCES. */
MUST_CHECK int router_check(struct router *router, const char *name,
                            bool write);

/* The same for an element's handler, by others of its router: also hidden ones.
 */
MUST_CHECK int element_read(struct element *element, const char *name,
                            const char *param, struct text *out);
MUST_CHECK int element_write(struct element *element, const char *name,
                             const char *value, struct click_errors *errors);

/* Have `caught` called, in the router's thread, after the process got one of
 * the signals whose bits (1 << number) are set. -ENOMEM; -EINVAL: there is no
 * such signal. */
MUST_CHECK int router_catch_signals(struct element *element, uint32_t signals,
                                    void (*caught)(struct element *element));
/* No more: of what nobody else wants becomes what it was before. */
void router_ignore_signals(struct element *element);

#endif
