/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * router_handlers.c: handlers by their full names, and the router's own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/state.h"

/* ---- The router's own -----------------------------------------------------
 */

static void read_list(struct router *router, struct text *out)
{
    text_printf(out, "%u\n", router->element_count);
    for (unsigned int i = 0; i < router->element_count; i++)
        text_printf(out, "%s\n", router->elements[i]->name);
}

static void read_classes(struct router *router, struct text *out)
{
    const struct element_class *class;

    (void)router;
    for (unsigned int i = 0; (class = element_class_at(i)); i++)
        text_printf(out, "%s\n", class->name);
}

/* As it was written; with require(compact_config), what it means. */
static void read_config(struct router *router, struct text *out)
{
    if (config_requires(router->config, "compact_config"))
        router_flatten(router, out);
    else
        text_puts(out, router->source);
}

static void read_flatconfig(struct router *router, struct text *out)
{
    router_flatten(router, out);
}

static void read_requirements(struct router *router, struct text *out)
{
    for (unsigned int i = 0; i < router->config->requirement_count; i++)
        text_printf(out, "%s\n", router->config->requirements[i]);
}

/* One a line: all that there is was linked, nothing loaded. */
static void read_packages(struct router *router, struct text *out)
{
    (void)router;
    (void)out;
}

static void read_version(struct router *router, struct text *out)
{
    (void)router;
    text_puts(out, "2.1");
}

static int write_stop(struct router *router, const char *value,
                      struct click_errors *errors)
{
    uint64_t count = 1; /* also for "true", as people write */

    (void)errors;
    if (click_read_integer(value, 0, UINT16_MAX, &count))
        count = 1;
    while (count-- > 0)
        router_stop(router);
    return 0;
}

static int write_hotconfig(struct router *router, const char *value,
                           struct click_errors *errors)
{
    struct router_world *world = router->world;

    return world->hotconfig(world, value, errors);
}

static void read_loop_drops(struct router *router, struct text *out)
{
    text_printf(out, "%llu", (unsigned long long)router->loop_drops);
}

static void read_handlers(struct router *router, struct text *out);

static const struct router_handler {
    const char *name;
    void (*read)(struct router *router, struct text *out);
    int (*write)(struct router *router, const char *value,
                 struct click_errors *errors);
} handlers[] = {
    {"version", read_version, NULL},
    {"list", read_list, NULL},
    {"classes", read_classes, NULL},
    {"config", read_config, NULL},
    {"flatconfig", read_flatconfig, NULL},
    {"requirements", read_requirements, NULL},
    {"packages", read_packages, NULL},
    {"handlers", read_handlers, NULL},
    {"loop_drops", read_loop_drops, NULL},
    {"stop", NULL, write_stop},
    {"hotconfig", NULL, write_hotconfig},
};

#define HANDLERS (sizeof(handlers) / sizeof(*handlers))

/* The world may not allow another configuration. */
static bool is_there(const struct router *router,
                     const struct router_handler *own)
{
    return own->write != write_hotconfig || router->world->hotconfig;
}

static void read_handlers(struct router *router, struct text *out)
{
    for (unsigned int i = 0; i < HANDLERS; i++)
        if (is_there(router, &handlers[i]))
            text_printf(out, "%s\t%s%s\n", handlers[i].name,
                        handlers[i].read ? "r" : "",
                        handlers[i].write ? "w" : "");
}

static const struct router_handler *find_own(const char *name)
{
    for (unsigned int i = 0; i < HANDLERS; i++)
        if (!strcmp(handlers[i].name, name))
            return &handlers[i];
    return NULL;
}

bool router_has(const char *name, bool write)
{
    const struct router_handler *own = find_own(name);

    return own && (write ? own->write != NULL : own->read != NULL);
}

/* ---- By full names --------------------------------------------------------
 */

/* What `name` names: an element's handler, or the router's own one. */
struct target {
    struct element *element;
    const struct click_handler *handler;
    const struct router_handler *own;
};

