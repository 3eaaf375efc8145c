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
 *   set VAR TEXT             give $VAR a value
 *   init VAR TEXT            the same, once, when the router is made
 *   export VAR [TEXT]        init, and $VAR can be read as a handler
 *   print [>FILE] TEXT       print a line to standard output, or write it to a
 *                            file; >>FILE adds to the file; instead of TEXT,
 *                            a HANDLER, which begins with a letter, @ or _
 *   printn [>FILE] TEXT      the same without an end of line
 *   read HANDLER             print name and value to standard error
 *   write HANDLER TEXT       call a write handler; $? is how it went, 0: well
 *
 * setq, initq, exportq, printq, printnq, readq and writeq take a layer of
 * quotes off the text.
 *
 * Waiting:
 *
 *   pause [COUNT]   until the handler `step` was called COUNT times (1)
 *   wait TIME       so long, or until a step
 *   wait            pause
 *
 * Order:
 *
 *   label NAME               a place to go to
 *   goto NAME [CONDITION]    NAME may also be begin (or loop), end, exit, stop,
 *                            error. After 1000 jumps without waiting the script
 *                            is given up
 *   loop                     goto begin
 *   end                      the script ends; a packet leaves by output 0
 *   exit                     the script ends; a packet is dropped
 *   stop                     the script ends, and the router is asked to stop
 *   return [TEXT], returnq   the script ends with a value; a packet leaves by
 *                            that output
 *   error [TEXT], errorq     the script ends with an error
 *
 * The argument TYPE says when it runs:
 *
 *   ACTIVE    when the router starts (if not given)
 *   PASSIVE   when its handler run is called; $args are the handler's
 *             arguments, $1, $2, ... their words, $# how many
 *   PACKET    for each packet; $input is where it came in
 *   PROXY     for any handler that it has not; $0 is its name, $write whether
 *             it is written
 *   DRIVER    like ACTIVE; and when the router is to stop, the script makes a
 *             step instead: the router stops when the script ends
 *   SIGNAL N...   when the process gets one of these signals (INT, 10, ...)
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
#include <stdlib.h>
#include <string.h>
#include "lib/click/router.h"
#include "lib/click/script.h"
#include "lib/click/types.h"

/* ---- Its types ------------------------------------------------------------
 */

static int read_signals(struct script *script, struct click_args *args,
                        const char *words)
{
    do {
        char *word = script_pop_word(&words);
        int number = word ? script_signal_number(word) : 0;

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

static void expired(struct click_timer *timer)
{
    struct script *script = (struct script *)timer->element;
    unsigned int steps = script->started ? 1 : 0;

    script->started = true;
    script_run(script, steps, NULL);
    script_see_to_end(script);
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
    if (script->outcome == EXIT)
        router_ignore_signals(element);
    script_see_to_end(script);
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

    router_ignore_signals(element);
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
    free(script->arguments);
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
    script_see_to_end(script);
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

static const struct click_param params[] = {
    CLICK_PARAM("TYPE", struct script, type, word, 0),
    CLICK_REST,
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
    .handlers = script_handlers,
    .more = CLICK_MORE(.handlers = script_math_handlers,
                       .find_handler = script_find_handler),
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
    .handlers = script_handlers,
    .more = CLICK_MORE(.handlers = script_math_handlers,
                       .find_handler = script_find_handler),
};
