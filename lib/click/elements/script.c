/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.c: little programs that call handlers.
 *
 * =c
 * Script(INSTRUCTIONS...)
 * =s control
 * runs a script
 * =io
 * none; with TYPE PACKET, inputs and outputs
 * =d
 * Runs instructions, each of which is one argument. In their texts, $x stands
 * for a variable, $(HANDLER ARGUMENTS) for what a handler says; a HANDLER
 * without an element's name is the script's own or the router's.
 *
 * Handlers and variables:
 *
 *   set VAR TEXT, setq       give $VAR a value; the forms with q take a layer
 * of quotes off it init VAR TEXT, initq     the same, once, when the router is
 * made export VAR [TEXT], exportq   init, and $VAR can be read as a handler
 *   print [>FILE|>>FILE] TEXT or HANDLER   print to standard output, or (over)
 *                            write a file, with a newline; a letter, @ or _
 * begins a handler printn, printq, printnq  without a newline; with quotes
 * taken off the handler read HANDLER, readq      print the handler's name and
 * value to standard error write HANDLER TEXT, writeq   call a write handler; $?
 * is how it went, 0: well
 *
 * Waiting:
 *
 *   pause [COUNT]   until the handler `step` was called COUNT times (1)
 *   wait TIME       so long, or until a step
 *   wait            pause
 *
 * Order:
 *
 *   label NAME, goto NAME [CONDITION]   NAME may also be begin (or loop), end,
 *                   exit, stop, error. After 1000 jumps without waiting the
 *                   script is given up
 *   loop            goto begin
 *   end             the script ends; a packet leaves by output 0
 *   exit            the script ends; a packet is dropped
 *   stop            the script ends, and the router is asked to stop
 *   return [TEXT], returnq   the script ends with a value; a packet leaves by
 *                   that output
 *   error [TEXT], errorq     the script ends with an error
 *
 * The argument TYPE says when it runs:
 *
 *   ACTIVE    when the router starts (if not given)
 *   PASSIVE   when its handler run is called; $args are the handler's
 * arguments, $1, $2, ... their words, $# how many PACKET    for each packet;
 * $input is where it came in PROXY     for any handler that it has not; $0 is
 * its name, $write whether it is written DRIVER    like ACTIVE; and when the
 * router is to stop, the script makes a step instead: the router stops when the
 * script ends SIGNAL N...  when the process gets one of these signals (INT,
 * HUP, 10, ...)
 *
 * =h step write-only
 * goes on behind a pause or wait; a number: behind so many of them
 * =h goto write-only
 * goes on at a label
 * =h run read/write
 * runs it from the beginning; reading gives what it returns
 * =h add, sub, mul, div, idiv, mod, rem, min, max read with parameters
 * arithmetic on a list of numbers; idiv and mod are whole
 * =h neg, abs read with parameters
 * of one number
 * =h eq, ne, lt, le, gt, ge read with parameters
 * compare two numbers, or two texts if one is no number
 * =h not, and, or, nand, nor read with parameters
 * on true and false
 * =h if read with parameters
 * "if COND A B": A or B
 * =h in read with parameters
 * "in A B C": whether A is one of the others
 * =h first, length, unquote read with parameters
 * the first word, the length, the text without a layer of quotes
 * =h sprintf read with parameters
 * a format and its operands, as in C
 * =h random read with parameters
 * a random number; "random N" is below N, "random M N" from M to N
 * =h htons, ntohs, htonl, ntohl read with parameters
 * other byte order
 * =h now read-only
 * the time
 * =h set write-only
 * "set VAR TEXT": gives $VAR a value
 * =h get, shift read with parameters
 * "get VAR": the value; shift: its first word, which is taken off
 * =h readable, writable read with parameters
 * whether all of these handlers are there
 * =h cat, catq read with parameters
 * a file; in quotes
 * =h kill read with parameters
 * "kill SIGNAL PID...": a signal for these processes
 * =e
 *   Script(set x 0,
 *          label again,
 *          print $x,
 *          set x $(add $x 1),
 *          goto again $(lt $x 5),
 *          stop)
 * =a DriverManager
 *
 * =c
 * DriverManager(INSTRUCTIONS...)
 * =s control
 * says what happens when the router is to stop
 * =d
 * A Script whose TYPE is DRIVER, if not given.
 * =e
 *   DriverManager(pause, write k.cleanup, wait 0.1s, stop)
 * =a Script
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/router.h"
#include "lib/click/script.h"
#include "lib/click/types.h"

