/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handlers.c: an element's named values: those that all elements have, those of
 * its class, and those that it added itself; and the ones for plain fields.
 *
 * The first of a name counts, and an element's own come before its class's: so
 * an element may replace what its class has, and a class what all have.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/click/real.h"
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

/* ---- Fields ---------------------------------------------------------------
 */

static void *field(struct element *element, const struct click_handler *handler)
{
    return (char *)element + handler->data;
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

int handler_write_reset(struct element *element,
                        const struct click_handler *handler, const char *value,
                        struct click_errors *errors)
{
    (void)value;
    (void)errors;
    memset((char *)element + (handler->data & 0xffff), 0, handler->data >> 16);
    return 0;
}

#define FIELD_READ(name, type, format, value)                                  \
    int handler_read_##name(struct element *element,                           \
                            const struct click_handler *handler,               \
                            const char *param, struct text *out)               \
    {                                                                          \
        const type *to = field(element, handler);                              \
                                                                               \
        (void)param;                                                           \
        text_printf(out, format, value);                                       \
        return 0;                                                              \
    }

FIELD_READ(u8, uint8_t, "%u", *to)
FIELD_READ(u16, uint16_t, "%u", *to)
FIELD_READ(u32, uint32_t, "%" PRIu32, *to)
FIELD_READ(i32, int32_t, "%" PRId32, *to)
FIELD_READ(u64, uint64_t, "%" PRIu64, *to)
FIELD_READ(i64, int64_t, "%" PRId64, *to)
FIELD_READ(bool, bool, "%s", *to ? "true" : "false")
FIELD_READ(string, char *, "%s", *to ? *to : "")

int handler_read_double(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    const double *to = field(element, handler);

    (void)param;
    text_real(out, *to, 'g', 6, false);
    return 0;
}

int handler_read_ip(struct element *element,
                    const struct click_handler *handler, const char *param,
                    struct text *out)
{
    const uint8_t *to = field(element, handler);

    (void)param;
    text_printf(out, "%u.%u.%u.%u", to[0], to[1], to[2], to[3]);
    return 0;
}

int handler_read_ether(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    const uint8_t *to = field(element, handler);

    (void)param;
    for (unsigned int i = 0; i < 6; i++)
        text_printf(out, "%s%02X", i ? "-" : "", to[i]);
    return 0;
}

#define FIELD_WRITE(name, type, expected, reading)                             \
    int handler_write_##name(struct element *element,                          \
                             const struct click_handler *handler,              \
                             const char *word, struct click_errors *errors)    \
    {                                                                          \
        type *to = field(element, handler);                                    \
                                                                               \
        if (reading)                                                           \
            return click_error(errors, NULL, "expected %s, not '%s'",          \
                               expected, word);                                \
        return 0;                                                              \
    }

static int read_number(const char *word, int64_t least, uint64_t most, void *to,
                       size_t size)
{
    uint64_t value;
    int error = click_read_integer(word, least, most, &value);

    if (!error)
        memcpy(to, &value, size); /* x86: the low bytes come first */
    return error;
}

FIELD_WRITE(u8, uint8_t, "a number", read_number(word, 0, UINT8_MAX, to, 1))
FIELD_WRITE(u16, uint16_t, "a number", read_number(word, 0, UINT16_MAX, to, 2))
FIELD_WRITE(u32, uint32_t, "a number", read_number(word, 0, UINT32_MAX, to, 4))
FIELD_WRITE(u64, uint64_t, "a number", read_number(word, 0, UINT64_MAX, to, 8))
FIELD_WRITE(i32, int32_t, "a number",
            read_number(word, INT32_MIN, INT32_MAX, to, 4))
FIELD_WRITE(i64, int64_t, "a number",
            read_number(word, INT64_MIN, INT64_MAX, to, 8))
FIELD_WRITE(double, double, "a number", click_read_double(word, to))
FIELD_WRITE(bool, bool, "true or false", click_read_bool(word, to))
FIELD_WRITE(time, int64_t, "seconds", click_read_time(word, to))
FIELD_WRITE(interval, uint64_t, "a time", click_read_interval(word, to))
FIELD_WRITE(ip, uint32_t, "an IP address", click_read_ip(element, word, to))
FIELD_WRITE(ether, uint8_t, "an Ethernet address",
            click_read_ether(element, word, to))

int handler_read_time(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    const int64_t *time = field(element, handler);

    (void)param;
    text_time(out, *time);
    return 0;
}

int handler_read_interval(struct element *element,
                          const struct click_handler *handler,
                          const char *param, struct text *out)
{
    const uint64_t *interval = field(element, handler);

    (void)param;
    text_interval(out, *interval);
    return 0;
}

int handler_write_string(struct element *element,
                         const struct click_handler *handler, const char *value,
                         struct click_errors *errors)
{
    char **to = field(element, handler);
    char *unquoted = click_unquote(value, NULL), *copy = NULL;

    if (unquoted)
        copy = element_alloc(element, strlen(unquoted) + 1);
    if (copy) {
        strcpy(copy, unquoted);
        element_free(element, *to);
        *to = copy;
    }
    free(unquoted);
    return copy ? 0 : click_error(errors, NULL, "out of memory");
}

/* ---- Arguments ------------------------------------------------------------
 */

/* What a parameter's field has, for the types whose defaults are not nothing.
 */
static void write_field(struct element *element,
                        const struct click_param *param, struct text *out)
{
    const struct {
        int (*parse)(struct click_args *, const struct click_param *,
                     const char *, void *);
        int (*read)(struct element *, const struct click_handler *,
                    const char *, struct text *);
    } types[] = {
        {click_parse_u8, handler_read_u8},
        {click_parse_u16, handler_read_u16},
        {click_parse_u32, handler_read_u32},
        {click_parse_i32, handler_read_i32},
        {click_parse_u64, handler_read_u64},
        {click_parse_i64, handler_read_i64},
        {click_parse_double, handler_read_double},
        {click_parse_bandwidth, handler_read_u64},
        {click_parse_bool, handler_read_bool},
        {click_parse_interval, handler_read_interval},
        {click_parse_ip, handler_read_ip},
        {click_parse_ether, handler_read_ether},
        {click_parse_string, handler_read_string},
        {click_parse_word, handler_read_string},
    };
    struct click_handler field = {.data = param->offset};

    for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (types[i].parse == param->parse)
            (void)types[i].read(element, &field, "", out);
}

static const struct click_param *argument(const struct element *element,
                                          const struct click_handler *handler)
{
    const struct click_param *params = element->class->params;

    for (const struct click_param *each = params; each->name; each++)
        if (!strcasecmp(each->name, handler->name))
            return each;
    return params;
}

int handler_read_argument(struct element *element,
                          const struct click_handler *handler,
                          const char *param, struct text *out)
{
    const struct click_param *of = argument(element, handler);
    char *word = click_args_get(element->class, element->config, of->name);

    (void)param;
    if (word) {
        text_puts(out, word);
        free(word);
        return 0;
    }
    /* Not given: what the field has is its default. */
    write_field(element, of, out);
    return 0;
}

int handler_write_argument(struct element *element,
                           const struct click_handler *handler,
                           const char *value, struct click_errors *errors)
{
    char *config = click_args_replace(element->class, element->config,
                                      argument(element, handler)->name, value);
    int error;

    if (!config)
        return click_error(errors, NULL, "out of memory");
    error = element_configure_again(element, config, errors);
    free(config);
    return error;
}
