/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c: commands that come in lines, and their answers.
 *
 * What came is kept until a whole command is there: a line, and for some the
 * data that it announces. Lines end with CR, LF or both. Whatever a client
 * sends, it gets an answer or is cut off; it cannot make us keep more than a
 * line and its data.
 */
#include "lib/click/control.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Answers --------------------------------------------------------------
 */

enum {
    OK = 200,
    OK_WITH_WARNINGS = 220,
    SYNTAX_ERROR = 500,
    UNIMPLEMENTED = 501,
    NO_SUCH_ELEMENT = 510,
    NO_SUCH_HANDLER = 511,
    HANDLER_ERROR = 520,
    DATA_TOO_BIG = 521,
    PERMISSION_DENIED = 530,
    NO_ROUTER = 540,
};

PRINTF_LIKE(3, 4)
static void answer(struct control *control, int code, const char *format, ...)
{
    va_list arguments;

    text_printf(&control->out, "%d ", code);
    va_start(arguments, format);
    text_vprintf(&control->out, format, arguments);
    va_end(arguments);
    text_puts(&control->out, "\r\n");
}

/* What a handler said, in lines, below `first`: "520-First:" ... "520 last". */
static void answer_lines(struct control *control, int code, const char *first,
                         const char *lines)
{
    text_printf(&control->out, "%d-%s\r\n", code, first);
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        bool last = !lines[length] || !lines[length + 1];

        text_printf(&control->out, "%d%c%.*s\r\n", code, last ? ' ' : '-',
                    (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

/* Errors of a write handler are kept to be answered. */
struct said {
    struct click_errors errors;
    struct text lines;
};

static void keep_line(struct click_errors *errors, const char *line)
{
    struct said *said = container_of(errors, struct said, errors);

    text_puts(&said->lines, line);
    text_puts(&said->lines, "\n");
}

/* ---- Handlers -------------------------------------------------------------
 */

/* A command's words. */
struct command {
    char *name, *handler, *rest;
};

/* An element can be named by its number, from 1. `name` is changed for its name
 * then; the caller frees it. */
static char *full_name(struct router *router, const char *handler)
{
    size_t digits = strspn(handler, "0123456789");
    struct element *element;
    struct text name = {0};

    if (!digits || digits > 9 || handler[digits] != '.')
        return strdup(handler);
    element =
        router_element(router, (unsigned int)strtoul(handler, NULL, 10) - 1);
    text_puts(&name, element ? element->name : "");
    text_puts(&name, handler + digits);
    return text_take(&name);
}

/* That there is such a handler; else it is answered. */
static bool check(struct control *control, struct router *router,
                  const char *handler, const char *asked, bool write)
{
    const char *dot = strchr(handler, '.');
    char *element = dot ? strndup(handler, (size_t)(dot - handler)) : NULL;
    bool found = !dot || (element && router_find(router, element));
    int error;

    free(element);
    if (!found) {
        answer(control, NO_SUCH_ELEMENT, "No element named '%.*s'",
               (int)strcspn(asked, "."), asked);
        return false;
    }
    error = router_check(router, handler, write);
    if (error == -ENOENT)
        answer(control, NO_SUCH_HANDLER, "No handler named '%s'", asked);
    else if (error)
        answer(control, PERMISSION_DENIED, "Handler '%s' %s", asked,
               write ? "read-only" : "write-only");
    return !error;
}

static void read_handler(struct control *control, struct router *router,
                         const char *handler, const struct command *command,
                         const char *param)
{
    struct text value = {0}, first = {0};

    if (router_read(router, handler, param, &value) || value.failed) {
        text_printf(&first, "Read handler '%s' error:", command->handler);
        answer_lines(control, HANDLER_ERROR, text_string(&first),
                     value.length ? text_string(&value) : "failed");
    } else {
        answer(control, OK, "Read handler '%s' OK", command->handler);
        text_printf(&control->out, "DATA %zu\r\n", value.length);
        text_add(&control->out, text_string(&value), value.length);
    }
    text_free(&first);
    text_free(&value);
}

static void write_handler(struct control *control, struct router *router,
                          const char *handler, const struct command *command,
                          const char *value)
{
    struct said said = {.errors.say = keep_line};
    struct text first = {0};

    if (router_write(router, handler, value, &said.errors)) {
        text_printf(&first, "Write handler '%s' error:", command->handler);
        answer_lines(control, HANDLER_ERROR, text_string(&first),
                     said.lines.length ? text_string(&said.lines) : "failed");
    } else if (said.lines.length) {
        text_printf(&first,
                    "Write handler '%s' OK, but it said:", command->handler);
        answer_lines(control, OK_WITH_WARNINGS, text_string(&first),
                     text_string(&said.lines));
    } else {
        answer(control, OK, "Write handler '%s' OK", command->handler);
    }
    text_free(&first);
    text_free(&said.lines);
}

/* Call the command's handler with `value`; or only see whether it is there. */
static void call(struct control *control, const struct command *command,
                 bool write, bool only_check, const char *value)
{
    struct router *router = control->router(control);
    char *handler;

    if (!router) {
        answer(control, NO_ROUTER, "No router installed");
        return;
    }
    if (write && control->read_only) {
        answer(control, PERMISSION_DENIED,
               "Permission denied for write handlers");
        return;
    }
    handler = full_name(router, command->handler);
    if (!handler)
        answer(control, HANDLER_ERROR, "out of memory");
    else if (!check(control, router, handler, command->handler, write))
        ;
    else if (only_check)
        answer(control, OK, "%s handler '%s' OK", write ? "Write" : "Read",
               command->handler);
    else if (write)
        write_handler(control, router, handler, command, value);
    else
        read_handler(control, router, handler, command, value);
    free(handler);
}

/* ---- Commands -------------------------------------------------------------
 */

/* Where a value comes from. */
enum source { LINE, DATA, UNTIL, CHECK };

static const struct verb {
    const char *name;
    bool write;
    enum source source;
} verbs[] = {
    {"READ", false, LINE},       {"READDATA", false, DATA},
    {"READUNTIL", false, UNTIL}, {"GET", false, LINE},
    {"WRITE", true, LINE},       {"WRITEDATA", true, DATA},
    {"WRITEUNTIL", true, UNTIL}, {"SET", true, LINE},
    {"CHECKREAD", false, CHECK}, {"CHECKWRITE", true, CHECK},
};

/* The next word of `*at`, which goes on behind it. */
static char *next_word(char **at)
{
    char *word, *from = *at;

    while (*from == ' ' || *from == '\t')
        from++;
    word = from;
    while (*from && *from != ' ' && *from != '\t')
        from++;
    if (*from)
        *from++ = '\0';
    *at = from;
    return word;
}

/* Behind one line's end at `at`; NULL: there is no end. */
static char *behind_line(struct control *control, char *at, char *end)
{
    while (at < end && *at != '\r' && *at != '\n')
        at++;
    if (at == end)
        return NULL;
    if (*at == '\r' && at + 1 == end) {
        control->after_return = true;
        return at + 1;
    }
    return at + 1 + (*at == '\r' && at[1] == '\n');
}

/* Bytes that "DATA n" announces at `at`; NULL: they are not all there. `*next`
 * is behind them. */
static const char *take_data(struct control *control, size_t length, char *at,
                             char *end, char **next, char **value)
{
    if (control->after_return && at == end)
        return NULL; /* a newline may still belong to the line */
    if ((size_t)(end - at) < length)
        return NULL;
    *next = at + length;
    *value = strndup(at, length);
    return *value;
}

/* Lines up to one that is `terminator` but for blanks at its end. */
static const char *take_until(struct control *control, const char *terminator,
                              char *at, char *end, char **next, char **value)
{
    for (char *line = at, *behind; (behind = behind_line(control, line, end));
         line = behind) {
        size_t length = strcspn(line, "\r\n");

        while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
            length--;
        if (length != strlen(terminator) || memcmp(line, terminator, length))
            continue;
        *next = behind;
        *value = strndup(at, (size_t)(line - at));
        return *value;
    }
    return NULL;
}

/* A word that is no verb: two that end the connection, or a mistake. */
static void obey_other(struct control *control, const char *name)
{
    control->closed = !strcmp(name, "QUIT") || !strcmp(name, "CLOSE");
    if (control->closed)
        answer(control, OK, "Goodbye!");
    else
        answer(control, UNIMPLEMENTED, "Command '%s' unimplemented", name);
}

/* By its name, which is made upper case; NULL: there is none such. */
static const struct verb *find_verb(char *name)
{
    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    for (unsigned int i = 0; i < ARRAY_SIZE(verbs); i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

/* The line of a command, whose data are at `at`, if it has any. False if they
 * are not all there yet. */
static bool obey(struct control *control, char *line, char *at, char *end,
                 char **next)
{
    struct command command = {.name = next_word(&line)};
    const struct verb *verb = find_verb(command.name);
    char *value = NULL, *rest;
    uint64_t length = 0;

    *next = at;
    if (!*command.name)
        return true;
    if (!verb) {
        obey_other(control, command.name);
        return true;
    }
    command.handler = next_word(&line);
    rest = line;
    if (verb->source == DATA || verb->source == UNTIL)
        rest = next_word(&line);
    if (!*command.handler || (verb->source != LINE && *line) ||
        (verb->source == CHECK && *rest) ||
        (verb->source == DATA &&
         click_read_integer(rest, 0, UINT32_MAX, &length))) {
        answer(control, SYNTAX_ERROR, "Wrong arguments of '%s'", command.name);
        return true;
    }
    if (length > CONTROL_DATA) {
        answer(control, DATA_TOO_BIG, "Data too big");
        control->closed = true; /* we cannot tell data from commands */
        return true;
    }
    if (verb->source == DATA &&
        !take_data(control, length, at, end, next, &value))
        return false;
    if (verb->source == UNTIL &&
        !take_until(control, rest, at, end, next, &value))
        return false;
    call(control, &command, verb->write, verb->source == CHECK,
         value ? value : rest);
    free(value);
    return true;
}

void control_open(struct control *control)
{
    text_puts(&control->out, "Click::ControlSocket/1.3\r\n");
}

/* One command at `at`; what is behind it, or NULL if it is not whole. */
static char *take_command(struct control *control, char *at, char *end)
{
    bool after_return = control->after_return;
    char *behind = behind_line(control, at, end), *line, *next;
    bool whole;

    if (!behind)
        return NULL;
    line = strndup(at, strcspn(at, "\r\n"));
    if (!line) {
        control->closed = true;
        return NULL;
    }
    whole = obey(control, line, behind, end, &next);
    free(line);
    if (!whole)
        control->after_return = after_return; /* the line is read again */
    return whole ? next : NULL;
}

void control_receive(struct control *control, const char *bytes, size_t length)
{
    char *at, *end, *next;

    if (length && control->after_return) {
        bool newline = *bytes == '\n';

        control->after_return = false;
        bytes += newline;
        length -= newline;
    }
    text_add(&control->in, bytes, length);
    if (control->in.failed || !control->in.length) {
        control->closed |= control->in.failed;
        return;
    }
    at = control->in.bytes;
    end = at + control->in.length;
    while (!control->closed && at < end &&
           (next = take_command(control, at, end)))
        at = next;
    length = (size_t)(end - at);
    if (length > CONTROL_DATA + CONTROL_LINE) {
        answer(control, DATA_TOO_BIG, "Data too big");
        control->closed = true;
    }
    memmove(control->in.bytes, at, length);
    control->in.length = length;
    control->in.bytes[length] = '\0';
}

void control_close(struct control *control)
{
    text_free(&control->in);
    text_free(&control->out);
}
