/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handlers.c: an element's named values: those that all elements have, those of
 * its class, and those that it added itself.
 *
 * The first of a name counts, and an element's own come before its class's: so
 * an element may replace what its class has, and a class what all have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/state.h"
#include "lib/click/types.h"

struct click_handler_list {
    struct click_handler handler;
    struct click_handler_list *next;
};

/* ---- What all elements have -----------------------------------------------
 */

static int read_name(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    (void)handler;
    (void)param;
    text_puts(out, element->name);
    return 0;
}

static int read_class(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    (void)handler;
    (void)param;
    text_puts(out, element->class->name);
    return 0;
}

static int read_config(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    (void)handler;
    (void)param;
    text_puts(out, element->config);
    return 0;
}

static int write_config(struct element *element,
                        const struct click_handler *handler, const char *value,
                        struct click_errors *errors)
{
    (void)handler;
    return element_configure_again(element, value, errors);
}

/* The ports at the far ends of one port, as "name [0], name [1]". */
static void list_peers(const struct element *element, bool output,
                       unsigned int port, struct text *out)
{
    const struct click_config *config = element->router->config;
    const char *separator = "";

    for (unsigned int i = 0; i < config->connection_count; i++) {
        const struct config_connection *wire = &config->connections[i];
        unsigned int near = output ? wire->from : wire->to;
        unsigned int near_port = output ? wire->from_port : wire->to_port;
        unsigned int far = output ? wire->to : wire->from;

        if (near != element->index || near_port != port)
            continue;
        if (output)
            text_printf(out, "%s[%u] %s", separator, wire->to_port,
                        config->elements[far].name);
        else
            text_printf(out, "%s%s [%u]", separator, config->elements[far].name,
                        wire->from_port);
        separator = ", ";
    }
}

static void list_ports(const struct element *element, bool output,
                       struct text *out)
{
    unsigned int count = output ? element->outputs : element->inputs;
    const bool *push = output ? element->output_push : element->input_push;

    text_printf(out, "%u %s%s\n", count, output ? "output" : "input",
                count == 1 ? "" : "s");
    for (unsigned int i = 0; i < count; i++) {
        text_printf(out, "%s\t-\t", push[i] ? "push" : "pull");
        list_peers(element, output, i, out);
        text_puts(out, "\n");
    }
}

static int read_ports(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    (void)handler;
    (void)param;
    list_ports(element, false, out);
    list_ports(element, true, out);
    return 0;
}

static void list_handler(const struct click_handler *handler, struct text *out)
{
    text_printf(out, "%s\t%s%s%s%s%s%s%s\n", handler->name,
                handler->read ? "r" : "", handler->write ? "w" : "",
                handler->flags & HANDLER_PARAM ? "+" : "",
                handler->flags & HANDLER_RAW ? "%" : "",
                handler->flags & HANDLER_CALM ? "." : "",
                handler->flags & HANDLER_BUTTON ? "b" : "",
                handler->flags & HANDLER_CHECKBOX ? "c" : "");
}

static int read_handlers(struct element *element,
                         const struct click_handler *handler, const char *param,
                         struct text *out)
{
    const struct click_handler *each;

    (void)handler;
    (void)param;
    for (unsigned int i = 0; (each = element_handler_at(element, i)); i++)
        if (!(each->flags & HANDLER_HIDDEN) &&
            element_handler_find(element, each->name) == each)
            list_handler(each, out);
    return 0;
}

static int read_scheduled(struct element *element,
                          const struct click_handler *handler,
                          const char *param, struct text *out)
{
    (void)handler;
    (void)param;
    text_puts(out, element->task->scheduled ? "true" : "false");
    return 0;
}

static int write_scheduled(struct element *element,
                           const struct click_handler *handler,
                           const char *value, struct click_errors *errors)
{
    bool scheduled;

    (void)handler;
    if (click_read_bool(value, &scheduled))
        return click_error(errors, NULL, "expected true or false, not '%s'",
                           value);
    if (scheduled)
        task_schedule(element->task);
    else
        task_unschedule(element->task);
    return 0;
}