static bool find(struct router *router, const char *name, struct target *target)
{
    const char *dot = strchr(name, '.');
    char *element;

    memset(target, 0, sizeof(*target));
    if (!dot || dot == name) {
        target->own = find_own(dot ? dot + 1 : name);
        return target->own && is_there(router, target->own);
    }
    element = strndup(name, (size_t)(dot - name));
    if (element)
        target->element = router_find(router, element);
    free(element);
    if (target->element)
        target->handler = element_handler_find(target->element, dot + 1);
    if (target->handler && (target->handler->flags & HANDLER_HIDDEN))
        target->handler = NULL;
    return target->handler;
}

int router_check(struct router *router, const char *name, bool write)
{
    struct target target;

    if (!find(router, name, &target))
        return -ENOENT;
    if (target.handler)
        return (write ? !target.handler->write : !target.handler->read)
                   ? -EACCES
                   : 0;
    return (write ? !target.own->write : !target.own->read) ? -EACCES : 0;
}

int element_read(struct element *element, const char *name, const char *param,
                 struct text *out)
{
    const struct click_handler *handler = element_handler_find(element, name);

    if (!handler) {
        text_printf(out, "no handler named '%s.%s'", element->name, name);
        return -ENOENT;
    }
    if (!handler->read) {
        text_printf(out, "handler '%s.%s' is write-only", element->name, name);
        return -EACCES;
    }
    if (*param && !(handler->flags & HANDLER_PARAM)) {
        text_printf(out, "read handler '%s.%s' does not take parameters",
                    element->name, name);
        return -EINVAL;
    }
    if (handler->read(element, handler, param, out) == 0)
        return 0;
    if (!*text_string(out))
        text_puts(out, "out of memory");
    return -EINVAL;
}

int router_read(struct router *router, const char *name, const char *param,
                struct text *out)
{
    struct target target;

    if (!find(router, name, &target)) {
        text_printf(out, "no handler named '%s'", name);
        return -ENOENT;
    }
    if (target.handler)
        return element_read(target.element, target.handler->name, param, out);
    if (!target.own->read) {
        text_printf(out, "handler '%s' is write-only", name);
        return -EACCES;
    }
    target.own->read(router, out);
    return 0;
}

/* Without white space around it, but for handlers that take any bytes. */
static char *trim(const struct click_handler *handler, const char *value)
{
    size_t length = strlen(value);

    if (handler && (handler->flags & HANDLER_RAW))
        return strdup(value);
    for (; isspace((unsigned char)*value); value++)
        length--;
    while (length > 0 && isspace((unsigned char)value[length - 1]))
        length--;
    return strndup(value, length);
}

int element_write(struct element *element, const char *name, const char *value,
                  struct click_errors *errors)
{
    const struct click_handler *handler = element_handler_find(element, name);
    char *trimmed;
    int error;

    if (!handler) {
        (void)click_error(errors, NULL, "no handler named '%s.%s'",
                          element->name, name);
        return -ENOENT;
    }
    if (!handler->write) {
        (void)click_error(errors, NULL, "handler '%s.%s' is read-only",
                          element->name, name);
        return -EACCES;
    }
    trimmed = trim(handler, value);
    if (!trimmed)
        return click_error(errors, NULL, "out of memory");
    error = handler_write(element, handler, trimmed, errors);
    free(trimmed);
    return error ? -EINVAL : 0;
}

int router_write(struct router *router, const char *name, const char *value,
                 struct click_errors *errors)
{
    struct target target;
    char *trimmed;
    int error;

    if (!find(router, name, &target)) {
        (void)click_error(errors, NULL, "no handler named '%s'", name);
        return -ENOENT;
    }
    if (target.handler)
        return element_write(target.element, target.handler->name, value,
                             errors);
    if (!target.own->write) {
        (void)click_error(errors, NULL, "handler '%s' is read-only", name);
        return -EACCES;
    }
    trimmed = trim(NULL, value);
    if (!trimmed)
        return click_error(errors, NULL, "out of memory");
    error = target.own->write(router, trimmed, errors);
    free(trimmed);
    return error ? -EINVAL : 0;
}