/* What a file may be long that a handler gives. */
#define CAT_MAX (1 << 20)

/* ---- Its types ------------------------------------------------------------
 */

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"TERM", SIGTERM},
    {"TSTP", SIGTSTP}, {"KILL", SIGKILL}, {"ALRM", SIGALRM}, {"CHLD", SIGCHLD},
};

/* A signal by name or number; 0: there is no such thing. */
static int signal_number(const char *word)
{
    uint64_t number;

    for (unsigned int i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        if (!strcmp(word, signals[i].name))
            return signals[i].number;
    return click_read_integer(word, 1, 31, &number) ? 0 : (int)number;
}

static int read_signals(struct script *script, struct click_args *args,
                        const char *words)
{
    do {
        char *word = script_pop_word(&words);
        int number = word ? signal_number(word) : 0;

        free(word);
        if (!number)
            return click_args_error(args, "bad signal number");
        script->signals |= 1u << number;
    } while (*words);
    return 0;
}

static int read_type(struct script *script, struct click_args *args)
{
    static const char *const types[] = {
        [ACTIVE] = "ACTIVE", [PASSIVE] = "PASSIVE", [PACKET] = "PACKET",
        [PROXY] = "PROXY",   [DRIVER] = "DRIVER",   [SIGNAL] = "SIGNAL",
    };
    const char *words = script->type;
    char *type = script_pop_word(&words);
    unsigned int i = 0;

    if (!type)
        return click_args_error(args, "out of memory");
    while (i < sizeof(types) / sizeof(*types) && strcmp(type, types[i]))
        i++;
    free(type);
    if (i == sizeof(types) / sizeof(*types) || (i != SIGNAL && *words))
        return click_args_error(
            args,
            "TYPE: expected ACTIVE, PASSIVE, PACKET, PROXY, "
            "DRIVER or SIGNAL, not '%s'",
            script->type);
    script->kind = (enum script_kind)i;
    return i == SIGNAL ? read_signals(script, args, words) : 0;
}

static int configure(struct element *element, struct click_args *args)
{
    struct script *script = (struct script *)element;

    script->outcome = PAUSE;
    if (script->type && read_type(script, args))
        return -EINVAL;
    if (!script->type && element->inputs + element->outputs > 0)
        script->kind = PACKET;
    if (script->kind != PACKET && element->inputs + element->outputs > 0)
        return click_args_error(args, "only TYPE PACKET has ports");
    return script_read_instructions(script, args);
}

static void driver_defaults(struct element *element)
{
    ((struct script *)element)->kind = DRIVER;
}

/* ---- Beginning and end ----------------------------------------------------
 */

/* After script_run(), but by the router's word: what its end means to that. */
static void see_to_end(struct script *script)
{
    bool over = script->outcome != PAUSE && script->outcome != ERROR;

    if (script->outcome == STOP || (script->kind == DRIVER && over))
        router_stop(script->element.router);
}

static void expired(struct click_timer *timer)
{
    struct script *script = (struct script *)timer->element;
    unsigned int steps = script->started ? 1 : 0;

    script->started = true;
    script_run(script, steps, NULL);
    see_to_end(script);
}

/* The router is to stop. That is a step; the script's end is the router's. */
static bool driver_step(struct element *element)
{
    struct script *script = (struct script *)element;
    unsigned int steps = script->started ? 1 : 0;

    script->started = true;
    if (script->outcome == PAUSE)
        script_run(script, steps, NULL);
    return script->outcome == PAUSE;
}

/* An active script begins in the first round; a wait in front begins now. */
static int begin(struct script *script, struct click_errors *errors)
{
    const struct script_instruction *first = &script->instructions[0];
    int64_t wait = first->operation == WAIT ? (int64_t)first->wait : 0;

    script->started = first->operation == PAUSE || first->operation == WAIT;
    if (first->operation == PAUSE)
        return 0;
    if (script->kind == DRIVER && !script->started) {
        router_stop(script->element.router);
        return 0;
    }
    if (timer_schedule_after(&script->timer, wait))
        return click_error(errors, NULL, "out of memory");
    return 0;
}

static void on_signal(struct element *element)
{
    struct script *script = (struct script *)element;

    script_restart(script);
    script_run(script, 0, NULL);
    see_to_end(script);
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct script *script = (struct script *)element;

    timer_init(&script->timer, element, expired);
    if (script_initialize_variables(script, errors))
        return -ENOMEM;
    if (script->kind == DRIVER) {
        if (router_has_driver(element))
            return click_error(errors, NULL,
                               "router has more than one driver script");
        router_set_driver(element, driver_step);
    }
    if (script->kind == SIGNAL &&
        router_catch_signals(element, script->signals, on_signal))
        return click_error(errors, NULL, "cannot catch these signals");
    return script->kind == ACTIVE || script->kind == DRIVER
               ? begin(script, errors)
               : 0;
}

static void cleanup(struct element *element)
{
    struct script *script = (struct script *)element;

    timer_unschedule(&script->timer);
    script_free_instructions(script);
    while (script->variables) {
        struct script_variable *variable = script->variables;

        script->variables = variable->next;
        free(variable->name);
        free(variable->value);
        free(variable);
    }
    free(script->result);
    free(script->proxy_name);
}

/* ---- Packets --------------------------------------------------------------
 */

/* By which output a packet leaves; at least `outputs`: by none. */
static unsigned int decide(struct script *script, unsigned int input)
{
    uint64_t output;

    if (script->running) /* it made its own packet come back */
        return UINT32_MAX;
    script->input = input;
    script_restart(script);
    script_run(script, 0, NULL);
    see_to_end(script);
    if (script->outcome == END || script->outcome == STOP)
        return 0;
    if (script->outcome != RETURN || !script->result ||
        click_read_integer(script->result, 0, UINT32_MAX, &output))
        return UINT32_MAX;
    return (unsigned int)output;
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    element_side(element, decide((struct script *)element, port), packet);
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct packet *packet = element_pull(element, 0);
    unsigned int output;

    (void)port;
    if (!packet)
        return NULL;
    output = decide((struct script *)element, 0);
    if (output == 0)
        return packet;
    element_side(element, output, packet);
    return NULL;
}

/* ---- Handlers that run it -------------------------------------------------
 */

/* From the beginning, for a call; 0, or negative if it ended with an error. */
static int run_for(struct script *script, const char *called, bool writing,
                   const char *arguments, struct click_errors *errors)
{
    if (script->running)
        return click_error(errors, NULL, "the script runs already");
    script->called = called;
    script->writing = writing;
    script->arguments = arguments;
    script_restart(script);
    script_run(script, 0, errors);
    see_to_end(script);
    script->called = script->arguments = NULL;
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

static const struct click_handler *find_handler(struct element *element,
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
        see_to_end(script);
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
            see_to_end(script);
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
    FILE *file = name ? fopen(name, "rb") : NULL;
    struct text content = {0};
    size_t count;

    (void)element;
    if (!file) {
        text_printf(out, "%s: %s", param, strerror(errno));
        free(name);
        return -EINVAL;
    }
    while (content.length < CAT_MAX &&
           (count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        text_add(&content, bytes, count);
    fclose(file);
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

static int read_kill(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    char *word = script_pop_word(&param);
    int number = word ? signal_number(word) : 0, failed = 0;

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

static const struct click_param params[] = {
    CLICK_PARAM("TYPE", struct script, type, word, 0),
    CLICK_REST,
};

static const struct click_handler handlers[] = {
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

const struct element_class click_class_Script = {
    .name = "Script",
    .ports = "-/-",
    .processing = "ah/ah",
    .size = sizeof(struct script),
    .params = params,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .push = push,
    .pull = pull,
    .handlers = handlers,
    .more_handlers = script_math_handlers,
    .find_handler = find_handler,
};

const struct element_class click_class_DriverManager = {
    .name = "DriverManager",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct script),
    .params = params,
    .defaults = driver_defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .handlers = handlers,
    .more_handlers = script_math_handlers,
    .find_handler = find_handler,
};