static int read_tickets(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    (void)handler;
    (void)param;
    text_printf(out, "%u", element->task->tickets);
    return 0;
}

static int write_tickets(struct element *element,
                         const struct click_handler *handler, const char *value,
                         struct click_errors *errors)
{
    uint64_t tickets;

    (void)handler;
    if (click_read_integer(value, 1, UINT32_MAX, &tickets))
        return click_error(errors, NULL, "expected tickets, 1 at least");
    task_set_tickets(element->task, (unsigned int)tickets);
    return 0;
}

static const struct click_handler of_all[] = {
    {.name = "name", .read = read_name, .flags = HANDLER_CALM},
    {.name = "class", .read = read_class, .flags = HANDLER_CALM},
    {.name = "config", .read = read_config, .flags = HANDLER_CALM},
    {.name = "ports", .read = read_ports, .flags = HANDLER_CALM},
    {.name = "handlers", .read = read_handlers, .flags = HANDLER_CALM},
    {0},
};

static const struct click_handler of_reconfigurable[] = {
    {.name = "config",
     .read = read_config,
     .write = write_config,
     .flags = HANDLER_CALM},
    {0},
};

static const struct click_handler of_tasks[] = {
    {.name = "scheduled",
     .read = read_scheduled,
     .write = write_scheduled,
     .flags = HANDLER_CHECKBOX},
    {.name = "tickets", .read = read_tickets, .write = write_tickets},
    {0},
};

/* ---- Lists ----------------------------------------------------------------
 */

int element_add_handler(struct element *element,
                        const struct click_handler *handler)
{
    struct click_handler_list *entry = malloc(sizeof(*entry)), **end;

    if (!entry)
        return -ENOMEM;
    entry->handler = *handler;
    entry->next = NULL;
    for (end = &element->handlers; *end;)
        end = &(*end)->next;
    *end = entry;
    return 0;
}

void element_handlers_free(struct element *element)
{
    while (element->handlers) {
        struct click_handler_list *entry = element->handlers;

        element->handlers = entry->next;
        free(entry);
    }
}

/* Entry `*index` of a list, or NULL and *index less by what it has. */
static const struct click_handler *at(const struct click_handler *list,
                                      unsigned int *index)
{
    for (; list && list->name; list++)
        if ((*index)-- == 0)
            return list;
    return NULL;
}

const struct click_handler *element_handler_at(const struct element *element,
                                               unsigned int index)
{
    const struct click_handler *found;

    for (struct click_handler_list *entry = element->handlers; entry;
         entry = entry->next)
        if (index-- == 0)
            return &entry->handler;
    found = at(element->class->handlers, &index);
    if (!found)
        found = at(element_more(element->class)->handlers, &index);
    if (!found && element->task)
        found = at(of_tasks, &index);
    if (!found && (element->class->reconfigurable ||
                   element_more(element->class)->reconfigure))
        found = at(of_reconfigurable, &index);
    return found ? found : at(of_all, &index);
}

const struct click_handler *
element_handler_listed(const struct element *element, const char *name)
{
    const struct click_handler *handler;

    for (unsigned int i = 0; (handler = element_handler_at(element, i)); i++)
        if (!strcmp(handler->name, name))
            return handler;
    return NULL;
}

const struct click_handler *element_handler_find(const struct element *element,
                                                 const char *name)
{
    const struct click_handler *handler = element_handler_listed(element, name);

    if (!handler && element_more(element->class)->find_handler)
        return element_more(element->class)
            ->find_handler((struct element *)element, name);
    return handler;
}

int handler_write(struct element *element, const struct click_handler *handler,
                  const char *value, struct click_errors *errors)
{
    unsigned int before = errors->count;
    int error = handler->write(element, handler, value, errors);

    if (error == -ENOMEM && errors->count == before)
        (void)click_error(errors, NULL, "out of memory");
    if (error || !(handler->flags & HANDLER_WAKES))
        return error;
    if (element_more(element->class)->wake)
        return element_more(element->class)->wake(element, errors);
    if (element->task)
        task_schedule(element->task);
    return 0;
}
