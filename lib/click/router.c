/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * router.c: a configuration becomes a router, runs, and ends.
 *
 * Each stage sees to all elements and says all that is wrong before the next
 * one begins, and the first stage with an error is the last: an element never
 * sees a graph that is not whole. What has been configured is cleaned up in any
 * case, in the reverse order.
 */
#include "lib/click/router.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/ports.h"
#include "lib/click/large.h"
#include "lib/click/state.h"

/* Tasks that run between two looks at the clock and the timers. */
#define TASKS_PER_ROUND 128

/* How long a round takes in simulated time, ns. */
#define SIMULATED_ROUND 10
#define BUSY_ROUNDS     1000 /* in a row; those behind take 100 times that */

/* ---- Making ---------------------------------------------------------------
 */

static int compare_names(const void *a, const void *b)
{
    const struct element *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static int make_elements(struct router *router, struct click_errors *errors)
{
    const struct click_config *config = router->config;
    int error = 0;

    for (unsigned int i = 0; i < config->element_count; i++) {
        const struct config_element *words = &config->elements[i];
        const struct element_class *class = element_class_find(words->class);
        struct element *element;

        if (!class) {
            error = click_error(errors, words->landmark,
                                "unknown element class '%s'", words->class);
            continue;
        }
        element = element_create(router, class, words, i);
        if (!element)
            return click_error(errors, words->landmark, "out of memory");
        router->elements[i] = element;
    }
    if (error)
        return error;
    router->element_count = config->element_count;
    memcpy(router->by_name, router->elements,
           router->element_count * sizeof(struct element *));
    qsort(router->by_name, router->element_count, sizeof(struct element *),
          compare_names);
    return 0;
}

static int make_ports(struct router *router, struct click_errors *errors)
{
    const struct click_config *config = router->config;
    int error = ports_count(config, router->elements, errors);

    if (error)
        return error;
    for (unsigned int i = 0; i < router->element_count; i++) {
        struct element *element = router->elements[i];

        element->input = calloc(element->inputs + 1, sizeof(*element->input));
        element->output =
            calloc(element->outputs + 1, sizeof(*element->output));
        if (!element->input || !element->output)
            return click_error(errors, element->landmark, "out of memory");
    }
    return ports_resolve(config, router->elements, errors);
}

static void connect_ports(struct router *router)
{
    const struct click_config *config = router->config;

    for (unsigned int i = 0; i < config->connection_count; i++) {
        const struct config_connection *wire = &config->connections[i];
        struct element *from = router->elements[wire->from];
        struct element *to = router->elements[wire->to];

        if (from->output_push[wire->from_port])
            element_port_connect(&from->output[wire->from_port], to,
                                 wire->to_port);
        else
            element_port_connect(&to->input[wire->to_port], from,
                                 wire->from_port);
    }
}

/* By phases; as they were declared within one. */
static void sort_by_phase(struct router *router)
{
    unsigned int *order = router->order;

    for (unsigned int i = 0; i < router->element_count; i++) {
        int phase = router->elements[i]->class->phase;
        unsigned int place = i;

        while (place > 0 &&
               router->elements[order[place - 1]]->class->phase > phase) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = i;
    }
}

/* A step that failed: who says nothing had no memory. `before`: the errors that
 * there were. */
static void step_failed(struct router *router, struct click_errors *errors,
                        unsigned int before)
{
    if (errors->count == before)
        (void)click_error(errors, NULL, "out of memory");
    router->failed = true;
}

static void configure_elements(struct router *router,
                               struct click_errors *errors)
{
    for (unsigned int i = 0; i < router->element_count; i++) {
        struct element *element = router->elements[router->order[i]];
        unsigned int before = errors->count;

        click_errors_enter(errors, element->landmark,
                           "While configuring '%s :: %s':", element->name,
                           element->class->name);
        if (element_configure(element, errors))
            step_failed(router, errors, before);
        click_errors_leave(errors);
    }
    router->configured = true;
}

static void initialize_elements(struct router *router,
                                struct click_errors *errors)
{
    for (unsigned int i = 0; i < router->element_count; i++) {
        struct element *element = router->elements[router->order[i]];
        unsigned int before = errors->count;

        if (!element->class->initialize)
            continue;
        /* Each at its own time: timers of one interval keep this order. */
        if (!router->world->simtime)
            router->steady = router->world->steady(router->world);
        click_errors_enter(errors, element->landmark,
                           "While initializing '%s :: %s':", element->name,
                           element->class->name);
        if (element->class->initialize(element, errors))
            step_failed(router, errors, before);
        click_errors_leave(errors);
    }
}

struct element *element_before(const struct element *element)
{
    struct router *old = element->router->old;
    struct element *before = old ? router_find(old, element->name) : NULL;

    return before && before->class == element->class ? before : NULL;
}

static void take_states(struct router *router)
{
    for (unsigned int i = 0; i < router->element_count; i++) {
        struct element *element = router->elements[i];
        struct element *before = element_before(element);

        if (before && element->class->take_state)
            element->class->take_state(element, before);
        if (before && element->large) {
            element->large->rest = before->large->rest;
            before->large->rest = NULL;
        }
    }
    router->old = NULL;
}

static struct router *alloc_router(struct click_config *config,
                                   const char *text, struct router_world *world)
{
    struct router *router = calloc(1, sizeof(*router));
    size_t count = config->element_count + 1;

    if (!router) {
        config_free(config);
        return NULL;
    }
    router->config = config;
    router->world = world;
    router->source = strdup(text);
    router->elements = calloc(count, sizeof(struct element *));
    router->by_name = calloc(count, sizeof(struct element *));
    router->order = calloc(count, sizeof(*router->order));
    if (!router->source || !router->elements || !router->by_name ||
        !router->order) {
        router_destroy(router);
        return NULL;
    }
    return router;
}

/* All stages; false if one failed. */
static bool build(struct router *router, struct click_errors *errors)
{
    if (make_elements(router, errors) || make_ports(router, errors))
        return false;
    connect_ports(router);
    if (loops_check(router, errors))
        return false;
    sort_by_phase(router);
    configure_elements(router, errors);
    if (router->failed)
        return false;
    initialize_elements(router, errors);
    if (router->failed)
        return false;
    take_states(router);
    return true;
}

struct router *router_create(const char *file, const char *text,
                             const struct click_parameter *params,
                             unsigned int count, struct router *old,
                             struct router_world *world,
                             struct click_errors *errors)
{
    struct config_source source = {
        .file = file,
        .text = text,
        .params = params,
        .count = count,
        .library = world->library,
    };
    struct click_config *config = config_parse_from(&source, errors);
    struct router *router;

    if (!config)
        return NULL;
    router = alloc_router(config, text, world);
    if (!router) {
        (void)click_error(errors, NULL, "out of memory");
        return NULL;
    }
    if (old && world->simtime) {
        router->now = old->now;
        router->steady = old->steady;
    } else {
        router->now = world->now(world);
        router->steady = world->steady(world);
    }
    router->old = old;
    if (!build(router, errors)) {
        (void)click_error(errors, NULL, "Router could not be initialized!");
        router_destroy(router);
        return NULL;
    }
    return router;
}

static void free_shared(struct router *router)
{
    while (router->shared) {
        struct click_shared *shared = router->shared;

        router->shared = shared->next;
        if (shared->release)
            shared->release(shared->value);
        free(shared);
    }
}

void router_destroy(struct router *router)
{
    unsigned int count;

    if (!router)
        return;
    count = router->config->element_count;
    for (unsigned int i = router->configured ? count : 0; i > 0; i--) {
        struct element *element = router->elements[router->order[i - 1]];

        if (element->class->cleanup)
            element->class->cleanup(element);
    }
    for (unsigned int i = 0; router->elements && i < count; i++)
        if (router->elements[i])
            element_destroy(router->elements[i]);
    free_shared(router);
    timers_free(router);
    names_free(router);
    tickets_free(router);
    free(router->elements);
    free(router->by_name);
    free(router->order);
    free(router->source);
    config_free(router->config);
    free(router);
}

/* ---- Running --------------------------------------------------------------
 */

void router_set_driver(struct element *driver,
                       bool (*step)(struct element *driver))
{
    driver->router->driver = driver;
    driver->router->driver_step = step;
}

bool router_has_driver(const struct element *element)
{
    return element->router->driver;
}

void router_stop(struct router *router)
{
    router->stops++;
}

/* The driver is asked what each stop means; without one it is the end. */
static void see_to_stops(struct router *router)
{
    while (router->stops > 0 && !router->ended) {
        router->stops--;
        if (!router->driver || !router->driver_step(router->driver))
            router->ended = true;
    }
}

/* When the next round is due. */
static int64_t next_round(const struct router *router)
{
    if (router->task_first || router->stops || signals_pending(router))
        return 0;
    return router->timer_count > 0 ? router->timers[1]->when : INT64_MAX;
}

/* Simulated: on to the next timer; in a router that always has something to do,
 * a little in each round, and more if it goes on and on. */
static void pass_time(struct router *router, int64_t *wakeup)
{
    int64_t passed = *wakeup - router->steady;

    if (*wakeup == INT64_MAX)
        return;
    if (*wakeup != 0)
        router->busy = 0;
    else if (router->busy < BUSY_ROUNDS)
        passed = SIMULATED_ROUND, router->busy++;
    else
        passed = 100 * SIMULATED_ROUND;
    if (passed > 0) {
        router->now += passed;
        router->steady += passed;
    }
    *wakeup = 0;
}

bool router_run(struct router *router, int64_t *wakeup)
{
    struct router_world *world = router->world;

    if (router->ended)
        return false;
    if (!world->simtime) {
        router->now = world->now(world);
        router->steady = world->steady(world);
    }
    see_to_stops(router);
    signals_run(router);
    tasks_run(router, TASKS_PER_ROUND);
    timers_run(router);
    see_to_stops(router);
    *wakeup = next_round(router);
    if (world->simtime)
        pass_time(router, wakeup);
    return !router->ended;
}

struct router_world *router_world(const struct router *router)
{
    return router->world;
}

/* ---- What it consists of --------------------------------------------------
 */

unsigned int router_elements(const struct router *router)
{
    return router->element_count;
}

struct element *router_element(const struct router *router, unsigned int index)
{
    return index < router->element_count ? router->elements[index] : NULL;
}

struct element *router_find(const struct router *router, const char *name)
{
    unsigned int low = 0, high = router->element_count;

    while (low < high) {
        unsigned int middle = (low + high) / 2;
        int order = strcmp(name, router->by_name[middle]->name);

        if (order == 0)
            return router->by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The configuration's strings are as they were; elements may have others now.
 */
void router_flatten(const struct router *router, struct text *out)
{
    struct config_element *words = router->config->elements;
    size_t count = router->element_count;
    char **first = calloc(count + 1, sizeof(*first));

    if (!first) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        first[i] = words[i].config;
        words[i].config = (char *)router->elements[i]->config;
    }
    config_unparse(router->config, out);
    for (size_t i = 0; i < count; i++)
        words[i].config = first[i];
    free(first);
}

void *router_share(struct router *router, const char *key, size_t size,
                   void (*release)(void *value))
{
    struct click_shared *shared;

    for (shared = router->shared; shared; shared = shared->next)
        if (!strcmp(shared->key, key))
            return shared->value;
    shared = calloc(1, sizeof(*shared) + size);
    if (!shared)
        return NULL;
    shared->key = key;
    shared->release = release;
    shared->next = router->shared;
    router->shared = shared;
    return shared->value;
}
