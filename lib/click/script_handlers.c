/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script_handlers.c: the handlers of a Script, by which others use it.
 *
 * Some run it: "run" and, for a PROXY, any name at all call it like a function,
 * from its beginning to its end, and what it returns is the handler's value;
 * "step" and "goto" move one that waits. A call's circumstances (its name, its
 * arguments, whether it writes) are in the struct script while it runs, where
 * variables find them. A script that calls itself is refused: it has one
 * position only.
 *
 * The others are services for scripts, its own and those elsewhere: variables,
 * files, signals. Arithmetic and text have script_math.c.
 *
 * No locks: an element belongs to its router.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/file.h"
#include "lib/click/router.h"
#include "lib/click/script.h"
#include "lib/click/types.h"

/* What a file may be long that a handler gives. */
#define CAT_MAX (1 << 20)

/* ---- Handlers that run it -------------------------------------------------
 */

/* From the beginning, for a call; 0, or negative if it ended with an error. */
static int run_for(struct script *script, const char *called, bool writing,
                   const char *arguments, struct click_errors *errors)
{
    char *copy;

    if (script->running)
        return click_error(errors, NULL, "the script runs already");
    copy = strdup(arguments ? arguments : "");
    if (!copy)
        return click_error(errors, NULL, "out of memory");
    free(script->arguments);
    script->arguments = copy;
    script->called = called;
    script->writing = writing;
    script_restart(script);
    script_run(script, 0, errors);
    script_see_to_end(script);
    script->called = NULL;
    return script->outcome == ERROR ? -EINVAL : 0;
}

struct error_text {
    struct click_errors errors;
    struct text *out;
};

static void add_error(struct click_errors *errors, const char *line)
{
    struct text *out = ((struct error_text *)errors)->out;

    text_printf(out, "%s%s", out->length ? "\n" : "", line);
}

static int read_for(struct script *script, const char *called,
                    const char *arguments, struct text *out)
{
    struct text said = {0};
    struct error_text errors = {.errors.say = add_error, .out = &said};
    int error = run_for(script, called, false, arguments, &errors.errors);

    if (error)
        text_add(out, text_string(&said), said.length);
    else if (said.length) /* it went on */
        click_say(&script->element, "%s :: %s: %s", script->element.name,
                  script->element.class->name, text_string(&said));
    if (!error && script->outcome == RETURN && script->result)
        text_puts(out, script->result);
    text_free(&said);
    return error;
}

static int read_run(struct element *element,
                    const struct click_handler *handler, const char *param,
                    struct text *out)
{
    (void)handler;
    return read_for((struct script *)element, NULL, param, out);
}

static int write_run(struct element *element,
                     const struct click_handler *handler, const char *value,
                     struct click_errors *errors)
{
    (void)handler;
    return run_for((struct script *)element, NULL, true, value, errors);
}

static int read_proxy(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    return read_for((struct script *)element, handler->name, param, out);
}

static int write_proxy(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    return run_for((struct script *)element, handler->name, true, value,
                   errors);
}

const struct click_handler *script_find_handler(struct element *element,
                                                const char *name)
{
    struct script *script = (struct script *)element;
    char *copy;

    if (script->kind != PROXY || script->running)
        return NULL;
    copy = strdup(name);
    if (!copy)
        return NULL;
    free(script->proxy_name);
    script->proxy_name = copy;
    script->proxy = (struct click_handler){.name = copy,
                                           .read = read_proxy,
                                           .write = write_proxy,
                                           .flags = HANDLER_PARAM};
    return &script->proxy;
}

static int write_step(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    struct script *script = (struct script *)element;
    uint64_t steps = 1;

    (void)handler;
    if (*value && click_read_integer(value, 0, UINT16_MAX, &steps))
        return click_error(errors, NULL, "syntax error");
    script_run(script, (unsigned int)steps, errors);
    if (!script->running)
        script_see_to_end(script);
    return script->outcome == ERROR ? -EINVAL : 0;
}

static int write_goto(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    struct script *script = (struct script *)element;

    (void)handler;
    for (unsigned int i = 0; i < script->count; i++) {
        if (script->instructions[i].operation != LABEL ||
            strcmp(script->instructions[i].name, value))
            continue;
        script_restart(script);
        script->position = i;
        script_run(script, 0, errors);
        if (!script->running)
            script_see_to_end(script);
        return script->outcome == ERROR ? -EINVAL : 0;
    }
    return click_error(errors, NULL, "jump to nonexistent label");
}

