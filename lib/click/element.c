/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * element.c: one element: its making, its configuration, its memory, and what
 * it asks of its router.
 *
 * An element's ports are two arrays behind its structure's own memory; ports.c
 * says what they are, router.c connects them. An element whose class has
 * simple() gets a push() and a pull() from here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/large.h"
#include "lib/click/state.h"

/* ---- Memory ---------------------------------------------------------------
 */

static void *alloc_block(struct element *element, size_t size, bool parameter)
{
    struct click_memory *block;

    if (size > SIZE_MAX - sizeof(*block))
        return NULL;
    block = calloc(1, sizeof(*block) + size);
    if (!block)
        return NULL;
    block->parameter = parameter;
    block->back = &element->memory;
    block->next = element->memory;
    if (block->next)
        block->next->back = &block->next;
    element->memory = block;
    return block + 1;
}

void *element_alloc(struct element *element, size_t size)
{
    return alloc_block(element, size, false);
}

void *element_alloc_parameter(struct element *element, size_t size)
{
    return alloc_block(element, size, true);
}

static void free_block(struct click_memory *block)
{
    *block->back = block->next;
    if (block->next)
        block->next->back = block->back;
    free(block);
}

void element_free(struct element *element, void *memory)
{
    (void)element;
    if (memory)
        free_block((struct click_memory *)memory - 1);
}

/* Free parameters' blocks from `block` on; up to `end`. */
static void free_parameters(struct click_memory *block,
                            struct click_memory *end)
{
    while (block != end) {
        struct click_memory *next = block->next;

        if (block->parameter)
            free_block(block);
        block = next;
    }
}

/* ---- Making and ending ----------------------------------------------------
 */

static void simple_push(struct element *element, unsigned int port,
                        struct packet *packet)
{
    (void)port;
    packet = element->class->simple(element, packet);
    if (packet)
        element_push(element, 0, packet);
}

static struct packet *simple_pull(struct element *element, unsigned int port)
{
    struct packet *packet;

    (void)port;
    packet = element_pull(element, 0);
    return packet ? element->class->simple(element, packet) : NULL;
}

struct element *element_create(struct router *router,
                               const struct element_class *class,
                               const struct config_element *config,
                               unsigned int index)
{
    struct click_large *large;
    struct element *element =
        calloc(1, class->size + (class->cuts ? sizeof(*large) : 0));

    if (!element)
        return NULL;
    large = (struct click_large *)((char *)element + class->size);
    element->large = class->cuts ? large : NULL;
    element->class = class;
    element->router = router;
    element->name = config->name;
    element->landmark = config->landmark;
    element->config = config->config;
    element->index = index;
    if (class->defaults)
        class->defaults(element);
    return element;
}

void element_destroy(struct element *element)
{
    while (element->memory)
        free_block(element->memory);
    element_handlers_free(element);
    if (element->large)
        packet_free(element->large->rest);
    free(element->input);
    free(element->output);
    free(element->input_push);
    free(element->output_push);
    free(element);
}

/* What a port of `element` that packets come in by is called by. */
void element_port_connect(struct element_port *port, struct element *element,
                          unsigned int number)
{
    const struct element_class *class = element->class;

    port->element = element;
    port->port = number;
    port->push = class->push   ? class->push
                 : class->cuts ? large_push
                               : simple_push;
    port->pull = class->pull   ? class->pull
                 : class->cuts ? large_pull
                               : simple_pull;
}

/* ---- Configuring ----------------------------------------------------------
 */

int element_configure(struct element *element, struct click_errors *errors)
{
    struct click_args args;
    int error = click_args_read(&args, element, element->config, false, errors);

    if (error)
        return error;
    if (element->class->configure)
        error = element->class->configure(element, &args);
    click_args_end(&args);
    return error;
}

/* By the table; the class's part of the structure is as it was if configure()
 * does not like it. */
