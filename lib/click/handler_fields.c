/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handler_fields.c: ready-made handlers, for fields of an element's structure
 * and for its arguments.
 *
 * Most handlers of most elements read a counter, or read and write a parameter.
 * So a class says in its table which field and of which type, and the functions
 * here do the rest; `data` of the handler has the field's offset. Each type has
 * a way to be read and one to be written, most made of the two macros below. An
 * argument is more than a field: writing it is configuring the element again,
 * with one word of its configuration replaced.
 *
 * No locks: an element belongs to its router.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/click/real.h"
#include "lib/click/state.h"
#include "lib/click/types.h"

/* ---- Fields ---------------------------------------------------------------
 */

static void *field(struct element *element, const struct click_handler *handler)
{
    return (char *)element + handler->data;
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
    (void)param;
    text_ip(out, field(element, handler));
    return 0;
}

int handler_read_ether(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    (void)param;
    text_ether(out, field(element, handler));
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