/* ---- Handlers for variables and the world ---------------------------------
 */

static int write_set(struct element *element,
                     const struct click_handler *handler, const char *value,
                     struct click_errors *errors)
{
    char *name = script_pop_word(&value);
    int error = name && *name
                    ? script_set_variable((struct script *)element, name, value)
                    : -EINVAL;

    (void)handler;
    free(name);
    return error ? click_error(errors, NULL, "expected 'VAR TEXT'") : 0;
}

/* `data`: take the first word off, and give that. */
static int read_get(struct element *element,
                    const struct click_handler *handler, const char *param,
                    struct text *out)
{
    struct script *script = (struct script *)element;
    struct script_variable *variable = script_find_variable(script, param);
    const char *rest;
    char *word;
    int error;

    if (!variable) {
        text_printf(out, "no variable '%s'", param);
        return -EINVAL;
    }
    if (!handler->data) {
        text_puts(out, variable->value);
        return 0;
    }
    rest = variable->value;
    word = script_pop_word(&rest);
    if (word)
        text_puts(out, word);
    free(word);
    error = script_set_variable(script, param, rest);
    return error;
}

/* `data`: in quotes. */
static int read_cat(struct element *element,
                    const struct click_handler *handler, const char *param,
                    struct text *out)
{
    char *name = click_unquote(param, NULL), bytes[512], *quoted;
    struct click_file *file =
        name ? click_file_open(name, CLICK_FILE_READ) : NULL;
    struct text content = {0};
    size_t count;

    (void)element;
    if (!file) {
        text_printf(out, "%s: %s", param, strerror(errno));
        free(name);
        return -EINVAL;
    }
    while (content.length < CAT_MAX &&
           (count = click_file_read(file, bytes, sizeof(bytes))) > 0)
        text_add(&content, bytes, count);
    click_file_close(file);
    free(name);
    if (!handler->data) {
        text_add(out, text_string(&content), content.length);
    } else {
        quoted = click_quote(text_string(&content), content.length);
        text_puts(out, quoted ? quoted : "");
        free(quoted);
    }
    text_free(&content);
    return 0;
}

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"TERM", SIGTERM},
    {"TSTP", SIGTSTP}, {"KILL", SIGKILL}, {"ALRM", SIGALRM}, {"CHLD", SIGCHLD},
};

int script_signal_number(const char *word)
{
    uint64_t number;

    for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
        if (!strcmp(word, signals[i].name))
            return signals[i].number;
    return click_read_integer(word, 1, 31, &number) ? 0 : (int)number;
}

static int read_kill(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    char *word = script_pop_word(&param);
    int number = word ? script_signal_number(word) : 0, failed = 0;

    (void)element;
    (void)handler;
    free(word);
    while (number && *param) {
        uint64_t process;
        bool good;

        word = script_pop_word(&param);
        good = word && !click_read_integer(word, 1, INT32_MAX, &process) &&
               !kill((pid_t)process, number);
        failed += !good;
        free(word);
    }
    if (!number || failed) {
        text_puts(out, number ? "some processes got no signal"
                              : "bad signal number");
        return -EINVAL;
    }
    return 0;
}

const struct click_handler script_handlers[] = {
    {.name = "step", .write = write_step},
    {.name = "goto", .write = write_goto},
    {.name = "run",
     .read = read_run,
     .write = write_run,
     .flags = HANDLER_PARAM},
    {.name = "set", .write = write_set},
    {.name = "get", .read = read_get, .flags = HANDLER_PARAM},
    {.name = "shift", .read = read_get, .flags = HANDLER_PARAM, .data = 1},
    {.name = "cat", .read = read_cat, .flags = HANDLER_PARAM | HANDLER_HIDDEN},
    {.name = "catq",
     .read = read_cat,
     .flags = HANDLER_PARAM | HANDLER_HIDDEN,
     .data = 1},
    {.name = "kill",
     .read = read_kill,
     .flags = HANDLER_PARAM | HANDLER_HIDDEN},
    {0},
};