static int configure_by_table(struct element *element, const char *config,
                              struct click_errors *errors)
{
    const struct element_class *class = element->class;
    struct click_memory *old = element->memory;
    void *own = element + 1, *saved;
    size_t size = class->size - sizeof(*element);
    struct click_args args;
    int error;

    saved = malloc(size + 1);
    if (!saved)
        return click_error(errors, NULL, "out of memory");
    memcpy(saved, own, size);
    error = click_args_read(&args, element, config, true, errors);
    if (!error) {
        if (class->configure)
            error = class->configure(element, &args);
        click_args_end(&args);
        if (error)
            memcpy(own, saved, size);
    }
    free(saved);
    /* Blocks are added in front: `old` and what follows are the old ones. */
    if (error)
        free_parameters(element->memory, old);
    else
        free_parameters(old, NULL);
    return error;
}

static int configure_by_words(struct element *element, const char *config,
                              struct click_errors *errors)
{
    struct click_args args = {.element = element, .errors = errors};
    int error;

    args.words = click_split_args(config, &args.count);
    if (!args.words)
        return click_error(errors, NULL, "out of memory");
    error = element_more(element->class)->reconfigure(element, &args);
    click_args_end(&args);
    return error;
}

int element_configure_again(struct element *element, const char *config,
                            struct click_errors *errors)
{
    const char *first =
        element->router->config->elements[element->index].config;
    int error = element_more(element->class)->reconfigure
                    ? configure_by_words(element, config, errors)
                    : configure_by_table(element, config, errors);
    char *copy;

    if (error)
        return error;
    copy = element_alloc(element, strlen(config) + 1);
    if (copy) {
        strcpy(copy, config);
        if (element->config != first)
            element_free(element, (char *)element->config);
        element->config = copy;
    }
    return 0;
}

/* ---- What elements ask ----------------------------------------------------
 */

struct element *element_find(const struct element *near, const char *name)
{
    size_t scope = near ? strlen(near->name) : 0;
    struct element *found = NULL;
    char *path;

    path = malloc(scope + strlen(name) + 2);
    if (!near || !path) {
        free(path);
        return NULL;
    }
    memcpy(path, near->name, scope);
    while (!found) {
        while (scope > 0 && path[scope - 1] != '/')
            scope--;
        strcpy(path + scope, name);
        found = router_find(near->router, path);
        if (scope == 0)
            break;
        scope--; /* the slash; then the compound around */
    }
    free(path);
    return found;
}

void *element_cast(struct element *element, const char *interface)
{
    void *found = NULL;

    /* The class first: what ARPTable means by "ARPTable" is no element. */
    if (element_more(element->class)->cast)
        found = element_more(element->class)->cast(element, interface);
    if (!found && !strcmp(element->class->name, interface))
        found = element;
    return found;
}

void click_say(const struct element *element, const char *format, ...)
{
    struct router_world *world = element->router->world;
    struct text text = {0};
    va_list arguments;

    va_start(arguments, format);
    text_vprintf(&text, format, arguments);
    va_end(arguments);
    world->say(world, text.failed ? "out of memory for a line to print"
                                  : text_string(&text));
    text_free(&text);
}

static void say_error(struct click_errors *errors, const char *line)
{
    struct element_errors *own = (struct element_errors *)errors;
    struct element *element = own->element;

    if (own->plain)
        click_say(element, "%s", line);
    else
        click_say(element, "%s :: %s: %s", element->name, element->class->name,
                  line);
}

void element_errors(struct element_errors *errors, struct element *element)
{
    memset(errors, 0, sizeof(*errors));
    errors->errors.say = say_error;
    errors->element = element;
}

int64_t click_now(const struct element *element)
{
    return element->router->now;
}

int64_t click_steady(const struct element *element)
{
    return element->router->steady;
}

uint32_t click_random(struct element *element)
{
    struct router_world *world = element->router->world;

    return world->random(world);
}
